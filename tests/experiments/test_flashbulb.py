"""Flagged pairs last for ever, and the others forget in a step as wide as the slots that are left."""

import numpy as np
import pytest

from experiments import flashbulb
from plastic.lab.summary import column, grouped

SETTINGS = flashbulb.settings("model", False)


def by_lag(gate, flagged, seeds):
    rows = flashbulb.measure(flashbulb.memory(gate, "model", SETTINGS, seeds), seeds, SETTINGS, flagged)
    lags = {lag: column(group, "bits").mean() for (lag,), group in grouped(rows, ("lag",)).items()}
    return np.array([*lags]), np.array([*lags.values()]), rows


@pytest.mark.parametrize("flagged", [0, 10])
def test_slots_in_turn_forget_in_one_step(flagged):
    lag, bits, rows = by_lag("sequential", flagged, range(20))
    held = lag < SETTINGS["slots"] - flagged
    assert bits[held].min() > 0.98
    assert bits[~held].max() < 0.6
    if flagged:
        assert column(rows, "bits_flagged").mean() > 0.99


@pytest.mark.parametrize("flagged", [0, 10])
def test_slots_by_chance_forget_as_theory_says(flagged):
    lag, bits, _ = by_lag("random", flagged, range(200))
    expected = flashbulb.expected_bits("random", lag, SETTINGS["slots"], flagged)
    np.testing.assert_allclose(bits, expected, atol=0.05)
    assert abs((bits - expected).mean()) < 0.01


def test_flagged_pairs_outlast_five_times_as_many_others_as_there_are_slots():
    for gate in ("sequential", "random"):
        *_, rows = by_lag(gate, 5, range(60))
        assert column(rows, "bits_flagged").mean() > 0.97
