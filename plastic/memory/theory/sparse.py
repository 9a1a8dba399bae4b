"""Sparse and coarse memories: few active cells, binary weights, few bits a weight."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from plastic.memory.theory.arguments import Array, at_least, between, checked, density, entropy, positive, whole

SPARSE_HEBB_BITS = 1 / (2 * math.log(2))  # .72 bits a synapse, of sparse patterns (Tsodyks & Feigelman 1988)
WILLSHAW_BITS = math.log(2)  # .69 bits a binary synapse, of sparse patterns at endless size
BINARISED = 2 / math.pi  # what is left of the SNR when a Hebbian matrix is cut to its signs


def sparse_hopfield_load(active: ArrayLike) -> Array:
    """Largest load alpha of an attractor network of sparse patterns: 1 / (2 f |ln f|), f -> 0 (Tsodyks-Feigelman)."""
    f = checked("active", active, lambda x: (x > 0) & (x < 1), "give a value between 0 and 1")
    return 1 / (2 * f * np.abs(np.log(f)))


# Willshaw's matrix: a synapse is on once its two cells were ever active together


def willshaw_fill(load: ArrayLike, d: ArrayLike, d_v: ArrayLike, a: ArrayLike, b: ArrayLike) -> Array:
    """Share of synapses that are on after n pairs with a of d key and b of d_v value cells active: exact.

    1 - (1 - a b / (d d_v))^n.
    """
    together = active_share(a, d, "a") * active_share(b, d_v, "b")
    return -np.expm1(at_least(0, "load", load) * np.log1p(-np.minimum(together, 1 - 1e-15)))


def active_share(active: ArrayLike, cells: ArrayLike, name: str) -> Array:
    """Share of cells that are active; refused if more are active than there are."""
    cells = at_least(1, "the number of cells", cells)
    return checked(name, active, lambda x: (x > 0) & np.all(x <= cells), "give 1 up to the number of cells") / cells


def willshaw_false_alarm(load: ArrayLike, d: ArrayLike, d_v: ArrayLike, a: ArrayLike, b: ArrayLike) -> Array:
    """Share of silent value cells that a whole key turns on, with the threshold at a: fill^a; no cell is missed.

    A lower bound: a cell that was often active has many synapses on, so that up to twice as many are found with
    a = 9 of 512.
    """
    return willshaw_fill(load, d, d_v, a, b) ** at_least(1, "a", a)


def willshaw_best_load(d: ArrayLike, d_v: ArrayLike, a: ArrayLike, b: ArrayLike) -> Array:
    """Load at which half the synapses are on, ln 2 d d_v / (a b), where a synapse holds most; few active cells."""
    return math.log(2) / (active_share(a, d, "a") * active_share(b, d_v, "b"))


def willshaw_bits(load: ArrayLike, d: ArrayLike, d_v: ArrayLike, a: ArrayLike, b: ArrayLike) -> Array:
    """Bits per synapse of Willshaw's matrix: what each answer tells of each value cell, n / d times.

    H2(f + (1 - f) p) - (1 - f) H2(p), f = b / d_v and p the false alarms. Tends to ln 2 = .69 at the best load, but
    very slowly in size: .5 to .6 for d = d_v = 512.
    """
    f, p = active_share(b, d_v, "b"), willshaw_false_alarm(load, d, d_v, a, b)
    told = entropy(f + (1 - f) * p) - (1 - f) * entropy(p)
    return at_least(0, "load", load) / at_least(1, "d", d) * told


# Few bits a weight


def precision_factor(bits: ArrayLike, step: ArrayLike | None = None) -> Array:
    """What is left of the SNR of a Hebbian matrix when its weights are rounded to 2^bits even levels.

    Levels at +-1/2, +-3/2 ... of `step` standard deviations of a weight, the best such step unless given; the outermost
    take what lies beyond. It is the squared correlation of a Gaussian weight with what it is rounded to: 2 / pi for 1
    bit, .881 for 2, .963 for 3, .988 for 4. For loads and d of 16 or more.
    """
    bits = whole(1, "bits", between(1, 12, "bits", bits))
    if step is not None:
        return np.vectorize(rounded_correlation)(bits, positive("step", step))[()]
    steps = np.geomspace(0.001, 2, 2000)
    best = {b: max(rounded_correlation(b, s) for s in steps) for b in np.unique(bits)}
    return np.vectorize(best.get, otypes=[float])(bits)[()]


def rounded_correlation(bits: int, step: float) -> float:
    """Squared correlation of a standard normal weight with its rounded value."""
    edges = step * np.arange(1 - 2 ** (bits - 1), 2 ** (bits - 1))  # between levels
    levels = step * (np.arange(2**bits) - (2**bits - 1) / 2)
    held = np.diff(ndtr(np.concatenate([[-np.inf], edges, [np.inf]])))
    return float((step * density(edges).sum()) ** 2 / (levels**2 @ held))
