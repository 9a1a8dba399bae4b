"""Attractors, bounds, sparse and complex synapses, familiarity: formulas against known numbers and simulation."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

from plastic.memory.metrics import tail_class
from plastic.memory.theory import (
    BINARISED,
    BennaFusi,
    Familiarity,
    SynapticStates,
    benna_fusi_signal,
    benna_fusi_snr,
    best_flip,
    binary_synapse,
    binary_synapse_lifetime,
    binary_synapse_snr,
    cascade,
    eligible_write,
    false_alarm_rate,
    familiarity_accuracy,
    fixed_sign_load,
    gardner_bits,
    gardner_load,
    graded_synapse,
    hebbian_snr,
    hit_rate,
    hopfield_capacity,
    hopfield_overlap,
    longest_interval,
    occupancy,
    perfect_memory_load,
    perfect_pattern_load,
    precision_factor,
    separable_probability,
    sequence_capacity,
    sequence_overlap,
    sparse_answer_load,
    sparse_hopfield_load,
    synaptic_lifetime,
    synaptic_signal,
    synaptic_snr,
    willshaw_best_load,
    willshaw_bits,
    willshaw_false_alarm,
    willshaw_fill,
)
from tests.memory.test_theory import signs, sphere_keys
from tests.memory.test_theory_of_pairs import regressed_snr

# Attractors


def test_critical_loads_of_attractor_networks():
    assert hopfield_capacity() == pytest.approx(0.138, abs=5e-4)
    assert hopfield_overlap(0.9999 * hopfield_capacity()) == pytest.approx(0.967, abs=3e-3)
    assert sequence_capacity() == pytest.approx(0.269, abs=5e-4)
    assert_allclose(hopfield_overlap([0, 0.2]), [1, 0])
    assert_allclose(sequence_overlap([0, 0.3]), [1, 0])


def settled(load, neurons, seed):
    """Overlap of a Hopfield network with a stored pattern it started from, asynchronous."""
    rng = np.random.default_rng(seed)
    patterns = signs(rng, round(load * neurons), neurons)
    weights = patterns.T @ patterns / neurons
    np.fill_diagonal(weights, 0)
    state = patterns[0].copy()
    for _ in range(8):
        for cell in rng.permutation(neurons):
            state[cell] = 1.0 if weights[cell] @ state > 0 else -1.0
    return state @ patterns[0] / neurons


def test_overlap_is_that_of_a_settled_hopfield_network():
    for load in (0.06, 0.11):
        found = np.mean([settled(load, 800, seed) for seed in range(3)])
        assert found == pytest.approx(hopfield_overlap(load), abs=0.01)
    assert settled(0.25, 800, 1) < 0.7


def test_overlap_is_that_of_a_simulated_sequence():
    rng, neurons = np.random.default_rng(2), 1500
    patterns = signs(rng, round(0.2 * neurons), neurons)
    state = patterns[0]
    for _ in range(39):
        state = np.sign((state @ patterns.T) @ np.roll(patterns, -1, 0))
    assert state @ patterns[39] / neurons == pytest.approx(sequence_overlap(0.2), abs=0.02)


def test_fewer_patterns_are_perfect_than_recalled():
    assert perfect_pattern_load(1000) == pytest.approx(1000 / (2 * math.log(1000)))
    assert perfect_memory_load(1000) == perfect_pattern_load(1000) / 2 < 0.138 * 1000


# Bounds


def test_perceptron_holds_two_patterns_a_synapse():
    assert gardner_load() == pytest.approx(2)
    assert gardner_bits() == pytest.approx(2)
    assert fixed_sign_load() == pytest.approx(1)


@pytest.mark.parametrize("kappa", [0.0, 0.5, 2.0])
def test_gardner_load_is_its_integral(kappa):
    z = np.linspace(-kappa, 12, 200_001)
    density = np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    assert gardner_load(kappa) == pytest.approx(1 / np.trapezoid(density * (z + kappa) ** 2, z), rel=1e-6)


def test_rare_answers_are_easier_to_learn_but_tell_less():
    f = np.array([0.5, 0.1, 0.01, 1e-4])
    assert np.all(np.diff(gardner_load(0, f)) > 0)
    assert np.all(np.diff(gardner_bits(0, f)) < 0)
    assert 0.6 < gardner_load(0, 1e-12) / sparse_answer_load(1e-12) < 1


def test_separable_probability_is_covers():
    known = [0.969, 0.750, 0.500, 0.271, 0.076]
    assert_allclose(separable_probability([30, 36, 40, 44, 50], 20), known, atol=1e-3)
    by_hand = sum(math.comb(29, k) for k in range(12)) / 2**29
    assert separable_probability(30, 12) == pytest.approx(by_hand)
    assert_allclose(separable_probability([1, 12], 12), 1)


# Sparse and coarse matrices


def test_willshaw_matrix_fills_and_errs_as_theory_says():
    rng, cells, a, load = np.random.default_rng(3), 512, 9, 2243
    keys, values = ((rng.random((load, cells)).argsort(-1) < a).astype(np.float32) for _ in range(2))
    on = (values.T @ keys) > 0
    assert willshaw_fill(load, cells, cells, a, a) == pytest.approx(0.5, abs=1e-3)
    assert on.mean() == pytest.approx(0.5, abs=0.01)
    answers = keys @ on.T.astype(np.float32) >= a
    assert answers[values > 0].all()
    alarms = answers[values == 0].mean()
    expected = willshaw_false_alarm(load, cells, cells, a, a)
    assert expected == pytest.approx(0.0019, abs=1e-4)
    assert expected < alarms < 2 * expected
    assert willshaw_best_load(cells, cells, a, a) == pytest.approx(load, abs=1)


def test_willshaw_bits_are_the_known_ones():
    assert_allclose(willshaw_bits([2243, 2915], 512, 512, 9, 9), [0.51, 0.57], atol=0.02)
    d, active = 1e30, np.log2(1e30)  # so that false alarms are as rare as active cells
    assert 0.6 < willshaw_bits(willshaw_best_load(d, d, active, active), d, d, active, active) < math.log(2)


def test_sparse_patterns_fit_more_often():
    assert sparse_hopfield_load(0.01) == pytest.approx(1 / (0.02 * math.log(100)))


def rounded_snr(bits, step):
    rng, load, d = np.random.default_rng(4), 64, 64
    keys, values = sphere_keys(rng, 40, load, d), signs(rng, 40, load, 64)
    weights = values.transpose(0, 2, 1) @ keys
    unit = step * weights.std()
    levels = np.clip(np.floor(weights / unit), -(2 ** (bits - 1)), 2 ** (bits - 1) - 1) + 0.5
    return regressed_snr(keys @ levels.transpose(0, 2, 1), values)


def test_a_sign_keeps_two_over_pi_of_the_snr():
    assert precision_factor(1) == pytest.approx(BINARISED)
    assert rounded_snr(1, 1.0) == pytest.approx(BINARISED * hebbian_snr(64, 64), rel=0.05)


@pytest.mark.parametrize(("bits", "step"), [(2, 0.9957), (2, 0.3), (3, 0.586), (4, 0.2)])
def test_rounded_weights_keep_the_share_of_the_snr_theory_says(bits, step):
    assert rounded_snr(bits, step) == pytest.approx(precision_factor(bits, step) * hebbian_snr(64, 64), rel=0.05)


def test_every_bit_keeps_more_and_the_best_step_most():
    factors = precision_factor(np.arange(1, 9))
    assert np.all(np.diff(factors) > 0)
    assert_allclose(factors[1:4], [0.8812, 0.9626, 0.9885], atol=2e-4)
    assert factors[-1] > 0.999
    assert precision_factor(3) >= precision_factor(3, [0.3, 0.586, 1.0]).max() - 1e-6


# Bounded and complex synapses


def test_binary_synapse_forgets_exponentially():
    assert_allclose(binary_synapse_snr([0, 5, 10, 20], 1e4, 0.1), [10, 5.9, 3.5, 1.2], atol=0.05)
    assert_allclose(synaptic_snr(binary_synapse(0.1), np.arange(30), 1e4), binary_synapse_snr(np.arange(30), 1e4, 0.1))
    life = binary_synapse_lifetime(1e4, 0.1)
    assert binary_synapse_snr(life, 1e4, 0.1) == pytest.approx(1)
    assert life == pytest.approx(math.log(0.1 * 100) / 0.1, rel=0.06)
    assert synaptic_lifetime(binary_synapse(0.1), 1e4) == pytest.approx(life)


def test_simulated_binary_synapses_have_that_signal():
    rng, synapses, flip, seeds = np.random.default_rng(5), 10_000, 0.1, 30
    weights = signs(rng, seeds, synapses)
    first, found = None, []
    for _ in range(21):
        wanted = signs(rng, seeds, synapses)
        weights = np.where(rng.random((seeds, synapses)) < flip, wanted, weights)
        first = wanted if first is None else first
        found.append((weights * first).sum(-1) / math.sqrt(synapses))
    error = np.std(found, 1) / math.sqrt(seeds)
    assert np.all(np.abs(np.mean(found, 1) - binary_synapse_snr(np.arange(21), synapses, flip)) < 4 * error)


def test_best_flip_lives_a_root_of_the_synapses_over_e():
    tried = binary_synapse_lifetime(1e6, np.geomspace(1.1e-3, 0.5, 5000))
    assert binary_synapse_lifetime(1e6, best_flip(1e6)) == pytest.approx(tried.max(), rel=1e-3)
    assert tried.max() == pytest.approx(1000 / math.e, rel=0.01)


def test_hard_bounds_with_more_levels_live_as_their_square():
    lives = [synaptic_lifetime(graded_synapse(levels), 1e8) for levels in (8, 16, 32)]
    assert_allclose(np.log2(np.divide(lives[1:], lives[:-1])), 2, atol=0.25)


KNOWN_CASCADE = {1: 0.0417, 8: 0.0258, 27: 0.0128, 88: 0.00566, 286: 0.0023, 924: 0.00088, 2982: 0.00033}


def test_cascade_has_the_known_signal_and_even_occupancy():
    lags = np.array(list(KNOWN_CASCADE))
    found = synaptic_signal(cascade(16), lags)
    assert_allclose(found, list(KNOWN_CASCADE.values()), rtol=0.02)
    assert_allclose(occupancy(cascade(16)), 1 / 32)
    assert_allclose(synaptic_signal(cascade(16), lags[::-1]), found[::-1])


CASCADE_SLOPES = [(10, 100, -0.64), (30, 300, -0.74), (100, 1000, -0.80), (1000, 10000, -0.87)]


@pytest.mark.parametrize(("first", "last", "slope"), CASCADE_SLOPES)
def test_cascade_fades_almost_as_a_power_of_the_lag(first, last, slope):
    early, late = synaptic_signal(cascade(16), [first, last])
    assert math.log(late / early) / math.log(last / first) == pytest.approx(slope, abs=0.02)


def test_simulated_cascade_has_the_signal_of_its_chain():
    rng, levels, synapses = np.random.default_rng(6), 4, 400_000
    chances = cascade(levels)
    moves = np.stack([chances.depress, chances.potentiate]).cumsum(-1)
    state, first, found = rng.integers(2 * levels, size=synapses), None, []
    for _ in range(9):
        wanted = rng.integers(2, size=synapses)
        state = (rng.random((synapses, 1)) > moves[wanted, state]).sum(-1)
        first = wanted if first is None else first
        found.append((chances.strength[state] * (2 * first - 1)).mean())
    assert_allclose(found, synaptic_signal(chances, np.arange(9)), atol=4 / math.sqrt(synapses))


def simulated_chain(variables, alpha, steps):
    """The first of Benna and Fusi's variables after an event of 1, step by step."""
    u, found = np.append(1.0, np.zeros(variables - 1)), []
    for _ in range(steps):
        found.append(u[0])
        flow = -alpha * 2.0 ** -np.arange(1.0, variables + 1) * np.diff(u, append=0)
        u = u + (np.append(0, flow[:-1]) - flow) / 2.0 ** np.arange(variables)
    return np.array(found)


