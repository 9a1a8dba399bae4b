"""Identifying the recalled value among candidates: the one with the largest dot product with the answer."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from plastic.memory.theory.arguments import NODES, WEIGHTS, Array, at_least, checked, ratio, whole
from plastic.memory.theory.cue_noise import snr_from_corrupted_cue
from plastic.memory.theory.hebbian import crosstalk
from plastic.memory.theory.linear import LinearRow
from plastic.rule import InputError


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
    echo = np.full(1, 1 / np.sqrt(d) if foils == "stored" else 0.0)
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

    `noise` [..., 1] is that of a score, `overlap` [nodes] the cosine of the foil to the correct value, `echo` [..., 1]
    the standard deviation of how much of the foil is recalled: it adds to the noise, as both are Gaussian.
    """
    spread = np.sqrt(noise**2 * (1 + overlap) / (1 - overlap) + echo**2)  # [..., overlap]
    return ndtr(ratio(score[..., None], spread[..., None, :])) @ WEIGHTS


def symbol_accuracy(load: ArrayLike, d: ArrayLike, symbols: ArrayLike) -> Array:
    """Probability of recalling the right one of M symbols, n pairs sharing the M one-hot values evenly.

    Hebbian matrix, d >= 16, n >= 2 M: within .02, as the symbols' noises are taken as independent.
    """
    load, d = at_least(1, "load", load)[..., None], at_least(1, "d", d)[..., None]
    symbols = at_least(1, "symbols", symbols)[..., None]
    right, wrong = np.sqrt((load - 1) / (symbols * d)), np.sqrt(load / (symbols * d))
    return ndtr((1 + right * NODES) / wrong) ** (symbols - 1) @ WEIGHTS


# Any linear rule


def argmax_accuracy_at_snr(snr: ArrayLike, load: ArrayLike, d_v: float, candidates: ArrayLike | None = None) -> Array:
    """Probability that an answer of a given SNR is identified among M candidates, as `argmax_accuracy` of any rule.

    Foils are other stored values, and new ones where fewer than M are stored; M is the load unless given. The noise is
    taken as Gaussian, made evenly of the other n - 1 values: then a foil's share of it has the variance 1 / (SNR
    (n - 1)) relative to the signal. Valid as `argmax_accuracy`.
    """
    snr, load = np.broadcast_arrays(np.minimum(positive_or_infinite(snr), 1e12), at_least(1, "load", load))
    against = load if candidates is None else np.broadcast_to(at_least(1, "candidates", candidates), load.shape)
    stored, noise = np.minimum(against, load) - 1, 1 / np.sqrt(snr * at_least(1, "d_v", d_v))[..., None]
    score, overlap = 1 + noise * NODES, value_overlap(d_v)
    echo = 1 / np.sqrt(snr * np.maximum(load - 1, 1))[..., None]
    wins = foil_loses(score, noise, overlap, echo) ** stored[..., None]
    wins = wins * foil_loses(score, noise, overlap, np.zeros(1)) ** (against - 1 - stored)[..., None]
    return wins @ WEIGHTS


def positive_or_infinite(snr: ArrayLike) -> Array:
    """The SNR, if none is negative; kept off 0."""
    return np.maximum(at_least(0, "snr", snr), 1e-12)


def mean_argmax_accuracy(
    row: LinearRow,
    d: float,
    load: int,
    d_v: float,
    candidates: int | None = 64,
    noise: float = 0.0,
    silent: float = 0.0,
) -> float:
    """Share identified of a list of `load` pairs written by a linear rule from W = 0 and recalled at its end.

    Among M candidates, or all stored values (None), with cues corrupted as in `snr_from_corrupted_cue`: what
    `plastic.memory.metrics.identify` measures. Within .05 for d_v >= 32 and d >= 32.
    """
    load = int(whole(1, "load", load))
    snr = np.clip(snr_from_corrupted_cue(row, d, np.arange(load), load, noise, silent), 1e-12, 1e12)
    shown = np.geomspace(snr.min(), snr.max(), 33)  # accuracy is smooth in ln SNR: no need of every lag
    accuracy = argmax_accuracy_at_snr(shown, load, d_v, candidates)
    return float(np.interp(np.log(snr), np.log(shown), accuracy).mean())


def expected_capacity(
    row: LinearRow,
    d: float,
    d_v: float,
    level: float = 0.9,
    candidates: int | None = 64,
    noise: float = 0.0,
    silent: float = 0.0,
) -> float:
    """Load at which `mean_argmax_accuracy` of a linear rule has fallen to `level` (n90), between whole loads.

    0 if a single pair misses the level, which must be above chance.
    """
    chance = 0.0 if candidates is None else 1 / whole(2, "candidates", candidates)
    checked("level", level, lambda p: (p > 2 * chance) & (p < 1), "give a value below 1 and above twice chance")

    def accuracy(load: int) -> float:
        return mean_argmax_accuracy(row, d, load, d_v, candidates, noise, silent)

    low, high = 0, 2
    while accuracy(high) >= level:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if accuracy(middle) >= level else (low, middle)
    if low == 0:
        return 0.0
    above, below = accuracy(low), accuracy(high)
    return low + (above - level) / (above - below)
