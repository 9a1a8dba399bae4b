"""Whether the number of ones so far is odd: the smallest task that needs a state which each input may flip."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from plastic.slow.task import Batch, Task, numbers, size


@dataclass(frozen=True)
class Parity(Task):
    """Parity of the bits so far, asked at every step.

    x: 1 0 1 1 0
    y: 1 1 0 1 1

    One layer of linear attention whose state decays at rates between 0 and 1 cannot learn it at every length; one
    whose transition has eigenvalues down to -1 can, as the delta rule with learning rates up to 2.
    """

    cite = "Grazzi et al. (2025), ICLR, arXiv:2411.12537"
    length: int = size(40)

    inputs = 2
    outputs = 2
    chance = 0.5

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        x = numbers(generator, 2, size, self.length)
        return Batch(x, x.cumsum(-1) % 2)
