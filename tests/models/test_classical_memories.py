"""Memories of the textbooks against their closed forms and published numbers."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from models import perceptron, pseudo_inverse, willshaw
from models.hopfield import Hopfield
from models.modern_hopfield import ModernHopfield, attention
from models.sparse_hopfield import SparseHopfield
from plastic.memory import codes, theory
from plastic.memory.of_rules import LayerMemory
from plastic.substrates.memories import Ridge, Softmax


def shown(n, d, seeds, keys="dense", values="signs", d_v=64):
    return codes.pairs(seeds, n, {"d": d, "d_v": d_v, "keys": keys, "values": values}, "classical")


def right(memory, keys, values, cues=None):
    return (np.sign(memory.answers(keys, values, keys if cues is None else cues)) == values).mean()


# Softmax attention and the modern Hopfield network


@pytest.mark.parametrize(("d", "n", "seeds"), [(16, 33, 60), (32, 173, 20), (64, 1808, 3)])
def test_half_of_the_attention_is_on_the_target_at_the_load_of_theory(d, n, seeds):
    keys = torch.from_numpy(codes.drawn(range(seeds), lambda rng: rng.standard_normal((n, d)), "softmax"))
    weight = attention(keys, keys, d**-0.5).diagonal(dim1=1, dim2=2).mean()
    assert n == pytest.approx(theory.scaled_softmax_load(d), rel=0.05)
    assert weight.item() == pytest.approx(0.5, abs=0.02)


def test_one_iteration_of_a_modern_hopfield_network_is_softmax_attention():
    keys, values = shown(40, 16, range(3))
    attended = LayerMemory(Softmax(), (0, 1, 2)).answers(keys, values, keys)
    assert_allclose(
        ModernHopfield((0, 1, 2), iterations=1).answers(keys, values, keys), attended, atol=1e-4
    )  # one is in single precision


def test_more_iterations_clean_up_a_noisy_cue():
    keys, values = shown(40, 32, range(5))
    cues = keys + codes.drawn(range(5), lambda rng: rng.standard_normal(keys.shape[1:]), "noise") / 8
    once, again = (ModernHopfield(iterations=i, beta=12.0).answers(keys, values, cues) for i in (1, 5))
    assert ((again - values) ** 2).mean() < 0.5 * ((once - values) ** 2).mean()


# The pseudo-inverse


@pytest.mark.parametrize("n", [16, 48, 56])
def test_weights_of_the_pseudo_inverse_peak_where_pairs_are_as_many_as_cells(n):
    keys = torch.from_numpy(codes.drawn(range(60), lambda rng: rng.standard_normal((n, 64)) / 8, "keys", n))
    values = torch.from_numpy(codes.drawn(range(60), lambda rng: codes.signs(rng, n, 64), "values", n))
    w = pseudo_inverse.weights(keys, values)
    assert (w**2).sum(1).mean().item() == pytest.approx(n * 64 / (64 - n - 1), rel=0.05)
    noise = torch.from_numpy(codes.drawn(range(60), lambda rng: rng.standard_normal((50, 64)), "noise", n))
    errors = (keys[:, :1] + 0.1 * noise) @ w - values[:, :1]
    assert (errors**2).mean().item() == pytest.approx(0.01 * n * 64 / (64 - n - 1), rel=0.1)


def test_the_pseudo_inverse_recalls_up_to_d_pairs_exactly_and_then_by_theory():
    memory = pseudo_inverse.PseudoInverse(tuple(range(20)))
    for n in (16, 64):
        keys, values = shown(n, 64, range(20))
        assert_allclose(memory.answers(keys, values, keys), values, atol=1e-6)
    for n, published in ((128, 0.8413), (256, 0.718)):
        keys, values = shown(n, 64, range(20))
        answers = memory.answers(keys, values, keys)
        assert (np.sign(answers) == values).mean() == pytest.approx(published, abs=0.005)
        assert ((answers - values) ** 2).mean() == pytest.approx(1 - 64 / n, abs=0.01)


def test_ridge_regression_without_ridge_is_the_pseudo_inverse():
    keys, values = shown(48, 64, range(3))
    asked = codes.unit(keys + 0.1)  # a layer's keys have length 1
    ridge = LayerMemory(Ridge(strength=1e-9), (0, 1, 2)).answers(keys, values, asked)
    assert_allclose(pseudo_inverse.PseudoInverse().answers(keys, values, asked), ridge, rtol=0.02, atol=0.02)


# Perceptrons


@pytest.mark.parametrize("alpha", [0.5, 1.0, 1.5])
def test_the_stability_of_perceptrons_is_gardners(alpha):
    d = 128
    keys, values = (torch.from_numpy(a) for a in shown(round(alpha * d), d, range(2), d_v=16))
    w = perceptron.adatron(keys, values, 1000)
    least = (np.sqrt(d) * perceptron.stabilities(keys, values, w)).amin(1).mean().item()
    assert theory.gardner_load(least) == pytest.approx(alpha, rel=0.03)


def test_perceptrons_know_every_bit_where_the_pseudo_inverse_no_longer_does():
    keys, values = shown(90, 64, range(3))
    assert right(perceptron.Perceptron(), keys, values) == 1
    assert right(pseudo_inverse.PseudoInverse(), keys, values) < 0.96


def test_what_linear_programming_calls_separable_a_perceptron_learns():
    rng = codes.generator(0, "separable")
    for n in (16, 40):
        keys, labels = rng.standard_normal((n, 16)), codes.signs(rng, n, 8)
        learned = perceptron.adatron(torch.from_numpy(keys[None]), torch.from_numpy(labels[None]), 4000)
        margins = perceptron.stabilities(torch.from_numpy(keys[None]), torch.from_numpy(labels[None]), learned)
        possible = [perceptron.separable(keys, labels[:, cell]) for cell in range(8)]
        assert (margins.amin(1)[0] > 0).tolist() == possible


# Willshaw


def test_willshaws_memory_forgives_cues_with_cells_missing_or_wrong():
    keys, values = shown(20, 200, range(5), "sparse", "sparse", 200)
    fewer = keys * (codes.drawn(range(5), lambda rng: rng.random(keys.shape[1:]), "fewer") > 0.3)
    wrong = np.maximum(keys, codes.drawn(range(5), lambda rng: rng.random(keys.shape[1:]), "wrong") > 0.97)
    for cues in (fewer, wrong):
        on = willshaw.Willshaw().answers(keys, values, cues) > 0
        assert (on == (values == 1)).mean() > 0.98


# Hopfield networks, with halves of a pattern as key and value


def test_a_hopfield_network_completes_a_pair_whose_cue_is_damaged():
    keys, values = shown(6, 100, range(4), "signs", d_v=100)
    flipped = codes.drawn(range(4), lambda rng: rng.random(keys.shape[1:]) < 0.15, "flipped")
    assert right(Hopfield(), keys, values, np.where(flipped, -keys, keys)) > 0.99


def test_a_sparse_hopfield_network_holds_more_patterns_than_a_dense_one():
    n, seeds = 60, range(3)
    sparse = shown(n, 150, seeds, "sparse", "sparse", 150)
    on = SparseHopfield().answers(*sparse, sparse[0]) > 0
    dense = shown(n, 150, seeds, "signs", d_v=150)
    assert (on == (sparse[1] == 1)).mean() > 0.99
    assert right(Hopfield(), *dense) < 0.9
