"""Can a synapse that only facilitates bind a new value to a new key?

Pairs of a key and a value, new in every trial, are shown once to a feed-forward spiking circuit; then every key is a
cue, clean, once, with plasticity off while reading (facilitation goes on, as it lives in the key cells).
accuracy: share of pairs whose value group fires most; chance is one over the number of groups. familiarity: chance
that a key that was shown makes the value cells fire more than one that was not (.5: unknown). Facilitating synapses
have fixed random strengths; Hebbian ones (retnet) start at 0; both forget with the same time constant.
"""

from __future__ import annotations

from typing import Any

from experiments.tasks.models import NEEDS, cells_of, left_out, taking_part
from models.binding_circuit import KINDS, Binding, answers, familiarity, right
from plastic.lab.summary import with_intervals
from plastic.memory.codes import drawn

__all__ = ["NEEDS", "cannot", "draw", "grid", "measure", "memory", "rules", "settings", "summarise"]


def rules(substrate: str) -> list[str]:
    """The two kinds of synapses."""
    return taking_part(KINDS, substrate)


def cannot(rule: str, substrate: str) -> str | None:
    """Why something is not measured, or None."""
    return left_out(KINDS, rule, substrate)


def grid(substrate: str, quick: bool) -> dict[str, list[int]]:
    """Pairs shown."""
    if substrate != "model":
        return {}
    return {"pairs": [4] if quick else [1, 2, 4, 6]}


def settings(substrate: str, quick: bool) -> dict[str, Any]:
    """Groups of cells, and the time constant of both memories, in seconds."""
    return {"groups": 8, "tau": 1.5}


def memory(rule: str, substrate: str, settings: dict[str, Any], seeds: Any) -> Any:
    """From a circuit and seeds to what the cues brought up."""
    return lambda net, trials: answers(net, rule, trials)


def measure(store: Any, seeds: Any, settings: dict[str, Any], pairs: int) -> list[dict[str, Any]]:
    """Accuracy and familiarity, by seed."""
    found = store(Binding(settings["groups"], pairs, tau=settings["tau"]), list(seeds))
    lots = drawn(seeds, lambda rng: rng.random((pairs, settings["groups"])), "binding", "ties")
    return cells_of(seeds, {"accuracy": right(found, lots).mean(1), "familiarity": familiarity(found)})


def summarise(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Both measures by number of pairs, with intervals over seeds."""
    by = ("rule", "substrate", "pairs")
    return {"by_pairs": with_intervals(rows, by, ("accuracy", "familiarity"))}


def draw(axes: Any, rows: list[dict[str, Any]], look: Any = None) -> None:
    """Accuracy (filled) and familiarity (open) against pairs."""
    from plastic.lab import plots

    data = summarise(rows)["by_pairs"]
    look = plots.looks_for(data, "pairs", "accuracy", look)
    for measure, fill in (("accuracy", "full"), ("familiarity", "none")):
        for rule in dict.fromkeys(row["rule"] for row in data):
            own = [row for row in data if row["rule"] == rule]
            at = [row["pairs"] for row in own]
            axes.plot(at, [row[measure] for row in own], "o", fillstyle=fill, color=look[rule].colour,
                      label=f"{rule}: {measure}")  # fmt: skip
            if own[0][f"{measure}_low"] is not None:
                ends = ([row[f"{measure}{end}"] for row in own] for end in ("_low", "_high"))
                axes.vlines(at, *ends, color=look[rule].colour, lw=0.7)
    axes.axhline(1 / 8, color="0.6", ls=":", lw=0.8, label="chance of accuracy")
    axes.set(xlabel="pairs shown", ylabel="accuracy, familiarity", ylim=(0, 1.05))
