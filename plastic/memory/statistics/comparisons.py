"""Which of two memories holds more, measured with the same seeds (common random numbers)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from plastic.memory.statistics.capacities import crossing_loads, seed_counts
from plastic.memory.statistics.intervals import Interval, at_least_two_seeds, percentiles
from plastic.memory.theory.arguments import between, positive, whole
from plastic.rule import InputError

Array = NDArray[Any]


class Comparison(NamedTuple):
    """Ratio of A to B with its interval, and the two-sided p of a ratio of 1 (paired bootstrap over seeds)."""

    ratio: Interval
    p: Any


def compare_capacities(
    loads: ArrayLike,
    correct_a: ArrayLike,
    correct_b: ArrayLike,
    trials_by_load: ArrayLike,
    level: float = 0.9,
    resamples: int = 2000,
    confidence: float = 0.95,
    seed: int = 0,
) -> Comparison:
    """Ratio of the loads at which A and B have fallen to accuracy `level` (n90), seeds drawn together.

    correct_a and correct_b [seeds, loads] come from the same seeds in the same order; capacities are those of
    `crossings`. Where one lies outside the loads measured in some resample, the interval is open on that side.
    """
    right = [at_least_two_seeds(name, x) for name, x in (("correct_a", correct_a), ("correct_b", correct_b))]
    if right[0].shape != right[1].shape:
        raise InputError("correct_a and correct_b differ in shape; give the same seeds and loads for both")
    often = seed_counts(len(right[0]), resamples, seed)
    a, b = (crossing_loads(loads, correct, trials_by_load, often, (level,))[level] for correct in right)
    return comparison(a[0], b[0], a[1], b[1], confidence)


def comparison(a: Any, b: Any, resampled_a: Array, resampled_b: Array, confidence: float) -> Comparison:
    """Ratio and p from two estimates and from those of the same resamples [resamples]."""
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(resampled_a) - np.log(resampled_b)
        value = np.log(a) - np.log(b)
    logs = np.where(np.isnan(logs), 0.0, logs)  # both beyond the loads on the same side: no difference seen
    return Comparison(Interval(*np.exp(percentiles(value, logs, confidence))), bootstrap_p(logs))


def bootstrap_p(differences: Array) -> Any:
    """Two-sided p of no difference: twice the rarer side's share of resamples [resamples, ...], counting one more."""
    count = len(differences)
    rarer = np.minimum((differences <= 0).sum(0), (differences >= 0).sum(0))
    return np.minimum(2 * (rarer + 1) / (count + 1), 1.0)


def paired_ratio(
    a_by_seed: ArrayLike, b_by_seed: ArrayLike, resamples: int = 2000, confidence: float = 0.95, seed: int = 0
) -> Comparison:
    """Ratio of the geometric means of two positive measures [seeds, ...] of the same seeds, with its p."""
    a, b = (at_least_two_seeds(name, x) for name, x in (("a_by_seed", a_by_seed), ("b_by_seed", b_by_seed)))
    if a.shape != b.shape:
        raise InputError("a_by_seed and b_by_seed differ in shape; give the same seeds for both")
    logs = np.log(positive("a_by_seed", a)) - np.log(positive("b_by_seed", b))
    drawn = np.random.default_rng(seed).integers(len(logs), size=(int(whole(1, "resamples", resamples)), len(logs)))
    resampled = logs[drawn].mean(1)
    return Comparison(Interval(*np.exp(percentiles(logs.mean(0), resampled, confidence))), bootstrap_p(resampled))


def paired_difference(
    a_by_seed: ArrayLike, b_by_seed: ArrayLike, resamples: int = 2000, confidence: float = 0.95, seed: int = 0
) -> tuple[Interval, Any]:
    """Mean of A - B over the same seeds [seeds, ...] with its interval, and the two-sided p of no difference."""
    a, b = (at_least_two_seeds(name, x) for name, x in (("a_by_seed", a_by_seed), ("b_by_seed", b_by_seed)))
    if a.shape != b.shape:
        raise InputError("a_by_seed and b_by_seed differ in shape; give the same seeds for both")
    apart = a - b
    drawn = np.random.default_rng(seed).integers(len(apart), size=(int(whole(1, "resamples", resamples)), len(apart)))
    resampled = apart[drawn].mean(1)
    return percentiles(apart.mean(0), resampled, confidence), bootstrap_p(resampled)


def holm(p: ArrayLike) -> Array:
    """p values [tests] of one family, adjusted for their number (Holm 1979); reject where it is below the level."""
    p = between(0, 1, "p", p)
    if p.ndim != 1:
        raise InputError("p is no list of p values; give [tests]")
    order = p.argsort()
    adjusted = np.maximum.accumulate(np.minimum(p[order] * np.arange(len(p), 0, -1), 1))
    return adjusted[order.argsort()]


def compare_all(
    loads: ArrayLike, correct: dict[str, ArrayLike], trials_by_load: ArrayLike, reference: str, **options: Any
) -> dict[str, Comparison]:
    """Every memory against the reference one, by name, with p adjusted for their number.

    `correct` [seeds, loads] of each from the same seeds; options as in `compare_capacities`.
    """
    if reference not in correct:
        raise InputError(f"reference {reference!r} is not among those measured; choose from {', '.join(correct)}")
    others = [name for name in correct if name != reference]
    found = [compare_capacities(loads, correct[n], correct[reference], trials_by_load, **options) for n in others]
    adjusted = holm([float(f.p) for f in found])
    return {n: Comparison(f.ratio, float(p)) for n, f, p in zip(others, found, adjusted, strict=True)}
