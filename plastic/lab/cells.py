"""What is to be measured: one declaration becomes cells, each measured on its own, in any order, anywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from types import NoneType
from typing import Any

from plastic.lab.experiment import SUBSTRATES, experiment, named
from plastic.rule import InputError

SEEDS, QUICK_SEEDS = 20, 3
TOGETHER = 20  # seeds in a cell: more seeds are more cells, and leave the finished ones as they are


@dataclass(frozen=True)
class Cell:
    """One measurement: a block of seeds of one rule on one substrate in one condition."""

    experiment: str
    rule: str
    substrate: str
    condition: dict[str, Any]
    settings: dict[str, Any]
    seeds: tuple[int, ...]

    def __str__(self) -> str:
        """The cell in words."""
        about = {"d": self.settings.get("d"), **self.condition}
        told = ", ".join(f"{name} {value}" for name, value in about.items() if value is not None)
        return f"{self.rule} on {self.substrate} ({told}; seeds {self.seeds[0]} to {self.seeds[-1]})"


def cells(
    name: str,
    rules: Sequence[str] | None = None,
    substrates: Sequence[str] | None = None,
    seeds: int | None = None,
    quick: bool = False,
    device: str = "cpu",
    sizes: Sequence[int] | None = None,
    grid: Mapping[str, Sequence[Any]] | None = None,
) -> list[Cell]:
    """All that an experiment measures; refused here, before any work, if something does not fit.

    sizes: cells of keys and of values (d = d_v) to measure instead of the experiment's own; grid: values to
    measure a condition at instead of the experiment's own.
    """
    name, module = named(name), experiment(name)
    check_parts(module, name, checked_substrates(substrates), rules, quick)
    check_grid(module, name, grid or {}, quick)
    blocks = blocks_of(checked_seeds(seeds, quick), getattr(module, "TOGETHER", TOGETHER))
    found = [
        Cell(name, rule, substrate, dict(zip(conditions, values, strict=True)), settings, block)
        for substrate in checked_substrates(substrates)
        if (conditions := chosen(module.grid(substrate, quick), grid or {}))
        for settings in sized(
            module.settings(substrate, quick) | {"device": device}, sizes or own_sizes(module, substrate, quick)
        )
        for rule in participants(module, substrate, rules)
        for values in product(*conditions.values())
        for block in blocks
    ]
    if not found:
        why = "; ".join(f"{where} {reason}" for where, reason in left_out(name, rules, substrates, quick).items())
        raise InputError(
            f"nothing to run: no rule given takes part in {name!r} there ({why or 'none given'}); choose others"
        )
    return found


def blocks_of(number: int, together: int = TOGETHER) -> list[tuple[int, ...]]:
    """Seeds 0 to number - 1, in blocks that do not move when there are more."""
    return [tuple(range(first, min(first + together, number))) for first in range(0, number, together)]


def own_sizes(module: Any, substrate: str, quick: bool) -> Sequence[int] | None:
    """The sizes at which an experiment is measured unless told otherwise, if it has several."""
    return module.at_sizes(substrate, quick) if hasattr(module, "at_sizes") else None


def chosen(conditions: Mapping[str, Sequence[Any]], instead: Mapping[str, Sequence[Any]]) -> dict[str, Sequence[Any]]:
    """The experiment's conditions, with the values given for some of them."""
    return {name: each_once(instead.get(name, values)) for name, values in conditions.items()}


def each_once(values: Sequence[Any]) -> list[Any]:
    """The same without repetitions: a seed counts once."""
    return [value for place, value in enumerate(values) if value not in values[:place]]


def sized(settings: dict[str, Any], sizes: Sequence[int] | None) -> list[dict[str, Any]]:
    """The settings at each size; the experiment's own size if none is given."""
    return [settings | {"d": d, "d_v": d} for d in each_once([checked_size(d) for d in sizes])] if sizes else [settings]


def checked_size(d: Any) -> int:
    if isinstance(d, bool) or not isinstance(d, int) or d < 1:
        raise InputError(f"d is {d}; give whole numbers of cells, at least 1")
    return d


