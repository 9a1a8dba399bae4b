"""What spikes cost a Hebbian readout: a key of a active cells of d is shown as Poisson counts of mean c each.

Covariance rule: W = sum of v (x - f)', read with counts y / c - f, f = a / d. x is the key itself, or counts too. Other
noise of neurons, refractoriness and saturation are not in it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from plastic.memory.theory.arguments import Array, at_least, checked, ratio


class Noise(NamedTuple):
    """Noise over signal power of a spiking readout, by its source."""

    crosstalk: Array  # of the other pairs, without spikes
    shot_of_crosstalk: Array  # of the other pairs, what spikes add
    shot: Array  # of the pair itself: how many spikes a cue has


def spiking_noise(
    load: ArrayLike, d: ArrayLike, active: ArrayLike, spikes: ArrayLike, written_spikes: ArrayLike = np.inf
) -> Noise:
    """Noise over signal power of reading one of n pairs, by source; exact.

    `spikes` is the mean count c of an active cell in a read, `written_spikes` in a write (infinite: the key
    itself is stored). With whole keys stored the sum is [(n - 1) f ((1 - f) + 1/c) + (1 - f)/c] / (a (1 - f)).
    """
    a, f = active_cells(active, d)
    read, write = (rarity(name, c) for name, c in (("spikes", spikes), ("written_spikes", written_spikes)))
    others = (at_least(1, "load", load) - 1) / (a * (1 - f) ** 2)
    silent = others * f * (1 - f) ** 2
    both = others * f * ((1 - f) + write) * ((1 - f) + read)
    return Noise(silent, both - silent, (read + write + read * write / (1 - f) ** 2) / a)


def active_cells(active: ArrayLike, d: ArrayLike) -> tuple[Array, Array]:
    """Number and share of active cells, at least one and not all."""
    d = at_least(2, "d", d)
    a = checked("active", active, lambda x: (x >= 1) & np.all(x < d), "give 1 or more, fewer than d")
    return a, a / d


def rarity(name: str, spikes: ArrayLike) -> Array:
    """One over a mean spike count: 0 where it is infinite."""
    return 1 / checked(name, spikes, lambda x: x > 0, "give a mean count above 0")


def spiking_snr(
    load: ArrayLike, d: ArrayLike, active: ArrayLike, spikes: ArrayLike, written_spikes: ArrayLike = np.inf
) -> Array:
    """Signal over noise power of a spiking Hebbian readout; exact, arguments as in `spiking_noise`.

    With few pairs it is a c, the number of spikes in the cue; with many spikes d / (n - 1), as without spikes.
    """
    return ratio(1.0, sum(spiking_noise(load, d, active, spikes, written_spikes)))


def crossover_load(d: ArrayLike, active: ArrayLike, spikes: ArrayLike) -> Array:
    """Load at which other pairs add as much noise as the cue's own spike counts: 1 + (1 - f) / (f (1 + c (1 - f))).

    Below it spikes set the limit, above it cross-talk; about d / (a c) for c >> 1 and few active cells.
    """
    _, f = active_cells(active, d)
    return 1 + (1 - f) * rarity("spikes", spikes) / (f * ((1 - f) + rarity("spikes", spikes)))
