"""The closed forms against the numbers they are known by, against each other and against plain simulation."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

from plastic.memory.theory import (
    LinearRow,
    argmax_accuracy,
    best_time_constant,
    bit_accuracy,
    bit_accuracy_by_lag,
    bits_per_synapse_argmax,
    bits_per_synapse_gaussian,
    bits_per_synapse_sign,
    crosstalk,
    decayed_hebbian_lifetime,
    delta_lifetime,
    delta_overlap,
    energy_kept,
    hebbian_snr,
    lifetime,
    load_at_snr,
    mean_bit_accuracy,
    overwriting,
    ridge_bit_accuracy,
    ridge_error,
    ridge_row_energy,
    signal_and_power,
    snr_by_lag,
    steady_energy,
    symbol_accuracy,
)

HEBB, DECAYED = LinearRow(), LinearRow(decay=0.985)
DELTA, HALF_DELTA = LinearRow(1, 1, 1), LinearRow(1, 0.5, 0.5)
GATED, HALF_GATED = LinearRow(0.985, 1, 1), LinearRow(0.985, 0.5, 0.5)
UNEQUAL = LinearRow(decay=0.97, erase=0.3, write=0.8)
ROWS = {
    "hebb": HEBB, "decayed": DECAYED, "delta": DELTA, "half delta": HALF_DELTA, "gated": GATED,
    "half gated": HALF_GATED, "unequal": UNEQUAL,
}  # fmt: skip
each_row = pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)


# A simulation that shares nothing with the formulas


def sphere_keys(rng, *shape):
    keys = rng.normal(size=shape)
    return keys / np.linalg.norm(keys, axis=-1, keepdims=True)


def signs(rng, *shape):
    return rng.choice([-1.0, 1.0], size=shape)


def written(row, keys, values, primer=False):
    """W [seeds, d_v, d] after the pairs were written one by one."""
    weights = np.zeros((len(keys), values.shape[-1], keys.shape[-1]))
    for key, value in zip(np.moveaxis(keys, 1, 0), np.moveaxis(values, 1, 0), strict=True):
        before = weights
        weights = row.decay * weights
        predicted = np.einsum("sij,sj->si", before if primer else weights, key)
        weights += (row.write * value - row.erase * predicted)[:, :, None] * key[:, None, :]
    return weights


def read(weights, keys):
    return keys @ weights.transpose(0, 2, 1)


def right_signs(recalled, values):
    return (recalled > 0) == (values > 0)


def stream(row, load, d, d_v, seeds=40, primer=False):
    """Recalled and true values [seeds, lags, d_v], newest first."""
    rng = np.random.default_rng(1)
    keys, values = sphere_keys(rng, seeds, load, d), signs(rng, seeds, load, d_v)
    return read(written(row, keys, values, primer), keys)[:, ::-1], values[:, ::-1]


# Hebb


def test_hebbian_bit_accuracy_at_as_many_pairs_as_dimensions():
    assert bit_accuracy(hebbian_snr(64, 64)) == pytest.approx(0.8433, abs=1e-4)
    recalled, values = stream(HEBB, 64, 64, 64)
    assert right_signs(recalled, values).mean() == pytest.approx(0.8433, abs=0.003)


@pytest.mark.parametrize("load", [16, 32, 128])
@pytest.mark.parametrize("d", [16, 32])
def test_hebbian_bit_accuracy_is_exact_to_two_thousandths(load, d):
    recalled, values = stream(HEBB, load, d, 128, seeds=100)
    assert right_signs(recalled, values).mean() == pytest.approx(bit_accuracy(hebbian_snr(load, d)), abs=0.002)


def test_sparse_keys_under_the_covariance_rule_interfere_as_dense_ones_do():
    rng, load, d, active = np.random.default_rng(2), 64, 200, 20
    keys = rng.random((40, load, d)).argsort(-1).argsort(-1) < active
    values = rng.normal(size=(40, load, 32))
    recalled = keys @ ((keys - active / d).transpose(0, 2, 1) @ values)
    signal = (recalled * values).mean() / (values**2).mean()
    snr = signal**2 / ((recalled - signal * values) ** 2).mean()
    assert snr == pytest.approx(hebbian_snr(load, d), rel=0.05)


def test_load_at_snr_inverts_the_snr():
    loads = np.array([2, 10, 100])
    assert_allclose(load_at_snr(hebbian_snr(loads, 32), 32), loads)


def test_one_pair_is_recalled_without_noise():
    assert crosstalk(1, 32) == 0
    assert hebbian_snr(1, 32) == np.inf
    assert bit_accuracy(hebbian_snr(1, 32)) == 1


def test_crosstalk_is_the_noise_of_a_hebbian_matrix():
    recalled, values = stream(HEBB, 40, 32, 64)
    assert ((recalled - values) ** 2).mean() == pytest.approx(crosstalk(40, 32), rel=0.02)


# Argmax


KNOWN_ARGMAX = [  # load, d, theory, simulation
    (128, 64, 0.980, 0.983),
    (256, 64, 0.742, 0.761),
    (512, 64, 0.301, 0.338),
    (256, 128, 0.981, 0.981),
]


@pytest.mark.parametrize(("load", "d", "theory", "simulated"), KNOWN_ARGMAX)
def test_argmax_accuracy_among_the_stored_values(load, d, theory, simulated):
    assert argmax_accuracy(load, d, 64) == pytest.approx(theory, abs=6e-4)
    rng = np.random.default_rng(load + d)
    keys, values = sphere_keys(rng, 20, load, d), signs(rng, 20, load, 64)
    scores = read(written_at_once(keys, values), keys) @ values.transpose(0, 2, 1)
    assert (scores.argmax(-1) == np.arange(load)).mean() == pytest.approx(simulated, abs=0.01)


def written_at_once(keys, values):
    return values.transpose(0, 2, 1) @ keys


@pytest.mark.parametrize("load", [32, 128, 256])
def test_argmax_accuracy_among_new_values(load):
    rng, d = np.random.default_rng(load), 32
    keys, values, foils = sphere_keys(rng, 40, load, d), signs(rng, 40, load, d), signs(rng, 40, 63, d)
    recalled = read(written_at_once(keys, values), keys)
    wins = (recalled * values).sum(-1) > (recalled @ foils.transpose(0, 2, 1)).max(-1)
    expected = argmax_accuracy(load, d, d, candidates=64, foils="new")
    assert -0.01 < wins.mean() - expected < 0.05  # low, as the formula says of itself


def test_more_candidates_are_harder_and_one_is_certain():
    accuracies = argmax_accuracy(200, 32, 32, candidates=[1, 1.5, 2, 20, 200])
    assert accuracies[0] == pytest.approx(1)
    assert np.all(np.diff(accuracies) < 0)


def test_stored_foils_are_harder_than_new_ones():
    assert argmax_accuracy(100, 32, 32) < argmax_accuracy(100, 32, 32, candidates=100, foils="new")


def test_argmax_accuracy_takes_arrays_of_loads():
    loads = np.array([1, 16, 64])
    assert_allclose(argmax_accuracy(loads, 32, 32), [argmax_accuracy(n, 32, 32) for n in loads])


@pytest.mark.parametrize(("symbols", "theory", "simulated"), [(4, 0.678, 0.693), (16, 0.832, 0.842)])
def test_symbols_shared_by_many_pairs(symbols, theory, simulated):
    load, d, rng = 128, 64, np.random.default_rng(symbols)
    assert symbol_accuracy(load, d, symbols) == pytest.approx(theory, abs=6e-4)
    keys, labels = sphere_keys(rng, 200, load, d), np.arange(load) % symbols
    values = np.broadcast_to(np.eye(symbols)[labels], (200, load, symbols))
    recalled = read(written_at_once(keys, values), keys)
    assert (recalled.argmax(-1) == labels).mean() == pytest.approx(simulated, abs=0.015)


# Every linear rule


@each_row
def test_signal_and_power_are_those_of_a_simulated_stream(row):
    recalled, values = stream(row, 48, 16, 32, seeds=200)
    signal, power = signal_and_power(row, 16, np.arange(48), writes=48)
    assert_allclose((recalled * values).mean((0, 2)), signal, atol=0.05)
    assert_allclose((recalled**2).mean((0, 2)), power, rtol=0.12)
    assert (recalled**2).mean() == pytest.approx(power.mean(), rel=0.02)


@each_row
def test_bit_accuracy_by_lag_is_that_of_a_simulated_stream(row):
    recalled, values = stream(row, 80, 32, 64, seeds=60)
    error = right_signs(recalled, values).mean((0, 2)) - bit_accuracy_by_lag(row, 32, np.arange(80), writes=80)
    assert np.abs(error).max() < 0.04
    assert abs(error.mean()) < 0.004


KNOWN_BY_LAG = {  # lags 0, 10, 40 and 150 of 160 pairs, d = 64: theory, simulation
    "decayed": ([0.920, 0.886, 0.777, 0.557], [0.928, 0.892, 0.781, 0.553]),
    "delta": ([1.000, 0.954, 0.741, 0.539], [1.000, 0.965, 0.752, 0.551]),
    "half delta": ([0.970, 0.923, 0.804, 0.615], [0.975, 0.933, 0.806, 0.626]),
}


@pytest.mark.parametrize("name", KNOWN_BY_LAG)
def test_forgetting_curve_of_a_list_of_160(name):
    theory, simulated = KNOWN_BY_LAG[name]
    expected = bit_accuracy_by_lag(ROWS[name], 64, np.arange(160), writes=160)
    assert_allclose(expected[[0, 10, 40, 150]], theory, atol=6e-4)
    recalled, values = stream(ROWS[name], 160, 64, 64)
    measured = right_signs(recalled, values).mean((0, 2))
    assert_allclose(measured[[0, 10, 40, 150]], simulated, atol=0.03)
    assert np.abs(measured - expected).max() < 0.03
    assert abs(measured.mean() - expected.mean()) < 0.003


def test_recency_slope_is_twice_the_rate_of_decay_or_of_the_delta_rules_own_forgetting():
    assert slope_of_log_snr(DECAYED) == pytest.approx(2 * math.log(0.985), rel=0.1)
    assert slope_of_log_snr(DELTA, first=128) == pytest.approx(-2 / 64, rel=0.1)


def slope_of_log_snr(row, first=20):
    lags = np.arange(first, first + 100)
    return np.polyfit(lags, np.log(snr_by_lag(row, 64, lags)), 1)[0]


KNOWN_LISTS = {  # mean bit accuracy at loads 16, 32, 64 and 128, d = d_v = 64, simulated
    "hebb": [0.981, 0.926, 0.847, 0.761],
    "delta": [0.986, 0.931, 0.829, 0.706],
    "half delta": [0.990, 0.951, 0.872, 0.769],
}


@pytest.mark.parametrize("name", KNOWN_LISTS)
def test_mean_bit_accuracy_of_lists(name):
    expected = [mean_bit_accuracy(ROWS[name], 64, load) for load in (16, 32, 64, 128)]
    assert_allclose(expected, KNOWN_LISTS[name], atol=0.005)
    for load, accuracy in zip((16, 128), (expected[0], expected[-1]), strict=True):
        assert right_signs(*stream(ROWS[name], load, 64, 64)).mean() == pytest.approx(accuracy, abs=0.005)


@each_row
def test_a_row_is_its_recursion_step_by_step(row):
    d, writes = 16, 30
    energy, signal, power = 0.0, np.zeros(0), np.zeros(0)
    for _ in range(writes):
        e, kept, noise = row.erase, row.decay**2, row.write**2 / d
        power = kept * power * (1 - 2 * e / d + 2 * e**2 / (d * (d + 2))) + noise
        power = np.append(power + kept * e**2 * energy / (d * (d + 2)), row.write**2 + kept * (1 - e) ** 2 * energy / d)
        signal = np.append(signal * row.decay * (1 - e / d), row.write)
        energy = kept * energy * (1 - (2 * e - e**2) / d) + row.write**2
    assert_allclose(signal_and_power(row, d, np.arange(writes), writes), [signal[::-1], power[::-1]], rtol=1e-12)


@pytest.mark.parametrize("row", [DECAYED, DELTA, HALF_GATED, UNEQUAL])
def test_a_long_list_reaches_the_steady_state(row):
    lags = np.arange(20)
    assert_allclose(signal_and_power(row, 16, lags, writes=2000), signal_and_power(row, 16, lags), rtol=1e-9)


def test_steady_energy_of_the_delta_rule_and_of_decayed_hebb():
    assert steady_energy(HALF_DELTA, 64) == pytest.approx(0.5 * 64 / (2 - 0.5))
    assert steady_energy(LinearRow(0.9, 0, 0.7), 64) == pytest.approx(0.49 / (1 - 0.81))


def test_a_row_that_forgets_nothing_is_hebb():
    assert_allclose(snr_by_lag(HEBB, 32, np.arange(50), writes=50), hebbian_snr(50, 32))
    assert mean_bit_accuracy(HEBB, 32, 50) == pytest.approx(bit_accuracy(hebbian_snr(50, 32)))


def test_steady_snr_of_decayed_hebb_has_a_closed_form():
    lags, kept = np.arange(60), 0.985 ** (2 * np.arange(60))
    closed = 64 * (1 - 0.985**2) * kept / (1 - kept * (1 - 0.985**2))
    assert_allclose(snr_by_lag(DECAYED, 64, lags), closed, rtol=1e-9)


def test_steady_power_of_the_delta_rule_is_one():
    signal, power = signal_and_power(DELTA, 32, np.arange(100))
    assert_allclose(power, 1)
    assert_allclose(signal, delta_overlap(np.arange(100), 32))


def test_error_taken_before_the_decay_erases_more():
    primer = LinearRow(decay=0.9, erase=0.6, write=0.6)
    recalled, values = stream(primer, 48, 16, 32, seeds=200, primer=True)
    signal, power = signal_and_power(LinearRow(0.9, 0.6 / 0.9, 0.6), 16, np.arange(48), writes=48)
    assert_allclose((recalled * values).mean((0, 2)), signal, atol=0.03)
    assert (recalled**2).mean() == pytest.approx(power.mean(), rel=0.02)


def test_in_one_dimension_the_delta_rule_knows_only_the_newest():
    signal, power = signal_and_power(DELTA, 1, [0, 1, 2])
    assert_allclose(signal, [1, 0, 0])
    assert_allclose(power, [1, 1, 1])


# Lifetimes


KNOWN_LIFETIMES = [(1, 23.5, 22.2), (4, 5.9, 7.1), (9, 2.6, 3.4)]  # SNR, tuned Hebb and delta for large d


@pytest.mark.parametrize(("threshold", "hebb", "delta"), KNOWN_LIFETIMES)
def test_tuned_decay_and_delta_rule_live_about_equally_long(threshold, hebb, delta):
    tuned = best_time_constant(64, threshold)
    assert tuned / 2 == pytest.approx(hebb, abs=0.05)  # d / (e threshold)
    assert 32 * math.log(1 + 1 / threshold) == pytest.approx(delta, abs=0.05)
    assert decayed_hebbian_lifetime(tuned, 64, threshold) == pytest.approx(hebb, abs=0.2)
    assert delta_lifetime(64, threshold) == pytest.approx(delta, abs=0.2)


def test_lifetimes_for_large_d_are_the_simple_formulas():
    d, threshold, tau = 1e6, 4, 2e5
    assert decayed_hebbian_lifetime(tau, d, threshold) == pytest.approx(
        tau / 2 * math.log(2 * d / (tau * threshold)), rel=1e-4
    )
    assert delta_lifetime(d, threshold) == pytest.approx(d / 2 * math.log(1 + 1 / threshold), rel=1e-4)
    assert decayed_hebbian_lifetime(best_time_constant(d, threshold), d, threshold) == pytest.approx(
        d / (math.e * threshold), rel=1e-4
    )


@pytest.mark.parametrize("threshold", [0.5, 1, 4])
def test_no_time_constant_is_much_better_than_the_best(threshold):
    others = decayed_hebbian_lifetime(np.geomspace(1, 1000, 500), 64, threshold).max()
    assert others <= 1.02 * decayed_hebbian_lifetime(best_time_constant(64, threshold), 64, threshold)


@pytest.mark.parametrize("threshold", [0.5, 1, 4])
def test_lifetimes_are_read_off_the_steady_curve(threshold):
    assert lifetime(DELTA, 64, threshold) == pytest.approx(delta_lifetime(64, threshold))
    decayed = decayed_hebbian_lifetime(-1 / math.log(0.985), 64, threshold)
    assert lifetime(DECAYED, 64, threshold) == pytest.approx(decayed, abs=0.05)


def test_lifetime_lies_between_the_last_lag_above_the_threshold_and_the_next():
    found = lifetime(HALF_GATED, 64, 1.0)
    above, below = snr_by_lag(HALF_GATED, 64, [math.floor(found), math.ceil(found)])
    assert above >= 1 > below


def test_lifetime_is_zero_if_even_the_newest_item_is_too_noisy():
    assert lifetime(DECAYED, 64, 9) == 0
    assert decayed_hebbian_lifetime(100, 64, 9) == 0
    assert_allclose(lifetime(DELTA, 64, [1, 4]), delta_lifetime(64, [1, 4]))


# The delta rule as a product of projections


def test_delta_overlap_decays_as_one_minus_one_over_d():
    assert delta_overlap(0, 32) == 1
    assert delta_overlap(64, 64) == pytest.approx(math.exp(-1), rel=0.01)
    recalled, values = stream(DELTA, 60, 32, 32, seeds=200)
    assert_allclose((recalled * values).mean((0, 2)), delta_overlap(np.arange(60), 32), atol=0.06)


def test_delta_rule_recalls_the_newest_item_exactly():
    recalled, values = stream(DELTA, 30, 16, 16)
    assert_allclose(recalled[:, 0], values[:, 0], atol=1e-9)


def test_delta_rule_recalls_every_orthonormal_key_exactly():
    values = signs(np.random.default_rng(3), 1, 16, 16)
    assert_allclose(read(written(DELTA, np.eye(16)[None], values), np.eye(16)[None]), values)


@pytest.mark.parametrize("eta", [0.5, 1.0])
def test_each_write_removes_its_share_of_a_teachers_weights(eta):
    row, rng = LinearRow(1, eta, eta), np.random.default_rng(4)
    keys, teacher = sphere_keys(rng, 100, 40, 16), rng.normal(size=(100, 16, 16))
    left = teacher - written(row, keys, read(teacher, keys))
    assert (left**2).sum() / (teacher**2).sum() == pytest.approx(energy_kept(row, 16) ** 40, rel=0.05)


@pytest.mark.parametrize(("load", "errors"), [(32, [0.27, 0.083]), (48, [0.45, 0.25, 0.091]), (60, [0.56, 0.36, 0.19])])
def test_repeated_passes_approach_the_interpolant(load, errors):
    """Mean squared error at the stored keys after 1, 2 and 5 passes, to the scatter of a few seeds."""
    rng, d = np.random.default_rng(load), 64
    keys, values = sphere_keys(rng, 20, load, d), signs(rng, 20, load, d)
    for passes, error in zip((1, 2, 5), errors, strict=False):
        weights = written(DELTA, np.tile(keys, (1, passes, 1)), np.tile(values, (1, passes, 1)))
        assert ((read(weights, keys) - values) ** 2).mean() == pytest.approx(error, abs=0.03)


# Overwriting


KNOWN_OVERWRITING = {  # old and new after 1, 2 and 3 re-presentations
    "delta": ([0, 0, 0], [1, 1, 1]),
    "half delta": ([0.5, 0.25, 0.125], [0.5, 0.75, 0.875]),
    "hebb": ([1, 1, 1], [1, 2, 3]),
}


@pytest.mark.parametrize("name", KNOWN_OVERWRITING)
def test_overwriting_projects_on_the_old_and_the_new_value(name):
    old, new = KNOWN_OVERWRITING[name]
    assert_allclose(overwriting(ROWS[name], [1, 2, 3]), [old, new])


@each_row
def test_overwriting_is_that_of_a_simulated_key(row):
    key, values = np.full((1, 1, 4), 0.5), np.eye(2)[None]  # a unit key; old and new value orthogonal
    keys, values = np.tile(key, (1, 4, 1)), values[:, [0, 1, 1, 1]]
    recalled = read(written(row, keys, values), key)[0, 0]
    assert_allclose(overwriting(row, 3, old=row.write), recalled, atol=1e-12)


def test_hebb_perseverates_and_the_delta_rule_does_not():
    for row, perseverates in ((HEBB, True), (DELTA, False)):
        old, new = overwriting(row, 1)
        assert old / (old + new) == pytest.approx(0.5 if perseverates else 0, abs=0.02)


def test_overwriting_costs_untouched_items_their_share():
    """One write leaves (1 - eta/d) of another item's signal under the delta rule, all of it under Hebb."""
    assert signal_and_power(HALF_DELTA, 16, [0, 1])[0][1] == pytest.approx(0.5 * (1 - 0.5 / 16))
    assert_allclose(signal_and_power(HEBB, 16, [0, 1], writes=2)[0], 1)


