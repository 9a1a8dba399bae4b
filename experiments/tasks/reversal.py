"""Cues that bring a reward or none, until all of it is reversed."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch.nn.functional import one_hot

from plastic.slow.task import Batch, Task, happens, numbers, size, unasked


@dataclass(frozen=True)
class Reversal(Task):
    """A trial is a cue, at which it is asked whether a reward will come (1) or not (0), and the cue with the outcome.

    x: a a+  b b-  a a+  | a a-  b b+      (reversed at the bar, which is not shown)
    y: 1     0     1       0     1

    Every cue is rewarded or not, at random; after each trial all of this is reversed with probability 1 / block. A step
    is the one-hot cue and the outcome: 1 or -1, 0 before it comes.
    """

    cite = "Izquierdo et al. (2017), Neuroscience 345:12, a review"
    tokens = False
    cues: int = size(2)
    trials: int = size(50)
    block: int = size(10, least=2)

    inputs = property(lambda self: self.cues + 1)
    outputs = 2
    chance = 0.5

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        rewarded = numbers(generator, 2, size, self.cues)
        cue = numbers(generator, self.cues, size, self.trials)
        flips = happens(generator, 1 / self.block, size, self.trials).long()
        flips[:, 0] = 0
        reward = (rewarded.gather(1, cue) + flips.cumsum(1)) % 2
        outcome = torch.stack([torch.zeros_like(reward), 2 * reward - 1], 2)  # [B, trials, 2]
        shown = one_hot(cue, self.cues)[:, :, None].expand(-1, -1, 2, -1)
        x = torch.cat([shown, outcome[..., None]], -1).flatten(1, 2)
        y = unasked(size, 2 * self.trials)
        y[:, ::2] = reward
        return Batch(x.to(torch.get_default_dtype()), y)
