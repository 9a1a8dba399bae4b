"""Files of results: whole or not at all, and refused by name if they are not what they say."""

from __future__ import annotations

import csv
import json
import math
import os
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from io import StringIO
from pathlib import Path
from typing import Any

from plastic.rule import InputError

FOLDER = Path("results")
LAYOUT = 2  # of a results file; files of another layout are refused


class Unfinished(Exception):
    """Something outside plastic kept work from being finished: one sentence says what, and what to do."""


# Writing


def usable(folder: Path, option: str = "--results") -> Path:
    """The results folder that an option gives, made if need be; refused before work where nothing can be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError as error:
        reason = error.strerror or error
        raise InputError(f"results folder {folder} cannot be written ({reason}); give another with {option}") from None


def write(path: Path, content: str | bytes) -> None:
    """Write a whole file or nothing."""
    write_all({path: content})


def write_all(contents: Mapping[Path, str | bytes]) -> None:
    """Write all files whole, or leave them all as they were. Errors: Unfinished where the disk is full, say."""
    unfinished = {path.with_name(f".{path.name}.{os.getpid()}"): path for path in contents}
    try:
        for draft, path in unfinished.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            put(draft, contents[path])
        for draft, path in unfinished.items():
            os.replace(draft, path)
    except OSError as error:
        first, reason = next(iter(contents)), error.strerror or error
        raise Unfinished(
            f"{first} cannot be written ({reason}); what was finished before is kept, make room and run again"
        ) from None
    finally:
        for draft in unfinished:
            with suppress(OSError):
                draft.unlink(missing_ok=True)


def put(path: Path, content: str | bytes) -> None:
    """All of it, and on the disk."""
    with open(path, "wb") as file:
        file.write(content.encode() if isinstance(content, str) else content)
        file.flush()
        os.fsync(file.fileno())


def text(document: Any) -> str:
    """JSON to be read, with null for what is not a finite number."""
    return json.dumps(finite(document), indent=1, allow_nan=False)


def compact(document: Any) -> str:
    """The same to be sent or kept: no spaces."""
    try:
        return json.dumps(document, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError):  # something is not finite, or a path: rare, and slower
        return json.dumps(finite(document), separators=(",", ":"), allow_nan=False)


def finite(thing: Any) -> Any:
    if isinstance(thing, dict):
        return {str(key): finite(value) for key, value in thing.items()}
    if isinstance(thing, (list, tuple)):
        return [finite(value) for value in thing]
    if isinstance(thing, Path):
        return str(thing)
    return None if isinstance(thing, float) and not math.isfinite(thing) else thing


def digest(written: str) -> str:
    """A checksum of a text."""
    return sha256(written.encode()).hexdigest()


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows as CSV."""
    columns = list(dict.fromkeys(key for row in rows for key in row))
    lines = StringIO(newline="")
    writer = csv.DictWriter(lines, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return lines.getvalue()


# Reading


def parsed(path: Path) -> Any:
    """The JSON in a file. Errors: ValueError, with the reason, for anything that is none; OSError."""
    try:
        return json.loads(path.read_bytes().decode(), parse_constant=no_constant)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def no_constant(name: str) -> Any:
    raise ValueError(f"it holds {name}, which is no number")


def load(name: str, folder: Path = FOLDER) -> dict[str, Any]:
    """The saved results of an experiment. Errors: InputError for results that are damaged, altered or of another."""
    path = folder / f"{name}.json"
    if not os.path.lexists(path):
        raise InputError(f"there are no results of {name!r} in {folder}; run `plastic run {name}` first")
    document = read(path)
    if document["experiment"] != name:
        raise InputError(f"{path} holds results of {document['experiment']!r}; run `plastic run {name}` again")
    return document


def read(path: Path) -> dict[str, Any]:
    """The results in a JSON file, whatever experiment they are of."""
    again = "run `plastic run` again"
    try:
        document = parsed(path)
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read ({getattr(error, 'strerror', None) or error}); {again}") from None
    if not isinstance(document, dict) or document.get("layout") != LAYOUT:
        raise InputError(f"{path} is no results file of this version of plastic; {again}")
    if document.get("checksum") != seal(document):
        raise InputError(f"{path} was altered after it was written: its checksum is another; {again}")
    return document


def seal(document: Mapping[str, Any]) -> str:
    """The checksum of a results file, over all that it holds."""
    held = {key: value for key, value in document.items() if key not in ("checksum", "layout", "rows")}
    return digest(compact(held | {"rows": document.get("rows")}))


def save(name: str, document: dict[str, Any], folder: Path) -> Path:
    """All results of an experiment: as JSON, as labelled arrays (NetCDF), and its rows as CSV, all three or none."""
    from plastic.lab.collect import netcdf

    path = folder / f"{name}.json"
    sealed = {"layout": LAYOUT, "checksum": seal(document)} | document
    written: dict[Path, str | bytes] = {path: lines(sealed), path.with_suffix(".csv"): table(document["rows"])}
    write_all(written | {path.with_suffix(".nc"): netcdf(document)})
    return path


def lines(document: Mapping[str, Any]) -> str:
    """The document as JSON to be read, with a line for each row."""
    rows = ",\n".join(map(compact, document["rows"]))
    return text({key: value for key, value in document.items() if key != "rows"})[:-2] + f',\n "rows": [\n{rows}\n]}}\n'