# The pseudo-inverse


def pseudo_inverse(load, d, seeds, gaussian=False):
    rng = np.random.default_rng(load)
    keys = rng.normal(size=(seeds, load, d)) / math.sqrt(d) if gaussian else sphere_keys(rng, seeds, load, d)
    values = signs(rng, seeds, load, d)
    return np.linalg.pinv(keys) @ values, keys, values  # [seeds, d, d_v]


@pytest.mark.parametrize(("times", "theory", "simulated"), [(2, 0.8413, 0.8415), (4, 0.718, 0.714)])
def test_ridge_bit_accuracy_beyond_its_dimensions(times, theory, simulated):
    assert ridge_bit_accuracy(times * 64, 64) == pytest.approx(theory, abs=2e-4)
    weights, keys, values = pseudo_inverse(times * 64, 64, seeds=20)
    assert right_signs(keys @ weights, values).mean() == pytest.approx(simulated, abs=0.006)
    assert ((keys @ weights - values) ** 2).mean() == pytest.approx(ridge_error(times * 64, 64), rel=0.02)


def test_ridge_recalls_as_many_pairs_as_dimensions_exactly():
    assert_allclose(ridge_bit_accuracy([16, 32, 64], 64), 1)
    assert_allclose(ridge_error([16, 64], 64), 0)
    weights, keys, values = pseudo_inverse(32, 64, seeds=2)
    assert_allclose(keys @ weights, values, atol=1e-9)


