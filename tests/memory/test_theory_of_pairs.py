"""Similar keys, corrupted cues, repeated passes, streams, attention and spikes: formulas against plain simulation."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

from plastic.memory.theory import (
    HEBB_GAUSSIAN_BITS,
    HEBB_SIGN_BITS,
    LinearRow,
    best_delta_rate,
    best_hebbian_lifetime,
    best_time_constant,
    correlated_crosstalk,
    correlated_load_at_snr,
    correlated_snr,
    crossover_load,
    crosstalk,
    decayed_hebbian_lifetime,
    delta_lifetime,
    delta_lifetime_at_rate,
    energy_after,
    exponential_hopfield_load,
    from_corrupted_cue,
    hebbian_snr,
    lifetime,
    polynomial_hopfield_load,
    ramsauer_base,
    ramsauer_load,
    random_survival,
    repeated_passes_error,
    retained_energy,
    ridge_snr_from_corrupted_cue,
    scaled_softmax_load,
    sequential_survival,
    signal_and_power,
    slot_accuracy,
    slot_capacity,
    snr_by_lag,
    snr_from_corrupted_cue,
    softmax_load,
    softmax_snr,
    spiking_noise,
    spiking_snr,
    stream_bits_gaussian,
    stream_bits_sign,
    target_weight,
    teacher_error,
)
from tests.memory.test_theory import DECAYED, DELTA, HALF_DELTA, HALF_GATED, HEBB, read, signs, sphere_keys, written


def regressed_snr(recalled, values):
    """Signal over noise power of answers [..., d_v], averaged over all."""
    signal, size = (recalled * values).mean() / (values**2).mean(), (values**2).mean()
    return signal**2 / ((recalled**2).mean() / size - signal**2)


# Similar keys


def similar_keys(rng, seeds, load, d, similarity):
    common, own = sphere_keys(rng, seeds, 1, d), rng.normal(size=(seeds, load, d))
    own -= (own * common).sum(-1, keepdims=True) * common
    own /= np.linalg.norm(own, axis=-1, keepdims=True)
    return math.sqrt(similarity) * common + math.sqrt(1 - similarity) * own


KNOWN_SIMILAR = [(64, 0.1, 1.032), (16, 0.3, 1.41), (64, 0.3, 5.91)]  # load, cosine and noise, d = 128


@pytest.mark.parametrize(("load", "similarity", "noise"), KNOWN_SIMILAR)
def test_similar_keys_interfere(load, similarity, noise):
    assert correlated_crosstalk(load, 128, similarity) == pytest.approx(noise, abs=4e-3)
    rng = np.random.default_rng(load)
    keys, values = similar_keys(rng, 60, load, 128, similarity), signs(rng, 60, load, 32)
    found = read(values.transpose(0, 2, 1) @ keys, keys)
    assert ((found - values) ** 2).mean() == pytest.approx(noise, rel=0.06)


def test_keys_without_similarity_interfere_as_random_ones():
    assert_allclose(correlated_crosstalk(50, 65, 0), crosstalk(50, 64))


def test_similar_keys_limit_the_load_however_many_synapses():
    loads = correlated_load_at_snr(1, [1e2, 1e4, 1e8], 0.3)
    assert np.all(np.diff(loads) > 0)
    assert loads[-1] == pytest.approx(1 + 1 / 0.09, rel=1e-4)
    assert_allclose(correlated_snr(loads, [1e2, 1e4, 1e8], 0.3), 1)


# Corrupted cues


CORRUPT = {"noise": (0.02, 0.0), "silence": (0.0, 0.4), "both": (0.01, 0.3)}


def corrupted(rng, keys, noise, silent):
    cells = keys.shape[-1]
    kept = rng.random(keys.shape).argsort(-1) >= round(silent * cells)
    return keys * kept + math.sqrt(noise) * rng.normal(size=keys.shape)


@pytest.mark.parametrize("cue", CORRUPT)
@pytest.mark.parametrize("row", [HEBB, DECAYED, DELTA, HALF_GATED], ids=["hebb", "decayed", "delta", "half gated"])
def test_a_corrupted_cue_costs_a_linear_rule_what_theory_says(row, cue):
    rng, d, load = np.random.default_rng(1), 20, 24
    noise, silent = CORRUPT[cue]
    keys, values = sphere_keys(rng, 500, load, d), signs(rng, 500, load, 16)
    found = read(written(row, keys, values), corrupted(rng, keys, noise, silent))[:, ::-1]
    whole = signal_and_power(row, d, np.arange(load), load)
    signal, power = from_corrupted_cue(*whole, energy_after(row, d, load), d, noise, silent)
    assert_allclose((found * values[:, ::-1]).mean((0, 2)), signal, atol=0.05)
    assert (found * values[:, ::-1]).mean() == pytest.approx(signal.mean(), rel=0.02)
    assert_allclose((found**2).mean((0, 2)), power, rtol=0.1)
    assert (found**2).mean() == pytest.approx(power.mean(), rel=0.02)
    asked = snr_from_corrupted_cue(row, d, np.arange(load), load, noise, silent)
    assert_allclose(asked, signal**2 / (power - signal**2))


def test_a_noisy_cue_adds_the_energy_of_a_row():
    assert_allclose(1 / snr_from_corrupted_cue(HEBB, 32, 0, 20, noise=0.05), 19 / 32 + 0.05 * 20)
    assert energy_after(HEBB, 32, 20) == 20
    assert energy_after(HALF_DELTA, 64) == pytest.approx(0.5 * 64 / 1.5)


def test_a_whole_cue_costs_nothing():
    lags = np.arange(30)
    assert_allclose(snr_from_corrupted_cue(DELTA, 32, lags), snr_by_lag(DELTA, 32, lags))


@pytest.mark.parametrize("load", [40, 96, 160])
@pytest.mark.parametrize("cue", CORRUPT)
def test_the_pseudo_inverse_amplifies_the_noise_of_a_cue(cue, load):
    rng, d = np.random.default_rng(2), 64
    keys, values = sphere_keys(rng, 60, load, d), signs(rng, 60, load, 16)
    found = corrupted(rng, keys, *CORRUPT[cue]) @ (np.linalg.pinv(keys) @ values)
    expected = ridge_snr_from_corrupted_cue(load, d, *CORRUPT[cue])
    assert regressed_snr(found, values) == pytest.approx(expected, rel=0.07)


# The delta rule, its teacher and its passes


@pytest.mark.parametrize("eta", [0.5, 1.0])
def test_error_at_a_teachers_keys_by_lag(eta):
    rng, d, writes = np.random.default_rng(3), 16, 24
    keys, teacher = sphere_keys(rng, 400, writes, d), rng.normal(size=(400, 8, d))
    values = read(teacher, keys)
    left = read(written(LinearRow(1, eta, eta), keys, values), keys) - values
    measured = (left**2).mean((0, 2))[::-1]
    assert_allclose(measured, teacher_error(np.arange(writes), writes, d, eta), rtol=0.12, atol=1e-12)
    assert retained_energy(writes, d, eta) == pytest.approx((1 - (2 * eta - eta**2) / d) ** writes)


def test_newest_pair_of_a_teacher_is_exact_for_the_delta_rule():
    assert teacher_error(0, 40, 32) == 0
    assert teacher_error(1, 40, 32) == pytest.approx((1 - 1 / 32) ** 39 / 34)


KNOWN_PASSES = {48: [0.45, 0.25, 0.091, 0.006], 60: [0.56, 0.36, 0.19, 0.065]}  # after 1, 2, 5 and 20, d = 64


@pytest.mark.parametrize("load", KNOWN_PASSES)
def test_error_after_repeated_passes(load):
    found = repeated_passes_error(load, 64, [1, 2, 5, 20], draws=40)
    assert_allclose(found, KNOWN_PASSES[load], atol=0.03)


def test_first_pass_is_that_of_the_recursion():
    for load in (32, 60):
        signal, power = signal_and_power(DELTA, 64, np.arange(load), writes=load)
        expected = (1 - 2 * signal + power).mean()
        assert repeated_passes_error(load, 64, 1, draws=60) == pytest.approx(expected, rel=0.02)


@pytest.mark.parametrize("eta", [0.5, 1.0])
def test_passes_are_those_of_a_simulated_rule(eta):
    rng, load, d = np.random.default_rng(4), 10, 16
    keys, values = sphere_keys(rng, 300, load, d), signs(rng, 300, load, 8)
    for passes in (1, 3):
        weights = written(LinearRow(1, eta, eta), np.tile(keys, (1, passes, 1)), np.tile(values, (1, passes, 1)))
        error = ((read(weights, keys) - values) ** 2).mean()
        assert repeated_passes_error(load, d, passes, eta, draws=300) == pytest.approx(error, rel=0.08)


def test_passes_over_no_more_pairs_than_dimensions_converge():
    errors = repeated_passes_error(32, 64, [0, 1, 2, 5, 20, 100])
    assert errors[0] == pytest.approx(1)
    assert np.all(np.diff(errors) < 0)
    assert errors[-1] < 1e-6


# The best of a stream


@pytest.mark.parametrize("threshold", [0.5, 1, 4, 9])
def test_no_decay_outlives_the_best(threshold):
    tried = decayed_hebbian_lifetime(np.geomspace(0.3, 1000, 20000), 64, threshold).max()
    assert best_hebbian_lifetime(64, threshold) == pytest.approx(tried, rel=1e-4)
    asymptote = decayed_hebbian_lifetime(best_time_constant(64, threshold), 64, threshold)
    assert best_hebbian_lifetime(64, threshold) == pytest.approx(asymptote, rel=0.02)


@pytest.mark.parametrize("threshold", [1, 4, 9])
def test_no_rate_of_the_delta_rule_outlives_the_best(threshold):
    rates = np.linspace(0.3, 1, 71)
    lives = [lifetime(LinearRow(1, eta, eta), 64, threshold) for eta in rates]
    best = float(best_delta_rate(threshold))
    assert best == pytest.approx(rates[np.argmax(lives)], abs=0.02)
    assert lifetime(LinearRow(1, best, best), 64, threshold) == pytest.approx(
        delta_lifetime_at_rate(best, 64, threshold), rel=0.02
    )


def test_delta_rule_with_its_best_rate_outlives_tuned_decay_but_eta_one_does_not():
    best = float(best_delta_rate(1))
    assert best == pytest.approx(0.627, abs=1e-3)
    assert lifetime(LinearRow(1, best, best), 64, 1) > 1.15 * best_hebbian_lifetime(64, 1)
    assert delta_lifetime(64, 1) < best_hebbian_lifetime(64, 1)
    assert_allclose(delta_lifetime_at_rate(1, 1e6, [1, 4]), delta_lifetime(1e6, [1, 4]), rtol=1e-4)


def test_rate_that_never_reaches_the_threshold_has_no_lifetime():
    assert delta_lifetime_at_rate(0.1, 64, 4) == 0


def test_bits_of_a_stream_are_summed_over_its_lags():
    lags = np.arange(3000)
    bits = 0.5 * np.log2(1 + snr_by_lag(DECAYED, 64, lags)).sum() / 64
    assert stream_bits_gaussian(DECAYED, 64) == pytest.approx(bits, rel=1e-6)
    assert stream_bits_gaussian(DELTA, 64) == np.inf


def test_slow_streams_hold_as_many_bits_as_endless_lists():
    slow = LinearRow(decay=math.exp(-1 / 4000))
    assert stream_bits_gaussian(slow, 64) == pytest.approx(HEBB_GAUSSIAN_BITS, rel=0.02)
    assert stream_bits_sign(slow, 64) == pytest.approx(HEBB_SIGN_BITS, rel=0.02)
    assert pytest.approx((0.459, 0.721), abs=1e-3) == (HEBB_SIGN_BITS, HEBB_GAUSSIAN_BITS)


def test_delta_rule_holds_more_bits_of_a_stream_of_signs_than_hebb_ever_does():
    assert stream_bits_sign(HALF_DELTA, 64) == pytest.approx(0.5085, abs=1e-3)
    assert stream_bits_sign(HALF_DELTA, 64) > HEBB_SIGN_BITS


# Softmax


KNOWN_WEIGHTS = [(16, 33, 0.510), (32, 173, 0.506), (64, 1808, 0.500)]  # d, load, simulated weight of the right pair


@pytest.mark.parametrize(("d", "load", "weight"), KNOWN_WEIGHTS)
def test_softmax_gives_the_right_pair_half_its_weight_at_n50(d, load, weight):
    assert scaled_softmax_load(d) == pytest.approx(1 + math.exp(math.sqrt(d) - 0.5))
    assert scaled_softmax_load(d) == pytest.approx(load, rel=0.04)
    assert target_weight(load, d, math.sqrt(d)) == pytest.approx(weight, abs=6e-3)
    rng, seeds = np.random.default_rng(d), 60
    keys = rng.normal(size=(seeds, load, d))
    logits = np.einsum("snd,sd->sn", keys, keys[:, 0]) / math.sqrt(d)
    own = 1 / np.exp(logits - logits[:, :1]).sum(1)
    assert own.mean() == pytest.approx(weight, abs=0.12)  # one cue of each seed: own logits vary by 1.4


def test_softmax_load_is_largest_where_beta_is_d():
    betas = np.arange(1.0, 80.0)
    assert betas[softmax_load(32, betas).argmax()] == 32
    assert softmax_load(32, 32) == pytest.approx(1 + math.exp(16))


@pytest.mark.parametrize("beta", [2.0, 6.0])
def test_softmax_answer_has_the_noise_theory_says(beta):
    rng, seeds, load, d = np.random.default_rng(5), 40, 400, 32
    keys, values = sphere_keys(rng, seeds, load, d), signs(rng, seeds, load, 16)
    weights = np.exp(beta * (keys @ keys.transpose(0, 2, 1) - 1))
    found = weights @ values / weights.sum(-1, keepdims=True)
    own = weights[0, 0, 0] / weights.sum(-1)
    assert own.mean() == pytest.approx(target_weight(load, d, beta), rel=0.1)
    noise = found - own[..., None] * values
    assert (own**2).mean() / (noise**2).mean() == pytest.approx(softmax_snr(load, d, beta), rel=0.15)


def test_modern_hopfield_bounds_are_the_published_ones():
    base = [ramsauer_base(np.array(d), np.array(0.001), np.array(k**2)) for d, k in ((75.0, 1.0), (20.0, 3.0))]
    assert_allclose(base, [1.37, 3.15], atol=5e-3)
    assert ramsauer_load(20, 0.001, 3) == pytest.approx(math.sqrt(0.001) * base[1] ** (19 / 4))
    assert polynomial_hopfield_load(100, 2) == pytest.approx(100 / (2 * math.log(100)))
    assert polynomial_hopfield_load(100, 3) == pytest.approx(100**2 / (6 * math.log(100)))
    assert exponential_hopfield_load(10) == 32


# Spikes


KNOWN_SPIKES = {50: [1.08, 3.53, 6.46], 200: [0.30, 0.93, 1.63]}  # SNR at .2, 1 and 5 spikes, 40 of 400 cells active


@pytest.mark.parametrize("load", KNOWN_SPIKES)
def test_spiking_snr_is_the_known_one(load):
    assert_allclose(spiking_snr(load, 400, 40, [0.2, 1, 5]), KNOWN_SPIKES[load], atol=5e-3)


@pytest.mark.parametrize("written_spikes", [np.inf, 2.0])
@pytest.mark.parametrize("spikes", [0.5, 4.0])
def test_spiking_snr_is_that_of_a_simulated_readout(spikes, written_spikes):
    rng, seeds, load, d, a = np.random.default_rng(6), 60, 30, 200, 20
    keys = (rng.random((seeds, load, d)).argsort(-1) < a).astype(float)
    values = signs(rng, seeds, load, 32)
    stored = keys if np.isinf(written_spikes) else rng.poisson(written_spikes * keys) / written_spikes
    cue = rng.poisson(spikes * keys) / spikes
    found = (cue - a / d) @ ((stored - a / d).transpose(0, 2, 1) @ values)
    assert regressed_snr(found, values) == pytest.approx(spiking_snr(load, d, a, spikes, written_spikes), rel=0.06)


def test_spiking_noise_without_spikes_is_crosstalk():
    noise = spiking_noise(50, 400, 40, np.inf)
    assert_allclose(noise, [crosstalk(50, 400), 0, 0])
    assert spiking_snr(50, 400, 40, np.inf) == pytest.approx(hebbian_snr(50, 400))


def test_a_single_pairs_snr_is_its_number_of_spikes():
    assert spiking_snr(1, 400, 40, 0.7) == pytest.approx(40 * 0.7)


def test_at_the_crossover_load_both_noises_are_equal():
    load = crossover_load(400, 40, 3.0)
    noise = spiking_noise(load, 400, 40, 3.0)
    assert noise.crosstalk + noise.shot_of_crosstalk == pytest.approx(noise.shot)
    assert crossover_load(1e5, 40, 50.0) == pytest.approx(1 + 1e5 / (40 * 50), rel=0.03)


# Slots


def slots_written(rng, seeds, load, slots, chance):
    """Which pair each slot holds, [seeds, slots]; -1 for none."""
    held = np.full((seeds, slots), -1)
    for pair in range(load):
        held = np.where(rng.random((seeds, slots)) < chance, pair, held)
    return held


def test_random_slots_forget_as_theory_says():
    held = slots_written(np.random.default_rng(7), 4000, 12, 40, 0.1)
    survived = [(held == 11 - lag).any(1).mean() for lag in range(12)]
    assert_allclose(survived, random_survival(np.arange(12), 40, 0.1), atol=0.02)


def test_slots_in_turn_hold_as_many_pairs_as_there_are():
    assert_allclose(sequential_survival([0, 39, 40], 40), [1, 1, 0])
    assert 0.9 <= slot_capacity(40) / 40 <= 1.1


def test_random_slots_hold_far_fewer():
    assert 0.1 <= slot_capacity(40, chance=4 / 40) / 40 <= 0.2
    assert slot_accuracy(0) == 0.5


BAD = {
    "similarity is 2": lambda: correlated_crosstalk(4, 32, 2),
    "noise is -1": lambda: snr_from_corrupted_cue(DELTA, 32, 0, noise=-1),
    "silent is 2": lambda: snr_from_corrupted_cue(DELTA, 32, 0, silent=2),
    "never settles": lambda: stream_bits_sign(HEBB, 32),
    "eta is 2; give a value between 0 and 2": lambda: delta_lifetime_at_rate(2, 32, 1),
    "lag is 9; give a value from 0 to 4": lambda: teacher_error(9, 5, 32),
    "passes is 0.5": lambda: repeated_passes_error(4, 8, 0.5),
    "beta is 0": lambda: softmax_load(32, 0),
    "failure is 0": lambda: ramsauer_load(32, 0),
    "order is 1": lambda: polynomial_hopfield_load(32, 1),
    "active is 400; give 1 or more, fewer than d": lambda: spiking_snr(5, 400, 400, 1),
    "spikes is 0": lambda: spiking_snr(5, 400, 40, 0),
    "chance is 1.5": lambda: random_survival(2, 10, 1.5),
    "slots is 0": lambda: slot_capacity(0),
}


@pytest.mark.parametrize("message", BAD)
def test_a_bad_argument_is_named_with_its_remedy(message):
    with pytest.raises(ValueError, match=message):
        BAD[message]()
