"""Synapses that fail add shot noise, as so many fewer spikes would, and nothing else."""

import matplotlib as mpl
import pytest
from matplotlib.figure import Figure

from experiments import unreliable

mpl.use("Agg")
SEEDS = range(5)
SETTINGS = {"d": 200, "d_v": 100, "pairs": 10}
RELEASES = (1.0, 0.5, 0.25, 0.1)


@pytest.fixture(scope="module")
def rows():
    return [
        {"rule": rule, "substrate": "spiking", "release": release} | row
        for rule in unreliable.rules("spiking")
        for release in RELEASES
        for row in unreliable.measure(unreliable.memory(rule, "spiking", SETTINGS, SEEDS), SEEDS, SETTINGS, release)
    ]


def of(rows, rule):
    return {row["release"]: row for row in unreliable.summarise(rows)["by_release"] if row["rule"] == rule}


@pytest.mark.parametrize("rule", ["vanilla", "delta"])
def test_noise_is_a_straight_line_in_the_inverse_of_release(rows, rule):
    found = of(rows, rule)
    slope = found[0.5]["noise"] - found[1.0]["noise"]
    for release in (0.25, 0.1):
        assert found[release]["noise"] == pytest.approx(found[1.0]["noise"] + slope * (1 / release - 1), rel=0.15)


def test_correction_keeps_more_while_one_spike_in_four_is_transmitted(rows):
    hebb, delta = (of(rows, rule) for rule in ("vanilla", "delta"))
    assert all(delta[p]["correlation_low"] > hebb[p]["correlation_high"] for p in RELEASES[:3])


def test_points_lie_beside_lines(rows):
    axes = Figure().subplots()
    unreliable.draw(axes, rows)
    assert len(axes.lines) == 4
