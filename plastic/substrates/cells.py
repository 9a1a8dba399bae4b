"""Cells read by calling them with symbols: the expressions that every engine turns into its own language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cache
from typing import Any

import sympy
from sympy import Expr, Function, Symbol

from plastic import symbols
from plastic.cells import DRAWN, Cells
from plastic.rule import InputError


@dataclass(frozen=True)
class CellCode:
    """The expressions of one kind of cell, in the names of its variables, inputs, parameters, dt, white and chance."""

    variables: tuple[str, ...]
    inputs: tuple[str, ...]
    draws: tuple[str, ...]  # white and chance, if they are used
    rates: Mapping[str, Expr]  # d/dt of every variable
    after: Mapping[str, Expr]  # every variable one step later, the others held
    fires: Any  # a condition, or None
    reset: Mapping[str, Expr]
    hears: Mapping[str, Expr]


@cache
def code_of(cells: Cells) -> CellCode:
    """What the cells are made of. Errors: InputError for a flow that is not linear in its own variable."""
    spoken, s = symbolic(cells), symbols.SymbolicSynapse()
    rates = {x: sympy.sympify(rate) for x, rate in spoken.flow(s).items()}
    fires, reset, hears = spoken.fires(s), sympified(spoken.reset(s)), sympified(spoken.hears(s))
    used = symbols.names(*rates.values(), *reset.values(), *hears.values(), *([] if fires is None else [fires]))
    inputs = used - {*rates, *numbers(cells), *DRAWN, "dt"}
    for x in sorted(set(reset) - set(rates)):
        raise InputError(
            f"a spike of {named(cells)} resets {x!r}, which has no flow; give it one, 0 if nothing else moves it"
        )
    after = {x: after_dt(cells, x, rate) for x, rate in rates.items()}
    draws = tuple(x for x in DRAWN if x in used)
    return CellCode(tuple(rates), tuple(sorted(inputs)), draws, rates, after, fires, reset, hears)


def named(cells: Cells) -> str:
    """What the cells are called in messages."""
    return type(cells).__name__


def symbolic(cells: Cells) -> Cells:
    """The cells with every number replaced by its name."""
    return replace(cells, **{name: Symbol(name) for name in numbers(cells)})


def numbers(cells: Cells) -> dict[str, float]:
    """The parameters that are numbers."""
    found = {f.name: getattr(cells, f.name) for f in fields(cells)}
    return {name: a for name, a in found.items() if isinstance(a, (int, float)) and not isinstance(a, bool)}


def unit_of(cells: Cells, name: str) -> str:
    """The SI unit of a variable, an input or a parameter; '1' for a plain number."""
    of_parameters = {f.name: f.metadata.get("unit", "1") for f in fields(cells)}
    return {**of_parameters, **cells.units}.get(name, "1")


def sympified(named: Mapping[str, Any]) -> dict[str, Expr]:
    return {name: symbols.explicit(e) for name, e in named.items()}


def after_dt(cells: Cells, x: str, rate: Expr) -> Expr:
    """The variable after one step: its exact exponential, all others held."""
    own = rate.diff(Symbol(x))
    if own.has(Symbol(x)):
        raise InputError(
            f"the flow of {x!r} in {named(cells)} is not linear in {x}; write it so that it is, or use a gate"
        )
    rest = sympy.simplify(rate - own * Symbol(x)) if own != 0 else rate
    if own == 0:
        return Symbol(x) + rest * symbols.DT
    left = own * symbols.DT
    return Symbol(x) * sympy.exp(left) + rest * symbols.DT * Function("exprel")(left)
