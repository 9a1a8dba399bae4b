"""The best linear memory: the pseudo-inverse, which ridge regression and recursive least squares reach."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from plastic.memory.theory.arguments import Array, at_least, ratio
from plastic.memory.theory.hebbian import bit_accuracy
from plastic.rule import InputError


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
    """Energy E|w|^2 of a row of the pseudo-inverse: n d / (d - n - 1) below d - 1 pairs, d^2 / (n - d - 1) above d + 1.

    Noise of variance s^2 per component of a cue becomes s^2 times this at the output: it peaks at n = d.
    Exact for Gaussian keys with E|k|^2 = 1; keys on the sphere differ by O(1/d).
    """
    load, d = at_least(1, "load", load), at_least(1, "d", d)
    if np.any(np.abs(load - d) <= 1):
        raise InputError("load reaches d - 1, where the energy diverges; give one below d - 1 or above d + 1")
    return np.minimum(load, d) * d / (np.abs(d - load) - 1)
