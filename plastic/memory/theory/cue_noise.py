"""What a corrupted cue costs a linear memory: noise added to it, or some of its cells silent."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from plastic.memory.theory.arguments import Array, at_least, between, ratio
from plastic.memory.theory.least_squares import ridge_row_energy
from plastic.memory.theory.linear import LinearRow, energy_after, signal_and_power


def from_corrupted_cue(
    signal: ArrayLike, power: ArrayLike, energy: ArrayLike, d: float, noise: ArrayLike = 0.0, silent: ArrayLike = 0.0
) -> tuple[Array, Array]:
    """Signal and power of the answer to a corrupted cue, from those of the answer to the key itself.

    `noise` is the variance added to each component of the cue (a key has 1 / d), `silent` the share of its
    components set to 0 before; `energy` is E|w|^2 of a row of W. With g = k . q and r the part of q at right angles
    to k, signal' = E[g] signal and power' = E[g^2] power + E|r|^2 (energy - power) / (d - 1). Exact for keys
    uniform on the sphere (d >= 2); +-1 keys have the same E[g] and no scatter of g from silence.
    """
    noise, silent = at_least(0, "noise", noise), between(0, 1, "silent", silent)
    at_least(2, "d", d)
    kept = 1 - silent
    overlap = kept**2 + 2 * silent * kept / (d + 2)  # E[g^2] before noise
    beside = kept - overlap + noise * (d - 1)  # E|r|^2
    spread = np.maximum(np.subtract(energy, power), 0) / (d - 1)
    return kept * signal, (overlap + noise) * power + beside * spread


def snr_from_corrupted_cue(
    row: LinearRow,
    d: float,
    lag: ArrayLike,
    writes: int | None = None,
    noise: ArrayLike = 0.0,
    silent: ArrayLike = 0.0,
) -> Array:
    """SNR at each lag of a linear rule asked with a corrupted cue; see `from_corrupted_cue`; exact.

    Hebb: 1 / SNR = (n - 1) / d + noise n, and (n - 1) / (d (1 - silent)) but for the scatter of k . q.
    """
    signal, power = signal_and_power(row, d, lag, writes)
    return snr_of(*from_corrupted_cue(signal, power, energy_after(row, d, writes), d, noise, silent))


def ridge_snr_from_corrupted_cue(load: ArrayLike, d: float, noise: ArrayLike = 0.0, silent: ArrayLike = 0.0) -> Array:
    """SNR of the pseudo-inverse asked with a corrupted cue, for loads below d - 1 or above d + 1.

    Below, 1 / SNR = noise n d / (d - n - 1) for noise alone: worst near n = d, where rows are long. Above, signal and
    power at the own key are both d / n. Within 5 % for d >= 32.
    """
    own, energy = np.minimum(d / at_least(1, "load", load), 1), ridge_row_energy(load, d)
    return snr_of(*from_corrupted_cue(own, own, energy, d, noise, silent))


def snr_of(signal: Array, power: Array) -> Array:
    """Signal over noise power: c^2 / (a - c^2)."""
    return ratio(signal**2, np.maximum(power - signal**2, 0))
