"""Repeated presentations: the delta rule converges, Hebb's does not."""

import pytest

from experiments import passes
from plastic.memory.theory import hebbian_snr
from tests.experiments.measured import mean, rate, settings

SEEDS = range(40)
REFERENCE = {
    32: {1: 0.27, 2: 0.083, 5: 0.0083},
    48: {1: 0.45, 2: 0.25, 5: 0.091, 20: 0.006},
    60: {1: 0.56, 2: 0.36, 5: 0.19, 20: 0.065},
}


def measured(rule, load, times, seeds=SEEDS):
    return passes.measure(rate(rule, seeds), seeds, settings(64), passes=times, alpha=load / 64)


@pytest.mark.parametrize(("load", "times"), [(load, times) for load, line in REFERENCE.items() for times in line])
def test_delta_converges_to_the_interpolant_at_the_published_pace(load, times):
    assert mean(measured("delta", load, times), "error") == pytest.approx(REFERENCE[load][times], rel=0.15)


def test_twenty_presentations_of_half_as_many_pairs_as_cells_leave_delta_no_error_that_shows():
    assert mean(measured("delta", 32, 20), "error") < 1e-4


@pytest.mark.parametrize("times", [1, 5])
def test_hebb_gains_nothing_from_repetition(times):
    rows = measured("vanilla", 32, times)
    assert mean(rows, "mse") == pytest.approx(1 / (1 + hebbian_snr(32, 64)), rel=0.05)
    assert mean(rows, "identified") == pytest.approx(mean(measured("vanilla", 32, 1), "identified"), abs=1e-9)


def test_repetition_makes_delta_identify_more_than_hebb():
    assert mean(measured("delta", 60, 5), "identified") > mean(measured("vanilla", 60, 5), "identified") + 0.01


def test_every_pair_is_shown_once_in_each_pass():
    from plastic.memory.codes import generator

    order = passes.shuffled(generator(0), 7, 3).reshape(3, 7)
    assert (sorted(one) == list(range(7)) for one in order)
    assert (order[0] != order[1]).any()
