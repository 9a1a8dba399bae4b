"""How sure a measurement of memory is: capacities fitted to recall curves, and intervals.

The unit of replication is the seed (fresh keys, values, network and noise). Items recalled from one
network share its weights, so intervals come from resampling whole seeds, never single items.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

from plastic.memory.theory import at_least, between, checked, positive, whole
from plastic.rule import InputError

Array = NDArray[Any]
LARGEST_LAPSE = 0.1
STEPS = 100  # of the fit, which needs about 15


class Interval(NamedTuple):
    """An estimate and its confidence interval, each a number or an array of them."""

    value: Any
    low: Any
    high: Any


# Intervals


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


# The psychometric curve: accuracy falls with load


def psychometric(log_load: Any, log_centre: Any, width: Any, lapse: Any, guess: Any) -> Array:
    """psi = guess + (1 - guess - lapse) Phi((ln n* - ln n) / width)."""
    return guess + (1 - guess - lapse) * ndtr((log_centre - log_load) / width)


@dataclass(frozen=True)
class Psychometric:
    """Recall accuracy as a falling probit of the log load; see `fit_psychometric`.

    centre (the load n* halfway down), width (in ln load) and lapse (errors at light loads) are numbers, or
    arrays where several curves were fitted. loads and guess [loads] hold chance at the loads measured.
    """

    centre: Any
    width: Any
    lapse: Any
    loads: Array
    guess: Array

    def accuracy(self, load: ArrayLike) -> Array:
        """Share correct at a load."""
        log_load = np.log(positive("load", load))
        return psychometric(log_load, np.log(self.centre), self.width, self.lapse, self.chance(log_load))

    def chance(self, log_load: Any) -> Array:
        """Share correct by guessing: a power law between the loads measured, constant beyond them."""
        floor = np.log(np.maximum(self.guess, 1e-300))
        return np.exp(np.interp(log_load, np.log(self.loads), floor))

    def threshold(self, p: float) -> Any:
        """The load at which accuracy is p (n50 for .5, n90 for .9).

        0 if even the lightest load misses p, infinite if guessing alone reaches it. Beyond the loads
        measured it is an extrapolation.
        """
        between(0, 1, "p", p)
        low, high = (np.log(self.centre) + side * 10 * self.width for side in (-1, 1))
        crossing = np.exp(bisect(lambda x: self.accuracy(np.exp(x)) >= p, low, high))
        never, always = self.accuracy(np.exp(low)) < p, self.accuracy(np.exp(high)) >= p
        return np.where(never, 0.0, np.where(always, np.inf, crossing))[()]


def bisect(holds: Callable[[Array], Array], low: Array, high: Array) -> Array:
    """Where a condition that holds at `low` and not at `high` ceases to hold, elementwise."""
    for _ in range(60):
        middle = (low + high) / 2
        below = holds(middle)
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return (low + high) / 2


# Fitting it


@dataclass(frozen=True)
class Recalls:
    """What was recalled: correct answers out of trials [..., loads], chance and log load [loads]."""

    log_load: Array
    correct: Array
    trials: Array
    guess: Array


def fit_psychometric(
    loads: ArrayLike,
    correct: ArrayLike,
    trials: ArrayLike,
    guess: ArrayLike,
    start: Psychometric | None = None,
) -> Psychometric:
    """Most likely psychometric curve for `correct` answers out of `trials` [..., loads], summed over seeds.

    `guess` is chance: 1/M for M candidates, or one number per load (1/n if all stored values are
    candidates). The lapse lies in [0, .1]. Leading axes are separate curves. A curve to `start` from saves
    steps.
    """
    data = recalls(loads, correct, trials, guess)
    best = climb(data, first_guess(data) if start is None else parameters(start, data))
    centre, width = np.exp(best[..., 0]), np.exp(best[..., 1])
    return Psychometric(centre[()], width[()], best[..., 2][()], np.exp(data.log_load), data.guess)


def recalls(loads: ArrayLike, correct: ArrayLike, trials: ArrayLike, guess: ArrayLike) -> Recalls:
    """The data of a fit, refused if they cannot be counts of answers at growing loads."""
    loads = positive("loads", loads)
    if loads.ndim != 1 or len(loads) < 3 or np.any(np.diff(loads) <= 0):
        raise InputError("loads do not grow; give 3 or more, from the lightest to the heaviest")
    chance = np.broadcast_to(between(0, 1, "guess", guess), loads.shape)
    return Recalls(np.log(loads), *answers(correct, trials, len(loads)), chance)


def answers(correct: ArrayLike, trials: ArrayLike, loads: int) -> tuple[Array, Array]:
    """Correct answers and trials, both [..., loads]."""
    right, asked = at_least(0, "correct", correct), at_least(0, "trials", trials)
    if right.shape[-1:] != (loads,) or asked.shape[-1:] not in ((), (1,), (loads,)):
        raise InputError(f"correct or trials does not end in an axis of the {loads} loads; give [..., loads]")
    if np.any(right > asked):
        raise InputError("correct exceeds trials; give counts of correct answers, not more than were asked")
    return right, np.broadcast_to(asked, right.shape)


def first_guess(data: Recalls) -> Array:
    """Parameters to start from: the load nearest half-way down, a moderate width, few lapses."""
    share = data.correct / np.maximum(data.trials, 1)
    nearest = data.log_load[np.abs(share - (1 + data.guess) / 2).argmin(-1)]
    return np.stack(np.broadcast_arrays(nearest, np.log(0.5), 0.01), -1)


def parameters(curve: Psychometric, data: Recalls) -> Array:
    """A curve's ln n*, ln width and lapse, for each of the curves to fit, [..., 3]."""
    one = np.stack(np.broadcast_arrays(np.log(curve.centre), np.log(curve.width), curve.lapse), -1)
    return np.broadcast_to(one, (*data.correct.shape[:-1], 3))


