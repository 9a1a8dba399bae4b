"""Short lists: recency, primacy and theory by place."""

import numpy as np
import pytest

from experiments import serial
from plastic import RULES
from plastic.lab.summary import column
from plastic.memory.rows import linear_row
from tests.experiments.measured import named, rate, settings

SEEDS = range(200)
SIZES = settings(64, 256, tau_novelty=5.0)
LINEAR = [name for name, rule in RULES.items() if linear_row(rule(), gate=serial.GATE) is not None]


def by_place(rule, length, novelty=0.0):
    rows = serial.measure(rate(rule, SEEDS), SEEDS, SIZES, length, novelty)
    return np.array([row["bits"] for row in rows]).reshape(len(SEEDS), length).mean(0)


@pytest.mark.parametrize("length", [10, 30])
@pytest.mark.parametrize("novelty", [0.0, 3.0])
@pytest.mark.parametrize("name", LINEAR)
def test_signal_power_and_bits_at_each_place_follow_the_recursion(name, novelty, length):
    mods = serial.modulator(length, novelty, 5.0)
    rows = serial.measure(rate(name, SEEDS), SEEDS, SIZES, length, novelty)
    found = {c: column(rows, c).reshape(len(SEEDS), length).mean(0) for c in ("signal", "power", "bits")}
    signal, power = serial.expected([linear_row(RULES[name](), gate=serial.GATE, mod=mod) for mod in mods], 64)
    assert abs(found["signal"] - signal).max() < 0.02
    assert abs(found["power"] - power).max() < 0.035
    difference = found["bits"] - serial.predicted(RULES[name](), 64, mods)
    assert abs(difference).max() < 0.03
    assert abs(difference.mean()) < 0.004  # the noise of few pairs is no Gaussian: 2,000 seeds of delta give -.0029


@pytest.mark.parametrize("length", [10, 15, 20, 30])
def test_delta_recalls_the_last_pair_of_every_list_exactly_and_earlier_ones_less(length):
    curve = by_place("delta", length)
    assert curve[-1] == 1
    assert curve[0] < curve[length // 2] < curve[-1]


def test_hebb_recalls_every_place_alike():
    curve = by_place("vanilla", 30)
    assert np.ptp(curve) < 0.01


def test_a_learning_rate_that_falls_with_novelty_makes_primacy():
    for name in ("delta", "mlstm"):
        rows = named(serial.measure(rate(name, SEEDS), SEEDS, SIZES, 20, 3.0), name, length=20, novelty=3.0)
        assert serial.summarise(rows)["ends"][0]["primacy_low"] > 0.005
        rows = named(serial.measure(rate(name, SEEDS), SEEDS, SIZES, 20, 0.0), name, length=20, novelty=0.0)
        assert serial.summarise(rows)["ends"][0]["primacy_high"] < 0.005


def test_a_rule_that_hears_no_modulator_has_the_same_curve_with_novelty():
    np.testing.assert_array_equal(by_place("vanilla", 15, 3.0), by_place("vanilla", 15))
