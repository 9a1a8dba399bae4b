"""Run an experiment: every rule that can take part, on every substrate, in every condition.

This is the seam to a larger engine: `cells` says what is to be measured, `measure_cell` measures one.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import product
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from plastic.lab import store
from plastic.lab.experiment import SUBSTRATES, experiment, question
from plastic.lab.progress import Progress
from plastic.rule import InputError

SEEDS, QUICK_SEEDS = 20, 3
Row = dict[str, Any]


@dataclass(frozen=True)
class Cell:
    """One measurement: all seeds of one rule on one substrate in one condition."""

    experiment: str
    rule: str
    substrate: str
    condition: dict[str, Any]
    settings: dict[str, Any]
    seeds: tuple[int, ...]


def cells(
    name: str,
    rules: Sequence[str] | None = None,
    substrates: Sequence[str] | None = None,
    seeds: int | None = None,
    quick: bool = False,
    device: str = "cpu",
) -> list[Cell]:
    """All that an experiment measures; refused here, before any work, if something does not fit."""
    module = experiment(name)
    number = checked_seeds(seeds, quick)
    check_device(device)
    found = [
        Cell(name, rule, substrate, dict(zip(grid, values, strict=True)), settings, tuple(range(number)))
        for substrate in checked_substrates(substrates)
        if (grid := module.grid(substrate, quick))
        for settings in [module.settings(substrate, quick) | {"device": device}]
        for rule in participants(module, substrate, rules)
        for values in product(*grid.values())
    ]
    if not found:
        why = "; ".join(f"{where} {reason}" for where, reason in left_out(name, rules, substrates).items())
        raise InputError(
            f"nothing to run: no rule given takes part in {name!r} there ({why or 'none given'}); choose others"
        )
    return found


def check_device(device: str) -> None:
    """A device that torch knows and that is there."""
    import torch

    try:
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"device {device!r} is not there ({reason}); give 'cpu', or 'cuda' where a GPU is") from None


def checked_workers(workers: int | None) -> None:
    if workers is not None and workers < 0:
        raise InputError(f"workers is {workers}; give 0 or more")


def checked_seeds(seeds: int | None, quick: bool) -> int:
    number = (QUICK_SEEDS if quick else SEEDS) if seeds is None else seeds
    if number < 1:
        raise InputError(f"seeds is {number}; give at least 1")
    return number


def checked_substrates(substrates: Sequence[str] | None) -> tuple[str, ...]:
    for name in substrates or ():
        if name not in SUBSTRATES:
            raise InputError(f"substrate {name!r} is not known; choose from {', '.join(SUBSTRATES)}")
    return tuple(substrates or SUBSTRATES)


def participants(module: Any, substrate: str, rules: Sequence[str] | None) -> list[str]:
    """The rules to measure, by name: those asked for, or all that can take part."""
    return [name for name in asked_for(module, substrate, rules) if module.cannot(name, substrate) is None]


def asked_for(module: Any, substrate: str, rules: Sequence[str] | None) -> list[str]:
    """The rules named, or those the experiment runs on the substrate unless told otherwise."""
    from plastic.memory.catalogue import canonical

    if rules is None:
        return module.rules(substrate)
    return [rule if rule in module.rules(substrate) else canonical(rule, substrate) for rule in rules]


def left_out(
    name: str, rules: Sequence[str] | None = None, substrates: Sequence[str] | None = None, **choice: Any
) -> dict[str, str]:
    """The rules that cannot take part, and why: {rule on substrate: reason}."""
    module = experiment(name)
    reasons = {
        f"{rule} on {substrate}": module.cannot(rule, substrate)
        for substrate in checked_substrates(substrates)
        for rule in asked_for(module, substrate, rules)
    }
    return {where: why for where, why in reasons.items() if why}


def measure_cell(cell: Cell) -> list[Row]:
    """The rows of one cell, each with what it is of."""
    import torch

    torch.set_num_threads(1)
    module = experiment(cell.experiment)
    memory = module.memory(cell.rule, cell.substrate, cell.settings, cell.seeds)
    rows = module.measure(memory, cell.seeds, cell.settings, **cell.condition)
    about = {"rule": cell.rule, "substrate": cell.substrate, "d": cell.settings.get("d"), **cell.condition}
    return [about | row for row in rows]


def run(name: str, folder: Path = store.FOLDER, workers: int | None = None, **choice: Any) -> dict[str, Any]:
    """Measure an experiment and keep the results; an interrupted run goes on from its finished cells."""
    checked_workers(workers)
    todo = cells(name, **choice)
    store.usable(folder)
    module = experiment(name)
    keep = Keep(folder)
    with Progress(name, len(todo)) as progress:
        found = {}
        for cell, rows in measured(todo, keep, workers):
            found[todo.index(cell)] = rows
            progress.advance()
    rows = [row for index in sorted(found) for row in found[index]]
    document = {
        "experiment": name,
        "question": question(module),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "settings": {cell.substrate: cell.settings for cell in todo},
        "seeds": list(todo[0].seeds),
        "left_out": left_out(name, **choice),
        "provenance": store.provenance(),
        "rows": rows,
        "summary": module.summarise(rows),
    }
    document["results"] = str(store.save(name, document, folder))
    keep.forget(todo)
    return document


class Keep:
    """The finished cells of an unfinished run."""

    def __init__(self, folder: Path):
        self.folder, self.source = folder, store.fingerprint()

    def path(self, cell: Cell) -> Path:
        return store.cached({"source": self.source, **asdict(cell)}, self.folder)

    def recall(self, cell: Cell) -> list[Row] | None:
        return store.read_cell(self.path(cell))

    def store(self, cell: Cell, rows: list[Row]) -> None:
        store.write(self.path(cell), store.text(rows))

    def forget(self, cells: Iterable[Cell]) -> None:
        for cell in cells:
            self.path(cell).unlink(missing_ok=True)
        with suppress(OSError):
            (self.folder / ".cells").rmdir()


def measured(todo: Sequence[Cell], keep: Keep, workers: int | None) -> Iterator[tuple[Cell, list[Row]]]:
    """Every cell with its rows, in the order in which they finish; finished ones are not measured again."""
    left = []
    for cell in todo:
        rows = keep.recall(cell)
        if rows is None:
            left.append(cell)
        else:
            yield cell, rows
    for cell, rows in in_processes(left, workers):
        keep.store(cell, rows)
        yield cell, rows


def in_processes(todo: Sequence[Cell], workers: int | None) -> Iterator[tuple[Cell, list[Row]]]:
    """Measure cells in worker processes, the slow substrate first; with 0 workers here."""
    number = min(len(todo), os.cpu_count() or 1) if workers is None else workers
    if number < 2:
        yield from ((cell, measure_cell(cell)) for cell in todo)
        return
    pool = ProcessPoolExecutor(number, mp_context=get_context("spawn"))
    try:
        started = {pool.submit(measure_cell, cell): cell for cell in sorted(todo, key=slow_first)}
        for future in as_completed(started):
            yield started[future], future.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def slow_first(cell: Cell) -> tuple[int, float]:
    size = max((value for value in cell.condition.values() if isinstance(value, (int, float))), default=0)
    return -SUBSTRATES.index(cell.substrate), -size
