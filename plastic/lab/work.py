"""Measuring one cell: what happens in a worker process, or here if there is none."""

from __future__ import annotations

import math
import platform
import sys
import threading
import time
import traceback
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

from plastic.lab import provenance, store
from plastic.lab.cells import Cell
from plastic.lab.experiment import FILES, experiment, loaded
from plastic.rule import InputError

Row = dict[str, Any]
Outcome = dict[str, Any]
ALONE = threading.Lock()  # Brian2 and torch's settings belong to the process, so it measures one cell at a time


class OtherSource(Exception):
    """A worker would measure with another source of plastic, or with one that was edited since the run began."""


@dataclass(frozen=True)
class Batch:
    """Cells to be measured by one worker in one go, and the source they are to be measured with."""

    cells: tuple[Cell, ...]
    source: str
    file: str | None = None  # the text of the experiment, if it is a file of one's own
    memories: tuple[tuple[str, str], ...] = ()  # modules of memories of one's own, and their texts


def batch_of(cells: Sequence[Cell]) -> Batch:
    """The cells with all that a worker without a shared folder needs."""
    name = cells[0].experiment
    return Batch(tuple(cells), provenance.source_of(name), FILES.get(name), memories_of(cells))


def memories_of(cells: Sequence[Cell]) -> tuple[tuple[str, str], ...]:
    """The modules of the memories of one's own, and their texts as they were imported here."""
    names = dict.fromkeys(cell.rule for cell in cells if cell.substrate == "model" and ":" in cell.rule)
    if not names:
        return ()
    from plastic.memory.catalogue import text_of

    texts = {name.partition(":")[0]: text_of(name) for name in names}
    return tuple((module, text) for module, text in texts.items() if text is not None)


def learn(memories: Sequence[tuple[str, str]]) -> None:
    """Know memories of one's own by their texts. Errors: InputError where one cannot be made here."""
    if not memories:
        return
    from plastic.memory.catalogue import taught

    for module, text in memories:
        taught(module, text)


def measured_batch(batch: Batch) -> list[Outcome]:
    """The outcome of each cell."""
    with ALONE:
        name = batch.cells[0].experiment
        if batch.file is not None:
            loaded(name, batch.file)
        if provenance.source_of(name) != batch.source:
            raise OtherSource(f"{platform.node()} would measure something else: its source of plastic is another")
        learn(batch.memories)
        return [outcome(cell) for cell in batch.cells]


def outcome(cell: Cell) -> Outcome:
    """The rows of a cell as JSON text ("rows"), or why there are none ("error"); also how long it took and where."""
    start = time.perf_counter()
    try:
        rows = measure_cell(cell)
        found: Outcome = {"rows": store.compact(rows), "not_finite": not_finite(rows)}
    except (Exception, SystemExit) as error:
        found = {"error": f"{type(error).__name__}: {error}".strip(), "traceback": traceback.format_exc()}
    return found | {"seconds": time.perf_counter() - start, "machine": provenance.machine()}


def measure_cell(cell: Cell) -> list[Row]:
    """The rows of one cell, each with what it is of.

    The numbers of a seed whose memory answered with what is not finite are NaN.
    Errors: ValueError if the experiment or the memory gave something of the wrong form.
    """
    one_thread()
    tame_brian2()
    module = experiment(cell.experiment)
    unsound: set[int] = set()
    memory = noting(module.memory(cell.rule, cell.substrate, cell.settings, cell.seeds), unsound)
    rows = checked_rows(module.measure(memory, cell.seeds, cell.settings, **cell.condition), cell)
    lost = {cell.seeds[place] for place in unsound}
    about = {"rule": cell.rule, "substrate": cell.substrate, "d": cell.settings.get("d"), **cell.condition}
    return [about | (blanked(row) if row["seed"] in lost else row) for row in rows]


