"""A memory learned by plateaus completes cues, knows no order, and repels what is alike at a high threshold."""

import pytest
import torch

from experiments import addressable
from plastic.lab.summary import column

SETTINGS = addressable.settings("model", False)
SEEDS = (0, 1)


def measured(rule, load, **change):
    settings = SETTINGS | change
    rows = addressable.measure(addressable.memory(rule, "model", settings, SEEDS), SEEDS, settings, load)
    return {name: column(rows, name).mean() for name in addressable.MEASURES}


@pytest.fixture(scope="module")
def core():
    """Of 500 items, 2500 inputs, 3900 cells."""
    return measured("core", 500)


def test_items_are_completed_from_two_thirds_of_them(core):
    assert core["hamming"] < 0.01
    assert core["hamming_selective"] < 0.05
    assert core["identified"] == 1


def test_traces_are_as_large_as_plateaus_make_them(core):
    assert core["trace"] == pytest.approx(3900 * 0.005 / 2, rel=0.2)


def test_the_oldest_items_are_known_as_well_as_the_newest(core):
    assert abs(core["oldest"] - core["newest"]) < 0.03


def test_a_selective_threshold_repels_items_that_share_inputs(core):
    assert core["threshold_selective"] > core["threshold"]
    assert core["traces_alike_selective"] < core["inputs_alike"]


def test_the_threshold_of_least_error_attracts_them_where_few_inputs_are_active(core):
    assert core["traces_alike"] > core["inputs_alike"]


def test_with_as_many_active_inputs_as_at_full_size_repulsion_is_clear():
    found = measured("core", 300, active=0.05)
    assert found["hamming_selective"] < 0.05
    assert found["traces_alike_selective"] < 0.5 * found["inputs_alike"]


def test_a_cue_that_is_the_item_is_completed_without_error():
    assert measured("full", 250, inputs=1000, cells=1500, silent=0.0)["hamming"] == 0


def test_sizes_of_traces_are_counted_at_every_threshold():
    drive = torch.tensor([[[0.0, 2.0, 2.0, 3.0]]])
    assert addressable.cells_above(drive, 4).tolist() == [[[4, 3, 3, 1, 0]]]


def test_items_that_are_alike_share_the_inputs_asked_for():
    from plastic.memory.codes import generator

    items, cues = addressable.items_and_cues(generator(0, "items"), 250, SETTINGS)
    pairs = items[addressable.middle(250, SETTINGS)]
    assert (items.sum(-1) == 50).all()
    assert (cues.sum(-1) == 33).all()
    assert (cues <= items).all()
    assert (pairs[::2] * pairs[1::2]).sum(-1).mean() == 20
