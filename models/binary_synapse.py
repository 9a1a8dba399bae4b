"""Synapses of two states that change by chance: Amit and Fusi's limit on memory in bounded synapses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from plastic.memory.codes import drawn
from plastic.memory.protocol import PairMemory
from plastic.rule import InputError


@dataclass(frozen=True)
class BinarySynapse(PairMemory):
    """A synapse is -1 or 1; each pair sets it to the sign of value times key with the chance q, else leaves it.

    A later pair erases with the same chance, so a pair's signal falls as (1 - q)^lag. Keys are stored by their sign.
    """

    cite = "Amit & Fusi (1994), Neural Computation 6:957; Fusi & Abbott (2007), Nat. Neurosci. 10:485"
    keys = "unit_signs"
    bits_per_scalar = 1

    seeds: tuple[int, ...] = (0,)
    device: str = "cpu"
    q: float = 0.1

    def __post_init__(self) -> None:
        if not 0 < self.q <= 1:
            raise InputError(f"q is {self.q}; give a chance above 0, up to 1")

    def answers(self, keys, values, cues):
        w, asked = (torch.from_numpy(a).to(self.device) for a in (written(self.seeds, keys, values, self.q), cues))
        return (asked @ w).cpu().numpy() + leanings(self.seeds, values.shape[2])

    def scalars(self, load, d, d_v):
        return d * d_v


def written(seeds: tuple[int, ...], keys: np.ndarray, values: np.ndarray, q: float) -> np.ndarray:
    """Weights [S, d, d_v] after pairs [S, n, d], [S, n, d_v], from random signs.

    A synapse shows the last pair that changed it. How many pairs ago that was is geometric, so it is drawn at once
    and no pair need be simulated.
    """
    load, shape = keys.shape[1], (keys.shape[2], values.shape[2])
    ago = drawn(seeds, lambda rng: rng.geometric(q, shape) - 1, "binary synapse", "changed")
    first = drawn(seeds, lambda rng: rng.choice([-1.0, 1.0], shape), "binary synapse", "before")
    pair = np.maximum(load - 1 - ago, 0)
    seed, pre, post = np.ogrid[: len(pair), : shape[0], : shape[1]]
    event = np.sign(keys[seed, pair, pre]) * np.sign(values[seed, pair, post])
    return np.where(ago < load, event, first)


def leanings(seeds: tuple[int, ...], d_v: int) -> np.ndarray:
    """A trifle [S, 1, d_v] by which value cells decide ties, which are frequent among few binary synapses."""
    return 1e-6 * drawn(seeds, lambda rng: rng.choice([-1.0, 1.0], (1, d_v)), "binary synapse", "ties")
