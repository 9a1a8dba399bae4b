"""Studies: what trained networks show. Trainings and claims are a file of experiments/studies/; this runs them.

A study is a module with a docstring whose first line is a question, and

    conditions(full)         {name: Condition}: what is trained; at the published sizes if full
    measure(name, training)  more numbers of one trained network, {column: number}
    claims(rows)             what is claimed, and what was found
    draw(axes, rows)         one panel
    untrained()              (optional) rows that need no training, each with its "condition"

A row is of one network: condition, seed, the last evaluation, and what `measure` gives.
"""

from __future__ import annotations

import difflib
import json
import os
import signal
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from multiprocessing import active_children, get_context
from pathlib import Path
from textwrap import fill
from threading import Thread
from types import ModuleType
from typing import Any, NamedTuple

from torch import nn

from plastic.checkout import files_in, part
from plastic.lab import store
from plastic.lab.cells import check_device
from plastic.lab.processes import leave_with_parent
from plastic.lab.provenance import machine, provenance
from plastic.lab.schedulers import interruptible
from plastic.lab.summary import with_intervals
from plastic.lab.work import one_thread
from plastic.memory.statistics import interval_over_seeds
from plastic.rule import InputError
from plastic.slow import runs
from plastic.slow.task import Task, task
from plastic.slow.training import Plan, Training

FOLDER = "experiments/studies"
RESULTS = Path("results/training")

Row = dict[str, Any]


@dataclass(frozen=True)
class Condition:
    """What is trained: a programmer on a task, and how; one network for each seed.

    rule: what writes the fast weights (None: the programmer's own). sizes: of the task; options: of the programmer.
    build: makes a network of the study's own, (task, condition) -> x to outputs, in place of a programmer's.
    """

    task: str
    programmer: str = "feedforward"
    rule: str | None = None
    width: int = 64
    sizes: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    plan: Plan = field(default_factory=Plan)
    seeds: int = 3
    build: Callable[[Task, Condition], nn.Module] | None = None

    def network(self, made: Task) -> nn.Module:
        """An untrained network for the task."""
        return runs.network(made, self.about()) if self.build is None else self.build(made, self)

    def about(self) -> Row:
        """What is trained, by name."""
        return runs.described(self.programmer, self.rule, self.width, self.options)

    def told(self) -> Row:
        """All of it as plain data."""
        return asdict(self) | {"build": self.build and self.build.__qualname__}


class Claim(NamedTuple):
    """A sentence that is true or false, the numbers that decide, and whether it holds."""

    what: str
    found: str
    holds: bool


class Job(NamedTuple):
    """One training of a study."""

    study: str
    name: str
    condition: Condition
    seed: int

    @property
    def label(self) -> str:
        return f"{self.study}, {self.name}"


# What claims are made of


def values(rows: Iterable[Row], condition: str, column: str) -> list[float]:
    """A column of the rows of one condition, by seed; what is not finite is NaN."""
    found = [row[column] for row in rows if row["condition"] == condition]
    return [float("nan") if value is None else float(value) for value in found]


def interval(numbers: Sequence[float], digits: int = 3) -> str:
    """The mean over seeds, with its 95 % interval and how many they are, in words."""
    many, mean = len(numbers), sum(numbers) / len(numbers)
    if many < 2:
        return f"{mean:.{digits}f} (one seed)"
    low, high = interval_over_seeds(numbers)[1:]
    return f"{mean:.{digits}f} [{low:.{digits}f}, {high:.{digits}f}], {many} seeds"


# Studies by name


def studies() -> tuple[str, ...]:
    """Every study of the checkout."""
    return tuple(files_in(FOLDER))


def study(name: str) -> ModuleType:
    """A study by name. Errors: InputError where it is not known."""
    if name not in studies():
        near = difflib.get_close_matches(name, studies(), 1)
        hint = f"did you mean {near[0]!r}?" if near else f"choose from {', '.join(studies())}"
        raise InputError(f"study {name!r} is not known; {hint}")
    return part(FOLDER.replace("/", "."), name)


def question(name: str) -> str:
    """What it asks."""
    return (study(name).__doc__ or "").strip().partition("\n")[0]


# Running


def run(
    names: Sequence[str],
    folder: Path = RESULTS,
    full: bool = False,
    seeds: int | None = None,
    workers: int | None = None,
    device: str = "cpu",
) -> dict[str, Row]:
    """The documents of studies by name: trained where no checkpoint says how it ended, measured, and written.

    seeds: for each condition, instead of its own number. workers: processes of one thread each (None: one a core; 0:
    this process). Beside the documents, `table.md` has the claims and `studies.png` and `.pdf` the panels of all
    that the folder holds.
    Errors: InputError for anything that is not known, before any training.
    """
    workers = (os.cpu_count() or 1) if workers is None else workers
    jobs = {name: jobs_of(name, full, seeds) for name in names}
    check_device(device)
    if workers < 0:
        raise InputError(f"workers is {workers}; give 0 or more")
    store.usable(folder, "--folder")
    start = time.monotonic()
    with interruptible():
        rows = done([job for each in jobs.values() for job in each], folder, full, workers, device)
    found = {name: rows_in_order(jobs[name], rows) for name in names}
    seconds = time.monotonic() - start
    documents = {name: document(name, found[name], full, seeds, seconds) for name in names}
    store.write_all({folder / f"{labelled(name, full)}.json": store.text(each) for name, each in documents.items()})
    known = kept(folder, full)
    store.write(folder / f"{labelled('table', full)}.md", table(known))
    draw(known, folder / labelled("studies", full))
    return documents


