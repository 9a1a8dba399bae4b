"""Cascade synapses: two strengths, each with ever more stubborn states that repetition sinks into."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from models.binary_synapse import leanings
from plastic.memory.codes import generator
from plastic.memory.protocol import PairMemory
from plastic.rule import InputError


@dataclass(frozen=True)
class FusiCascade(PairMemory):
    """A synapse is -1 or 1 at one of `levels` depths; the deeper, the less often a contrary event flips it.

    A contrary event flips the strength, back to depth 1, with the chance x^(depth - 1) (at the last depth that over
    1 - x); an event of its own sign deepens it with the chance x^depth / (1 - x). Before the first pair it is at
    any depth alike, the equilibrium. An event is the sign of value times key.
    """

    cite = "Fusi, Drew & Abbott (2005), Neuron 45:599"
    keys = "unit_signs"
    bits_per_scalar = 5  # states of 2 x 16

    seeds: tuple[int, ...] = (0,)
    device: str = "cpu"
    levels: int = 16
    x: float = 0.5

    def __post_init__(self) -> None:
        if not 1 <= self.levels <= 16:
            raise InputError(f"levels is {self.levels}; give 1 to 16, what 5 bits a synapse can tell apart")
        if not 0 < self.x <= 0.5:
            raise InputError(f"x is {self.x}; give a value above 0, up to 0.5, so that chances stay below 1")

    def answers(self, keys, values, cues):
        pre, post, asked = (torch.from_numpy(a).float().to(self.device) for a in (keys, values, cues))
        drive = asked @ strength(self.written(pre.sign(), post.sign()))
        return drive.double().cpu().numpy() + leanings(self.seeds, values.shape[2])

    def written(self, pre: Tensor, post: Tensor) -> Tensor:
        """States [S, d, d_v] after events post * pre, of keys [S, n, d] and values [S, n, d_v] that are signs.

        A state is depth times strength. Pairs come one after another, as what an event does depends on the state.
        """
        draws = [generator(seed, "cascade") for seed in self.seeds]
        shape = (pre.shape[2], post.shape[2])
        chance = lambda: torch.from_numpy(np.stack([rng.random(shape, np.float32) for rng in draws])).to(pre.device)  # noqa: E731
        state = torch.floor(chance() * 2 * self.levels) - self.levels  # -levels .. levels - 1
        state = torch.where(state < 0, state, state + 1)
        flips, deepens = (torch.from_numpy(a).float().to(pre.device) for a in chances(self.levels, self.x))
        for key, value in zip(pre.unbind(1), post.unbind(1), strict=True):
            state = after(state, key[:, :, None] * value[:, None], chance(), flips, deepens)
        return state

    def scalars(self, load, d, d_v):
        return d * d_v


def strength(state: Tensor) -> Tensor:
    """What the neuron feels of a synapse: -1 or 1."""
    return state.sign()


def chances(levels: int, x: float) -> tuple[np.ndarray, np.ndarray]:
    """Of flipping and of deepening, by depth [levels]; from the last depth nothing is deeper."""
    depth = np.arange(1, levels + 1)
    flips, deepens = x ** (depth - 1.0), x**depth / (1 - x)
    flips[-1], deepens[-1] = x ** (levels - 1.0) / (1 - x) if levels > 1 else 1.0, 0.0
    return flips, deepens


def after(state: Tensor, event: Tensor, chance: Tensor, flips: Tensor, deepens: Tensor) -> Tensor:
    """States after an event of -1 or 1 at every synapse; chance is uniform on [0, 1)."""
    depth = state.abs().long() - 1
    agrees = state.sign() == event
    happens = chance < torch.where(agrees, deepens[depth], flips[depth])
    return torch.where(happens, torch.where(agrees, state + event, event), state)
