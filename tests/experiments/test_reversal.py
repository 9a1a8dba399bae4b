"""Lists learnt again with new values (AB-AC): what stays of the old ones, against theory."""

import numpy as np
import pytest

from experiments import reversal
from plastic import RULES
from plastic.memory.rows import linear_row
from tests.experiments.measured import mean, named, rate, settings

SEEDS = range(20)
HALF = RULES["delta"](eta=0.5)
LINEAR = [name for name, rule in RULES.items() if linear_row(rule(), gate=reversal.GATE) is not None]


def measured(rule, repeats, d=64, load=16, share=0.5, seeds=SEEDS):
    return reversal.measure(rate(rule, seeds), seeds, settings(d, alpha=load / d), share=share, repeats=repeats)


def summary(rule, repeats, **more):
    return reversal.summarise(named(measured(rule, repeats, **more), share=0.5, repeats=repeats))["by_repeats"][0]


@pytest.mark.parametrize(("rule", "repeats", "old", "new"), [
    ("vanilla", 1, 1, 1), ("vanilla", 2, 1, 2), ("vanilla", 4, 1, 4), ("delta", 1, 0, 1), ("delta", 4, 0, 1),
])  # fmt: skip
def test_old_and_new_values_stand_as_theory_says_for_few_pairs(rule, repeats, old, new):
    rows = measured(rule, repeats, d=512, load=4)
    assert mean(rows, "old") == pytest.approx(old, abs=0.02)
    assert mean(rows, "new") == pytest.approx(new, abs=0.02)


@pytest.mark.parametrize(("repeats", "old", "new"), [(1, 0.5, 0.5), (2, 0.25, 0.75), (3, 0.125, 0.875)])
def test_half_a_learning_rate_halves_what_an_old_value_fully_learnt_had(repeats, old, new):
    rows = measured(HALF, repeats, d=512, load=4)  # it was learnt by half when it was shown once
    assert 2 * mean(rows, "old") == pytest.approx(old, abs=0.02)
    assert mean(rows, "new") == pytest.approx(new, abs=0.02)


@pytest.mark.parametrize("name", LINEAR)
def test_projections_of_a_list_follow_the_recursion_for_every_linear_rule(name):
    rows = measured(name, 1, d=64, load=16, seeds=range(200))
    theory = reversal.predicted(linear_row(RULES[name](), gate=reversal.GATE), 64, 16, 0.5, 1)
    for column, expected in zip(("old", "new", "untouched"), theory, strict=True):
        assert mean(rows, column) == pytest.approx(expected, abs=0.02)


def test_hebb_perseverates_and_delta_does_not():
    assert summary("vanilla", 1, d=256)["perseveration"] > 0.45
    assert abs(summary("delta", 1, d=256)["perseveration"]) < 0.02
    assert summary("delta", 1, d=256)["overwriting_index"] > 0.96


def test_in_a_fuller_memory_some_of_the_old_values_returns_under_delta_as_theory_says():
    old, new, _ = reversal.predicted(linear_row(RULES["delta"]()), 64, 16, 0.5, 1)
    assert old / (old + new) > 0.02
    assert summary("delta", 1, seeds=range(400))["perseveration"] == pytest.approx(old / (old + new), abs=0.015)


def test_the_second_list_costs_the_others_half_a_share_one_over_d_a_pair_under_delta_and_nothing_under_hebb():
    d, load = 64, 16
    row = linear_row(RULES["delta"]())
    kept = reversal.predicted(row, d, load, 0.5, 1)[2] / np.mean((1 - 1 / d) ** np.arange(load)[::-1][1::2])
    many = range(400)
    cost = summary("delta", 1, seeds=many)["cost"]
    assert cost == pytest.approx(1 - kept, abs=0.02)
    assert 0.4 * 8 / d < cost < 0.7 * 8 / d  # half the keys were corrected since the pair was written: they are free
    assert summary("vanilla", 1, seeds=many)["cost"] == pytest.approx(0, abs=0.02)


def test_changed_keys_are_spread_over_the_list():
    assert reversal.changed_keys(16, 0.25).tolist() == [0, 4, 8, 12]
    assert reversal.changed_keys(5, 0.01).tolist() == [0]
    assert np.array_equal(reversal.changed_keys(4, 1.0), np.arange(4))
