"""What the numbers were made with: source, versions, machine."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from functools import cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from plastic.checkout import source_folder
from plastic.lab.experiment import FILES

PACKAGES = ("plastic", "torch", "numpy", "scipy", "brian2")  # those that decide the numbers


@cache
def fingerprint() -> str:
    """A digest of the source that makes the results: rows of an older source are never taken up again."""
    digest = sha256()
    for part in ("plastic", "models", "experiments"):
        for path in sorted((source_folder() / part).rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def source_of(experiment: str) -> str:
    """The same, with the experiment's own text if it is a file outside the checkout."""
    text = FILES.get(experiment)
    return fingerprint() if text is None else sha256((fingerprint() + text).encode()).hexdigest()[:16]


@cache
def versions() -> dict[str, str | None]:
    """Python and the packages that decide the numbers."""
    return {"python": platform.python_version()} | {name: version_of(name) for name in PACKAGES}


def version_of(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


@cache
def machine() -> str:
    """Processor and cores of this machine, in words."""
    return f"{platform.machine()}, {os.cpu_count()} cores" + (f", {processor()}" if processor() else "")


def processor() -> str:
    """The processor's name, where Linux tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")


def git() -> dict[str, Any]:
    """The commit of the checkout, and whether there were changes beside it; nothing where there is no git."""
    commit, changes = told("rev-parse", "HEAD"), told("status", "--porcelain", "--untracked-files=no")
    return {} if commit is None else {"commit": commit, "changed": bool(changes)}


def told(*words: str) -> str | None:
    """What git says about the checkout."""
    try:
        done = subprocess.run(["git", "-C", str(source_folder()), *words], capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def provenance(experiment: str) -> dict[str, Any]:
    """What the numbers of an experiment are made with, here and now."""
    return {
        "source": source_of(experiment),
        "python": platform.python_version(),
        "machine": machine(),
        "packages": {name: version_of(name) for name in (*PACKAGES, "dask", "xarray")},
        "git": git(),
        "command": " ".join([Path(sys.argv[0]).name, *sys.argv[1:]]),
    }
