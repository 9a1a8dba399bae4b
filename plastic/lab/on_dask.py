"""Cells on Dask: few tasks in flight, a lost worker's cells measured again, a deadly cell found and named."""

from __future__ import annotations

import logging
import os
import signal
import sys
import time
import uuid
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from math import ceil
from pathlib import Path
from typing import Any

import dask
from distributed import Client, KilledWorker, LocalCluster, WorkerPlugin, as_completed

from plastic.lab import work
from plastic.lab.cells import Cell
from plastic.lab.store import Unfinished
from plastic.rule import InputError

SETTINGS = {
    "distributed.scheduler.allowed-failures": 5,
    "distributed.scheduler.worker-saturation": 1.0,  # nothing queues at a worker, to be lost with it
    "distributed.comm.timeouts.connect": "20s",
    "distributed.worker.memory.terminate": False,  # the machine says when memory is full, not a share of it
    "distributed.worker.memory.pause": False,
}
PATIENCE = 60.0  # seconds to wait for the first worker of a running cluster
LASTS = 0.25  # seconds that a task should take, so that what it costs to send it does not count
MOST = 256  # cells in a task
for logger in ("distributed", "distributed.client", "tornado"):  # what matters is said in one sentence of our own
    logging.getLogger(logger).setLevel(logging.CRITICAL)
LOST = "its worker process died (killed, out of memory, or a crash in compiled code)"


# Clusters


@contextmanager
def processes(number: int) -> Iterator[Client]:
    """Worker processes of this machine, which end when this process does."""
    with dask.config.set(SETTINGS):
        cluster = LocalCluster(
            n_workers=number,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address=None,
            memory_limit=0,
            silence_logs=logging.CRITICAL,
        )
        with ended(cluster) as client:
            yield client


@contextmanager
def ended(cluster: Any) -> Iterator[Client]:
    """A client of the cluster. Afterwards no worker is left; after an interruption busy ones are not waited for."""
    try:
        with Client(cluster, set_as_default=False) as client:
            try:
                yield client
            except BaseException:
                kill(cluster)
                raise
    finally:
        cluster.close(timeout=10)


def kill(cluster: Any) -> None:
    """End worker processes of this machine in the middle of what they do."""
    for nanny in getattr(cluster, "workers", {}).values():
        if hasattr(nanny, "close_gracefully"):
            nanny.close_gracefully()  # it does not start the next one
        with suppress(OSError, TypeError):
            os.kill(nanny.pid, signal.SIGKILL)


@contextmanager
def cluster(address: str | None, file: Path | None) -> Iterator[Client]:
    """The workers of a scheduler that runs already."""
    where = address or str(file)
    try:
        client = Client(address, scheduler_file=file and str(file), timeout=20, set_as_default=False)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise InputError(f"no Dask scheduler answers at {where} ({error}); start one with `dask scheduler`") from None
    with client:
        try:
            client.wait_for_workers(1, timeout=PATIENCE)
        except TimeoutError:
            raise InputError(f"the scheduler at {where} has no workers; start some with `dask worker`") from None
        yield client


@contextmanager
def slurm(number: int) -> Iterator[Client]:
    """Jobs of SLURM, one a worker unless Dask's configuration says otherwise; lost jobs are replaced."""
    try:
        from dask_jobqueue import SLURMCluster
    except ImportError:
        raise InputError("dask-jobqueue is not installed; install plastic[slurm]") from None
    with dask.config.set(SETTINGS):
        jobs = SLURMCluster(**usual("cores", 1), **usual("processes", 1), **usual("memory", "4GB"))
        with ended(jobs) as client:
            jobs.adapt(minimum=number, maximum=number)
            await_first(client)
            yield client


def usual(name: str, value: Any) -> dict[str, Any]:
    """An option of a job, unless Dask's configuration gives one."""
    return {} if dask.config.get(f"jobqueue.slurm.{name}", None) is not None else {name: value}


def await_first(client: Client) -> None:
    """Wait for the queue, however long it is, and say so now and then."""
    while True:
        with suppress(TimeoutError):
            return client.wait_for_workers(1, timeout=30)
        print("plastic: no job of SLURM has started yet; waiting (Ctrl-C ends it)", file=sys.stderr, flush=True)


# Work


class Prepared(WorkerPlugin):
    """A worker that has imported what needs the main thread, and that leaves Ctrl-C to the process it works for."""

    def __init__(self, modules: Sequence[str]):
        self.modules, self.name = list(modules), f"plastic-{uuid.uuid4().hex}"

    def setup(self, worker: Any) -> None:
        work.prepare(self.modules)
        with suppress(ValueError):  # a worker that runs in a thread has no signals
            signal.signal(signal.SIGINT, signal.SIG_IGN)


