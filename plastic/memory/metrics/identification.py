"""Is the right value the one most like the answer, among the value itself and foils?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from plastic.memory.codes import generator
from plastic.memory.theory.arguments import whole
from plastic.rule import InputError

Array = NDArray[Any]
CHUNK = 1 << 22  # scores held at a time, 32 MB


def answers(recalled: ArrayLike, values: ArrayLike) -> tuple[Array, Array]:
    """Both as float arrays [seeds, pairs, d_v]; refused unless they are finite and match."""
    found, true = np.asarray(recalled, float), np.asarray(values, float)
    if found.ndim != 3 or found.shape != true.shape or 0 in found.shape:
        shapes = f"{found.shape} and {true.shape}"
        raise InputError(f"recalled and values have the shapes {shapes}; give [seeds, pairs, d_v] for both")
    for name, array in (("recalled", found), ("values", true)):
        if not np.isfinite(array).all():
            raise InputError(f"{name} is not finite everywhere; leave such seeds out or bound the memory's state")
    return found, true


def normalised(recalled: Array) -> Array:
    """Answers [seeds, pairs, d_v] with one mean and one gain a seed taken off: mean 0 and variance 1 over all of them.

    So that spike counts, rates and activations meet one decoder. Answers that are all alike become 0.
    """
    centred = recalled - recalled.mean((1, 2), keepdims=True)
    spread = centred.std((1, 2), keepdims=True)
    size = np.abs(recalled).max((1, 2), keepdims=True)
    return np.where(spread > 1e-12 * size, centred / np.where(spread > 0, spread, 1), 0.0)


def identify(recalled: ArrayLike, values: ArrayLike, candidates: int | None = 64, seed: int = 0) -> Array:
    """Which pairs are identified: 1 where the own value has the largest dot product with the answer, [seeds, pairs].

    The answers are `normalised`. Candidates are the own value and M - 1 foils: the next values in a fixed random order
    of the pairs, and, where fewer are stored, new ones made of components of stored values. None: all stored (M = n).
    A tie with k foils counts as 1 / (k + 1), so that a silent memory is at chance; a foil that equals the own value
    ties with it. Needs 100 MB beside the answers at most; `seed` draws the order.
    """
    found, true = answers(recalled, values)
    pairs = found.shape[1]
    against = pairs if candidates is None else int(whole(2, "candidates", candidates))
    found, rng = normalised(found), generator(seed, "foils", pairs, against)
    order, made = rng.permutation(pairs), new_values(rng, true, max(against - pairs, 0))
    found, true = found[:, order], true[:, order]
    blocks = among_all(found, true, made) if against >= pairs else among_next(found, true, against)
    return np.concatenate([share_right(own, foils) for own, foils in blocks], 1)[:, np.argsort(order)]


def new_values(rng: np.random.Generator, values: Array, count: int) -> Array:
    """Values that were not stored, each component one of the stored ones, [seeds, count, d_v]."""
    _, pairs, d_v = values.shape
    return values[:, rng.integers(pairs, size=(count, d_v)), rng.integers(d_v, size=(count, d_v))]


def among_next(found: Array, true: Array, candidates: int) -> Iterator[tuple[Array, Array]]:
    """Block by block of pairs: scores of the own value [seeds, block] and of the next M - 1 [seeds, block, M - 1]."""
    seeds, pairs, _ = found.shape
    block = max(1, min(candidates, CHUNK // (2 * seeds * candidates)))
    ring = np.concatenate([true, true[:, : candidates - 1]], 1).transpose(0, 2, 1)  # [seeds, d_v, pairs + M - 1]
    for first in range(0, pairs, block):
        rows = found[:, first : first + block]
        place = np.arange(rows.shape[1])[:, None] + np.arange(candidates)
        band = (rows @ ring[:, :, first : first + place[-1, -1] + 1])[:, place[:, :1], place]
        yield band[..., 0], band[..., 1:]


def among_all(found: Array, true: Array, made: Array) -> Iterator[tuple[Array, Array]]:
    """Block by block of pairs: scores of the own value [seeds, block] and of all others and those made."""
    seeds, pairs, _ = found.shape
    against = np.concatenate([true, made], 1).transpose(0, 2, 1)
    block = max(1, CHUNK // (seeds * against.shape[-1]))
    for first in range(0, pairs, block):
        score = found[:, first : first + block] @ against
        row = np.arange(score.shape[1])
        own = score[:, row, first + row]
        score[:, row, first + row] = -np.inf
        yield own, score


def share_right(own: Array, foils: Array) -> Array:
    """1 where the own score is above every foil's, 0 where below one, 1 / (ties + 1) where none is above."""
    best = foils.max(-1, initial=-np.inf)
    close = 1e-9 * np.maximum(np.where(np.isfinite(best), np.abs(best), 0), np.abs(own))
    ties = (foils >= (own - close)[..., None]).sum(-1)
    return np.where(best > own + close, 0.0, 1 / (ties + 1.0))


def alpha(load: Any, d: Any) -> Any:
    """Load per key cell, n / d: alpha90 for n90."""
    return np.asarray(load) / d


def per_synapse(load: Any, scalars: Any) -> Any:
    """Load per stored number: n90 / N_syn, d d_v of them in a matrix, n (d + d_v) where every pair is kept."""
    return np.asarray(load) / scalars
