"""The scorecard of any memory, by name: what `plastic capacity` measures and prints."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, isfinite, isnan
from typing import Any

from plastic.memory.bench import Yardstick
from plastic.memory.catalogue import guessed_substrate, memory_of
from plastic.memory.expected import expected_marks
from plastic.memory.of_rules import GATE
from plastic.memory.scorecard import SHOWN, SIMILAR, Mark, Scorecard, scorecard
from plastic.rule import PlasticityRule

COLUMNS = ("mark", "value", "95 % interval", "theory", "unit", "meaning")


def measured(name: str, rod: Yardstick, substrate: str | None = None) -> dict[str, Any]:
    """The scorecard of a memory as plain data: {memory, substrate, yardstick, marks, curve}.

    name: a rule or a memory of the catalogue, or "module:Class". Errors: InputError.
    """
    import torch

    torch.set_num_threads(1)
    where = substrate or guessed_substrate(name)
    memory_of(name, where)  # refuse before any work
    found = scorecard(lambda seeds: memory_of(name, where, seeds, rod.device), rod)
    return {
        "memory": name,
        "substrate": where,
        "yardstick": {f: getattr(rod, f) for f in rod.__dataclass_fields__},
        "marks": marks(found, theory_of(name, where, rod), rod.farthest),
        "curve": found.curve,
    }


def theory_of(name: str, substrate: str, rod: Yardstick) -> dict[str, float]:
    """What theory says of a rule on rates or in a layer; nothing of other memories."""
    from plastic.substrates.layer import rule_or_memory

    if substrate not in ("rate", "layer"):
        return {}
    rule = rule_or_memory(name)
    return expected_marks(rule, rod, GATE, SIMILAR, SHOWN) if isinstance(rule, PlasticityRule) else {}


def marks(found: Scorecard, theory: dict[str, float], farthest: int) -> list[dict[str, Any]]:
    """Every mark as plain data; a capacity beyond the heaviest load tried says so."""
    return [plain(mark, theory.get(mark.name), farthest) for mark in found.marks]


def plain(mark: Mark, theory: float | None, farthest: int) -> dict[str, Any]:
    value, low, high = (float(part) for part in mark.found)
    beyond = f"; beyond the {farthest} pairs tried" if value == inf and mark.unit.startswith("pairs") else ""
    numbers = {"value": value, "low": low, "high": high, "theory": theory}
    return {"mark": mark.name, **numbers, "unit": mark.unit, "meaning": mark.meaning + beyond}


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
        "or among all n shown; intervals: bootstrap over seeds."
    )


def cells(mark: dict[str, Any]) -> Sequence[str]:
    """A line of the table."""
    interval = "" if isnan(mark["low"]) else f"[{number(mark['low'])}, {number(mark['high'])}]"
    theory = "" if mark["theory"] is None else number(mark["theory"])
    return [mark["mark"], number(mark["value"]), interval, theory, mark["unit"], mark["meaning"]]


def number(x: float) -> str:
    return f"{x:.4g}" if isfinite(x) else ("none" if isnan(x) else "inf")
