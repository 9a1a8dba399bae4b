"""The pseudo-inverse: the smallest weights that recall every stored pair, or as nearly as any weights can."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from plastic.memory.protocol import PairMemory


@dataclass(frozen=True)
class PseudoInverse(PairMemory):
    """What repeated passes of the delta rule converge to: least squares, and least weight where that leaves a choice.

    Up to d independent keys are recalled exactly, at d with weights so large that noise in a cue drowns the answer.
    """

    cite = (
        "Personnaz, Guyon & Dreyfus (1985), J. Physique Lett. 46:359; Kohonen & Ruohonen (1973), IEEE Trans. C-22:701"
    )

    seeds: tuple[int, ...] = (0,)
    device: str = "cpu"

    def answers(self, keys, values, cues):
        shown, taught, asked = (torch.from_numpy(a).to(self.device) for a in (keys, values, cues))
        return (asked @ weights(shown, taught)).cpu().numpy()

    def scalars(self, load, d, d_v):
        return d * d_v


def weights(keys: Tensor, values: Tensor) -> Tensor:
    """Weights [S, d, d_v] of keys [S, n, d] and values [S, n, d_v]."""
    return torch.linalg.pinv(keys) @ values
