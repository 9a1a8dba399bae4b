"""The delta rule as a product of projections: learning a teacher, and showing the same pairs again and again."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from plastic.memory.codes import dense_keys, generator
from plastic.memory.theory.arguments import Array, at_least, before_each, between, whole
from plastic.memory.theory.linear import LinearRow, energy_kept, power_kept


def retained_energy(writes: ArrayLike, d: float, eta: float = 1.0) -> Array:
    """Share of the energy |W|^2 that `writes` delta updates with random unit keys leave: (1 - (2 eta - eta^2) / d)^n.

    Exact: of what was in W before, and of the error E = W - W* of a teacher W* whose answers are the values.
    """
    return energy_kept(LinearRow(erase=eta), float(at_least(1, "d", d))) ** at_least(0, "writes", writes)


def teacher_error(lag: ArrayLike, writes: int, d: float, eta: float = 1.0) -> Array:
    """Squared error at the stored key of each lag after `writes` pairs (k, W* k), relative to |W* k|^2.

    W from 0, keys uniform on the sphere and independent of W*; exact. The newest is exact for eta = 1.
    """
    lag, writes = whole(0, "lag", lag), int(whole(1, "writes", writes))
    row = LinearRow(erase=eta)
    before = d * retained_energy(np.arange(writes), d, eta)  # of a row of the error, just before each write
    added = (eta**2 * before / (d * (d + 2)))[::-1]  # by a later write; at lag 0 first
    lag = between(0, writes - 1, "lag", lag).astype(int)
    first = (1 - eta) ** 2 * before[::-1] / d
    lags = np.arange(writes)
    return (power_kept(row, d) ** lags * first + before_each(power_kept(row, d) ** lags * added))[lag]


def repeated_passes_error(
    load: int, d: int, passes: ArrayLike, eta: float = 1.0, draws: int = 20, seed: int = 0
) -> Array:
    """Mean squared error per component at the stored keys after whole passes of the delta rule over the same pairs.

    Exact over independent values of variance 1, a mean over `draws` sets of keys uniform on the sphere. A pass is a
    Gauss-Seidel sweep of the equations G a = v, G the keys' overlaps (Kaczmarz's method): for n <= d the error
    vanishes geometrically, at the rate of the smallest eigenvalue of G; for n > d and eta = 1 it never settles
    at the least squares.
    """
    passes = whole(0, "passes", passes)
    eta = float(between(0, 2, "eta", eta))
    swept = np.stack([sweep(dense_keys(generator(seed, "passes", i, load, d), load, d), eta) for i in range(draws)])
    after, errors = np.eye(load), {}
    for done in range(int(passes.max(initial=0)) + 1):
        errors[done] = (after**2).sum((-2, -1)).mean() / load
        after = swept @ after
    return np.vectorize(errors.get, otypes=[float])(passes)


def sweep(keys: Array, eta: float) -> Array:
    """What one pass makes of the errors at keys [n, d]: I - G (I / eta + strictly lower G)^-1, [n, n]."""
    overlaps = keys @ keys.T
    lower = np.tril(overlaps, -1) * eta + np.eye(len(keys))
    return np.eye(len(keys)) - eta * overlaps @ np.linalg.inv(lower)
