"""Circuits in C++: Brian2 writes one program for a trial, built once and run again for every seed.

A trial's noise depends on its key alone, so seed, inputs and start values are arguments of the program.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from os import environ
from pathlib import Path
from typing import Any, cast

import brian2
import numpy as np
from brian2 import second
from brian2.devices.device import get_device, reset_device, runtime_device

from plastic.circuit import Circuit, Fired, Input, Request, Weights
from plastic.rule import InputError
from plastic.substrates import noise
from plastic.substrates.spiking_network import Network, pieces, target

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

    build_seconds: writing and compiling it; run_seconds: running it so far. Brian2 is in its standalone mode meanwhile.
    """

    def __init__(
        self,
        circuit: Circuit,
        seeds: Sequence[int],
        record: dict[str, Request],
        folder: str | Path | None = None,
    ):
        check(circuit, len(seeds))
        check_machine(folder)
        self.circuit, self.seeds, self.record, self.folder = circuit, list(seeds), record, folder
        self.build_seconds = self.run_seconds = 0.0
        self.open = ExitStack()

    def __enter__(self) -> Program:
        start = time.perf_counter()
        with ExitStack() as entering:
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

    def run(self, workers: int = 1) -> dict[str, Any]:
        """Run all trials, so many processes at a time; what was recorded, by name."""
        start, found, running = time.perf_counter(), [], deque[tuple[Path, Any]]()
        waiting = deque(range(len(self.seeds)))
        try:
            while waiting or running:
                while waiting and len(running) < workers:
                    running.append(self.started(waiting.popleft()))
                found.append(self.ended(*running[0]))
                running.popleft()
        finally:
            for _, process in running:
                process.kill()
                process.communicate()
        self.run_seconds += time.perf_counter() - start
        return {name: joined([each[name] for each in found]) for name in self.record}

    def started(self, trial: int) -> tuple[Path, Any]:
        """The process of a trial, and the folder of its results."""
        results = self.place / f"trial_{trial}"
        results.mkdir()
        given = [argument(name, a, results) for name, a in self.network.of_trial(self.circuit, self.seeds, trial)]
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

    def timed(self, given: Input, unit: str) -> brian2.TimedArray:
        self.timed_arrays.append(super().timed(given, unit))
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

    def of_trial(self, circuit: Circuit, seeds: Sequence[int], trial: int) -> Iterator[tuple[str, np.ndarray]]:
        """The name and the numbers of everything that differs between trials."""
        given = [each for population in circuit.populations.values() for each in population.inputs.values()]
        for timed, each in zip(self.timed_arrays, given, strict=True):
            if len(each.values) > 1:
                yield f"{timed.name}.values", pieces(cut(each, trial))
        for name, population in circuit.populations.items():
            group = self.groups[name].name
            yield f"{group}.noise_key", np.full(population.size, float(noise.key(seeds[trial], name)))
            for x, value in population.start.items():
                every = np.broadcast_to(value, (len(seeds), population.size))
                yield f"{group}.{x}", every[trial]


def first_trial(circuit: Circuit) -> Circuit:
    """The circuit with the inputs and start values of its first trial."""

    def first(a: Any) -> Any:
        return a[0] if np.ndim(a) == 2 else a

    populations = {
        name: replace(
            p,
            inputs={x: cut(given, 0) for x, given in p.inputs.items()},
            start={x: first(value) for x, value in p.start.items()},
        )
        for name, p in circuit.populations.items()
    }
    return replace(circuit, populations=populations)


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
    """Make the program; its output is told only if it fails."""
    made = subprocess.run(["make", "-s"], cwd=place, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if made.returncode:
        raise RuntimeError(f"the C++ compiler failed:\n{last_lines(made.stdout)}")


def last_lines(said: bytes) -> str:
    return "\n".join(said.decode(errors="replace").splitlines()[-LAST_LINES:])


# Refusals


def check(circuit: Circuit, trials: int) -> None:
    """Refuse what one program cannot run."""
    pauses = not all(phase.learning for phase in circuit.course)
    for name, projection in circuit.projections.items():
        for what in ("weights", "where", "delay"):
            if np.ndim(getattr(projection, what)) == 3 and trials > 1:
                raise InputError(
                    f"{what} of {name} differs between trials, but one program runs them all; "
                    "give [post, pre] or another engine"
                )
        if projection.rule and projection.delay and pauses:
            raise InputError(
                f"{name} has a delay and the course a phase without learning, which C++ cannot run; "
                "choose another engine"
            )


def check_machine(folder: str | Path | None) -> None:
    """Refuse a machine without a compiler, and a folder that is not there."""
    for tool in (environ.get("CXX", "g++").split()[0], "make"):
        if shutil.which(tool) is None:
            raise InputError(f"engine 'standalone' needs {tool}, which is not found; install it or choose 'brian2'")
    if folder is not None and not Path(folder).is_dir():
        raise InputError(f"folder {str(folder)!r} does not exist; make it or leave it out")
    if get_device() is not runtime_device:
        raise InputError("Brian2 is in another mode than 'runtime'; call brian2.set_device('runtime') first")
