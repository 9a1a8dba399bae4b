"""The Hebbian matrix that forgets nothing: W = sum of v k'."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from plastic.memory.theory.arguments import Array, at_least, between, positive, ratio


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


# Keys that share a component


def correlated_crosstalk(load: ArrayLike, d: ArrayLike, similarity: ArrayLike) -> Array:
    """Noise power of a Hebbian matrix whose keys have the cosine rho: (n - 1) [rho^2 + (1 - rho)^2 / (d - 1)].

    Keys sqrt(rho) c + sqrt(1 - rho) z with one unit vector c for all and z uniform on the unit sphere
    orthogonal to c; exact. Where z is not orthogonal to c, add (n - 1) 2 rho (1 - rho) / d.
    """
    rho, d = between(0, 1, "similarity", similarity), at_least(2, "d", d)
    return (at_least(1, "load", load) - 1) * (rho**2 + (1 - rho) ** 2 / (d - 1))


def correlated_snr(load: ArrayLike, d: ArrayLike, similarity: ArrayLike) -> Array:
    """Signal over noise power of a Hebbian matrix whose keys have the cosine rho; see `correlated_crosstalk`."""
    return ratio(1.0, correlated_crosstalk(load, d, similarity))


def correlated_load_at_snr(snr: ArrayLike, d: ArrayLike, similarity: ArrayLike) -> Array:
    """Number of pairs with keys of cosine rho at which the SNR has fallen to `snr`; exact.

    However large d, it stays below 1 + 1 / (rho^2 SNR): similar keys, not few synapses, then set the limit.
    """
    return 1 + 1 / (positive("snr", snr) * correlated_crosstalk(2, d, similarity))
