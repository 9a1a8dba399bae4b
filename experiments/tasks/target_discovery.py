"""New cues in every episode, and one of them is the target: which, the rewards alone tell."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from plastic.rule import InputError
from plastic.slow.environment import Environment
from plastic.slow.task import Batch, different, numbers, share, size, unasked

DISTINCT = 8  # bits in which no two cues of an episode are the same


@dataclass(frozen=True)
class TargetDiscovery(Environment):
    """A trial shows cues, then asks whether the target was among them (1) or not (0), then tells the outcome.

    x: A ? 0-   B ? 0+   B ? 0+   A ? 1+      (the target is A; + after a reward; ?: an answer is asked)
    y:   1        0        0        1

    Which cues, and in which order, is random. A step is the bits of a cue (1 or -1), whether an answer is asked, and
    what came of the last: no or yes, and the reward. The published task shows 2 of 4 cues of 20 bits, one after the
    other, in 30 trials: there no trial alone can tell the target. It is reduced here to the least that must be learnt
    from reward, which comes when its cue is gone. Later rewards are not counted (discount 0), for no answer changes
    them, nor what can be learnt.
    """

    cite = "Miconi et al. (2019), ICLR, arXiv:2002.10585"
    cues: int = size(2, least=2)
    bits: int = size(8)
    shown: int = size(1)
    trials: int = size(13)
    discount: float = share(0.0)

    def __post_init__(self) -> None:
        super().__post_init__()
        most = 2 ** min(self.bits, DISTINCT)
        if self.cues > most:
            raise InputError(
                f"cues of {self.name} is {self.cues}; give at most {most}, so many as {self.bits} bits keep apart"
            )
        if self.shown >= self.cues:
            raise InputError(f"shown of {self.name} is {self.shown}; give fewer than cues ({self.cues})")

    inputs = property(lambda self: self.bits + 1 + self.outputs + 1)
    outputs = 2
    chance = property(lambda self: max(self.shown / self.cues, 1 - self.shown / self.cues))

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        target = numbers(generator, self.cues, size)
        shown = different(generator, self.cues, self.shown, size * self.trials).view(size, self.trials, self.shown)
        cues = self.drawn_cues(size, generator)[torch.arange(size)[:, None, None], shown]
        x = torch.zeros(size, self.trials, self.shown + 2, self.inputs)
        x[:, :, : self.shown, : self.bits] = cues
        x[:, :, self.shown, self.bits] = 1
        y = unasked(size, self.trials * (self.shown + 2)).view(size, self.trials, -1)
        y[:, :, self.shown] = (shown == target[:, None, None]).any(2)
        return Batch(x.flatten(1, 2), y.flatten(1))

    def drawn_cues(self, size: int, generator: torch.Generator) -> Tensor:
        """The cues of every episode, [size, cues, bits] of 1 and -1, no two the same."""
        first = min(self.bits, DISTINCT)
        number = different(generator, 2**first, self.cues, size)
        bits = number[..., None] >> torch.arange(first) & 1
        others = numbers(generator, 2, size, self.cues, self.bits - first)
        return (2 * torch.cat([bits, others], 2) - 1).to(torch.get_default_dtype())
