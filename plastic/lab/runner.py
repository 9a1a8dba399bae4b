"""Run an experiment: every rule that can take part, on every substrate, in every condition; nothing is lost.

`cells` says what is to be measured, `measure_cell` measures one, a place of `plastic.lab.schedulers` measures many,
`Keep` keeps what is finished, and `run` puts them together.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from plastic.lab import store
from plastic.lab.cells import Cell, cells, left_out
from plastic.lab.experiment import experiment, named, question
from plastic.lab.keep import Keep, say
from plastic.lab.progress import Progress
from plastic.lab.provenance import provenance
from plastic.lab.schedulers import Place, place
from plastic.lab.work import measure_cell
from plastic.lab.writers import Writers
from plastic.rule import InputError

__all__ = ["Cell", "Keep", "cells", "checked", "left_out", "measure_cell", "run"]

Row = dict[str, Any]


@dataclass
class Found:
    """What is known of the cells: rows in order, and what went wrong."""

    rows: list[Row] = field(default_factory=list)
    not_finite: dict[str, str] = field(default_factory=dict)
    machines: dict[str, None] = field(default_factory=dict)
    seconds: float = 0.0


def run(
    name: str, folder: Path = store.FOLDER, workers: int | None = None, where: Place | None = None, **choice: Any
) -> dict[str, Any]:
    """Measure an experiment and keep the results; what is finished already is not measured again.

    name: an experiment, or the path of a file that is one; where: a place of `plastic.lab.schedulers`, instead of
    worker processes here; choice: as of `cells`. Errors: InputError before any work; store.Unfinished where the disk
    is full, the cluster is gone or every cell failed. The document says in "failed" which cells failed, and why.
    """
    where = where or place(workers)
    todo = checked(name, where, **choice)
    name, keep, start = named(name), Keep(store.usable(folder), named(name)), time.monotonic()
    failed = finish(name, todo, keep, where)
    found = gathered(todo, keep, {str(entry["cell"]) for entry in failed})
    if not found.rows:
        first = f", the first with {failed[0]['error']}" if failed else ""
        raise store.Unfinished(f"all {len(todo)} cells of {name!r} failed{first}; see {keep.failed}")
    document = described(name, todo, found, failed, choice)
    document["provenance"] |= {"seconds": round(found.seconds, 3), "elapsed": round(time.monotonic() - start, 3)}
    document["summary"] = summarised(name, document)
    document["results"] = str(store.save(name, document, folder))
    return document


def checked(name: str, where: Place | None = None, **choice: Any) -> list[Cell]:
    """The cells to be measured; refused, before any work, where something does not fit."""
    (where or place()).check(choice.get("device", "cpu"))
    todo = cells(name, **choice)
    for memory in dict.fromkeys(cell.rule for cell in todo if cell.substrate == "model" and ":" in cell.rule):
        from plastic.memory.catalogue import memory_of  # which costs torch

        memory_of(memory, "model")
    return todo


def finish(name: str, todo: Sequence[Cell], keep: Keep, where: Place) -> list[dict[str, Any]]:
    """Measure the cells that are not finished; the failed ones, with the reason."""
    keep.tidy()
    left = [cell for cell in todo if keep.record(cell) is None]
    if left and (others := keep.others(todo)):
        say(f"{others} other finished cells in {keep.cells} (of other settings, source or versions) are not used")
    failed = []
    progress, measured = Progress(name, len(todo), len(todo) - len(left)), where.measured(left)
    with progress, Writers() as writers, closing(measured):
        for cell, outcome in measured:
            writers.call(keep.store, cell, outcome)
            progress.advance("rows" not in outcome)
            if "rows" not in outcome:
                failed.append(failure(cell, outcome))
    return failed


def failure(cell: Cell, outcome: dict[str, Any]) -> dict[str, Any]:
    """A failed cell as plain data."""
    about = {"rule": cell.rule, "substrate": cell.substrate, "condition": cell.condition, "seeds": list(cell.seeds)}
    return {"cell": str(cell), **about, "error": outcome["error"], "traceback": outcome["traceback"]}


def gathered(todo: Sequence[Cell], keep: Keep, failed: set[str]) -> Found:
    """All that was measured, in the order of the cells."""
    found = Found()
    for cell in todo:
        record = None if str(cell) in failed else keep.record(cell)
        if record is not None:
            found.rows += record["rows"]
            found.seconds += record["seconds"]
            found.machines[record["machine"]] = None
            if record["not_finite"]:
                found.not_finite[str(cell)] = record["not_finite"]
    return found


def described(
    name: str, todo: Sequence[Cell], found: Found, failed: list[dict[str, Any]], choice: dict[str, Any]
) -> dict[str, Any]:
    """The document of results, without its summary."""
    module = experiment(name)
    return {
        "experiment": name,
        "question": question(module),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "quick": bool(choice.get("quick")),
        "settings": settings_of(todo),
        "seeds": sorted({seed for cell in todo for seed in cell.seeds}),
        "sizes": list(dict.fromkeys(cell.settings.get("d") for cell in todo)),
        "conditions": list(dict.fromkeys(condition for cell in todo for condition in cell.condition)),
        "units": dict(getattr(module, "UNITS", {})),
        "left_out": left_out(name, **choice),
        "failed": failed,
        "not_finite": found.not_finite,
        "provenance": provenance(name) | {"machines": list(found.machines)},
        "rows": found.rows,
    }


def settings_of(todo: Sequence[Cell]) -> dict[str, dict[str, Any]]:
    """The settings on each substrate; a list where they differ, as sizes do."""
    found: dict[str, dict[str, list[Any]]] = {}
    for cell in todo:
        for key, value in cell.settings.items():
            values = found.setdefault(cell.substrate, {}).setdefault(key, [])
            values += [] if value in values else [value]
    return {
        substrate: {key: values[0] if len(values) == 1 else values for key, values in settings.items()}
        for substrate, settings in found.items()
    }


def summarised(name: str, document: dict[str, Any]) -> Any:
    """The experiment's own summary, of each size on its own; rows are kept even where it has none."""
    try:
        module, rows = experiment(name), document["rows"]
        if hasattr(module, "at_sizes"):  # its question is about several
            return checked_summary(module.summarise(rows))
        return in_one([(d, checked_summary(module.summarise(part))) for d, part in by_size(rows)])
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        document["failed"].append({"cell": "the summary", "error": reason, "traceback": traceback.format_exc()})
        return {}


def checked_summary(summary: Any) -> dict[str, Any]:
    """A summary as an experiment must give it."""
    if not isinstance(summary, dict):
        raise InputError(f"summarise gives {summary!r:.60}; give a dict, such as {{'by_load': lines}}")
    return summary


def by_size(rows: Sequence[Row]) -> list[tuple[int, list[Row]]]:
    """Rows of one size at a time, where a substrate has several: a summary must not average over sizes."""
    sizes = list(dict.fromkeys(row["d"] for row in rows))
    if len({(row["substrate"], row["d"]) for row in rows}) == len({row["substrate"] for row in rows}):
        return [(sizes[0], list(rows))]
    return [(d, [row for row in rows if row["d"] == d]) for d in sizes]


def in_one(summaries: list[tuple[int, dict[str, Any]]]) -> dict[str, Any]:
    """The summaries of all sizes, each line with its size; of one size, as it is."""
    if len(summaries) == 1:
        return summaries[0][1]
    found: dict[str, Any] = {}
    for d, summary in summaries:
        for part, held in summary.items():
            lines = held if isinstance(held, list) else [held]
            told = [{"d": d} | line if isinstance(line, dict) else {"d": d, part: line} for line in lines]
            found[part] = found.get(part, []) + told
    return found
