"""What an experiment is: a file that asks one question, and how it is found.

An experiment is a module in `experiments/` with a docstring whose first line ends in a question mark and

    NEEDS                          the signals a rule must listen to, to take part
    cannot(rule, substrate)        why a rule cannot take part there, or None
    rules(substrate)               the rules to run unless told otherwise
    grid(substrate, quick)         {condition: values}; empty where the experiment has no such substrate
    settings(substrate, quick)     the constants it runs with, saved beside the results
    measure(memory, seeds, settings, **condition) -> rows, one dict per seed (and lag, ...), with "seed" in it
    summarise(rows)                what the figure and the reader need, with intervals
    draw(axes, rows)               one panel, from saved rows
    memory(rule, substrate, settings, seeds)   what is measured

A memory has `answers(keys, values, cues)`: it is shown pairs in order and asked cues with plasticity off.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType

from plastic.rule import InputError

SUBSTRATES = ("rate", "layer", "spiking")


def source_folder() -> Path:
    """The checkout: the folder that holds plastic/ and experiments/."""
    for folder in (Path(__file__).parents[2], Path.cwd()):
        if (folder / "experiments" / "__init__.py").exists():
            return folder
    raise InputError("the folder experiments/ is not here; run plastic from a checkout of its source")


def found_in(package: str) -> dict[str, ModuleType]:
    """Every module of a top-level package of the checkout that has a `draw`."""
    folder = source_folder()
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    names = [name for _, name, is_package in iter_modules([str(folder / package)]) if not is_package]
    modules = {name: import_module(f"{package}.{name}") for name in names if not name.startswith("_")}
    return {name: module for name, module in modules.items() if hasattr(module, "draw")}


def experiments() -> dict[str, ModuleType]:
    """Every experiment, by the name of its file."""
    return {name: module for name, module in found_in("experiments").items() if hasattr(module, "measure")}


def experiment(name: str) -> ModuleType:
    """One experiment by name."""
    known = experiments()
    if name not in known:
        raise InputError(f"experiment {name!r} is not known; choose from {', '.join(known)}")
    return known[name]


def question(module: ModuleType) -> str:
    """What the experiment asks: the first line of its docstring."""
    return (module.__doc__ or "").strip().splitlines()[0]
