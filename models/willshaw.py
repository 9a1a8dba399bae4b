"""Willshaw's memory: a synapse is on as soon as one pair has turned on both of its cells, and stays on."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from models.sparse_hopfield import activity, winners
from plastic.memory.codes import zeros_and_ones
from plastic.memory.protocol import PairMemory


@dataclass(frozen=True)
class Willshaw(PairMemory):
    """Clipped Hebb: a value cell is on if the cue's active cells reach it, all of them where the cue is whole.

    The threshold is the highest at which as many cells are on as in a stored value: for a key as it was stored, the
    number of its active cells, so that no cell is missed, and those that answer wrongly are on too much. Keys and
    values are on (1) or off (0). Answers are 1 (on) and -1 (off): compared with values by dot product, by the cells
    that are on, or by sign after the mean is taken off both.
    """

    cite = "Willshaw, Buneman & Longuet-Higgins (1969), Nature 222:960"
    keys = "sparse"
    values = "sparse"
    bits_per_scalar = 1

    seeds: tuple[int, ...] = (0,)
    device: str = "cpu"

    def answers(self, keys, values, cues):
        checked = zeros_and_ones("keys", keys), values > 0, cues
        shown, taught, asked = (torch.from_numpy(a).float().to(self.device) for a in checked)
        reached = asked @ clipped(shown, taught)
        on = winners(reached, activity(taught)[2])
        return (2 * on - 1).double().cpu().numpy()

    def scalars(self, load, d, d_v):
        return d * d_v


def clipped(keys: Tensor, values: Tensor) -> Tensor:
    """Synapses [S, d, d_v], 1 where key [S, n, d] and value [S, n, d_v] were on together once or more."""
    return (keys.mT @ values).clamp(max=1)
