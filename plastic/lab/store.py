"""Where results are kept: one atomic file a finished cell, then one file an experiment."""

from __future__ import annotations

import csv
import json
import math
import os
import platform
import sys
import tempfile
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from io import StringIO
from pathlib import Path
from typing import Any

from plastic.checkout import source_folder
from plastic.rule import InputError

FOLDER = Path("results")


def usable(folder: Path) -> Path:
    """The results folder, made if need be, refused before any work if nothing can be written there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError as error:
        reason = error.strerror or error
        raise InputError(f"results folder {folder} cannot be written ({reason}); give another with --results") from None


def write(path: Path, text: str) -> None:
    """Write a whole file or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    with open(unfinished, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(unfinished, path)


def text(document: Any) -> str:
    """JSON, with null for what is not a finite number."""
    return json.dumps(finite(document), indent=1, allow_nan=False)


def finite(thing: Any) -> Any:
    if isinstance(thing, dict):
        return {str(key): finite(value) for key, value in thing.items()}
    if isinstance(thing, (list, tuple)):
        return [finite(value) for value in thing]
    if isinstance(thing, Path):
        return str(thing)
    return None if isinstance(thing, float) and not math.isfinite(thing) else thing


def load(name: str, folder: Path = FOLDER) -> dict[str, Any]:
    """The saved results of an experiment."""
    path = folder / f"{name}.json"
    try:
        document = json.loads(path.read_text())
    except FileNotFoundError:
        raise InputError(f"there are no results of {name!r} in {folder}; run `plastic run {name}` first") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read ({error}); run `plastic run {name}` again") from None
    if not isinstance(document, dict) or not isinstance(document.get("rows"), list):
        raise InputError(f"{path} is no results file of plastic; run `plastic run {name}` again")
    return document


def save(name: str, document: dict[str, Any], folder: Path) -> Path:
    """All results of an experiment, as JSON, and its rows as CSV beside it."""
    path = folder / f"{name}.json"
    write(path, text(document))
    write(path.with_suffix(".csv"), table(document["rows"]))
    return path


def table(rows: list[dict[str, Any]]) -> str:
    """Rows as CSV."""
    columns = list(dict.fromkeys(key for row in rows for key in row))
    lines = StringIO(newline="")
    writer = csv.DictWriter(lines, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return lines.getvalue()


def cached(key: Any, folder: Path) -> Path:
    """Where a cell's rows go while its experiment is unfinished; the name changes with all that decides them."""
    return folder / ".cells" / f"{sha256(text(key).encode()).hexdigest()[:24]}.json"


def read_cell(path: Path) -> list[dict[str, Any]] | None:
    """The rows of a finished cell, or None if it is to be measured."""
    try:
        rows = json.loads(path.read_text())
    except (OSError, ValueError):
        return None
    return rows if isinstance(rows, list) else None


def fingerprint() -> str:
    """A digest of the source that makes the results: rows of an older source are never taken up again."""
    digest = sha256()
    for part in ("plastic", "models", "experiments"):
        for path in sorted((source_folder() / part).rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def provenance() -> dict[str, Any]:
    """What the numbers were made with."""
    packages = ("plastic", "torch", "numpy", "scipy", "brian2")
    return {
        "source": fingerprint(),
        "python": platform.python_version(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "packages": {name: version_of(name) for name in packages},
        "command": " ".join([Path(sys.argv[0]).name, *sys.argv[1:]]),
    }


def version_of(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
