"""Items are bound in one showing by fast Hebbian synapses, and fade with the time constant of the weights."""

from functools import cache

import numpy as np
import pytest

from models import fiebig_lansner_2017 as model
from models.fiebig_lansner_2017 import Course, Network
from plastic.memory.statistics import interval_over_seeds
from plastic.rule import InputError

SEEDS = range(5)
SHORT = {"half": 60, "of_item": 10, "inhibitors": 20}


@cache
def asked(tau_w, items):
    return model.simulated(Network(tau_w=tau_w), Course(items=items, pause=0.3), SEEDS)


@cache
def reactivated():
    """Four items with slow weights, reactivating for 4 s."""
    return model.simulated(Network(tau_w=20.0), Course(items=4, free=4.0, pause=0.3), SEEDS)


@cache
def unlearned():
    """The same free period, nothing having been learned."""
    course = Course(items=4, item=0.05, gap=0.05, free=4.0, cue=0.1, pause=0.05)
    return model.simulated(Network(eta=0.0), course, SEEDS)


def test_the_last_item_is_recalled_and_one_of_three_time_constants_ago_is_not():
    found = asked(2.0, 7)
    assert found.course.spacing * 6 == 3 * found.net.tau_w
    recall = model.recall(found)
    assert interval_over_seeds(recall[:, -1]).low >= 0.9
    assert interval_over_seeds(recall[:, 0]).high <= 0.4


def test_weights_follow_the_exponential_of_their_age():
    found = asked(2.0, 7)
    held, expected = model.held(found), np.exp(-found.course.ages / found.net.tau_w)
    np.testing.assert_allclose(held.mean(0), expected, atol=0.04)
    assert (np.diff(model.recall(found).mean(0)) > -0.05).all()


def test_nothing_is_recalled_with_weights_of_50_ms():
    found = model.simulated(Network(tau_w=0.05), Course(items=2), SEEDS)
    assert interval_over_seeds(model.recall(found).mean(1)).high <= 0.1


def test_slow_weights_do_not_merge_items():
    assert interval_over_seeds(model.recall(reactivated())).low.min() >= 0.9
    w = model.within(reactivated())[:, 2 * 4 - 1]
    assert w.min() > 0.5
    assert reactivated().recorded["w"][:, 2 * 4 - 1].mean() < 0.06


def test_items_reactivate_in_bursts_one_at_a_time_and_only_if_learned():
    overlap = model.reactivation(reactivated())
    per_item = model.bursts(overlap).mean(1) / reactivated().course.free
    low, high = interval_over_seeds(per_item)[1:]
    assert 0.8 <= low <= high <= 2
    assert not model.bursts(model.reactivation(unlearned())).any()
    active = overlap > model.BURST
    assert active.mean((1, 2)).max() < 0.4
    assert (active.sum(2) > 1).mean() < 0.1  # as one hands over to the next


def test_reactivation_has_a_rhythm_of_1_to_10_hertz_and_only_if_learned():
    frequency, height = model.rhythm(model.reactivation(reactivated()))
    _, without = model.rhythm(model.reactivation(unlearned()))
    low, high = interval_over_seeds(frequency)[1:]
    assert 1 <= low <= high <= 10
    assert interval_over_seeds(height - without).low > 0.2


@pytest.mark.slow
def test_shuffled_weights_reactivate_no_item():
    net, course = Network(tau_w=20.0), Course(items=4, free=4.0, cue=0.1, pause=0.05)
    found = model.with_shuffled_weights(net, course, model.patterns(net, 4, SEEDS), SEEDS)
    assert not model.bursts(model.reactivation(found)).any()


def test_the_rhythm_of_a_wave_is_found():
    at = np.arange(200) * model.STEP
    wave = np.cos(2 * np.pi * at / 0.5)[None, :, None]
    frequency, height = model.rhythm(np.concatenate([wave, 0 * wave]))
    np.testing.assert_allclose(frequency, [2.0, 0.0])
    assert height[0] > 0.8
    assert height[1] == 0


def test_lists_of_all_loads_end_with_the_same_items():
    items = model.lists(Network(**SHORT), 4, [1, 3], [7, 8])
    shown = model.patterns(Network(**SHORT), 4, [7, 8])
    assert items.any(-1).sum(1).tolist() == [1, 1, 3, 3]
    np.testing.assert_array_equal(items[[0, 2], -1], shown[[0, 0], -1])


def test_an_item_is_identified_among_others_by_its_answer():
    net, course = Network(**SHORT), Course(items=2, item=0.2, gap=0.05, cue=0.2, pause=0.1)
    found = model.simulated(net, course, [0])
    candidates = model.patterns(net, 6, [0])
    assert model.identified(found, candidates).shape == (1, 2)
    blank = found._replace(items=found.items & False)
    assert not model.identified(blank, candidates & False).any()


def test_a_ceiling_holds_the_weights():
    w = asked(2.0, 7).recorded["w"]
    assert w.min() >= 0
    assert w.max() <= 1


@pytest.mark.parametrize("seed", [0, 1])
def test_torch_and_brian2_agree(seed):
    net, course = Network(**SHORT), Course(items=1, item=0.2, gap=0.05, cue=0.1, pause=0.05)
    ours, theirs = (model.simulated(net, course, [seed], engine).recorded for engine in ("torch", "brian2"))
    for a, b in zip(ours["E"], theirs["E"], strict=True):
        np.testing.assert_array_equal(a, b)
    np.testing.assert_allclose(ours["w"], theirs["w"], atol=1e-9)
    assert len(ours["E"].step) > 20


def test_a_trial_does_not_depend_on_the_others():
    net, course = Network(**SHORT), Course(items=1, item=0.2, gap=0.05, cue=0.1, pause=0.05)
    alone, beside = (model.simulated(net, course, seeds).recorded["w"][-1] for seeds in ([3], [1, 3]))
    np.testing.assert_allclose(alone, beside, atol=1e-12)


def test_refuses_more_cells_than_there_are():
    with pytest.raises(InputError, match="of_item is 300"):
        Network(of_item=300)


def test_refuses_times_between_the_pieces_of_its_inputs():
    with pytest.raises(InputError, match="times that are multiples"):
        model.simulated(Network(**SHORT), Course(items=1, item=0.22), [0])
