"""Attractor networks of N neurons: how many patterns they hold, and how well each is recalled.

The load is alpha = patterns / N, the overlap m the mean product of a neuron's state and its bit. Mean-field (replica
symmetric) results for large N at zero temperature; N = 1000 differs by about .01 in alpha.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import erf

from plastic.memory.theory.arguments import Array, at_least, bisect

CLIPPED_LOAD = 0.102  # Hebbian weights cut to their sign (Sompolinsky 1986)
PALIMPSEST_LOAD = 0.05  # old patterns fade exponentially (Mezard, Nadal & Toulouse 1986)
BOUNDED_LOAD = 0.04  # weights between hard bounds (Parisi 1986)


def hopfield_overlap(load: ArrayLike) -> Array:
    """Overlap of the recalled state with a stored pattern at load alpha; 0 above .138 (Amit et al. 1985).

    m = erf(y), where sqrt(2 alpha) = erf(y) / y - 2 exp(-y^2) / sqrt(pi).
    """
    return overlap(load, hopfield_load)


def sequence_overlap(load: ArrayLike) -> Array:
    """Overlap with which a network that recalls sequences follows them; 0 above .269 (During et al. 1998).

    m = erf(y), where alpha = m^2 / (2 y^2) - 2 exp(-2 y^2) / pi: its noise, unlike Hopfield's, is not fed back.
    """
    return overlap(load, sequence_load)


def hopfield_load(y: Array) -> Array:
    """Load at which m = erf(y) is a fixed point of a Hopfield network."""
    return np.square(np.maximum(erf(y) / y - 2 / np.sqrt(np.pi) * np.exp(-(y**2)), 0)) / 2


def sequence_load(y: Array) -> Array:
    """Load at which m = erf(y) is a fixed point of a network that recalls sequences."""
    return erf(y) ** 2 / (2 * y**2) - 2 / np.pi * np.exp(-2 * y**2)


@cache
def last_fixed_point(load_of: Callable[[Array], Array]) -> tuple[float, float]:
    """The largest load with a fixed point m = erf(y) > 0, and its y."""
    y = np.linspace(0.5, 3, 100_001)
    loads = load_of(y)
    return float(loads.max()), float(y[loads.argmax()])


def overlap(load: ArrayLike, load_of: Callable[[Array], Array]) -> Array:
    """Overlap erf(y) of the stable fixed point, that with the larger y; 0 where there is none."""
    load = at_least(0, "load", load)
    most, y_most = last_fixed_point(load_of)
    shown = np.clip(load, 1e-12, most)
    y = bisect(lambda x: load_of(x) >= shown, np.full_like(shown, y_most), np.maximum(1 / np.sqrt(2 * shown), y_most))
    return np.where(load <= most, erf(y), 0.0)[()]


def hopfield_capacity() -> float:
    """Load alpha above which a Hopfield network recalls nothing: .138, where the overlap is still .967."""
    return last_fixed_point(hopfield_load)[0]


def sequence_capacity() -> float:
    """Load alpha above which a network that recalls sequences follows none: .269."""
    return last_fixed_point(sequence_load)[0]


def perfect_pattern_load(neurons: ArrayLike) -> Array:
    """Patterns at which all bits of one pattern are stable in a Hopfield network: N / (2 ln N), large N."""
    return at_least(2, "neurons", neurons) / (2 * np.log(neurons))


def perfect_memory_load(neurons: ArrayLike) -> Array:
    """Patterns at which all bits of all patterns are stable in a Hopfield network: N / (4 ln N), large N."""
    return perfect_pattern_load(neurons) / 2
