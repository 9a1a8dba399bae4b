"""What an experiment is: a file that asks one question, and how it is found.

An experiment is a module in `experiments/`, or a file of your own given by its path, with a docstring whose first
line ends in a question mark and

    NEEDS                          the signals a rule must listen to, to take part
    cannot(rule, substrate)        why a rule cannot take part there, or None
    rules(substrate)               the rules to run unless told otherwise
    grid(substrate, quick)         {condition: values}; empty where the experiment has no such substrate
    settings(substrate, quick)     the constants it runs with, saved beside the results
    measure(memory, seeds, settings, **condition) -> rows, one dict per seed (and lag, ...), with "seed" in it
    summarise(rows)                what the figure and the reader need, with intervals
    draw(axes, rows)               one panel, from saved rows
    memory(rule, substrate, settings, seeds)   what is measured
    UNITS (optional)               {column: unit}, for columns that are no plain numbers
    at_sizes(substrate, quick)     (optional) the values of d to measure at, where there are several
    TOGETHER (optional)            seeds in a cell, 20 unless told

Substrates are rate, layer, spiking and model: a memory of models/ that is no rule of the table. A memory has
`answers(keys, values, cues)`: it is shown pairs in order and asked cues with plasticity off
(`plastic.memory.protocol`).
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from plastic.checkout import files_in, found_in, part, source_folder
from plastic.rule import InputError

SUBSTRATES = ("rate", "layer", "spiking", "model")
PARTS = ("cannot", "rules", "grid", "settings", "memory", "measure", "summarise", "draw")
FILES: dict[str, str] = {}  # the text of every experiment that is a file of one's own, by name


def experiments() -> dict[str, ModuleType]:
    """Every experiment of the checkout, by the name of its file."""
    return {name: module for name, module in found_in("experiments").items() if hasattr(module, "measure")}


def experiment(name: str) -> ModuleType:
    """One experiment by name, or by the path of a file of one's own."""
    if name.endswith(".py"):
        name = named(name)
    if name in FILES:
        return sys.modules[module_name(name)]
    module = part("experiments", name) if name in files_in("experiments") else None
    if module is None or not hasattr(module, "measure"):
        known = ", ".join(experiments())
        raise InputError(f"experiment {name!r} is not known; choose from {known}, or give the path of a file")
    return module


def at_hand(name: str) -> bool:
    """Whether an experiment of this name is in the checkout, or was read from a file."""
    return name in FILES or name in files_in("experiments")


def named(name: str) -> str:
    """The name under which results are kept; a file of one's own is read, and goes by its stem."""
    if not name.endswith(".py"):
        return name
    path = Path(name)
    if same_file(path, source_folder() / "experiments" / path.name):
        return path.stem
    if path.stem in files_in("experiments"):
        raise InputError(f"{name} is called like the experiment {path.stem!r}; give it a name of its own")
    try:
        return loaded(path.stem, path.read_text())
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{name} cannot be read ({getattr(error, 'strerror', None) or error}); mend it") from None


def same_file(a: Path, b: Path) -> bool:
    return a.exists() and b.exists() and a.samefile(b)


def loaded(name: str, text: str) -> str:
    """The experiment in this text is known under this name from now on, in this process."""
    if FILES.get(name) == text:
        return name
    module = ModuleType(module_name(name))
    module.__dict__["__file__"] = f"{name}.py"
    before = sys.modules.get(module.__name__)
    sys.modules[module.__name__] = module  # dataclasses look their module up
    try:
        exec(compile(text, f"{name}.py", "exec"), module.__dict__)
        complete(name, module)
    except Exception as error:
        sys.modules.pop(module.__name__) if before is None else sys.modules.update({module.__name__: before})
        if isinstance(error, InputError):
            raise
        raise InputError(f"{name}.py is no experiment ({type(error).__name__}: {error}); mend it") from None
    FILES[name] = text
    return name


def complete(name: str, module: ModuleType) -> None:
    """Refuse a file that lacks a part of an experiment."""
    missing = [needed for needed in PARTS if not callable(getattr(module, needed, None))]
    if missing:
        raise InputError(f"{name}.py is no experiment: it has no {', '.join(missing)}; see plastic/lab/experiment.py")
    if not question(module).endswith("?"):
        raise InputError(f"{name}.py asks nothing; end the first line of its docstring in a question mark")


def module_name(name: str) -> str:
    return f"plastic_experiment_{name}"


def question(module: ModuleType) -> str:
    """What the experiment asks: the first line of its docstring."""
    return ((module.__doc__ or "").strip() or " ").splitlines()[0]


def catalogue() -> list[dict[str, Any]]:
    """Every experiment of the checkout: its name, what it asks and the substrates it runs on."""
    return [
        {
            "name": name,
            "question": question(module),
            "substrates": [where for where in SUBSTRATES if module.grid(where, False)],
        }
        for name, module in experiments().items()
    ]