@pytest.mark.parametrize(
    ("load", "theory", "simulated", "within"),
    [(16, 21.79, 21.76, 0.01), (48, 205, 212, 0.05), (56, 512, 510, 0.15)],
)
def test_ridge_row_energy_peaks_towards_d(load, theory, simulated, within):
    assert ridge_row_energy(load, 64) == pytest.approx(theory, rel=2e-3)
    weights, *_ = pseudo_inverse(load, 64, seeds=60, gaussian=True)
    assert (weights**2).sum(1).mean() == pytest.approx(simulated, rel=within)


# Information


def test_sign_bits_per_synapse_of_hebb():
    loads = np.array([0.25, 0.5, 1, 2, 5, 20]) * 1e6
    bits = bits_per_synapse_sign(loads, 1e6, 1 - bit_accuracy(hebbian_snr(loads, 1e6)))
    assert_allclose(bits, [0.211, 0.301, 0.369, 0.411, 0.439, 0.454], atol=6e-4)
    far = bits_per_synapse_sign(1e9, 1e6, 1 - bit_accuracy(hebbian_snr(1e9, 1e6)))
    assert far == pytest.approx(1 / (math.pi * math.log(2)), rel=1e-3)


def test_gaussian_bits_per_synapse_of_hebb_approach_their_limit():
    bits = bits_per_synapse_gaussian(1e9, 1e6, hebbian_snr(1e9, 1e6))
    assert bits == pytest.approx(1 / (2 * math.log(2)), rel=1e-3)


