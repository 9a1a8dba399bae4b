"""How much other pairs, a new value for the same key, corrupted cues, delay and distractors cost."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from plastic.memory.theory.arguments import at_least, checked, positive
from plastic.rule import InputError

Array = NDArray[Any]


def interference(loads: ArrayLike, signal: ArrayLike, power: ArrayLike) -> Array:
    """Noise variance that each further pair adds, in units of the squared signal: slope of (a - c^2) / c^2 over loads.

    loads [loads]; signal and power [..., loads] of a list. Least squares. For Hebb and keys of cosine rho it is
    rho^2 + (1 - rho)^2 / (d - 1). Not a number where a load has no signal.
    """
    c, a = np.asarray(signal, float), np.asarray(power, float)
    return slope(loads, quotient(a - c**2, c**2), "loads")


def quotient(part: Array, whole: Array) -> Array:
    """Part over whole, not a number where the whole is 0."""
    return np.divide(part, whole, out=np.full(np.broadcast(part, whole).shape, np.nan), where=whole != 0)


def slope(x: ArrayLike, y: ArrayLike, name: str) -> Array:
    """Least-squares slope of y [..., points] over x [points]."""
    across = np.asarray(x, float)
    if across.ndim != 1 or np.unique(across).size < 2:
        raise InputError(f"{name} holds fewer than 2 different values; give more")
    centred = across - across.mean()
    return np.asarray(y, float) @ centred / (centred @ centred)


def overwriting_index(new: ArrayLike, old: ArrayLike) -> Array:
    """(new - old) / (new + old) of the answer's projections after one re-pairing: 1 overwritten, 0 blended, -1 kept.

    Not a number where the answer holds neither.
    """
    fresh, stale = np.asarray(new, float), np.asarray(old, float)
    return quotient(fresh - stale, fresh + stale)


def projections(recalled: ArrayLike, old: ArrayLike, new: ArrayLike) -> tuple[Array, Array]:
    """Projections of answers [..., d_v] on the old and on the new value, of the least-squares fit by both.

    So that two values that happen to be alike do not count twice.
    """
    y, a, b = (np.asarray(x, float) for x in (recalled, old, new))
    aa, ab, bb = ((p * q).sum(-1) for p, q in ((a, a), (a, b), (b, b)))
    ya, yb = (y * a).sum(-1), (y * b).sum(-1)
    apart = aa * bb - ab**2
    if np.any(apart <= 1e-12 * aa * bb):
        raise InputError("old and new hold the same value; give values that differ")
    return (ya * bb - yb * ab) / apart, (yb * aa - ya * ab) / apart


def halving_corruption(corruption: ArrayLike, capacities: ArrayLike) -> float:
    """Corruption of the cue at which n90 is half that of whole cues, on lines between levels; infinite if none is.

    corruption [levels] grows from 0; capacities [levels] are n90 at each.
    """
    levels = checked("corruption", corruption, lambda x: x >= 0, "give shares of 0 or more")
    n90 = at_least(0, "capacities", capacities)
    if levels.shape != n90.shape or levels.ndim != 1 or levels[0] != 0 or np.any(np.diff(levels) <= 0):
        raise InputError("corruption does not grow from 0; give growing levels from 0, with one capacity each")
    left = n90 / positive("the capacity of whole cues", n90[0])
    if np.all(left > 0.5):
        return np.inf
    after = int(np.argmax(left <= 0.5))
    share = (left[after - 1] - 0.5) / (left[after - 1] - left[after])
    return float(levels[after - 1] + share * (levels[after] - levels[after - 1]))


def delay_time_constant(delays: ArrayLike, signal: ArrayLike) -> float:
    """Time constant tau of a signal [delays] that fades as exp(-delay / tau): least squares of its logarithm.

    In the unit of the delays; infinite if it does not fade. For an SNR of powers pass its root.
    """
    rate = -float(slope(delays, np.log(positive("signal", signal)), "delays"))
    return 1 / rate if rate > 0 else np.inf


def distractor_slope(distractors: ArrayLike, accuracy: ArrayLike) -> Array:
    """Accuracy [..., points] lost for each distractor: least-squares slope, negative where they cost anything."""
    return slope(distractors, accuracy, "distractors")
