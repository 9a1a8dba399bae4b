"""Memories of slots: each pair takes slots of its own and overwrites what was there (Tyulmankov et al. 2021)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from plastic.memory.theory.arguments import Array, at_least, between, whole


def sequential_survival(lag: ArrayLike, slots: ArrayLike) -> Array:
    """Whether a pair is still held when slots are taken in turn: 1 up to a lag of N - 1, then 0; exact."""
    return (at_least(0, "lag", lag) < at_least(1, "slots", slots)).astype(float)


def random_survival(lag: ArrayLike, slots: ArrayLike, chance: ArrayLike) -> Array:
    """Probability that a slot still holds a pair when each pair takes each slot with probability p, whole lags; exact.

    1 - (1 - p (1 - p)^lag)^N: each slot took it and no later pair.
    """
    p = between(0, 1, "chance", chance)
    return 1 - (1 - p * (1 - p) ** at_least(0, "lag", lag)) ** at_least(1, "slots", slots)


def slot_accuracy(survival: ArrayLike, guess: ArrayLike = 0.5) -> Array:
    """Accuracy where a pair held is recalled exactly and a lost one at chance `guess`.

    For +-1 bits of independent values and whole cues. A lost pair of an auto-associative memory is answered by the
    held one most like its cue, so that there it is a lower bound.
    """
    guess = between(0, 1, "guess", guess)
    return guess + (1 - guess) * between(0, 1, "survival", survival)


def slot_capacity(slots: int, chance: float | None = None, criterion: float = 0.98, guess: float = 0.5) -> int:
    """Longest list whose mean accuracy reaches `criterion`, slots taken in turn or, with `chance`, at random.

    In turn N / (1 - (criterion - guess) / (1 - guess)) at most, just above N; accuracy as in `slot_accuracy`.
    """
    lags = np.arange(100 * int(whole(1, "slots", slots)))
    between(0, 1, "criterion", criterion)
    held = sequential_survival(lags, slots) if chance is None else random_survival(lags, slots, chance)
    mean = np.cumsum(slot_accuracy(held, guess)) / (lags + 1)
    return int((mean >= criterion).sum())
