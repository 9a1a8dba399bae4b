"""The scorecard of any memory, by name: what `plastic capacity` measures and prints."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import isfinite, isnan
from typing import Any

from plastic.memory.bench import FARTHEST, Yardstick
from plastic.memory.catalogue import guessed_substrate, memory_of
from plastic.memory.expected import expected_marks
from plastic.memory.of_rules import GATE
from plastic.memory.scorecard import SHOWN, SIMILAR, Mark, scorecard
from plastic.rule import InputError, PlasticityRule

COLUMNS = ("mark", "value", "95 % interval", "theory", "unit", "meaning")


def measured(name: str, rod: Yardstick, substrate: str | None = None) -> dict[str, Any]:
    """The scorecard of a memory as plain data: {memory, substrate, yardstick, marks, curve}.

    name: a rule or a memory of the catalogue, or "module:Class". Errors: InputError.
    """
    import torch

    torch.set_num_threads(1)
    where = substrate or guessed_substrate(name)
    memory_of(name, where)  # refuse before any work
    theory = theory_of(name, where, rod)
    try:
        found = scorecard(lambda seeds: memory_of(name, where, seeds, rod.device), rod)
    except Exception as error:
        if isinstance(error, InputError) or ":" not in name:
            raise
        raise InputError(f"memory {name!r} failed ({type(error).__name__}: {error}); mend it") from error
    return {
        "memory": name,
        "substrate": where,
        "yardstick": {f: getattr(rod, f) for f in rod.__dataclass_fields__},
        "marks": [plain(mark, theory.get(mark.name)) for mark in found.marks],
        "curve": found.curve,
    }


def yardstick(
    name: str,
    substrate: str | None,
    d: int,
    d_v: int | None = None,
    candidates: int = 64,
    seeds: int | None = None,
    most_seeds: int | None = None,
    **told: Any,
) -> Yardstick:
    """What a memory is measured with: fewer seeds and pairs in spikes, which take their time."""
    from plastic.lab.cells import check_device

    check_device(told.get("device", "cpu"))
    spiking = (substrate or guessed_substrate(name)) == "spiking"
    first = (5 if spiking else 20) if seeds is None else seeds
    heaviest = told.pop("heaviest", None)
    heaviest = d if heaviest is None and spiking else heaviest
    most = (first if spiking else 16 * first) if most_seeds is None else most_seeds
    return Yardstick(d, d if d_v is None else d_v, candidates, first, most, heaviest=heaviest, **told)


def catalogue() -> str:
    """What can be measured, in words."""
    from plastic.memory.catalogue import models
    from plastic.rules import RULES
    from plastic.substrates.memories import MEMORIES

    kinds: dict[str, Iterable[str]] = {
        "rules (rate, layer, spiking)": RULES,
        "memories without synapses (layer)": MEMORIES,
        "networks of models/ (model)": models(),
        "your own": ["module:Class, with write(key, value), read(cue) and scalars()"],
    }
    lines = (f"{kind}:\n  {', '.join(names)}" for kind, names in kinds.items())
    return "Give --memory NAME, such as --memory delta.\n\n" + "\n".join(lines)


def theory_of(name: str, substrate: str, rod: Yardstick) -> dict[str, float]:
    """What theory says of a rule on rates or in a layer; nothing of other memories."""
    from plastic.substrates.layer import rule_or_memory

    if substrate not in ("rate", "layer"):
        return {}
    rule = rule_or_memory(name)
    return expected_marks(rule, rod, GATE, SIMILAR, SHOWN) if isinstance(rule, PlasticityRule) else {}


def plain(mark: Mark, theory: float | None) -> dict[str, Any]:
    """A mark as plain data."""
    value, low, high = map(float, mark.found)
    return {"mark": mark.name, "value": value, "low": low, "high": high, "theory": theory} | {
        "unit": mark.unit,
        "meaning": mark.meaning,
    }


def as_text(document: dict[str, Any]) -> str:
    """For a terminal: a line a mark."""
    rows = [cells(mark) for mark in document["marks"]]
    widths = [max(map(len, column)) for column in zip(COLUMNS, *rows, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in (COLUMNS, *rows)]
    return "\n".join([caption(document), "", *(line.rstrip() for line in lines)])


def as_markdown(document: dict[str, Any]) -> str:
    """For a page: a table with its caption."""
    lines = [COLUMNS, ["---"] * len(COLUMNS), *(cells(mark) for mark in document["marks"])]
    return "\n".join([caption(document), "", *("| " + " | ".join(line) + " |" for line in lines)])


def caption(document: dict[str, Any]) -> str:
    """What was measured, and how: M, decoder, d_v, passes and cue noise change n90 threefold."""
    rod = document["yardstick"]
    return (
        f"{document['memory']} ({document['substrate']}): d = {rod['d']}, d_v = {rod['d_v']}, {rod['seeds']} seeds and "
        f"more where n50 and n90 need them (up to {rod['most_seeds']}); one presentation, clean cues, plasticity off; "
        f"identified by the largest dot product among M = {rod['candidates']} values (the right one and others shown) "
        "or among all n shown; intervals: 95 %, bootstrap over seeds; beyond: more than the heaviest load tried, "
        f"{rod['heaviest'] or FARTHEST * rod['d']} pairs, or no forgetting seen."
    )


def cells(mark: dict[str, Any]) -> Sequence[str]:
    """A line of the table; a number that lies beyond all that was tried has no interval."""
    known = isfinite(mark["low"]) and not isnan(mark["high"])
    interval = f"[{number(mark['low'])}, {number(mark['high'])}]" if known else ""
    theory = "" if mark["theory"] is None else f"{mark['theory']:.4g}"
    return [mark["mark"], number(mark["value"]), interval, theory, mark["unit"], mark["meaning"]]


def number(x: float) -> str:
    return f"{x:.4g}" if isfinite(x) else "none" if isnan(x) else "beyond"
