"""Codes of keys and values, drawn from random numbers that depend on the seed and on what they are for alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any
from zlib import crc32

import numpy as np

from plastic.rule import InputError


def generator(seed: int, *path: Any) -> np.random.Generator:
    """Random numbers that depend on the seed and on what they are for, and on nothing else."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=[crc32(str(p).encode()) for p in path]))


def drawn(seeds: Iterable[int], draw: Callable[[np.random.Generator], np.ndarray], *path: Any) -> np.ndarray:
    """One draw a seed, [seeds, ...], each from its own generator."""
    return np.stack([draw(generator(seed, *path)) for seed in seeds])


def unit(a: np.ndarray) -> np.ndarray:
    """Vectors [..., d] at length 1."""
    return a / np.linalg.norm(a, axis=-1, keepdims=True)


def dense_keys(rng: np.random.Generator, n: int, d: int) -> np.ndarray:
    """Uniform on the unit sphere, [n, d]."""
    return unit(rng.standard_normal((n, d)))


def sparse_keys(rng: np.random.Generator, n: int, d: int, active: float = 0.1) -> np.ndarray:
    """A fixed share of the cells is active, [n, d] of 0 and 1."""
    return (rng.random((n, d)).argsort(-1) < round(active * d)).astype(float)


def similar_keys(rng: np.random.Generator, n: int, d: int, cosine: float) -> np.ndarray:
    """Unit keys that share a direction c: sqrt(cosine) c + sqrt(1 - cosine) z, [n, d].

    z is uniform on the unit sphere across c, so the mean square of two keys' overlap is exactly
    cosine^2 + (1 - cosine)^2 / (d - 1).
    """
    common = dense_keys(rng, 1, d)
    own = rng.standard_normal((n, d))
    own = unit(own - (own @ common.T) * common)
    return np.sqrt(cosine) * common + np.sqrt(1 - cosine) * own


def similar_sparse_keys(rng: np.random.Generator, n: int, d: int, cosine: float, active: float = 0.1) -> np.ndarray:
    """Sparse keys of which each takes a share sqrt(cosine) of its active cells from the same few, [n, d] of 0 and 1.

    Two of them share about `cosine` of their active cells, beside those they share by chance.
    """
    cells = round(active * d)
    shared = round(np.sqrt(cosine) * cells)
    common, others = np.split(rng.permutation(d), [cells])
    keys = np.zeros((n, d))
    chosen = rng.random((n, cells)).argsort(-1)[:, :shared], rng.random((n, d - cells)).argsort(-1)[:, : cells - shared]
    for among, places in zip((common, others), chosen, strict=True):
        np.put_along_axis(keys, among[places], 1.0, -1)
    return keys


def signs(rng: np.random.Generator, n: int, d: int) -> np.ndarray:
    """Independent -1 and 1, [n, d]."""
    return rng.choice([-1.0, 1.0], (n, d))


def unit_signs(rng: np.random.Generator, n: int, d: int) -> np.ndarray:
    """Corners of a cube, at length 1: independent -1 and 1 over sqrt(d), [n, d]."""
    return signs(rng, n, d) / np.sqrt(d)


CODES: dict[str, Callable[[np.random.Generator, int, int], np.ndarray]] = {
    "dense": dense_keys,
    "sparse": sparse_keys,
    "signs": signs,
    "unit_signs": unit_signs,
}


def code(name: str) -> Callable[[np.random.Generator, int, int], np.ndarray]:
    """A code by name."""
    if name not in CODES:
        raise InputError(f"code {name!r} is not known; choose from {', '.join(CODES)}")
    return CODES[name]


def pairs(seeds: Any, n: int, settings: Mapping[str, Any], *path: Any) -> tuple[np.ndarray, np.ndarray]:
    """Keys [seeds, n, d] and values [seeds, n, d_v] in the codes of the settings ("keys"; "values": signs)."""
    draw_keys, draw_values = code(settings["keys"]), code(settings.get("values", "signs"))
    draws = [generator(seed, *path, n) for seed in seeds]
    keys = np.stack([draw_keys(rng, n, settings["d"]) for rng in draws])
    return keys, np.stack([draw_values(rng, n, settings["d_v"]) for rng in draws])


def zeros_and_ones(name: str, a: np.ndarray) -> np.ndarray:
    """The array, refused unless its cells are on (1) or off (0), with one on at least in every pattern."""
    if not np.isin(a, (0.0, 1.0)).all():
        odd = a[(a != 0) & (a != 1)].flat[0]
        raise InputError(f"{name} hold {odd:g}; give cells that are on (1) or off (0), as the code 'sparse' does")
    if not a.any(-1).all():
        raise InputError(f"{name} hold a pattern in which no cell is on; raise the share of active cells")
    return a
