"""One trial of each memory circuit: working memory in facilitation, a place field, and recall from flipped synapses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from plastic.lab import panels, plots

NEEDS = ("portrait",)
STP, CLUSTERS, FIELD, CAM = "mongillo_barak_tsodyks_2008", "mi_katkov_tsodyks_2017", "milstein_2021", "wu_maass_2025"
REGIMES = {"synchronous": "reactivating", "silent": "silent"}
CELLS = {"cued": "#D55E00", "another": "#0072B2", "inhibitory": "0.55"}
SPANS = {"cue": "#FBE3D0", "pulse": "#E3E3E3"}
LINES = {"u": ("-", "u, share released"), "x": ("--", "x, resources")}
LAPS = ("0.75", "0.45", "0.0")
WEIGHTS = {"before": "0.6", "after": "#D55E00", "after, on rates": "#0072B2"}
MEMORY = {"inputs": "0.45", "memory\ncells": "#D55E00"}
STEP = 600.0  # Hz between the traces of clusters
ABOVE_SPANS = 11  # points between a panel and its title
NOTE = (
    "a-f: Mongillo, Barak & Tsodyks (2008) in spikes at a fifth of its size: one network and noise with the background"
    " drive of the reactivating (a-c) and of the silent regime (d-f); a cue to one population, then a pulse of 12 % of"
    " the drive to all excitatory cells (5 % in the paper, at full size). a, d: cells of the cued and of another"
    " population, and inhibitory cells; b, e: means of the two populations; c, f: their rates. g: rates of five"
    " clusters of Mi, Katkov & Tsodyks (2017); bars: cues. h-k: CA1 cell on a belt with one plateau (shaded) in the"
    " second lap (Milstein et al. 2021); h: every second of its inputs in that lap; i: its spikes by lap; j: its rate"
    " by lap, smoothed; k: synapses by the place of their input's field, before and after the lap of the plateau. l, m:"
    " Wu & Maass (2025) in spikes; l: full and masked (shaded) cues of two items, shown to the inputs, and memory"
    " cells; m: binary synapses, on (black); below the line, onto cells that had a plateau during one of the items. One"
    " seed; plasticity off while reading in l, facilitation and BTSP always on."
)


def draw(results: Mapping[str, Any]) -> Any:
    """Three rows: facilitation, a place field, an addressable memory."""
    import matplotlib.pyplot as plt

    rows = results["portrait"]["rows"]
    with plt.style.context(plots.STYLE):
        figure = plt.figure(figsize=(plots.WIDTH["page"], 8.3))
        grid = figure.add_gridspec(3, 1, left=0.085, right=0.975, top=0.96, bottom=0.165, hspace=0.36,
                                   height_ratios=(1.65, 1.1, 0.85))  # fmt: skip
        working(figure, grid[0], rows)
        field(figure, grid[1], rows)
        addressed(figure, grid[2], rows)
        plots.add_note(figure, NOTE, 5.8)
        return figure


# Working memory in facilitation


def working(figure: Any, place: Any, rows: Sequence[panels.Row]) -> None:
    """The two regimes side by side, and clusters that take turns."""
    parts = place.subgridspec(1, 3, width_ratios=(1.25, 1.25, 0.85), wspace=0.3)
    columns: list[list[Any]] = []
    for n, name in enumerate(REGIMES):
        column = parts[n].subgridspec(3, 1, height_ratios=(1.5, 1, 0.9), hspace=0.36)
        columns.append([figure.add_subplot(column[k], sharey=columns[0][k] if n else None) for k in range(3)])
        regime(columns[n], rows, name, first=n == 0)
    turns = figure.add_subplot(parts[2])
    clusters(turns, rows)
    letters(zip("bcef", [*columns[0][1:], *columns[1][1:]], strict=True))
    letters(zip("adg", (columns[0][0], columns[1][0], turns), strict=True), ABOVE_SPANS)


def regime(axes: Sequence[Any], rows: Sequence[panels.Row], name: str, first: bool) -> None:
    """Spikes, facilitation and rates of a regime on one axis of time; scales are told at the first."""
    spikes, share, rate = axes
    bands(spikes, panels.chosen(rows, STP, f"spikes {name}"), CELLS)
    for variable, (line, told) in LINES.items():
        for series, marks in panels.chosen(rows, STP, f"{variable} {name}").items():
            share.plot(*panels.xy(marks), line, lw=0.9, color=CELLS[series])
        share.plot([], [], line, lw=0.9, color="0.3", label=told)
    panels.traces(rate, panels.chosen(rows, STP, f"rate {name}"), CELLS)
    end = max(row["x"] for row in panels.chosen(rows, STP, f"u {name}")["cued"])
    for span, marks in panels.chosen(rows, STP, "spans").items():
        for axis in axes:
            panels.shade(axis, [(row["x"], row["y"]) for row in marks], SPANS[span])
        named(spikes, (marks[0]["x"], marks[0]["y"]), span)
    for axis in axes:
        axis.set_xlim(0, end)
        axis.tick_params(labelbottom=axis is rate, labelleft=first)
    spikes.set_title(f"{REGIMES[name]} regime")
    spikes.set(xlabel=None)
    share.set(ylim=(0, 1.05), ylabel="u, x" if first else None)
    rate.set(ylim=(0, None), ylabel="rate (Hz)" if first else None)
    if first:
        key(share, ncols=2)


def clusters(axes: Any, rows: Sequence[panels.Row]) -> None:
    """Rates one above another with their cues as bars, and a scale."""
    found, cues = (panels.chosen(rows, CLUSTERS, panel) for panel in ("rate", "spans"))
    for n, (name, marks) in enumerate(found.items()):
        x, y = panels.xy(marks)
        axes.plot(x, y / STEP + n, lw=0.7, color=plots.COLOURS[n])
        for cue in cues.get(name, []):
            axes.plot([cue["x"], cue["y"]], [n - 0.1] * 2, lw=2, color=plots.COLOURS[n], solid_capstyle="butt")
    names = [name if name in cues else f"{name},\nno cue" for name in found]
    axes.set_yticks(range(len(names)), names, fontsize=6)
    axes.tick_params(axis="y", length=0, pad=1)
    axes.spines["left"].set_visible(False)
    end = x[-1] + x[1]
    axes.set(xlabel="time (s)", xlim=(0, end), ylim=(-0.25, len(names) - 0.4))
    axes.plot([0.99 * end] * 2, [n + 0.1, n + 0.1 + 200 / STEP], color="black", lw=1.2)
    axes.text(0.96 * end, n + 0.1 + 100 / STEP, "200 Hz", va="center", ha="right", fontsize=6)
    axes.set_title("clusters in turn")


# A place field


def field(figure: Any, place: Any, rows: Sequence[panels.Row]) -> None:
    """Spikes of inputs above those of the cell by lap; rate by lap and weights: all along the belt."""
    parts = place.subgridspec(1, 3, wspace=0.32)
    left = parts[0].subgridspec(2, 1, height_ratios=(1.5, 1), hspace=0.42)
    inputs, cell = (figure.add_subplot(left[n]) for n in range(2))
    rate, synapses = (figure.add_subplot(parts[n]) for n in (1, 2))
    inputs.plot(*panels.xy(panels.chosen(rows, FIELD, "CA3")["spikes"]), "|", ms=1.2, mew=0.4, color="0.45",
                rasterized=True)  # fmt: skip
    cell.plot(*panels.xy(panels.chosen(rows, FIELD, "CA1")["spikes"]), "|", ms=5, mew=0.4, color="black")
    maps = panels.chosen(rows, FIELD, "rate maps").items()
    for lap, ((name, marks), colour) in enumerate(zip(maps, LAPS, strict=True)):
        rate.plot(*panels.xy(marks), lw=0.9, color=colour, label=name, zorder=3 - 0.1 * lap)
    panels.traces(synapses, panels.chosen(rows, FIELD, "weights"), WEIGHTS)
    at = panels.xy(panels.chosen(rows, FIELD, "plateau")["place"])[0]
    belt = rate.lines[0].get_xdata()
    for axis in (inputs, cell, rate, synapses):
        panels.shade(axis, [(at[0], at[-1])], "0.85")
        axis.set(xlabel="place on the belt (cm)", xlim=(0, belt[0] + belt[-1]))
    inputs.set(xlabel=None, ylabel="CA3 cell", ylim=(-1, None))
    inputs.tick_params(labelbottom=False)
    named(inputs, (at[0], at[-1]), "plateau")
    cell.set(ylabel="lap", ylim=(len(LAPS) + 0.6, 0.4), yticks=range(1, len(LAPS) + 1))
    rate.set(ylabel="rate (Hz)", ylim=(-0.5, None))
    synapses.yaxis.set_major_locator(plots.plain_ticks())
    synapses.set(ylabel="weight (baselines)")
    for axis in (rate, synapses):
        key(axis, ncols=3)
    letters(zip("hijk", (inputs, cell, rate, synapses), strict=True))


# An addressable memory


def addressed(figure: Any, place: Any, rows: Sequence[panels.Row]) -> None:
    """Spikes of inputs and memory cells, and the synapses between them."""
    parts = place.subgridspec(1, 2, width_ratios=(1.8, 1), wspace=0.22)
    spikes, synapses = (figure.add_subplot(parts[n]) for n in range(2))
    both = [panels.chosen(rows, CAM, panel)["spikes"] for panel in ("input", "memory")]
    bands(spikes, dict(zip(MEMORY, both, strict=True)), MEMORY)
    for name, marks in panels.chosen(rows, CAM, "cues").items():
        for since, until in panels.xy(marks)[0].reshape(-1, 2):
            panels.shade(spikes, [(since, until)] * (name == "masked"))
            named(spikes, (since, until), name)
    spikes.set(xlim=(0, None))
    matrix = panels.matrix(panels.chosen(rows, CAM, "synapses")["on"])
    synapses.imshow(matrix, cmap="Greys", origin="lower", aspect="auto", interpolation="none", vmin=0, vmax=1)
    with_plateau = panels.chosen(rows, CAM, "memory cells with a plateau")["number"][0]["x"]
    synapses.axhline(with_plateau - 0.5, color="#D55E00", lw=0.8)
    synapses.set(xlabel="input", ylabel="memory cell")
    letters(zip("lm", (spikes, synapses), strict=True))


# Parts of panels


def bands(axes: Any, series: Mapping[str, Sequence[panels.Row]], colours: Mapping[str, str]) -> None:
    """Rasters one above another in the order of the colours, each named at the axis in its colour."""
    found: dict[str, list[panels.Row]] = {}
    middles, height = [], 0.0
    for name in colours:
        found[name] = [dict(row) | {"y": row["y"] + height} for row in series[name]]
        top = max(row["y"] for row in found[name])
        middles.append((height + top) / 2)
        height = top + 4
    panels.rasters(axes, found, colours)
    axes.set_yticks(middles, [*colours])
    axes.tick_params(axis="y", length=0)
    for label, colour in zip(axes.get_yticklabels(), colours.values(), strict=True):
        label.set_color(colour)
    axes.set(ylabel=None, ylim=(-2, height - 2))


def named(axes: Any, span: tuple[float, float], name: str) -> None:
    """The name of a stretch of time, or of the belt, above it."""
    at = (span[0] + span[1]) / 2
    axes.text(at, 1.01, name, transform=axes.get_xaxis_transform(), ha="center", va="bottom", fontsize=6)


def key(axes: Any, ncols: int) -> None:
    """What lines are, in a row above the panel."""
    axes.legend(fontsize=6, loc="lower right", bbox_to_anchor=(1.03, 0.96), ncols=ncols, handlelength=1.4,
                columnspacing=0.9, handletextpad=0.4, borderpad=0.2)  # fmt: skip


def letters(panels_: Any, pad: float = 3) -> None:
    """A bold letter above each panel's left end, and its title if it has one, so many points above it."""
    for letter, axis in panels_:
        axis.set_title(letter, loc="left", fontweight="bold", pad=pad)
