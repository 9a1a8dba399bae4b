"""Anything that is shown pairs and asked cues can be measured, and what misbehaves is told in one sentence."""

import numpy as np
import pytest

from plastic.memory.catalogue import guessed_substrate, memory_of, models
from plastic.memory.codes import pairs
from plastic.memory.protocol import OneByOne, checked_answers
from plastic.rule import InputError
from plastic.rules import RULES


class Table:
    """Keeps every pair and answers with the nearest."""

    def __init__(self, d, d_v, seed):
        self.keys, self.values = [], []

    def write(self, key, value):
        self.keys.append(key)
        self.values.append(value)

    def read(self, cue):
        return self.values[int(np.argmax(np.array(self.keys) @ cue))]

    def scalars(self):
        return sum(map(len, [*self.keys, *self.values]))


class Hebb:
    """One matrix, without a batch."""

    def __init__(self, d, d_v, seed):
        self.weights = np.zeros((d_v, d))

    def write(self, key, value):
        self.weights += np.outer(value, key)

    def read(self, cue):
        return self.weights @ cue

    def scalars(self):
        return self.weights.size


class Broken(Table):
    def __init__(self, d, d_v, seed, answer):
        super().__init__(d, d_v, seed)
        self.answer = answer

    def read(self, cue):
        return self.answer


def shown(seeds, n, d=16, d_v=8):
    return pairs(seeds, n, {"d": d, "d_v": d_v, "keys": "dense"}, "protocol")


def test_a_memory_of_ones_own_answers_as_the_rule_it_is():
    keys, values = shown(range(3), 10)
    own = OneByOne(Hebb, (0, 1, 2)).answers(keys, values, keys)
    np.testing.assert_allclose(own, memory_of("vanilla", "rate", range(3)).answers(keys, values, keys), atol=1e-12)


def test_a_lookup_table_forgets_nothing():
    keys, values = shown(range(2), 30)
    np.testing.assert_array_equal(OneByOne(Table, (0, 1)).answers(keys, values, keys), values)


def test_stored_numbers_are_counted_as_they_are():
    assert OneByOne(Table).scalars(5, 16, 8) == 5 * (16 + 8)
    assert OneByOne(Hebb).scalars(5, 16, 8) == 16 * 8
    assert memory_of("delta", "rate").scalars(5, 16, 8) == 16 * 8
    assert memory_of("linear_transformer", "rate").scalars(5, 16, 8) == 16 * 8 + 16
    assert memory_of("three_factor", "rate").scalars(5, 16, 8) == 2 * 16 * 8
    assert memory_of("softmax", "layer").scalars(5, 16, 8) == 5 * (16 + 8)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (np.full(8, np.nan), "100.0% of the memory's answers are not finite"),
        (np.full(8, np.inf), "100.0% of the memory's answers are not finite"),
        (np.zeros(3), r"the memory's read gave shape \(3,\)"),
        (0.5, r"the memory's read gave shape \(\)"),
    ],
)
def test_answers_that_are_none_are_refused_by_what_is_wrong(answer, says):
    keys, values = shown([0], 4)
    with pytest.raises(InputError, match=says):
        checked_answers(OneByOne(lambda d, d_v, seed: Broken(d, d_v, seed, answer)), keys, values, keys)


def test_batched_answers_of_another_shape_are_refused():
    class Wrong:
        def answers(self, keys, values, cues):
            return values[:, :1]

    keys, values = shown([0], 4)
    with pytest.raises(InputError, match=r"the memory answers with shape \(1, 1, 8\); give \[seeds, cues, d_v\]"):
        checked_answers(Wrong(), keys, values, keys)


def test_every_rule_and_network_has_a_place_where_it_runs():
    assert {guessed_substrate(name) for name in RULES} == {"rate"}
    assert {guessed_substrate(name) for name in models()} == {"model"}
    assert guessed_substrate("softmax") == "layer"
    assert guessed_substrate("delta+dale") == "rate"
    assert guessed_substrate("my_module:MyMemory") == "model"


@pytest.mark.parametrize(
    ("name", "substrate", "says"),
    [
        ("willshow", "model", "model 'willshow' is not known; did you mean 'willshaw'?"),
        ("delta", "dish", "substrate 'dish' is not known; choose from rate, layer, spiking, model"),
        ("tsodyks_markram", "rate", "tsodyks_markram on rate does not listen to post"),
        ("softmax", "spiking", "softmax on spiking has no synapses"),
        ("no_such_module:Memory", "model", "module of memory 'no_such_module:Memory' is not found"),
        ("plastic:Memory", "model", "has no 'Memory'; give module:Class"),
        ("collections:OrderedDict", "model", "memory 'collections:OrderedDict' has no method write"),
    ],
)
def test_what_is_no_memory_is_refused_by_name(name, substrate, says):
    with pytest.raises(InputError) as refused:
        memory_of(name, substrate)
    assert says in str(refused.value)


def test_a_misspelt_memory_is_told_its_neighbour():
    with pytest.raises(InputError, match=r"memory 'hopfeld' is not known; did you mean 'hopfield'\?"):
        guessed_substrate("hopfeld")
