"""What one trial of a circuit looks like, as rows that a figure is drawn from.

A circuit of models/ has a portrait if its file has `portrait(seed) -> list[Mark]`; the experiment `portrait` saves it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from plastic.circuit import Fired


class Mark(NamedTuple):
    """One point of a portrait: in which panel, of which series, where, and how much (for matrices)."""

    panel: str
    series: str
    x: float
    y: float
    value: float = 0.0


def raster(panel: str, series: str, fired: Fired, dt: float, cells: Sequence[int], trial: int = 0) -> list[Mark]:
    """Spikes of these cells, a row each from 0 in the order given: x seconds, y row."""
    row = {cell: y for y, cell in enumerate(cells)}
    seen = (fired.trial == trial) & np.isin(fired.cell, list(row))
    return [
        Mark(panel, series, step * dt, row[cell])
        for step, cell in zip(fired.step[seen].tolist(), fired.cell[seen].tolist(), strict=True)
    ]


def trace(panel: str, series: str, x: Any, y: Any) -> list[Mark]:
    """A curve: x and y [samples]."""
    return [Mark(panel, series, float(a), float(b)) for a, b in zip(x, y, strict=True)]


def frame(panel: str, series: str, matrix: np.ndarray) -> list[Mark]:
    """A matrix [rows, columns], such as [post, pre]: x column, y row."""
    return [Mark(panel, series, x, y, float(value)) for (y, x), value in np.ndenumerate(matrix)]
