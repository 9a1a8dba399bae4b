"""Signal, noise and lifetime of what was written, by how many pairs were written after it."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from plastic.memory.metrics.identification import answers
from plastic.memory.theory.arguments import positive
from plastic.rule import InputError

Array = NDArray[Any]


def signal_and_power(recalled: ArrayLike, values: ArrayLike) -> tuple[Array, Array]:
    """Regression of the answer on the true value: signal c = <y v> / <v v>, power a = <y y> / <v v>, [seeds, lags].

    Newest first: lag l is the pair before the last l. Means are over d_v.
    """
    found, true = answers(recalled, values)
    found, true = found[:, ::-1], true[:, ::-1]
    size = np.einsum("snv,snv->sn", true, true)
    if np.any(size == 0):
        raise InputError("values holds a pair that is 0 everywhere; take off its mean or leave it out")
    return np.einsum("snv,snv->sn", found, true) / size, np.einsum("snv,snv->sn", found, found) / size


def snr(signal: ArrayLike, power: ArrayLike, axis: int = 0) -> Array:
    """Power SNR c^2 / (a - c^2) of signal and power averaged over `axis`: the seeds, of [seeds, lags].

    From S seeds and values of d_v components it is too large by about 1 / (S d_v); infinite without noise.
    """
    squared, total = np.asarray(signal, float).mean(axis) ** 2, np.asarray(power, float).mean(axis)
    noise = np.where(total - squared > 1e-12 * total, total - squared, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(total > 0, squared / noise, 0.0)


def lifetimes(snr_by_lag: ArrayLike, thresholds: ArrayLike = (1, 4, 9), lags: ArrayLike | None = None) -> Array:
    """Lag at which the SNR falls to each threshold: 0 if the newest is below, infinite if the oldest is still above.

    Of the falling curve nearest to the one measured (isotonic regression), between lags on ln(1 + 1/SNR), as
    `plastic.memory.theory.lifetime` does. snr_by_lag [lags]; the lags are 0, 1, 2 ... unless given.
    """
    from scipy.optimize import isotonic_regression

    curve = np.asarray(snr_by_lag, float)
    lag = np.arange(len(curve)) if lags is None else np.asarray(lags, float)
    with np.errstate(divide="ignore"):
        rising = isotonic_regression(np.log1p(1 / np.maximum(curve, 1e-12))).x
    wanted = np.log1p(1 / positive("thresholds", thresholds))
    found = np.interp(wanted, *strictly(rising, lag))
    return np.where(rising[0] > wanted, 0.0, np.where(rising[-1] < wanted, np.inf, found))


def strictly(rising: Array, lag: Array) -> tuple[Array, Array]:
    """Of levels that last several lags, only the last lag: the latest at which the SNR was still that."""
    last = np.append(np.diff(rising) > 0, True)
    return rising[last], lag[last]


def half_life(signal: ArrayLike, lags: ArrayLike | None = None) -> float:
    """Lag at which the signal c [lags] is half that of the newest pair, on a falling curve.

    Infinite if it never is; not a number where there is no signal to begin with.
    """
    from scipy.optimize import isotonic_regression

    curve = np.asarray(signal, float)
    lag = np.arange(len(curve)) if lags is None else np.asarray(lags, float)
    if not curve[0] > 0:
        return math.nan
    lost = isotonic_regression(-curve / curve[0]).x
    return float(np.interp(-0.5, *strictly(lost, lag))) if lost[-1] >= -0.5 else np.inf


class Tail(NamedTuple):
    """How a signal fades: the better of an exponential and a power law."""

    name: str  # "exponential", "power law", or "none" without a signal
    delta_aic: float  # AIC of the exponential less that of the power law: above 0 for a power law
    time_constant: float  # of the exponential, in lags
    exponent: float  # of the power law (1 + lag)^-exponent


def tail_class(signal: ArrayLike, lags: ArrayLike | None = None) -> Tail:
    """Whether a signal [lags] or [seeds, lags] fades as an exponential or a power law of 1 + lag, by AIC.

    Least squares: with seeds weighted by their standard error (seeds that differ in nothing: as without), without
    by relative error. Both have two parameters, so AIC differs by lags ln(error ratio). |difference| below 10 tells
    little; seeds shared by lags make it too sure. A signal that is 0 has no tail.
    """
    values = np.asarray(signal, float)
    lag = np.arange(values.shape[-1]) if lags is None else np.asarray(lags, float)
    if values.shape[-1] < 5:
        raise InputError("signal holds fewer than 5 lags; give more")
    if not values.any():
        return Tail("none", 0.0, math.nan, math.nan)
    mean, weight = mean_and_weight(values)
    span = np.geomspace(1e-2, 1e3, 1500) * max(float(np.ptp(lag)), 1.0)
    exponents = np.geomspace(1e-3, 20, 1500)
    exponential, at = least_error(mean, weight, np.exp(-lag / span[:, None]))
    power, to = least_error(mean, weight, (1 + lag) ** -exponents[:, None])
    delta = len(mean) * float(np.log(exponential) - np.log(power))
    return Tail("power law" if delta > 0 else "exponential", delta, float(span[at]), float(exponents[to]))


def mean_and_weight(values: Array) -> tuple[Array, Array]:
    """Mean over seeds, if there are, and one over its variance, each [lags]."""
    mean = values if values.ndim == 1 else values.mean(0)
    if values.ndim == 1 or len(values) < 2 or np.any(values.std(0) == 0):
        return mean, 1 / np.maximum(mean**2, 1e-24 * (mean**2).max())
    return mean, len(values) / values.var(0, ddof=1)


def least_error(mean: Array, weight: Array, shapes: Array) -> tuple[float, int]:
    """Least weighted squared error per lag over shapes [shapes, lags] of free amplitude, and which shape has it."""
    with np.errstate(under="ignore"):
        overlap, size = shapes @ (weight * mean), (shapes**2) @ weight
        amplitude = np.divide(overlap, size, out=np.zeros_like(size), where=size > 0)
        errors = ((mean - amplitude[:, None] * shapes) ** 2 * weight).mean(-1)
    best = int(errors.argmin())
    return max(float(errors[best]), 1e-12), best
