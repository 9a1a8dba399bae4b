"""Circuits in Brian2, the reference: trials are blocks of one network, side by side."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import brian2
import numpy as np
from brian2 import second
from brian2.devices.device import get_device, runtime_device
from sympy import Function, sympify

from plastic import symbols
from plastic.cells import Cells
from plastic.circuit import Circuit, Fired, Input, Population, Projection, Request, Spikes, Trace, Weights
from plastic.rule import InputError
from plastic.substrates import noise
from plastic.substrates.cells import CellCode, code_of, numbers, unit_of
from plastic.substrates.inputs import ABSENT
from plastic.substrates.spiking import UNITS, PlasticSynapses, synapses

TARGET = {"brian2": "numpy", "cython": "cython"}
# no -ffast-math: numpy's numbers
EXACT = ["-O3", "-march=native", "-ffp-contract=off", "-fno-math-errno", "-std=c++11", "-w"]
OWN = """
place : integer (constant)
trial : integer (constant)
noise_key : 1 (constant)
"""


def simulate(circuit: Circuit, seeds: list[int], record: dict[str, Request], engine: str = "brian2") -> dict[str, Any]:
    """Run a trial for each seed, in this process; see `plastic.circuit.simulate`."""
    check_mode()
    if engine == "cython":
        gc.collect()  # what is left of an earlier circuit would keep Brian2's names, and new ones compile anew
    with target(TARGET[engine]):
        built = Network(circuit, seeds, record)
        for phase in circuit.course:
            built.learns(phase.learning)
            built.network.run(phase.seconds * second, namespace={})
            built.keep_weights()
        return built.found()


def check_mode() -> None:
    """Refuse to build while Brian2 writes a program for something else."""
    if get_device() is not runtime_device:
        raise InputError(
            "Brian2 is in another mode than 'runtime'; leave the Program, or call brian2.set_device('runtime')"
        )


@contextmanager
def target(name: str) -> Iterator[None]:
    """Brian2 makes its code for this target, with exact arithmetic; afterwards all is as it was before."""
    wanted = {"codegen.target": name, "codegen.cpp.extra_compile_args": EXACT}
    before = {preference: brian2.prefs[preference] for preference in wanted}
    brian2.prefs.update(wanted)
    try:
        yield
    finally:
        brian2.prefs.update(before)


class Network:
    """Brian2's objects for a circuit and its trials.

    They are named by their places, so that the same circuit is the same code and is compiled once.
    """

    def __init__(self, circuit: Circuit, seeds: list[int], record: Mapping[str, Request]):
        self.circuit, self.seeds, self.record = circuit, seeds, record
        self.groups = {name: self.group(name, each) for name, each in circuit.populations.items()}
        self.made = {name: self.projection(name, each) for name, each in circuit.projections.items()}
        self.monitors = {
            name: self.monitor(name, each) for name, each in record.items() if not isinstance(each, Weights)
        }
        self.weights: dict[str, list[np.ndarray]] = {name: [] for name in record if name not in self.monitors}
        late = [self.made[name] for name, each in circuit.projections.items() if each.rule and each.delay]
        pauses = any(not phase.learning for phase in circuit.course)
        passing = [passes_by(each) for each in late if pauses]
        self.network = brian2.Network(*self.groups.values(), *self.made.values(), *self.monitors.values(), *passing)

    # Cells

    def group(self, name: str, population: Population) -> Any:
        """The cells of all trials, one trial after another."""
        cells, code, clock = population.cells, code_of(population.cells), self.circuit.dt * second
        inputs = {f"{x}_in": self.timed(name, x) for x in population.inputs}
        absent = {x: ABSENT[x] for x in self.absent(name)}
        made = brian2.NeuronGroup(
            population.size * len(self.seeds),
            "\n".join([OWN, *equations(population, code), *told(absent | dict(code.hears))]),
            threshold=None if code.fires is None else spelled(code.fires),
            reset=reset(cells, code),
            refractory=cells.refractory * second if cells.refractory else False,
            method=stepped(code, cells.held if cells.refractory else ()),
            namespace=inputs | DRAWS | {"refractory": cells.refractory * second},
            dt=clock,
            name=self.called("cells", name),
        )  # fmt: skip
        for x in code.draws:  # apart from the equations, so that C++ draws for several cells at once
            made.run_regularly(f"{x} = drawn_{x}(noise_key, t_in_timesteps, place)", when="before_start")
        made.place = np.tile(np.arange(population.size), len(self.seeds))
        made.trial = np.repeat(np.arange(len(self.seeds)), population.size)
        made.noise_key = np.repeat([float(noise.key(seed, name)) for seed in self.seeds], population.size)
        for parameter, value in parameters(cells).items():
            setattr(made, f"{parameter}_", value)
        for x, values in started(population, len(self.seeds)).items():
            setattr(made, f"{x}_", values.ravel())
        return made

    def absent(self, name: str) -> list[str]:
        """Signals that rules of its synapses listen to and the cells do not tell."""
        rules = [(end, p.rule) for p in self.circuit.projections.values() if p.rule for end in (p.source, p.target)]
        listened = {signal for end, rule in rules if end == name for signal in symbols.signals(rule)}
        return sorted((listened & set(ABSENT)) - set(code_of(self.circuit.populations[name].cells).hears))

    def called(self, kind: str, name: str) -> str:
        """Brian2's name of cells, synapses or a monitor."""
        places = {"cells": self.circuit.populations, "synapses": self.circuit.projections, "monitor": self.record}
        return f"{kind}_{[*places[kind]].index(name)}"

    def timed(self, name: str, x: str) -> brian2.TimedArray:
        """The input x of all trials."""
        population = self.circuit.populations[name]
        given, unit = population.inputs[x], unit_in_brian(unit_of(population.cells, x))
        return brian2.TimedArray(
            pieces(given) * unit, given.every * second, name=f"{self.called('cells', name)}_{x}_in"
        )

    # Synapses

    def projection(self, name: str, projection: Projection) -> Any:
        """The synapses of all trials."""
        source, target = self.groups[projection.source], self.groups[projection.target]
        made = (
            self.fixed(name, projection, source, target)
            if projection.rule is None
            else self.learned(name, projection, source, target)
        )
        trial, post, pre = self.places(projection)
        sizes = [self.circuit.populations[end].size for end in (projection.source, projection.target)]
        made.connect(i=trial * sizes[0] + pre, j=trial * sizes[1] + post)
        for x, value in of_projection(projection).items():
            setattr(made, f"{x}_", value)
        if projection.weights is not None:
            made.w = of_synapses(projection.weights, trial, post, pre)
        if np.ndim(projection.delay):
            made.delay = of_synapses(projection.delay, trial, post, pre) * second
        return made

    def fixed(self, name: str, projection: Projection, source: Any, target: Any) -> brian2.Synapses:
        delay = None if np.ndim(projection.delay) else projection.delay * second
        return brian2.Synapses(
            source,
            target,
            f"w : 1\n{self.numbers_of(projection)}",
            on_pre=self.transmits(name, "w"),
            namespace=DRAWS,
            delay=delay,
            dt=self.circuit.dt * second,
            name=self.called("synapses", name),
        )

    def learned(self, name: str, projection: Projection, source: Any, target: Any) -> PlasticSynapses:
        assert projection.rule is not None
        has_pred = "pred" in code_of(self.circuit.populations[projection.target].cells).variables
        return synapses(
            projection.rule,
            source,
            target,
            transmit="" if projection.into is None else self.transmits(name, "efficacy"),
            pred="target" if has_pred else "events",
            also=self.numbers_of(projection),
            namespace=DRAWS,
            chance=chance_of_synapse(name, self.circuit.populations[projection.source].size),
            delay=dict.fromkeys(("transmit", "learn"), projection.delay * second),
            dt=self.circuit.dt * second,
            name=self.called("synapses", name),
        )

    def transmits(self, name: str, strength: str) -> str:
        """What a spike adds to its target."""
        projection = self.circuit.projections[name]
        release = f"{projection.release}_pre" if isinstance(projection.release, str) else "own_release"
        if projection.stochastic:
            chance = chance_of_synapse(f"{name} transmits", self.circuit.populations[projection.source].size)
            release = f"int({chance} < {release})"
        factors = ["own_gain", strength] + ([release] if projection.release is not None else [])
        return f"{projection.into}_post += {' * '.join(factors)}"

    def numbers_of(self, projection: Projection) -> str:
        """The equations of what all synapses of a projection hold alike."""
        cells = self.circuit.populations[projection.target].cells
        unit = "1" if projection.into is None else unit_of(cells, projection.into)
        return f"own_gain : {unit} (shared, constant)\nown_release : 1 (shared, constant)"

    def places(self, projection: Projection) -> np.ndarray:
        """Trial, postsynaptic and presynaptic place of every synapse, [3, synapses]; those of a cell lie together."""
        shape = tuple(self.circuit.populations[end].size for end in (projection.target, projection.source))
        where = np.ones(shape, bool) if projection.where is None else np.asarray(projection.where, bool)
        trial, pre, post = np.broadcast_to(where, (len(self.seeds), *shape)).swapaxes(1, 2).nonzero()
        return np.stack([trial, post, pre])

    def learns(self, on: bool) -> None:
        """Switch plasticity on, or off: then nothing goes on at synapses but transmission."""
        for made in self.made.values():
            if isinstance(made, PlasticSynapses):
                for part in made.contained_objects:
                    part.active = on or part is made.transmit

    # What is recorded

    def monitor(self, name: str, request: Request) -> Any:
        group, called = self.groups[request.of], self.called("monitor", name)
        if isinstance(request, Spikes):
            return brian2.SpikeMonitor(group, name=called)
        assert isinstance(request, Trace)
        every = request.every * second
        return brian2.StateMonitor(group, request.variable, self.watched(request), dt=every, name=called)

    def watched(self, request: Trace) -> np.ndarray:
        """Places of the cells in the group, [trials * cells]."""
        size = self.circuit.populations[request.of].size
        cells = np.arange(size) if request.cells is None else np.asarray(request.cells)
        return (size * np.arange(len(self.seeds))[:, None] + cells).ravel()

    def keep_weights(self) -> None:
        """Note the synapses of all trials, [trials, post, pre]."""
        for name, kept in self.weights.items():
            request: Any = self.record[name]
            kept.append(self.matrix(request.of, np.asarray(getattr(self.made[request.of], request.variable))))

    def matrix(self, of: str, values: np.ndarray) -> np.ndarray:
        projection, made = self.circuit.projections[of], self.made[of]
        shape = tuple(self.circuit.populations[end].size for end in (projection.target, projection.source))
        found = np.full((len(self.seeds), *shape), np.nan)
        pre, post = made.i[:], made.j[:]
        found[pre // shape[1], post % shape[0], pre % shape[1]] = values
        return found

    def found(self) -> dict[str, Any]:
        """Everything recorded, by name."""
        return {name: self.result(name) for name in self.record}

    def result(self, name: str) -> Any:
        request = self.record[name]
        if isinstance(request, Weights):
            return np.stack(self.weights[name], 1)
        monitor = self.monitors[name]
        if isinstance(request, Spikes):
            return fired(monitor, self.circuit.populations[request.of].size, self.circuit.dt)
        sampled = np.asarray(getattr(monitor, f"{request.variable}_"))  # [trials * cells, samples]
        return sampled.reshape(len(self.seeds), -1, sampled.shape[1]).swapaxes(1, 2)


def fired(monitor: Any, size: int, dt: float) -> Fired:
    """Spikes in order of time, then trial, then cell."""
    step, which = np.rint(monitor.t_[:] / dt).astype(int), np.asarray(monitor.i[:])
    order = np.lexsort((which, step))
    return Fired(which[order] // size, step[order], which[order] % size)


def chance_of_synapse(projection: str, cells: int) -> str:
    """The chance of a synapse at an event, by its trial, its place and the step."""
    place = f"{noise.first_synapse(projection)}.0 + place_post * {cells}.0 + place_pre"  # doubles: too large for int32
    return f"drawn_chance(noise_key_post, t_in_timesteps, {place})"


def passes_by(made: PlasticSynapses) -> brian2.NetworkOperation:
    """Spikes on their way move on while plasticity is off: Brian2 keeps the queue of an inactive pathway as it was."""
    learn = made.learn

    def move_on() -> None:
        if not learn.active:
            learn.push_spikes()
            learn.queue.advance()

    return brian2.NetworkOperation(move_on, dt=made.clock.dt, when="synapses", order=learn.order)


def of_projection(projection: Projection) -> dict[str, float]:
    """What all its synapses hold alike."""
    release = projection.release
    return {"own_gain": projection.gain, "own_release": release if isinstance(release, (int, float)) else 1.0}


def of_synapses(a: Any, trial: np.ndarray, post: np.ndarray, pre: np.ndarray) -> np.ndarray:
    """A number, [post, pre] or [trials, post, pre], for every synapse."""
    a = np.asarray(a, float)
    return np.full(len(post), a) if a.ndim == 0 else a[post, pre] if a.ndim == 2 else a[trial, post, pre]


# Brian2's language


def equations(population: Population, code: CellCode) -> list[str]:
    """The equations of the cells, their inputs and what is drawn for them."""
    cells = population.cells
    held = {x: " (unless refractory)" if x in cells.held and cells.refractory else "" for x in code.variables}
    lines = [
        f"{x} : {unit_of(cells, x)}"
        if rate == 0
        else f"d{x}/dt = {in_unit(rate, per_second(unit_of(cells, x)))} : {unit_of(cells, x)}{held[x]}"
        for x, rate in code.rates.items()
    ]
    lines += [f"{x} = {x}_in({where(given)}) : {unit_of(cells, x)}" for x, given in population.inputs.items()]
    lines += [f"{name} : {unit_of(cells, name)} (shared, constant)" for name in parameters(cells)]
    return [*lines, *(f"{x} : 1" for x in code.draws)]


def parameters(cells: Cells) -> dict[str, float]:
    """The numbers that are shared variables of a group; Brian2 keeps the name of the refractory time to itself."""
    return {name: value for name, value in numbers(cells).items() if name != "refractory"}


def started(population: Population, trials: int) -> dict[str, np.ndarray]:
    """Where variables start that do not start at 0, [trials, cells]."""
    given = population.cells.start() | dict(population.start)
    return {x: np.broadcast_to(value, (trials, population.size)) for x, value in given.items()}


def told(signals: Mapping[str, Any]) -> list[str]:
    """What the synapses hear."""
    return [f"{x} = {in_unit(e, UNITS[x])} : {UNITS[x]} (constant over dt)" for x, e in signals.items()]


def pieces(given: Input) -> np.ndarray:
    """An input of all trials, and 0 after its end: [pieces + 1] or [pieces + 1, columns]."""
    flat = np.moveaxis(np.asarray(given.values, float), 0, 1).reshape(given.values.shape[1], -1)
    flat = np.concatenate([flat, 0 * flat[:1]])
    return flat[:, 0] if flat.shape[1] == 1 else flat


def where(given: Input) -> str:
    """How a cell finds its piece of an input."""
    trials, _, cells = np.shape(given.values)
    if cells > 1:
        return "t, place" if trials == 1 else "t, i"
    return "t" if trials == 1 else "t, trial"


def stepped(code: CellCode, held: tuple[str, ...]) -> Any:
    """A Brian2 state updater: every variable after one step, all of the values before it."""
    moving = {x: e for x, e in code.after.items() if code.rates[x] != 0}
    lines = [f"_next_{x} = {spelled(e)}" for x, e in moving.items()]
    free = "int(not_refractory)"
    lines += [f"{x} = {free} * _next_{x} + (1 - {free}) * {x}" if x in held else f"{x} = _next_{x}" for x in moving]
    return lambda equations, variables, options=None: "\n".join(lines)


def reset(cells: Cells, code: CellCode) -> str | None:
    """What a spike does to its own cell."""
    if code.fires is None:
        return None
    changed = [f"_after_{x} = {in_unit(e, unit_of(cells, x))}" for x, e in code.reset.items()]
    return "\n".join([*changed, *(f"{x} = _after_{x}" for x in code.reset)])


def spelled(expression: Any) -> str:
    """An expression in Brian2's language."""
    iverson = symbols.explicit(expression).replace(Function("positive"), lambda x: Function("int")(x > 0))
    return str(iverson).replace(" & ", " and ").replace(" | ", " or ")


def in_unit(expression: Any, unit: str) -> str:
    """The same, where a mere number stands for so much of the unit."""
    number = sympify(expression).is_number and unit != "1"
    return f"{spelled(expression)} * {unit}" if number else spelled(expression)


def per_second(unit: str) -> str:
    return "hertz" if unit == "1" else f"{unit} * hertz"


def unit_in_brian(unit: str) -> Any:
    return 1 if unit == "1" else getattr(brian2, unit)


def drawn(draw: Any, name: str) -> brian2.Function:
    """A random number as a function of key, step and cell, in every language of Brian2."""
    function = brian2.Function(draw, arg_units=[1, 1, 1], return_unit=1)
    function.implementations.add_implementation("numpy", lambda key, step, cell: draw(key, step, cell))
    headers, code = {"headers": noise.CPP_HEADERS}, {"support_code": noise.CPP_GUARDED}
    function.implementations.add_implementation("cpp", code, name=f"plastic_{name}", compiler_kwds=headers)
    function.implementations.add_implementation("cython", noise.CYTHON[name], name=f"plastic_{name}")
    return function


DRAWS = {f"drawn_{name}": drawn(getattr(noise, name), name) for name in ("white", "chance")}
