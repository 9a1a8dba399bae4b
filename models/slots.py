"""A slot memory: a local third factor opens one slot, whose input synapses take the key and whose outputs the value."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from plastic.memory.codes import drawn
from plastic.memory.protocol import PairMemory
from plastic.rule import InputError

OPENED_AT_ONCE = 4  # slots a pair, on average, where they open by chance


Seeds = tuple[int, ...]


def sequential(seeds: Seeds, load: int, slots: int, flagged: Seeds = ()) -> np.ndarray:
    """One slot after the other, and round again, past those that hold a flagged pair: [S, n, slots]."""
    free, turn = deque(range(slots)), np.zeros((load, slots), bool)
    for pair in range(load):  # whose turn it is depends on the pairs before
        turn[pair, slot := free.popleft()] = True
        if pair not in flagged:
            free.append(slot)
    return np.broadcast_to(turn, (len(seeds), load, slots))


def at_random(seeds: Seeds, load: int, slots: int, flagged: Seeds = ()) -> np.ndarray:
    """Every slot by its own chance, four a pair on average, less those that hold a flagged pair: [S, n, slots]."""
    chance = min(1.0, OPENED_AT_ONCE / slots)
    opened = drawn(seeds, lambda rng: rng.random((load, slots)) < chance, "slots opened")
    for pair in sorted(flagged):
        opened[:, pair + 1 :] &= ~opened[:, pair, None]
    return opened


GATES: dict[str, Callable[[Seeds, int, int, Seeds], np.ndarray]] = {"sequential": sequential, "random": at_random}


@dataclass(frozen=True)
class Slots(PairMemory):
    """An open slot overwrites what it held; a cue excites the slot whose key it resembles, and that names its value.

    An open slot takes key and value whole. gate: which slots open for a pair, "sequential" (one after the other) or
    "random" (each by its own chance). slots: how many there are; beta: how sharply the best match inhibits the others.
    With sign keys of 40 cells and beta = 1 a match is certain. flagged: places of pairs whose slots do not open again
    (flashbulb memories). Capacity is the number of slots, whatever the sizes of key and value.
    """

    cite = "Tyulmankov, Fang, Vadaparty & Yang (2021), NeurIPS 34:22247"
    keys = "signs"

    seeds: tuple[int, ...] = (0,)
    device: str = "cpu"
    gate: str = "sequential"
    slots: int = 64
    beta: float = 1.0
    flagged: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if self.gate not in GATES:
            raise InputError(f"gate is {self.gate!r}; choose from {', '.join(GATES)}")
        if self.slots < 1:
            raise InputError(f"slots is {self.slots}; give 1 or more")
        if not self.beta > 0:
            raise InputError(f"beta is {self.beta}; give a value above 0")
        if len(self.flagged) >= self.slots or any(pair < 0 for pair in self.flagged):
            raise InputError(f"flagged is {self.flagged}; give places from 0, fewer than there are slots")

    def answers(self, keys, values, cues):
        last = last_opened(GATES[self.gate](self.seeds, keys.shape[1], self.slots, self.flagged))
        held = (torch.from_numpy(kept(a, last)).to(self.device) for a in (keys, values))
        slot_keys, slot_values = held
        asked = torch.from_numpy(cues).to(self.device)
        active = (self.beta * asked @ slot_keys.mT).softmax(-1)  # [S, m, slots]
        return (active @ slot_values).cpu().numpy()

    def scalars(self, load, d, d_v):
        return self.slots * (d + d_v)


def last_opened(opened: np.ndarray) -> np.ndarray:
    """Which pair each slot holds in the end, [S, slots] of opened [S, n, slots]; -1 where it never opened."""
    pair = np.arange(1, opened.shape[1] + 1)[:, None]
    return (opened * pair).max(1) - 1


def kept(shown: np.ndarray, last: np.ndarray) -> np.ndarray:
    """What the slots hold, [S, slots, cells] of what was shown [S, n, cells]; 0 in slots that never opened."""
    held = np.take_along_axis(shown, np.maximum(last, 0)[..., None], 1)
    return np.where(last[..., None] < 0, 0.0, held)
