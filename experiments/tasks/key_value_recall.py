"""Key-value pairs, each in one step, and one key that is asked: how many does a memory of this size hold?"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from plastic.slow.task import Batch, Task, different, numbers, size, switch, unasked


@dataclass(frozen=True)
class KeyValueRecall(Task):
    """As many values as keys; every key comes once with a value of its own, then one of them is asked.

    x: a:B  b:C  c:A  b:?
    y:                C

    overwriting: twice as many pairs, of keys and values drawn with replacement; the last value of the key is asked,
    and the key is that of a pair drawn at random. A step is one-hot key and one-hot value, the value 0 when asked.
    asked: so many questions, one after another, each of a pair drawn at random.
    vectors: the answer is the value as a one-hot vector, judged by its squared error, not a class.
    """

    cite = "Schlag, Irie & Schmidhuber (2021), ICML, arXiv:2102.11174, settings 1 and 2"
    tokens = False
    keys: int = size(20, least=2)
    overwriting: bool = switch(False)
    asked: int = size(1)
    vectors: bool = switch(False)

    @property
    def inputs(self) -> int:
        return 2 * self.keys

    @property
    def outputs(self) -> int:
        return self.keys

    @property
    def chance(self) -> float:
        return 0.0 if self.vectors else 1 / self.keys

    @property
    def pairs(self) -> int:
        """How many are shown."""
        return self.keys * (2 if self.overwriting else 1)

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        key, value = self.drawn(size, generator), self.drawn(size, generator)
        asked = key.gather(1, numbers(generator, self.pairs, size, self.asked))
        last = self.pairs - 1 - (key[:, None] == asked[..., None]).flip(-1).int().argmax(-1)
        shown = one_hot(torch.cat([key, asked], 1), self.keys)
        told = torch.cat([one_hot(value, self.keys), torch.zeros(size, self.asked, self.keys)], 1)
        x = torch.cat([shown, told], -1).to(torch.get_default_dtype())
        return Batch(x, self.wanted(value.gather(1, last)))

    def wanted(self, values: Tensor) -> Tensor:
        """The answers, from the values [B, asked] that are right."""
        if self.vectors:
            y = torch.full((len(values), self.pairs + self.asked, self.keys), torch.nan)
            y[:, self.pairs :] = one_hot(values, self.keys).to(y)
            return y
        y = unasked(len(values), self.pairs + self.asked)
        y[:, self.pairs :] = values
        return y

    def drawn(self, size: int, generator: torch.Generator) -> Tensor:
        """Keys, or values, [B, pairs]."""
        if self.overwriting:
            return numbers(generator, self.keys, size, self.pairs)
        return different(generator, self.keys, self.keys, size)
