"""Multi-query associative recall: pairs of tokens, then their keys again among others, soon or late."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from plastic.rule import InputError
from plastic.slow.task import Batch, Task, different, numbers, share, size, unasked


@dataclass(frozen=True)
class MQAR(Task):
    """Keys and values alternate, then every key comes once more, and its value is asked there.

    x: 2 8 4 7 5 9 4 1 1 6 2 3      (vocabulary 12, pairs 2, length 12)
    y: . . . . . . 7 . . . 8 .

    Keys are different tokens of the lower half (without 0), values of the upper half. Queries come at every other
    step at most: the slot of each is drawn without replacement with p ~ slot^(power - 1), so most come soon (1: all
    slots alike). The other steps after the pairs are random tokens. updates: so many keys come again with another
    value before the queries; the last one is asked.
    """

    cite = "Arora et al. (2024), ICLR, arXiv:2312.04927 (zoology)"
    vocabulary: int = size(256, least=4)
    pairs: int = size(4)
    length: int = size(64)
    updates: int = size(0, least=0)
    power: float = share(0.01)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.pairs > self.vocabulary // 2 - 1:
            raise InputError(
                f"pairs of mqar is {self.pairs}, more than keys; give a vocabulary above {2 * self.pairs + 1}"
            )
        if self.updates > self.pairs:
            raise InputError(f"updates of mqar is {self.updates}, more than pairs ({self.pairs}); give at most as many")
        if self.length % 2 or self.slots < self.pairs:
            needed = 2 * (2 * self.pairs + self.updates)
            raise InputError(f"length of mqar is {self.length}; give an even number of at least {needed}")

    @property
    def inputs(self) -> int:
        return self.vocabulary

    @property
    def outputs(self) -> int:
        return self.vocabulary

    @property
    def chance(self) -> float:
        return 1 / (self.vocabulary - self.vocabulary // 2)

    @property
    def shown(self) -> int:
        """Steps with pairs, before the first query."""
        return 2 * (self.pairs + self.updates)

    @property
    def slots(self) -> int:
        """Places for a query."""
        return (self.length - self.shown) // 2

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        half, values = self.vocabulary // 2, self.vocabulary - self.vocabulary // 2
        keys = 1 + different(generator, half - 1, self.pairs, size)
        first = different(generator, values, self.pairs, size)
        updated = different(generator, self.pairs, self.updates, size)  # which keys
        shift = 1 + numbers(generator, values - 1, size, self.updates)  # to another value than before
        last = first.scatter(1, updated, (first.gather(1, updated) + shift) % values)
        x = numbers(generator, self.vocabulary, size, self.length)
        x[:, : self.shown : 2] = torch.cat([keys, keys.gather(1, updated)], 1)
        x[:, 1 : self.shown : 2] = half + torch.cat([first, last.gather(1, updated)], 1)
        odds = torch.arange(1, self.slots + 1, dtype=torch.float64) ** (self.power - 1)
        slots = torch.multinomial(odds.expand(size, -1), self.pairs, generator=generator)
        places = self.shown + 2 * slots
        return Batch(x.scatter(1, places, keys), unasked(size, self.length).scatter(1, places, half + last))
