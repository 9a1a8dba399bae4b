"""Circuits in C++: Brian2 writes one program for a trial, built once and run again for every seed and condition.

A trial's noise depends on its key alone, so its seed is an argument of the program, as every other number is: inputs,
parameters of cells and rules, gains, weights and start values.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import fields, is_dataclass, replace
from os import cpu_count, environ, killpg
from pathlib import Path
from threading import current_thread, main_thread
from typing import Any, cast

import brian2
import numpy as np
from brian2 import second
from brian2.devices.device import get_device, reset_device

from plastic import symbols
from plastic.circuit import Circuit, Fired, Input, Projection, Request, Weights
from plastic.rule import InputError
from plastic.substrates import circuits, noise
from plastic.substrates.cells import code_of
from plastic.substrates.spiking import of_rule
from plastic.substrates.spiking_network import (
    Network,
    check_mode,
    of_projection,
    of_synapses,
    parameters,
    pieces,
    started,
    target,
)

LAST_LINES = 15  # of the compiler's output, told if it fails


def simulate(
    circuit: Circuit,
    seeds: Sequence[int],
    record: dict[str, Request],
    engine: str = "standalone",
    workers: int = 1,
    folder: str | Path | None = None,
) -> dict[str, Any]:
    """Run a trial for each seed, so many at a time; the program lies in folder (None: the system's) meanwhile."""
    if workers < 1:
        raise InputError(f"workers is {workers}; give at least 1")
    with Program(circuit, seeds, record, folder) as program:
        return program.run(workers)


class Program:
    """A circuit's C++ program; as a context manager it is built at the start and removed at the end.

        with Program(circuit, seeds, record) as program:
            found = program.run()
            others = program.run(circuit=replace(circuit, ...), seeds=range(100), workers=2)

    build_seconds: writing and compiling it; run_seconds: running it so far. Brian2 is in its standalone mode meanwhile.
    """

    def __init__(
        self,
        circuit: Circuit,
        seeds: Sequence[int],
        record: dict[str, Request],
        folder: str | Path | None = None,
    ):
        circuits.check(circuit, seeds, record)
        check(circuit)
        check_machine(folder)
        self.circuit, self.seeds, self.record, self.folder = circuit, list(seeds), record, folder
        self.build_seconds = self.run_seconds = 0.0
        self.open = ExitStack()

    def __enter__(self) -> Program:
        start = time.perf_counter()
        with ExitStack() as entering:
            entering.enter_context(ended_in_order())
            self.place = Path(entering.enter_context(tempfile.TemporaryDirectory(prefix="plastic_", dir=self.folder)))
            entering.enter_context(target("numpy"))
            self.device = entering.enter_context(standalone())
            self.network = OneTrial(self.circuit, self.seeds, self.record)
            self.network.goes(self.circuit)
            self.device.build(directory=str(self.place), compile=False, run=False, with_output=False)
            compile_in(self.place)
            self.open = entering.pop_all()
        self.build_seconds = time.perf_counter() - start
        return self

    def __exit__(self, *error: Any) -> None:
        self.open.close()

    def run(
        self, workers: int = 1, circuit: Circuit | None = None, seeds: Sequence[int] | None = None
    ) -> dict[str, Any]:
        """Run all trials, so many processes at a time; what was recorded, by name.

        circuit, seeds: others than those it was built for; the circuit differs in numbers only (module docstring).
        Errors: InputError for a circuit that needs another program.
        """
        circuit, seeds = circuit or self.circuit, self.seeds if seeds is None else list(seeds)
        circuits.check(circuit, seeds, self.record)
        check_same(circuit, self.circuit)
        start, found, running = time.perf_counter(), [], deque[tuple[Path, Any]]()
        waiting = deque(range(len(seeds)))
        try:
            while waiting or running:
                while waiting and len(running) < workers:
                    trial = waiting.popleft()
                    running.append(self.started(trial, self.network.numbers(circuit, seeds, trial)))
                found.append(self.ended(*running[0]))
                running.popleft()
        finally:
            for _, process in running:
                process.kill()
                process.communicate()
        self.run_seconds += time.perf_counter() - start
        return {name: joined([each[name] for each in found]) for name in self.record}

    def started(self, trial: int, numbers: Mapping[str, np.ndarray]) -> tuple[Path, Any]:
        """The process of a trial, told what differs from what was built, and the folder of its results."""
        results = self.place / f"trial_{trial}"
        results.mkdir()
        own = self.network.own
        given = [argument(name, a, results) for name, a in numbers.items() if not np.array_equal(a, own[name])]
        command = ["./main", "--results_dir", f"{results}/", *given]
        return results, subprocess.Popen(command, cwd=self.place, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def ended(self, results: Path, process: Any) -> dict[str, Any]:
        """What a trial's process leaves."""
        said, _ = process.communicate()
        if process.returncode:
            raise RuntimeError(f"the program of the circuit failed:\n{last_lines(said)}")
        self.device.results_dir, self.device.has_been_run = f"{results}/", True
        found = self.network.found()
        shutil.rmtree(results)
        return found


class OneTrial(Network):
    """Brian2's objects for the first trial of a circuit."""

    def __init__(self, circuit: Circuit, seeds: Sequence[int], record: dict[str, Request]):
        self.timed_arrays: list[Any] = []
        super().__init__(first_trial(circuit), list(seeds[:1]), record)
        self.synapses = {name: self.places(each)[1:] for name, each in circuit.projections.items()}
        self.own = self.numbers(circuit, seeds, 0)

    def timed(self, name: str, x: str) -> brian2.TimedArray:
        self.timed_arrays.append(super().timed(name, x))
        return self.timed_arrays[-1]

    def goes(self, circuit: Circuit) -> None:
        """Tell the program the course of events."""
        for number, phase in enumerate(circuit.course):
            self.learns(phase.learning)
            self.network.run(phase.seconds * second, namespace={})
            for name in self.weights:
                self.writes(number, name)

    def writes(self, phase: int, name: str) -> None:
        """Tell the program to write the synapses at the end of a phase."""
        device, request = get_device(), cast(Weights, self.record[name])
        variable = self.made[request.of].variables[request.variable]
        array = device.get_array_name(variable, access_data=False)
        device.insert_code(
            "main",
            f'{{ std::ofstream file(results_dir + "{self.file(phase, name)}", std::ios::binary);\n'
            f"file.write((const char*){array}.data(), {array}.size() * sizeof(double)); }}",
        )

    def file(self, phase: int, name: str) -> str:
        return f"weights_{list(self.weights).index(name)}_{phase}"

    def result(self, name: str) -> Any:
        request = self.record[name]
        if not isinstance(request, Weights):
            return super().result(name)
        folder = Path(get_device().results_dir)
        kept = [np.fromfile(folder / self.file(phase, name)) for phase in range(len(self.circuit.course))]
        return np.stack([self.matrix(request.of, values) for values in kept], 1)

    def numbers(self, circuit: Circuit, seeds: Sequence[int], trial: int) -> dict[str, np.ndarray]:
        """All that may differ from run to run, by the program's names."""
        found: dict[str, Any] = {}
        given = [each for population in circuit.populations.values() for each in population.inputs.values()]
        for timed, each in zip(self.timed_arrays, given, strict=True):
            found[f"{timed.name}.values"] = pieces(cut(each, trial))
        for name, population in circuit.populations.items():
            own = {"noise_key": np.full(population.size, float(noise.key(seeds[trial], name)))}
            own |= dict.fromkeys(code_of(population.cells).variables, np.zeros(population.size))
            own |= parameters(population.cells) | {x: a[trial] for x, a in started(population, len(seeds)).items()}
            found |= {f"{self.groups[name].name}.{x}": value for x, value in own.items()}
        for name, projection in circuit.projections.items():
            found |= {f"{self.made[name].name}.{x}": a for x, a in self.of_synapses(name, projection, trial).items()}
        return {name: np.asarray(value, float) for name, value in found.items()}

    def of_synapses(self, name: str, projection: Projection, trial: int) -> dict[str, Any]:
        """The numbers of a projection's synapses."""
        starts: dict[str, Any] = {"w": projection.weights}
        if projection.rule is not None:
            starts = dict.fromkeys(symbols.flows(projection.rule), 0.0) | of_rule(projection.rule)
            starts |= {} if projection.weights is None else {"w": projection.weights}
        return of_projection(projection) | {
            x: of_synapses(a, np.full(1, trial), *self.synapses[name]) if np.ndim(a) else a for x, a in starts.items()
        }


def first_trial(circuit: Circuit) -> Circuit:
    """The circuit with the inputs, start values and weights of its first trial."""

    def first(a: Any, dimensions: int) -> Any:
        return a[0] if np.ndim(a) == dimensions else a

    populations = {
        name: replace(
            p,
            inputs={x: cut(given, 0) for x, given in p.inputs.items()},
            start={x: first(value, 2) for x, value in p.start.items()},
        )
        for name, p in circuit.populations.items()
    }
    projections = {name: replace(p, weights=first(p.weights, 3)) for name, p in circuit.projections.items()}
    return replace(circuit, populations=populations, projections=projections)


def cut(given: Input, trial: int) -> Input:
    """The input of one trial."""
    values = np.asarray(given.values)
    return given if len(values) == 1 else given._replace(values=values[trial : trial + 1])


def argument(name: str, a: np.ndarray, folder: Path) -> str:
    """An argument of the program: a number, or a file of numbers."""
    if a.size == 1:
        return f"{name}={float(a.item())!r}"
    path = folder / f"{name}.given"
    np.ascontiguousarray(a, float).tofile(path)
    return f"{name}={path}"


def joined(parts: Sequence[Any]) -> Any:
    """What all trials gave."""
    if not isinstance(parts[0], Fired):
        return np.concatenate(parts)
    trial = np.repeat(np.arange(len(parts)), [len(part.cell) for part in parts])
    step, cell = (np.concatenate([getattr(part, x) for part in parts]) for x in ("step", "cell"))
    order = np.lexsort((cell, trial, step))
    return Fired(trial[order], step[order], cell[order])


# The device


@contextmanager
def standalone() -> Iterator[Any]:
    """Brian2 writes C++; afterwards it is as it was before."""
    brian2.set_device("cpp_standalone", build_on_run=False)
    device = get_device()
    device.reinit()
    device.activate(build_on_run=False)
    try:
        yield device
    finally:
        device.reinit()
        reset_device()


def compile_in(place: Path) -> None:
    """Make the program, a file on every processor; what the compiler says is told only if it fails."""
    command = ["make", "-s", f"-j{cpu_count() or 1}"]
    made = subprocess.Popen(
        command, cwd=place, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
    )
    try:
        said, _ = made.communicate()
    finally:
        if made.returncode is None:  # interrupted: the compilers that make started go with it
            killpg(made.pid, signal.SIGKILL)
            made.communicate()
    if made.returncode:
        raise RuntimeError(f"the C++ compiler failed:\n{last_lines(said)}")


@contextmanager
def ended_in_order() -> Iterator[None]:
    """SIGTERM ends the process by an exception, so that all it began is cleared away."""
    ours = current_thread() is main_thread() and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    if ours:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        yield
    finally:
        if ours:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)


def last_lines(said: bytes) -> str:
    return "\n".join(said.decode(errors="replace").splitlines()[-LAST_LINES:])


# Refusals


def check(circuit: Circuit) -> None:
    """Refuse what one program cannot run."""
    pauses = not all(phase.learning for phase in circuit.course)
    for name, projection in circuit.projections.items():
        for what in ("where", "delay"):
            if np.ndim(getattr(projection, what)) == 3:
                raise InputError(
                    f"{what} of {name} differs between trials, but one program runs them all; "
                    "give [post, pre] or another engine"
                )
        if projection.rule and projection.delay and pauses:
            raise InputError(
                f"{name} has a delay and the course a phase without learning, which C++ cannot run; "
                "choose another engine"
            )


def check_same(circuit: Circuit, built: Circuit) -> None:
    """Refuse a circuit that differs from the one that was built in more than numbers."""
    here, there = written(circuit), written(built)
    for what in here | there:
        if what not in here or what not in there or not same(here[what], there[what]):
            raise InputError(f"{what} differs from what the program was built for; build another Program")


def same(a: Any, b: Any) -> bool:
    return np.array_equal(a, b) if isinstance(a, np.ndarray) else a == b


def written(circuit: Circuit) -> dict[str, Any]:
    """What is written in the program, by what it is called in messages."""
    found: dict[str, Any] = {"dt": circuit.dt, "course": tuple(circuit.course)}
    for name, population in circuit.populations.items():
        found[f"size of {name}"] = population.size
        found[f"refractory of {name}"] = population.cells.refractory
        found[f"kind of cells of {name}"] = form(population.cells)
        for x, given in population.inputs.items():
            found[f"input {x!r} of {name}"] = (np.shape(given.values)[1:], given.every)
    for name, projection in circuit.projections.items():
        for what in ("source", "target", "into", "release", "stochastic"):
            found[f"{what} of {name}"] = form(getattr(projection, what))
        for what in ("where", "delay"):
            found[f"{what} of {name}"] = np.asarray(getattr(projection, what))
        found[f"rule of {name}"] = form(projection.rule)
    return found


def form(a: Any) -> Any:
    """What cells or a rule are apart from their numbers."""
    if not is_dataclass(a):
        return "a number" if isinstance(a, (int, float)) and not isinstance(a, bool) else a
    return type(a), tuple(form(getattr(a, f.name)) for f in fields(a))


def check_machine(folder: str | Path | None) -> None:
    """Refuse a machine without a compiler, and a folder that is not there."""
    for tool in (environ.get("CXX", "g++").split()[0], "make"):
        if shutil.which(tool) is None:
            raise InputError(f"engine 'standalone' needs {tool}, which is not found; install it or choose 'brian2'")
    if folder is not None and not Path(folder).is_dir():
        raise InputError(f"folder {str(folder)!r} does not exist; make it or leave it out")
    check_mode()
