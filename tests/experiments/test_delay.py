"""Delays and distractors: closed forms, and who is hurt by what."""

from itertools import pairwise

import numpy as np
import pytest
import torch

import plastic
from experiments import delay
from plastic import RULES
from tests.experiments.measured import named

SEEDS = tuple(range(20))
SIZES = delay.settings("rate", False)
ITEM = SIZES["item"]


def kept(rule, driven="keys", distractors=0):
    """Share kept by delay."""
    store = delay.memory(rule, "rate", SIZES, SEEDS)
    rows = named(delay.measure(store, SEEDS, SIZES, driven, distractors), rule, driven=driven, distractors=distractors)
    return delay.summarise(rows)


def share_at_end(rule, driven, distractors):
    return kept(rule, driven, distractors)["by_delay"][-1]["kept"]


@pytest.mark.parametrize(("rule", "tau"), [
    ("vanilla", None), ("delta", None), ("retnet", 64 * ITEM), ("mamba2", ITEM / delay.GATE),
    ("gated_delta", ITEM / delay.GATE), ("gla", ITEM / delay.GATE), ("tsodyks_markram", 1.5),
])  # fmt: skip
def test_a_memory_decays_with_the_time_constant_of_its_rule(rule, tau):
    found = kept(rule)["passive"][0]["tau"]
    assert found is None if tau is None else found == pytest.approx(tau, rel=0.05)


def test_facilitation_relaxes_as_its_closed_form_says():
    rule = RULES["tsodyks_markram"](rest=0.2)
    pre = {"pre": torch.full((1, 3), 50.0)}
    state = None
    for _ in range(10):
        state = plastic.step(rule, state, pre | {"post": torch.zeros(1, 1)}, dt=0.02)
    start = state["u"] / rule.U
    assert (start > 2).all()
    for dt in (0.2, 1.0, 5.0):
        later = plastic.step(rule, state, {"pre": torch.zeros(1, 3), "post": torch.zeros(1, 1)}, dt=dt)
        expected = 1 + (start - 1) * np.exp(-dt / rule.tau_facil)
        torch.testing.assert_close(later["u"] / rule.U, expected)


@pytest.mark.parametrize("rule", ["delta", "tsodyks_markram", "longhorn", "gated_delta"])
def test_more_distracting_keys_cost_more(rule):
    shares = [share_at_end(rule, "keys", number) for number in (0, 4, 16)]
    assert all(more > less for more, less in pairwise(shares))


def test_driven_key_cells_extinguish_the_delta_rule_at_one_over_d_each():
    for number in (4, 8, 16):
        expected = delay.predicted(RULES["delta"](), SIZES["d"], number)
        assert share_at_end("delta", "keys", number) == pytest.approx(expected, abs=0.05)


def test_driven_keys_overwrite_facilitation_and_not_a_hebbian_trace():
    quiet, driven = (share_at_end("retnet", "keys", number) for number in (0, 16))
    assert driven == pytest.approx(quiet)
    quiet, driven = (share_at_end("tsodyks_markram", "keys", number) for number in (0, 16))
    assert quiet == pytest.approx(np.exp(-16 * ITEM / 1.5), rel=0.02)
    assert driven < 0.5 * quiet


def test_driven_value_cells_alone_hurt_no_rule_whose_writes_need_a_key():
    for rule in ("vanilla", "retnet", "delta"):
        quiet, driven = (share_at_end(rule, "values", number) for number in (0, 16))
        assert driven == pytest.approx(quiet)


def test_driven_value_cells_make_oja_forget():
    assert share_at_end("oja", "values", 16) < 0.5 * share_at_end("oja", "values", 0)


def test_a_memory_without_synapses_is_left_out_with_its_reason():
    assert "no synapses" in delay.cannot("softmax", "rate")
    assert delay.cannot("tsodyks_markram", "rate") is None
