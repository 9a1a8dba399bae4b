"""Which code of the keys holds most pairs?

Keys pass through a feature map, are brought to length 1, and meet the rule: as they are (dense), rectified, through
ELU + 1 or DPFP, through a random expansion of which few cells win, or drawn sparse. The map's size is `cells`: the
key cells that have synapses. alpha: pairs per key cell before the map. overlap: mean squared overlap of two keys;
the noise of Hebb's rule is (n - 1) times that, whatever the code.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
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
)
from plastic.lab.summary import Row, column, grouped, with_intervals
from plastic.memory.codes import generator, sparse_keys, unit
from plastic.memory.features import dpfp, elu_plus_one, expansion, relu, winners
from plastic.memory.rows import linear_row
from plastic.memory.theory import bit_accuracy, ratio

__all__ = ["NEEDS", "cannot", "draw", "grid", "measure", "memory", "rules", "settings", "summarise"]

ACTIVE = 0.05  # share of the cells of an expansion that win

Keys = np.ndarray


def as_they_are(keys: Keys, seeds: Any) -> Keys:
    return keys


def sparse(keys: Keys, seeds: Any) -> Keys:
    """Sparse keys in place of these, of the same size."""
    return np.stack(
        [sparse_keys(generator(seed, "sparse code", len(k)), *k.shape) for seed, k in zip(seeds, keys, strict=True)]
    )


def mapped(by: Callable[[Keys], Keys], keys: Keys, seeds: Any) -> Keys:
    """Keys through a fixed map, as numbers of variance 1."""
    return by(keys * np.sqrt(keys.shape[-1]))


def expanded(factor: int, keys: Keys, seeds: Any) -> Keys:
    """Keys through each seed's own random connections to `factor` times as many cells, of which few win."""
    d = keys.shape[-1]
    made = [expansion(generator(seed, "expansion", factor), d, factor * d, min(7, d)) for seed in seeds]
    return winners(np.stack([k @ m.T for k, m in zip(keys, made, strict=True)]), ACTIVE)


CODES: dict[str, Callable[[Keys, Any], Keys]] = {
    "dense": as_they_are,
    "sparse": sparse,
    "relu": partial(mapped, relu),
    "elu+1": partial(mapped, elu_plus_one),
    "dpfp-1": partial(mapped, partial(dpfp, nu=1)),
    "dpfp-2": partial(mapped, partial(dpfp, nu=2)),
    "dpfp-3": partial(mapped, partial(dpfp, nu=3)),
    "expansion 5": partial(expanded, 5),
    "expansion 20": partial(expanded, 20),
    "expansion 50": partial(expanded, 50),
}


def grid(substrate: str, quick: bool) -> dict[str, Any]:
    """The code, and pairs per key cell; a layer and a spiking circuit have maps of their own."""
    if substrate in ("layer", "spiking"):
        return {}
    codes = [name for name in CODES if name not in ("dpfp-2", "expansion 20", "expansion 50")] if quick else [*CODES]
    return {"code": codes, "alpha": [1.0] if quick else [1.0, 4.0]}


def settings(substrate: str, quick: bool) -> dict[str, Any]:
    """Sizes and codes of keys and values; few key cells, since the maps multiply them."""
    return sizes(substrate, quick) | {"d": 16, "d_v": 32}


def measure(store: Any, seeds: Any, settings: dict[str, Any], code: str, alpha: float) -> list[Row]:
    """Bits right, identification, fidelity and the keys' mean squared overlap, by seed."""
    load = load_of(alpha, settings)
    keys, values = shown(store, seeds, load, settings, "codes")
    keys = unit(CODES[code](keys, seeds))
    found = scores(store.answers(keys, values, keys), values) | {"overlap": squared_overlap(keys)}
    return by_seed(seeds, found, load=load, cells=keys.shape[-1])


def squared_overlap(keys: Keys) -> np.ndarray:
    """Mean squared overlap of two different keys, [S], of unit keys [S, n, D]."""
    load = keys.shape[1]
    total = ((keys @ keys.swapaxes(1, 2)) ** 2).sum((1, 2))
    return (total - load) / max(load * (load - 1), 1)


def summarise(rows: list[Row]) -> dict[str, Any]:
    """Means by code and load."""
    measures = ("load", "cells", "bits", "identified", "cosine", "mse", "overlap")
    return {"by_code": with_intervals(rows, ("rule", "substrate", "code", "alpha"), measures)}


def predicted(rule: Any, load: Any, overlap: Any) -> np.ndarray | None:
    """Bits right that theory expects of a linear rule without an error term, whatever the code."""
    row = linear_row(rule, gate=GATE)
    if row is None or row.erase:
        return None
    kept = [row.decay ** (2.0 * np.arange(int(n))) for n in load]
    snr = [ratio(one, g * (one.sum() - one)) for one, g in zip(kept, overlap, strict=True)]
    return np.array([bit_accuracy(one).mean() for one in snr])


def draw(axes: Any, rows: list[Row], look: Any = None) -> None:
    """Bits right with every code, at about one pair a key cell; lines: theory, from the overlap of the keys."""
    from plastic.lab import plots

    alpha = min({row["alpha"] for row in rows}, key=lambda a: abs(np.log(a)))
    names = list(dict.fromkeys(row["code"] for row in rows))
    rows = [row | {"place": names.index(row["code"])} for row in rows if row["alpha"] == alpha]
    data = with_intervals(rows, ("rule", "substrate", "place"), ("bits",))
    overlaps = {place: column(group, "overlap").mean() for (place,), group in grouped(rows, ("place",)).items()}
    look = plots.looks_for(data, "place", "bits", look)

    def theory(rule: Any, places: Any) -> np.ndarray | None:
        return predicted(rule, [rows[0]["load"]] * len(places), [overlaps[int(place)] for place in places])

    plots.plot_theory(axes, data, "place", theory, look)
    plots.plot_measured(axes, data, "place", "bits", look)
    axes.set_xticks(range(len(names)), names, rotation=40, ha="right")
    axes.set(ylabel=f"bits right at {alpha:g} pairs a cell", ylim=(0.45, 1.02))
