"""Binary, cascade and chained synapses as matrices: signals by lag are those of theory and of slow simulation."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from models import binary_synapse, fusi_cascade
from models.benna_fusi import BennaFusi
from models.binary_synapse import BinarySynapse
from models.fusi_cascade import FusiCascade
from plastic.memory import codes, theory

SEEDS = tuple(range(10))


def signals(written, keys, values):
    """Mean over synapses of strength times the sign wanted, by lag: [lags] and its standard error."""
    n, synapses = keys.shape[1], written[0].size
    wanted = np.einsum("snd,snv->sndv", keys, values)[:, ::-1]
    found = (wanted * written[:, None]).mean((2, 3))
    return found.mean(0), np.full(n, 1 / np.sqrt(len(keys) * synapses))


def shown(n, d=64):
    return codes.pairs(SEEDS, n, {"d": d, "d_v": d, "keys": "signs"}, "complex synapses")


@pytest.mark.parametrize("q", [0.1, 0.5, 1.0])
def test_a_binary_synapse_keeps_q_times_one_minus_q_to_the_lag(q):
    keys, values = shown(30)
    found, error = signals(binary_synapse.written(SEEDS, keys, values, q), keys, values)
    assert_allclose((found - q * (1 - q) ** np.arange(30)) / error, 0, atol=4)


def test_a_binary_synapse_simulated_pair_by_pair_has_the_same_signal():
    keys, values = shown(20)
    rng, q = codes.generator(0, "step by step"), 0.3
    w = rng.choice([-1.0, 1.0], (len(SEEDS), 64, 64))
    for key, value in zip(keys.swapaxes(0, 1), values.swapaxes(0, 1), strict=True):
        w = np.where(rng.random(w.shape) < q, key[:, :, None] * value[:, None], w)
    slow, error = signals(w, keys, values)
    fast, _ = signals(binary_synapse.written(SEEDS, keys, values, q), keys, values)
    assert_allclose((slow - fast) / error, 0, atol=4 * np.sqrt(2))


@pytest.mark.parametrize("levels", [2, 6, 16])
def test_a_cascade_has_the_signal_of_its_markov_chain(levels):
    keys, values = shown(40)
    memory = FusiCascade(SEEDS, levels=levels)
    states = memory.written(torch.from_numpy(keys).float(), torch.from_numpy(values).float())
    found, error = signals(fusi_cascade.strength(states).numpy(), keys, values)
    expected = theory.synaptic_signal(theory.cascade(levels), np.arange(40))
    assert_allclose((found - expected) / error, 0, atol=4)


def test_a_cascade_is_at_equilibrium_from_the_first_pair():
    keys, values = shown(25)
    for n in (1, 25):
        states = FusiCascade(SEEDS, levels=4).written(*(torch.from_numpy(a[:, :n]).float() for a in (keys, values)))
        depths = np.array([(states == state).double().mean().item() for state in (-4, -3, -2, -1, 1, 2, 3, 4)])
        assert_allclose(depths, 1 / 8, atol=0.005)


def beakers_after(step, event):
    """Levels [..., m] after one exchange between neighbours, and with the last and an empty reservoir, and an event."""
    m = step.shape[-1]
    k = np.arange(m)
    down = 0.25 * 2.0 ** -(k + 1.0) * (step - np.concatenate([step[..., 1:], 0 * step[..., :1]], -1))
    up = np.concatenate([0 * down[..., :1], down[..., :-1]], -1)
    step = step + (up - down) / 2.0**k
    step[..., 0] += event
    return step


def test_a_chain_answers_as_if_simulated_step_by_step():
    keys, values = codes.pairs(SEEDS, 30, {"d": 12, "d_v": 9, "keys": "dense"}, "chain")
    beakers = np.zeros((len(SEEDS), 12, 9, 8))
    for key, value in zip(keys.swapaxes(0, 1), values.swapaxes(0, 1), strict=True):
        beakers = beakers_after(beakers, key[:, :, None] * value[:, None])
    assert_allclose(BennaFusi(SEEDS, variables=8).answers(keys, values, keys), keys @ beakers[..., 0], atol=1e-12)


def test_a_chain_forgets_as_one_over_the_root_of_time():
    left = theory.benna_fusi_signal(theory.BennaFusi(), np.arange(90_001))
    decades = ((10, 100, -0.482), (100, 1000, -0.495), (1000, 10_000, -0.500), (10_000, 90_000, -0.501))
    for first, last, slope in decades:
        assert np.log(left[last] / left[first]) / np.log(last / first) == pytest.approx(slope, abs=0.002)
    assert np.cumsum(left**2)[[1000, 10_000]] == pytest.approx([12.6, 16.8], abs=0.05)


def test_ties_among_few_binary_synapses_fall_to_either_side():
    keys, values = codes.pairs(SEEDS, 4, {"d": 2, "d_v": 200, "keys": "unit_signs"}, "ties")
    answers = BinarySynapse(SEEDS).answers(keys, values, keys)
    undecided = abs(answers) < 0.1
    assert undecided.mean() > 0.3
    assert (answers[undecided] > 0).mean() == pytest.approx(0.5, abs=0.05)
