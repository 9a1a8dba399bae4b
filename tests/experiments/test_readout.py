"""Cues of Poisson spikes: the law of their noise, and the load from which cross-talk outweighs it."""

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure

from experiments import readout
from plastic.lab.summary import column
from plastic.memory.metrics import fidelity
from plastic.memory.of_rules import RateMemory
from plastic.memory.statistics import interval_over_seeds
from plastic.rule import InputError
from plastic.rules import as_rule

mpl.use("Agg")
SEEDS = range(20)
SETTINGS = readout.settings("rate", False)
KNOWN = {  # (pairs, spikes a cell): signal to noise ratio, simulated
    (50, 0.2): 1.07, (50, 1.0): 3.50, (50, 5.0): 6.38,
    (200, 0.2): 0.30, (200, 1.0): 0.93, (200, 5.0): 1.63,
}  # fmt: skip


def rows(rule="vanilla", conditions=KNOWN):
    about = {"rule": rule, "substrate": "rate"}
    store = RateMemory(as_rule(rule), tuple(SEEDS))
    return [
        {**about, "load": n, "spikes": c} | row
        for n, c in conditions
        for row in readout.measure(store, SEEDS, SETTINGS, n, c)
    ]


@pytest.fixture(scope="module")
def hebb():
    return rows(conditions=[(n, c) for n in readout.LOADS for c in readout.SPIKES])


@pytest.mark.parametrize(("n", "c"), KNOWN)
def test_signal_to_noise_follows_the_law_of_a_spiking_read_out(hebb, n, c):
    measured = 1 / column([row for row in hebb if (row["load"], row["spikes"]) == (n, c)], "noise").mean()
    assert measured == pytest.approx(KNOWN[n, c], rel=0.05)
    assert measured == pytest.approx(float(1 / readout.predicted(SETTINGS, n, c)), rel=0.05)


def test_noise_is_cross_talk_shot_noise_and_a_term_of_both(hebb):
    fit = readout.summarise(hebb)["fits"][0]
    d, a = SETTINGS["d"], SETTINGS["active"]
    for name, expected in (("crosstalk", 1 / d), ("shot", 1 / a), ("both", 1 / (d * (1 - a / d)))):
        assert fit[f"{name}_low"] < expected < fit[f"{name}_high"]
    assert fit["misfit"] < 0.1


def test_cross_talk_and_shot_noise_alone_do_not_add_up(hebb):
    assert readout.summarise(hebb)["fits"][0]["misfit_without_both"] > 0.5


def test_the_more_spikes_the_lower_the_load_from_which_cross_talk_matters_most(hebb):
    lines = readout.summarise(hebb)["crossover"]
    assert all(line["load_low"] < line["predicted"] < line["load_high"] for line in lines)
    assert (np.diff([line["load"] for line in lines]) < 0).all()


def test_the_law_is_not_that_of_a_rule_that_forgets():
    fit = readout.summarise(rows("retnet", [(n, c) for n in (10, 100, 200) for c in (0.2, 5.0)]))["fits"][0]
    assert fit["misfit"] > 0.2


def test_one_condition_is_summarised_without_a_fit(hebb):
    found = readout.summarise(hebb[: len(SEEDS)])
    assert len(found["by_condition"]) == 1
    assert found["fits"] == found["crossover"] == []


def test_points_lie_beside_lines_of_theory(hebb):
    axes = Figure().subplots()
    readout.draw(axes, hebb)
    assert len(axes.lines) == 2 * len(readout.SPIKES)


def test_a_cue_without_spikes_is_refused():
    with pytest.raises(InputError, match="spikes is 0; give a mean count above 0"):
        readout.measure(RateMemory(as_rule("vanilla"), (0,)), [0], SETTINGS, 5, 0)


@pytest.mark.parametrize("load", [50, 200])
@pytest.mark.parametrize("spikes", [0.2, 1.0, 5.0])
def test_spiking_cells_add_up_the_noise_that_theory_expects(load, spikes):
    seeds = range(10)
    rows = readout.measure(None, seeds, readout.settings("spiking", True), load, spikes)
    relative = np.array([1 / row["noise"] for row in rows]) * readout.predicted({"d": 400, "active": 40}, load, spikes)
    found = interval_over_seeds(relative)
    assert found.low > 0.9
    assert found.high < 1.1


@pytest.mark.parametrize("release", [0.5, 0.2])
def test_synapses_that_fail_cost_as_much_as_so_many_fewer_spikes(release):
    model, seeds, load, spikes = pytest.importorskip("models.poisson_readout"), range(10), 50, 5.0
    keys, values, _ = readout.presented(seeds, SETTINGS, load, spikes)
    weights = values.swapaxes(1, 2) @ readout.covariant(keys, SETTINGS)
    error = fidelity(model.answers(weights, keys, spikes, list(seeds), release=release), values).error
    expected = readout.predicted(SETTINGS, load, spikes * release)
    found = interval_over_seeds((1 - error) / error * expected)
    assert found.low > 0.9
    assert found.high < 1.1


def test_engines_read_out_alike():
    rng = np.random.default_rng(0)
    weights, cues = rng.standard_normal((2, 5, 30)), (rng.random((2, 3, 30)) < 0.2).astype(float)
    model = pytest.importorskip("models.poisson_readout")
    here, there = (model.answers(weights, cues, 2.0, [0, 1], engine) for engine in ("torch", "brian2"))
    np.testing.assert_allclose(here, there, atol=1e-12)


def test_more_spikes_than_steps_are_refused():
    model = pytest.importorskip("models.poisson_readout")
    with pytest.raises(InputError, match="spikes is 60; give a mean count above 0, at most 50"):
        model.answers(np.zeros((1, 5, 30)), np.zeros((1, 3, 30)), 60.0, [0])
