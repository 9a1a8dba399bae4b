"""The measures of a memory: on plain simulations, against theory, brute force and planted answers."""

import math
import subprocess
import sys
import tracemalloc

import numpy as np
import pytest
from numpy.testing import assert_allclose

from plastic.memory.metrics import (
    alpha,
    bits_per_spike,
    candidate_bits,
    delay_time_constant,
    distractor_slope,
    fidelity,
    gaussian_bits,
    half_life,
    halving_corruption,
    identify,
    interference,
    lifetimes,
    most_bits,
    normalised,
    overwriting_index,
    per_synapse,
    projections,
    sign_bits,
    signal_and_power,
    snr,
    stream_bits,
    tail_class,
)
from plastic.memory.statistics import cluster_bootstrap
from plastic.memory.theory import (
    argmax_accuracy,
    bits_per_synapse_argmax,
    bits_per_synapse_gaussian,
    bits_per_synapse_sign,
    correlated_crosstalk,
    delta_lifetime,
    delta_overlap,
    snr_by_lag,
)
from plastic.memory.theory import signal_and_power as expected_signal_and_power
from tests.memory.test_theory import DELTA, HALF_DELTA, HEBB, read, signs, sphere_keys, written
from tests.memory.test_theory_of_pairs import similar_keys


def recalled_by(row, load, d, d_v, seeds=20, seed=0):
    """Answers to its own keys, and true values, in the order of writing."""
    rng = np.random.default_rng(seed)
    keys, values = sphere_keys(rng, seeds, load, d), signs(rng, seeds, load, d_v)
    return read(written(row, keys, values), keys), values


# Identification


@pytest.mark.parametrize(("load", "candidates"), [(64, 64), (200, 64), (200, 16)])
def test_share_identified_is_the_theorys(load, candidates):
    found = identify(*recalled_by(HEBB, load, 32, 32), candidates)
    assert found.shape == (20, load)
    assert found.mean() == pytest.approx(argmax_accuracy(load, 32, 32, candidates=candidates), abs=0.03)


def test_among_all_stored_values_it_is_the_argmax():
    recalled, values = recalled_by(DELTA, 60, 32, 32)
    scores = normalised(recalled) @ values.transpose(0, 2, 1)
    assert_allclose(identify(recalled, values, None), scores.argmax(-1) == np.arange(60))
    assert_allclose(identify(recalled, values, 60), identify(recalled, values, None))


def test_fewer_pairs_than_candidates_meet_new_foils():
    recalled, values = recalled_by(HEBB, 40, 16, 32, seeds=60)
    found, stored = (identify(recalled, values, m).mean() for m in (64, None))
    new = argmax_accuracy(40, 16, 32, candidates=25, foils="new")
    assert stored * new - 0.02 < found < stored - 0.01


def test_foils_of_a_few_pairs_are_as_active_as_values():
    values = (np.random.default_rng(1).random((3, 2, 50)).argsort(-1) < 10).astype(float)
    assert_allclose(identify(values, values, 64), 1)
    one = np.ones((2, 1, 8)) * [1, 1, 1, -1, -1, 1, -1, -1]
    assert identify(one, one, 4).shape == (2, 1)


def test_identification_does_not_depend_on_baseline_or_gain():
    recalled, values = recalled_by(HEBB, 100, 32, 16)
    assert_allclose(identify(30 + 7 * recalled, values), identify(recalled, values))
    assert_allclose(identify(30 + 7 * recalled, (1 + values) / 2), identify(recalled, (1 + values) / 2))


def test_a_silent_memory_is_at_chance():
    values = signs(np.random.default_rng(2), 2, 80, 16)
    for silent in (0.0, 3.7):
        assert_allclose(identify(np.full_like(values, silent), values, 64), 1 / 64)
        assert_allclose(identify(np.full_like(values, silent), values, None), 1 / 80)


def test_equal_values_share_the_answer():
    values = np.repeat(signs(np.random.default_rng(3), 1, 2, 16), 2, axis=1)
    assert_allclose(identify(values, values, None), 0.5)


@pytest.mark.parametrize("candidates", [8, 64, None])
def test_a_seeds_identification_does_not_depend_on_other_seeds(candidates):
    recalled, values = recalled_by(HEBB, 50, 16, 16, seeds=5)
    apart = [identify(recalled[s : s + 1], values[s : s + 1], candidates)[0] for s in range(5)]
    assert_allclose(identify(recalled, values, candidates), apart)


def test_thousands_of_pairs_need_little_memory():
    rng = np.random.default_rng(4)
    values = signs(rng, 2, 4096, 32)
    recalled = values + 3 * rng.normal(size=values.shape)
    for candidates in (64, None):
        tracemalloc.start()
        identify(recalled, values, candidates)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 200e6


def test_capacity_by_cell_and_by_synapse():
    assert alpha(48, 32) == 1.5
    assert per_synapse(64, 32 * 32) == 1 / 16


# Signal, noise and lifetime


