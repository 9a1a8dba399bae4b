"""Expressions of cells and rules as torch functions, and the random numbers of `noise.py` as tensors."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import sympy
import torch
from sympy import Symbol
from sympy.printing.lambdarepr import LambdaPrinter
from torch import Tensor

from plastic import symbols
from plastic.substrates import noise

BLOCK = 2**17  # random numbers drawn at once: as many as a processor's cache holds


class Kind(NamedTuple):
    """Where tensors live and how precise they are."""

    device: torch.device
    dtype: torch.dtype

    def tensor(self, a: Any) -> Tensor:
        """The numbers as a tensor of this kind; a tensor keeps its gradient."""
        return torch.as_tensor(a, dtype=self.dtype, device=self.device)

    def places(self, a: Any) -> Tensor:
        """Whole numbers as a tensor on this device."""
        return torch.as_tensor(np.asarray(a, np.int64), device=self.device)


# Expressions


class TensorPrinter(LambdaPrinter):
    """Conditions on tensors hold entry by entry."""

    def _print_And(self, e: Any) -> str:
        return "(" + " & ".join(f"({self._print(a)})" for a in e.args) + ")"

    def _print_Or(self, e: Any) -> str:
        return "(" + " | ".join(f"({self._print(a)})" for a in e.args) + ")"

    def _print_Not(self, e: Any) -> str:
        return f"(~({self._print(e.args[0])}))"


PRINTER = TensorPrinter({"fully_qualified_modules": False, "inline": True, "allow_unknown_functions": True})


def on_either(of_tensor: Any, of_number: Any) -> Any:
    """A function of a tensor or of a number."""
    return lambda x: of_tensor(x) if isinstance(x, Tensor) else of_number(x)


def exprel(x: Any) -> Any:
    """(e^x - 1) / x, 1 at 0."""
    if not isinstance(x, Tensor):
        return math.expm1(x) / x if x else 1.0
    return torch.where(x == 0, 1.0, torch.expm1(x) / torch.where(x == 0, 1.0, x))


FUNCTIONS = {
    name: on_either(getattr(torch, name), getattr(math, name))
    for name in ("exp", "log", "sqrt", "tanh", "sin", "cos")
} | {
    "exprel": exprel,
    "positive": on_either(lambda x: (x > 0).to(x.dtype), lambda x: float(x > 0)),
    "clip": lambda x, low, high: x.clamp(low, high),
}  # fmt: skip


class Formulas:
    """Expressions as one function: given the values of their names, what each is worth, by the expressions' names."""

    def __init__(self, expressions: Mapping[str, Any], numbers: Mapping[str, Any]):
        known = {Symbol(name): value for name, value in numbers.items()}
        filled = {name: symbols.explicit(e).subs(known) for name, e in expressions.items()}
        self.of = tuple(filled)
        self.names = tuple(sorted(symbols.names(*filled.values())))
        folded = [e.replace(sympy.Function("exprel"), exprel_of) for e in filled.values()]
        self.call = sympy.lambdify(
            [Symbol(name) for name in self.names], folded, modules=[FUNCTIONS], printer=PRINTER, cse=True
        )

    def __call__(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return dict(zip(self.of, self.call(*(values[name] for name in self.names)), strict=True))


def exprel_of(x: Any) -> Any:
    """exprel, worked out where it is of a number."""
    return sympy.Float(exprel(float(x))) if x.is_number else sympy.Function("exprel")(x)


# Random numbers


class Draws:
    """The random numbers of one population in all trials, drawn in blocks of steps."""

    def __init__(self, seeds: Sequence[int], name: str, cells: int, kind: Kind):
        self.keys = np.array([noise.key(seed, name) for seed in seeds], np.uint64)
        self.cells, self.kind = np.arange(cells), kind
        self.steps = max(1, BLOCK // (len(seeds) * cells))
        self.first: dict[str, int] = {}
        self.block: dict[str, Tensor] = {}

    def at(self, name: str, step: int) -> Tensor:
        """White or chance of every cell in a step, [trials, cells]."""
        first = step - step % self.steps
        if self.first.get(name) != first:
            steps = np.arange(first, first + self.steps)[:, None, None]
            self.block[name] = DRAWN[name](self.keys[:, None], steps, self.cells, self.kind)
            self.first[name] = first
        return self.block[name][step - first]


def chance(keys: np.ndarray, step: Any, place: Any, kind: Kind) -> Tensor:
    """Uniform in [0, 1), of arrays that broadcast."""
    return ((bits(keys, step, place, 0, kind) >> 11) & (2**53 - 1)).to(kind.dtype) * 2.0**-53


def white(keys: np.ndarray, step: Any, place: Any, kind: Kind) -> Tensor:
    """Standard normal, of arrays that broadcast."""
    drawn = bits(keys, step, place, 1, kind)
    high, low = (((drawn >> shift) & 0xFFFFFFFF).to(kind.dtype) for shift in (32, 0))
    radius = high.add_(0.5).mul_(2.0**-32).log_().mul_(-2).sqrt_()
    return radius.mul_(low.mul_(2 * math.pi * 2.0**-32).cos_())


DRAWN = {"white": white, "chance": chance}


def bits(keys: Any, step: Any, place: Any, lane: int, kind: Kind) -> Tensor:
    """The 64 random bits of `noise.bits`, as int64: by numpy on a processor, and by torch elsewhere."""
    if kind.device.type == "cpu":
        return torch.from_numpy(noise.bits(keys, step, place, lane).view(np.int64))
    keys, step, place = (
        torch.as_tensor(a.astype(np.int64), device=kind.device) for a in map(np.asarray, (keys, step, place))
    )
    golden = signed(noise.GOLDEN)
    return mixed(mixed(keys + golden * (step + 1)) + golden * (2 * place + lane + 1))


def mixed(z: Tensor) -> Tensor:
    """SplitMix64's finaliser in int64, whose products wrap as those of uint64 do."""
    z = (z ^ shifted(z, 30)) * signed(noise.FIRST)
    z = (z ^ shifted(z, 27)) * signed(noise.SECOND)
    return z ^ shifted(z, 31)


def shifted(z: Tensor, by: int) -> Tensor:
    """A shift to the right that brings in zeros."""
    return (z >> by) & ((1 << (64 - by)) - 1)


def signed(constant: int) -> int:
    """The int64 with the bits of this uint64."""
    return constant - (1 << 64) if constant >> 63 else constant
