"""What every formula needs: its arguments checked, and averages over a standard normal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, xlogy

from plastic.rule import InputError

Array = NDArray[Any]
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(41)
WEIGHTS = WEIGHTS / WEIGHTS.sum()  # of a standard normal


def checked(name: str, value: ArrayLike, valid: Callable[[Array], Array], remedy: str) -> Array:
    """The value as float64; refused, naming the first number that is not valid and the remedy."""
    values = np.asarray(value, dtype=float)
    wrong = values[~valid(values)]
    if wrong.size:
        raise InputError(f"{name} is {wrong.flat[0]:g}; {remedy}")
    return values


def at_least(low: float, name: str, value: ArrayLike) -> Array:
    """The value, if no number in it is below `low`."""
    return checked(name, value, lambda x: x >= low, f"give {low:g} or more")


def positive(name: str, value: ArrayLike) -> Array:
    """The value, if every number in it is finite and above 0."""
    return checked(name, value, lambda x: (x > 0) & (x < np.inf), "give a finite value above 0")


def between(low: float, high: float, name: str, value: ArrayLike) -> Array:
    """The value, if it lies in [low, high]."""
    return checked(name, value, lambda x: (low <= x) & (x <= high), f"give a value from {low:g} to {high:g}")


def whole(low: int, name: str, value: ArrayLike) -> Array:
    """The value as integers, if it is whole and not below `low`."""
    remedy = f"give a whole number, {low} or more"
    return checked(name, value, lambda x: (low <= x) & (x < 2**53) & (x == np.floor(x)), remedy).astype(int)


def ratio(signal: Any, noise: Any) -> Array:
    """Signal over noise, infinite where there is no noise."""
    with np.errstate(divide="ignore"):
        return np.divide(signal, noise)


def entropy(p: Any) -> Array:
    """Bits in an event of probability p."""
    return -(xlogy(p, p) + xlogy(1 - p, 1 - p)) / np.log(2)


def density(x: Any) -> Array:
    """Standard normal density."""
    return np.exp(-np.square(x) / 2) / np.sqrt(2 * np.pi)


def rectified_mean(u: Any) -> Array:
    """Mean of max(u + z, 0) over a standard normal z."""
    return u * ndtr(u) + density(u)


def rectified_square(u: Any) -> Array:
    """Mean of max(u + z, 0)^2 over a standard normal z."""
    return (1 + u**2) * ndtr(u) + u * density(u)


def before_each(terms: Array) -> Array:
    """Sum of the terms before each, starting at 0."""
    return np.concatenate([[0.0], np.cumsum(terms)[:-1]])


def bisect(holds: Callable[[Array], Array], low: Any, high: Any) -> Array:
    """Where a condition that holds at `low` and not at `high` ceases to hold, elementwise."""
    for _ in range(60):
        middle = (low + high) / 2
        below = holds(middle)
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return (low + high) / 2
