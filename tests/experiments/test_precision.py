"""Rounded weights: what a bit costs, against theory."""

import numpy as np
import pytest
import torch

from experiments import precision
from plastic import RULES
from plastic.memory.rows import linear_row
from plastic.memory.theory import precision_factor
from tests.experiments.measured import mean, named, rate, settings

SEEDS = range(40)
LINEAR = [name for name, rule in RULES.items() if linear_row(rule(), gate=precision.GATE) is not None]


def measured(rule, bits, rounded="after", alpha=1.0, seeds=SEEDS, d=64):
    return precision.measure(rate(rule, seeds), seeds, settings(d), precision=bits, rounded=rounded, alpha=alpha)


@pytest.mark.parametrize("bits", precision.WIDTH)
def test_a_rounded_gaussian_keeps_the_tabled_share_of_its_variance(bits):
    w = torch.from_numpy(np.random.default_rng(0).standard_normal((1, 1, 500, 500)))
    levels = precision.to_levels(w, precision.WIDTH[bits] * precision.spread(w), bits, 0.5)
    assert len(levels.unique()) == 2**bits
    kept = (levels * w).mean() ** 2 / (levels.square().mean() * w.square().mean())
    assert kept.item() == pytest.approx(float(precision_factor(bits, precision.WIDTH[bits])), abs=0.003)


@pytest.mark.parametrize("bits", [1, 2, 3, 32])
@pytest.mark.parametrize("name", LINEAR)
def test_bits_right_with_rounded_weights_follow_theory_for_every_linear_rule(name, bits):
    expected = precision.predicted(linear_row(RULES[name](), gate=precision.GATE), 64, 64, bits)
    assert mean(measured(name, bits), "bits") == pytest.approx(expected, abs=0.015)


def test_one_bit_leaves_hebb_two_over_pi_of_its_signal_to_noise_ratio():
    rows = [row for bits in (1, 32) for row in named(measured("vanilla", bits), "vanilla", rounded="after",
                                                      alpha=1.0, precision=bits)]  # fmt: skip
    line = precision.summarise(rows)["by_precision"][0]
    assert line["snr_factor"] == pytest.approx(2 / np.pi, abs=0.03)


def test_rounding_by_chance_keeps_the_mean():
    w = torch.full((1, 1, 200, 200), 0.3)
    chance = torch.from_numpy(np.random.default_rng(0).random((1, 1, 200, 200)))
    assert precision.to_levels(w, torch.ones(1, 1, 1, 1), 2, chance).mean().item() == pytest.approx(0.3, abs=0.02)


def test_rounding_during_learning_costs_more_than_after_it_and_less_with_more_bits():
    during = {bits: mean(measured("vanilla", bits, "during"), "bits") for bits in (1, 2, 4)}
    after = {bits: mean(measured("vanilla", bits), "bits") for bits in (1, 2, 4)}
    assert during[1] < during[2] < during[4]
    assert all(during[bits] < after[bits] for bits in during)
