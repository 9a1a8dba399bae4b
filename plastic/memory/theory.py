"""What theory says a fast weight matrix remembers: closed forms to draw beside every measured curve.

Throughout, n = `load` pairs (key, value) are written once into W [d_v, d] and read as y = W k. Keys are
drawn uniformly from the unit sphere in R^d, values have independent components of mean 0 and variance 1.
SNR is signal power over noise power per component of y. The lag of an item is the number of pairs
written after it. Each formula states where it holds; each was checked against simulation.

Loads, lags, thresholds and accuracies may be arrays. An argument out of range raises InputError.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, xlogy

from plastic.rule import InputError

Array = NDArray[Any]
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(41)
WEIGHTS = WEIGHTS / WEIGHTS.sum()  # of a standard normal


# Arguments


def checked(name: str, value: ArrayLike, valid: Callable[[Array], Array], remedy: str) -> Array:
    """The value as float64; refused, naming the first number that is not valid and the remedy."""
    values = np.asarray(value, dtype=float)
    wrong = values[~valid(values)]
    if wrong.size:
        raise InputError(f"{name} is {wrong.flat[0]:g}; {remedy}")
    return values


def at_least(low: float, name: str, value: ArrayLike) -> Array:
    """The value, if no number in it is below `low`."""
    return checked(name, value, lambda x: x >= low, f"give {low:g} or more")


def positive(name: str, value: ArrayLike) -> Array:
    """The value, if every number in it is finite and above 0."""
    return checked(name, value, lambda x: (x > 0) & (x < np.inf), "give a finite value above 0")


def between(low: float, high: float, name: str, value: ArrayLike) -> Array:
    """The value, if it lies in [low, high]."""
    return checked(name, value, lambda x: (low <= x) & (x <= high), f"give a value from {low:g} to {high:g}")


def whole(low: int, name: str, value: ArrayLike) -> Array:
    """The value as integers, if it is whole and not below `low`."""
    remedy = f"give a whole number, {low} or more"
    return checked(name, value, lambda x: (low <= x) & (x < 2**53) & (x == np.floor(x)), remedy).astype(int)


def ratio(signal: Any, noise: Any) -> Array:
    """Signal over noise, infinite where there is no noise."""
    with np.errstate(divide="ignore"):
        return np.divide(signal, noise)


# The Hebbian matrix that forgets nothing: W = sum of v k'


def hebbian_snr(load: ArrayLike, d: ArrayLike) -> Array:
    """Signal over cross-talk power of a Hebbian matrix: d / (n - 1), infinite for one pair.

    Exact for uncorrelated unit keys (sparse binary keys under the covariance rule give the same).
    """
    return ratio(1.0, crosstalk(load, d))


def crosstalk(load: ArrayLike, d: ArrayLike) -> Array:
    """Noise power per component that the other n - 1 pairs of a Hebbian matrix add: (n - 1) / d, exact."""
    return (at_least(1, "load", load) - 1) / at_least(1, "d", d)


def bit_accuracy(snr: ArrayLike) -> Array:
    """Share of +-1 values whose sign is recalled: Phi(sqrt(SNR)).

    Takes the noise as Gaussian: to .002 for n >= 16 Hebbian pairs in d >= 16 dimensions.
    """
    return ndtr(np.sqrt(at_least(0, "snr", snr)))


def load_at_snr(snr: ArrayLike, d: ArrayLike) -> Array:
    """Number of Hebbian pairs at which the SNR has fallen to `snr`: n = 1 + d / SNR."""
    return 1 + at_least(1, "d", d) / positive("snr", snr)


# Identifying the value among candidates


def argmax_accuracy(
    load: ArrayLike,
    d: float,
    d_v: float,
    candidates: ArrayLike | None = None,
    foils: Literal["stored", "new"] = "stored",
) -> Array:
    """Probability that a Hebbian readout is closest (dot product) to its own value among M candidates.

    Values are +-1 in d_v dimensions. The M - 1 foils are other stored values, or new ones that were never
    stored. M = `candidates` is the load unless given; it may be fractional.

    The overlaps h of two values and g of two keys are averaged over as Gaussians of variance 1/d_v and
    1/d: a foil that is stored is also recalled a little. Valid for d_v >= 32 and d >= 16, where it is too
    low by at most .04 (.07 for d_v = 16), most around 20 % correct.
    """
    load = at_least(1, "load", load)
    against = load if candidates is None else at_least(1, "candidates", candidates)
    check_foils(foils, load, against)
    noise = np.sqrt(crosstalk(load, d)[..., None] / at_least(1, "d_v", d_v))  # [..., 1]
    score = 1 + noise * NODES  # of the correct value, [..., nodes]
    echo = NODES / np.sqrt(d) if foils == "stored" else np.zeros(1)
    wins = foil_loses(score, noise, value_overlap(d_v), echo)
    return (wins ** (against[..., None] - 1)) @ WEIGHTS


def check_foils(foils: str, load: Array, candidates: Array) -> None:
    """Foils are stored or new, and there are only as many stored values as pairs."""
    if foils not in ("stored", "new"):
        raise InputError(f"foils is {foils!r}; give 'stored' or 'new'")
    if foils == "stored" and np.any(candidates > load):
        raise InputError("candidates exceeds the load; give at most the load, or foils='new'")


def value_overlap(d_v: float) -> Array:
    """Cosines of two random values at the quadrature's nodes, kept inside (-1, 1)."""
    return np.clip(NODES / np.sqrt(d_v), -1 + 1e-12, 1 - 1e-12)


