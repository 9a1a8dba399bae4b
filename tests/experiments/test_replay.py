"""Replay: what it restores, and to whom."""

import numpy as np
import pytest

from experiments import replay
from tests.experiments.measured import named, rate, settings

SEEDS = range(40)
SIZES = settings(64, alpha=0.75, replays=1.0)


def summary(rule, source, picked):
    rows = replay.measure(rate(rule, SEEDS), SEEDS, SIZES, source=source, picked=picked)
    return replay.summarise(named(rows, rule, source=source, picked=picked))["by_condition"][0]


def test_replay_from_a_buffer_restores_old_pairs_of_a_rule_that_forgets():
    for rule in ("delta", "retnet", "gated_delta"):
        assert summary(rule, "buffer", "uniform")["gain_old_low"] > 0.01


def test_replay_adds_nothing_to_hebb_whose_pairs_only_grow_alike():
    line = summary("vanilla", "buffer", "uniform")
    assert line["gain_low"] <= 0 <= line["gain_high"] + 1e-12


def test_replay_of_recent_pairs_restores_less_of_old_ones_than_uniform_replay():
    recent, uniform = (summary("delta", "buffer", picked) for picked in ("recent", "uniform"))
    assert recent["gain_old"] < uniform["gain_old"]
    assert recent["gain_recent"] > 0


def test_a_memory_restores_less_from_its_own_recall_than_from_a_buffer():
    for rule in ("delta", "retnet"):
        own, buffer = (summary(rule, source, "uniform") for source in ("own", "buffer"))
        assert own["gain"] < buffer["gain"]


@pytest.mark.parametrize("rule", ["vanilla", "retnet", "delta", "gated_delta", "longhorn", "oja"])
def test_replay_of_its_own_recall_restores_nothing(rule):
    assert summary(rule, "own", "uniform")["gain_high"] < 0.001


@pytest.mark.parametrize(("picked", "first"), [("uniform", 0), ("recent", 10)])
def test_every_key_in_question_comes_equally_often(picked, first):
    places = replay.replayed(range(3), 20, 40, picked)
    counts = np.stack([np.bincount(one, minlength=20) for one in places])
    assert (counts[:, :first] == 0).all()
    assert (counts[:, first:] == 40 // (20 - first)).all()