def measured(client: Client, todo: Sequence[Cell]) -> Iterator[tuple[Cell, work.Outcome]]:
    """Every cell with its outcome, the slow ones first; cells whose worker died again and again go one by one."""
    plugin = Prepared(work.modules_of(todo))
    registered(client, plugin)
    try:
        suspects: list[Cell] = []
        yield from flow(client, sorted(todo, key=slow_first), suspects)
        deadly: list[Cell] = []
        yield from flow(client, suspects, deadly, alone=1)
        yield from ((cell, {"error": LOST, "traceback": f"{LOST}\n", "seconds": 0.0}) for cell in deadly)
    finally:
        with suppress(Exception):
            client.unregister_worker_plugin(plugin.name)


def registered(client: Client, plugin: WorkerPlugin) -> None:
    """The plugin runs on every worker, now and later. Errors: InputError where the workers have no plastic."""
    try:
        client.register_plugin(plugin)
    except Exception as error:
        raise InputError(
            f"the workers cannot run plastic ({error}); give them the same checkout, installed, as here"
        ) from None


def slow_first(cell: Cell) -> tuple[int, float]:
    """An order in which the last cells are short, so that no worker idles long."""
    sizes = [value for value in cell.condition.values() if isinstance(value, (int, float))]
    return -["rate", "layer", "model", "spiking"].index(cell.substrate), -max(sizes, default=0.0)


def flow(
    client: Client, todo: Sequence[Cell], lost: list[Cell], alone: int | None = None
) -> Iterator[tuple[Cell, work.Outcome]]:
    """Keep every worker busy with two tasks at most; `lost` takes the cells whose worker died too often."""
    waiting, flying, pace = deque(todo), as_completed(loop=client.loop), Pace(client)
    batches: dict[str, tuple[Cell, ...]] = {}
    while waiting or batches:
        while waiting and len(batches) < (alone or 2 * pace.workers()):
            cells = taken(waiting, alone or pace.together(len(waiting)))
            future = submitted(client, cells)
            batches[future.key] = cells
            flying.add(future)
        done = next(flying)
        cells = batches.pop(done.key)
        for cell, outcome in zip(cells, outcomes(done, cells, lost), strict=False):
            pace.note(outcome["seconds"])
            yield cell, outcome


def submitted(client: Client, cells: tuple[Cell, ...]) -> Any:
    """One task; of a GPU where its cells need one and workers declare one."""
    needs_gpu = cells[0].settings.get("device", "cpu") != "cpu"
    resources = {"GPU": 1} if needs_gpu and declares_gpu(client) else None
    return client.submit(work.measured_batch, work.batch_of(cells), pure=False, resources=resources)


def declares_gpu(client: Client) -> bool:
    workers = client.scheduler_info()["workers"].values()
    return any(worker.get("resources", {}).get("GPU") for worker in workers)


def taken(waiting: deque[Cell], number: int) -> tuple[Cell, ...]:
    """The next cells, off the queue."""
    return tuple(waiting.popleft() for _ in range(min(number, len(waiting))))


def outcomes(done: Any, cells: tuple[Cell, ...], lost: list[Cell]) -> list[work.Outcome]:
    """What a task gave. Errors: Unfinished where the cluster is gone or cannot measure."""
    if done.status == "finished":
        return done.result()
    error = done.exception() if done.status == "error" else None
    if isinstance(error, KilledWorker):
        lost += cells
        return []
    raise Unfinished(
        f"the workers cannot go on ({error or 'their scheduler is gone'}); finished cells are kept, run again"
    )


class Pace:
    """How many cells to send together, from how long they take and how many workers there are."""

    def __init__(self, client: Client):
        self.client, self.seconds, self.asked, self.number = client, LASTS, -1e9, 1

    def note(self, seconds: float) -> None:
        self.seconds += 0.5 * (seconds - self.seconds)

    def workers(self) -> int:
        """Workers now, asked for every second."""
        if time.monotonic() - self.asked > 1:
            self.asked, self.number = time.monotonic(), max(1, len(self.client.nthreads()))
        return self.number

    def together(self, left: int) -> int:
        """As many cells as take a while, but leave some for every worker."""
        worth = int(LASTS / max(self.seconds, 1e-9))
        return max(1, min(worth, MOST, ceil(left / (4 * self.workers()))))
