"""Do a few memories outlast a lifetime of others if their slots never open again?

A long stream of pairs is shown once to a slot memory, and every key is a cue, three fifths of it silent. flagged: how
many of the first pairs close their slots for good. bits: share of the value's signs that are right, of the pair at
each lag (pairs since), and of the flagged ones. Without flags slots in turn forget in one step, after as many pairs as
there are slots; every flag shortens that by one.
Tyulmankov, Fang, Vadaparty & Yang (2021), NeurIPS 34:22247.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from experiments.slots import cannot, memory, rules, settings
from experiments.tasks.models import NEEDS, plot_line, plot_marks
from models.slots import OPENED_AT_ONCE, Slots
from plastic.lab.summary import column, grouped, interval
from plastic.memory.codes import drawn, pairs

__all__ = ["NEEDS", "cannot", "draw", "grid", "measure", "memory", "rules", "settings", "summarise"]

LENGTH = 5  # of the stream, in slots


def grid(substrate: str, quick: bool) -> dict[str, list[int]]:
    """How many of the first pairs are flagged."""
    return {"flagged": [0, 10]} if substrate == "model" else {}


def measure(store: Slots, seeds: Any, settings: dict[str, Any], flagged: int) -> list[dict[str, Any]]:
    """Bits right by lag and, where there are any, of the flagged pairs, by seed."""
    length = LENGTH * store.slots
    keys, values = pairs(seeds, length, settings, "flashbulb")
    heard = drawn(seeds, lambda rng: rng.random(keys.shape[1:]).argsort(-1), "flashbulb", "silent")
    cues = keys * (heard >= round(settings["silent"] * settings["d"]))
    kept = replace(store, flagged=tuple(range(flagged)))
    right = (np.sign(kept.answers(keys, values, cues)) == values).mean(-1)  # [S, n]
    return [
        {"seed": seed, "lag": int(lag), "bits": float(right[s, -1 - lag])}
        | ({"bits_flagged": float(right[s, :flagged].mean())} if flagged else {})
        for s, seed in enumerate(seeds)
        for lag in range(0, length - flagged, 2)
    ]


def summarise(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Bits by lag, and of flagged pairs, with intervals over seeds."""
    by = ("rule", "substrate", "flagged", "lag")
    by_lag = [
        dict(zip(by, key, strict=True)) | {"seeds": len(group)} | interval("bits", column(group, "bits"))
        for key, group in grouped(rows, by).items()
    ]
    last = [row for row in rows if row["lag"] == 0 and row["flagged"]]
    flagged = [
        {"rule": rule, "flagged": count} | interval("bits_flagged", column(group, "bits_flagged"))
        for (rule, count), group in grouped(last, ("rule", "flagged")).items()
    ]
    return {"by_lag": by_lag} | ({"flagged": flagged} if flagged else {})


def expected_bits(rule: str, lag: Any, slots: int, flagged: int) -> np.ndarray:
    """Bits right of a pair at a lag: held, or guessed. By chance, a flag costs as much as a later pair."""
    from plastic.memory.theory import random_survival, sequential_survival, slot_accuracy

    if rule == "sequential":
        return slot_accuracy(sequential_survival(lag, slots - flagged))
    return slot_accuracy(random_survival(np.asarray(lag) + flagged, slots, OPENED_AT_ONCE / slots))


def draw(axes: Any, rows: list[dict[str, Any]], look: Any = None) -> None:
    """Bits against lag, a colour a gate and number of flags."""
    from plastic.lab import plots

    data = [row | {"rule": f"{row['rule']}, {row['flagged']} flagged"} for row in summarise(rows)["by_lag"]]
    look = plots.looks_for(data, "lag", "bits", None)
    plot_marks(axes, data, "lag", "bits", look)
    slots, lags = settings("model", False)["slots"], np.unique([row["lag"] for row in data])
    for rule, flagged in grouped(rows, ("rule", "flagged")):
        plot_line(axes, lags, expected_bits(rule, lags, slots, flagged), look[f"{rule}, {flagged} flagged"].colour)
    axes.set(xlabel=f"pairs since it was shown ({slots} slots)", ylabel="bits right")
    axes.set(xlim=(-2, 2 * slots), ylim=(0.4, 1.05))