def test_benna_fusi_signal_is_that_of_its_equations():
    assert_allclose(benna_fusi_signal(BennaFusi(6), np.arange(300)), simulated_chain(6, 0.25, 300), atol=1e-12)


CHAIN_SLOPES = [(10, 100, -0.482), (100, 1000, -0.495), (1000, 10000, -0.500), (10000, 90000, -0.501)]


@pytest.mark.parametrize(("first", "last", "slope"), CHAIN_SLOPES)
def test_benna_fusi_signal_fades_as_one_over_the_root_of_the_lag(first, last, slope):
    early, late = benna_fusi_signal(BennaFusi(), [first, last])
    assert math.log(late / early) / math.log(last / first) == pytest.approx(slope, abs=1e-3)


def test_benna_fusi_noise_grows_with_the_logarithm_of_time():
    squares = benna_fusi_signal(BennaFusi(), np.arange(10_000)) ** 2
    assert squares[:1000].sum() == pytest.approx(12.6, abs=0.05)
    assert squares.sum() == pytest.approx(16.8, abs=0.05)
    chain = BennaFusi(3)
    endless = (benna_fusi_signal(chain, np.arange(5000)) ** 2).sum()
    assert benna_fusi_snr(chain, 0, 100) == pytest.approx(10 / math.sqrt(endless))


