"""What does repetition add?

The same pairs are shown 1, 2, 5 and 20 times, each time in a new order, then every key is a cue. alpha: pairs per
key cell. An error-correcting rule converges to the weights that recall every pair (Kaczmarz's iteration), as long
as there are at most as many pairs as key cells, and the more slowly the nearer it is to that. Hebb's rule
writes the same again and gains nothing. error: squared error per cell at gain 1; mse: at the best common gain.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from experiments.tasks.pairs import (
    GATE,
    NEEDS,
    by_seed,
    cannot,
    load_of,
    memory,
    rules,
    scores,
    shown,
    sizes,
    standard,
)
from plastic.lab.summary import Row, with_intervals
from plastic.memory.codes import generator
from plastic.memory.rows import linear_row
from plastic.memory.theory import hebbian_snr

__all__ = ["NEEDS", "cannot", "draw", "grid", "measure", "memory", "rules", "settings", "summarise"]


def grid(substrate: str, quick: bool) -> dict[str, Any]:
    """How often each pair is shown, and pairs per key cell."""
    if substrate == "spiking":
        return {"passes": [1] if quick else [1, 3], "alpha": [0.05] if quick else [0.1]}
    return {"passes": [1, 5] if quick else [1, 2, 5, 20], "alpha": [0.5] if quick else [0.5, 0.75]}


def settings(substrate: str, quick: bool) -> dict[str, Any]:
    """Sizes and codes of keys and values."""
    return sizes(substrate, quick)


def measure(store: Any, seeds: Any, settings: dict[str, Any], passes: int, alpha: float) -> list[Row]:
    """Bits right, identification and error, by seed."""
    load = load_of(alpha, settings)
    keys, values = shown(store, seeds, load, settings, "passes")
    order = np.stack([shuffled(generator(seed, "order of passes", load), load, passes) for seed in seeds])
    recalled = store.answers(*(np.take_along_axis(a, order[..., None], 1) for a in (keys, values)), keys)
    error = ((recalled - standard(values)) ** 2).mean((1, 2))
    return by_seed(seeds, scores(recalled, values) | {"error": error}, load=load)


def shuffled(rng: np.random.Generator, load: int, passes: int) -> np.ndarray:
    """Which pair is shown when, [passes * load]: every pair once in each pass."""
    return np.concatenate([rng.permutation(load) for _ in range(passes)])


def summarise(rows: list[Row]) -> dict[str, Any]:
    """Means by the number of passes."""
    measures = ("bits", "identified", "cosine", "mse", "error")
    return {"by_passes": with_intervals(rows, ("rule", "substrate", "alpha", "passes"), measures)}


def predicted(rule: Any, d: int, load: int, passes: np.ndarray) -> np.ndarray | None:
    """Relative error at the best gain that theory expects of a rule without decay or error, whatever the passes."""
    row = linear_row(rule, gate=GATE)
    if row is None or row.erase or row.decay < 1:
        return None
    return np.full(len(passes), 1 / (1 + hebbian_snr(load, d)))


def draw(axes: Any, rows: list[Row], look: Any = None) -> None:
    """Error against the number of passes at the lightest load; lines: Hebb's, which stays."""
    from plastic.lab import plots

    alpha = min(row["alpha"] for row in rows)
    rows = [row for row in rows if row["alpha"] == alpha]
    data, d, load = summarise(rows)["by_passes"], rows[0]["d"], rows[0]["load"]
    look = plots.looks_for(data, "passes", "mse", look)
    plots.plot_theory(axes, data, "passes", lambda rule, passes: predicted(rule, d, load, passes), look)
    plots.plot_measured(axes, data, "passes", "mse", look)
    plots.log_axis(axes, [row["passes"] for row in data])
    axes.set(xlabel="presentations", ylabel=f"relative error, {alpha:g} pairs a cell", yscale="log", ylim=(1e-4, 1.5))
