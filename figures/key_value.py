"""The spiking key-value memory: one trial of it under the delta rule, and how well every rule recalls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from experiments import eligibility, one_shot, unreliable
from plastic.lab import panels, plots
from plastic.lab.summary import grouped

NEEDS = ("portrait", "one_shot", "unreliable", "eligibility")
ALIKE = ()  # a trial and experiments, each of its own size
CIRCUIT = "key_value_memory"
COLOUR = {"key": "0.35", "value": "#0072B2"}
NOTE = (
    "a: spikes of 60 key cells (grey) and of every third value cell (blue) while six pairs are shown (white) and "
    "six cues asked with plasticity off (shaded), delta rule, one seed; thin lines: onsets of items of 200 ms. b: "
    "dendritic drive of three value cells (lines) and the values taught to them (dotted), in units of 100 Hz. c: "
    "weights of {frame} x {frame} synapses after every pair. d: recalled against stored values of the trial in a. e: "
    "correlation of recalled drive and stored value by lag, {d} + {d} cells, {pairs} pairs shown once, clean "
    "cues, plasticity off while reading; marks: mean and 95 % bootstrap interval over {seeds} seeds; lines: the "
    "same rule and pairs on rates, without spikes; colours as in f. f: mean over all pairs, from the drive and "
    "from spikes counted for 150 ms (delta+dale: weights of one sign). g: the same when a synapse transmits a spike "
    "with this probability only, from the drive; lines: through the first two marks. h: what a modulator of 10 ms "
    "writes by the three-factor rule, when the value comes a lag after the key; lines: theory."
)


def draw(results: Mapping[str, Any]) -> Any:
    """A trial in two rows, and recall in a third."""
    import matplotlib.pyplot as plt

    trial = [row for row in results["portrait"]["rows"] if row["rule"] == CIRCUIT]
    rows = results["one_shot"]["rows"]
    with plt.style.context(plots.STYLE):
        figure = plt.figure(figsize=(plots.WIDTH["page"], 8.2))
        grid = figure.add_gridspec(5, 1, left=0.08, right=0.935, top=0.97, bottom=0.175, hspace=0.62,
                                   height_ratios=(1.25, 0.85, 0.7, 1.25, 1.15))  # fmt: skip
        spikes, drive = (figure.add_subplot(grid[place]) for place in (0, 1))
        draw_spikes(spikes, panels.chosen(trial, CIRCUIT, "raster"))
        draw_drive(drive, panels.chosen(trial, CIRCUIT, "drive"))
        frames = draw_weights(figure, grid[2], panels.chosen(trial, CIRCUIT, "weights"))
        lowest = grid[3].subgridspec(1, 3, wspace=0.42, width_ratios=(0.8, 1.2, 1.1))
        below = [figure.add_subplot(lowest[n]) for n in range(3)]
        draw_recall(below[0], panels.chosen(trial, CIRCUIT, "recall"))
        one_shot.draw(below[1], rows)
        below[1].set_ylabel("correlation, drive")
        draw_overall(below[2], rows)
        panels.lettered([spikes, drive, frames], dx=-0.035, dy=1.04)
        last = grid[4].subgridspec(1, 2, wspace=0.3)
        below += [figure.add_subplot(last[n]) for n in range(2)]
        unreliable.draw(below[3], results["unreliable"]["rows"], looks_of(rows))
        below[3].legend(fontsize=5.5, loc="upper left")
        draw_gaps(below[4], results["eligibility"]["rows"])
        for letter, axis in zip("defgh", below, strict=True):
            x = axis.get_position().x0 - 0.035
            figure.text(x, axis.get_position().y1 + 0.008, letter, fontsize=8, fontweight="bold")
        seeds, settings = len(results["one_shot"]["seeds"]), results["one_shot"]["settings"]["spiking"]
        told = {"seeds": seeds, "d": settings["d"], "pairs": max(row["pairs"] for row in rows)}
        told["frame"] = len(panels.matrix(panels.chosen(trial, CIRCUIT, "weights")["pair 1"]))
        plots.add_note(figure, NOTE.format(**told), 5.8)
        return figure


def draw_spikes(axes: Any, series: Mapping[str, Sequence[panels.Row]]) -> None:
    """Key cells below, value cells above; the time of asking shaded."""
    above = 1 + max(row["y"] for row in series["key"])
    stacked = {name: [dict(row) | {"y": row["y"] + above * (name == "value")} for row in rows]
               for name, rows in series.items()}  # fmt: skip
    panels.rasters(axes, stacked, COLOUR)
    end = 0.2 * np.ceil(max(row["x"] for row in series["value"]) / 0.2)
    panels.shade(axes, [(end / 2, end)])
    for onset in np.arange(0.2, end, 0.2):
        axes.axvline(onset, color="0.8", lw=0.3, zorder=0)
    axes.set(xlim=(0, end), xlabel=None, ylabel="cell")
    axes.text(end / 4, 1.03, "writing", transform=axes.get_xaxis_transform(), ha="center", fontsize=6.5)
    axes.text(3 * end / 4, 1.03, "asking", transform=axes.get_xaxis_transform(), ha="center", fontsize=6.5)


def draw_drive(axes: Any, series: Mapping[str, Sequence[panels.Row]]) -> None:
    """Drive as lines, the value taught as dots of the same colour; asked again later."""
    for place in range(sum(name.startswith("cell") for name in series)):
        colour = plots.COLOURS[place]
        x, y = panels.xy(series[f"cell {place}"])
        axes.plot(x, y, lw=0.8, color=colour)
        at, value = panels.xy(series[f"value of cell {place}"])
        for shift in (0.0, at[-1]):
            axes.plot(at + shift, value, ":", lw=0.9, color=colour)
    end = x[-1]
    panels.shade(axes, [(at[-1], end)])
    axes.set(xlim=(0, end), xlabel="time (s)", ylabel="drive (100 Hz)")


def draw_weights(figure: Any, place: Any, series: Mapping[str, Sequence[panels.Row]]) -> Any:
    """The frames on one scale, with its bar; the first panel."""
    grid = place.subgridspec(1, len(series) + 1, width_ratios=[1] * len(series) + [0.05], wspace=0.15)
    axes = [figure.add_subplot(grid[n]) for n in range(len(series))]
    image = panels.strip(axes, series)
    axes[0].set(xlabel="key cell", ylabel="value cell")
    bar = figure.colorbar(image, cax=figure.add_subplot(grid[-1]))
    bar.outline.set_linewidth(0.4)
    bar.set_label("weight w")
    return axes[0]


def draw_recall(axes: Any, series: Mapping[str, Sequence[panels.Row]]) -> None:
    """Recalled against stored, all pairs."""
    points = np.concatenate([panels.xy(rows) for rows in series.values()], 1)
    axes.plot(*points, "o", ms=1.2, mew=0, color=COLOUR["value"], alpha=0.6, rasterized=True)
    axes.plot([0, 1], [0, 1], color="0.6", lw=0.6, ls=":")
    r = np.mean([np.corrcoef(*panels.xy(rows))[0, 1] for rows in series.values()])
    axes.text(0.04, 0.93, f"r = {r:.2f}", transform=axes.transAxes, fontsize=6.5)
    axes.set(xlabel="stored value", ylabel="recalled drive (100 Hz)")


def looks_of(rows: Sequence[plots.Row]) -> dict[str, plots.Look]:
    """The colour that each rule has in the panels of recall."""
    return plots.looks([[rule] for rule in dict.fromkeys(row["rule"] for row in rows)])


def draw_gaps(axes: Any, rows: Sequence[plots.Row]) -> None:
    """Amplitude in spikes by the modulator's delay, a colour for each lag of the value."""
    shortest = min(row["tau"] for row in rows)
    own = [
        row
        for row in eligibility.summarise([*rows])["by_delay"]
        if (row["rule"], row["substrate"], row["tau"]) == ("three_factor", "spiking", shortest) and row["lag"] <= 1
    ]
    for colour, ((lag,), group) in zip(plots.COLOURS[5:], grouped(own, ("lag",)).items(), strict=False):
        x, y, low, high = ([row[name] for row in sorted(group, key=lambda row: row["delay"])]
                           for name in ("delay", "amplitude", "amplitude_low", "amplitude_high"))  # fmt: skip
        axes.plot(x, y, "o", ms=3, color=colour, label=f"{lag:g}")
        if low[0] is not None:
            axes.vlines(x, low, high, color=colour, lw=0.7)
        expected = sorted((row["delay"], row["expected"]) for row in group)
        axes.plot(*zip(*expected, strict=True), color=colour, lw=0.9, zorder=1)
    axes.set(xlabel="modulator after the value by (time constants of the trace)", ylabel="amplitude written",
             ylim=(0, None))  # fmt: skip
    axes.legend(title="lag (items)", title_fontsize=5.5, fontsize=5.5, loc="upper right")