def noting(memory: Any, unsound: set[int]) -> Any:
    """The same memory, whose answers are checked: those that are not finite are noted by the place of their seed."""
    kind = type(memory)
    if not callable(getattr(kind, "answers", None)):
        return memory

    def answers(self: Any, keys: Any, values: Any, cues: Any, **options: Any) -> Any:
        found = kind.answers(self, keys, values, cues, **options)
        unsound.update(seeds_not_finite(found, (*cues.shape[:2], values.shape[-1])))
        return found

    with suppress(TypeError):  # a class that cannot be derived from goes unchecked
        object.__setattr__(memory, "__class__", type(kind.__name__, (kind,), {"answers": answers}))
    return memory


def seeds_not_finite(answers: Any, wanted: tuple[int, ...]) -> list[int]:
    """Places of the seeds with an answer that is no finite number; answers of another shape are refused."""
    import numpy as np

    if np.shape(answers) != wanted:
        raise InputError(
            f"the memory answers with shape {np.shape(answers)}; give [seeds, cues, cells of a value] = {wanted}"
        )
    return [int(place) for place in np.flatnonzero(~np.isfinite(answers).all((1, 2)))]


def checked_rows(rows: Any, cell: Cell) -> list[Row]:
    """Rows as plain data, each of one of the cell's seeds."""
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise InputError(f"measure of {cell.experiment!r} gives no list of rows; give one dict a seed")
    plain_rows = [{str(name): plain(value) for name, value in row.items()} for row in rows]
    for row in plain_rows:
        if row.get("seed") not in cell.seeds:
            raise InputError(f"measure of {cell.experiment!r} gives a row of seed {row.get('seed')}; give its seeds")
    return plain_rows


def plain(value: Any) -> Any:
    """A number of numpy or torch as Python's own."""
    return value.item() if hasattr(value, "item") and getattr(value, "shape", None) == () else value


def blanked(row: Row) -> Row:
    """A row whose measures are unknown."""
    return {name: math.nan if isinstance(value, float) else value for name, value in row.items()}


def not_finite(rows: Sequence[Row]) -> str | None:
    """Which seeds have which measures that are not finite, in words."""
    found = [(row["seed"], name) for row in rows for name, value in row.items() if unsound_number(value)]
    if not found:
        return None
    seeds, names = (dict.fromkeys(part) for part in zip(*found, strict=True))
    return f"{', '.join(names)} of seed{'s' * (len(seeds) > 1)} {', '.join(map(str, seeds))}"


def unsound_number(value: Any) -> bool:
    return isinstance(value, float) and not math.isfinite(value)


# The process


@cache
def one_thread() -> None:
    """One thread for torch and for numpy: sums of several threads differ in the last digit, and contend."""
    import scipy.linalg  # noqa: F401  its BLAS is its own, and must be there to be limited
    import torch
    from threadpoolctl import threadpool_limits

    torch.set_num_threads(1)
    threadpool_limits(1)


def tame_brian2() -> None:
    """A stopped simulation must not pass for a finished one: Ctrl-C ends the cell, not Brian2's run alone."""
    if "brian2" in sys.modules:
        sys.modules["brian2"].prefs.core.stop_on_keyboard_interrupt = False


def modules_of(cells: Iterable[Cell]) -> list[str]:
    """What the cells import that may need the main thread of a process, as Brian2 does (it sets a signal handler)."""
    found = set()
    for cell in cells:
        if cell.substrate == "spiking":
            found.add("plastic.substrates.spiking")
        elif cell.substrate == "model":
            found.add(cell.rule.partition(":")[0] if ":" in cell.rule else f"models.{cell.rule}")
    return sorted(found)


def prepare(modules: Sequence[str]) -> None:
    """Import once, in the main thread of a process; what cannot be imported says so when its cell is measured."""
    from plastic.checkout import source_folder

    for place in ("", str(source_folder())):
        if place not in sys.path:
            sys.path.insert(0, place)
    for name in modules:
        with suppress(Exception):
            import_module(name)
    one_thread()
    tame_brian2()
