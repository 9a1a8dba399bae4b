"""Cells on a Dask cluster: few tasks in flight, a lost worker's cells measured again, a deadly cell found and named."""

from __future__ import annotations

import json
import logging
import re
import signal
import sys
import uuid
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import dask
from distributed import CancelledError, Client, KilledWorker, WorkerPlugin, as_completed
from distributed.comm.registry import backends

from plastic.lab import work
from plastic.lab.cells import Cell
from plastic.lab.pace import LOST, Pace, slow_first
from plastic.lab.store import Unfinished
from plastic.rule import InputError

SETTINGS = {
    "distributed.scheduler.allowed-failures": 5,
    "distributed.comm.timeouts.connect": "20s",
}
ADDRESS = re.compile(r"(?:(?P<protocol>\w+)://)?(?P<host>\[[\w:.%]+\]|[\w.-]+):(?P<port>\d{1,5})")
PATIENCE = 60.0  # seconds to wait for the first worker of a running cluster
ANSWERS = 10.0  # seconds to wait for the scheduler itself
for logger in ("distributed", "distributed.client", "tornado"):  # what matters is said in one sentence of our own
    logging.getLogger(logger).setLevel(logging.CRITICAL)


# Clusters


@contextmanager
def cluster(address: str | None, file: Path | None) -> Iterator[Client]:
    """The workers of a scheduler that runs already."""
    where = address or str(file)
    at = checked_address(address if file is None else address_in(file))
    try:
        client = Client(at, timeout=ANSWERS, set_as_default=False)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise InputError(f"no Dask scheduler answers at {where} ({error}); start one with `dask scheduler`") from None
    with client:
        try:
            client.wait_for_workers(1, timeout=PATIENCE)
        except TimeoutError:
            raise InputError(f"the scheduler at {where} has no workers; start some with `dask worker`") from None
        yield client


def address_in(file: Path) -> Any:
    """The address in the file of a scheduler."""
    try:
        return json.loads(file.read_text())["address"]
    except (OSError, ValueError, TypeError, LookupError) as error:
        raise InputError(
            f"scheduler file {file} cannot be read ({type(error).__name__}: {error}); give the one that "
            "`dask scheduler` wrote"
        ) from None


def checked_address(address: Any) -> str:
    """An address that Dask can try: of any other its client hangs, and is never closed."""
    found = ADDRESS.fullmatch(str(address))
    if found is None or int(found["port"]) > 65535 or (found["protocol"] or "tcp") not in backends:
        raise InputError(f"{address!r} is no address of a Dask scheduler; give host:port, such as tcp://127.0.0.1:8786")
    return str(address)


@contextmanager
def slurm(number: int) -> Iterator[Client]:
    """Jobs of SLURM, one a worker unless Dask's configuration says otherwise; lost jobs are replaced."""
    try:
        from dask_jobqueue import SLURMCluster
    except ImportError:
        raise InputError("dask-jobqueue is not installed; install plastic[slurm]") from None
    with (
        dask.config.set(SETTINGS),
        SLURMCluster(**usual("cores", 1), **usual("processes", 1), **usual("memory", "4GB")) as jobs,
        Client(jobs, set_as_default=False) as client,
    ):
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


def measured(client: Client, todo: Sequence[Cell]) -> Generator[tuple[Cell, work.Outcome], None, None]:
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


def flow(
    client: Client, todo: Sequence[Cell], lost: list[Cell], alone: int | None = None
) -> Iterator[tuple[Cell, work.Outcome]]:
    """Keep every worker busy with two tasks at most; `lost` takes the cells whose worker died too often."""
    waiting, flying, pace = deque(todo), as_completed(loop=client.loop), Pace(1)
    batches: dict[str, tuple[Cell, ...]] = {}
    while waiting or batches:
        pace.workers = max(1, len(client.scheduler_info(n_workers=-1)["workers"]))
        while waiting and len(batches) < (alone or 2 * pace.workers):
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
    try:
        return done.result()  # waits if its worker died since, and another measures again
    except KilledWorker:
        lost += cells
        return []
    except (Exception, CancelledError) as error:
        reason = str(error) or "their scheduler is gone"
        raise Unfinished(f"the workers cannot go on ({reason}); finished cells are kept, run again") from None