def test_tails_of_simple_and_complex_synapses_are_told_apart():
    lags = np.unique(np.geomspace(10, 3000, 40).round())
    simple, complex_ = binary_synapse_snr(lags, 1e4, 0.01), benna_fusi_signal(BennaFusi(), lags)
    assert tail_class(simple, lags).name == "exponential"
    assert tail_class(simple, lags).delta_aic < -10
    assert tail_class(simple, lags).time_constant == pytest.approx(-1 / math.log(0.99), rel=0.01)
    assert tail_class(complex_, lags).name == "power law"
    assert tail_class(complex_, lags).delta_aic > 10
    assert tail_class(complex_, lags).exponent == pytest.approx(0.5, abs=0.05)


# Familiarity


def test_familiarity_is_the_known_one():
    net = Familiarity()
    assert longest_interval(net) == pytest.approx(17, abs=0.5)
    assert_allclose(hit_rate(net, [5, 8, 16, 33]), [1, 1, 0.997, 0.733], atol=1e-3)
    assert_allclose(familiarity_accuracy(net, [5, 8, 16, 33]), [0.992, 0.992, 0.985, 0.898], atol=0.02)
    assert false_alarm_rate(net) == pytest.approx(0.005)
    assert hit_rate(net, longest_interval(net)) == pytest.approx(net.hits)


