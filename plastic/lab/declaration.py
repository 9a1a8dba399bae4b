"""A sweep as a file: `plastic run sweep.toml`. What the command gives beside it goes before what the file says.

experiment = "recall"        a name, or a path beside the file
rules = ["vanilla", "delta"]
substrates = ["rate"]
sizes = [64, 128]
seeds = 40
quick = false
device = "cpu"

[grid]                       values of conditions instead of the experiment's own
load = [8, 64, 512]
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from plastic.rule import InputError

Check = tuple[str, Any]


def words(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(word, str) and word for word in value)


def whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def wholes(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(whole(number) for number in value)


def conditions(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(values, list) and values and all(isinstance(one, (int, float, str)) for one in values)
        for values in value.values()
    )


ENTRIES: dict[str, Check] = {
    "experiment": ("the name of an experiment", lambda value: isinstance(value, str) and bool(value)),
    "rules": ("a list of names", words),
    "substrates": ("a list of names", words),
    "sizes": ("a list of whole numbers above 0", wholes),
    "seeds": ("a whole number above 0", whole),
    "quick": ("true or false", lambda value: isinstance(value, bool)),
    "device": ("a word such as 'cpu'", lambda value: isinstance(value, str) and bool(value)),
    "grid": ("a table of lists of numbers or words", conditions),
}


def declared(name: str, given: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The experiment and what to run of it: from a file if the name ends in .toml, and from what is given."""
    if not name.endswith(".toml"):
        return name, given
    told = checked(Path(name))
    experiment = told.pop("experiment")
    if experiment.endswith(".py"):
        experiment = str(Path(name).parent / experiment)
    unset: tuple[Any, ...] = (None, False)
    chosen = {key: value for key, value in given.items() if value not in unset and (key, value) != ("device", "cpu")}
    return experiment, given | told | chosen


def checked(path: Path) -> dict[str, Any]:
    """What the file says. Errors: InputError that names the entry for anything that is no declaration."""
    try:
        told = tomllib.loads(path.read_bytes().decode())
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{path} cannot be read ({getattr(error, 'strerror', None) or error}); mend it") from None
    for entry, value in told.items():
        if entry not in ENTRIES:
            raise InputError(f"{path} has no use for {entry!r}; choose from {', '.join(ENTRIES)}")
        form, fits = ENTRIES[entry]
        if not fits(value):
            raise InputError(f"{entry} in {path} is {value!r:.60}; give {form}")
    if "experiment" not in told:
        raise InputError(f'{path} names no experiment; add a line such as experiment = "recall"')
    return told
