"""An endless stream of items: was this one seen before?"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch

from plastic.rule import InputError
from plastic.slow.task import Batch, Task, happens, numbers, share, size


@dataclass(frozen=True)
class ContinualFamiliarity(Task):
    """Items of random signs; with a probability an item is the one `interval` places before, if that one was new.

    x: a b a c d c      (interval 2)
    y: 0 0 1 0 0 1

    Once it is solved, the interval grows by one up to `longest` (a curriculum).
    """

    cite = "Tyulmankov, Yang & Abbott (2022), Neuron 110:544"
    tokens = False
    items: int = size(100, least=2)
    bits: int = size(25)
    interval: int = size(1)
    longest: int = size(1)
    repeated: float = share(0.5)

    def __post_init__(self) -> None:
        super().__post_init__()
        if max(self.interval, self.longest) >= self.items:
            raise InputError(f"items of {self.name} is {self.items}; give more than the longest interval")

    inputs = property(lambda self: self.bits)
    outputs = 2

    @property
    def chance(self) -> float:
        """The share of the more frequent answer: new items, unless most are repeated."""
        repeats = [0.0] * self.interval
        for place in range(self.interval, self.items):
            repeats.append(self.repeated * (1 - repeats[place - self.interval]))
        familiar = sum(repeats) / self.items
        return max(familiar, 1 - familiar)

    def harder(self) -> ContinualFamiliarity | None:
        return replace(self, interval=self.interval + 1) if self.interval < self.longest else None

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        items = 2 * numbers(generator, 2, size, self.items, self.bits) - 1
        repeat = happens(generator, self.repeated, size, self.items)
        repeat[:, : self.interval] = False
        for start in range(self.interval, self.items, self.interval):  # what is a repeat is not repeated
            now = repeat[:, start : start + self.interval]
            now &= ~repeat[:, start - self.interval : start][:, : now.shape[1]]
        place = torch.arange(self.items) - self.interval * repeat.long()
        x = items.gather(1, place[..., None].expand_as(items))
        return Batch(x.to(torch.get_default_dtype()), repeat.long())
