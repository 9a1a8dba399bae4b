"""How capacity grows with size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from plastic.memory.statistics.capacities import crossing_loads, seed_counts
from plastic.memory.statistics.intervals import Interval, percentiles
from plastic.memory.theory.arguments import positive
from plastic.rule import InputError

Array = NDArray[Any]


class Curve(NamedTuple):
    """Correct answers [seeds, loads] out of trials [loads] (or a number) at growing loads."""

    loads: Any
    correct: Any
    trials: Any


def exponent(sizes: ArrayLike, capacities: ArrayLike) -> Array:
    """Slope of ln capacity [..., sizes] over ln size (least squares), of four sizes or more."""
    size, held = positive("sizes", sizes), np.asarray(capacities, float)
    if size.ndim != 1 or np.unique(size).size < 4 or held.shape[-1:] != size.shape:
        raise InputError("sizes holds fewer than 4 different ones, or capacities not one for each; give [..., sizes]")
    across = np.log(size) - np.log(size).mean()
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log(held) @ across / (across @ across)


def scaling_exponent(
    sizes: ArrayLike,
    curves: Sequence[Curve],
    level: float = 0.9,
    resamples: int = 500,
    confidence: float = 0.95,
    seed: int = 0,
) -> Interval:
    """Exponent of capacity (n90) in size (d), with an interval that resamples seeds within every size.

    One curve a size, four or more; capacities are those of `crossings`. Not a number where a size's loads do
    not reach the level.
    """
    if len(curves) != np.size(sizes):
        raise InputError("curves holds not one for each of the sizes; give one a size")
    found = [
        crossing_loads(c.loads, c.correct, c.trials, seed_counts(len(c.correct), resamples, seed + i), (level,))[level]
        for i, c in enumerate(curves)
    ]
    slopes = exponent(sizes, np.stack([resampled for _, resampled in found], -1))
    value = exponent(sizes, np.array([value for value, _ in found]))
    return percentiles(value, slopes, confidence)
