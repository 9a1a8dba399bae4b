"""New cues in every episode, and one of them is the target: which, the rewards alone tell."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from plastic.rule import InputError
from plastic.slow.environment import Environment
from plastic.slow.task import Batch, different, numbers, size, unasked

SHOWN = 2  # cues of a trial
STEPS = SHOWN + 2  # of a trial
DISTINCT = 8  # bits in which no two cues of an episode are the same


@dataclass(frozen=True)
class TargetDiscovery(Environment):
    """A trial shows two cues, then asks whether the target was among them (1) or not (0), then tells the outcome.

    x: A B go 0+ | C A go 1+ | C D go 1- | D B go 0+      (the target is A; + after a reward)
    y:     1           1           0           0

    Which cues, and their order, is random. No trial alone can tell which of two cues is the target: what was learnt in
    several must be put together. A step is the bits of a cue (1 or -1), whether an answer is asked, and what came of
    the last: no or yes, and the reward. Of the published size are 4 cues of 20 bits and 30 trials. With 2 cues the
    target is always shown, and with 3 one trial can tell it.
    """

    cite = "Miconi et al. (2019), ICLR, arXiv:2002.10585"
    cues: int = size(4, least=SHOWN + 1)
    bits: int = size(8)
    trials: int = size(10)

    def __post_init__(self) -> None:
        super().__post_init__()
        most = 2 ** min(self.bits, DISTINCT)
        if self.cues > most:
            raise InputError(
                f"cues of {self.name} is {self.cues}; give at most {most}, so many as {self.bits} bits keep apart"
            )

    inputs = property(lambda self: self.bits + 1 + self.outputs + 1)
    outputs = 2
    chance = property(lambda self: max(SHOWN / self.cues, 1 - SHOWN / self.cues))

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        rows = torch.arange(size)[:, None, None]
        target = numbers(generator, self.cues, size)
        shown = different(generator, self.cues, SHOWN, size * self.trials).view(size, self.trials, SHOWN)
        x = torch.zeros(size, self.trials, STEPS, self.inputs)
        x[:, :, :SHOWN, : self.bits] = self.drawn_cues(size, generator)[rows, shown]
        x[:, :, SHOWN, self.bits] = 1
        y = unasked(size, self.trials * STEPS)
        y[:, SHOWN::STEPS] = (shown == target[:, None, None]).any(2).long()
        return Batch(x.flatten(1, 2), y)

    def drawn_cues(self, size: int, generator: torch.Generator) -> torch.Tensor:
        """The cues of every episode, [size, cues, bits] of 1 and -1, no two the same."""
        first = min(self.bits, DISTINCT)
        number = different(generator, 2**first, self.cues, size)
        bits = number[..., None] >> torch.arange(first) & 1
        others = numbers(generator, 2, size, self.cues, self.bits - first)
        return (2 * torch.cat([bits, others], 2) - 1).to(torch.get_default_dtype())
