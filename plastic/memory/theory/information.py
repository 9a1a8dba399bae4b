"""How many bits a memory holds for each number it stores."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import xlogy

from plastic.memory.theory.arguments import Array, at_least, between, entropy
from plastic.memory.theory.hebbian import bit_accuracy
from plastic.memory.theory.linear import LinearRow, snr_by_lag


def bits_per_synapse_sign(load: ArrayLike, d: ArrayLike, error: ArrayLike) -> Array:
    """Bits per synapse of n pairs of +-1 values, each bit recalled wrongly with probability `error`.

    (n / d)(1 - H2(error)), exact for independent errors. Hebb approaches 1 / (pi ln 2) = .459 at large loads.
    """
    error = between(0, 1, "error", error)
    return at_least(1, "load", load) / at_least(1, "d", d) * (1 - entropy(error))


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


# A stream, whose newest items are known best


HEBB_SIGN_BITS = 1 / (math.pi * math.log(2))  # .459 bits a synapse, of +-1 values at endless load
HEBB_GAUSSIAN_BITS = 1 / (2 * math.log(2))  # .721, of Gaussian values


def stream_bits_gaussian(row: LinearRow, d: float) -> float:
    """Bits per synapse that a stream of Gaussian values keeps in the steady state: sum of log2(1 + SNR) / (2 d).

    Over all lags; exact for Gaussian noise and values read one at a time. Infinite for the delta rule with
    eta = 1, which knows the newest value exactly.
    """
    return float(np.log1p(stream_snr(row, d)).sum() / (math.log(4) * d))


def stream_bits_sign(row: LinearRow, d: float) -> float:
    """Bits per synapse that a stream of +-1 values keeps in the steady state: sum of (1 - H2(error)) / d.

    Over all lags; to a few percent for d >= 32 (Gaussian noise).
    """
    return float((1 - entropy(bit_accuracy(stream_snr(row, d)))).sum() / d)


def stream_snr(row: LinearRow, d: float) -> Array:
    """Steady-state SNR at every lag until it has fallen to a millionth."""
    lags = 1 << 10
    while (snr := snr_by_lag(row, d, np.arange(lags)))[-1] > 1e-6:
        lags *= 2
    return snr
