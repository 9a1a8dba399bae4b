"""Attractors of a thousand cells hold to .138 patterns a cell, sequences to .269."""

import numpy as np
import pytest

from experiments import attractor
from plastic.lab.summary import column
from plastic.memory.theory.attractors import hopfield_overlap, perfect_memory_load, sequence_overlap


def measured(rule, alpha, seeds=3, d=1000, probes=8):
    settings = {"d": d, "probes": probes}
    store = attractor.memory(rule, "model", settings, range(seeds))
    rows = attractor.measure(store, range(seeds), settings, alpha)
    return column(rows, "overlap"), column(rows, "held")


@pytest.mark.parametrize("alpha", [0.06, 0.1, 0.12])
def test_below_capacity_the_overlap_is_that_of_mean_field_theory(alpha):
    overlap, held = measured("hopfield", alpha)
    assert held.mean() > 0.95
    assert overlap.mean() == pytest.approx(float(hopfield_overlap(alpha)), abs=0.012)


def test_all_patterns_are_perfectly_stable_up_to_n_over_four_ln_n():
    cells = 1000
    patterns = attractor.patterns(range(4), float(perfect_memory_load(cells)) / cells, {"d": cells})
    state, target = attractor.at_rest(patterns, patterns.shape[1])
    assert patterns.shape[1] == 36
    assert (state == target).all()


def test_at_capacity_most_patterns_are_held_nearly_whole():
    settings = {"d": 1000, "probes": 20}
    patterns = attractor.patterns(range(2), 0.138, settings)
    state, target = attractor.at_rest(patterns, settings["probes"])
    overlap = (state * target).mean(-1).numpy().ravel()
    held = overlap[overlap > attractor.HELD]
    assert len(held) / len(overlap) > 0.7
    assert 0.98 <= np.median(held) <= 0.996


def test_far_above_capacity_patterns_are_lost():
    overlap, held = measured("hopfield", 0.2, seeds=1)
    assert held.mean() < 0.2
    assert overlap.mean() < 0.5


def test_synapses_of_one_bit_hold_fewer_patterns():
    assert measured("clipped", 0.08, seeds=2)[1].mean() > 0.95
    clipped, whole = (measured(rule, 0.13, seeds=1)[1].mean() for rule in ("clipped", "hopfield"))
    assert clipped < whole - 0.2


def test_a_sequence_is_followed_up_to_its_larger_capacity():
    overlap, _ = measured("sequence", 0.25, d=1500)
    assert 0.87 <= overlap.mean() <= 0.93
    assert overlap.mean() == pytest.approx(float(sequence_overlap(0.25)), abs=0.03)
    assert measured("sequence", 0.3, d=1500)[0].mean() < 0.5
