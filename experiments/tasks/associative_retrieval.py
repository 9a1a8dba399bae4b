"""Letters with a digit each, then a letter: which digit did it come with?"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from plastic.rule import InputError
from plastic.slow.task import Batch, Task, different, numbers, size, unasked


@dataclass(frozen=True)
class AssociativeRetrieval(Task):
    """Letters and digits alternate, no letter comes twice; after "??" one of the letters is asked.

    x: c 9 k 8 j 3 f 1 ? ? c
    y:                     9

    Tokens: letters, then digits, then "?"; classes are digits.
    """

    cite = "Ba et al. (2016), NeurIPS, arXiv:1610.06258, section 4.1"
    pairs: int = size(4)
    letters: int = size(26)
    digits: int = size(10, least=2)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.pairs > self.letters:
            raise InputError(f"pairs of {self.name} is {self.pairs}; give at most as many as letters ({self.letters})")

    @property
    def inputs(self) -> int:
        return self.letters + self.digits + 1

    @property
    def outputs(self) -> int:
        return self.digits

    @property
    def chance(self) -> float:
        return 1 / self.digits

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        letters = different(generator, self.letters, self.pairs, size)
        digits = numbers(generator, self.digits, size, self.pairs)
        asked = numbers(generator, self.pairs, size, 1)
        x = torch.full((size, 2 * self.pairs + 3), self.letters + self.digits)
        x[:, : 2 * self.pairs : 2] = letters
        x[:, 1 : 2 * self.pairs : 2] = self.letters + digits
        x[:, -1:] = letters.gather(1, asked)
        y = unasked(*x.shape)
        y[:, -1:] = digits.gather(1, asked)
        return Batch(x, y)
