"""What a task is: generated, seeded sequences, and what is asked at which of their steps.

A task is a file of experiments/tasks/ that holds one frozen dataclass derived from `Task`, or from `Environment` where
answers are rewarded; its fields are sizes.
"""

from __future__ import annotations

import difflib
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any, ClassVar, NamedTuple

import torch
from torch import Tensor

from plastic.checkout import defines, files_in, part
from plastic.rule import InputError

FOLDER = "experiments/tasks"
BASES = ("Task", "Environment")
IGNORED = -100  # label of a step at which nothing is asked


class Batch(NamedTuple):
    """Sequences and what is asked of them.

    x: [B, T] of token numbers or [B, T, inputs]. y: labels [B, T], IGNORED where nothing is asked; or numbers
    [B, T, outputs], NaN where nothing is asked.
    """

    x: Tensor
    y: Tensor


@dataclass(frozen=True)
class Task(ABC):
    """A kind of sequence, at certain sizes. Errors: InputError for a size that is too small.

    tokens: whether steps are token numbers below `inputs`, or vectors of so many numbers. outputs: classes, or
    numbers where y is of numbers. chance: accuracy of the best answer that is always the same; where y is of numbers,
    accuracy is the share of their mean square that the answers explain, and chance is 0.
    """

    cite: ClassVar[str]
    tokens: ClassVar[bool] = True

    def __post_init__(self) -> None:
        for f in fields(self):
            value, least, most = getattr(self, f.name), f.metadata["least"], f.metadata["most"]
            kind = type(f.default)
            number = isinstance(value, (int, float)) if kind is float else type(value) is kind
            if not number or not least <= value <= most:
                raise InputError(f"{f.name} of {self.name} is {value!r}; give {in_words(kind, least, most)}")

    @property
    def name(self) -> str:
        """The name of its file."""
        return type(self).__module__.rpartition(".")[2]

    @property
    @abstractmethod
    def inputs(self) -> int:
        """Numbers of a step, or how many tokens there are."""

    @property
    @abstractmethod
    def outputs(self) -> int:
        """Classes, or numbers of an answer."""

    @property
    @abstractmethod
    def chance(self) -> float:
        """Accuracy of the best answer that is always the same."""

    @abstractmethod
    def batch(self, size: int, generator: torch.Generator) -> Batch:
        """So many sequences, drawn from the generator alone."""

    def harder(self) -> Task | None:
        """What to learn once this is solved, where there is a curriculum."""
        return None


def size(default: int, least: int = 1) -> Any:
    """A field that is a whole number."""
    return field(default=default, metadata={"least": least, "most": float("inf")})


def share(default: float) -> Any:
    """A field that is a number from 0 to 1."""
    return field(default=default, metadata={"least": 0, "most": 1})


def strength(default: float) -> Any:
    """A field that is a number of at least 0."""
    return field(default=default, metadata={"least": 0, "most": float("inf")})


def switch(default: bool) -> Any:
    """A field that is on or off."""
    return field(default=default, metadata={"least": False, "most": True})


def in_words(kind: type, least: float, most: float) -> str:
    """What a field may be."""
    if kind is bool:
        return "True or False"
    what = "a whole number" if kind is int else "a number"
    return f"{what} of at least {least}" if most == float("inf") else f"{what} from {least} to {most}"


# Tasks by name


@cache
def tasks() -> tuple[str, ...]:
    """Every task: files of experiments/tasks/ that hold a class derived from `Task` or `Environment`."""
    return tuple(name for name, path in files_in(FOLDER).items() if any(defines(path, base) for base in BASES))


def task(name: str, sizes: Mapping[str, Any] | None = None) -> Task:
    """A task by name, at its own sizes but for those given. Errors: InputError where one is not known."""
    kind, sizes = task_class(name), sizes or {}
    known = [f.name for f in fields(kind)]
    for given in sizes:
        if given not in known:
            raise InputError(f"task {name!r} has no size {given!r}; choose from {', '.join(known)}")
    return kind(**sizes)


def task_class(name: str) -> type[Task]:
    """The class of a task."""
    if name not in tasks():
        near = difflib.get_close_matches(name, tasks(), 1)
        hint = f"did you mean {near[0]!r}?" if near else f"choose from {', '.join(tasks())}"
        raise InputError(f"task {name!r} is not known; {hint}")
    module = part(FOLDER.replace("/", "."), name)
    own = [c for c in vars(module).values() if isinstance(c, type) and issubclass(c, Task)]
    return next(c for c in own if c.__module__ == module.__name__)


# What tasks draw: in double precision, so that a seed gives the same sequences whatever torch's default is


def numbers(generator: torch.Generator, below: int, *shape: int) -> Tensor:
    """Whole numbers from 0, of this shape, each as likely."""
    return torch.randint(below, shape, generator=generator)


def different(generator: torch.Generator, of: int, count: int, rows: int) -> Tensor:
    """In every row, `count` different whole numbers from 0 to of - 1, in random order, [rows, count]."""
    return torch.rand(rows, of, generator=generator, dtype=torch.float64).argsort(-1)[:, :count]


def gaussian(generator: torch.Generator, *shape: int) -> Tensor:
    """Standard normal numbers, in torch's default precision."""
    return torch.randn(shape, generator=generator, dtype=torch.float64).to(torch.get_default_dtype())


def happens(generator: torch.Generator, probability: float, *shape: int) -> Tensor:
    """True with this probability."""
    return torch.rand(shape, generator=generator, dtype=torch.float64) < probability


def unasked(rows: int, steps: int) -> Tensor:
    """Labels [rows, steps] that ask nothing yet."""
    return torch.full((rows, steps), IGNORED)
