"""An idealised anti-Hebbian net answers as its theory says, and its reach is in proportion to its synapses."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from experiments import familiarity
from models.hebb_ff import HebbFF, repeating
from plastic.memory import codes
from plastic.memory.theory.familiarity import Familiarity, familiarity_accuracy, hit_rate, longest_interval

SETTINGS = familiarity.settings("model", False)
SEEDS = range(20)


def test_accuracy_and_hits_are_those_of_theory():
    net, intervals = Familiarity(address=4, inputs=50), [5, 8, 16, 33]
    assert round(longest_interval(net)) == 17
    found = familiarity.rates(HebbFF(net, tuple(SEEDS)), SEEDS, SETTINGS, intervals)
    assert_allclose(found["right"].mean(0), familiarity_accuracy(net, intervals), atol=0.02)
    assert_allclose(found["right"].mean(0), [0.992, 0.992, 0.985, 0.898], atol=0.01)
    assert_allclose(found["hits"].mean(0), hit_rate(net, intervals), atol=0.03)
    assert (found["false_alarms"].mean(0) < 0.025).all()


def test_the_reach_grows_in_proportion_to_the_synapses():
    rows = [
        {"rule": "hebb_ff", "substrate": "model", "inputs": inputs, "address": address} | row
        for inputs in (50, 100)
        for address in (3, 5)
        for row in familiarity.measure(familiarity.memory("hebb_ff", "model", SETTINGS, range(8)), range(8), SETTINGS,
                                       inputs, address)
    ]  # fmt: skip
    summary = familiarity.summarise(rows)
    assert summary["exponent"][0]["exponent"] == pytest.approx(1, abs=0.05)


def test_an_item_is_written_only_when_it_is_new_to_the_net():
    net = HebbFF(Familiarity(address=4, inputs=400), (0,))
    shown = np.array([[[0, 1, 0, 1, 0]]])
    assert_array_equal(net.familiar(shown)[0, 0], [False, False, True, True, True])


def test_half_of_what_can_be_is_repeated_and_no_item_thrice():
    items, repeat = repeating(codes.generator(0, "stream"), [1, 3, 17], 6000)
    assert_allclose(repeat[:, 100:].mean(-1), 1 / 3, atol=0.03)
    for stream, again, interval in zip(items, repeat, (1, 3, 17), strict=True):
        assert np.bincount(stream).max() == 2
        assert_array_equal(stream[again], np.flatnonzero(again) - interval)


def test_reach_lies_between_the_intervals_measured():
    lines = [{"interval": 10, "hits": 0.95}, {"interval": 20, "hits": 0.85}]
    assert 10 < familiarity.reached(lines) < 20
    assert familiarity.reached(lines[:1]) is None
    assert familiarity.exponent([{"synapses": 400, "reach": None}]) is None