def test_signal_and_noise_by_lag_are_the_theorys():
    signal, power = signal_and_power(*recalled_by(HALF_DELTA, 48, 16, 32, seeds=300))
    lags = np.arange(48)
    assert signal.shape == (300, 48)
    assert_allclose([signal.mean(0), power.mean(0)], expected_signal_and_power(HALF_DELTA, 16, lags, 48), atol=0.06)
    assert_allclose(snr(signal, power)[:12], snr_by_lag(HALF_DELTA, 16, lags[:12], 48), rtol=0.2)


def test_newest_pair_of_the_delta_rule_has_no_noise():
    signal, power = signal_and_power(*recalled_by(DELTA, 12, 16, 8))
    assert snr(signal, power)[0] == np.inf
    assert_allclose(snr(np.zeros((3, 2)), np.zeros((3, 2))), 0)


def test_lifetimes_of_an_exact_curve_are_the_theorys():
    lags = np.arange(400)
    assert_allclose(lifetimes(snr_by_lag(DELTA, 64, lags)), delta_lifetime(64, [1, 4, 9]))
    even = lags[::4]
    assert_allclose(lifetimes(snr_by_lag(DELTA, 64, even), lags=even), delta_lifetime(64, [1, 4, 9]), rtol=1e-3)


def test_measured_lifetimes_are_the_theorys():
    recalled, values = recalled_by(DELTA, 200, 32, 32, seeds=200)
    found = lifetimes(snr(*signal_and_power(recalled, values)))
    assert_allclose(found, delta_lifetime(32, [1, 4, 9]), rtol=0.07)


def test_lifetimes_beyond_what_was_measured_are_not_guessed():
    assert_allclose(lifetimes([8.0, 6.0, 5.0], (9, 7, 1)), [0, 0.5, np.inf], atol=0.1)
    assert lifetimes([9.0, 3.0, 5.0, 0.1], 4)[()] == pytest.approx(2, abs=0.3)  # a dip is no end


def test_half_life_of_the_delta_rule_is_that_of_its_signal():
    signal = delta_overlap(np.arange(100), 32)
    assert half_life(signal) == pytest.approx(math.log(0.5) / math.log(1 - 1 / 32), rel=1e-3)
    assert half_life([1, 0.9, 0.8]) == np.inf


SHAPES = {"exponential": lambda lag: np.exp(-lag / 20), "power law": lambda lag: (1 + lag) ** -0.6}


@pytest.mark.parametrize("name", SHAPES)
def test_tail_is_recognised_through_noise(name):
    lags, rng = np.arange(80), np.random.default_rng(5)
    found = tail_class(SHAPES[name](lags) + 0.05 * rng.normal(size=(20, 80)))
    assert found.name == name
    assert abs(found.delta_aic) > 10
    expected = {"exponential": (found.time_constant, 20), "power law": (found.exponent, 0.6)}[name]
    assert expected[0] == pytest.approx(expected[1], rel=0.1)


def test_delta_rule_forgets_exponentially():
    signal, _ = signal_and_power(*recalled_by(DELTA, 120, 32, 32, seeds=40))
    found = tail_class(signal)
    assert found.name == "exponential"
    assert found.time_constant == pytest.approx(32, rel=0.1)


# Bits


def test_bits_of_a_matrix_are_the_theorys():
    assert_allclose(sign_bits(100, 32, 0.8, 32 * 64), bits_per_synapse_sign(100, 64, 0.2))
    assert_allclose(candidate_bits(100, 0.7, 64, 64 * 32), bits_per_synapse_argmax(100, 64, 32, 0.7, 64))
    assert_allclose(gaussian_bits(100, 32, 2.0, 64 * 32), bits_per_synapse_gaussian(100, 64, 2.0))
    assert_allclose(stream_bits([3.0, 1.0], 32, 64 * 32), 1.5 / 64)


def test_chance_tells_nothing():
    assert sign_bits(9, 8, 0.5, 64) == 0
    assert sign_bits(9, 8, 0.1, 64) == 0
    assert_allclose(candidate_bits(9, [1 / 64, 0], 64, 64), 0, atol=1e-12)


def test_most_bits_and_their_load():
    best = most_bits([8, 16, 32], [[0.1, 0.3, 0.2], [0.4, 0.3, 0.2]])
    assert_allclose(best.bits, [0.3, 0.4])
    assert_allclose(best.load, [16, 8])


def test_bits_per_spike():
    assert_allclose(bits_per_spike([6.0, 6.0], [12, 0]), [0.5, np.inf])


# Fidelity


def test_fidelity_of_perfect_scaled_and_absent_recall():
    values = signs(np.random.default_rng(6), 3, 20, 16)
    assert_allclose(fidelity(0.2 * values, values), [[1] * 3, [1] * 3, [0] * 3], atol=1e-12)
    assert_allclose(fidelity(0 * values, values), [[0.5] * 3, [0] * 3, [1] * 3])
    assert_allclose(fidelity(-values, values)[:2], [[0] * 3, [-1] * 3])


