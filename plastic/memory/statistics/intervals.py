"""Intervals over seeds, and of a single run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

from plastic.memory.theory.arguments import between, checked, positive, whole
from plastic.rule import InputError

Array = NDArray[Any]
FEW_SEEDS = 30  # below which percentiles of a bootstrap are biased and too narrow


class Interval(NamedTuple):
    """An estimate and its confidence interval, each a number or an array of them."""

    value: Any
    low: Any
    high: Any


def bootstrap_interval(
    values_by_seed: ArrayLike,
    statistic: Callable[..., Any] = np.mean,
    resamples: int = 2000,
    level: float = 0.95,
    seed: int = 0,
) -> Interval:
    """Percentile bootstrap over seeds of values [seeds, ...]; the interval's three parts are [...].

    The statistic is called as numpy's are, with `axis`: np.mean, np.median, np.std. For the ratio of two
    rules measured with the same seeds, pass the logarithm of the ratio by seed. With fewer than about ten
    seeds the interval is too narrow.
    """
    values = at_least_two_seeds("values_by_seed", values_by_seed)
    size = (int(whole(1, "resamples", resamples)), len(values))
    drawn = np.random.default_rng(seed).integers(len(values), size=size)
    return percentiles(statistic(values, axis=0), statistic(values[drawn], axis=1), level)


def percentiles(value: Any, resampled: Array, level: float) -> Interval:
    """The interval that holds the central `level` of the resampled estimates [resamples, ...]."""
    tail = (1 - float(between(0, 1, "level", level))) / 2
    low, high = np.quantile(resampled, [tail, 1 - tail], axis=0, method="inverted_cdf")  # may be inf
    return Interval(value, low, high)


def at_least_two_seeds(name: str, values: ArrayLike) -> Array:
    """The values, if their first axis holds two seeds or more."""
    array = np.asarray(values, dtype=float)
    if array.ndim == 0 or len(array) < 2:
        raise InputError(f"{name} holds fewer than 2 seeds; give at least 2 along its first axis")
    return array


def wilson_interval(correct: ArrayLike, trials: ArrayLike, level: float = 0.95) -> Interval:
    """Wilson score interval of a proportion from independent trials, for a single run; no seeds needed."""
    trials, z = positive("trials", trials), ndtri((1 + float(between(0, 1, "level", level))) / 2)
    correct = checked("correct", correct, lambda x: (x >= 0) & np.all(x <= trials), "give 0 up to the trials")
    share, shrink = correct / trials, 1 + z**2 / trials
    centre = (share + z**2 / (2 * trials)) / shrink
    half = z * np.sqrt(share * (1 - share) / trials + (z / (2 * trials)) ** 2) / shrink
    return Interval(share, centre - half, centre + half)


# Few seeds: bias-corrected and accelerated


def bca_interval(
    values_by_seed: ArrayLike,
    statistic: Callable[..., Any] = np.mean,
    resamples: int = 2000,
    level: float = 0.95,
    seed: int = 0,
) -> Interval:
    """Bias-corrected and accelerated bootstrap over seeds (Efron 1987), for fewer than 30 of them.

    Arguments as in `bootstrap_interval`; nearer to the stated coverage where the statistic is skewed. The
    acceleration is that of the jackknife.
    """
    values = at_least_two_seeds("values_by_seed", values_by_seed)
    size = (int(whole(1, "resamples", resamples)), len(values))
    drawn = np.random.default_rng(seed).integers(len(values), size=size)
    left_out = np.stack([np.delete(values, i, 0) for i in range(len(values))])
    return corrected(statistic(values, axis=0), statistic(values[drawn], axis=1), statistic(left_out, axis=1), level)


def corrected(value: Any, resampled: Array, left_out: Array, level: float) -> Interval:
    """Interval from estimates resampled [resamples, ...] and with each seed left out [seeds, ...]."""
    z = ndtri((1 - float(between(0, 1, "level", level))) / 2)
    below = ((resampled < value).mean(0) + (resampled <= value).mean(0)) / 2
    bias = ndtri(np.clip(below, 0.5 / len(resampled), 1 - 0.5 / len(resampled)))
    shifts = [bias + (bias + end) / (1 - acceleration(left_out) * (bias + end)) for end in (z, -z)]
    low, high = (quantile_at(resampled, ndtr(shift)) for shift in shifts)
    return Interval(value, low, high)


def acceleration(left_out: Array) -> Array:
    """Skewness of the influence of single seeds, a sixth of it; 0 where none has any."""
    apart = left_out.mean(0) - left_out
    spread = (apart**2).sum(0)
    return np.divide((apart**3).sum(0), 6 * spread**1.5, out=np.zeros_like(spread), where=spread > 0)


def quantile_at(resampled: Array, share: Array) -> Array:
    """The estimate [...] below which a share [...] of the resampled ones [resamples, ...] lies."""
    place = np.ceil(np.asarray(share) * len(resampled)).astype(int) - 1
    place = np.clip(place, 0, len(resampled) - 1)[None]
    return np.take_along_axis(np.sort(resampled, 0), place, 0)[0]


def interval_over_seeds(
    values_by_seed: ArrayLike,
    statistic: Callable[..., Any] = np.mean,
    resamples: int = 2000,
    level: float = 0.95,
    seed: int = 0,
) -> Interval:
    """The interval of a curve or a number: corrected for fewer than 30 seeds, else the percentile bootstrap."""
    seeds = len(at_least_two_seeds("values_by_seed", values_by_seed))
    interval = bca_interval if seeds < FEW_SEEDS else bootstrap_interval
    return interval(values_by_seed, statistic, resamples, level, seed)


# Anything that is computed from seeds


def cluster_bootstrap(
    estimate: Callable[..., Any],
    *by_seed: ArrayLike,
    resamples: int = 500,
    level: float = 0.95,
    seed: int = 0,
) -> Interval:
    """Interval of any estimate from arrays [seeds, ...], whose seeds are drawn together, again and again.

    `estimate` takes the arrays and gives a number or an array; it is called once a resample. Percentiles; corrected
    as in `bca_interval` for fewer than 30 seeds, where every estimate is finite.
    """
    arrays = [at_least_two_seeds("by_seed", values) for values in by_seed]
    seeds = {len(values) for values in arrays}
    if len(seeds) != 1:
        raise InputError("by_seed holds arrays of different numbers of seeds; give the same seeds in each")
    count = seeds.pop()
    drawn = np.random.default_rng(seed).integers(count, size=(int(whole(1, "resamples", resamples)), count))
    value, resampled = estimate(*arrays), estimates(estimate, arrays, drawn)
    if count >= FEW_SEEDS or not np.isfinite(resampled).all():
        return percentiles(value, resampled, level)
    others = np.array([np.delete(np.arange(count), i) for i in range(count)])
    return corrected(value, resampled, estimates(estimate, arrays, others), level)


def estimates(estimate: Callable[..., Any], arrays: list[Array], drawn: Array) -> Array:
    """The estimate from each set of seeds drawn [resamples, seeds], [resamples, ...]."""
    return np.stack([np.asarray(estimate(*(values[seeds] for values in arrays)), float) for seeds in drawn])