def kept(folder: Path, full: bool) -> list[Row]:
    """The documents of all studies that a folder holds, at the sizes asked for."""
    files = [folder / f"{labelled(name, full)}.json" for name in studies()]
    return [json.loads(file.read_text()) for file in files if file.exists()]


def labelled(name: str, full: bool) -> str:
    """What something is kept under: each size on its own."""
    return f"{name}-full" if full else name


def jobs_of(name: str, full: bool, seeds: int | None = None) -> list[Job]:
    """The trainings of a study."""
    if seeds is not None and seeds < 1:
        raise InputError(f"seeds is {seeds}; give at least 1")
    conditions = conditions_of(name, full, seeds)
    return [Job(name, of, condition, seed) for of, condition in conditions.items() for seed in range(condition.seeds)]


def conditions_of(name: str, full: bool, seeds: int | None = None) -> dict[str, Condition]:
    """What a study trains, each with its own number of seeds or with so many."""
    conditions: dict[str, Condition] = study(name).conditions(full)
    if seeds is None:
        return conditions
    return {of: replace(condition, seeds=seeds) for of, condition in conditions.items()}


def done(jobs: Sequence[Job], folder: Path, full: bool, workers: int, device: str) -> dict[Any, Row]:
    """The row of every training, by (study, condition, seed)."""
    if not workers:
        return {key(job): trained(job, folder, full, device) for job in jobs}
    with ProcessPoolExecutor(workers, get_context("spawn"), ready) as pool:
        waiting: dict[Future[Row], Job] = {pool.submit(trained, job, folder, full, device): job for job in jobs}
        try:
            return {key(waiting[each]): each.result() for each in as_completed(waiting)}
        except BaseException as error:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in active_children():
                process.terminate()  # what it has trained since its last checkpoint is lost
            if isinstance(error, BrokenProcessPool):
                raise store.Unfinished("a worker process ended; run again to go on from the checkpoints") from None
            raise


def ready() -> None:
    """A worker has one thread, as several contend; it leaves Ctrl-C to the main process, and ends when that does."""
    Thread(target=leave_with_parent, daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    one_thread()


def key(job: Job) -> tuple[str, str, int]:
    return job.study, job.name, job.seed


def trained(job: Job, folder: Path, full: bool, device: str) -> Row:
    """One network trained to the end, from its checkpoint on, and measured."""
    training = prepared(job, checkpoint(job, folder, full), device)
    last = runs.trained(job.label, job.seed, training)
    return {"condition": job.name} | last | study(job.study).measure(job.name, training)


def prepared(job: Job, file: Path | None = None, device: str = "cpu") -> Training:
    """The training of a job, as far as its checkpoint is."""
    c, made = job.condition, task(job.condition.task, job.condition.sizes)
    return runs.kind(made)(made, c.network, c.plan, job.seed, device, file, c.about())


def checkpoint(job: Job, folder: Path, full: bool) -> Path:
    """Where it is kept."""
    place = folder / labelled(job.study, full)
    place.mkdir(parents=True, exist_ok=True)
    return place / f"{job.name}-{job.seed}.npz"


def rows_in_order(jobs: Sequence[Job], rows: Mapping[Any, Row]) -> list[Row]:
    """Rows of a study, and those that need no training."""
    own = getattr(study(jobs[0].study), "untrained", list)
    return [rows[key(job)] for job in jobs] + own()


def document(name: str, rows: list[Row], full: bool, seeds: int | None, seconds: float) -> Row:
    """What a study found."""
    measures = list(dict.fromkeys(column for row in rows for column, value in row.items() if type(value) is float))
    return {
        "study": name,
        "question": question(name),
        "full": full,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "elapsed": round(seconds),
        "provenance": provenance(name),
        "claims": [decided(claim)._asdict() for claim in study(name).claims(rows)],
        "conditions": {of: condition.told() for of, condition in conditions_of(name, full, seeds).items()},
        "overall": with_intervals(rows, ("condition",), measures),
        "rows": rows,
    }


def decided(claim: Claim) -> Claim:
    """The claim, which holds for no numbers that are not finite."""
    return claim._replace(holds=bool(claim.holds) and "nan" not in claim.found.split())


# What is shown


def table(documents: Iterable[Row]) -> str:
    """The claims of studies as a Markdown table."""
    lines = ["| study | claim | found | holds |", "|---|---|---|---|"]
    for each in documents:
        for claim in each["claims"]:
            verdict = "yes" if claim["holds"] else "**no**"
            lines.append(f"| {each['study']} | {claim['what']} | {claim['found']} | {verdict} |")
    return "\n".join(lines) + "\n"


def draw(documents: Sequence[Row], stem: Path) -> list[Path]:
    """All the studies' panels as one figure, PNG and PDF."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    from plastic.lab.plots import STYLE, WIDTH, saved

    wide = min(3, len(documents))
    high = -(-len(documents) // wide)
    with plt.style.context(STYLE):
        size = (WIDTH["page"] * wide / 3, 1.9 * high)
        figure, axes = plt.subplots(high, wide, figsize=size, squeeze=False, layout="constrained")
        for axis, each, letter in zip(axes.flat, documents, "abcdefghijkl", strict=False):
            study(each["study"]).draw(axis, each["rows"])
            axis.set_title(fill(f"{letter}  {each['question']}", 43), loc="left", fontsize=5.5)
        for axis in axes.flat[len(documents) :]:
            axis.axis("off")
        return saved(figure, stem)


def told(document: Mapping[str, Any]) -> str:
    """The claims of one study, line by line."""
    lines = [f"  {'holds' if c['holds'] else 'does NOT hold'}: {c['what']}: {c['found']}" for c in document["claims"]]
    return "\n".join([document["question"], *lines])
