"""Benna-Fusi synapses: a chain of ever larger beakers, whose level falls as one over the root of time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from plastic.memory import theory
from plastic.memory.protocol import PairMemory


@dataclass(frozen=True)
class BennaFusi(PairMemory):
    """Each synapse is a chain of coupled variables, the first of which is its strength and takes every event.

    Variable k has the capacity 2^(k - 1) and exchanges with the next at the rate alpha 2^-k, the last one with an
    empty reservoir; a pair is one step. The chain is linear, so the weight is the sum of past events, each as much
    as its age has left, and no step need be simulated.
    """

    cite = "Benna & Fusi (2016), Nat. Neurosci. 19:1697"

    seeds: tuple[int, ...] = (0,)
    device: str = "cpu"
    variables: int = 12
    alpha: float = 0.25

    def __post_init__(self) -> None:
        _ = self.chain  # refuses what is no chain

    @property
    def chain(self) -> theory.BennaFusi:
        """The synapse."""
        return theory.BennaFusi(self.variables, self.alpha)

    def answers(self, keys, values, cues):
        shown, taught, asked = (torch.from_numpy(a).to(self.device) for a in (keys, values, cues))
        left = theory.benna_fusi_signal(self.chain, np.arange(keys.shape[1])[::-1])
        overlap = asked @ shown.mT * torch.from_numpy(left).to(self.device)
        return (overlap @ taught).cpu().numpy()

    def scalars(self, load, d, d_v):
        return self.variables * d * d_v