def foil_loses(score: Array, noise: Array, overlap: Array, echo: Array) -> Array:
    """Chance that one foil scores below the correct value's `score` [..., nodes], same shape.

    `overlap` [nodes] is the cosine of the foil to that value, `echo` [nodes or 1] the overlap of their keys.
    """
    spread = noise[..., None] * np.sqrt((1 + overlap) / (1 - overlap))  # [..., 1, overlap]
    margin = score[..., None, None] - echo  # [..., score, 1, echo]
    return (ndtr(ratio(margin, spread[..., None])) @ weights_of(echo)) @ WEIGHTS


def weights_of(nodes: Array) -> Array:
    """Quadrature weights: of a standard normal, or 1 where there is a single node."""
    return WEIGHTS if nodes.size > 1 else np.ones(1)


def symbol_accuracy(load: ArrayLike, d: ArrayLike, symbols: ArrayLike) -> Array:
    """Probability of recalling the right one of M symbols, n pairs sharing the M one-hot values evenly.

    Hebbian matrix, d >= 16, n >= 2 M: within .02, as the symbols' noises are taken as independent.
    """
    load, d = at_least(1, "load", load)[..., None], at_least(1, "d", d)[..., None]
    symbols = at_least(1, "symbols", symbols)[..., None]
    right, wrong = np.sqrt((load - 1) / (symbols * d)), np.sqrt(load / (symbols * d))
    return ndtr((1 + right * NODES) / wrong) ** (symbols - 1) @ WEIGHTS


# Every linear rule: one recursion


@dataclass(frozen=True)
class LinearRow:
    """W <- decay * W (I - erase * k k') + write * v k', for unit keys: every linear fast weight rule.

    Hebb: decay 1, erase 0. RetNet, Mamba2: decay below 1. Delta rule: erase = write = eta. Gated delta
    rule: both. Here decay acts before the erasure; where the error is that of the weights before they
    decay, W <- decay * W - eta * W k k' + write * v k', the row is the same with erase = eta / decay.

    decay in [0, 1]; erase in [0, 2], above which W diverges; write > 0.
    """

    decay: float = 1.0
    erase: float = 0.0
    write: float = 1.0

    def __post_init__(self) -> None:
        between(0, 1, "decay", self.decay)
        between(0, 2, "erase", self.erase)
        positive("write", self.write)


