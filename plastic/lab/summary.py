"""From rows to what a figure shows: groups of rows, their means and their intervals over seeds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

Row = dict[str, Any]


def grouped(rows: Iterable[Row], by: Sequence[str]) -> dict[tuple[Any, ...], list[Row]]:
    """Rows that agree in every column of `by`, in the order in which they come."""
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(tuple(row[column] for column in by), []).append(row)
    return groups


def column(rows: Sequence[Row], name: str) -> np.ndarray:
    """One column; what is no number is NaN."""
    return np.array([np.nan if row[name] is None else row[name] for row in rows], float)


def with_intervals(rows: Iterable[Row], by: Sequence[str], measures: Sequence[str]) -> list[Row]:
    """For each group the mean over seeds of each measure it has, with a 95 % bootstrap interval."""
    return [
        {**dict(zip(by, key, strict=True)), "seeds": len(group)}
        | {part: x for name in measures if name in group[0] for part, x in interval(name, column(group, name)).items()}
        for key, group in grouped(rows, by).items()
    ]


def interval(name: str, values: np.ndarray, statistic: Callable[..., Any] = np.mean) -> Row:
    """A statistic of values [seeds, ...] with its interval, as columns; no interval from one seed."""
    from plastic.memory.statistics import interval_over_seeds

    if len(values) < 2:
        return {name: float(statistic(values, axis=0)), f"{name}_low": None, f"{name}_high": None}
    found = interval_over_seeds(values, statistic)
    return {name: float(found.value), f"{name}_low": float(found.low), f"{name}_high": float(found.high)}
