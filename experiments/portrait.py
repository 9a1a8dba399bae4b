"""What does one trial of each spiking circuit look like?

Spikes, traces and weights of the trial of the first seed, as rows of points: in which panel, of which series, where (x
and y), and for matrices how much (value). Figures of circuits are drawn from them.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import cache
from typing import Any

from experiments.tasks.models import NEEDS, left_out, taking_part
from plastic.checkout import files_in, part
from plastic.lab.summary import grouped

__all__ = ["NEEDS", "UNITS", "cannot", "draw", "grid", "measure", "memory", "rules", "settings", "summarise"]

UNITS: Mapping[str, str] = {}


@cache
def circuits() -> tuple[str, ...]:
    """The files of models/ that have a portrait, found without importing them."""
    return tuple(name for name, path in files_in("models").items() if "portrait" in functions(path.read_text()))


def functions(text: str) -> set[str]:
    return {node.name for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)}


def rules(substrate: str) -> list[str]:
    """Every circuit that has a portrait."""
    return taking_part(circuits(), substrate)


def cannot(rule: str, substrate: str) -> str | None:
    """Why something is not measured, or None."""
    return left_out(circuits(), rule, substrate)


def grid(substrate: str, quick: bool) -> dict[str, list[str]]:
    """One condition: the trial as it is."""
    return {"trial": ["first seed"]} if substrate == "model" else {}


def settings(substrate: str, quick: bool) -> dict[str, Any]:
    """A circuit has its own."""
    return {}


def memory(rule: str, substrate: str, settings: dict[str, Any], seeds: Any) -> Any:
    """The file of the circuit."""
    return part("models", rule)


def measure(store: Any, seeds: Any, settings: dict[str, Any], trial: str) -> list[dict[str, Any]]:
    """The points of the first seed's trial."""
    return [{"seed": seeds[0]} | mark._asdict() for mark in store.portrait(seeds[0])]


def summarise(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """How many points each series has."""
    by = ("rule", "panel", "series")
    return {"points": [dict(zip(by, key, strict=True)) | {"points": len(g)} for key, g in grouped(rows, by).items()]}


def draw(axes: Any, rows: list[dict[str, Any]], look: Any = None) -> None:
    """The first panel of the first circuit."""
    from plastic.lab.panels import points

    first = rows[0]
    points(axes, [row for row in rows if (row["rule"], row["panel"]) == (first["rule"], first["panel"])])
    axes.set(title=f"{first['rule'].replace('_', ' ')}: {first['panel']}")