def signal_and_power(row: LinearRow, d: float, lag: ArrayLike, writes: int | None = None) -> tuple[Array, Array]:
    """Signal c = E[v . W k] and power a = E|W k|^2, per component, of the item at each whole lag.

    In the steady state, or, after `writes` pairs written from W = 0, where the item at lag l was pair
    number writes - l. Exact for keys uniform on the sphere and independent values; +-1 keys differ by
    O(1/d^2).
    """
    at_least(1, "d", d)
    lag = whole(0, "lag", lag)
    before = energy_by_lag(row, d, int(lag.max(initial=0)) + 1, writes)  # [lags]
    lags = np.arange(before.size)
    new = row.write**2 + (row.decay * (1 - row.erase)) ** 2 * before / d  # a(0)
    noise = (row.write**2 + (row.decay * row.erase) ** 2 * before / (d + 2)) / d  # what a later write adds
    kept = power_kept(row, d) ** lags
    power = kept * new + before_each(kept * noise)
    return (row.write * signal_kept(row, d) ** lags)[lag], power[lag]


def signal_kept(row: LinearRow, d: float) -> float:
    """Share of an item's signal that one later write leaves."""
    return row.decay * (1 - row.erase / d)


def power_kept(row: LinearRow, d: float) -> float:
    """Share of |W k|^2 that one later write leaves, as E k_a k_b k_c k_e = (three pairings) / (d (d + 2))."""
    return row.decay**2 * (1 - 2 * row.erase / d + 2 * row.erase**2 / (d * (d + 2)))


def energy_kept(row: LinearRow, d: float) -> float:
    """Share of a row's energy E|w|^2 that one write leaves."""
    return row.decay**2 * (1 - (2 * row.erase - row.erase**2) / d)


def energy_by_lag(row: LinearRow, d: float, lags: int, writes: int | None) -> Array:
    """Energy E|w|^2 of a row of W just before the item of each lag was written, [lags]."""
    if writes is None:
        return np.full(lags, steady_energy(row, d))
    writes = int(whole(lags, "writes", writes))  # more than the largest lag
    energy = before_each(row.write**2 * energy_kept(row, d) ** np.arange(writes))
    return energy[::-1][:lags]


def steady_energy(row: LinearRow, d: float) -> float:
    """Energy E|w|^2 of a row of W after endlessly many writes; without forgetting there is no such state."""
    kept = energy_kept(row, d)
    if kept >= 1:
        raise InputError(f"{row} never settles; give a decay below 1, an erase between 0 and 2, or a number of writes")
    return row.write**2 / (1 - kept)


def before_each(terms: Array) -> Array:
    """Sum of the terms before each, starting at 0."""
    return np.concatenate([[0.0], np.cumsum(terms)[:-1]])


def snr_by_lag(row: LinearRow, d: float, lag: ArrayLike, writes: int | None = None) -> Array:
    """Signal over noise power at each lag: c^2 / (a - c^2); exact, see `signal_and_power`."""
    signal, power = signal_and_power(row, d, lag, writes)
    return ratio(signal**2, np.maximum(power - signal**2, 0))


def bit_accuracy_by_lag(row: LinearRow, d: float, lag: ArrayLike, writes: int | None = None) -> Array:
    """Share of +-1 values whose sign is recalled at each lag; to .01 for d >= 32 (Gaussian noise)."""
    return bit_accuracy(snr_by_lag(row, d, lag, writes))


def mean_bit_accuracy(row: LinearRow, d: float, load: int) -> float:
    """Mean bit accuracy over a list of `load` pairs written from W = 0 and recalled at its end.

    To .006 for d >= 32 (Gaussian noise).
    """
    load = int(whole(1, "load", load))
    return float(np.mean(bit_accuracy_by_lag(row, d, np.arange(load), writes=load)))


# Lifetimes in an endless stream


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


# The same key again, with a new value


