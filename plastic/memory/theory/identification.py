"""Identifying the recalled value among candidates: a Hebbian readout by the largest dot product."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from plastic.memory.theory.arguments import NODES, WEIGHTS, Array, at_least, ratio
from plastic.memory.theory.hebbian import crosstalk
from plastic.rule import InputError


def argmax_accuracy(
    load: ArrayLike,
    d: float,
    d_v: float,
    candidates: ArrayLike | None = None,
    foils: Literal["stored", "new"] = "stored",
) -> Array:
    """Probability that a Hebbian readout is closest (dot product) to its own value among M candidates.

    Values are +-1 in d_v dimensions. The M - 1 foils are other stored values, or new ones that were never
    stored. M = `candidates` is the load unless given; it may be fractional.

    The overlaps h of two values and g of two keys are averaged over as Gaussians of variance 1/d_v and
    1/d: a foil that is stored is also recalled a little. Valid for d_v >= 32 and d >= 16, where it is too
    low by at most .04 (.07 for d_v = 16), most around 20 % correct.
    """
    load = at_least(1, "load", load)
    against = load if candidates is None else at_least(1, "candidates", candidates)
    check_foils(foils, load, against)
    noise = np.sqrt(crosstalk(load, d)[..., None] / at_least(1, "d_v", d_v))  # [..., 1]
    score = 1 + noise * NODES  # of the correct value, [..., nodes]
    echo = NODES / np.sqrt(d) if foils == "stored" else np.zeros(1)
    wins = foil_loses(score, noise, value_overlap(d_v), echo)
    return (wins ** (against[..., None] - 1)) @ WEIGHTS


def check_foils(foils: str, load: Array, candidates: Array) -> None:
    """Foils are stored or new, and there are only as many stored values as pairs."""
    if foils not in ("stored", "new"):
        raise InputError(f"foils is {foils!r}; give 'stored' or 'new'")
    if foils == "stored" and np.any(candidates > load):
        raise InputError("candidates exceeds the load; give at most the load, or foils='new'")


def value_overlap(d_v: float) -> Array:
    """Cosines of two random values at the quadrature's nodes, kept inside (-1, 1)."""
    return np.clip(NODES / np.sqrt(d_v), -1 + 1e-12, 1 - 1e-12)


def foil_loses(score: Array, noise: Array, overlap: Array, echo: Array) -> Array:
    """Chance that one foil scores below the correct value's `score` [..., nodes], same shape.

    `overlap` [nodes] is the cosine of the foil to that value, `echo` [nodes or 1] the overlap of their keys.
    """
    spread = noise[..., None] * np.sqrt((1 + overlap) / (1 - overlap))  # [..., 1, overlap]
    margin = score[..., None, None] - echo  # [..., score, 1, echo]
    return (ndtr(ratio(margin, spread[..., None])) @ weights_of(echo)) @ WEIGHTS


def weights_of(nodes: Array) -> Array:
    """Quadrature weights: of a standard normal, or 1 where there is a single node."""
    return WEIGHTS if nodes.size > 1 else np.ones(1)


def symbol_accuracy(load: ArrayLike, d: ArrayLike, symbols: ArrayLike) -> Array:
    """Probability of recalling the right one of M symbols, n pairs sharing the M one-hot values evenly.

    Hebbian matrix, d >= 16, n >= 2 M: within .02, as the symbols' noises are taken as independent.
    """
    load, d = at_least(1, "load", load)[..., None], at_least(1, "d", d)[..., None]
    symbols = at_least(1, "symbols", symbols)[..., None]
    right, wrong = np.sqrt((load - 1) / (symbols * d)), np.sqrt(load / (symbols * d))
    return ndtr((1 + right * NODES) / wrong) ** (symbols - 1) @ WEIGHTS
