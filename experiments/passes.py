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
from plastic.memory.codes import dense_keys, generator
from plastic.memory.rows import linear_row
from plastic.memory.theory import LinearRow, hebbian_snr
from plastic.memory.theory.teacher import sweep

__all__ = ["NEEDS", "cannot", "draw", "grid", "measure", "memory", "rules", "settings", "summarise"]


def grid(substrate: str, quick: bool) -> dict[str, Any]:
    """How often each pair is shown, and pairs per key cell."""
    if substrate == "spiking":
        return {"passes": [1] if quick else [1, 3], "alpha": [0.05] if quick else [0.1]}
    return {"passes": [1, 5] if quick else [1, 2, 5, 20], "alpha": [0.5] if quick else [0.5, 0.75]}


def settings(substrate: str, quick: bool) -> dict[str, Any]:
    """Sizes and codes of keys and values; fewer cells than elsewhere, as pairs are shown many times."""
    few = 16 if quick else 32
    return sizes(substrate, quick) | ({} if substrate == "spiking" else {"d": few, "d_v": few})


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


def predicted(rule: Any, d: int, load: int, passes: Any) -> np.ndarray | None:
    """Relative error at the best gain that theory expects of a linear rule that does not decay, after whole passes."""
    row = linear_row(rule, gate=GATE)
    if row is None or row.decay < 1:
        return None
    if row.erase:
        return expected(row, d, load, passes)[1]
    return np.full(len(passes), 1 / (1 + hebbian_snr(load, d)))


def expected(row: LinearRow, d: int, load: int, passes: Any, draws: int = 20) -> tuple[np.ndarray, np.ndarray]:
    """Squared error at gain 1, and at the best gain, of an error-correcting rule after whole reshuffled passes.

    Exact over independent values of variance 1; a mean over some sets of keys and orders. A pass takes the errors e
    at the keys to M e, M being Gauss-Seidel's sweep in the order of the pass (Kaczmarz).
    """
    errors = np.stack(
        [left_after(row, generator(draw, "passes", load, d), d, load, max(passes)) for draw in range(draws)]
    )
    kept = np.eye(load) - errors[:, np.asarray(passes, int)]  # answers are this times the values
    signal, power = np.trace(kept, axis1=-2, axis2=-1) / load, (kept**2).sum((-2, -1)) / load
    return (1 - 2 * signal + power).mean(0), (1 - signal**2 / power).mean(0)


def left_after(row: LinearRow, rng: np.random.Generator, d: int, load: int, passes: int) -> np.ndarray:
    """What is left of the errors after 0, 1, 2 ... passes over one set of keys, [passes + 1, n, n]."""
    keys, left = dense_keys(rng, load, d), [np.eye(load)]
    for _ in range(int(passes)):
        order = rng.permutation(load)
        one = np.empty((load, load))
        one[np.ix_(order, order)] = sweep(keys[order], row.erase)
        left.append(one @ left[-1])
    return np.stack(left)


def draw(axes: Any, rows: list[Row], look: Any = None) -> None:
    """Error against the number of passes at the lightest load, measured and predicted."""
    from plastic.lab import plots

    alpha = min(row["alpha"] for row in rows)
    rows = [row for row in rows if row["alpha"] == alpha]
    data, d, load = summarise(rows)["by_passes"], rows[0]["d"], rows[0]["load"]
    look = plots.looks_for(data, "passes", "mse", look)
    plots.plot_theory(axes, data, "passes", lambda rule, passes: predicted(rule, d, load, passes), look)
    plots.plot_measured(axes, data, "passes", "mse", look)
    plots.log_axis(axes, [row["passes"] for row in data])
    axes.set(xlabel="presentations", ylabel=f"relative error, {alpha:g} pairs a cell", yscale="log", ylim=(1e-4, 1.5))
