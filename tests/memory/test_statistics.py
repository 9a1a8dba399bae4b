"""Capacities and intervals against known answers: planted curves, simulated memories, coverage."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.optimize import isotonic_regression, minimize
from scipy.stats import binomtest, norm

from plastic.memory.statistics import (
    bootstrap_interval,
    capacity,
    crossings,
    falling,
    fit_psychometric,
    wilson_interval,
)

LOADS = np.unique(np.geomspace(8, 325, 14).round())


# A memory of 32 x 32 synapses, items identified among all the stored values


def identified(eta, erase, load, seeds=100, d=32):
    """Items correctly identified in each seed after writing `load` pairs once, [seeds]."""
    rng = np.random.default_rng([1, load])  # the same pairs for every rule
    keys, values = rng.normal(size=(seeds, load, d)), rng.choice([-1.0, 1.0], size=(seeds, load, d))
    keys /= np.linalg.norm(keys, axis=-1, keepdims=True)
    weights = np.zeros((seeds, d, d))
    for item in range(load):
        error = values[:, item] - erase * np.einsum("sij,sj->si", weights, keys[:, item])
        weights += eta * error[:, :, None] * keys[:, item, None, :]
    scores = keys @ weights.transpose(0, 2, 1) @ values.transpose(0, 2, 1)
    return (scores.argmax(-1) == np.arange(load)).sum(-1)


def recall_curve(rule):
    eta, erase = {"hebb": (1, 0), "delta": (1, 1), "half delta": (0.5, 1)}[rule]
    return np.stack([identified(eta, erase, int(load)) for load in LOADS], 1)


@pytest.fixture(scope="module")
def curves():
    return {rule: recall_curve(rule) for rule in KNOWN}


KNOWN = {  # n50 and n90 of the fit, from 20 seeds; then of accuracy itself, from 200
    "hebb": ((123.1, 48.6), (118.0, 52.4)),
    "delta": ((63.0, 16.5), (58.2, 24.9)),
    "half delta": ((102.9, 32.9), (92.5, 39.3)),
}


@pytest.mark.parametrize("rule", KNOWN)
def test_fitted_capacities_are_the_reference_ones(rule, curves):
    found = capacity(LOADS, curves[rule], LOADS, 1 / LOADS)
    assert_allclose([found[0.5].value, found[0.9].value], KNOWN[rule][0], rtol=0.05)


@pytest.mark.parametrize("rule", KNOWN)
def test_crossings_are_where_accuracy_itself_crosses(rule, curves):
    found = crossings(LOADS, curves[rule], LOADS)
    assert_allclose([found[0.5].value, found[0.9].value], KNOWN[rule][1], rtol=0.04)


@pytest.mark.parametrize("rule", KNOWN)
def test_without_loads_near_chance_the_fit_agrees_with_the_crossings(rule, curves):
    light = curves[rule].mean(0) / LOADS > 1 / 3
    found = capacity(LOADS[light], curves[rule][:, light], LOADS[light], 1 / LOADS[light])
    assert_allclose([found[0.5].value, found[0.9].value], KNOWN[rule][1], rtol=0.07)


def test_crossings_do_not_depend_on_heavier_loads_but_the_fit_does(curves):
    correct, few = curves["delta"], slice(0, 9)
    assert crossings(LOADS, correct, LOADS)[0.9] == crossings(LOADS[few], correct[:, few], LOADS[few])[0.9]
    fits = [capacity(LOADS[s], correct[:, s], LOADS[s], 1 / LOADS[s])[0.9].value for s in (slice(None), few)]
    assert fits[0] < 0.9 * fits[1]


def test_the_delta_rule_identifies_fewer_random_pairs_than_hebb(curves):
    hebb, delta = (crossings(LOADS, curves[rule], LOADS) for rule in ("hebb", "delta"))
    assert delta[0.5].high < hebb[0.5].low
    assert delta[0.9].high < hebb[0.9].low


# The fit


def planted(loads, guess, centre=40.0, width=0.6, lapse=0.04):
    return guess + (1 - guess - lapse) * norm.cdf((math.log(centre) - np.log(loads)) / width)


@pytest.mark.parametrize("guess", [1 / 64, 1 / LOADS, 0.0], ids=["64 candidates", "all stored", "no guessing"])
def test_fit_recovers_a_planted_curve(guess):
    curve = fit_psychometric(LOADS, 1e5 * planted(LOADS, guess), 1e5, guess)
    assert_allclose([curve.centre, curve.width, curve.lapse], [40, 0.6, 0.04], rtol=1e-3)
    assert_allclose(curve.accuracy(LOADS), planted(LOADS, guess), atol=1e-5)


def test_threshold_is_where_the_curve_has_that_accuracy():
    for guess in (1 / 64, 1 / LOADS):
        curve = fit_psychometric(LOADS, 1e5 * planted(LOADS, guess), 1e5, guess)
        assert_allclose(curve.accuracy(curve.threshold(0.5)), 0.5)
        assert_allclose(curve.accuracy(curve.threshold(0.9)), 0.9)


def test_threshold_inverts_the_probit_where_guessing_is_constant():
    curve = fit_psychometric(LOADS, 1e5 * planted(LOADS, 0.02), 1e5, 0.02)
    z = norm.ppf((0.5 - 0.02) / (1 - 0.02 - curve.lapse))
    assert curve.threshold(0.5) == pytest.approx(curve.centre * math.exp(-curve.width * z))


def test_threshold_is_zero_where_lapses_forbid_it_and_infinite_where_guessing_suffices():
    curve = fit_psychometric(LOADS, 1e5 * planted(LOADS, 0.3, lapse=0.08), 1e5, 0.3)
    assert curve.threshold(0.95) == 0
    assert curve.threshold(0.2) == np.inf


@pytest.mark.parametrize("guess", [1 / 64, 1 / LOADS], ids=["64 candidates", "all stored"])
@pytest.mark.parametrize("lapse", [0.0, 0.03, 0.1])
def test_fit_is_as_likely_as_any_that_a_general_search_finds(guess, lapse):
    trials = 200
    correct = np.random.default_rng(2).binomial(trials, planted(LOADS, guess, lapse=lapse))
    curve = fit_psychometric(LOADS, correct, trials, guess)

    def cost(centre, width, lapse):
        share = np.clip(planted(LOADS, guess, centre, width, lapse), 1e-12, 1 - 1e-12)
        return -(correct * np.log(share) + (trials - correct) * np.log1p(-share)).sum()

    box = [(1, 7), (-3, 1), (0, 0.1)]
    found = [
        minimize(lambda x: cost(math.exp(x[0]), math.exp(x[1]), x[2]), (c, -0.5, 0.02), bounds=box) for c in (3, 4)
    ]
    assert cost(curve.centre, curve.width, curve.lapse) < min(f.fun for f in found) + 1e-5


def test_curves_fitted_together_are_those_fitted_alone():
    rng = np.random.default_rng(3)
    correct = rng.binomial(100, planted(LOADS, 0.02), size=(4, LOADS.size))
    together = fit_psychometric(LOADS, correct, 100, 0.02)
    alone = [fit_psychometric(LOADS, one, 100, 0.02).threshold(0.9) for one in correct]
    assert_allclose(together.threshold(0.9), alone, rtol=1e-4)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_fit_survives_data_without_a_fall(share):
    curve = fit_psychometric(LOADS, share * 20 * np.ones(LOADS.size), 20, 1 / 64)
    assert np.isfinite(curve.centre)
    assert (curve.threshold(0.5) > LOADS[-1]) == (share == 1)


# Intervals of capacities


def seeds_of_planted_curve(rng, seeds, guess=1 / 64):
    """Counts whose half-way load differs between seeds by 15 %."""
    centres = 40 * np.exp(0.15 * rng.normal(size=(seeds, 1)))
    return rng.binomial(64, guess + (1 - guess) * norm.cdf(np.log(centres / LOADS) / 0.6))


@pytest.mark.parametrize("measure", ["fit", "crossings"])
def test_interval_covers_the_truth_about_as_often_as_it_says(measure):
    rng, covered = np.random.default_rng(4), 0
    z = norm.ppf((0.5 - 1 / 64) / (1 - 1 / 64)) * math.hypot(0.6, 0.15)
    truth = 40 * math.exp(-z)  # of accuracy averaged over seeds
    for _ in range(100):
        correct = seeds_of_planted_curve(rng, 20)
        guess = {"fit": (1 / 64,), "crossings": ()}[measure]
        found = {"fit": capacity, "crossings": crossings}[measure](LOADS, correct, 64, *guess, resamples=200)
        covered += found[0.5].low <= truth <= found[0.5].high
    assert 86 <= covered <= 99


def test_interval_is_wider_than_that_of_independent_items():
    rng = np.random.default_rng(5)
    low, high = capacity(LOADS, seeds_of_planted_curve(rng, 20), 64, 1 / 64)[0.5][1:]
    apart = rng.binomial(64, planted(LOADS, 1 / 64, lapse=0), size=(20, LOADS.size))
    low_apart, high_apart = capacity(LOADS, apart, 64, 1 / 64)[0.5][1:]
    assert math.log(high / low) > 1.5 * math.log(high_apart / low_apart)


def test_capacity_is_a_function_of_its_seed():
    correct = seeds_of_planted_curve(np.random.default_rng(6), 5)
    once, again, other = (capacity(LOADS, correct, 64, 1 / 64, seed=seed) for seed in (0, 0, 1))
    assert once == again
    assert once[0.5].value == other[0.5].value
    assert once[0.5].low != other[0.5].low


# Crossings


def test_falling_is_isotonic_regression():
    rng = np.random.default_rng(7)
    correct, trials = rng.integers(0, 20, size=(30, 10)), rng.integers(20, 40, size=(30, 10))
    for one, right, asked in zip(falling(correct, trials), correct, trials, strict=True):
        reference = isotonic_regression((right + 0.5) / (asked + 1), weights=asked + 1, increasing=False).x
        assert_allclose(norm.cdf(one), reference, rtol=1e-9)


def test_crossings_of_a_planted_curve_are_good_to_one_percent():
    loads = np.geomspace(5, 320, 11)  # a factor 1.5 apart
    correct = np.broadcast_to(1e6 * planted(loads, 1 / loads, lapse=0), (2, loads.size))
    curve = fit_psychometric(loads, 1e6 * planted(loads, 1 / loads, lapse=0), 1e6, 1 / loads)
    for p, found in crossings(loads, correct, 1e6, levels=(0.2, 0.4, 0.5, 0.7, 0.9)).items():
        assert found.value == pytest.approx(curve.threshold(p), rel=0.01)


def test_crossings_outside_the_loads_are_not_guessed():
    found = crossings([10, 20, 40], [[18, 17, 16], [17, 16, 15]], 20, levels=(0.5, 0.99))
    assert found[0.5].value == np.inf
    assert found[0.99].value == 0


# Intervals


def test_bootstrap_interval_of_a_mean_is_close_to_the_normal_one():
    values = np.random.default_rng(8).normal(size=100)
    value, low, high = bootstrap_interval(values)
    half = 1.96 * values.std() / 10
    assert value == pytest.approx(values.mean())
    assert_allclose([low, high], [value - half, value + half], atol=0.1 * half)


def test_bootstrap_interval_resamples_whole_seeds():
    values = np.random.default_rng(9).normal(size=20)
    one = bootstrap_interval(np.stack([values, 2 * values], 1))
    assert_allclose(one.low[1], 2 * one.low[0])
    assert_allclose(one.high[1], 2 * one.high[0])


def test_bootstrap_interval_takes_any_statistic_and_level():
    values = np.random.default_rng(10).exponential(size=(40, 3))
    narrow, wide = (bootstrap_interval(values, np.median, level=level) for level in (0.5, 0.95))
    assert_allclose(narrow.value, np.median(values, axis=0))
    assert np.all(wide.high - wide.low > narrow.high - narrow.low)


def test_wilson_interval_is_the_known_one():
    known = binomtest(17, 20).proportion_ci(method="wilson")
    assert_allclose(wilson_interval(17, 20), [0.85, known.low, known.high])
    assert wilson_interval(0, 20).low == pytest.approx(0, abs=1e-12)
    assert_allclose(wilson_interval([17, 17], [20, 20]).low, known.low)


# Arguments


BAD = {
    "values_by_seed holds fewer than 2 seeds": lambda: bootstrap_interval([0.5]),
    "resamples is 0; give a whole number": lambda: bootstrap_interval([0.5, 0.6], resamples=0),
    "level is 95; give a value from 0 to 1": lambda: bootstrap_interval([0.5, 0.6], level=95),
    "correct is 21; give 0 up to the trials": lambda: wilson_interval(21, 20),
    "trials is 0": lambda: wilson_interval(0, 0),
    "loads do not grow": lambda: fit_psychometric([8, 4, 16], [1, 1, 1], 2, 0),
    "loads is 0": lambda: fit_psychometric([0, 4, 16], [1, 1, 1], 2, 0),
    "guess is 2": lambda: fit_psychometric([2, 4, 8], [1, 1, 1], 2, 2),
    "does not end in an axis of the 3 loads": lambda: fit_psychometric([2, 4, 8], [1, 1], 2, 0),
    "correct exceeds trials": lambda: fit_psychometric([2, 4, 8], [3, 1, 1], 2, 0),
    "correct_by_seed holds fewer than 2 seeds": lambda: capacity([2, 4, 8], [[1, 1, 1]], 2, 0),
    "trials_by_load is 0 at a load": lambda: crossings([2, 4, 8], [[0, 0, 0]] * 2, [0, 1, 1]),
}


@pytest.mark.parametrize("message", BAD)
def test_a_bad_argument_is_named_with_its_remedy(message):
    with pytest.raises(ValueError, match=message):
        BAD[message]()
