"""What spikes lose is split into sources, each switched off; the split adds up."""

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure
from numpy.testing import assert_allclose, assert_array_equal

from experiments import shortfall
from plastic.memory.codes import generator
from plastic.rule import InputError

pytest.importorskip("brian2", reason="Brian2 is not installed")
mpl.use("Agg")
SEEDS, LOAD = range(6), 5
SETTINGS = shortfall.settings("spiking", True)
SOURCES = list(shortfall.SOURCES)


def measured(rule, without, seeds=SEEDS, load=LOAD):
    store = shortfall.memory(rule, "spiking", SETTINGS, tuple(seeds))
    about = {"rule": rule, "substrate": "spiking", "load": load, "without": without}
    return [about | row for row in shortfall.measure(store, seeds, SETTINGS, load, without)]


@pytest.fixture(scope="module")
def rows():
    return [row for rule in ("vanilla", "delta") for without in shortfall.SETUPS for row in measured(rule, without)]


@pytest.fixture(scope="module")
def summary(rows):
    return shortfall.summarise(rows)


def line(summary, rule, **about):
    """The one line of a summary table that is about this."""
    table = summary["shares" if "part" in about else "by_condition"]
    found = [row for row in table if row["rule"] == rule and about.items() <= row.items()]
    assert len(found) == 1
    return found[0]


# The split


def synthetic(single, pair=0.0, triple=0.0):
    """Noise of 2 seeds in every condition where sources have costs of their own, and in twos and threes."""
    n = len(SOURCES)
    on = [np.ones(n), *(1 - np.eye(n)), *np.eye(n), np.zeros(n)]
    cost = [
        single @ x + pair * x.sum() * (x.sum() - 1) / 2 + triple * x.sum() * (x.sum() - 1) * (x.sum() - 2) / 6
        for x in on
    ]
    return np.tile([*cost, single[0]], (2, 1))


def test_sources_that_add_up_are_found_exactly():
    single = np.arange(1.0, len(SOURCES) + 1)
    found = shortfall.parts(synthetic(single))
    assert_allclose(found[:-2, 0], single)
    assert_allclose(found[-2:, 0], 0, atol=1e-12)
    assert_allclose(found[:, 2].sum(), 1)
    assert_allclose(found[0, 2], 0, atol=1e-12)


def test_what_two_sources_do_together_is_shared_between_them():
    single = np.arange(1.0, len(SOURCES) + 1)
    found = shortfall.parts(synthetic(single, pair=0.5))
    assert_allclose(found[:-2, 0], single + 0.5 * 0.5 * (len(SOURCES) - 1))
    assert_allclose(found[-1, 0], 0, atol=1e-12)
    assert found[:-2, 3].sum() > 1


def test_what_three_sources_do_together_is_the_remainder():
    assert abs(shortfall.parts(synthetic(np.ones(len(SOURCES)), triple=0.1))[-1, 1]) > 0.01


# What is measured


@pytest.mark.parametrize("rule", ["vanilla", "delta"])
def test_shares_add_up(summary, rule):
    shares = [line(summary, rule, part=part)["share"] for part in [*SOURCES, "none of them", "remainder"]]
    assert sum(shares) == pytest.approx(1, abs=1e-9)
    assert abs(shares[-1]) < 0.1


@pytest.mark.parametrize("rule", ["vanilla", "delta"])
def test_switched_off_alone_sources_save_more_than_there_is(summary, rule):
    assert sum(line(summary, rule, part=source)["saved_alone"] for source in SOURCES) > 1.1


@pytest.mark.parametrize("rule", ["vanilla", "delta"])
def test_without_any_source_recall_is_exact(summary, rule):
    found = line(summary, rule, without="all")
    assert found["correlation"] > 0.999
    assert found["noise"] < 0.002


@pytest.mark.parametrize("rule", ["vanilla", "delta"])
def test_with_cross_talk_alone_the_spiking_memory_is_the_rate_memory(summary, rule):
    found = line(summary, rule, without="all but cross-talk")
    assert found["agreement"] > 0.995
    assert found["noise"] == pytest.approx(found["noise_without_spikes"], rel=0.2)


@pytest.mark.parametrize("rule", ["vanilla", "delta"])
def test_no_source_helps_recall(summary, rule):
    everything = line(summary, rule, without="nothing")["noise"]
    for source in SOURCES:
        assert line(summary, rule, without=source)["noise"] <= everything * 1.02, source


def test_dales_law_costs_the_delta_rule_and_not_hebbs(summary):
    assert line(summary, "vanilla", part="Dale")["noise"] == 0
    assert line(summary, "delta", part="Dale")["share_low"] > 0.05


@pytest.mark.parametrize("rule", ["vanilla", "delta"])
def test_cross_talk_is_the_largest_part(summary, rule):
    assert line(summary, rule, part="cross-talk")["share_low"] > 0.5


def test_what_spikes_add_to_cross_talk_is_part_of_the_shortfall(summary):
    shares = [line(summary, "delta", part=part)["shortfall"] for part in [*SOURCES, "none of them", "remainder"]]
    assert sum(shares) == pytest.approx(1, abs=1e-9)
    assert 0 < shares[0] < 0.8


def test_bits_of_a_read_are_divided_by_its_spikes(rows):
    for row in rows:
        assert row["bits_per_spike"] * row["spikes"] <= SETTINGS["d_v"] + 1e-9
        if row["bits"] == 1:
            assert row["bits_per_spike"] * row["spikes"] == pytest.approx(SETTINGS["d_v"])


def test_shares_wait_until_every_condition_is_measured(rows):
    some = [row for row in rows if row["without"] != "all"]
    assert shortfall.summarise(some)["shares"] == []
    shortfall.draw(Figure().subplots(), some)


def test_one_seed_has_no_intervals(rows):
    shares = shortfall.summarise([row for row in rows if row["seed"] == 0])["shares"]
    assert shares[0]["share_low"] is None
    assert shares[0]["share"] is not None


def test_bars_are_stacked_of_the_sources(rows):
    axes = Figure().subplots()
    shortfall.draw(axes, rows)
    assert len(axes.containers) == 2 * (len(SOURCES) + 1)


def test_keys_without_cross_talk_share_no_cell():
    keys = shortfall.disjoint_keys(generator(0), 10, 100)
    assert_array_equal(keys @ keys.T, 10 * np.eye(10))


def test_bad_conditions_are_refused():
    with pytest.raises(InputError, match="load is 11, but 100 cells hold 10 keys that share none"):
        shortfall.disjoint_keys(generator(0), 11, 100)
    with pytest.raises(InputError, match="without is 'noise'; choose from nothing, cross-talk"):
        measured("delta", "noise")
