"""Key-value pairs, and the memories that are shown them: a rule on a substrate, or a memory without synapses.

Every experiment on pairs shares this. Seeds are batched: arrays are [seeds, pairs, cells].
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from plastic.memory.catalogue import memory_of
from plastic.memory.codes import pairs
from plastic.memory.metrics import fidelity, identify
from plastic.memory.metrics import projections as projected
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
    product among the n values shown. cosine: of answer and value. mse: relative squared error at the best common
    gain.
    """
    found = fidelity(about_zero(recalled, values), standard(values))
    return {
        "bits": found.bits if signed(values) else (decoded(recalled, values) == values).mean((1, 2)),
        "identified": identify(recalled, values, None).mean(-1),
        "cosine": found.cosine,
        "mse": found.error,
    }


def moments(recalled: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Signal (mean of value times answer) and power (mean answer squared) of each answer, [S, n]."""
    answer = about_zero(recalled, values)
    return (answer * standard(values)).mean(-1), (answer**2).mean(-1)


def projections(recalled: np.ndarray, old: np.ndarray, new: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Projections of each answer [S, n, d_v] on its old and its new value, [S, n]."""
    return projected(recalled, standard(old), standard(new))


def decoded(recalled: np.ndarray, values: np.ndarray) -> np.ndarray:
    """The pattern nearest to each answer in the code of the values: signs, or as many cells on as each value has."""
    if signed(values):
        return np.sign(recalled)
    on = values.sum(-1, keepdims=True)
    return ((-recalled).argsort(-1).argsort(-1) < on).astype(float)


def signed(values: np.ndarray) -> bool:
    """Whether values are of both signs, so that they have mean 0."""
    return bool(values.min() < 0)


def about_zero(recalled: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Answers about 0: as they are for values of both signs, else less the mean over the cells."""
    return recalled if signed(values) else centred(recalled)


def standard(values: np.ndarray) -> np.ndarray:
    """Values at mean 0 and mean square 1."""
    about = values if signed(values) else centred(values)
    return about / np.sqrt((about**2).mean(-1, keepdims=True))


def centred(a: np.ndarray) -> np.ndarray:
    return a - a.mean(-1, keepdims=True)


def by_seed(seeds: Iterable[int], found: Mapping[str, np.ndarray], **about: Any) -> list[dict[str, Any]]:
    """One row a seed, of scores [S]."""
    return [{"seed": seed, **about} | {name: float(a[s]) for name, a in found.items()} for s, seed in enumerate(seeds)]
