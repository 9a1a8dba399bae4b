"""Capacities: the loads at which recall has fallen to a level, from a fitted curve or without one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from plastic.memory.statistics.intervals import Interval, at_least_two_seeds, percentiles
from plastic.memory.statistics.psychometric import Recalls, fit_psychometric, recalls
from plastic.memory.theory.arguments import at_least, between, whole
from plastic.rule import InputError

Array = NDArray[Any]


# Capacity


def capacity(
    loads: ArrayLike,
    correct_by_seed: ArrayLike,
    trials_by_load: ArrayLike,
    guess: ArrayLike,
    levels: Sequence[float] = (0.5, 0.9),
    resamples: int = 500,
    confidence: float = 0.95,
    seed: int = 0,
) -> dict[float, Interval]:
    """Loads at which accuracy is 50 % and 90 % (n50, n90), with an interval that resamples seeds and refits.

    `correct_by_seed` [seeds, loads] counts correct answers, out of `trials_by_load` [loads] in each seed;
    loads and guess as in `fit_psychometric`. Beyond the loads measured a capacity is an extrapolation.

    The interval holds the spread over seeds, not the misfit of the curve. A probit does not fit recall from
    chance to certainty: over loads from d/4 to 10 d it puts n50 5 to 10 % too high and n90 7 to 31 % too
    low, and heavier loads worsen it. Leave out loads with less than a third correct (within 5 % then), or
    use `crossings`.
    """
    correct = at_least_two_seeds("correct_by_seed", correct_by_seed)
    trials = np.broadcast_to(at_least(0, "trials_by_load", trials_by_load), correct.shape)
    curve = fit_psychometric(loads, correct.sum(0), trials.sum(0), guess)
    often = seed_counts(len(correct), resamples, seed)
    refitted = fit_psychometric(loads, often @ correct, often @ trials, guess, start=curve)
    return {p: percentiles(curve.threshold(p), refitted.threshold(p), confidence) for p in levels}


def seed_counts(seeds: int, resamples: int, seed: int) -> Array:
    """How often each seed is drawn in each resample, [resamples, seeds]."""
    even = np.full(seeds, 1 / seeds)
    return np.random.default_rng(seed).multinomial(seeds, even, size=int(whole(1, "resamples", resamples)))


# Capacity without a curve


def crossings(
    loads: ArrayLike,
    correct_by_seed: ArrayLike,
    trials_by_load: ArrayLike,
    levels: Sequence[float] = (0.5, 0.9),
    resamples: int = 500,
    confidence: float = 0.95,
    seed: int = 0,
) -> dict[float, Interval]:
    """Loads at which accuracy is 50 % and 90 %, read off between the measured loads either side.

    Arguments as in `capacity`, but chance is not needed. It assumes only that accuracy falls with load, so
    it does not depend on which other loads were measured; interpolation adds less than 1 % of error for
    loads spaced by a factor of 1.5 or less. 0 if the lightest load misses the level, infinite if the
    heaviest still reaches it: measure more loads then.
    """
    correct = at_least_two_seeds("correct_by_seed", correct_by_seed)
    often = seed_counts(len(correct), resamples, seed)
    found = crossing_loads(loads, correct, trials_by_load, often, levels)
    return {p: percentiles(value, resampled, confidence) for p, (value, resampled) in found.items()}


def crossing_loads(
    loads: ArrayLike, correct_by_seed: ArrayLike, trials_by_load: ArrayLike, often: Array, levels: Sequence[float]
) -> dict[float, tuple[Any, Array]]:
    """At each level the load, and that of every resample [resamples]; `often` [resamples, seeds] each seed is drawn."""
    correct = at_least_two_seeds("correct_by_seed", correct_by_seed)
    data = recalls(loads, correct, trials_by_load, 0)
    if np.any(data.trials == 0):
        raise InputError("trials_by_load is 0 at a load; leave that load out")
    measured = falling(correct.sum(0), data.trials.sum(0))
    resampled = falling(often @ correct, often @ data.trials)
    return {p: (crossing(data, measured, p), crossing(data, resampled, p)) for p in levels}


def falling(correct: Array, trials: Array) -> Array:
    """Normal quantile of the share correct [..., loads], the most likely one that never rises with load.

    Isotonic regression in its minimax form; half a trial is added on either side, so that it is finite.
    """
    right, asked = (np.insert(np.cumsum(x, -1), 0, 0, axis=-1) for x in (correct + 0.5, trials + 1.0))
    pooled = np.stack([pooled_around(right, asked, load) for load in range(correct.shape[-1])], -1)
    return ndtri(pooled)


def pooled_around(right: Array, asked: Array, load: int) -> Array:
    """Share correct at a load after pooling it with neighbours that violate the order; cumulative counts."""
    first, last = slice(None, load + 1), slice(load + 1, None)
    correct = right[..., None, last] - right[..., first, None]  # [..., first, last]
    return (correct / (asked[..., None, last] - asked[..., first, None])).max(-1).min(-1)


def crossing(data: Recalls, quantiles: Array, p: float) -> Array:
    """Load at which falling quantiles [..., loads] pass that of p, on a line between two log loads."""
    target = ndtri(between(0, 1, "p", p))
    reached = (quantiles >= target).sum(-1)  # how many loads
    above = np.clip(reached - 1, 0, len(data.log_load) - 2)
    high, low = (np.take_along_axis(quantiles, (above + i)[..., None], -1)[..., 0] for i in (0, 1))
    share = (high - target) / np.where(high > low, high - low, 1)
    load = np.exp(data.log_load[above] + share * np.diff(data.log_load)[above])
    return np.where(reached == 0, 0.0, np.where(reached == len(data.log_load), np.inf, load))[()]
