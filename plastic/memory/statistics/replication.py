"""How many seeds are enough, and whether items of one seed are as independent as items of several."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaln, chdtrc

from plastic.memory.statistics.intervals import Interval, at_least_two_seeds
from plastic.memory.theory.arguments import positive, whole
from plastic.rule import InputError

Array = NDArray[Any]
CORRELATIONS = np.append(0.0, np.geomspace(1e-5, 0.9, 400))


class Overdispersion(NamedTuple):
    """How much more seeds differ than if their items were independent."""

    correlation: float  # of two items of one seed, in the most likely beta-binomial
    factor: float  # variance over that of independent items; 1 if they are
    p: float  # of a factor this large by chance


def overdispersion(correct: ArrayLike, trials: ArrayLike) -> Overdispersion:
    """Whether counts of correct answers [seeds, loads] scatter more over seeds than binomial ones.

    `trials` is how many were asked, [loads] or [seeds, loads]. The factor is Pearson's chi-square per degree of
    freedom, p its upper tail (rough where fewer than about 5 answers of a load are wrong). Loads all right or all
    wrong tell nothing and are left out.
    """
    right, asked = counts(correct, trials)
    share = right.sum(0) / asked.sum(0)
    telling = (share > 0) & (share < 1)
    if not telling.any():
        return Overdispersion(0.0, 1.0, 1.0)
    right, asked, share = right[:, telling], asked[:, telling], share[telling]
    square = ((right - asked * share) ** 2 / (asked * share * (1 - share))).sum()
    free = (len(right) - 1) * len(share)
    likely = [beta_binomial(right, asked, share, rho) for rho in CORRELATIONS]
    return Overdispersion(float(CORRELATIONS[np.argmax(likely)]), float(square / free), float(chdtrc(free, square)))


def counts(correct: ArrayLike, trials: ArrayLike) -> tuple[Array, Array]:
    """Correct answers and trials, both [seeds, loads]."""
    right = at_least_two_seeds("correct", correct)
    asked = np.broadcast_to(positive("trials", trials), right.shape)
    if right.ndim != 2 or np.any((right < 0) | (right > asked)):
        raise InputError("correct is no count of answers [seeds, loads] from 0 to trials; give such counts")
    return right, asked


def beta_binomial(right: Array, asked: Array, share: Array, correlation: float) -> float:
    """Log likelihood of counts whose items are correlated within a seed, but for a constant."""
    if correlation == 0:
        return float((right * np.log(share) + (asked - right) * np.log1p(-share)).sum())
    size = 1 / correlation - 1
    a, b = share * size, (1 - share) * size
    return float((betaln(right + a, asked - right + b) - betaln(a, b)).sum())


# Enough seeds


def enough(interval: Interval, share: float = 0.05) -> bool:
    """Whether an interval's half-width is below `share` of its value, everywhere; never where it is not finite."""
    value, low, high = (np.asarray(part, float) for part in interval)
    positive("share", share)
    with np.errstate(invalid="ignore"):
        return bool(np.all(np.isfinite(high - low) & ((high - low) / 2 < share * np.abs(value))))


class Measured(NamedTuple):
    """Values [seeds, ...] of all seeds measured, the interval they give, and whether it is narrow enough."""

    values: Array
    interval: Interval
    sure: bool


def until_sure(
    measure_block: Callable[[range], ArrayLike],
    interval_of: Callable[[Array], Interval],
    first: int = 20,
    block: int = 20,
    most: int = 200,
    share: float = 0.05,
) -> Measured:
    """Measure seeds 0, 1, 2 ... block by block until the interval's half-width is below `share` of its value.

    measure_block takes a range of seeds and gives values [seeds, ...]; interval_of takes those of all seeds so far. It
    stops at `most` seeds, sure or not. Looking after each block makes the interval a little too narrow: hardly
    with 20 seeds to begin with.
    """
    whole(2, "first", first), whole(1, "block", block), whole(2, "most", most)
    values = measured_seeds(measure_block, range(min(first, most)))
    while True:
        interval = interval_of(values)
        if enough(interval, share) or len(values) >= most:
            return Measured(values, interval, enough(interval, share))
        more = range(len(values), min(len(values) + block, most))
        values = np.concatenate([values, measured_seeds(measure_block, more)])


def measured_seeds(measure_block: Callable[[range], ArrayLike], seeds: range) -> Array:
    """The values of a block, if they are one entry a seed."""
    array = np.asarray(measure_block(seeds), float)
    if array.ndim == 0 or len(array) != len(seeds):
        raise InputError(f"measure_block gave no array of {len(seeds)} seeds; give [seeds, ...]")
    return array