def simulated_familiarity(net, interval, seeds=20, length=1500):
    """Hits and false alarms of the idealised network in a stream where some items are those R items ago."""
    rng = np.random.default_rng(interval)
    weights, rows = np.zeros((seeds, net.units, net.inputs)), np.arange(seeds)
    unit, item = rng.integers(net.units, size=(seeds, length)), signs(rng, seeds, length, net.inputs)
    repeats, novel, fired = np.zeros((2, seeds, length), bool), np.ones((seeds, length), bool), []
    repeats = repeats[0]
    for now in range(length):
        if now >= interval:
            again = (rng.random(seeds) < 0.5) & novel[:, now - interval]
            repeats[:, now], novel[:, now] = again, ~again
            unit[:, now] = np.where(again, unit[:, now - interval], unit[:, now])
            item[:, now] = np.where(again[:, None], item[:, now - interval], item[:, now])
        felt = np.einsum("sd,sd->s", weights[rows, unit[:, now]], item[:, now])
        fires = felt + net.inputs * (net.address + net.bias) > 0
        weights *= net.decay
        weights[rows, unit[:, now]] -= fires[:, None] * item[:, now]
        fired.append(fires)
    called, late = ~np.stack(fired, 1)[:, 300:], slice(300, None)
    return called[repeats[:, late]].mean(), called[novel[:, late]].mean()


