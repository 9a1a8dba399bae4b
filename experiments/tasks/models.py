"""What experiments on memories of models/, rather than on rules of the table, have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

NEEDS: set[str] = set()  # of a rule's signals: none, as no rule takes part


def taking_part(kinds: Iterable[str], substrate: str) -> list[str]:
    """The memories an experiment runs: all of its own, on their only substrate."""
    return [*kinds] if substrate == "model" else []


def left_out(kinds: Iterable[str], rule: str, substrate: str) -> str | None:
    """Why a rule or memory cannot take part, or None."""
    if substrate != "model":
        return "is asked about memories of models/ alone"
    return None if rule in [*kinds] else f"is none of {', '.join(kinds)}"


def cells_of(seeds: Iterable[int], names: Mapping[str, np.ndarray]) -> list[dict[str, Any]]:
    """One row a seed, of measures [seeds]."""
    return [{"seed": seed} | {name: float(a[s]) for name, a in names.items()} for s, seed in enumerate(seeds)]


def in_blocks(
    seeds: Sequence[int], size: int, measured: Callable[[tuple[int, ...]], list[dict[str, Any]]]
) -> list[dict[str, Any]]:
    """Rows of all seeds, measured a few at once, where the states of all would fill the machine's memory."""
    blocks = [tuple(seeds[first : first + size]) for first in range(0, len(seeds), size)]
    return [row for block in blocks for row in measured(block)]


def plot_marks(axes: Any, data: Sequence[Mapping[str, Any]], x: str, y: str, look: Mapping[str, Any]) -> None:
    """Marks with 95 % intervals over seeds, one colour a memory."""
    for rule in dict.fromkeys(row["rule"] for row in data):
        own = sorted((row for row in data if row["rule"] == rule), key=lambda row: row[x])
        at, value = (np.array([row[name] for row in own], float) for name in (x, y))
        axes.plot(at, value, look[rule].marker, color=look[rule].colour, ms=3.5, mew=0.6, label=rule, zorder=3)
        ends = [(row[x], row[f"{y}_low"], row[f"{y}_high"]) for row in own if row.get(f"{y}_low") is not None]
        if ends:
            axes.vlines(*zip(*ends, strict=True), color=look[rule].colour, lw=0.7, zorder=2)


def plot_line(axes: Any, x: Any, y: Any, colour: str = "0.5", style: str = "-") -> None:
    """What theory expects."""
    axes.plot(x, y, color=colour, ls=style, lw=0.9, zorder=1)


def plot_reference(axes: Any, x: float, says: str) -> None:
    """A published figure, as a mark on the x axis."""
    axes.axvline(x, color="0.7", lw=0.6, ls=":", zorder=0)
    axes.text(x, 0.98, says, transform=axes.get_xaxis_transform(), rotation=90, fontsize=5, va="top", ha="right")
