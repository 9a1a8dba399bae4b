"""Similar keys: what they cost each rule, against theory."""

import numpy as np
import pytest

from experiments import similarity
from experiments.tasks.pairs import moments
from plastic import RULES
from plastic.memory.codes import generator, similar_keys, similar_sparse_keys
from plastic.memory.rows import linear_row
from plastic.memory.theory import correlated_crosstalk
from tests.experiments.measured import mean, named, rate, settings

SEEDS, MANY = range(20), range(100)
LINEAR = [name for name, rule in RULES.items() if linear_row(rule(), gate=similarity.GATE) is not None]


def measured(rule, d, rho, n, seeds=SEEDS):
    return similarity.measure(rate(rule, seeds), seeds, settings(d), rho=rho, alpha=n / d)


@pytest.mark.parametrize("rho", [0.0, 0.3, 0.6])
def test_similar_keys_have_length_one_and_the_cosine_asked_for(rho):
    keys = similar_keys(generator(0, "keys"), 200, 64, rho)
    overlaps = (keys @ keys.T)[np.triu_indices(200, 1)]
    np.testing.assert_allclose(np.linalg.norm(keys, axis=-1), 1)
    assert overlaps.mean() == pytest.approx(rho, abs=0.01)
    assert (overlaps**2).mean() == pytest.approx(rho**2 + (1 - rho) ** 2 / 63, rel=0.05)


@pytest.mark.parametrize("rho", [0.0, 0.25, 0.64])
def test_similar_sparse_keys_share_the_active_cells_asked_for(rho):
    keys = similar_sparse_keys(generator(0, "keys"), 200, 200, rho)
    overlaps = (keys @ keys.T)[np.triu_indices(200, 1)] / 20
    assert set(keys.sum(-1)) == {20}
    assert overlaps.mean() == pytest.approx(rho + (1 - np.sqrt(rho)) ** 2 / 9, abs=0.02)


@pytest.mark.parametrize(("rho", "n"), [(0.0, 64), (0.1, 64), (0.3, 16), (0.3, 64), (0.6, 32)])
def test_hebbian_noise_grows_with_the_squared_cosine(rho, n):
    d = 128
    rows = measured("vanilla", d, rho, n, MANY)
    both = np.array([(row["signal"], row["power"]) for row in rows])
    assert similarity.noise(both) == pytest.approx(correlated_crosstalk(n, d, rho), rel=0.12)


@pytest.mark.parametrize("rho", [0.0, 0.3, 0.5])
@pytest.mark.parametrize("name", LINEAR)
def test_signal_power_and_bits_follow_the_recursion_for_every_linear_rule(name, rho):
    seeds, n, d = range(60), 32, 64
    row = linear_row(RULES[name](), gate=similarity.GATE)
    keys, values = similarity.similar_pairs(rate(name), seeds, n, settings(d, 256), rho)
    found = moments(rate(name, seeds).answers(keys, values, keys), values)
    signal, power = similarity.expected(row, d, rho, n)
    assert np.mean(found[0].mean(0) - signal) == pytest.approx(0, abs=0.03)
    assert np.mean(found[1].mean(0) / power) == pytest.approx(1, abs=0.03)
    gaussian = 0.015 if rho < 0.5 else 0.03  # the noise that similar keys bring is of few values
    rows = measured(name, d, rho, n, seeds)
    assert mean(rows, "bits") == pytest.approx(similarity.bits_expected(row, d, rho, n), abs=gaussian)


@pytest.mark.parametrize("name", ["vanilla", "delta", "gated_delta", "longhorn"])
def test_without_similarity_the_recursion_is_that_of_random_keys(name):
    from plastic.memory.theory import mean_bit_accuracy

    row = linear_row(RULES[name](), gate=similarity.GATE)
    assert similarity.bits_expected(row, 64, 1 / 64, 48) == pytest.approx(mean_bit_accuracy(row, 64, 48), abs=0.005)


@pytest.mark.parametrize(("n", "hebb", "delta", "half"), [(16, 0.688, 0.759, 0.780), (64, 0.598, 0.689, 0.698)])
def test_bits_at_a_cosine_of_one_half_are_the_published_ones(n, hebb, delta, half):
    rules = {"vanilla": hebb, "delta": delta, RULES["delta"](eta=0.5): half}
    for rule, expected in rules.items():
        assert mean(measured(rule, 64, 0.5, n, MANY), "bits") == pytest.approx(expected, abs=0.015)


def test_delta_gains_on_hebb_where_keys_are_similar_and_not_where_they_are_random():
    gap = {
        rho: mean(measured("delta", 64, rho, 64), "bits") - mean(measured("vanilla", 64, rho, 64), "bits")
        for rho in (0.0, 0.5)
    }
    assert gap[0.5] > 0.05
    assert abs(gap[0.0]) < 0.03


def test_least_squares_do_not_mind_similar_keys():
    from plastic.memory.of_rules import LayerMemory
    from plastic.substrates.memories import Ridge

    memory = LayerMemory(Ridge(), tuple(SEEDS))
    assert mean(similarity.measure(memory, SEEDS, settings(64), rho=0.5, alpha=0.5), "bits") > 0.999


def test_one_more_pair_adds_what_theory_says_to_the_noise_of_hebb():
    rows = [
        row
        for n in (16, 32, 64)
        for row in named(measured("vanilla", 64, 0.3, n, MANY), "vanilla", rho=0.3, alpha=n / 64)
    ]
    found = similarity.summarise(rows)["interference"][0]["noise_per_pair"]
    assert found == pytest.approx(0.3**2 + 0.7**2 / 63, rel=0.15)
