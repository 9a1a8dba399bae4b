"""Slots opened in turn hold one pair each; by chance, an eighth of that."""

import numpy as np
import pytest

from experiments import slots
from plastic.lab.summary import column
from plastic.memory.theory.slots import slot_capacity

SETTINGS = slots.settings("model", False)


def measured(gate, loads, seeds):
    """Means by load."""
    store = slots.memory(gate, "model", SETTINGS, seeds)
    rows = [slots.measure(store, seeds, SETTINGS, load) for load in loads]
    return [
        {"load": load} | {name: column(found, name).mean() for name in ("bits", "completed")}
        for load, found in zip(loads, rows, strict=True)
    ]


@pytest.mark.parametrize(("gate", "loads", "seeds", "low", "high"), [
    ("sequential", range(30, 50), 40, 0.9, 1.1), ("random", range(2, 14), 300, 0.1, 0.2),
])  # fmt: skip
def test_the_capacity_in_slots_is_the_published_one(gate, loads, seeds, low, high):
    lines = measured(gate, loads, range(seeds))
    for measure in ("bits", "completed"):
        assert low <= slots.capacity(lines, measure) / SETTINGS["slots"] <= high
    chance = None if gate == "sequential" else 4 / SETTINGS["slots"]
    assert abs(slots.capacity(lines, "bits") - slot_capacity(SETTINGS["slots"], chance)) <= 1


@pytest.mark.parametrize("gate", ["sequential", "random"])
def test_bits_are_lost_to_overwriting_alone(gate):
    loads = [3, 10, 20, 44, 80]
    lines = measured(gate, loads, range(100))
    expected = slots.expected_bits(gate, loads, SETTINGS["slots"])
    np.testing.assert_allclose([line["bits"] for line in lines], expected, atol=0.015)
    assert all(line["completed"] > line["bits"] for line in lines if line["bits"] < 0.95)


def test_capacity_is_the_largest_load_with_enough_bits_right():
    lines = [{"load": load, "bits": bits} for load, bits in ((1, 1.0), (2, 0.97), (3, 0.98), (4, 0.9))]
    assert slots.capacity(lines, "bits") == 3
    assert slots.capacity(lines[3:], "bits") == 0
