"""Slots opened in turn hold one pair each; by chance, an eighth of that."""

import numpy as np
import pytest

from experiments import slots
from plastic.lab.summary import column
from plastic.memory.theory.slots import slot_capacity

SETTINGS = slots.settings("model", False)


def bits(gate, loads, seeds):
    store = slots.memory(gate, "model", SETTINGS, seeds)
    return [column(slots.measure(store, seeds, SETTINGS, load), "bits").mean() for load in loads]


@pytest.mark.parametrize(("gate", "loads", "seeds", "low", "high"), [
    ("sequential", range(30, 50), 40, 0.9, 1.1), ("random", range(2, 14), 300, 0.1, 0.2),
])  # fmt: skip
def test_the_capacity_in_slots_is_the_published_one(gate, loads, seeds, low, high):
    found = slots.capacity(loads, bits(gate, loads, range(seeds)))
    assert low <= found / SETTINGS["slots"] <= high
    chance = None if gate == "sequential" else 4 / SETTINGS["slots"]
    assert abs(found - slot_capacity(SETTINGS["slots"], chance)) <= 1


@pytest.mark.parametrize("gate", ["sequential", "random"])
def test_bits_are_lost_to_overwriting_alone(gate):
    loads = [3, 10, 20, 44, 80]
    found = bits(gate, loads, range(100))
    np.testing.assert_allclose(found, slots.expected_bits(gate, loads, SETTINGS["slots"]), atol=0.015)


def test_capacity_is_the_largest_load_with_enough_bits_right():
    assert slots.capacity([1, 2, 3, 4], [1.0, 0.99, 0.98, 0.9]) == 3
    assert slots.capacity([1, 2], [0.5, 0.5]) == 0
