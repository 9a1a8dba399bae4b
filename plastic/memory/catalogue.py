"""Every memory there is, by name: a rule on a substrate, a network of models/, or a class of one's own."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from importlib import import_module
from inspect import signature
from pathlib import Path
from types import ModuleType
from typing import Any

from plastic.checkout import defines, files_in, part
from plastic.memory.of_rules import MEMORY_ON, cannot_store
from plastic.memory.protocol import OneByOne, PairMemory
from plastic.rule import InputError
from plastic.rules import RULES
from plastic.substrates.layer import rule_or_memory
from plastic.substrates.memories import MEMORIES

SUBSTRATES = ("rate", "layer", "spiking", "model")
TEXTS: dict[str, str] = {}  # the text of every module of a memory of one's own, by name, as it is measured


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
    if not callable(kind):
        raise InputError(f"memory {name!r} is no class but {kind!r:.60}; give module:Class")
    if hasattr(kind, "answers"):
        fits(name, kind, "seeds and device", seeds=seeds, device=device)
        return made_by(name, kind, seeds, device)
    for needed in ("write", "read", "scalars"):
        if not callable(getattr(kind, needed, None)):
            raise InputError(f"memory {name!r} has no method {needed}; give a class with write, read and scalars")
    fits(name, kind, "d, d_v and seed", 1, 1, 0)
    return OneByOne(kind, seeds, device)


def fits(name: str, kind: Any, wanted: str, *given: Any, **named: Any) -> None:
    """Refuse a class that is made of something else."""
    try:
        signature(kind).bind(*given, **named)
    except TypeError as error:
        raise InputError(f"memory {name!r} cannot be made ({error}); let its constructor take {wanted}") from None
    except ValueError:  # one without a signature is taken at its word
        return


def made_by(name: str, kind: Any, seeds: tuple[int, ...], device: str) -> PairMemory:
    """The memory. Errors: InputError where its constructor fails."""
    try:
        return kind(seeds=seeds, device=device)
    except InputError:
        raise
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise InputError(f"memory {name!r} cannot be made ({reason}); mend its constructor") from error


# Classes of one's own


def own_class(name: str) -> Any:
    """The class called module:Class. Errors: InputError where there is none."""
    module, _, attribute = name.partition(":")
    if not all(word.isidentifier() for word in (*module.split("."), attribute)):
        raise InputError(f"memory {name!r} names no class; give module:Class, such as my_memory:Mine")
    try:
        return getattr(own_module(name), attribute)
    except AttributeError:
        raise InputError(f"module {module!r} has no {attribute!r}; give module:Class") from None


def own_module(name: str) -> ModuleType:
    """The module of a class of one's own; its text is remembered, as what is measured."""
    module = name.partition(":")[0]
    if "" not in sys.path:
        sys.path.insert(0, "")
    try:
        found = import_module(module)
    except ModuleNotFoundError as error:
        raise InputError(f"module of memory {name!r} is not found ({error}); run from its folder") from None
    except (Exception, SystemExit) as error:
        reason = f"{type(error).__name__}: {error}"
        raise InputError(f"module of memory {name!r} cannot be imported ({reason}); mend it") from error
    if (text := text_in(found)) is not None:
        TEXTS.setdefault(module, text)
    return found


def text_in(module: ModuleType) -> str | None:
    """The text of a module that is one file of Python."""
    try:
        return Path(module.__file__ or "").read_text() if (module.__file__ or "").endswith(".py") else None
    except (AttributeError, OSError, UnicodeDecodeError):
        return None


def text_of(name: str) -> str | None:
    """The text of the module of module:Class as it was imported; None where it has none."""
    with suppress(InputError):  # what is not there says so when it is made
        own_module(name)
    return TEXTS.get(name.partition(":")[0])


def taught(module: str, text: str) -> None:
    """The module is of this text from now on, in this process, also where its file is not or is another."""
    if module not in TEXTS:
        with suppress(InputError):
            own_module(f"{module}:")
    if TEXTS.get(module) == text:
        return
    made = ModuleType(module)
    made.__dict__.update({"__file__": f"{module}.py", "__package__": module.rpartition(".")[0]})
    before = sys.modules.get(module)
    sys.modules[module] = made  # dataclasses look their module up
    try:
        exec(compile(text, f"{module}.py", "exec"), made.__dict__)
    except (Exception, SystemExit) as error:
        sys.modules.pop(module) if before is None else sys.modules.update({module: before})
        reason = f"{type(error).__name__}: {error}"
        raise InputError(f"module {module!r} cannot be made here ({reason}); put all of it in one file") from error
    TEXTS[module] = text


def guessed_substrate(name: str) -> str:
    """Where a memory runs unless told otherwise: rules on rates, everything else where it is."""
    known = [*RULES, *MEMORIES, *models()]
    if ":" not in name and name.partition("+")[0] not in known and (near := difflib.get_close_matches(name, known, 1)):
        raise InputError(f"memory {name!r} is not known; did you mean {near[0]!r}?")
    if is_model(name):
        return "model"
    return "layer" if name in MEMORIES else "rate"
