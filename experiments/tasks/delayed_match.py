"""A direction of motion, a delay, and another direction: do they match?"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, pi

import torch
from torch import Tensor

from plastic.rule import InputError
from plastic.slow.task import Batch, Task, gaussian, happens, numbers, size, strength, switch, unasked

KAPPA, HEIGHT = 2.0, 4.0  # of the tuning curves: von Mises, and their height above the lowest input


@dataclass(frozen=True)
class DelayedMatch(Task):
    """Fixation, sample, delay and test; during the test it is asked whether it matches the sample (1) or not (0).

    x: .  30° .   .   30° 30°
    y:                    1      (asked from the second step of the test on)

    rotated: what matches is the sample turned by 90° (delayed match to rotated sample). x are the rates of cells tuned
    to directions, with noise. Half of the trials match; the test of the others is any direction that does not.
    Durations are in steps: as published, at 100 ms a step. Unlike in the paper fixation is no answer of its own.
    """

    cite = "Masse et al. (2019), Nat. Neurosci. 22:1159"
    tokens = False
    cells: int = size(24, least=2)
    directions: int = size(8, least=2)
    fixation: int = size(5, least=0)
    sample: int = size(5)
    delay: int = size(10, least=0)
    test: int = size(5, least=2)
    noise: float = strength(0.1)
    rotated: bool = switch(False)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.rotated and self.directions % 4:
            raise InputError(
                f"directions of {self.name} is {self.directions}; give a multiple of 4 where it is rotated"
            )

    inputs = property(lambda self: self.cells)
    outputs = 2
    chance = 0.5

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        sample, matches = numbers(generator, self.directions, size), happens(generator, 0.5, size)
        match = (sample + self.turn) % self.directions
        other = (match + 1 + numbers(generator, self.directions - 1, size)) % self.directions
        shown, tested = self.tuned(sample), self.tuned(torch.where(matches, match, other))
        start = self.fixation + self.sample + self.delay
        x = self.noise * gaussian(generator, size, start + self.test, self.cells)
        x[:, self.fixation : self.fixation + self.sample] += shown[:, None]
        x[:, start:] += tested[:, None]
        y = unasked(size, start + self.test)
        y[:, start + 1 :] = matches[:, None].long()
        return Batch(x, y)

    @property
    def turn(self) -> int:
        """From the sample to what matches it, in directions."""
        return self.directions // 4 if self.rotated else 0

    def tuned(self, direction: Tensor) -> Tensor:
        """Rates of the cells, [B, cells], for directions [B]."""
        angle = 2 * pi * (direction[:, None] / self.directions - torch.arange(self.cells) / self.cells)
        return HEIGHT * (torch.exp(KAPPA * angle.cos()) - exp(-KAPPA)) / exp(KAPPA)
