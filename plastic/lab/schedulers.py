"""Where cells are measured: here, in processes of this machine, or on a cluster; the numbers are the same."""

from __future__ import annotations

import os
import shutil
import signal
import threading
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from plastic.lab import processes, work
from plastic.lab.cells import Cell, check_device
from plastic.rule import InputError

Measured = Generator[tuple[Cell, work.Outcome], None, None]  # each cell with its outcome, as they finish


class Place(Protocol):
    """Where cells are measured."""

    def check(self, device: str) -> None:
        """Refuse, before any work, what cannot be measured there."""

    def measured(self, todo: Sequence[Cell]) -> Measured:
        """Measure all cells, in any order."""


def place(
    workers: int | None = None,
    scheduler: str | None = None,
    scheduler_file: Path | None = None,
    slurm: bool = False,
) -> Place:
    """The place that the options name: worker processes here, unless a cluster is named."""
    if workers is not None and workers < 0:
        raise InputError(f"workers is {workers}; give 0 or more")
    if sum((scheduler is not None, scheduler_file is not None, slurm)) > 1:
        raise InputError("--scheduler, --scheduler-file and --slurm exclude each other; give one of them")
    if slurm:
        return Slurm(workers)
    if scheduler_file is not None:
        return Cluster(file=scheduler_file)
    return Cluster(scheduler) if scheduler is not None else Here() if workers == 0 else Processes(workers)


@dataclass(frozen=True)
class Here:
    """This process, without Dask."""

    def check(self, device: str) -> None:
        check_device(device)

    def measured(self, todo: Sequence[Cell]) -> Measured:
        work.prepare(work.modules_of(todo))
        with interruptible():  # after the imports: Brian2's sets a handler of its own
            for cell in todo:
                yield cell, work.outcome(cell)


@dataclass(frozen=True)
class Processes:
    """Worker processes of this machine: one a core, or one a GPU, unless told otherwise."""

    number: int | None = None

    def check(self, device: str) -> None:
        check_device(device)

    def measured(self, todo: Sequence[Cell]) -> Measured:
        number = min(len(todo), self.number or processors(todo))
        if self.number is None and number < 2:
            yield from Here().measured(todo)
        elif number:
            with interruptible():
                yield from processes.measured(todo, number)


@dataclass(frozen=True)
class Cluster:
    """The workers of a Dask scheduler that runs already, given by its address or its file."""

    address: str | None = None
    file: Path | None = None

    def check(self, device: str) -> None:
        if self.file is not None and not self.file.is_file():
            raise InputError(f"scheduler file {self.file} is not there; give the one that `dask scheduler` wrote")

    def measured(self, todo: Sequence[Cell]) -> Measured:
        from plastic.lab import on_dask

        with interruptible(), on_dask.cluster(self.address, self.file) as client:
            yield from on_dask.measured(client, todo)


@dataclass(frozen=True)
class Slurm:
    """Jobs of a SLURM cluster, as Dask's own configuration describes them (jobqueue.slurm)."""

    number: int | None = None

    def check(self, device: str) -> None:
        if shutil.which("sbatch") is None:
            raise InputError("sbatch is not found; use --slurm on a machine that submits to SLURM, or --workers here")

    def measured(self, todo: Sequence[Cell]) -> Measured:
        from plastic.lab import on_dask

        with interruptible(), on_dask.slurm(min(len(todo), self.number or 8)) as client:
            yield from on_dask.measured(client, todo)


def processors(todo: Sequence[Cell]) -> int:
    """How many worker processes the machine has work for."""
    if any(cell.settings.get("device", "cpu") != "cpu" for cell in todo):
        return 1  # one process fills a GPU, and two would fight for its memory
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def interruptible() -> Iterator[None]:
    """Ctrl-C and SIGTERM end the work, also where the shell started it with Ctrl-C ignored (in the background)."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def stop(number: int, frame: Any) -> None:
    raise KeyboardInterrupt
