"""Corrupted cues, against theory."""

import numpy as np
import pytest

from experiments import corruption
from plastic import RULES
from plastic.memory.rows import linear_row
from tests.experiments.measured import mean, named, rate, settings

SEEDS = range(60)
SIZES = settings(64, shares=[0.0, 0.1, 0.2, 0.4])
LINEAR = [name for name, rule in RULES.items() if linear_row(rule(), gate=corruption.GATE) is not None]


@pytest.fixture(scope="module")
def measured():
    return {name: corruption.measure(rate(name, SEEDS), SEEDS, SIZES, alpha=0.5) for name in LINEAR}


@pytest.mark.parametrize("cue", ["zeroed", "replaced"])
@pytest.mark.parametrize("name", LINEAR)
def test_bits_with_every_cue_follow_theory_for_every_linear_rule(name, cue, measured):
    for share in SIZES["shares"]:
        rows = [row for row in measured[name] if (row["cue"], row["wrong"]) == (cue, share)]
        expected = corruption.predicted(linear_row(RULES[name](), gate=corruption.GATE), 64, 32, cue, share)
        assert mean(rows, "bits") == pytest.approx(expected, abs=0.015)


def test_a_zeroed_cue_leaves_hebb_the_snr_times_the_share_that_is_left():
    from plastic.memory.theory import bit_accuracy, hebbian_snr

    row = linear_row(RULES["vanilla"]())
    snr = 0.75 * hebbian_snr(64, 64)
    assert corruption.predicted(row, 64, 64, "zeroed", 0.25) == pytest.approx(float(bit_accuracy(snr)), abs=0.003)


def test_wrong_entries_are_as_many_as_said_and_nested():
    store, seeds = rate("vanilla", range(3)), range(3)
    keys, _ = corruption.shown(store, seeds, 5, SIZES, "corruption")
    clean, some, more = np.moveaxis(
        corruption.corrupted(store, seeds, SIZES, keys, [("zeroed", 0.0), ("zeroed", 0.1), ("zeroed", 0.4)]), 1, 0
    )
    assert np.array_equal(clean, keys)
    assert ((some == 0).sum(-1) == 6).all()
    assert ((more == 0).sum(-1) == 26).all()
    assert ((more == 0) | (some != 0)).all()


def test_corruption_costs_capacity_and_its_halving_is_found():
    rows = [
        row
        for alpha in (0.25, 0.5, 1.0, 1.41, 2.0, 2.83, 4.0, 5.66)
        for row in named(corruption.measure(rate("vanilla"), range(20), settings(32, shares=[0.0, 0.2, 0.4]), alpha))
    ]
    rows = [row | {"alpha": row["load"] / 32} for row in rows]
    found = corruption.summarise(rows)
    n90 = {(line["cue"], line["wrong"]): line["n90"] for line in found["capacity"]}
    assert n90["zeroed", 0.0] == n90["replaced", 0.0]
    assert n90["replaced", 0.4] < n90["zeroed", 0.4] < n90["zeroed", 0.0]
    halving = {line["cue"]: line["halving"] for line in found["robustness"]}
    assert 0.1 < halving["replaced"] < 0.4
