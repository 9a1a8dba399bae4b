"""Repeated presentations: the delta rule converges, Hebb's does not."""

import numpy as np
import pytest

from experiments import passes
from plastic import RULES
from plastic.memory.codes import dense_keys, generator
from plastic.memory.rows import linear_row
from plastic.memory.theory import LinearRow, hebbian_snr, signal_and_power
from tests.experiments.measured import mean, rate, settings

SEEDS = range(40)
# Of 200 seeds. With the same order in every pass it goes a little faster: .291, .102, .0135 at 32 pairs, for example.
REFERENCE = {
    32: {1: 0.291, 2: 0.118, 5: 0.0220},
    48: {1: 0.448, 2: 0.263, 5: 0.107, 20: 0.0135},
    60: {1: 0.559, 2: 0.389, 5: 0.220, 20: 0.0889},
}


def measured(rule, load, times, seeds=SEEDS):
    return passes.measure(rate(rule, seeds), seeds, settings(64), passes=times, alpha=load / 64)


@pytest.mark.parametrize(("load", "times"), [(load, times) for load, line in REFERENCE.items() for times in line])
def test_delta_converges_to_the_interpolant_the_more_slowly_the_fuller_it_is(load, times):
    assert mean(measured("delta", load, times), "error") == pytest.approx(REFERENCE[load][times], rel=0.1)


def test_twenty_presentations_of_half_as_many_pairs_as_cells_leave_delta_no_error_that_shows():
    assert mean(measured("delta", 32, 20), "error") < 1e-4


@pytest.mark.parametrize("times", [1, 5])
def test_hebb_gains_nothing_from_repetition(times):
    rows = measured("vanilla", 32, times)
    assert mean(rows, "mse") == pytest.approx(1 / (1 + hebbian_snr(32, 64)), rel=0.05)
    assert mean(rows, "identified") == pytest.approx(mean(measured("vanilla", 32, 1), "identified"), abs=1e-9)


def test_delta_repeats_kaczmarz_iteration():
    rng = np.random.default_rng(0)
    keys, values = dense_keys(rng, 12, 16), rng.standard_normal((12, 5))
    order = passes.shuffled(rng, 12, 3)
    weights = np.zeros((5, 16))
    for place in order:
        weights += np.outer(values[place] - weights @ keys[place], keys[place])
    recalled = rate("delta", [0]).answers(keys[None, order], values[None, order], keys[None])
    np.testing.assert_allclose(recalled[0], keys @ weights.T, atol=1e-12)


def test_the_error_after_one_presentation_is_that_of_the_recursion():
    signal, power = signal_and_power(linear_row(RULES["delta"]()), 64, np.arange(48), writes=48)
    expected = (1 - 2 * signal + power).mean()
    assert mean(measured("delta", 48, 1), "error") == pytest.approx(expected, rel=0.03)


@pytest.mark.parametrize("load", REFERENCE)
@pytest.mark.parametrize("eta", [1.0, 0.5])
def test_the_error_after_reshuffled_passes_is_that_of_the_sweeps(load, eta):
    for times in (1, 2, 5):
        rows = measured(RULES["delta"](eta=eta), load, times)
        error, relative = (float(e[0]) for e in passes.expected(LinearRow(1.0, eta, eta), 64, load, [times], draws=40))
        assert mean(rows, "error") == pytest.approx(error, rel=0.1)
        assert mean(rows, "mse") == pytest.approx(relative, rel=0.1)


def test_repetition_makes_delta_recall_more_bits_than_hebb():
    assert mean(measured("delta", 60, 5), "bits") > mean(measured("vanilla", 60, 5), "bits") + 0.1


def test_every_pair_is_shown_once_in_each_pass():
    order = passes.shuffled(generator(0), 7, 3).reshape(3, 7)
    assert all(sorted(one) == list(range(7)) for one in order)
    assert (order[0] != order[1]).any()