def overwriting(row: LinearRow, repeats: ArrayLike, old: float = 1.0) -> tuple[Array, Array]:
    """Projections of the recall on the old and on the new value of a unit key, after it was re-paired.

    `repeats` presentations of (key, new value), nothing else between. `old` is the projection before: 1 if
    fully learnt, row.write if presented once. Exact for orthogonal values. Hebb keeps old : new = 1 :
    repeats, the delta rule (1 - eta)^repeats : 1 - (1 - eta)^repeats.
    """
    repeats = whole(0, "repeats", repeats)
    kept = (row.decay * (1 - row.erase)) ** np.arange(repeats.max(initial=0) + 1)
    return old * kept[repeats], row.write * before_each(kept)[repeats]


# The best linear memory: the pseudo-inverse, which ridge regression and recursive least squares reach


def ridge_bit_accuracy(load: ArrayLike, d: ArrayLike) -> Array:
    """Bit accuracy of the pseudo-inverse (ridge -> 0): 1 up to n = d, then Phi(sqrt(d / (n - d))).

    Gaussian noise: to .005 for d >= 32.
    """
    d = at_least(1, "d", d)
    return bit_accuracy(ratio(d, np.maximum(at_least(1, "load", load) - d, 0)))


def ridge_error(load: ArrayLike, d: ArrayLike) -> Array:
    """Mean squared error per component of the pseudo-inverse at its own keys: 0 up to n = d, then 1 - d/n."""
    return np.maximum(1 - at_least(1, "d", d) / at_least(1, "load", load), 0)


def ridge_row_energy(load: ArrayLike, d: ArrayLike) -> Array:
    """Energy E|w|^2 of a row of the pseudo-inverse, n d / (d - n - 1), for loads below d - 1.

    Noise of variance s^2 per component of a cue becomes s^2 times this at the output: it peaks at n = d.
    Exact for Gaussian keys with E|k|^2 = 1; keys on the sphere differ by O(1/d).
    """
    load, d = at_least(1, "load", load), at_least(1, "d", d)
    if np.any(load >= d - 1):
        raise InputError("load reaches d - 1, where the energy diverges; give a load below d - 1")
    return load * d / (d - load - 1)


# Information


def bits_per_synapse_sign(load: ArrayLike, d: ArrayLike, error: ArrayLike) -> Array:
    """Bits per synapse of n pairs of +-1 values, each bit recalled wrongly with probability `error`.

    (n / d)(1 - H2(error)), exact for independent errors. Hebb approaches 1 / (pi ln 2) = .459 at large loads.
    """
    error = between(0, 1, "error", error)
    return at_least(1, "load", load) / at_least(1, "d", d) * (1 - entropy(error))


def entropy(p: Array) -> Array:
    """Bits in an event of probability p."""
    return -(xlogy(p, p) + xlogy(1 - p, 1 - p)) / math.log(2)


def bits_per_synapse_gaussian(load: ArrayLike, d: ArrayLike, snr: ArrayLike) -> Array:
    """Bits per synapse of n pairs of Gaussian values: (n / d) log2(1 + SNR) / 2.

    Exact for Gaussian noise. Hebb approaches 1 / (2 ln 2) = .721 at large loads.
    """
    return at_least(1, "load", load) / at_least(1, "d", d) * np.log1p(at_least(0, "snr", snr)) / math.log(4)


def bits_per_synapse_argmax(
    load: ArrayLike,
    d: ArrayLike,
    d_v: ArrayLike,
    accuracy: ArrayLike,
    candidates: ArrayLike | None = None,
) -> Array:
    """Bits per synapse of n pairs, each identified among M candidates (the load unless given).

    [log2 M + p log2 p + (1 - p) log2((1 - p) / (M - 1))] n / (d d_v), p the accuracy: exact if all wrong
    answers are equally likely, else a lower bound. It vanishes at chance, p = 1/M.
    """
    load, p = at_least(1, "load", load), between(0, 1, "accuracy", accuracy)
    against = at_least(2, "candidates", load if candidates is None else candidates)
    bits = np.log2(against) - entropy(p) - xlogy(1 - p, against - 1) / math.log(2)
    return load / (at_least(1, "d", d) * at_least(1, "d_v", d_v)) * bits
