"""Writing in spikes is the parity of flips; inhibition keeps recall where a threshold does not."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from models import wu_maass_2025 as model
from models.wu_maass_2025 import Memory
from plastic.memory.statistics import interval_over_seeds
from plastic.rule import InputError

SEEDS = range(5)
PROBES = 5


@cache
def traces(memory, load):
    """Traces of full and masked cues [S, probes, cells], and which cells had a plateau."""
    made = model.stored(memory, load, SEEDS)
    items = made.patterns[:, :PROBES]
    cues = np.concatenate([items, model.masked(items, 1 / 3, SEEDS)], 1)
    found = model.recall(memory, made.w, cues, SEEDS, "torch") >= memory.enough
    return found[:, :PROBES], found[:, PROBES:], made.plateaus[:, :PROBES] > 0


def distances(memory, load):
    full, cue, _ = traces(memory, load)
    return model.distance(full, cue).mean(1)


@pytest.mark.parametrize("seed", SEEDS)
def test_plateaus_and_volleys_write_in_the_circuit_what_is_computed(seed):
    rng = np.random.default_rng(seed)
    patterns, plateaus, contacts = (1.0 * (rng.random(shape) < p) for shape, p in (((40, 60), 0.2), ((40, 30), 0.1),
                                                                                  ((30, 60), 0.6)))  # fmt: skip
    expected = model.flipped(patterns, plateaus, contacts)
    assert 0.1 < expected.mean() < 0.5
    np.testing.assert_array_equal(model.written(patterns, plateaus, contacts, seed), expected)


def test_the_first_items_are_the_same_at_every_load():
    few, many = (model.stored(Memory(inputs=100, cells=200), load, [0, 1]) for load in (5, 10))
    np.testing.assert_array_equal(few.patterns, many.patterns[:, :5])
    np.testing.assert_array_equal(few.plateaus, many.plateaus[:, :5])


def test_a_mask_takes_a_third_of_the_active_inputs():
    items = model.stored(Memory(), 4, [0]).patterns
    cues = model.masked(items, 1 / 3, [0])
    assert (cues <= items).all()
    assert (cues.sum(-1) == 50 - 17).all()


def test_every_item_is_identified_at_both_loads_and_few_cells_differ():
    for load in (150, 300):
        full, cue, _ = traces(Memory(), load)
        assert all(model.identified(f, c).all() for f, c in zip(full, cue, strict=True))
        assert interval_over_seeds(model.distance(full, cue).mean(1)).high < 0.2


def test_a_threshold_that_serves_one_load_lets_many_cells_fire_at_twice_the_load():
    fixed = replace(Memory(), lateral=0.0, forward=0.0, tonic=12.0)
    light, heavy = (distances(fixed, load) for load in (150, 300))
    assert interval_over_seeds(heavy - light).low > 0.1
    full, _, had = traces(fixed, 300)
    assert (full & ~had).sum(-1).mean() > 2
    assert interval_over_seeds(heavy - distances(Memory(), 300)).low > 0.1


def test_items_that_share_two_fifths_of_their_inputs_have_traces_that_share_less():
    memory = Memory()
    made = model.stored(memory, 100, SEEDS)
    items = made.patterns.copy()
    for item in items:
        first, second = np.flatnonzero(item[0]), np.setdiff1d(np.flatnonzero(item[1]), np.flatnonzero(item[0]))
        item[1] = 0
        item[1, [*first[:20], *second[:30]]] = 1
    contacts = 1.0 * (np.random.default_rng(0).random(made.w.shape) < memory.connected)
    w = model.flipped(items, made.plateaus, contacts)
    fires = model.recall(memory, w, items[:, :2], SEEDS, "torch") >= memory.enough
    shared = (fires[:, 0] & fires[:, 1]).sum(-1) / fires[:, 0].sum(-1)
    assert (fires.sum(-1) > 2).all()
    assert interval_over_seeds(shared).high < 0.3  # inputs: 0.4


def test_engines_agree():
    memory = Memory(inputs=200, cells=300)
    made = model.stored(memory, 20, [0, 1])
    brian, torch = (
        model.recall(memory, made.w, made.patterns[:, :2], [0, 1], engine) for engine in ("brian2", "torch")
    )
    assert brian.any()
    np.testing.assert_array_equal(torch, brian)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"active": 2.0}, "share up to 1"),
        ({"inputs": 5}, "none is active"),
        ({"cells": 20}, "raise plateau"),
        ({"rate": 900.0}, "too coarse"),
        ({"read_from": 0.3}, "past the end"),
        ({"delay": 0.0}, "above 0"),
    ],
)
def test_what_cannot_be_a_memory_is_refused(wrong, says):
    with pytest.raises(InputError, match=says):
        Memory(**wrong)


def test_cues_of_another_size_are_refused():
    with pytest.raises(InputError, match="do not fit"):
        model.circuit(Memory(), np.zeros((1, 1000, 1000)), np.zeros((1, 2, 900)))


def test_the_portrait_shows_every_panel():
    marks = model.portrait(0)
    assert {"input", "memory", "synapses", "cues", "Hamming distance"} <= {mark.panel for mark in marks}
    assert len(marks) < 15_000
