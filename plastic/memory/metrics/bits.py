"""How many bits are recalled, for each number that is stored and for each spike.

Divided by `scalars`, all the numbers stored: d d_v of a matrix, n (d + d_v) of a memory that keeps every pair.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import xlogy

from plastic.memory.theory.arguments import at_least, between, entropy, positive

Array = NDArray[Any]


def sign_bits(load: ArrayLike, d_v: ArrayLike, accuracy: ArrayLike, scalars: ArrayLike) -> Array:
    """Bits per stored number of n pairs of d_v values +-1, `accuracy` of their bits right: n d_v (1 - H2) / scalars.

    Worse than chance counts as chance.
    """
    right = np.maximum(between(0, 1, "accuracy", accuracy), 0.5)
    return values_of(load, d_v) * (1 - entropy(right)) / positive("scalars", scalars)


def values_of(load: ArrayLike, d_v: ArrayLike) -> Array:
    """How many components n pairs have."""
    return at_least(1, "load", load) * at_least(1, "d_v", d_v)


def candidate_bits(load: ArrayLike, accuracy: ArrayLike, candidates: ArrayLike, scalars: ArrayLike) -> Array:
    """Bits per stored number of n pairs, a share p identified among M candidates.

    n [log2 M + p log2 p + (1 - p) log2((1 - p) / (M - 1))] / scalars: exact if all wrong answers are equally
    likely, else a lower bound. At or below chance, p = 1/M, it is 0.
    """
    against = at_least(2, "candidates", candidates)
    p = np.maximum(between(0, 1, "accuracy", accuracy), 1 / against)
    bits = np.log2(against) - entropy(p) - xlogy(1 - p, against - 1) / math.log(2)
    return at_least(1, "load", load) * bits / positive("scalars", scalars)


def gaussian_bits(load: ArrayLike, d_v: ArrayLike, snr: ArrayLike, scalars: ArrayLike) -> Array:
    """Bits per stored number of n pairs of d_v Gaussian values: n d_v log2(1 + SNR) / 2 over scalars."""
    return values_of(load, d_v) * np.log1p(at_least(0, "snr", snr)) / math.log(4) / positive("scalars", scalars)


def stream_bits(snr_by_lag: ArrayLike, d_v: ArrayLike, scalars: ArrayLike) -> Array:
    """Bits per stored number of a stream: d_v log2(1 + SNR) / 2, summed over the lags [..., lags], over scalars.

    Infinite where a pair is known exactly. The bias of a measured SNR adds up over lags: end where it is lost.
    """
    each = np.log1p(at_least(0, "snr_by_lag", snr_by_lag)) / math.log(4)
    return at_least(1, "d_v", d_v) * each.sum(-1) / positive("scalars", scalars)


class Best(NamedTuple):
    """The most bits over loads, and the load that has them."""

    bits: Any
    load: Any


def most_bits(loads: ArrayLike, bits: ArrayLike) -> Best:
    """The largest of bits [..., loads], and at which load."""
    held, load = np.asarray(bits, float), np.asarray(loads)
    at = held.argmax(-1)
    return Best(held.max(-1), load[at])


def bits_per_spike(bits: ArrayLike, spikes: ArrayLike) -> Array:
    """Bits recalled for each spike spent: of one read, with the spikes of its cue and answer; infinite without any."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.divide(at_least(0, "bits", bits), at_least(0, "spikes", spikes))
