"""How much do similar keys disturb one another?

Keys share a direction, k = sqrt(rho) c + sqrt(1 - rho) z, so that two of them have cosine rho; sparse keys share
active cells. alpha: pairs per key cell. noise: mean squared answer less the square of its mean signal. Where keys
are similar the noise of Hebb's rule grows as (n - 1)(rho^2 + (1 - rho)^2 / (d - 1)), so that more cells do not
help beyond n = 1 / rho^2. An error-correcting rule subtracts what the keys share.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from experiments.tasks.pairs import (
    GATE,
    NEEDS,
    by_seed,
    cannot,
    codes_for,
    load_of,
    memory,
    moments,
    rules,
    scored,
    scores,
    sizes,
)
from plastic.lab.summary import column, grouped, interval, with_intervals
from plastic.memory.codes import code, generator, similar_keys, similar_sparse_keys
from plastic.memory.rows import linear_row
from plastic.memory.theory import LinearRow, bit_accuracy, ratio

__all__ = ["NEEDS", "cannot", "draw", "grid", "measure", "memory", "rules", "settings", "summarise"]

SIMILAR = {"dense": similar_keys, "sparse": similar_sparse_keys}


def grid(substrate: str, quick: bool) -> dict[str, list[float]]:
    """Cosine of two keys, and load per key cell."""
    if substrate == "spiking":
        return {"rho": [0.0, 0.5], "alpha": [0.05] if quick else [0.1, 0.2]}
    if quick:
        return {"rho": [0.0, 0.5], "alpha": [0.5, 1.0]}
    return {"rho": [0.0, 0.1, 0.3, 0.5, 0.6], "alpha": [0.125, 0.25, 0.5, 1.0, 2.0]}


def settings(substrate: str, quick: bool) -> dict[str, Any]:
    """Sizes and codes of keys and values."""
    return sizes(substrate, quick)


def measure(store: Any, seeds: Any, settings: dict[str, Any], rho: float, alpha: float) -> list[dict[str, Any]]:
    """Bits right, pairs identified, error, signal and power, by seed."""
    load = load_of(alpha, settings)
    keys, values = similar_pairs(store, seeds, load, settings, rho)

    def score(recalled: np.ndarray) -> dict[str, np.ndarray]:
        signal, power = (a.mean(-1) for a in moments(recalled, values))
        return scores(recalled, values) | {"signal": signal, "power": power}

    return by_seed(seeds, scored(store, keys, values, score), load=load)


def similar_pairs(
    store: Any, seeds: Any, load: int, settings: dict[str, Any], rho: float
) -> tuple[np.ndarray, np.ndarray]:
    """Keys [S, n, d] with cosine rho, and values [S, n, d_v]; a key code without a similar form is the dense one."""
    codes = codes_for(store, settings)
    draw_keys, draw_values = SIMILAR.get(codes["keys"], similar_keys), code(codes["values"])
    draws = [generator(seed, "similarity", load) for seed in seeds]
    keys = np.stack([draw_keys(rng, load, settings["d"], rho) for rng in draws])
    return keys, np.stack([draw_values(rng, load, settings["d_v"]) for rng in draws])


def noise(signal_and_power: np.ndarray, axis: int = 0) -> Any:
    """Noise power of values [..., 2]: mean power less the squared mean signal, without the bias of few seeds."""
    signal, power = np.moveaxis(signal_and_power, -1, 0)
    axis = axis % signal_and_power.ndim
    squared = signal.mean(axis) ** 2 - signal.var(axis) / max(signal.shape[axis] - 1, 1)
    return power.mean(axis) - squared


def summarise(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The map of every rule over load and similarity, and the noise that one more pair adds."""
    by = ("rule", "substrate", "rho", "alpha")
    cells = with_intervals(rows, by, ("load", "bits", "identified", "cosine", "mse", "signal", "bits_without_spikes"))
    for line, group in zip(cells, grouped(rows, by).values(), strict=True):
        line |= interval("noise", both(group), noise)
    return {"map": cells, "interference": [slope(group) for group in grouped(cells, by[:3]).values()]}


def both(rows: list[dict[str, Any]]) -> np.ndarray:
    return np.stack([column(rows, "signal"), column(rows, "power")], -1)


def slope(cells: list[dict[str, Any]]) -> dict[str, Any]:
    """What one more pair adds to the noise, at one similarity; None from a single load."""
    about = {name: cells[0][name] for name in ("rule", "substrate", "rho")}
    loads, found = column(cells, "load"), column(cells, "noise")
    known = len(cells) > 1 and np.isfinite(found).all()
    return about | {"noise_per_pair": float(np.polyfit(loads, found, 1)[0]) if known else None}


