"""The checkout around the library: models/, experiments/ and figures/, which are not installed but found."""

from __future__ import annotations

import ast
import sys
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType

from plastic.rule import InputError


def source_folder() -> Path:
    """The checkout: the folder that holds plastic/ and experiments/."""
    for folder in (Path(__file__).parents[1], Path.cwd()):
        if (folder / "experiments" / "__init__.py").exists():
            return folder
    raise InputError("the folder experiments/ is not here; run plastic from a checkout of its source")


def files_in(package: str) -> dict[str, Path]:
    """The files of a top-level package of the checkout, by name; those with a leading underscore are private."""
    folder = source_folder() / package
    names = [name for _, name, is_package in iter_modules([str(folder)]) if not is_package]
    return {name: folder / f"{name}.py" for name in sorted(names) if not name.startswith("_")}


def part(package: str, name: str) -> ModuleType:
    """One module of a top-level package of the checkout."""
    folder = str(source_folder())
    if folder not in sys.path:
        sys.path.insert(0, folder)
    return import_module(f"{package}.{name}")


def found_in(package: str) -> dict[str, ModuleType]:
    """Every module of a top-level package of the checkout that has a `draw`."""
    modules = {name: part(package, name) for name in files_in(package)}
    return {name: module for name, module in modules.items() if hasattr(module, "draw")}


def defines(path: Path, base: str) -> bool:
    """Whether a file defines a class with this base, found without importing it."""
    classes = (node for node in ast.parse(path.read_text()).body if isinstance(node, ast.ClassDef))
    return any(isinstance(b, ast.Name) and b.id == base for c in classes for b in c.bases)
