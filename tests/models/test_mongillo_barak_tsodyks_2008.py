"""An item outlives silence in presynaptic calcium, and a pulse to all cells brings it back."""

from dataclasses import replace

import numpy as np
import pytest

from experiments.silent_memory import measured
from models import mongillo_barak_tsodyks_2008 as model
from models.mongillo_barak_tsodyks_2008 import (
    PORTRAIT,
    REGIMES,
    Course,
    Facilitating,
    Network,
    circuit,
    inputs,
    simulated,
)
from plastic.circuit import Circuit, Input, Phase, Population, Trace, simulate
from plastic.memory.codes import generator
from plastic.memory.statistics import interval_over_seeds
from plastic.rule import InputError

SEEDS = range(5)


def measures(scale, regime, cue=True, delay=0.85, seeds=SEEDS):
    """All trials, one after another where they are large."""
    net, course = Network(scale=scale), Course(delay=delay)
    at_once = [list(seeds)] if scale < 0.3 else [[seed] for seed in seeds]
    found = [measured(net, simulated(net, some, REGIMES[regime], course, cue), course) for some in at_once]
    return {name: np.concatenate([part[name] for part in found]) for name in found[0]}


def of_mean(values):
    """The 95 % interval of the mean over seeds."""
    found = interval_over_seeds(values, np.mean)
    return found.low, found.high


@pytest.mark.parametrize("spends", ["u-", "u+"])
def test_share_and_resources_follow_the_recursion_of_a_regular_train(spends):
    cells = Facilitating(
        spends=spends, sigma=0.0, tau_m=1e-3, refractory=0.05
    )  # driven so hard that it fires every 50 ms
    course = Circuit(
        {"E": Population(cells, 1, {"drive": Input(np.full((1, 1, 1), 10.0), 0.5)})}, {}, [Phase(0.5)], 1e-4
    )
    record = {z: Trace("E", z, 1e-4) for z in ("u", "x", "released")}
    found = {z: a[0, :, 0] for z, a in simulate(course, [0], record).items()}
    fired = np.flatnonzero(np.diff(found["u"]) > 0.01)
    assert len(fired) >= 5
    u, x = cells.U, 1.0
    for before, after in zip([None, *fired], fired, strict=False):
        gap = 0 if before is None else (after - before) * 1e-4
        u, x = cells.U + (u - cells.U) * np.exp(-gap / 1.5), 1 + (x - 1) * np.exp(-gap / 0.2)
        raised = u + cells.U * (1 - u)
        spent = (u if spends == "u-" else raised) * x
        assert found["released"][after + 1] == pytest.approx(spent, abs=1e-9)
        u, x = raised, x - spent


def test_every_cell_has_the_same_number_of_inputs():
    assert (inputs(generator(0, "a test"), 30, 100, 0.2).sum(1) == 20).all()


def test_synapses_are_strong_within_items_and_from_cells_of_none_by_chance():
    net = Network(scale=0.1)
    w = circuit(net, [0], 0.0227, Course()).projections["EE"].weights[0] * net.scale
    item = net.item
    within = (item[:, None] == item) & (item >= 0)
    assert np.allclose(w[within], net.within)
    assert np.allclose(w[~within & (item >= 0)], net.between)
    assert (w[:, item < 0] > net.between).mean() == pytest.approx(net.potentiated, abs=0.01)


def test_a_trial_does_not_depend_on_those_beside_it():
    net, course = Network(scale=0.05), Course(0.1, 0.1, 0.1, 0.0, 0.0)
    both, alone = (simulated(net, seeds, 0.0237, course).recorded["E"] for seeds in ([3, 4], [4]))
    assert np.array_equal(both.step[both.trial == 1], alone.step)
    assert np.array_equal(both.cell[both.trial == 1], alone.cell)


def test_trials_may_differ_in_their_drive_alone():
    net, course = Network(scale=0.05), Course(0.1, 0.1, 0.1, 0.0, 0.0)
    both = simulated(net, [3, 3], [0.0227, 0.0237], course).recorded["E"]
    alone = simulated(net, [3], 0.0237, course).recorded["E"]
    assert np.array_equal(both.step[both.trial == 1], alone.step)
    assert np.array_equal(both.cell[both.trial == 1], alone.cell)
    assert (both.trial == 0).sum() < len(alone.step)


def test_a_cue_raises_the_calcium_of_its_item_alone():
    found = simulated(Network(scale=0.1), SEEDS, REGIMES["silent"], Course(0.2, 0.35, 0.2, 0.0, 0.0))
    cued, other = found.u[:, -1].T
    low, _ = of_mean(cued - other)
    assert low > 0.25


@pytest.mark.slow
def test_the_item_keeps_spiking_in_the_synchronous_regime_and_not_in_the_silent_one():
    silent = measures(0.2, "silent", delay=1.65, seeds=range(10))  # the mean of 5 is known to .4 only
    synchronous, asynchronous = (measures(0.2, regime, delay=1.65) for regime in ("synchronous", "asynchronous"))
    assert of_mean(silent["kept"])[1] < 2
    assert of_mean(synchronous["kept"])[0] > 2.5
    assert of_mean(asynchronous["kept"])[0] > 2.5
    assert (synchronous["facilitation"] > 0.5).all()
    assert (silent["facilitation"] < 0.5).all()


@pytest.mark.slow
def test_a_pulse_reads_out_the_item_that_was_cued():
    cued, uncued = (measures(0.5, "silent", cue) for cue in (True, False))
    assert of_mean(cued["recovered"])[0] > 5
    assert of_mean(uncued["recovered"])[1] < 2
    assert of_mean(cued["kept"])[1] < 2


def test_a_portrait_has_both_regimes_with_cue_and_pulse(monkeypatch):
    monkeypatch.setattr(model, "Network", lambda: Network(scale=0.1))
    monkeypatch.setattr(model, "PORTRAIT", Course(0.1, 0.1, 0.1, 0.1, 0.1))
    marks = model.portrait(0)
    kinds = ("spikes", "u", "x", "rate")
    assert {mark.panel for mark in marks} == {f"{kind} {regime}" for kind in kinds for regime in
                                              ("synchronous", "silent")} | {"spans"}  # fmt: skip
    spans = {mark.series: (mark.x, mark.y) for mark in marks if mark.panel == "spans"}
    assert spans == {"cue": pytest.approx((0.1, 0.2)), "pulse": pytest.approx((0.3, 0.4))}


@pytest.mark.slow
def test_the_portrait_shows_silence_and_a_pulse_that_ends_it():
    cued, uncued = (
        measured(Network(), simulated(Network(), SEEDS, REGIMES["silent"], PORTRAIT, cue), PORTRAIT)
        for cue in (True, False)
    )
    assert of_mean(cued["kept"])[1] < 2.5
    assert of_mean(cued["recovered"])[0] > 4
    assert of_mean(uncued["recovered"])[1] < 2


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"scale": 0.01}, "scale is 0.01, which leaves 8 cells an item"),
        ({"items": 11}, "items is 11"),
        ({"dt": 2e-3}, "slowest delay is 0.001 s, shorter than dt"),
        ({"slowest": 5e-3}, "slowest delay is 0.005 s, but a cell may fire again"),
    ],
)
def test_a_network_that_cannot_be_is_refused(change, says):
    with pytest.raises(InputError, match=says):
        replace(Network(), **change)


def test_another_convention_is_refused():
    with pytest.raises(InputError, match="spends is 'u'"):
        Facilitating(spends="u")
