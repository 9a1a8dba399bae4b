"""Where does one plateau put a place field?

An animal runs round a belt that CA3 cells tile; BTSP is on throughout. A plateau of 300 ms comes half-way in the first
lap; the second lap is measured; a second plateau comes a quarter of the belt further on in the third. change_1, _2 and
_3: of synapses at 1, 2 and 3 times the baseline, by when the animal crosses the field of their CA3 cell, after
(positive) or before the plateau. before, after, width: of the field at half of its peak, from the place of the
plateau; ramp: of the mean depolarisation, else of the firing rate. moved: by how much the second plateau carried the
middle of the ramp. spikes: Poisson inputs; rates: the same rule on their rates, without a spike.
Bittner et al. (2017), Science 357:1033; Milstein et al. (2021), eLife 10:e73046.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from experiments.tasks.models import NEEDS, left_out, plot_line, plot_marks, taking_part
from models.milstein_2021 import (
    Belt,
    Cell,
    Field,
    Plateau,
    field_of,
    mean_place,
    ramp,
    rate_maps,
    recursion,
    smoothed,
    walk,
)
from plastic.lab.summary import grouped, with_intervals

__all__ = ["NEEDS", "UNITS", "cannot", "draw", "grid", "measure", "memory", "rules", "settings", "summarise"]

UNITS = {"speed": "cm/s", "time": "s", "before": "cm", "after": "cm", "width": "cm", "centre": "cm", "moved": "cm",
         "peak": "Hz", "ramp_before": "cm", "ramp_after": "cm", "ramp_width": "cm", "ramp_centre": "cm"}  # fmt: skip
KINDS = ("spikes", "rates")
LAPS = 3
START = (1.0, 2.0, 3.0)  # times the baseline
CHANGES = tuple(f"change_{w:g}" for w in START)
OF_RAMP = ("ramp_before", "ramp_after", "ramp_width", "ramp_centre", "moved")
OF_SPIKES = ("before", "after", "width", "centre", "peak")
BIN = 0.5  # seconds


def rules(substrate: str) -> list[str]:
    """What the synapses hear."""
    return taking_part(KINDS, substrate)


def cannot(rule: str, substrate: str) -> str | None:
    """Why something is not measured, or None."""
    return left_out(KINDS, rule, substrate)


def grid(substrate: str, quick: bool) -> dict[str, list[float]]:
    """How fast the animal runs, in cm/s."""
    if substrate != "model":
        return {}
    return {"speed": [20.0] if quick else [10.0, 15.0, 20.0, 25.0]}


def settings(substrate: str, quick: bool) -> dict[str, Any]:
    """The belt and the cells that tile it."""
    return {"length": 120.0 if quick else 240.0, "d": 30 if quick else 120}


def memory(rule: str, substrate: str, settings: dict[str, Any], seeds: Any) -> str:
    """What is heard."""
    return rule


def measure(store: str, seeds: Any, settings: dict[str, Any], speed: float) -> list[dict[str, Any]]:
    """Change by time from the plateau, and in the same rows what the field is like, by seed."""
    belt = Belt(length=settings["length"], cells=settings["d"], speed=speed)
    cells = [Cell([first(belt), second(belt)]), *(Cell([first(belt)], w) for w in START[1:])]
    if store == "rates":
        w = np.broadcast_to(recursion(belt, cells, LAPS), (len(seeds), LAPS, len(cells), belt.cells))
        of_spikes: list[dict[str, float]] = [{} for _ in seeds]
    else:
        found = walk(belt, cells, LAPS, seeds, "torch")
        w = found.w
        maps = smoothed(belt, rate_maps(belt, found.fired, len(seeds), len(cells), LAPS))[:, 1, 0]
        of_spikes = [numbers(field_of(belt, along, first(belt).place)) for along in maps]
    return [
        {"seed": seed} | row | of_ramp(belt, w[s]) | of_spikes[s]
        for s, seed in enumerate(seeds)
        for row in by_time(belt, w[s, 0])
    ]


def first(belt: Belt) -> Plateau:
    return Plateau(0, belt.length / 2)


def second(belt: Belt) -> Plateau:
    return Plateau(2, belt.length * 3 / 4)


def by_time(belt: Belt, w: np.ndarray) -> list[dict[str, float]]:
    """Mean change of weights [start, pre] in bins of time from the plateau."""
    time = belt.apart(belt.centres, first(belt).place) / belt.speed
    last = int(min(np.abs(time).max(), 6.0) / BIN)
    place = np.rint(time / BIN)
    changes = w - np.array(START)[:, None]
    return [
        {"time": k * BIN} | dict(zip(CHANGES, changes[:, place == k].mean(1).tolist(), strict=True))
        for k in range(-last, last + 1)
    ]


def of_ramp(belt: Belt, w: np.ndarray) -> dict[str, float]:
    """The field that weights [laps, cells, pre] give, and how far the second plateau carried it."""
    ramps = ramp(belt, w[:, 0])
    field = {f"ramp_{name}": value for name, value in numbers(field_of(belt, ramps[0], first(belt).place)).items()}
    del field["ramp_peak"]
    carried = belt.apart(mean_place(belt, ramps[2]), mean_place(belt, ramps[0]))
    return field | {"moved": float(carried)}


def numbers(field: Field) -> dict[str, float]:
    return {name: getattr(field, name) for name in ("before", "after", "width", "centre", "peak")}


def summarise(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Change by time, and the field by speed, with intervals over seeds."""
    by = ("rule", "substrate", "speed")
    once = [group[0] for group in grouped(rows, (*by, "seed")).values()]
    return {
        "by_time": with_intervals(rows, (*by, "time"), CHANGES),
        "by_speed": with_intervals(once, by, (*OF_RAMP, *OF_SPIKES)),
    }


def draw(axes: Any, rows: list[dict[str, Any]], look: Any = None) -> None:
    """Change of synapses at their baseline against time from the plateau, at the fastest run measured."""
    from plastic.lab import plots

    data = summarise(rows)["by_time"]
    fastest = max(row["speed"] for row in data)
    data = [row for row in data if row["speed"] == fastest]
    look = plots.looks_for(data, "time", "change_1", look)
    plot_marks(axes, [row for row in data if row["rule"] == "spikes"], "time", "change_1", look)
    expected = [row for row in data if row["rule"] == "rates"]
    plot_line(axes, [row["time"] for row in expected], [row["change_1"] for row in expected])
    axes.axvline(0, color="0.85", lw=0.6, zorder=0)
    axes.set(xlabel=f"field crossed after the plateau by (s), at {fastest:g} cm/s", ylabel="change of w (baseline = 1)")
