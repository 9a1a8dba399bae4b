"""Cells in worker processes of this machine: when one dies, only what it was measuring is measured again."""

from __future__ import annotations

import os
import signal
import threading
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import connection, get_context, parent_process
from typing import Any

from plastic.lab import work
from plastic.lab.cells import Cell
from plastic.lab.pace import LOST, Pace, slow_first
from plastic.lab.store import Unfinished

TRIES = 3  # deaths of its process after which a cell is given up
STARTS = 5  # processes in a row that may die before they are ready
SOON = 5.0  # seconds for an idle process to end by itself
ENVIRONMENT = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL")}


@dataclass
class Worker:
    """A process, the pipe to it, and what it is measuring: cells with how often their process died."""

    process: Any
    pipe: Any
    ready: bool = False
    holds: tuple[tuple[Cell, int], ...] = ()


def measured(todo: Sequence[Cell], number: int) -> Generator[tuple[Cell, work.Outcome], None, None]:
    """Every cell with its outcome, in the order in which they finish. Errors: Unfinished if no process starts."""
    crew = Crew(todo, number)
    try:
        while crew.waiting or any(worker.holds for worker in crew.workers):
            yield from crew.turn()
        crew.dismiss()
    finally:
        crew.kill()


class Crew:
    """Worker processes that take cells off a queue."""

    def __init__(self, todo: Sequence[Cell], number: int):
        self.waiting = deque((cell, 0) for cell in sorted(todo, key=slow_first))
        self.modules, self.pace, self.starts = work.modules_of(todo), Pace(number), 0
        self.workers: list[Worker] = []
        for _ in range(number):
            self.workers.append(started(self.modules))

    def turn(self) -> Iterator[tuple[Cell, work.Outcome]]:
        """Wait until a process says something, give it more to do, and tell what it found."""
        spoken = connection.wait([worker.pipe for worker in self.workers])
        for worker in [worker for worker in self.workers if worker.pipe in spoken]:
            try:
                found = worker.pipe.recv()
            except (EOFError, OSError):
                yield from self.bury(worker)
                continue
            held, worker.holds, worker.ready = worker.holds, (), True
            if isinstance(found, Exception):
                raise Unfinished(f"the cells cannot be measured ({found}); finished cells are kept, run again")
            self.starts = 0
            self.employ()
            for (cell, _), outcome in zip(held, found, strict=True):
                self.pace.note(outcome["seconds"])
                yield cell, outcome

    def employ(self) -> None:
        """Give every idle process cells; one whose process died before goes alone."""
        for worker in self.workers:
            if worker.ready and not worker.holds and self.waiting:
                number = 1 if self.waiting[0][1] else self.pace.together(len(self.waiting))
                worker.holds = tuple(self.waiting.popleft() for _ in range(number))
                with suppress(OSError):  # its death is heard of in the next turn
                    worker.pipe.send(work.batch_of([cell for cell, _ in worker.holds]))

    def bury(self, worker: Worker) -> Iterator[tuple[Cell, work.Outcome]]:
        """Replace a process that died; what it held is measured again, or given up."""
        worker.process.join()
        self.starts += not worker.ready
        if self.starts > STARTS:
            raise Unfinished(
                f"worker processes cannot start (status {worker.process.exitcode}); use --workers 0, and in a script "
                "run under `if __name__ == '__main__':`"
            )
        for cell, deaths in reversed(worker.holds):
            if len(worker.holds) == 1 and deaths + 1 >= TRIES:
                yield cell, {"error": LOST, "traceback": f"{LOST}\n", "seconds": 0.0}
            else:
                self.waiting.appendleft((cell, deaths + 1))
        self.workers[self.workers.index(worker)] = started(self.modules)
        self.employ()

    def dismiss(self) -> None:
        """Let idle processes end by themselves."""
        for worker in self.workers:
            worker.pipe.close()
        for worker in self.workers:
            worker.process.join(SOON)

    def kill(self) -> None:
        """End every process that is left, in the middle of what it does."""
        for worker in self.workers:
            worker.process.kill()
        for worker in self.workers:
            worker.process.join()
            worker.pipe.close()


def started(modules: Sequence[str]) -> Worker:
    """A new process; it says when it is ready."""
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=serve, args=(theirs, list(modules)), daemon=True)
    with deaf_to_interrupts(), one_thread_each():
        process.start()
    theirs.close()
    return Worker(process, ours)


@contextmanager
def deaf_to_interrupts() -> Iterator[None]:
    """A process started here never hears Ctrl-C, which a terminal sends to all; the one that starts it ends it."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def one_thread_each() -> Iterator[None]:
    """A process started here makes no pools of threads."""
    before = {name: os.environ.get(name) for name in ENVIRONMENT}
    os.environ.update(ENVIRONMENT)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def serve(pipe: Any, modules: Sequence[str]) -> None:
    """What a process does: measure what comes, until nobody is at the other end."""
    threading.Thread(target=leave_with_parent, daemon=True).start()
    work.prepare(modules)
    with suppress(EOFError, OSError):
        pipe.send([])
        while True:
            batch = pipe.recv()
            try:
                found: Any = work.measured_batch(batch)
            except Exception as error:
                found = RuntimeError(str(error))
            pipe.send(found)


def leave_with_parent() -> None:
    """End at once when the process that started this one is gone, whatever goes on."""
    parent = parent_process()
    assert parent is not None
    connection.wait([parent.sentinel])
    os._exit(1)