def test_fidelity_of_a_noisy_answer():
    rng = np.random.default_rng(7)
    values = signs(rng, 4, 200, 64)
    found = fidelity(values + rng.normal(size=values.shape), values)
    assert_allclose(found.bits, 0.8413, atol=0.01)
    assert_allclose(found.cosine, math.sqrt(0.5), atol=0.01)
    assert_allclose(found.error, 0.5, atol=0.01)


# Interference and robustness


@pytest.mark.parametrize("similarity", [0.0, 0.3])
def test_interference_grows_with_similarity(similarity):
    rng, loads, both = np.random.default_rng(8), [8, 16, 32, 64], []
    for load in loads:
        keys, values = similar_keys(rng, 60, load, 64, similarity), signs(rng, 60, load, 32)
        found = signal_and_power(read(values.transpose(0, 2, 1) @ keys, keys), values)
        both.append([part.mean() for part in found])
    found = interference(loads, *np.transpose(both))
    assert found == pytest.approx(correlated_crosstalk(2, 64, similarity), rel=0.1)


def test_overwriting_index_of_replacing_blending_and_keeping():
    assert_allclose(overwriting_index([1, 0.5, 0], [0, 0.5, 1]), [1, 0, -1])


def test_projections_tell_values_apart_that_are_alike():
    old, new = np.array([1.0, 1, 1, -1]), np.array([1.0, 1, -1, -1])
    assert_allclose(projections(0.3 * old + 0.9 * new, old, new), [0.3, 0.9])


def test_halving_corruption_lies_between_the_levels_around_it():
    assert halving_corruption([0, 0.1, 0.2, 0.4], [40, 36, 24, 12]) == pytest.approx(0.2 + 0.2 * 4 / 12)
    assert halving_corruption([0, 0.1], [40, 30]) == np.inf
    assert halving_corruption([0, 0.5], [40, 0]) == pytest.approx(0.25)


def test_delay_and_distractors():
    delays = np.array([0.2, 1, 3, 10])
    assert delay_time_constant(delays, 0.7 * np.exp(-delays / 4)) == pytest.approx(4)
    assert delay_time_constant(delays, np.ones(4)) == np.inf
    assert distractor_slope([0, 2, 4], [[0.9, 0.8, 0.7], [0.9, 0.9, 0.9]]) == pytest.approx([-0.05, 0])


def test_a_memory_without_signal_has_measures_without_warnings():
    assert math.isnan(half_life([0, 0, 0]))
    assert tail_class(np.zeros((3, 8))).name == "none"
    assert np.isnan(overwriting_index(0, 0))
    assert np.isnan(interference([4, 8], [0, 0], [0, 0]))
    assert_allclose(lifetimes(snr(np.zeros((2, 9)), np.ones((2, 9)))), 0)


def test_lifetimes_have_intervals_over_seeds():
    signal, power = signal_and_power(*recalled_by(DELTA, 100, 32, 32, seeds=20))
    found = cluster_bootstrap(lambda c, a: lifetimes(snr(c, a)), signal, power, resamples=200)
    assert found.low.shape == (3,)
    assert np.all((found.low < found.value) & (found.value < found.high))
    assert found.low[0] < delta_lifetime(32, 1) < found.high[0]


GOOD = np.ones((2, 3, 4)) * [1, -1, 1, -1]
BAD = {
    "recalled and values have the shapes": lambda: identify(GOOD[0], GOOD),
    "recalled is not finite everywhere": lambda: identify(GOOD * np.nan, GOOD),
    "candidates is 1; give a whole number, 2 or more": lambda: identify(GOOD, GOOD, 1),
    "values holds a pair that is 0 everywhere": lambda: signal_and_power(GOOD, 0 * GOOD),
    "thresholds is 0": lambda: lifetimes([1, 2], 0),
    "signal holds fewer than 5 lags": lambda: tail_class([1, 0.5]),
    "accuracy is 2": lambda: sign_bits(4, 4, 2, 16),
    "scalars is 0": lambda: gaussian_bits(4, 4, 1, 0),
    "loads holds fewer than 2 different values": lambda: interference([4, 4], [1, 1], [2, 2]),
    "old and new hold the same value": lambda: projections([1, 1], [1, 2], [1, 2]),
    "corruption does not grow from 0": lambda: halving_corruption([0.1, 0.2], [4, 3]),
    "the capacity of whole cues is 0": lambda: halving_corruption([0, 0.2], [0, 3]),
    "signal is -1": lambda: delay_time_constant([1, 2], [1, -1]),
}


@pytest.mark.parametrize("message", BAD)
def test_a_bad_argument_is_named_with_its_remedy(message):
    with pytest.raises(ValueError, match=message):
        BAD[message]()


def test_measures_theory_and_statistics_cost_no_heavy_library():
    code = (
        "import sys, plastic.memory.metrics, plastic.memory.theory, plastic.memory.statistics;"
        "print({'torch', 'brian2', 'matplotlib', 'sympy', 'scipy.stats', 'scipy.optimize'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
