"""What share of a list any linear rule identifies, whole or corrupted cues: theory against simulation."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from plastic.memory.metrics import halving_corruption, identify
from plastic.memory.statistics import exponent
from plastic.memory.theory import (
    argmax_accuracy,
    argmax_accuracy_at_snr,
    expected_capacity,
    hebbian_snr,
    mean_argmax_accuracy,
)
from tests.memory.test_metrics import recalled_by
from tests.memory.test_theory import DECAYED, DELTA, HALF_DELTA, HALF_GATED, HEBB, read, signs, sphere_keys, written
from tests.memory.test_theory_of_pairs import corrupted

RULES = {"hebb": HEBB, "decayed": DECAYED, "delta": DELTA, "half delta": HALF_DELTA, "half gated": HALF_GATED}


@pytest.mark.parametrize("candidates", [64, None])
@pytest.mark.parametrize("load", [16, 48, 128])
@pytest.mark.parametrize("rule", RULES)
def test_share_identified_by_any_linear_rule(rule, load, candidates):
    found = identify(*recalled_by(RULES[rule], load, 32, 32), candidates).mean()
    assert mean_argmax_accuracy(RULES[rule], 32, load, 32, candidates) == pytest.approx(found, abs=0.05)


@pytest.mark.parametrize("cue", [(0.01, 0.0), (0.0, 0.4)], ids=["noise", "silence"])
@pytest.mark.parametrize("rule", ["hebb", "delta"])
def test_share_identified_from_corrupted_cues(rule, cue):
    rng, load, d = np.random.default_rng(1), 64, 64
    keys, values = sphere_keys(rng, 30, load, d), signs(rng, 30, load, 32)
    found = identify(read(written(RULES[rule], keys, values), corrupted(rng, keys, *cue)), values).mean()
    assert mean_argmax_accuracy(RULES[rule], d, load, 32, 64, *cue) == pytest.approx(found, abs=0.04)


def test_at_a_hebbian_snr_it_is_the_hebbian_accuracy():
    loads = np.array([16, 64, 200])
    assert_allclose(argmax_accuracy_at_snr(hebbian_snr(loads, 32), loads, 32), argmax_accuracy(loads, 32, 32))
    assert mean_argmax_accuracy(HEBB, 32, 100, 32, None) == pytest.approx(argmax_accuracy(100, 32, 32), abs=1e-6)


def test_without_noise_everything_is_identified_and_without_signal_nothing_is():
    assert argmax_accuracy_at_snr(np.inf, 64, 32) == pytest.approx(1)
    assert argmax_accuracy_at_snr(0, 64, 32) == pytest.approx(1 / 64, abs=0.015)


KNOWN = {
    "hebb": (118.0, 52.4),
    "delta": (58.2, 24.9),
    "half delta": (92.5, 39.3),
}  # n50, n90 of 200 seeds, d = d_v = 32


@pytest.mark.parametrize("rule", KNOWN)
def test_expected_capacities_are_near_those_measured(rule):
    found = [expected_capacity(RULES[rule], 32, 32, level, None) for level in (0.5, 0.9)]
    assert_allclose(found, KNOWN[rule], rtol=0.08)


def test_delta_rule_with_eta_one_identifies_fewer_random_pairs_than_hebb():
    for d in (32, 64, 128):
        assert expected_capacity(DELTA, d, 64) < 0.5 * expected_capacity(HEBB, d, 64)


EXPONENTS = [(16, 64, 1.00), (16, None, 0.88), (64, 64, 1.20), (64, None, 1.03)]  # d_v, candidates; simulated


@pytest.mark.parametrize(("d_v", "candidates", "slope"), EXPONENTS)
def test_exponent_of_capacity_depends_on_values_and_candidates(d_v, candidates, slope):
    sizes = [16, 32, 64, 128]
    held = [expected_capacity(HEBB, d, d_v, 0.9, candidates) for d in sizes]
    assert exponent(sizes, held) == pytest.approx(slope, abs=0.05)


def test_silent_cells_halve_the_capacity_before_half_the_signal_is_lost():
    silent = np.linspace(0, 0.8, 9)
    held = [expected_capacity(HEBB, 64, 64, silent=s) for s in silent]
    assert 0.38 < halving_corruption(silent, held) < 0.5  # SNR falls as 1 - silent, and foils are recalled too


def test_a_memory_that_misses_the_level_with_one_pair_holds_none():
    assert expected_capacity(HEBB, 4, 2, level=0.99, candidates=4) == 0


def test_a_level_that_guessing_reaches_is_refused():
    for level in (0.2, 1.0):
        with pytest.raises(ValueError, match=r"level is [.0-9]+; give a value below 1 and above twice chance"):
            expected_capacity(HEBB, 32, 32, level, candidates=8)
