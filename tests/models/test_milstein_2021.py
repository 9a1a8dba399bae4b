"""One plateau gives a cell a field in spikes, as the rule does on rates."""

import numpy as np
import pytest

from models import milstein_2021 as model
from models.milstein_2021 import Belt, Cell, Plateau
from plastic.cells import Poisson
from plastic.circuit import Circuit, Input, Phase, Population, Projection, Weights, simulate
from plastic.memory.statistics import interval_over_seeds
from plastic.rule import InputError

SEEDS = range(5)
SHORT = Belt(length=120.0, cells=30)
DELAYS = [-3, -2, -1, 0, 1, 2, 3]
ALONE = {1: [0.06, 0.86, 1.71, 1.79, 1.58, 0.10, -0.02], 2: [None, None, 0.76, 0.80, None, None, -0.08]}  # closed form


@pytest.fixture(scope="module")
def walked():
    cells = [Cell([Plateau(1, 60.0)]), Cell([Plateau(1, 60.0)], 3.0)]
    return model.walk(SHORT, cells, 3, SEEDS, "torch"), model.recursion(SHORT, cells, 3)


def test_engines_agree():
    brian, torch = (model.walk(SHORT, [Cell([Plateau(0, 60.0)])], 1, [0, 1], engine) for engine in ("brian2", "torch"))
    np.testing.assert_allclose(torch.w, brian.w, rtol=1e-9)
    for name in ("fired", "inputs"):
        for a, b in zip(getattr(torch, name), getattr(brian, name), strict=True):
            np.testing.assert_array_equal(a, b)


def test_one_pairing_in_regular_spikes_changes_synapses_as_the_closed_form_says():
    changes = model.pairing(DELAYS, [1, 2, 3], [0])[0]
    for found, expected in zip(changes, ALONE.values(), strict=False):
        for change, wanted in zip(found, expected, strict=True):
            assert wanted is None or change == pytest.approx(wanted, abs=0.015)
    assert ((changes[2] > -0.215) & (changes[2] < -0.05)).all()


@pytest.mark.slow
def test_one_pairing_in_poisson_spikes_changes_synapses_alike_within_its_noise():
    changes = model.pairing(DELAYS, [1, 2, 3], range(20), Poisson())
    found, regular = interval_over_seeds(changes), model.pairing(DELAYS, [1, 2, 3], [0])[0]
    assert (np.abs(changes.mean(0) - regular) < np.maximum(3 * (found.high - found.low), 0.02)).all()


def test_a_silent_cell_fires_where_it_had_a_plateau(walked):
    maps = model.rate_maps(SHORT, walked[0].fired, len(SEEDS), 2, 3)[:, :, 0]
    assert not maps[:, 0].any()
    along = model.smoothed(SHORT, maps[:, 2])
    assert (along.max(-1) > 20).all()
    assert (np.abs(SHORT.apart(model.bins(SHORT)[along.argmax(-1)], 60.0)) < 40).all()


def test_the_field_reaches_further_before_the_plateau_than_after(walked):
    maps = model.smoothed(SHORT, model.rate_maps(SHORT, walked[0].fired, len(SEEDS), 2, 3))[:, 2, 0]
    fields = [model.field_of(SHORT, along, 60.0) for along in maps]
    ratio = interval_over_seeds(np.array([field.before / field.after for field in fields]))
    centre = interval_over_seeds(np.array([field.centre for field in fields]))
    assert ratio.low > 1.1
    assert ratio.value > 1.2
    assert centre.high < 0


def test_weak_synapses_grow_and_strong_ones_shrink_about_the_plateau(walked):
    near = np.abs(SHORT.apart(SHORT.centres, 60.0)) < SHORT.speed  # one second
    w = walked[0].w[:, 1]
    assert (w[:, 0, near] > 2).all()
    assert (w[:, 1, near] < 3).all()


def test_spikes_write_what_the_recursion_on_rates_writes(walked):
    w, expected = walked[0].w[:, 1], walked[1][1]
    assert np.abs(w.mean(0) - expected).mean() < 0.06


def test_a_field_is_longer_the_faster_the_animal_runs():
    widths = []
    for speed in (10.0, 15.0, 20.0):
        belt = Belt(length=240.0, cells=60, speed=speed)
        w = model.recursion(belt, [Cell([Plateau(0, 120.0)])], 1)[0, 0]
        widths.append(model.field_of(belt, model.ramp(belt, w), 120.0).width)
    assert widths[0] < widths[1] < widths[2]
    assert widths[2] < 2 * widths[0]  # CA3 fields are as long at any speed


def test_the_mean_trace_of_an_input_peaks_at_one():
    belt = Belt()
    rule = belt.rule
    trace, peak = 0.0, 1 - np.exp(-rule.plateau / rule.tau_eligible)
    traces = []
    for drive in np.tile(belt.rates(belt.places(0.02))[:, 60], 2):
        trace += 0.02 * (drive / (rule.r_0 * peak) - trace) / rule.tau_eligible
        traces.append(trace)
    assert max(traces) == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: Belt(length=50.0), "too short for fields"),
        (lambda: Belt(cells=10), "leave gaps"),
        (lambda: Belt(dt=0.01), "too coarse"),
        (lambda: Belt(speed=0.0), "speed of the belt"),
        (lambda: Belt(speed=17.0), "change speed or length"),
        (lambda: model.circuit(SHORT, [Cell([Plateau(0, 500.0)])], 1), "off the belt"),
        (lambda: model.circuit(SHORT, [Cell([Plateau(3, 10.0)])], 2), "give more laps"),
    ],
)
def test_what_cannot_be_run_is_refused(call, says):
    with pytest.raises(InputError, match=says):
        call()


@pytest.mark.slow
def test_the_portrait_shows_every_panel():
    marks = model.portrait(0)
    assert {mark.panel for mark in marks} == {"CA3", "CA1", "rate maps", "weights", "plateau"}
    assert len(marks) < 15_000


def test_an_input_of_the_cells_may_be_called_as_a_parameter_of_the_rule_is():
    class Alike(Poisson):
        def hears(self, s):
            return {"post": s.plateau / s.dt}

    circuit = Circuit(
        {
            "input": Population(Poisson(), 1, {"rate": Input(np.full((1, 1, 1), 50.0), 1.0)}),
            "cell": Population(Alike(), 1, {name: Input(np.ones((1, 1, 1)), 1.0) for name in ("rate", "plateau")}),
        },
        {"synapses": Projection("input", "cell", None, rule=SHORT.rule, weights=1.0)},
        [Phase(1.0)],
    )
    here, there = (simulate(circuit, [0], {"w": Weights("synapses")}, engine)["w"] for engine in ("torch", "brian2"))
    np.testing.assert_allclose(here, there, rtol=1e-12)
    assert here[0, 0, 0, 0] != 1.0
