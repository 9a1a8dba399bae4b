"""What a spiking memory recalls of pairs it saw once, held to the promised numbers."""

import numpy as np
import pytest

from experiments import one_shot
from plastic.lab.summary import grouped
from plastic.memory.statistics import interval_over_seeds

SEEDS = range(5)
FULL = {"d": 500, "d_v": 500}


def rows(rule, read, settings=FULL, pairs=20, seeds=SEEDS):
    store = one_shot.memory(rule, "spiking", {}, tuple(seeds))
    found = one_shot.measure(store, seeds, settings, pairs, read)
    return [{"rule": rule, "substrate": "spiking", "pairs": pairs, "read": read} | row for row in found]


def low(measured, name):
    """Lower end of the interval over seeds."""
    values = np.array([row[name] for row in one_shot.of_seeds(measured)])
    return interval_over_seeds(values).low


def test_delta_recalls_twenty_pairs_from_spikes():
    found = rows("delta", "spikes")
    assert low(found, "correlation") >= 0.92
    assert all(row["identified"] == 1 for row in found)


@pytest.mark.parametrize("rule", ["vanilla", "retnet", "delta", "three_factor"])
def test_recall_by_lag_follows_the_rates(rule):
    for group in grouped(rows(rule, "drive"), ("lag",)).values():
        correlation, rates = (np.mean([row[name] for row in group]) for name in ("correlation", "rates"))
        assert abs(correlation - rates) < 0.05


def test_dales_law_costs_little_with_sparse_keys():
    free, dale = (one_shot.of_seeds(rows(rule, "spikes")) for rule in ("delta", "delta+dale"))
    cost = np.array([a["correlation"] - b["correlation"] for a, b in zip(free, dale, strict=True)])
    found = interval_over_seeds(cost)
    assert found.low > 0
    assert found.high < 0.05


@pytest.mark.slow
def test_delta_recalls_two_hundred_pairs_of_a_thousand_cells():
    size = {"d": 1000, "d_v": 1000}
    found = [row for seed in SEEDS for row in rows("delta", "spikes", size, 200, [seed])]  # all at once take 14 GB
    assert low(found, "correlation") >= 0.83
    assert all(row["identified"] == 1 for row in found)


@pytest.mark.slow
def test_a_tenth_of_the_step_recalls_alike():
    store = one_shot.memory("delta", "spiking", {}, tuple(SEEDS))
    keys, values = one_shot.shown(SEEDS, 20, FULL)
    means = []
    for dt in (1e-3, 1e-4):
        circuit = store.model.Circuit(dt=dt)
        recalled = store.model.answers("delta", keys, values, keys, [*SEEDS], circuit, engine="torch")
        means.append(one_shot.own(one_shot.correlations(recalled, values)).mean())
    assert abs(means[0] - means[1]) < 0.005
