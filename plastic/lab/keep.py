"""The finished cells of an experiment: one file each, taken up again only if it is what the cell would give now.

They stay when the results are collected, so that more seeds, rules or sizes add to them. A cell's file is named by a
digest of all that decides its rows: experiment, rule, substrate, condition, settings, seeds, source and versions.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from plastic.lab import provenance, store
from plastic.lab.cells import Cell

Row = dict[str, Any]
ABANDONED = 60.0  # seconds after which an unfinished file has no writer any more


class Keep:
    """Finished and failed cells of one experiment in a results folder."""

    def __init__(self, folder: Path, experiment: str):
        self.cells, self.failed = folder / experiment / "cells", folder / experiment / "failed"
        self.made_with = {"source": provenance.source_of(experiment), "versions": provenance.versions()}

    def identity(self, cell: Cell) -> dict[str, Any]:
        """All that decides the rows of a cell."""
        return vars(cell) | {"seeds": list(cell.seeds)} | self.made_with | own_memory(cell)

    def path(self, cell: Cell) -> Path:
        return self.cells / f"{store.digest(store.compact(self.identity(cell)))[:24]}.json"

    def record(self, cell: Cell) -> dict[str, Any] | None:
        """A finished cell's rows and what is known of them, or None if it is to be measured.

        A file that is damaged, or of something else, is set aside, and one sentence says so.
        """
        path = self.path(cell)
        if not os.path.lexists(path):
            return None
        try:
            return checked_record(store.parsed(path), self.identity(cell))
        except (OSError, ValueError) as error:
            self.set_aside(path, getattr(error, "strerror", None) or str(error))
            return None

    def recall(self, cell: Cell) -> list[Row] | None:
        """The rows of a finished cell, or None if it is to be measured."""
        record = self.record(cell)
        return None if record is None else record["rows"]

    def set_aside(self, path: Path, reason: str) -> None:
        """The file is kept under another name; its cell is measured again."""
        aside = path.with_name(f"{path.name}.refused")
        with suppress(OSError):
            os.replace(path, aside)
        say(f"{path} is refused ({reason}); it is set aside as {aside.name}, its cell is measured again")

    def store(self, cell: Cell, outcome: dict[str, Any]) -> None:
        """Keep what was measured, or why nothing was."""
        failed = self.failed / f"{self.path(cell).stem}.txt"
        if "rows" not in outcome:
            store.write(failed, f"{cell}\n\n{outcome['traceback']}")
            return
        about = {"of": self.identity(cell)} | outcome
        rows = about.pop("rows")  # is JSON already
        held = f'{store.compact(about)[:-1]},"rows":{rows}'
        store.write(self.path(cell), f'{held},"checksum":"{store.digest(held)}"}}\n')
        with suppress(OSError):
            failed.unlink(missing_ok=True)

    def others(self, cells: Iterable[Cell]) -> int:
        """How many finished cells there are beside these."""
        known = {self.path(cell).name for cell in cells}
        return sum(path.name not in known for path in self.cells.glob("[0-9a-f]*.json"))

    def tidy(self) -> None:
        """Remove what a killed run left half written."""
        for path in (*self.cells.glob(".*"), *self.failed.glob(".*")):
            with suppress(OSError):
                if time.time() - path.stat().st_mtime > ABANDONED:
                    path.unlink()


def own_memory(cell: Cell) -> dict[str, str]:
    """A digest of the module of a memory of one's own; nothing for others, which are of the source."""
    if cell.substrate != "model" or ":" not in cell.rule:
        return {}
    from plastic.memory.catalogue import text_of

    text = text_of(cell.rule)
    return {} if text is None else {"memory": store.digest(text)}


def checked_record(record: Any, identity: dict[str, Any]) -> dict[str, Any]:
    """A cell's file as it was written. Errors: ValueError for any other."""
    if not isinstance(record, dict) or not isinstance(record.get("rows"), list):
        raise ValueError("it is no finished cell")
    if record.get("of") != json.loads(store.compact(identity)):
        raise ValueError("it is of another cell, or of other settings")
    if record.pop("checksum", None) != store.digest(store.compact(record)[:-1]):
        raise ValueError("it was altered: its checksum is another")
    return record


def say(sentence: str) -> None:
    print(f"plastic: {sentence}", file=sys.stderr, flush=True)
