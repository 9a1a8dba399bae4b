"""What a population of cells is: equations in plain arithmetic, from which every engine simulates it.

As a rule is for synapses (`plastic/rule.py`): called with symbols, the same lines become Brian2's strings and torch's
functions, so a cell is written once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar

from plastic.rule import InputError, check_parameter

DRAWN = ("white", "chance")  # what an engine draws for every cell and step


def quantity(default: float, unit: str, positive: bool = False) -> Any:
    """A parameter in this SI unit, by Brian2's name of it: 'volt', 'amp', 'siemens', 'farad', 'second', 'hertz'."""
    return field(default=default, metadata={"unit": unit, "positive": positive})


def volts(default: float) -> Any:
    """A parameter in volts."""
    return quantity(default, "volt")


@dataclass(frozen=True, kw_only=True)
class Cells:
    """Identical cells: what flows between spikes, when one fires, and what a spike resets. Numbers are in SI units.

    The methods are given a cell `s` that feels, by name: its variables (the keys of `flow`), its inputs (any other
    name, given by the `Population`), `white` (standard normal, fresh in every step), `chance` (uniform in [0, 1),
    likewise), `dt`, and a little arithmetic: s.exp, s.logistic, s.positive (1 where above 0, else 0), s.clip.

    Class attributes: cite (source), units ({variable or input: SI unit} where it is no plain number; the same names
    as `quantity`), held (variables that stand still while the cell is refractory, whatever arrives).
    """

    cite: ClassVar[str] = ""
    units: ClassVar[Mapping[str, str]] = {}
    held: ClassVar[tuple[str, ...]] = ()
    refractory: float = quantity(0.0, "second")

    def __post_init__(self) -> None:
        for f in fields(self):
            check_parameter(type(self).__name__, f.name, getattr(self, f.name), f.metadata)
        if isinstance(self.refractory, (int, float)) and self.refractory < 0:
            raise InputError(f"refractory of {type(self).__name__} is {self.refractory:g}; give 0 or a time")

    def flow(self, s: Any) -> dict[str, Any]:
        """d/dt of every variable between spikes, each linear in its own variable; 0 for one that only spikes move."""
        return {}

    def fires(self, s: Any) -> Any:
        """The condition under which a cell fires, such as s.v > self.threshold; None for cells that never do."""
        return None

    def reset(self, s: Any) -> dict[str, Any]:
        """The variables that a spike of the cell changes, after it; all of them see the values before."""
        return {}

    def hears(self, s: Any) -> dict[str, Any]:
        """What plastic synapses onto the cell hear as post (Hz), mod (1) and gate (Hz), as the step finds it.

        Left out, mod is 1 and gate 0. A gate that belongs to presynaptic cells (the rule's gate_axis) is the source's.
        """
        return {}

    def start(self) -> dict[str, float]:
        """Variables that do not start at 0."""
        return {}


@dataclass(frozen=True, kw_only=True)
class Poisson(Cells):
    """Cells that fire by chance, at most once a step. Input: rate (Hz)."""

    units: ClassVar[Mapping[str, str]] = {"rate": "hertz"}

    def fires(self, s):
        return s.chance < s.rate * s.dt


@dataclass(frozen=True, kw_only=True)
class Given(Cells):
    """Cells that fire when they are told to. Input: fired (above 0 in the steps in which a cell does)."""

    def fires(self, s):
        return s.fired > 0