def climb(data: Recalls, start: Array) -> Array:
    """Levenberg-Marquardt ascent of the likelihood of every curve at once; parameters [..., 3]."""
    best, damping = np.clip(start, *bounds(data)), np.full(start.shape[:-1], 1e-3)
    reached = log_likelihood(data, best)
    for _ in range(STEPS):
        tried = np.clip(best + step(data, best, damping), *bounds(data))
        gain = log_likelihood(data, tried) - reached
        best = np.where((gain > 0)[..., None], tried, best)
        reached, damping = reached + np.maximum(gain, 0), damping * np.where(gain > 0, 0.2, 5.0)
        if np.all(np.abs(gain) < 1e-8):
            break
    return best


def bounds(data: Recalls) -> tuple[list[float], list[float]]:
    """Where parameters mean something: n* within a factor 20 of the loads, width .02 to 7, lapse to .1."""
    return [data.log_load[0] - 3, -4.0, 0.0], [data.log_load[-1] + 3, 2.0, LARGEST_LAPSE]


def share_expected(data: Recalls, values: Array) -> Array:
    """Share correct that parameters predict, [..., loads], kept off 0 and 1."""
    log_centre, log_width, lapse = (values[..., i, None] for i in range(3))
    share = psychometric(data.log_load, log_centre, np.exp(log_width), lapse, data.guess)
    return np.clip(share, 1e-12, 1 - 1e-12)


def log_likelihood(data: Recalls, values: Array) -> Array:
    """Binomial log likelihood of each curve, [...], but for a constant."""
    share = share_expected(data, values)
    return (data.correct * np.log(share) + (data.trials - data.correct) * np.log1p(-share)).sum(-1)


def step(data: Recalls, values: Array, damping: Array) -> Array:
    """Damped Fisher-scoring step, [..., 3]; a parameter that would leave its bounds rests."""
    share, slopes = share_expected(data, values), share_slopes(data, values)
    precision = 1 / (share * (1 - share))
    score = np.einsum("...l,...lp->...p", (data.correct - data.trials * share) * precision, slopes)
    free = may_move(data, values, score)
    fisher = np.einsum("...l,...lp,...lq->...pq", data.trials * precision, slopes, slopes)
    fisher = fisher * free[..., None] * free[..., None, :]
    ridge = (damping[..., None] * np.einsum("...pp->...p", fisher) + 1e-9)[..., None] * np.eye(3)
    return np.linalg.solve(fisher + ridge, (score * free)[..., None])[..., 0]


def may_move(data: Recalls, values: Array, score: Array) -> Array:
    """Which parameters the score does not push out of their bounds, [..., 3]."""
    low, high = bounds(data)
    return ~((values <= low) & (score < 0) | (values >= high) & (score > 0))


def share_slopes(data: Recalls, values: Array) -> Array:
    """Derivatives of the share correct by ln n*, ln width and lapse, [..., loads, 3]."""
    log_centre, log_width, lapse = (values[..., i, None] for i in range(3))
    z = (log_centre - data.log_load) * np.exp(-log_width)
    density = (1 - data.guess - lapse) * np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    return np.stack([density * np.exp(-log_width), -density * z, -ndtr(z)], -1)


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
    data = recalls(loads, correct, trials_by_load, 0)
    if np.any(data.trials == 0):
        raise InputError("trials_by_load is 0 at a load; leave that load out")
    often = seed_counts(len(correct), resamples, seed)
    measured = falling(correct.sum(0), data.trials.sum(0))
    resampled = falling(often @ correct, often @ data.trials)
    return {p: percentiles(crossing(data, measured, p), crossing(data, resampled, p), confidence) for p in levels}


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
