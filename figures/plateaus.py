"""Plateaus: the place field that one of them makes, and recall from synapses that they flipped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from experiments import operating_point, place_field
from plastic.lab import plots

NEEDS = ("place_field", "operating_point")
ALIKE = ()  # each has a circuit of its own, of its own size
COLOUR = {1: "#0072B2", 2: "#009E73", 3: "#D55E00"}
WAY = {
    "winner": ("#0072B2", "o", "follows the winner"),
    "forward": ("#009E73", "s", "feed-forward alone"),
    "threshold": ("#D55E00", "^", "threshold alone"),
}
SIDES = (("ramp_before", "#0072B2", "o", "before the plateau"), ("ramp_after", "#D55E00", "s", "after the plateau"))
NOTE = (
    "a, b: a CA1 cell on a belt of {length:g} cm that {d} Poisson CA3 cells tile; one dendritic plateau of 300 ms,"
    " plasticity on throughout (Milstein et al. 2021). Lines: the same rule on rates. a: at {speed:g} cm/s. b: half of"
    " the peak of the mean depolarisation. c, d: binary synapses flipped by plateaus (Wu & Maass 2025); {inputs}"
    " Poisson inputs; items shown once; masked (a third is silent) beside clean cues; plasticity off while reading;"
    " the same parameters at both loads; d: with full cues. Mean and 95 % bootstrap interval over {n} seeds."
)


def draw(results: Mapping[str, Any]) -> Any:
    """Four panels in a row."""
    import matplotlib.pyplot as plt

    field = place_field.summarise(results["place_field"]["rows"])
    by_load = operating_point.summarise(results["operating_point"]["rows"])["by_load"]
    with plt.style.context(plots.STYLE):
        figure, axes = plt.subplots(1, 4, figsize=(plots.WIDTH["page"], 2.6))
        figure.subplots_adjust(0.06, 0.385, 0.99, 0.9, wspace=0.42)
        fastest = max(row["speed"] for row in field["by_time"])
        draw_changes(axes[0], [row for row in field["by_time"] if row["speed"] == fastest])
        draw_reach(axes[1], field["by_speed"])
        draw_loads(axes[2], by_load, "distance", "distance, masked to full")
        draw_loads(axes[3], by_load, "spurious", "cells that fire wrongly")
        for letter, axis in zip("abcd", axes, strict=True):
            axis.set_title(letter, loc="left", fontweight="bold")
        plots.add_note(figure, note(results, fastest), 5.6)
        return figure


def note(results: Mapping[str, Any], speed: float) -> str:
    """What the reader must know, with the sizes that were measured."""
    belt, recall = (results[name]["settings"]["model"] for name in NEEDS)
    n = len(results["place_field"]["seeds"])
    return NOTE.format(length=belt["length"], d=belt["d"], speed=speed, inputs=recall["d"], n=n)


def draw_changes(axes: Any, rows: Sequence[plots.Row]) -> None:
    """Change against time from the plateau, by the weight before."""
    for start, colour in COLOUR.items():
        name = f"change_{start}"
        spikes, rates = ([row for row in rows if row["rule"] == rule] for rule in ("spikes", "rates"))
        marks(axes, spikes, "time", name, colour, "o", f"w = {start}")
        axes.plot([row["time"] for row in rates], [row[name] for row in rates], color=colour, lw=0.8, zorder=1)
    axes.axhline(0, color="0.85", lw=0.6, zorder=0)
    axes.set(xlabel="field crossed after plateau by (s)", ylabel="change of w (baselines)")
    axes.set_ylim(axes.get_ylim()[0], 1.3 * axes.get_ylim()[1])
    axes.legend(fontsize=5.5, loc="upper center", ncols=3, handlelength=0.6, columnspacing=0.8, borderaxespad=0.0)


def draw_reach(axes: Any, rows: Sequence[plots.Row]) -> None:
    """How far the field reaches on either side, by speed."""
    for name, colour, marker, label in SIDES:
        marks(axes, [row for row in rows if row["rule"] == "spikes"], "speed", name, colour, marker, label)
        rates = sorted((row["speed"], row[name]) for row in rows if row["rule"] == "rates")
        axes.plot(*zip(*rates, strict=True), color=colour, lw=0.8, zorder=1)
    axes.set(xlabel="speed (cm/s)", ylabel="half-width (cm)", ylim=(0, None))
    axes.legend(fontsize=5.5, loc="lower right", handlelength=0.8, borderaxespad=0.0)


def draw_loads(axes: Any, rows: Sequence[plots.Row], name: str, label: str) -> None:
    """A measure of recall by load, by kind of inhibition."""
    loads = sorted({row["load"] for row in rows})
    for way, (colour, marker, said) in WAY.items():
        own = sorted((row for row in rows if row["rule"] == way), key=lambda row: row["load"])
        marks(axes, own, "load", name, colour, marker, said)
        axes.plot([row["load"] for row in own], [row[name] for row in own], color=colour, lw=0.6, ls=":", zorder=1)
    axes.set(xlabel="items written", ylabel=label, xticks=loads)
    axes.margins(x=0.25)
    axes.set_ylim(0, axes.get_ylim()[1] * 1.45)
    axes.legend(fontsize=5.5, loc="upper left", handlelength=0.8, borderaxespad=0.0)


def marks(axes: Any, rows: Sequence[plots.Row], x: str, y: str, colour: str, marker: str, label: str) -> None:
    """Means with their intervals."""
    axes.plot([row[x] for row in rows], [row[y] for row in rows], marker, color=colour, ms=2.5, label=label, zorder=3)
    ends = [(row[x], row[f"{y}_low"], row[f"{y}_high"]) for row in rows if row[f"{y}_low"] is not None]
    if ends:
        axes.vlines(*zip(*ends, strict=True), color=colour, lw=0.7, zorder=2)
