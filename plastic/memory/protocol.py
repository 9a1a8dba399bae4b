"""What can be measured as a memory: it is shown pairs (key, value) in order, then asked cues with plasticity off.

Seeds are batched: a `PairMemory` holds one memory a seed, and its arrays are [seeds, pairs, cells]. A memory of
your own need not be batched: a class with `write`, `read` and `scalars` is measured through `OneByOne`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np

from plastic.rule import InputError

LARGEST = 1e100  # an answer beyond this has no square


class PairMemory(ABC):
    """One memory for each seed, side by side.

    Class attributes: cite (source), keys and values (the codes it is made for, from `plastic.memory.codes`),
    bits_per_scalar (how many bits one stored number takes: 32 in single precision, 1 for a synapse of two states),
    needs_gpu (whether it can run on a CUDA device alone).
    """

    cite: ClassVar[str] = ""
    keys: ClassVar[str] = "dense"
    values: ClassVar[str] = "signs"
    bits_per_scalar: ClassVar[int] = 32
    needs_gpu: ClassVar[bool] = False

    @abstractmethod
    def answers(self, keys: np.ndarray, values: np.ndarray, cues: np.ndarray) -> np.ndarray:
        """Start empty, show pairs [S, n, d], [S, n, d_v] in order, ask cues [S, m, d]: answers [S, m, d_v]."""

    @abstractmethod
    def scalars(self, load: int, d: int, d_v: int) -> int:
        """How many numbers one seed's memory stores after `load` pairs: what its bits are divided by."""


class Single(Protocol):
    """The least a memory needs to be measured: made with (d, d_v, seed), it holds one memory."""

    def write(self, key: np.ndarray, value: np.ndarray) -> Any:
        """Store a pair, [d] and [d_v]."""

    def read(self, cue: np.ndarray) -> np.ndarray:
        """The answer [d_v] to a cue [d]; changes nothing."""

    def scalars(self) -> int:
        """How many numbers are stored now."""


@dataclass(frozen=True)
class OneByOne(PairMemory):
    """A memory of one's own, made afresh for each seed and shown one pair at a time."""

    make: Callable[[int, int, int], Single]
    seeds: tuple[int, ...] = (0,)
    device: str = "cpu"

    def answers(self, keys, values, cues):
        shown = zip(self.seeds, keys, values, cues, strict=True)
        return np.stack([self.answered(*one) for one in shown])

    def answered(self, seed: int, keys: np.ndarray, values: np.ndarray, cues: np.ndarray) -> np.ndarray:
        """One seed: [m, d_v]."""
        memory = self.written(seed, keys, values)
        return np.stack([checked_answer(memory.read(cue.copy()), values.shape[-1]) for cue in cues])

    def written(self, seed: int, keys: np.ndarray, values: np.ndarray) -> Single:
        memory = self.make(keys.shape[-1], values.shape[-1], seed)
        for key, value in zip(keys, values, strict=True):
            memory.write(key.copy(), value.copy())  # its own: it may change them
        return memory

    def scalars(self, load, d, d_v):
        rng = np.random.default_rng(0)
        keys, values = rng.standard_normal((load, d)), rng.choice([-1.0, 1.0], (load, d_v))
        return int(self.written(0, keys, values).scalars())


def checked_answer(answer: Any, d_v: int) -> np.ndarray:
    """One answer as an array [d_v]."""
    found = np.asarray(answer, float)
    if found.shape != (d_v,):
        raise InputError(f"the memory's read gave shape {found.shape}; give one value of shape ({d_v},)")
    return found


def checked_answers(memory: Any, keys: np.ndarray, values: np.ndarray, cues: np.ndarray) -> np.ndarray:
    """The answers, refused unless they are finite numbers of the shape [S, m, d_v]."""
    found = np.asarray(memory.answers(keys.copy(), values.copy(), cues.copy()))
    if np.iscomplexobj(found):
        raise InputError("the memory's answers are complex; give real numbers")
    found = found.astype(float)
    wanted = (*cues.shape[:2], values.shape[-1])
    if found.shape != wanted:
        raise InputError(f"the memory answers with shape {found.shape}; give [seeds, cues, d_v] = {wanted}")
    bounded = np.abs(found) < LARGEST  # not a number is not below it
    if not bounded.all():
        raise InputError(f"{1 - bounded.mean():.1%} of the memory's answers are not finite; keep its state bounded")
    return found
