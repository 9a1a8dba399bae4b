"""Lifetimes in an endless stream of pairs."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from plastic.memory.theory.arguments import Array, at_least, bisect, checked, positive, ratio
from plastic.memory.theory.linear import LinearRow, snr_by_lag


def lifetime(row: LinearRow, d: float, threshold: ArrayLike) -> Array:
    """Largest lag at which the steady-state SNR is still `threshold` (d >= 2); 0 if even the newest is below.

    Interpolated between whole lags on ln(1 + 1/SNR), which is nearly linear in the lag: exact for the delta
    rule with eta = 1, elsewhere to a few hundredths of a write.
    """
    at_least(2, "d", d)
    threshold, lags = positive("threshold", threshold), np.arange(2)
    while snr_by_lag(row, d, lags[-1]) >= threshold.min(initial=np.inf):
        lags = np.arange(2 * lags.size)
    return np.interp(np.log1p(1 / threshold), np.log1p(ratio(1.0, snr_by_lag(row, d, lags))), lags)


def decayed_hebbian_lifetime(time_constant: ArrayLike, d: ArrayLike, threshold: ArrayLike) -> Array:
    """Lag at which Hebb with decay exp(-1 / time_constant) per write reaches the SNR `threshold`; 0 if never.

    Exact. For time constants well above 1 and d well above the threshold it is
    (tau / 2) ln(2 d / (tau threshold)).
    """
    tau, threshold = positive("time_constant", time_constant), positive("threshold", threshold)
    newest = -np.expm1(-2 / tau) * (1 + at_least(1, "d", d) / threshold)
    return np.maximum(tau / 2 * np.log(newest), 0)


def best_time_constant(d: ArrayLike, threshold: ArrayLike) -> Array:
    """Time constant of decay, in writes, with the longest Hebbian lifetime: 2 d / (e threshold).

    That lifetime is d / (e threshold), a factor e below the load that Hebb without forgetting bears. Valid
    for d well above the threshold.
    """
    return 2 * at_least(1, "d", d) / (math.e * positive("threshold", threshold))


def delta_lifetime(d: ArrayLike, threshold: ArrayLike) -> Array:
    """Lag at which the delta rule with eta = 1 reaches the SNR `threshold`; exact for d >= 2.

    c = (1 - 1/d)^lag and a = 1, so it is about (d / 2) ln(1 + 1 / threshold): a time constant of d writes,
    with no decay to tune.
    """
    return np.log1p(1 / positive("threshold", threshold)) / (-2 * np.log1p(-1 / at_least(2, "d", d)))


def delta_overlap(lag: ArrayLike, d: ArrayLike) -> Array:
    """Projection of what is recalled on the true value, delta rule with eta = 1: (1 - 1/d)^lag, exact."""
    return (1 - 1 / at_least(1, "d", d)) ** at_least(0, "lag", lag)


# The longest lives


def best_hebbian_lifetime(d: ArrayLike, threshold: ArrayLike) -> Array:
    """Longest lifetime that any rate of decay gives a Hebbian matrix in a stream; exact.

    About d / (e threshold) for d well above the threshold. With x = exp(-2 / tau) kept of the power per write it is
    x / (1 - x), where ln[(1 - x)(1 + d / threshold)] = x ln(1 / x) / (1 - x).
    """
    reach = 1 + at_least(1, "d", d) / positive("threshold", threshold)
    low = np.zeros_like(reach) + 1e-12
    kept = bisect(lambda x: np.log((1 - x) * reach) > -x * np.log(x) / (1 - x), low, 1 - low)
    return kept / (1 - kept)


def delta_lifetime_at_rate(eta: ArrayLike, d: ArrayLike, threshold: ArrayLike) -> Array:
    """Lifetime of the delta rule at rate eta: (d / (2 eta)) ln[eta (2 - eta)(1 + 1 / threshold)]; 0 if never.

    For large d, where the power of every item is eta / (2 - eta): within 3 % for d >= 32 and lifetimes of 3
    writes or more. For eta = 1 see `delta_lifetime`.
    """
    eta = checked("eta", eta, lambda x: (x > 0) & (x < 2), "give a value between 0 and 2")
    newest = eta * (2 - eta) * (1 + 1 / positive("threshold", threshold))
    return np.maximum(at_least(1, "d", d) / (2 * eta) * np.log(newest), 0)


def best_delta_rate(threshold: ArrayLike) -> Array:
    """Learning rate eta of the delta rule with the longest lifetime in a stream; large d, any d.

    Where 1 - eta / (2 - eta) = ln[eta (2 - eta)(1 + 1 / threshold)]: .62 for an SNR of 1. The delta rule tuned so
    outlives tuned Hebbian decay (by 18 % at an SNR of 1), which eta = 1 does not.
    """
    first = 1 + 1 / positive("threshold", threshold)
    low = 1 - np.sqrt(1 - 1 / first)  # the least rate that reaches the threshold at all
    return bisect(lambda eta: 1 - eta / (2 - eta) > np.log(eta * (2 - eta) * first), low, np.ones_like(low))