def test_identified_items_carry_the_bits_of_their_candidates():
    assert bits_per_synapse_argmax(32, 32, 16, 1.0) == pytest.approx(5 * 32 / (32 * 16))
    assert bits_per_synapse_argmax(100, 32, 32, 1 / 64, candidates=64) == pytest.approx(0, abs=1e-12)


def test_two_candidates_are_one_sign():
    assert_allclose(bits_per_synapse_argmax(50, 32, 1, 0.8, candidates=2), bits_per_synapse_sign(50, 32, 0.2))


# Arguments


BAD = {
    "load is 0": lambda: hebbian_snr(0, 32),
    "d is 0.5": lambda: crosstalk(4, 0.5),
    "load is nan": lambda: hebbian_snr(math.nan, 32),
    "snr is -1": lambda: bit_accuracy(-1),
    "snr is 0": lambda: load_at_snr(0, 32),
    "decay is 1.1; give a value from 0 to 1": lambda: LinearRow(decay=1.1),
    "erase is 2.5; give a value from 0 to 2": lambda: LinearRow(erase=2.5),
    "write is 0; give a finite value above 0": lambda: LinearRow(write=0),
    "lag is 0.5; give a whole number": lambda: snr_by_lag(DELTA, 32, 0.5),
    "lag is -1": lambda: snr_by_lag(DELTA, 32, [0, -1]),
    "writes is 5; give a whole number, 6 or more": lambda: snr_by_lag(DELTA, 32, 5, writes=5),
    "never settles; give a decay below 1": lambda: snr_by_lag(HEBB, 32, 5),
    "d is 1; give 2 or more": lambda: lifetime(DELTA, 1, 1),
    "threshold is 0": lambda: lifetime(DELTA, 32, 0),
    "time_constant is -1": lambda: decayed_hebbian_lifetime(-1, 32, 1),
    "foils is 'old'; give 'stored' or 'new'": lambda: argmax_accuracy(9, 32, 32, foils="old"),
    "candidates exceeds the load": lambda: argmax_accuracy(9, 32, 32, candidates=64),
    "candidates is 1; give 2 or more": lambda: bits_per_synapse_argmax(9, 32, 32, 0.5, candidates=1),
    "accuracy is 1.5": lambda: bits_per_synapse_argmax(9, 32, 32, 1.5),
    "error is -0.1": lambda: bits_per_synapse_sign(9, 32, -0.1),
    "repeats is 1.5": lambda: overwriting(HEBB, 1.5),
    "load reaches d - 1": lambda: ridge_row_energy(31, 32),
    "load is 2.5": lambda: mean_bit_accuracy(HEBB, 32, 2.5),
}


@pytest.mark.parametrize("message", BAD)
def test_a_bad_argument_is_named_with_its_remedy(message):
    with pytest.raises(ValueError, match=message):
        BAD[message]()
