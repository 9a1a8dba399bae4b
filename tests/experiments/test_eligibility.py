"""What a modulator writes of a pair that is over: spikes and rates beside the closed form."""

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure
from numpy.testing import assert_allclose

from experiments import eligibility
from plastic.lab import runner
from plastic.lab.summary import column

mpl.use("Agg")
SEEDS = 5
DELAYS = [0.0, 0.5, 1.0, 2.0]  # time constants of the trace


def measured(rule, substrate):
    """The quick setting, by rule and substrate."""
    todo = runner.cells("eligibility", [rule], [substrate], SEEDS, quick=True)
    return [row for cell in todo for row in runner.measure_cell(cell)]


@pytest.fixture(scope="module")
def rows():
    return [row for rule in ("three_factor", "delta") for where in ("rate", "spiking") for row in measured(rule, where)]


def line(rows, rule="three_factor", substrate="spiking", lag=0.0, delay=0.0):
    """The one line of the summary that is about this."""
    about = {"rule": rule, "substrate": substrate, "tau": 0.1, "lag": lag, "delay": delay}
    (found,) = (row for row in eligibility.summarise(rows)["by_delay"] if about.items() <= row.items())
    assert found["seeds"] == SEEDS
    return found


@pytest.mark.parametrize("delay", DELAYS)
@pytest.mark.parametrize("lag", [0.0, 0.5])
def test_a_delayed_modulator_writes_in_spikes_what_the_closed_form_says(rows, lag, delay):
    found = line(rows, lag=lag, delay=delay)
    assert found["amplitude"] == pytest.approx(found["expected"], rel=0.05)
    assert found["amplitude_high"] - found["amplitude_low"] < 0.1 * found["expected"]


def test_the_amplitude_falls_with_the_time_constant_of_the_trace(rows):
    amplitudes = [line(rows, delay=delay)["amplitude"] for delay in DELAYS]
    assert -1 / np.polyfit(DELAYS, np.log(amplitudes), 1)[0] == pytest.approx(1, rel=0.05)


def test_rates_are_the_closed_form(rows):
    found = [row for row in rows if row["substrate"] == "rate"]
    assert_allclose(column(found, "amplitude"), column(found, "expected"), rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize("substrate", ["rate", "spiking"])
def test_a_value_that_comes_when_its_key_is_over_leaves_nothing(rows, substrate):
    for delay in DELAYS:
        found = line(rows, substrate=substrate, lag=1.0, delay=delay)
        assert found["amplitude"] == found["amplitude_high"] == found["expected"] == 0


def test_a_rule_without_a_trace_writes_nothing_once_the_pair_is_over(rows):
    assert_allclose(column([row for row in rows if row["rule"] == "delta"], "amplitude"), 0)


def test_traces_of_either_side_bridge_a_gap_that_a_trace_of_coincidences_does_not():
    settings = {"d": 100, "d_v": 5}
    for where in ("rate", "spiking"):
        plateaus = eligibility.memory("btsp", where, settings, range(SEEDS))
        found = eligibility.measure(plateaus, range(SEEDS), settings, tau=0.1, lag=1.0, delay=0.0)
        assert column(found, "amplitude").min() > 0
        assert "expected" not in found[0]


def test_a_long_trace_holds_a_modulator_for_longer():
    settings = eligibility.settings("spiking", True)
    slow = eligibility.memory("three_factor", "spiking", settings, range(SEEDS))
    found = eligibility.measure(slow, range(SEEDS), settings, tau=1.0, lag=0.0, delay=0.5)
    assert column(found, "amplitude").mean() == pytest.approx(found[0]["expected"], rel=0.05)


def test_who_cannot_take_part_is_told_why():
    assert eligibility.cannot("vanilla", "spiking") == "does not listen to mod"
    assert eligibility.cannot("tsodyks_markram", "rate") == "does not listen to post"
    assert eligibility.cannot("three_factor", "layer") == "is asked about spikes and rates alone"
    assert eligibility.cannot("softmax", "rate") == "has no synapses"


def test_marks_are_drawn_beside_the_closed_form(rows):
    axes = Figure().subplots()
    eligibility.draw(axes, rows)
    assert len(axes.lines) == 2 * 2 * (3 + 1)  # marks and a line of either substrate, three lags and one more rule
    eligibility.draw(Figure().subplots(), [row for row in rows if row["seed"] == 0])
