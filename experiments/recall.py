"""How many pairs shown once can a synapse matrix tell apart?

Pairs are shown once in random order, then every key is a cue with plasticity off. bits: share of signs of
the value that are right; identified: share of cues whose value has the largest dot product among the
values shown (M = n); identified64: among 64 of them, made up with new values where fewer were shown (M = 64);
cosine: of answer and value; mse: relative squared error at the best common gain.

On random keys a single-pass delta rule with eta = 1 does not identify more than Hebb's rule: it forgets with
time constant d. It wins on fidelity at low load, on correlated keys, on overwriting and on repetition.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from experiments.tasks.pairs import (
    GATE,
    NEEDS,
    by_seed,
    cannot,
    memory,
    rules,
    scored,
    scores,
    shown,
    sizes,
)
from plastic.lab.summary import column, grouped, with_intervals
from plastic.memory.metrics import identify

__all__ = ["NEEDS", "cannot", "draw", "grid", "measure", "memory", "rules", "settings", "summarise"]

MEASURES = ("bits", "identified", "identified64", "cosine", "mse", "bits_without_spikes")
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
    return sizes(substrate, quick)


def measure(store: Any, seeds: Any, settings: dict[str, Any], load: int) -> list[dict[str, Any]]:
    """Bits right, pairs identified and fidelity, by seed."""
    keys, values = shown(store, seeds, load, settings, "recall")

    def score(recalled: np.ndarray) -> dict[str, np.ndarray]:
        return scores(recalled, values) | {"identified64": identify(recalled, values, 64).mean(-1)}

    return by_seed(seeds, scored(store, keys, values, score))


def summarise(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Means by load, and the loads at which half and nine tenths are identified."""
    by_load = with_intervals(rows, ("rule", "substrate", "load"), MEASURES)
    capacities = [
        {"rule": rule, "substrate": substrate} | capacity(group)
        for (rule, substrate), group in grouped(rows, ("rule", "substrate")).items()
    ]
    return {"by_load": by_load, "capacity": capacities}


def capacity(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """n50 and n90 with intervals; None beyond the loads measured."""
    from plastic.memory.statistics import crossings

    by_load = aligned(rows)
    loads = np.array(list(by_load))
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


def aligned(rows: list[dict[str, Any]]) -> dict[Any, list[dict[str, Any]]]:
    """Rows by load, which grows, with the seeds in one order; loads that lack seeds are left out."""
    by_seed = {load: {row["seed"]: row for row in group} for (load,), group in sorted(grouped(rows, ("load",)).items())}
    seeds = sorted({row["seed"] for row in rows})
    return {load: [held[seed] for seed in seeds] for load, held in by_seed.items() if len(held) == len(seeds)} or {
        load: [held[seed] for seed in sorted(held)] for load, held in list(by_seed.items())[:1]
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
