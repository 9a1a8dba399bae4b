"""Every memory there is, by name: a rule on a substrate, a network of models/, or a class of one's own."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterable
from functools import cache
from importlib import import_module
from typing import Any

from plastic.checkout import defines, files_in, part
from plastic.memory.of_rules import MEMORY_ON, cannot_store
from plastic.memory.protocol import OneByOne, PairMemory
from plastic.rule import InputError
from plastic.rules import RULES
from plastic.substrates.layer import rule_or_memory
from plastic.substrates.memories import MEMORIES

SUBSTRATES = ("rate", "layer", "spiking", "model")


@cache
def models() -> tuple[str, ...]:
    """The memories of models/ that are no rule: files that hold a class derived from `PairMemory`."""
    return tuple(name for name, path in files_in("models").items() if defines(path, "PairMemory"))


def model(name: str) -> type[PairMemory]:
    """The class of a memory of models/."""
    module = part("models", known_model(name))
    own = [c for c in vars(module).values() if isinstance(c, type) and issubclass(c, PairMemory)]
    return next(c for c in own if c.__module__ == module.__name__)


def is_model(name: str) -> bool:
    """Whether this is a network of models/ or a class of one's own, and no rule."""
    return ":" in name or name in models()


def canonical(name: str, substrate: str) -> str:
    """The name under which results of a memory are kept; refused if nothing is called so."""
    if substrate == "model":
        return name if is_model(name) else known_model(name)
    return rule_or_memory(name).name


def known_model(name: str) -> str:
    if name not in models():
        near = difflib.get_close_matches(name, models(), 1)
        hint = f"did you mean {near[0]!r}?" if near else f"choose from {', '.join(models())}"
        raise InputError(f"model {name!r} is not known; {hint}")
    return name


def memory_of(name: str, substrate: str, seeds: Iterable[int] = (0,), device: str = "cpu") -> PairMemory:
    """One memory a seed. name: a rule, softmax or ridge; on the substrate "model" a file of models/, or
    "module:Class" for one's own.

    Errors: InputError where nothing is called so, or where it cannot be shown pairs.
    """
    seeds = tuple(seeds)
    if substrate not in SUBSTRATES:
        raise InputError(f"substrate {substrate!r} is not known; choose from {', '.join(SUBSTRATES)}")
    if substrate == "model":
        kind: Any = own_class(name) if ":" in name else model(name)
        return made_of(name, kind, seeds, device)
    rule = rule_or_memory(name)
    if why := cannot_store(rule, substrate):
        raise InputError(f"{rule.name} on {substrate} {why}; choose another")
    return MEMORY_ON[substrate](rule, seeds, device)


def made_of(name: str, kind: Any, seeds: tuple[int, ...], device: str) -> PairMemory:
    """One memory a seed: batched if the class has `answers` (made with seeds and device), else one by one."""
    if hasattr(kind, "answers"):
        return kind(seeds=seeds, device=device)
    for needed in ("write", "read", "scalars"):
        if not callable(getattr(kind, needed, None)):
            raise InputError(f"memory {name!r} has no method {needed}; give a class with write, read and scalars")
    return OneByOne(kind, seeds, device)


def own_class(name: str) -> Any:
    module, _, attribute = name.partition(":")
    if "" not in sys.path:
        sys.path.insert(0, "")
    try:
        return getattr(import_module(module), attribute)
    except ModuleNotFoundError as error:
        raise InputError(f"module of memory {name!r} is not found ({error}); run from its folder") from None
    except AttributeError:
        raise InputError(f"module {module!r} has no {attribute!r}; give module:Class") from None


def guessed_substrate(name: str) -> str:
    """Where a memory runs unless told otherwise: rules on rates, everything else where it is."""
    known = [*RULES, *MEMORIES, *models()]
    if ":" not in name and name.partition("+")[0] not in known and (near := difflib.get_close_matches(name, known, 1)):
        raise InputError(f"memory {name!r} is not known; did you mean {near[0]!r}?")
    if is_model(name):
        return "model"
    return "layer" if name in MEMORIES else "rate"