# Theory: every linear rule, for keys that share a direction


class Moments(NamedTuple):
    """E[w w'] of a row w of W, as felt by one key k = a c + b e: entries for c and e, and the variance elsewhere."""

    shared: Any  # c'E c
    mixed: Any  # c'E e
    own: Any  # e'E e
    rest: Any  # along any direction across both


def after_a_pair(m: Moments, row: LinearRow, d: int, rho: float) -> Moments:
    """After another pair was written, averaged over its key: z is uniform across c, in d - 1 dimensions."""
    across, a2, b2 = d - 1, rho, 1 - rho
    trace = m.own + (across - 1) * m.rest
    kept, erase = row.decay**2, row.erase
    fourth = b2**2 / (across * (across + 2))
    into = a2 * b2 * m.shared / across  # what the shared direction brings into every other

    def other(x: Any) -> Any:
        step = x - 2 * erase * b2 / across * x + erase**2 * (into + fourth * (trace + 2 * x))
        return kept * step + row.write**2 * b2 / across

    crossed = a2**2 * m.shared + a2 * b2 * trace / across
    shared = kept * (m.shared - 2 * erase * a2 * m.shared + erase**2 * crossed) + row.write**2 * a2
    mixed = kept * m.mixed * (1 - erase * (a2 + b2 / across) + 2 * erase**2 * a2 * b2 / across)
    return Moments(shared, mixed, other(m.own), other(m.rest))


def after_its_own(m: Moments, row: LinearRow, rho: float) -> Moments:
    """After the pair of this very key was written."""
    a, b = np.sqrt(rho), np.sqrt(1 - rho)
    towards = a * m.shared + b * m.mixed, a * m.mixed + b * m.own
    power, kept, erase = a * towards[0] + b * towards[1], row.decay**2, row.erase
    added = kept * erase**2 * power + row.write**2
    shared = kept * (m.shared - 2 * erase * a * towards[0]) + added * a * a
    mixed = kept * (m.mixed - erase * (a * towards[1] + b * towards[0])) + added * a * b
    own = kept * (m.own - 2 * erase * b * towards[1]) + added * b * b
    return Moments(shared, mixed, own, kept * m.rest)


def expected(row: LinearRow, d: int, rho: float, load: int) -> tuple[np.ndarray, np.ndarray]:
    """Signal and power of every pair of a list, [load] in the order shown; exact."""
    before, kept = Moments(0.0, 0.0, 0.0, 0.0), Moments(*np.zeros((4, load)))
    for place in range(load):
        kept = after_a_pair(kept, row, d, rho)
        for all_of, one in zip(kept, after_its_own(before, row, rho), strict=True):
            all_of[place] = one
        before = after_a_pair(before, row, d, rho)
    later = np.arange(load)[::-1]
    shares = [1 - row.erase * rho, 1 - row.erase * (1 - rho) / (d - 1)]
    signal = row.write * row.decay**later * (rho * shares[0] ** later + (1 - rho) * shares[1] ** later)
    a, b = np.sqrt(rho), np.sqrt(1 - rho)
    return signal, a * a * kept.shared + 2 * a * b * kept.mixed + b * b * kept.own


def predicted(rule: Any, d: int, rhos: Any, load: int) -> np.ndarray | None:
    """Bits right that theory expects of a linear rule at each similarity."""
    row = linear_row(rule, gate=GATE)
    return None if row is None else np.array([bits_expected(row, d, float(rho), load) for rho in rhos])


def bits_expected(row: LinearRow, d: int, rho: float, load: int) -> float:
    """Mean bits right with Gaussian noise: within .01 up to rho = .3, for the delta rule .025 too high at .5."""
    signal, power = expected(row, d, rho, load)
    return float(bit_accuracy(ratio(signal**2, np.maximum(power - signal**2, 0))).mean())


def draw(axes: Any, rows: list[dict[str, Any]], look: Any = None) -> None:
    """Bits right against similarity at about one pair a key cell, measured and predicted."""
    from plastic.lab import plots

    alpha = min({row["alpha"] for row in rows}, key=lambda a: abs(np.log(a)))
    rows = [row for row in rows if row["alpha"] == alpha]
    data, d, load = summarise(rows)["map"], rows[0]["d"], rows[0]["load"]
    look = plots.looks_for(data, "rho", "bits", look)
    plots.plot_theory(axes, data, "rho", lambda rule, rho: predicted(rule, d, rho, load), look)
    plots.plot_measured(axes, data, "rho", "bits", look)
    plots.plot_expected(axes, data, "rho", "bits_without_spikes", look)
    axes.set(xlabel="cosine of two keys", ylabel=f"bits right at {alpha:g} pairs a cell", ylim=(0.45, 1.02))
