"""Key-value pairs, and the memories that are shown them: a rule on a substrate, or a memory without synapses.

Every experiment on pairs shares this. Seeds are batched: arrays are [seeds, pairs, cells].
"""

from __future__ import annotations

from typing import Any

import numpy as np

from plastic.memory.catalogue import memory_of
from plastic.memory.codes import pairs
from plastic.memory.of_rules import GATE, NEEDS, SpikingMemory, cannot_store
from plastic.rules import RULES
from plastic.substrates.layer import rule_or_memory
from plastic.substrates.memories import MEMORIES

__all__ = ["GATE", "NEEDS", "cannot", "memory", "pairs", "rules", "scored"]

SPIKING = ["vanilla", "retnet", "delta", "three_factor"]  # enough to tell growth, decay, error and delay apart


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


def scored(store: Any, keys: np.ndarray, values: np.ndarray, score: Any) -> dict[str, np.ndarray]:
    """Scores of every key's answer once all pairs were shown; of spikes also what is expected without them."""
    found = score(store.answers(keys, values, keys))
    if isinstance(store, SpikingMemory):
        expected = score(store.without_spikes(keys, values, keys))
        found |= {f"{name}_without_spikes": value for name, value in expected.items()}
    return found