@pytest.mark.parametrize("interval", [5, 16, 33])
def test_simulated_familiarity_is_right_as_often_as_theory_says(interval):
    net = Familiarity()
    hits, false_alarms = simulated_familiarity(net, interval)
    assert hits == pytest.approx(hit_rate(net, interval), abs=0.02)
    right = net.new * (1 - false_alarms) + (1 - net.new) * hits
    assert right == pytest.approx(familiarity_accuracy(net, interval), abs=0.02)


def test_longest_interval_grows_with_the_number_of_synapses():
    sizes = [(n, d) for n in (4, 6, 8) for d in (50, 200)]
    synapses = np.log([2**n * d for n, d in sizes])
    intervals = np.log([longest_interval(Familiarity(n, d)) for n, d in sizes])
    assert np.polyfit(synapses, intervals, 1)[0] == pytest.approx(1, abs=0.05)


def stepped_write(delay, item, pulse, tau, lag, step):
    """The three-factor rule in steps, with c = k = 1, over the weight of a trace that does not fade."""
    trace = weight = 0.0
    count = lambda seconds: round(seconds / step)  # noqa: E731
    for n in range(count(item + delay + pulse)):
        weight += step * trace * (n >= count(item + delay))
        trace = trace * math.exp(-step / tau) + step * (count(lag) <= n < count(item))
    return weight / (item * pulse)


@pytest.mark.parametrize("lag", [0.0, 0.05, 0.2, 0.3])
@pytest.mark.parametrize("tau", [0.1, 1.0])
@pytest.mark.parametrize("delay", [0.0, 0.1, 0.4])
def test_what_a_late_modulator_writes_is_that_of_the_rule_in_steps(delay, tau, lag):
    about = {"delay": delay, "item": 0.2, "pulse": 0.01, "tau": tau, "lag": lag}
    assert_allclose(stepped_write(**about, step=1e-3), eligible_write(**about, step=1e-3), rtol=1e-9)
    assert_allclose(stepped_write(**about, step=1e-5), eligible_write(**about), rtol=2e-4)


def test_short_items_and_pulses_leave_the_exponential_of_the_delay():
    delays = np.array([0.0, 0.5, 1.0, 2.0])
    assert_allclose(eligible_write(delays, 1e-6, 1e-6, 1.0), np.exp(-delays), rtol=1e-5)
    assert_allclose(eligible_write(delays, 0.2, 0.01, 1e9), 1)


BAD = {
    "delay is -1": lambda: eligible_write(-1, 0.2, 0.01, 0.1),
    "tau is 0; give a finite value above 0": lambda: eligible_write(0, 0.2, 0.01, 0),
    "load is -1": lambda: hopfield_overlap(-1),
    "neurons is 1": lambda: perfect_pattern_load(1),
    "stability is -1": lambda: gardner_load(-1),
    "active is 0; give a value between 0 and 1": lambda: gardner_load(0, 0),
    "load is 2.5": lambda: separable_probability(2.5, 3),
    "a is 20; give 1 up to the number of cells": lambda: willshaw_fill(3, 10, 10, 20, 2),
    "bits is 13": lambda: precision_factor(13),
    "step is 0": lambda: precision_factor(2, 0),
    "flip is 2": lambda: binary_synapse(2),
    "x is 0.7": lambda: cascade(4, 0.7),
    "levels is 1": lambda: graded_synapse(1),
    "potentiate holds no chances": lambda: SynapticStates(np.ones((2, 2)), np.eye(2), np.array([-1.0, 1.0])),
    "lag is 0.5": lambda: synaptic_signal(cascade(4), 0.5),
    "alpha is 0.9": lambda: BennaFusi(alpha=0.9),
    "hits does not exceed false_alarms": lambda: Familiarity(false_alarms=0.5, hits=0.4),
    "inputs are too few": lambda: Familiarity(address=0, inputs=2),
}


@pytest.mark.parametrize("message", BAD)
def test_a_bad_argument_is_named_with_its_remedy(message):
    with pytest.raises(ValueError, match=message):
        BAD[message]()
