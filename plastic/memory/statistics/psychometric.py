"""The psychometric curve: accuracy falls with load as a probit of its logarithm."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from plastic.memory.theory.arguments import at_least, between, bisect, positive
from plastic.rule import InputError

Array = NDArray[Any]
LARGEST_LAPSE = 0.1
STEPS = 100  # of the fit, which needs about 15


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
