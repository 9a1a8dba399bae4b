"""How alike the answer is to the true value."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from plastic.memory.metrics.identification import answers

Array = NDArray[Any]


class Fidelity(NamedTuple):
    """Each [seeds]: share of signs right, mean cosine, and squared error at the best gain relative to the values'."""

    bits: Array
    cosine: Array
    error: Array


def fidelity(recalled: ArrayLike, values: ArrayLike) -> Fidelity:
    """Bit accuracy, cosine and squared error at the best single gain, of answers about 0 and values of both signs.

    The error is 1 - c^2 / a with the signal c and power a of all a seed's pairs: 0 for perfect, 1 for no recall. A
    silent answer has half its signs right, cosine 0 and error 1.
    """
    found, true = answers(recalled, values)
    signs = np.where(found == 0, 0.5, (found > 0) == (true > 0)).mean((1, 2))
    overlap = (found * true).sum(-1)
    size = np.linalg.norm(found, axis=-1) * np.linalg.norm(true, axis=-1)
    cosine = np.divide(overlap, size, out=np.zeros_like(overlap), where=size > 0).mean(1)
    both = (found**2).sum((1, 2)) * (true**2).sum((1, 2))
    explained = np.divide(overlap.sum(1) ** 2, both, out=np.zeros_like(both), where=both > 0)
    return Fidelity(signs, cosine, 1 - explained)
