"""Key-value pairs, and the memories that are shown them: a rule on a substrate, or a memory without synapses.

Every experiment on pairs shares this. Seeds are batched: arrays are [seeds, pairs, cells].
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from plastic.memory.catalogue import memory_of
from plastic.memory.codes import code, generator, pairs
from plastic.memory.of_rules import GATE, NEEDS, SpikingMemory, cannot_store
from plastic.rules import RULES
from plastic.substrates.layer import rule_or_memory
from plastic.substrates.memories import MEMORIES

__all__ = [
    "GATE",
    "NEEDS",
    "by_seed",
    "cannot",
    "codes_for",
    "decoded",
    "foils",
    "identified_among",
    "load_of",
    "memory",
    "moments",
    "pairs",
    "projections",
    "rules",
    "scored",
    "scores",
    "shown",
    "sizes",
    "standard",
]

SPIKING = ["vanilla", "retnet", "delta", "three_factor"]  # enough to tell growth, decay, error and delay apart
CANDIDATES = 64  # of the fixed set among which a value is identified

Scores = dict[str, np.ndarray]


def rules(substrate: str) -> list[str]:
    """The rules an experiment runs unless told otherwise."""
    known = {"rate": [*RULES], "layer": [*RULES, *MEMORIES], "spiking": SPIKING}
    return known.get(substrate, [])


def cannot(rule: str, substrate: str) -> str | None:
    """Why a rule cannot be shown pairs on a substrate, or None."""
    return None if substrate == "model" else cannot_store(rule_or_memory(rule), substrate)


def memory(rule: str, substrate: str, settings: dict[str, Any], seeds: Any) -> Any:
    """What is shown pairs and asked cues."""
    return memory_of(rule, substrate, seeds, settings.get("device", "cpu"))


# What is shown


def sizes(substrate: str, quick: bool) -> dict[str, Any]:
    """Cells and codes that experiments on pairs share; a memory of models/ has codes of its own."""
    if substrate == "spiking":
        return {"d": 100, "d_v": 100, "keys": "sparse"}
    size = 32 if quick else 64
    own = {} if substrate == "model" else {"keys": "dense"}
    return {"d": size, "d_v": size, **own, "gate": GATE, "eta": 1.0}


def codes_for(store: Any, settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings, with the codes that the memory is made for where they name none."""
    made_for = {name: getattr(store, name, default) for name, default in (("keys", "dense"), ("values", "signs"))}
    return {**made_for, **settings}


def shown(store: Any, seeds: Any, n: int, settings: Mapping[str, Any], *path: Any) -> tuple[np.ndarray, np.ndarray]:
    """Keys [S, n, d] and values [S, n, d_v] for this memory."""
    return pairs(seeds, n, codes_for(store, settings), *path)


def foils(store: Any, seeds: Any, settings: Mapping[str, Any]) -> np.ndarray:
    """Values that are never shown, [S, CANDIDATES - 1, d_v]: the same for every cue and load."""
    draw = code(codes_for(store, settings)["values"])
    return np.stack([draw(generator(seed, "foils"), CANDIDATES - 1, settings["d_v"]) for seed in seeds])


def load_of(share: float, settings: Mapping[str, Any]) -> int:
    """Pairs at a load that is given per key cell."""
    return max(1, round(share * settings["d"]))


# How it is scored


def scored(store: Any, keys: np.ndarray, values: np.ndarray, score: Callable[[np.ndarray], Scores]) -> Scores:
    """Scores of every key's answer once all pairs were shown; of spikes also what is expected without them."""
    found = score(store.answers(keys, values, keys))
    if isinstance(store, SpikingMemory):
        expected = score(store.without_spikes(keys, values, keys))
        found |= {f"{name}_without_spikes": value for name, value in expected.items()}
    return found


def scores(recalled: np.ndarray, values: np.ndarray) -> Scores:
    """How well the answers [S, n, d_v] recall the values, [S].

    bits: share of cells in the right state. identified: share of answers whose own value has the largest dot
    product among the n values shown. cosine: of answer and value. mse: relative mean squared error at the best
    common gain.
    """
    signal, power = (a.mean(-1) for a in moments(recalled, values))
    named = (recalled @ values.swapaxes(1, 2)).argmax(-1) == np.arange(values.shape[1])
    return {
        "bits": (decoded(recalled, values) == values).mean((1, 2)),
        "identified": named.mean(-1),
        "cosine": cosine(recalled, values).mean(-1),
        "mse": 1 - signal**2 / np.where(power == 0, 1, power),
    }


def identified_among(recalled: np.ndarray, values: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Share of answers [S, n, d_v] whose own value beats all others [S, M - 1, d_v] in the dot product, [S]."""
    own = (recalled * values).sum(-1)
    return (own > (recalled @ others.swapaxes(1, 2)).max(-1)).mean(-1)


def moments(recalled: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Signal (mean of value times answer) and power (mean answer squared) of each answer, [S, n]."""
    target, answer = standard(values), recalled if signed(values) else centred(recalled)
    return (answer * target).mean(-1), (answer**2).mean(-1)


def cosine(recalled: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Cosine of each answer and its value, [S, n]; 0 where nothing is answered."""
    signal, power = moments(recalled, values)
    return signal / np.sqrt(np.where(power == 0, 1, power))


def projections(recalled: np.ndarray, old: np.ndarray, new: np.ndarray) -> np.ndarray:
    """Least-squares weights of two values in each answer [S, n, d_v]: [S, n, 2]."""
    both = np.stack([standard(old), standard(new)], -2)  # [S, n, 2, d_v]
    overlaps = both @ both.swapaxes(-1, -2)
    return np.linalg.solve(overlaps, both @ recalled[..., None])[..., 0]


def decoded(recalled: np.ndarray, values: np.ndarray) -> np.ndarray:
    """The pattern nearest to each answer in the code of the values: signs, or as many cells on as each value has."""
    if signed(values):
        return np.sign(recalled)
    on = values.sum(-1, keepdims=True)
    return ((-recalled).argsort(-1).argsort(-1) < on).astype(float)


def signed(values: np.ndarray) -> bool:
    """Whether values are of both signs, so that they have mean 0."""
    return bool(values.min() < 0)


def standard(values: np.ndarray) -> np.ndarray:
    """Values at mean 0 and mean square 1."""
    about = values if signed(values) else centred(values)
    return about / np.sqrt((about**2).mean(-1, keepdims=True))


def centred(a: np.ndarray) -> np.ndarray:
    return a - a.mean(-1, keepdims=True)


def by_seed(seeds: Iterable[int], found: Mapping[str, np.ndarray], **about: Any) -> list[dict[str, Any]]:
    """One row a seed, of scores [S]."""
    return [{"seed": seed, **about} | {name: float(a[s]) for name, a in found.items()} for s, seed in enumerate(seeds)]
