"""Panels of a portrait: rasters, traces and strips of matrices, from rows (`plastic/lab/portraits.py`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from plastic.lab.plots import COLOURS

Row = Mapping[str, Any]


def chosen(rows: Sequence[Row], rule: str, panel: str) -> dict[str, list[Row]]:
    """The rows of one panel of a circuit's portrait, by series in the order in which they come."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        if row["rule"] == rule and row["panel"] == panel:
            found.setdefault(row["series"], []).append(row)
    return found


def xy(rows: Sequence[Row]) -> tuple[np.ndarray, np.ndarray]:
    """Where the points are."""
    return np.array([row["x"] for row in rows], float), np.array([row["y"] for row in rows], float)


def points(axes: Any, rows: Sequence[Row]) -> None:
    """Every series as dots."""
    series: dict[str, list[Row]] = {}
    for row in rows:
        series.setdefault(row["series"], []).append(row)
    rasters(axes, series)


def rasters(axes: Any, series: Mapping[str, Sequence[Row]], colours: Mapping[str, str] | None = None) -> None:
    """Spikes: a tick for each, the series in rows as they are."""
    for place, (name, rows) in enumerate(series.items()):
        colour = (colours or {}).get(name, COLOURS[place % len(COLOURS)])
        axes.plot(*xy(rows), "|", ms=1.6, mew=0.4, color=colour, label=name, rasterized=True)
    axes.set(xlabel="time (s)", ylabel="cell")


def traces(axes: Any, series: Mapping[str, Sequence[Row]], colours: Mapping[str, str] | None = None) -> None:
    """Curves, a colour a series."""
    for place, (name, rows) in enumerate(series.items()):
        axes.plot(*xy(rows), lw=0.8, color=(colours or {}).get(name, COLOURS[place % len(COLOURS)]), label=name)
    axes.set(xlabel="time (s)")


def matrix(rows: Sequence[Row]) -> np.ndarray:
    """A matrix [rows, columns] from its points."""
    x, y = (a.astype(int) for a in xy(rows))
    found = np.full((y.max() + 1, x.max() + 1), np.nan)
    found[y, x] = [row["value"] for row in rows]
    return found


def strip(axes: Sequence[Any], series: Mapping[str, Sequence[Row]], limit: float | None = None) -> Any:
    """Frames of a matrix in the course of time, a panel each, on one scale of colours; the last image, for its bar."""
    frames = {name: matrix(rows) for name, rows in series.items()}
    size = limit or max(np.nanmax(np.abs(a)) for a in frames.values()) or 1.0
    signed = any(np.nanmin(a) < -0.02 * size for a in frames.values())
    scale = {"cmap": "RdBu_r", "vmin": -size, "vmax": size} if signed else {"cmap": "Greys", "vmin": 0, "vmax": size}
    image = None
    for axis, (name, a) in zip(axes, frames.items(), strict=False):
        image = axis.imshow(a, origin="lower", aspect="auto", interpolation="none", **scale)
        axis.set_title(name, fontsize=6)
        axis.set(xticks=[], yticks=[])
    return image


def shade(axes: Any, spans: Sequence[tuple[float, float]], colour: str = "0.92") -> None:
    """Stretches of time behind everything else."""
    for since, until in spans:
        axes.axvspan(since, until, color=colour, lw=0, zorder=-1)


def lettered(axes: Sequence[Any], dx: float = -0.12, dy: float = 1.06) -> None:
    """Bold letters a, b, c at the panels' upper left corners."""
    for letter, axis in zip("abcdefghijklmnop", axes, strict=False):
        axis.text(dx, dy, letter, transform=axis.transAxes, fontsize=8, fontweight="bold", va="bottom", ha="right")


def bars(axes: Any, rows: Sequence[Row], x: str, y: str, colours: Mapping[str, str] | None = None) -> None:
    """A bar for each row with its interval (columns y, y_low, y_high), named by the column x."""
    for place, row in enumerate(rows):
        colour = (colours or {}).get(row[x], COLOURS[place % len(COLOURS)])
        axes.bar(place, row[y], width=0.7, color=colour, alpha=0.8)
        if row.get(f"{y}_low") is not None:
            axes.vlines(place, row[f"{y}_low"], row[f"{y}_high"], color="black", lw=0.8)
    axes.set_xticks(range(len(rows)), [str(row[x]) for row in rows])
