"""Circuits in torch are those in Brian2: the same spikes, the same weights, whatever runs beside a trial."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal

from plastic import symbols
from plastic.cells import Cells, Given, Poisson, quantity, volts
from plastic.circuit import Circuit, Input, Phase, Population, Projection, Spikes, Trace, Weights, simulate
from plastic.rule import Flow, InputError, PlasticityRule, time_constant
from plastic.rules import RULES, as_rule
from plastic.substrates import noise, spiking_batch_chunk, spiking_batch_code
from plastic.substrates.spiking_batch_chunk import needs_single_steps
from plastic.substrates.spiking_batch_rows import needs_every_synapse

VARIANTS = [
    "delta+dale", "vanilla+soft_bound", "delta+hard_bound", "three_factor+hard_bound", "retnet+soft_bound",
    "delta+stochastic", "vanilla+stochastic",
]  # fmt: skip
NAMES = [name for name in [*RULES, *VARIANTS] if symbols.normaliser(as_rule(name)) is None]
KEYS, VALUES, TRIALS = 6, 4, 3
SEEDS = [1, 2, 3]


@dataclass(frozen=True, kw_only=True)
class Neuron(Cells):
    """A leaky integrate-and-fire cell with a dendritic drive, as plastic synapses hear it."""

    units: ClassVar[Mapping[str, str]] = {
        "v": "volt",
        "pred": "hertz",
        "taught": "hertz",
        "modulating": "1",
        "gating": "hertz",
    }
    held = ("v",)
    tau_m: float = quantity(0.02, "second", positive=True)
    tau_s: float = quantity(0.02, "second", positive=True)
    rest: float = volts(-0.07)
    threshold: float = volts(-0.05)
    drive: float = volts(0.02)
    gain: float = volts(0.04)
    shaking: float = volts(0.05)
    unit: float = quantity(100.0, "hertz", positive=True)

    def flow(self, s):
        driven = self.rest + self.drive + self.gain * s.pred / self.unit + self.shaking * s.white
        return {"v": (driven - s.v) / self.tau_m, "pred": -s.pred / self.tau_s}

    def fires(self, s):
        return s.v > self.threshold

    def reset(self, s):
        return {"v": self.rest}

    def hears(self, s):
        return {"post": s.taught, "mod": s.modulating, "gate": s.gating}

    def start(self):
        return {"v": -0.07}


@dataclass(frozen=True, kw_only=True)
class Undendritic(Neuron):
    """The same without a variable called pred."""

    units: ClassVar[Mapping[str, str]] = {
        "v": "volt",
        "g": "hertz",
        "taught": "hertz",
        "modulating": "1",
        "gating": "hertz",
    }

    def flow(self, s):
        driven = self.rest + self.drive + self.gain * s.g / self.unit + self.shaking * s.white
        return {"v": (driven - s.v) / self.tau_m, "g": -s.g / self.tau_s}


@dataclass(frozen=True, kw_only=True)
class Silent(Neuron):
    """The same, and it never fires."""

    threshold: float = volts(1e9)


@dataclass(frozen=True, kw_only=True)
class Keys(Poisson):
    """Poisson cells with a gate and with resources that each spike uses up."""

    units: ClassVar[Mapping[str, str]] = {"rate": "hertz", "gating": "hertz"}
    tau_rec: float = quantity(0.2, "second", positive=True)
    share: float = 0.3

    def flow(self, s):
        return {"vesicles": (1 - s.vesicles) / self.tau_rec}

    def reset(self, s):
        return {"vesicles": s.vesicles - self.share * s.vesicles}

    def hears(self, s):
        return {"gate": s.gating}

    def start(self):
        return {"vesicles": 1.0}


@dataclass(frozen=True, kw_only=True)
class Counter(Cells):
    """A cell that counts what it hears."""

    def flow(self, s):
        return {"heard": 0.0}


def drawn(rng, high, cells, trials=TRIALS):
    """An input that changes every 10 ms and ends before the course does."""
    return Input(rng.uniform(0, high, (trials, 4, cells)), 0.01)


def memory(rule, cells=Neuron(refractory=0.003), alike=True, **options):
    """Key cells, plastic synapses, value cells; rates high enough that most of what can happen does."""
    rng, columns = np.random.default_rng(0), 1 if alike else VALUES
    keys = Population(Keys(), KEYS, {"rate": drawn(rng, 200, KEYS), "gating": drawn(rng, 5, KEYS, 1)})
    heard = {
        "taught": drawn(rng, 100, VALUES),
        "modulating": drawn(rng, 1, columns, 1),
        "gating": drawn(rng, 5, columns),
    }
    into = "pred" if "pred" in cells.flow(symbols.SymbolicSynapse()) else "g"
    given = {"weights": rng.uniform(0, 0.1, (VALUES, KEYS))} | options
    learned = Projection("keys", "values", into, gain=50.0, rule=as_rule(rule), **given)
    course = [Phase(0.03), Phase(0.01, learning=False), Phase(0.02)]
    return Circuit({"keys": keys, "values": Population(cells, VALUES, heard)}, {"memory": learned}, course)


def requests(circuit):
    """All spikes, all membranes, every synaptic variable."""
    found = {"spikes": Spikes("values"), "keys": Spikes("keys"), "v": Trace("values", "v", 0.002, [0, 2])}
    plastic = {name: p.rule for name, p in circuit.projections.items() if p.rule}
    return found | {f"{name} {z}": Weights(name, z) for name, rule in plastic.items() for z in symbols.flows(rule)}


def assert_same(found, expected, rtol=1e-9):
    """The same spikes, and the same numbers to this share of the largest."""
    assert len(expected["spikes"].cell)
    for name, a in expected.items():
        if isinstance(a, tuple):
            for mine, theirs in zip(found[name], a, strict=True):
                assert_array_equal(mine, theirs, err_msg=name)
        else:
            assert_allclose(found[name], a, rtol=rtol, atol=rtol * np.nanmax(np.abs(a)), err_msg=name)


def both(circuit, **options):
    """Assert that torch and Brian2 agree."""
    pytest.importorskip("brian2", reason="Brian2 is not installed")
    record = requests(circuit)
    found = simulate(circuit, SEEDS, record, engine="torch", **options)
    assert_same(found, simulate(circuit, SEEDS, record))
    return found


@pytest.mark.parametrize("name", NAMES)
def test_torch_equals_brian2(name):
    both(memory(name), method="dense")


@pytest.mark.parametrize("name", ["delta", "kda", "longhorn", "oja_net", "delta+dale"])
def test_sums_over_the_events_of_a_step_equal_brian2(name):
    both(memory(name, Undendritic()), method="dense")


@pytest.mark.parametrize("cells", [Neuron(refractory=0.003), Undendritic()], ids=["dendrite", "events"])
@pytest.mark.parametrize("alike", [True, False], ids=["alike", "each its own"])
@pytest.mark.parametrize("name", NAMES)
def test_event_rows_equal_every_synapse(name, alike, cells):
    circuit = memory(name, cells, alike)
    reason = needs_every_synapse(circuit, "memory")
    if reason:
        pytest.skip(reason)
    record = requests(circuit)
    rows, dense = (simulate(circuit, SEEDS, record, engine="torch", method=m) for m in ("rows", "dense"))
    assert_same(rows, dense, rtol=1e-10)


@pytest.mark.parametrize("cells", [Neuron(refractory=0.003), Undendritic()], ids=["dendrite", "events"])
@pytest.mark.parametrize("name", NAMES)
def test_chunks_equal_every_synapse(name, cells, monkeypatch):
    monkeypatch.setattr(spiking_batch_chunk, "SIZE", 7)  # so that a chunk ends in the middle of a phase
    circuit = memory(name, cells, True)
    reason = needs_single_steps(circuit, "memory")
    if reason:
        pytest.skip(reason)
    record = requests(circuit)
    chunk, dense = (simulate(circuit, SEEDS, record, engine="torch", method=m) for m in ("chunk", "dense"))
    assert_same(chunk, dense, rtol=1e-10)


def test_chunks_are_refused_for_rules_that_are_not_linear_in_the_weight():
    with pytest.raises(InputError, match=r"method is 'chunk', but three_factor of memory cannot: .*; give 'dense'"):
        simulate(memory("three_factor"), SEEDS, {}, engine="torch", method="chunk")


def test_rules_that_are_linear_in_the_weight_learn_in_chunks():
    permitted = [name for name in NAMES if needs_single_steps(memory(name, Neuron(), True), "memory") is None]
    assert {"vanilla", "retnet", "delta", "mamba2", "gated_delta", "longhorn"} <= {*permitted}
    assert not {"three_factor", "btsp", "oja", "oja_net", "delta+dale"} & {*permitted}


@pytest.mark.parametrize("method", ["rows", "dense"])
@pytest.mark.parametrize("name", ["delta", "mamba2", "tsodyks_markram"])
def test_some_synapses_with_a_release_equal_brian2(name, method):
    where = np.random.default_rng(1).random((VALUES, KEYS)) < 0.6
    found = both(memory(name, where=where, release="vesicles"), method=method)
    assert_array_equal(np.isnan(found["memory w"]), np.broadcast_to(~where, found["memory w"].shape))


@pytest.mark.parametrize("name", ["delta", "three_factor"])
def test_delayed_plastic_synapses_equal_brian2(name):
    both(memory(name, delay=0.004))


def going_on(circuit, times, course):
    """The circuit with its inputs again and again, and another course."""

    def longer(given):
        return Input(np.tile(given.values, (1, times, 1)), given.every)

    populations = {
        name: replace(p, inputs={x: longer(given) for x, given in p.inputs.items()})
        for name, p in circuit.populations.items()
    }
    return replace(circuit, populations=populations, course=course)


def permitted(circuit):
    """The forms in which all plastic projections of a circuit can learn."""
    reasons = {"rows": needs_every_synapse, "chunk": needs_single_steps, "dense": lambda *_: None}
    return [m for m, refuses in reasons.items() if not any(refuses(circuit, name) for name in circuit.projections)]


def every_form(circuit):
    """Assert that torch agrees with Brian2 in every form that is permitted; what Brian2 gives."""
    pytest.importorskip("brian2", reason="Brian2 is not installed")
    record = requests(circuit)
    expected = simulate(circuit, SEEDS, record)
    for method in permitted(circuit):
        assert_same(simulate(circuit, SEEDS, record, engine="torch", method=method), expected)
    return expected


PAUSED = [
    "vanilla", "delta", "gated_delta", "kda", "longhorn", "oja_net", "three_factor", "btsp", "tsodyks_markram",
    "delta+dale", "delta+stochastic",
]  # fmt: skip


@pytest.mark.parametrize(
    ("cells", "options"),
    [(Neuron(refractory=0.003), {}), (Undendritic(), {"delay": 0.004})],
    ids=["dendrite", "events, delayed"],
)
@pytest.mark.parametrize("name", PAUSED)
def test_learning_goes_on_after_a_pause_as_in_brian2(name, cells, options):
    course = [Phase(0.03), Phase(0.02, learning=False), Phase(0.04)]
    found = every_form(going_on(memory(name, cells, **options), 3, course))
    assert np.isin(np.arange(30, 50), found["keys"].step).any()
    for z in symbols.flows(as_rule(name)):
        before, paused, after = np.moveaxis(found[f"memory {z}"], 1, 0)
        assert_array_equal(paused, before)
        assert (after != paused).any() or (name, z) == ("tsodyks_markram", "w")


@dataclass(frozen=True)
class Fading(PlasticityRule):
    """A weight that only leaks."""

    cite = "none"
    tau: float = time_constant(0.1)

    def flow(self, s):
        return {"w": Flow(leak=1 / self.tau)}


@dataclass(frozen=True)
class Still(Fading):
    """A weight that nothing changes."""

    def flow(self, s):
        return {"w": Flow()}


@pytest.mark.parametrize("rule", [Fading(), Still()], ids=["fading", "still"])
def test_a_weight_that_no_event_changes_equals_brian2_in_every_form(rule):
    circuit = memory(rule)
    assert permitted(circuit) == ["rows", "chunk", "dense"]
    w = every_form(circuit)["memory w"]
    kept = np.exp(-0.05 / 0.1) if type(rule) is Fading else 1.0
    assert_allclose(w[:, -1], np.broadcast_to(kept * circuit.projections["memory"].weights, w[:, -1].shape))


def joined(rule, sources):
    """Key cells shared out among populations of these names, all of whose synapses onto the value cells learn."""
    whole, rng = memory(rule, Undendritic()), np.random.default_rng(4)
    fired, weights = rng.random((1, 60, KEYS)) < 0.2, rng.uniform(0, 0.1, (VALUES, KEYS))
    populations, projections = {"values": whole.populations["values"]}, {}
    for name, own in zip(sources, np.split(np.arange(KEYS), len(sources)), strict=True):
        populations[name] = Population(Given(), len(own), {"fired": Input(fired[..., own], 1e-3)})
        projections[f"of {name}"] = Projection(name, "values", "g", 50.0, as_rule(rule), weights=weights[:, own])
    return Circuit(populations, projections, whole.course)


@pytest.mark.parametrize("name", ["delta", "longhorn", "oja", "gated_delta"])
def test_projections_onto_one_target_hear_what_all_of_them_predict(name):
    several, one = (every_form(joined(name, sources)) for sources in (["keys", "others"], ["keys"]))
    for z in symbols.flows(as_rule(name)):
        together = np.concatenate([several[f"of {source} {z}"] for source in ("keys", "others")], -1)
        assert_allclose(together, one[f"of keys {z}"], rtol=1e-9, atol=1e-12)


def recurrent(**options):
    """The memory, whose value cells also inhibit one another."""
    circuit = memory("delta")
    back = Projection("values", "values", "v", gain=-0.001, **options)
    return Circuit(circuit.populations, {**circuit.projections, "back": back}, circuit.course)


@dataclass(frozen=True, kw_only=True)
class Plain(Silent):
    """A membrane that numbers alone push and reset, and that tells its synapses a number."""

    def flow(self, s):
        return {"v": 0.5, "pred": -s.pred / self.tau_s}

    def reset(self, s):
        return {"v": 0}

    def hears(self, s):
        return {"post": 50, "mod": 1, "gate": 0}


def test_mere_numbers_stand_for_so_much_of_a_unit():
    circuit = memory("gated_delta")
    plain = Population(Plain(threshold=-0.06), VALUES)
    found = both(replace(circuit, populations={**circuit.populations, "values": plain}))
    assert len(found["spikes"].cell) >= VALUES * TRIALS


RNG = np.random.default_rng(2)
FIXED = {
    "alike": {"weights": 1.0},
    "shared": {"weights": RNG.random((VALUES, VALUES)), "delay": 0.002},
    "of each trial": {"weights": RNG.random((TRIALS, VALUES, VALUES))},
    "sparse": {"weights": 2.0, "where": np.eye(VALUES, k=1, dtype=bool)},
    "delays": {"weights": RNG.random((VALUES, VALUES)), "delay": 1e-3 * RNG.integers(0, 6, (VALUES, VALUES))},
    "delays of each trial": {"weights": 1.0, "delay": 1e-3 * RNG.integers(0, 6, (TRIALS, VALUES, VALUES))},
}


@pytest.mark.parametrize("options", FIXED.values(), ids=FIXED)
def test_fixed_synapses_equal_brian2(options):
    both(recurrent(**options))


@pytest.mark.parametrize("delay", [0.0, 1e-3 * RNG.integers(0, 6, (VALUES, KEYS))], ids=["at once", "delays"])
def test_fixed_release_is_that_of_the_arrival(delay):
    circuit = memory("delta")
    spent = Projection("keys", "values", "pred", gain=10.0, weights=1.0, release="vesicles", delay=delay)
    both(Circuit(circuit.populations, {**circuit.projections, "spent": spent}, circuit.course))


@pytest.mark.parametrize("method", ["rows", "dense"])
@pytest.mark.parametrize("release", [0.3, "vesicles"])
@pytest.mark.parametrize("name", ["delta", "delta+stochastic"])
def test_synapses_that_transmit_all_or_nothing_equal_brian2(name, release, method):
    both(memory(name, release=release, stochastic=True), method=method)


@pytest.mark.parametrize("fixed", FIXED)
def test_fixed_synapses_that_transmit_all_or_nothing_equal_brian2(fixed):
    both(recurrent(**FIXED[fixed], release=0.4, stochastic=True))


def test_share_of_the_synapses_transmits_each_on_its_own():
    keys, trials = Population(Given(), 40, {"fired": Input(np.ones((1, 1, 1)), 0.1)}), range(4)
    counter = Population(Counter(), 500)
    one = Projection("keys", "counter", "heard", weights=1.0, release=0.2, stochastic=True)
    circuit = Circuit({"keys": keys, "counter": counter}, {"one": one}, [Phase(0.101)])
    heard = simulate(circuit, trials, {"heard": Trace("counter", "heard", 0.1)}, "torch")["heard"][:, 1]
    events = 40 * 100
    assert heard.mean() == pytest.approx(0.2 * events, abs=4 * np.sqrt(0.16 * events / heard.size))
    assert heard.var() == pytest.approx(0.16 * events, rel=0.15)


def test_recurrent_network_in_fine_steps_equals_brian2():
    rng, cells = np.random.default_rng(3), 80
    late = {"where": rng.random((cells, cells)) < 0.2, "delay": 1e-4 * rng.integers(1, 20, (cells, cells))}
    heard = {x: Input(np.zeros((1, 1, 1)), 0.1) for x in ("taught", "modulating", "gating")}
    neurons = Population(Neuron(refractory=0.002, drive=0.03), cells, heard)
    inhibition = Projection("values", "values", "v", gain=-3e-4, weights=1.0, **late)
    circuit = Circuit({"values": neurons}, {"inhibition": inhibition}, [Phase(0.06)], dt=1e-4)
    record = {"spikes": Spikes("values"), "v": Trace("values", "v", 1e-4)}
    found, expected = (simulate(circuit, SEEDS, record, engine=engine) for engine in ("torch", "brian2"))
    assert len(expected["spikes"].cell) > 3 * cells
    assert_same(found, expected)


def of_trial(found, trial):
    """What one trial gave."""
    pick = lambda a: tuple(x[a.trial == trial] for x in a[1:]) if isinstance(a, tuple) else a[trial]  # noqa: E731
    return {name: pick(a) for name, a in found.items()}


def alone(circuit, trial):
    """The circuit with the inputs of one trial."""

    def cut(given):
        return Input(given.values[trial : trial + 1] if len(given.values) > 1 else given.values, given.every)

    populations = {
        name: Population(p.cells, p.size, {x: cut(given) for x, given in p.inputs.items()}, p.start)
        for name, p in circuit.populations.items()
    }
    return Circuit(populations, circuit.projections, circuit.course, circuit.dt)


@pytest.mark.parametrize("method", ["rows", "dense"])
@pytest.mark.parametrize("name", ["delta", "three_factor+stochastic", "kda"])
def test_trial_does_not_depend_on_what_runs_beside_it(name, method):
    circuit = memory(name)
    if method == "rows" and needs_every_synapse(circuit, "memory"):
        pytest.skip(needs_every_synapse(circuit, "memory"))
    together = simulate(circuit, SEEDS, requests(circuit), engine="torch", method=method)
    for trial, seed in enumerate(SEEDS):
        single = simulate(alone(circuit, trial), [seed], requests(circuit), engine="torch", method=method)
        expected, found = of_trial(together, trial), of_trial(single, 0)
        for key in expected:
            for a, b in zip(np.atleast_1d(found[key]), np.atleast_1d(expected[key]), strict=True):
                assert_array_equal(a, b, err_msg=key)


def test_same_seeds_give_the_same_bits():
    circuit = memory("delta+stochastic")
    first, second = (simulate(circuit, SEEDS, requests(circuit), engine="torch") for _ in range(2))
    for name in first:
        assert_array_equal(np.concatenate(first[name], None), np.concatenate(second[name], None))


def by_rows(name):
    """Whether a rule permits event rows in the memory."""
    return needs_every_synapse(memory(name), "memory") is None


def single_and_double(circuit):
    """What event rows give in either precision."""
    types = torch.float32, torch.float64
    return (simulate(circuit, SEEDS, requests(circuit), engine="torch", method="rows", dtype=t) for t in types)


@pytest.mark.parametrize("name", [*filter(by_rows, NAMES)])
def test_event_rows_in_single_precision_are_those_in_double(name):
    single, double = ({z: a for z, a in found.items() if z != "v"} for found in single_and_double(memory(name)))
    assert_same(single, double, rtol=1e-4)


@pytest.mark.parametrize("name", ["mamba2", "retnet", "three_factor"])
def test_single_precision_lasts_for_thousands_of_steps(name):
    single, double = single_and_double(going_on(memory(name), 40, [Phase(1.0), Phase(1.0)]))
    assert_allclose(single["memory w"], double["memory w"], rtol=0, atol=1e-4 * np.abs(double["memory w"]).max())


def test_thousands_of_steps_of_a_leak_cost_single_precision_no_more_than_its_rounding():
    circuit = replace(memory(Fading(tau=2.0)), course=[Phase(4.0)])
    w = simulate(circuit, SEEDS, {"w": Weights("memory")}, engine="torch", method="rows", dtype=torch.float32)["w"]
    assert_allclose(w[:, 0], np.broadcast_to(np.exp(-2) * circuit.projections["memory"].weights, w[:, 0].shape), 1e-6)


def test_rows_are_refused_where_targets_differ():
    with pytest.raises(InputError, match=r"method is 'rows', but oja of memory cannot: .*; give 'dense'"):
        simulate(memory("oja"), SEEDS, {}, engine="torch", method="rows")


def test_unknown_method_is_refused():
    with pytest.raises(InputError, match="method is 'quick'; choose from rows, chunk, dense"):
        simulate(memory("delta"), SEEDS, {}, engine="torch", method="quick")


def drawn_by_both(name, on):
    """Numbers by numpy and by torch."""
    kind = spiking_batch_code.Kind(torch.device(on), torch.float64)
    keys = np.array([[noise.key(seed, "values")] for seed in SEEDS], np.uint64)
    steps, places = np.arange(50)[:, None, None], np.arange(40)
    return getattr(noise, name)(keys, steps, places), getattr(spiking_batch_code, name)(keys, steps, places, kind).cpu()


@pytest.mark.parametrize("name", ["white", "chance"])
def test_tensors_of_random_numbers_are_those_of_every_engine(name):
    expected, found = drawn_by_both(name, "cpu")
    assert_allclose(found.numpy(), expected, rtol=0, atol=1e-14)


def test_random_bits_of_a_device_without_unsigned_numbers_are_the_same():
    z = np.random.default_rng(0).integers(0, 2**64, 1000, np.uint64)
    found = spiking_batch_code.mixed(torch.from_numpy(z.view(np.int64))).numpy().view(np.uint64)
    with np.errstate(over="ignore"):
        assert_array_equal(found, noise.mixed(z))


def slope(of, at):
    """A gradient by automatic differentiation and by finite differences, along one random direction."""
    x = torch.tensor(at, requires_grad=True)
    direction = torch.from_numpy(np.random.default_rng(5).standard_normal(np.shape(at)))
    (exact,) = torch.autograd.grad(of(x), x)
    step = 1e-6 * float(x.detach().abs().max())
    above, below = (of(x.detach() + by * direction) for by in (step, -step))
    return float((exact * direction).sum()), float(above - below) / (2 * step)


def loss(circuit):
    """A number that depends on the drive and on the weights that are left."""
    record = {"pred": Trace("values", "pred", 0.001), "w": Weights("memory")}
    found = simulate(circuit, SEEDS, record, engine="torch", gradients=True)
    return found["pred"].square().mean() / 1e4 + found["w"].square().mean()


@pytest.mark.parametrize("name", ["delta", "gated_delta", "three_factor", "kda"])
@pytest.mark.parametrize("leaf", ["values", "weights", "eta"])
def test_gradients_are_those_of_finite_differences(name, leaf):
    rule = replace(as_rule(name), eta=0.01)
    start = memory(rule)
    taught = start.populations["values"].inputs["taught"]

    def of(x):
        options = {"weights": {"weights": x}}.get(leaf, {})
        circuit = memory(replace(rule, eta=x) if leaf == "eta" else rule, cells=Silent(), **options)
        if leaf == "values":
            circuit.populations["values"].inputs["taught"] = Input(x, taught.every)
        return loss(circuit)

    at = {"values": taught.values, "weights": start.projections["memory"].weights, "eta": 0.01}[leaf]
    exact, differences = slope(of, at)
    assert exact != 0
    assert_allclose(exact, differences, rtol=1e-6)


def test_gradients_by_event_rows_are_refused():
    with pytest.raises(InputError, match="method is 'rows', through which no gradient flows; give 'chunk' or 'dense'"):
        simulate(memory("delta"), SEEDS, {}, engine="torch", method="rows", gradients=True)


@pytest.mark.gpu
@pytest.mark.parametrize("method", ["rows", "chunk", "dense"])
def test_gpu_equals_processor(method):
    circuit = memory("gated_delta")
    there, here = (
        simulate(circuit, SEEDS, requests(circuit), engine="torch", method=method, device=on) for on in ("cuda", "cpu")
    )
    assert_same(there, here)
