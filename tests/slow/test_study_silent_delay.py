"""The study of silent delays decodes what is there, and exchanges what it says."""

from dataclasses import replace

import pytest
import torch
from torch.testing import assert_close

from experiments.studies import silent_delay
from plastic.slow import study
from plastic.slow.study import Job
from plastic.slow.task import task
from tests.slow.small import holds, replaced


def random(*shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0))


def test_a_label_that_features_tell_is_decoded_and_one_that_they_do_not_is_not():
    label = random(4000).sort().indices % 4  # in random order
    told = random(4000, 10)
    told[torch.arange(4000), label] += 6
    assert silent_delay.decoded(told, label) > 0.98
    assert silent_delay.decoded(random(4000, 10), label) == pytest.approx(0.25, abs=0.03)


def test_a_feature_that_never_changes_tells_nothing():
    label = random(4000).sort().indices % 4
    assert silent_delay.decoded(torch.ones(4000, 3), label) == pytest.approx(0.25, abs=0.03)


def test_the_direction_of_the_sample_is_the_one_that_was_drawn():
    made = task("delayed_match", {"noise": 0.1})
    x, y = made.batch(200, torch.Generator().manual_seed(1))
    tested = x[:, -made.test :].mean(1) @ made.tuned(torch.arange(8)).mT
    matches = silent_delay.direction(x, made) == tested.argmax(-1)
    assert_close(matches.long(), y[:, -1])


def test_only_what_is_named_is_exchanged_between_trials():
    state = {"rate": random(3, 2), "use": random(3, 2)}
    found = silent_delay.exchanged(state, ("use",), torch.tensor([2, 0, 1]))
    assert_close(found["rate"], state["rate"])
    assert_close(found["use"], state["use"][[2, 0, 1]])


def test_it_holds_where_synapses_tell_more_and_cost_more():
    rows = [
        {"condition": "STP", "right_intact": 0.9, "right_synapses": 0.6, "right_cells": 0.8}
        | {"decoded_synapses": 0.95, "decoded_cells": 0.5}
    ]
    assert holds(silent_delay.claims(rows)) == [True, True, True]
    assert holds(silent_delay.claims(replaced(rows, "STP", decoded_cells=0.9, right_cells=0.5))) == [True, False, False]


def small_network(**options):
    """An untrained network, and its task."""
    condition = silent_delay.conditions(False)["STP"]
    sizes = {"fixation": 0, "sample": 2, "delay": 2, "test": 2}
    options = {"cells": 20, "dt": 0.1} | options
    return study.prepared(Job("silent_delay", "STP", replace(condition, sizes=sizes, options=options), 0))


def test_a_network_that_has_learned_nothing_is_at_chance_whatever_is_exchanged():
    found = silent_delay.measure("STP", small_network())
    assert [found[f"right_{what}"] for what in ("intact", "synapses", "cells")] == pytest.approx([0.5] * 3, abs=0.05)


def test_a_network_whose_whole_state_is_exchanged_goes_on_as_the_other_trial():
    training = small_network(noise=0.0)
    x, _ = training.task.batch(6, torch.Generator().manual_seed(0))
    order = torch.tensor([3, 5, 1, 0, 2, 4])
    _, state = training.network.go_on(x[:, :4])
    every = (*silent_delay.SYNAPSES, *silent_delay.CELLS)
    found, _ = training.network.go_on(x[:, 4:], silent_delay.exchanged(state, every, order))
    expected = training.network(torch.cat([x[order][:, :4], x[:, 4:]], 1))[:, 4:]
    assert_close(found, expected)
