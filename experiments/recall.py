"""How many pairs shown once can a synapse matrix tell apart?

Pairs are shown once in random order, then every key is a cue with plasticity off. bits: share of signs of
the value that are right; identified: share of cues whose value has the largest dot product among the
values shown (M = n). On random keys a single-pass delta rule with eta = 1 does not identify more than
Hebb's rule: it forgets with time constant d. It wins on fidelity at low load, on correlated keys, on
overwriting and on repetition.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from experiments.tasks.pairs import GATE, NEEDS, cannot, memory, pairs, rules, scored
from plastic.lab.summary import column, grouped, with_intervals

__all__ = ["NEEDS", "cannot", "draw", "grid", "measure", "memory", "rules", "settings", "summarise"]

LOADS = {
    ("rate", False): [8, 11, 16, 23, 32, 45, 64, 91, 128, 181, 256, 362, 512],
    ("rate", True): [8, 16, 32, 64, 128],
    ("spiking", False): [2, 5, 10, 20, 40],
    ("spiking", True): [2, 8],
}


def grid(substrate: str, quick: bool) -> dict[str, list[int]]:
    """Loads: how many pairs are shown."""
    return {"load": LOADS["spiking" if substrate == "spiking" else "rate", quick]}


def settings(substrate: str, quick: bool) -> dict[str, Any]:
    """Sizes and codes of keys and values."""
    if substrate == "spiking":
        return {"d": 100, "d_v": 100, "keys": "sparse"}
    size = 32 if quick else 64
    return {"d": size, "d_v": size, "keys": "dense", "gate": GATE, "eta": 1.0}


def measure(store: Any, seeds: Any, settings: dict[str, Any], load: int) -> list[dict[str, Any]]:
    """Bits right and pairs identified, by seed."""
    keys, values = pairs(seeds, load, settings, "recall")
    found = scored(store, keys, values, lambda recalled: scores(recalled, values))
    return [{"seed": seed} | {name: float(a[s]) for name, a in found.items()} for s, seed in enumerate(seeds)]


def scores(recalled: np.ndarray, values: np.ndarray) -> dict[str, np.ndarray]:
    """Bits right and pairs identified, [S], of answers and values [S, n, d_v]."""
    named = (recalled @ values.transpose(0, 2, 1)).argmax(-1) == np.arange(values.shape[1])
    return {"bits": (np.sign(recalled) == values).mean((1, 2)), "identified": named.mean(-1)}


def summarise(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Means by load, and the loads at which half and nine tenths are identified."""
    by_load = with_intervals(rows, ("rule", "substrate", "load"), ("bits", "identified", "bits_without_spikes"))
    capacities = [
        {"rule": rule, "substrate": substrate} | capacity(group)
        for (rule, substrate), group in grouped(rows, ("rule", "substrate")).items()
    ]
    return {"by_load": by_load, "capacity": capacities}


def capacity(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """n50 and n90 with intervals; None beyond the loads measured."""
    from plastic.memory.statistics import crossings

    by_load = grouped(rows, ("load",))
    loads = np.array([load for (load,) in by_load])
    shares = np.stack([column(group, "identified") for group in by_load.values()], -1)  # [seeds, loads]
    if len(shares) < 2 or len(loads) < 3 or not np.isfinite(shares).all():
        return {}
    found = crossings(loads, shares * loads, loads)
    names = {0.5: "n50", 0.9: "n90"}
    return {
        name + end: value if 0 < value < np.inf else None
        for p, name in names.items()
        for end, value in zip(("", "_low", "_high"), map(float, found[p]), strict=True)
    }


def predicted(rule: Any, d: int, loads: Any) -> np.ndarray | None:
    """Bits right that theory expects of a linear rule."""
    from plastic.memory.rows import linear_row
    from plastic.memory.theory import mean_bit_accuracy

    row = linear_row(rule, gate=GATE)
    return None if row is None else np.array([mean_bit_accuracy(row, d, int(load)) for load in loads])


def draw(axes: Any, rows: list[dict[str, Any]], look: Any = None) -> None:
    """Bits right against load, measured and predicted."""
    from plastic.lab import plots

    data = with_intervals(rows, ("rule", "substrate", "load"), ("bits", "bits_without_spikes"))
    look = plots.looks_for(data, "load", "bits", look)
    plots.plot_theory(axes, data, "load", lambda rule, load: predicted(rule, rows[0]["d"], load), look)
    plots.plot_measured(axes, data, "load", "bits", look)
    plots.plot_expected(axes, data, "load", "bits_without_spikes", look)
    plots.log_axis(axes, [row["load"] for row in data])
    axes.set(xlabel="pairs shown", ylabel="bits right", ylim=(0.45, 1.02))
