"""A memory on the bench: shown lists of pairs by a yardstick, seeds in blocks, all answers checked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from plastic.memory.codes import code, generator
from plastic.memory.protocol import PairMemory, checked_answers
from plastic.rule import InputError

THRESHOLDS = (1, 4, 9)  # of the SNR, at which a lifetime ends
FARTHEST = 64  # the most pairs shown unless told, in units of d
MOST_CANDIDATES = 4096
MOST_CUES = 1024  # asked of one memory; of heavier loads evenly spaced pairs are asked
SHORT = 32  # value cells below which one value may be constant
ROOM = {"cpu": 2**25, "cuda": 2**29}  # numbers that one block of seeds may take up


@dataclass(frozen=True)
class Yardstick:
    """What every memory is measured with.

    d, d_v: key and value cells. candidates: values to choose among (M). seeds: to begin with; most_seeds: at the
    end. precision: relative half-width of the intervals of n50 and n90 at which no more seeds are added. heaviest:
    the most pairs shown, 64 d unless given.
    """

    d: int = 64
    d_v: int = 64
    candidates: int = 64
    seeds: int = 20
    most_seeds: int = 320
    precision: float = 0.05
    heaviest: int | None = None
    device: str = "cpu"

    def __post_init__(self) -> None:
        for name, least in (("d", 8), ("d_v", 2), ("candidates", 2), ("seeds", 2)):
            if getattr(self, name) < least:
                raise InputError(f"{name} is {getattr(self, name)}; give {least} or more")
        if self.most_seeds < self.seeds:
            raise InputError(f"most_seeds is {self.most_seeds}, below seeds ({self.seeds}); give at least as many")
        if not 0 < self.precision < 1:
            raise InputError(f"precision is {self.precision:g}; give a share between 0 and 1, such as 0.05")
        if self.candidates > MOST_CANDIDATES:
            raise InputError(f"candidates is {self.candidates}; give {MOST_CANDIDATES} or less")
        if self.device.partition(":")[0] not in ROOM:
            raise InputError(f"device is {self.device!r}; give cpu or cuda")
        if self.farthest < self.d:
            raise InputError(f"heaviest is {self.farthest}, fewer pairs than d ({self.d}); give d or more")

    @property
    def farthest(self) -> int:
        """The most pairs shown."""
        return FARTHEST * self.d if self.heaviest is None else self.heaviest


@dataclass(frozen=True)
class Recalled:
    """What was recalled of lists of pairs: values [S, n, d_v]; own [m], the pairs asked for; answers [S, m, d_v]."""

    values: np.ndarray
    own: np.ndarray
    answers: np.ndarray

    @property
    def wanted(self) -> np.ndarray:
        """The values that should have been recalled, [S, m, d_v]."""
        return self.values[:, self.own]

    def levelled(self) -> tuple[np.ndarray, np.ndarray]:
        """Answers and values [S, m, d_v], each less its mean over all of a seed: a constant is no error."""
        return tuple(a - a.mean((1, 2), keepdims=True) for a in (self.answers, self.wanted))

    def levelled_each(self) -> tuple[np.ndarray, np.ndarray]:
        """The same with every answer less its own mean; as `levelled` where values are too short for that."""
        if self.values.shape[-1] < SHORT:
            return self.levelled()
        return tuple(a - a.mean(-1, keepdims=True) for a in (self.answers, self.wanted))


@dataclass(frozen=True)
class Bench:
    """A memory on the bench, made anew for each block of seeds; what was measured of a list is kept."""

    make: Callable[[tuple[int, ...]], PairMemory]
    rod: Yardstick
    lists: dict[int, list[dict[str, float]]] = field(default_factory=dict)

    @cached_property
    def codes(self) -> tuple[str, str]:
        """The codes of keys and values that the memory is made for."""
        one = self.make((0,))
        return getattr(one, "keys", "dense"), getattr(one, "values", "signs")

    def pairs(self, seeds: Sequence[int], load: int, what: str) -> tuple[np.ndarray, np.ndarray]:
        """Keys [S, n, d] and values [S, n, d_v]."""
        draw_keys, draw_values = (code(name) for name in self.codes)
        draws = [generator(seed, "scorecard", what, load) for seed in seeds]
        keys = np.stack([draw_keys(rng, load, self.rod.d) for rng in draws])
        values = np.stack([draw_values(rng, load, self.rod.d_v) for rng in draws])
        for name, cells, patterns in (("d", self.rod.d, keys), ("d_v", self.rod.d_v, values)):
            if not patterns.any(-1).all():
                raise InputError(f"{name} is {cells}, too few cells for a sparse code to have one on; give more")
        return keys, values

    def blocks(self, seeds: range, load: int) -> Iterator[tuple[int, ...]]:
        """Seeds in blocks that fit into the room there is."""
        room = ROOM[self.rod.device.partition(":")[0]]
        each = load * (2 * self.rod.d + self.rod.d_v) + 4 * self.rod.d * self.rod.d_v
        size = max(1, min(len(seeds), room // each))
        return (tuple(seeds[i : i + size]) for i in range(0, len(seeds), size))

    def answers(self, seeds: tuple[int, ...], keys: np.ndarray, values: np.ndarray, cues: np.ndarray) -> np.ndarray:
        """What the memory answers, refused unless it is finite and of the right shape."""
        return checked_answers(self.make(seeds), keys, values, cues)

    def scalars(self, load: int) -> int:
        """Numbers that one memory stores."""
        count = int(self.make((0,)).scalars(load, self.rod.d, self.rod.d_v))
        if count < 1:
            raise InputError(f"the memory's scalars is {count}; give how many numbers it stores, at least 1")
        return count


def asked_of(load: int) -> np.ndarray:
    """Which pairs of a list are asked for, [m]."""
    return np.unique(np.linspace(0, load - 1, min(load, MOST_CUES)).round().astype(int))


def recalled(bench: Bench, seeds: tuple[int, ...], load: int, what: str = "list", spoil: Any = None) -> Recalled:
    """Pairs shown once, then the cues of some of them; `spoil(cues, seeds)` may corrupt the cues."""
    keys, values = bench.pairs(seeds, load, what)
    own = asked_of(load)
    cues = keys[:, own]
    answers = bench.answers(seeds, keys, values, cues if spoil is None else spoil(cues, seeds))
    return Recalled(values, own, answers)
