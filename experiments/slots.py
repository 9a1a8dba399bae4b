"""How many pairs does a slot memory hold if a local signal chooses the slot, in turn or by chance?

Pairs of sign patterns are shown once; then the cues are keys of which three fifths of the cells are silent. bits:
share of the value's signs that are right; completed: share of the key's own signs, where it was stored as its value.
Capacity is the largest load at which .98 of them are. A value that is lost is guessed, but a key that is lost is
completed to the one held that is most like its cue, so that more are called right.
Tyulmankov, Fang, Vadaparty & Yang (2021), NeurIPS 34:22247.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from experiments.tasks.models import NEEDS, cells_of, left_out, plot_line, plot_marks, plot_reference, taking_part
from models.slots import GATES, OPENED_AT_ONCE, Slots
from plastic.lab.summary import grouped, with_intervals
from plastic.memory.codes import drawn, pairs

__all__ = ["NEEDS", "cannot", "draw", "grid", "measure", "memory", "rules", "settings", "summarise"]

ENOUGH = 0.98


def rules(substrate: str) -> list[str]:
    """How slots are chosen."""
    return taking_part(GATES, substrate)


def cannot(rule: str, substrate: str) -> str | None:
    """Why something is not measured, or None."""
    return left_out(GATES, rule, substrate)


def grid(substrate: str, quick: bool) -> dict[str, list[int]]:
    """Loads: how many pairs are shown."""
    if substrate != "model":
        return {}
    if quick:
        return {"load": [4, 6, 8, 20, 40, 44]}
    return {"load": [*range(1, 13), 16, 20, 28, *range(36, 49), 60, 80]}


def settings(substrate: str, quick: bool) -> dict[str, Any]:
    """Sizes, codes, and the share of a key that the cue lacks."""
    return {"d": 40, "d_v": 40, "keys": "signs", "slots": 40, "silent": 0.6}


def memory(rule: str, substrate: str, settings: dict[str, Any], seeds: Any) -> Slots:
    """What is shown pairs and asked cues."""
    return Slots(tuple(seeds), settings.get("device", "cpu"), rule, settings["slots"])


def measure(store: Any, seeds: Any, settings: dict[str, Any], load: int) -> list[dict[str, Any]]:
    """Bits of the value and of the key that are right, by seed."""
    keys, values = pairs(seeds, load, settings, "slots")
    heard = drawn(seeds, lambda rng: rng.random(keys.shape[1:]).argsort(-1), "slots", "silent", load)
    cues = keys * (heard >= round(settings["silent"] * settings["d"]))
    right = {
        name: (np.sign(store.answers(keys, stored, cues)) == stored).mean((1, 2))
        for name, stored in (("bits", values), ("completed", keys))
    }
    return cells_of(seeds, right)


def expected_bits(rule: str, load: Any, slots: int) -> np.ndarray:
    """Bits right if every pair that some slot still holds is recalled, and any other guessed."""
    from plastic.memory.theory.slots import random_survival, sequential_survival, slot_accuracy

    load = np.asarray(load)
    lags = np.arange(load.max(initial=1))
    in_turn = rule == "sequential"
    held = sequential_survival(lags, slots) if in_turn else random_survival(lags, slots, OPENED_AT_ONCE / slots)
    return np.cumsum(slot_accuracy(held))[load - 1] / load


def summarise(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Bits by load, and the capacity: the largest load at which enough are right."""
    by_load = with_intervals(rows, ("rule", "substrate", "load"), ("bits", "completed"))
    return {
        "by_load": by_load,
        "capacity": [
            {"rule": rule, "capacity": capacity(group, "bits"), "capacity_completed": capacity(group, "completed")}
            for (rule,), group in grouped(by_load, ("rule",)).items()
        ],
    }


def capacity(lines: list[dict[str, Any]], measure: str) -> int:
    """The largest load at which .98 of the bits are right; 0 if there is none."""
    return max((line["load"] for line in lines if line[measure] >= ENOUGH), default=0)


def draw(axes: Any, rows: list[dict[str, Any]], look: Any = None) -> None:
    """Bits against load, with what is expected where nothing but overwriting errs."""
    from plastic.lab import plots

    data = summarise(rows)["by_load"]
    look = plots.looks_for(data, "load", "bits", look)
    plot_marks(axes, data, "load", "bits", look)
    slots, loads = settings("model", False)["slots"], np.arange(1, max(row["load"] for row in data) + 1)
    for rule in dict.fromkeys(row["rule"] for row in data):
        plot_line(axes, loads, expected_bits(rule, loads, slots), look[rule].colour)
    plot_reference(axes, slots, "as many pairs as slots")
    axes.axhline(ENOUGH, color="0.85", lw=0.6, zorder=0)
    axes.set(xlabel=f"pairs shown once ({slots} slots, 60 % of the cue silent)", ylabel="bits right")
