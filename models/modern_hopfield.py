"""A modern Hopfield network: a softmax over the stored keys cleans up the cue, then names its value."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from plastic.memory.protocol import PairMemory
from plastic.rule import InputError


@dataclass(frozen=True)
class ModernHopfield(PairMemory):
    """Attention repeated: the cue moves towards the stored keys it resembles, and the last step reads the values.

    beta: how sharply the nearest key is preferred (keys of length 1). iterations: steps in all, the last of them
    on the values; 1 is softmax attention. It keeps every pair, so its store grows with the load.
    """

    cite = "Ramsauer et al. (2021), arXiv:2008.02217"

    seeds: tuple[int, ...] = (0,)
    device: str = "cpu"
    beta: float = 8.0
    iterations: int = 3

    def __post_init__(self) -> None:
        if not self.beta > 0:
            raise InputError(f"beta is {self.beta}; give a value above 0")
        if self.iterations < 1:
            raise InputError(f"iterations is {self.iterations}; give 1 or more")

    def answers(self, keys, values, cues):
        stored, named, state = (torch.from_numpy(a).to(self.device) for a in (keys, values, cues))
        for _ in range(self.iterations - 1):
            state = attention(stored, state, self.beta) @ stored
        return (attention(stored, state, self.beta) @ named).cpu().numpy()

    def scalars(self, load, d, d_v):
        return load * (d + d_v)


def attention(keys: Tensor, cues: Tensor, beta: float) -> Tensor:
    """How much each cue [S, m, d] attends to each key [S, n, d]: weights [S, m, n] that sum to 1."""
    return (beta * cues @ keys.mT).softmax(-1)
