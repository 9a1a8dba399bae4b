"""Every linear rule is one recursion: signal and noise of each item, by how many were written after it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from plastic.memory.theory.arguments import Array, at_least, before_each, between, positive, ratio, whole
from plastic.memory.theory.hebbian import bit_accuracy
from plastic.rule import InputError


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


def energy_after(row: LinearRow, d: float, writes: int | None = None) -> float:
    """Energy E|w|^2 of a row of W after `writes` pairs from W = 0, or in the steady state; exact."""
    if writes is None:
        return steady_energy(row, d)
    kept = energy_kept(row, d) ** np.arange(int(whole(0, "writes", writes)))
    return float(row.write**2 * kept.sum())


def steady_energy(row: LinearRow, d: float) -> float:
    """Energy E|w|^2 of a row of W after endlessly many writes; without forgetting there is no such state."""
    kept = energy_kept(row, d)
    if kept >= 1:
        raise InputError(f"{row} never settles; give a decay below 1, an erase between 0 and 2, or a number of writes")
    return row.write**2 / (1 - kept)


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