def check_parts(module: Any, name: str, substrates: Sequence[str], rules: Sequence[str] | None, quick: bool) -> None:
    """Refuse an experiment whose parts fail, or give what no cells can be made of."""
    for where in SUBSTRATES:
        conditions = told(module, name, "grid", (dict,), where, quick)
        for values in conditions.values():
            if not isinstance(values, (list, tuple, range)):
                raise InputError(f"grid of {name!r} on {where} gives {conditions!r:.60}; give lists of values")
        at_home = told(module, name, "rules", (list, tuple), where)
        if where in substrates and conditions:
            told(module, name, "settings", (dict,), where, quick)
            for rule in at_home if rules is None else asked_for(module, where, rules):
                told(module, name, "cannot", (str, NoneType), rule, where)


def told(module: Any, name: str, part: str, kinds: tuple[type, ...], *given: Any) -> Any:
    """What a part of an experiment gives. Errors: InputError where it fails or gives something of another kind."""
    call = f"{part}({', '.join(map(repr, given))}) of {name!r}"
    try:
        found = getattr(module, part)(*given)
    except InputError:
        raise
    except Exception as error:
        raise InputError(f"{call} fails ({type(error).__name__}: {error}); mend it") from error
    if not isinstance(found, kinds):
        form = " or ".join("None" if kind is NoneType else kind.__name__ for kind in kinds)
        raise InputError(f"{call} gives {found!r:.60}; give {form}")
    return found


def check_grid(module: Any, name: str, grid: Mapping[str, Sequence[Any]], quick: bool) -> None:
    """Refuse a condition that the experiment does not have."""
    known = dict.fromkeys(condition for where in SUBSTRATES for condition in module.grid(where, quick))
    for condition, values in grid.items():
        if condition not in known:
            raise InputError(f"{name!r} has no condition {condition!r}; choose from {', '.join(known)}")
        if not values:
            raise InputError(f"condition {condition!r} has no values; give at least one")


def check_device(device: str) -> None:
    """A device that torch knows and that is here."""
    if device == "cpu":
        return
    import torch

    try:
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"device {device!r} is not there ({reason}); give 'cpu', or 'cuda' where a GPU is") from None


def checked_seeds(seeds: int | None, quick: bool) -> int:
    number = (QUICK_SEEDS if quick else SEEDS) if seeds is None else seeds
    if number < 1:
        raise InputError(f"seeds is {number}; give at least 1")
    return number


def checked_substrates(substrates: Sequence[str] | None) -> tuple[str, ...]:
    for name in substrates or ():
        if name not in SUBSTRATES:
            raise InputError(f"substrate {name!r} is not known; choose from {', '.join(SUBSTRATES)}")
    return tuple(dict.fromkeys(substrates or SUBSTRATES))


def participants(module: Any, substrate: str, rules: Sequence[str] | None) -> list[str]:
    """The rules to measure, by name: those asked for, or all that can take part; each once."""
    asked = dict.fromkeys(asked_for(module, substrate, rules))
    return [name for name in asked if module.cannot(name, substrate) is None]


def asked_for(module: Any, substrate: str, rules: Sequence[str] | None) -> list[str]:
    """The rules named, where they are at home, or those the experiment runs on the substrate unless told otherwise."""
    if rules is None:
        return module.rules(substrate)
    return [name for rule in rules if (name := called(module, rule, substrate)) is not None]


def called(module: Any, rule: str, substrate: str) -> str | None:
    """What a rule or a memory is called on a substrate; None where it is at home on others. Errors: InputError."""
    from plastic.memory.catalogue import canonical, is_model

    if rule in module.rules(substrate):
        return rule
    if is_model(rule):
        return rule if substrate == "model" else None
    if any(rule in module.rules(other) for other in SUBSTRATES) and substrate == "model":
        return None
    if rule in module.rules("model"):
        return None
    name = canonical(rule, "rate")  # refused if nothing is called so
    return None if substrate == "model" else name


def left_out(
    name: str,
    rules: Sequence[str] | None = None,
    substrates: Sequence[str] | None = None,
    quick: bool = False,
    **choice: Any,
) -> dict[str, str]:
    """The rules that cannot take part where the experiment runs, and why: {rule on substrate: reason}."""
    module = experiment(name)
    reasons = {
        f"{rule} on {substrate}": module.cannot(rule, substrate)
        for substrate in checked_substrates(substrates)
        if module.grid(substrate, quick)
        for rule in asked_for(module, substrate, rules)
    }
    return {where: why for where, why in reasons.items() if why}