def draw_overall(axes: Any, rows: Sequence[plots.Row]) -> None:
    """Mean correlation of every rule, from the drive (filled) and from spikes (open)."""
    most = max(row["pairs"] for row in rows)
    data = [row for row in one_shot.summarise([*rows])["overall"] if row["pairs"] == most]
    for place, group in enumerate(grouped(data, ("rule",)).values()):
        colour = plots.COLOURS[place]
        for row in group:
            at = place + (0.12 if row["read"] == "spikes" else -0.12)
            fill = "none" if row["read"] == "spikes" else "full"
            axes.plot(at, row["correlation"], "o", ms=4, color=colour, fillstyle=fill, mew=0.7,
                      label=f"{row['read']}" if place == 0 else None)  # fmt: skip
            if row["correlation_low"] is not None:
                axes.vlines(at, row["correlation_low"], row["correlation_high"], color=colour, lw=0.7)
            axes.plot([place - 0.3, place + 0.3], [row["rates"]] * 2, color=colour, lw=0.9, zorder=0)
    names = [rule.replace("_", " ").replace("+", " +\n") for (rule,) in grouped(data, ("rule",))]
    axes.set_xticks(range(len(names)), names, fontsize=5.5, rotation=30, ha="right")
    axes.set(ylabel="correlation, all pairs", ylim=(None, 1.01))
    axes.legend(fontsize=5.5, loc="upper left", borderpad=0.1)
