"""What every memory of models/ that is no rule keeps to."""

import re

import numpy as np
import pytest

from plastic.memory import catalogue, codes
from plastic.memory.protocol import PairMemory, checked_answers
from plastic.rule import InputError

HERE = [name for name in catalogue.models() if not catalogue.model(name).needs_gpu]
every_memory = pytest.mark.parametrize("name", HERE)
# One pair of few cells is hard for binary synapses that seldom change, so the last of a few is what must be known.
LEARN_BY_CHANCE = {"binary_synapse", "fusi_cascade"}


def shown(name, seeds, n=6, d=64, d_v=48):
    made = catalogue.model(name)
    return codes.pairs(seeds, n, {"d": d, "d_v": d_v, "keys": made.keys, "values": made.values}, "every memory")


def asked(name, seeds, keys, values):
    return checked_answers(catalogue.memory_of(name, "model", seeds), keys, values, keys)


def test_those_of_the_issue_are_found():
    assert {"modern_hopfield", "pseudo_inverse", "hopfield", "sparse_hopfield", "willshaw", "perceptron", "slots",
            "btsp_memory", "binary_synapse", "fusi_cascade", "benna_fusi",
            "flash_linear_attention"} <= set(catalogue.models())  # fmt: skip


@pytest.mark.parametrize("name", catalogue.models())
def test_says_what_it_is_and_what_it_is_made_for(name):
    made = catalogue.model(name)
    assert issubclass(made, PairMemory)
    assert made.__doc__.strip()
    assert made.cite
    assert {made.keys, made.values} <= set(codes.CODES)
    assert made().scalars(10, 64, 48) > 0
    assert made.bits_per_scalar >= 1


@every_memory
def test_few_pairs_are_recalled(name):
    keys, values = shown(name, range(6))
    centred = lambda a: a - a.mean(-1, keepdims=True)  # noqa: E731
    answers = asked(name, tuple(range(6)), keys, values)
    if name in LEARN_BY_CHANCE:
        answers, values = answers[:, -1:], values[:, -1:]
    right = (np.sign(centred(answers)) == np.sign(centred(values))).mean()
    assert right > (0.7 if name in LEARN_BY_CHANCE else 0.95)


@every_memory
def test_is_repeatable_and_knows_nothing_of_other_seeds(name):
    keys, values = shown(name, range(4))
    both = [asked(name, tuple(range(4)), keys, values) for _ in range(2)]
    np.testing.assert_array_equal(*both)
    for seed in range(4):
        own = slice(seed, seed + 1)
        alone = asked(name, (seed,), keys[own], values[own])
        np.testing.assert_allclose(both[0][own], alone, atol=1e-9)


@every_memory
def test_what_was_shown_is_not_changed(name):
    keys, values = shown(name, range(2))
    before = keys.copy(), values.copy()
    asked(name, (0, 1), keys, values)
    np.testing.assert_array_equal(keys, before[0])
    np.testing.assert_array_equal(values, before[1])


@pytest.mark.parametrize(
    ("name", "wrong", "says"),
    [
        ("modern_hopfield", {"beta": 0.0}, "beta is 0.0; give a value above 0"),
        ("modern_hopfield", {"iterations": 0}, "iterations is 0"),
        ("hopfield", {"sweeps": 0}, "sweeps is 0"),
        ("sparse_hopfield", {"iterations": 0}, "iterations is 0"),
        ("perceptron", {"passes": 0}, "passes is 0"),
        ("slots", {"gate": "clock"}, "gate is 'clock'; choose from sequential, random"),
        ("slots", {"slots": 0}, "slots is 0"),
        ("slots", {"beta": 0}, "beta is 0"),
        ("slots", {"slots": 2, "flagged": (0, 1)}, "flagged is (0, 1); give places from 0, fewer than there are"),
        ("btsp_memory", {"variant": "half"}, "variant is 'half'; choose from core, full"),
        ("btsp_memory", {"connected": 0.0}, "connected is 0.0"),
        ("btsp_memory", {"cells": 10}, "cells is 10"),
        ("binary_synapse", {"q": 0.0}, "q is 0.0"),
        ("fusi_cascade", {"levels": 17}, "levels is 17"),
        ("fusi_cascade", {"x": 0.6}, "x is 0.6"),
        ("benna_fusi", {"variables": 0}, "variables is 0"),
        ("benna_fusi", {"alpha": 1.0}, "alpha is 1; give"),
        ("flash_linear_attention", {"operator": "magic"}, "operator is 'magic'"),
    ],
)
def test_a_parameter_out_of_range_is_refused_by_name(name, wrong, says):
    with pytest.raises(InputError, match=re.escape(says)):
        catalogue.model(name)(**wrong)


@pytest.mark.parametrize("name", [name for name in HERE if catalogue.model(name).keys == "sparse"])
def test_cells_that_are_neither_on_nor_off_are_refused_by_name(name):
    keys, values = shown(name, (0,))
    with pytest.raises(InputError, match=r"keys hold 0\.5; give cells that are on"):
        asked(name, (0,), keys / 2, values)
    with pytest.raises(InputError, match="keys hold a pattern in which no cell is on"):
        asked(name, (0,), keys * 0, values)


@pytest.mark.parametrize("name", HERE)
def test_cues_may_be_silent_or_noisy(name):
    keys, values = shown(name, (0, 1))
    memory = catalogue.memory_of(name, "model", (0, 1))
    for cues in (0 * keys, keys + codes.drawn((0, 1), lambda rng: rng.standard_normal(keys.shape[1:]), "noise")):
        checked_answers(memory, keys, values, cues)


@pytest.mark.gpu
@pytest.mark.parametrize("name", HERE)
def test_a_gpu_answers_alike(name):
    keys, values = shown(name, (0, 1))
    here, there = (catalogue.memory_of(name, "model", (0, 1), where).answers(keys, values, keys)
                   for where in ("cpu", "cuda"))  # fmt: skip
    np.testing.assert_allclose(there, here, atol=1e-4)
