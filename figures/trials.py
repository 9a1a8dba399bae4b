"""One trial of each memory circuit: working memory in facilitation, a place field, and recall from flipped synapses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from plastic.lab import panels, plots

NEEDS = ("portrait",)
STP, CLUSTERS, FIELD, CAM = "mongillo_barak_tsodyks_2008", "mi_katkov_tsodyks_2017", "milstein_2021", "wu_maass_2025"
CELLS = {"cued": "#D55E00", "another": "#0072B2", "inhibitory": "0.6"}
LAPS = ("0.8", "0.6", "0.35", "0.0")
WEIGHTS = {"before": "0.6", "after": "#D55E00", "after, on rates": "#0072B2"}
NOTE = (
    "a-c: reactivating regime of Mongillo, Barak & Tsodyks (2008) in spikes at a fifth of its size; a: some cells of"
    " the cued and of another population and inhibitory cells; b: mean share u of resources that a spike spends (solid)"
    " and resources x (dashed); c: mean rates. d: five clusters of Mi, Katkov & Tsodyks (2017), of which four are cued."
    " e-g: CA1 cell on a belt with one plateau (shaded) on the second lap (Milstein et al. 2021); e: its spikes by lap;"
    " f: its rate by lap; g: synapses by the place of their input's field. h-i: Wu & Maass (2025) in spikes; h: inputs"
    " (below) and memory cells (above) for full and masked (shaded) cues of two items; i: binary synapses, on (black)."
    " One seed; plasticity off while reading in h, facilitation and BTSP always on."
)


def draw(results: Mapping[str, Any]) -> Any:
    """Three rows: facilitation, a place field, an addressable memory."""
    import matplotlib.pyplot as plt

    rows = results["portrait"]["rows"]
    with plt.style.context(plots.STYLE):
        figure = plt.figure(figsize=(plots.WIDTH["page"], 6.9))
        grid = figure.add_gridspec(3, 1, left=0.075, right=0.985, top=0.965, bottom=0.17, hspace=0.42,
                                   height_ratios=(1.6, 0.85, 0.85))  # fmt: skip
        working(figure, grid[0], rows)
        field(figure, grid[1], rows)
        addressed(figure, grid[2], rows)
        plots.add_note(figure, NOTE, 5.8)
        return figure


def working(figure: Any, place: Any, rows: Sequence[panels.Row]) -> None:
    """Spikes, facilitation and rates on one axis of time; clusters beside them."""
    halves = place.subgridspec(1, 2, width_ratios=(1.6, 1), wspace=0.22)
    left = halves[0].subgridspec(3, 1, height_ratios=(1.5, 1, 0.8), hspace=0.25)
    axes = [figure.add_subplot(left[n]) for n in range(3)]
    panels.rasters(axes[0], stacked(panels.chosen(rows, STP, "spikes"), (*CELLS,)), CELLS)
    for name, line in (("u", "-"), ("x", "--")):
        for series, marks in panels.chosen(rows, STP, name).items():
            axes[1].plot(*panels.xy(marks), line, lw=0.9, color=CELLS[series])
    panels.traces(axes[2], panels.chosen(rows, STP, "rate"), CELLS)
    end = max(row["x"] for row in panels.chosen(rows, STP, "u")["cued"])
    for axis in axes:
        axis.set_xlim(0, end)
        axis.tick_params(labelbottom=axis is axes[2])
    axes[0].set(xlabel=None, yticks=[])
    axes[0].legend(fontsize=5.5, loc="lower right", bbox_to_anchor=(1.0, 0.98), ncols=3, markerscale=3)
    axes[1].set(ylabel="u, x", ylim=(0, 1.05))
    axes[2].set(ylabel="rate (Hz)")
    clusters = figure.add_subplot(halves[1])
    step = 600.0
    for n, marks in enumerate(panels.chosen(rows, CLUSTERS, "rate").values()):
        x, y = panels.xy(marks)
        clusters.plot(x, y / step + n, lw=0.7, color=plots.COLOURS[n])
    clusters.set(xlabel="time (s)", ylabel="cluster", yticks=range(n + 1), yticklabels=range(1, n + 2))
    clusters.plot([x[-1] * 1.02] * 2, [0, 1], color="black", lw=1.2, clip_on=False)
    clusters.text(x[-1] * 1.04, 0.5, f"{step:g} Hz", rotation=90, va="center", fontsize=5.5)
    letters(zip("abcd", [*axes, clusters], strict=True))


def field(figure: Any, place: Any, rows: Sequence[panels.Row]) -> None:
    """Spikes by lap, rate by lap and weights, along the belt."""
    parts = place.subgridspec(1, 3, wspace=0.3)
    axes = [figure.add_subplot(parts[n]) for n in range(3)]
    x, lap = panels.xy(panels.chosen(rows, FIELD, "CA1")["spikes"])
    axes[0].plot(x, lap, "|", ms=6, mew=0.4, color="black")
    for (name, marks), colour in zip(panels.chosen(rows, FIELD, "rate maps").items(), LAPS, strict=False):
        axes[1].plot(*panels.xy(marks), lw=0.9, color=colour, label=name)
    panels.traces(axes[2], panels.chosen(rows, FIELD, "weights"), WEIGHTS)
    at = panels.xy(panels.chosen(rows, FIELD, "plateau")["place"])[0]
    belt = axes[1].lines[0].get_xdata()
    for axis in axes:
        panels.shade(axis, [(at[0], at[-1])], "0.85")
        axis.set(xlabel="place on the belt (cm)", xlim=(0, belt[0] + belt[-1]))
    axes[0].set(ylabel="lap", ylim=(4.6, 0.4), yticks=range(1, 5))
    axes[1].set(ylabel="rate (Hz)")
    axes[1].legend(fontsize=5.5, loc="upper right", handlelength=1)
    axes[2].set(ylabel="weight (baselines)")
    axes[2].legend(fontsize=5.5, loc="upper right", handlelength=1)
    letters(zip("efg", axes, strict=True))


def addressed(figure: Any, place: Any, rows: Sequence[panels.Row]) -> None:
    """Spikes of inputs and memory cells, and the synapses between them."""
    parts = place.subgridspec(1, 2, width_ratios=(1.8, 1), wspace=0.2)
    spikes, synapses = (figure.add_subplot(parts[n]) for n in range(2))
    both = {name: panels.chosen(rows, CAM, name)["spikes"] for name in ("input", "memory")}
    panels.rasters(spikes, stacked(both, ("input", "memory")), {"input": "0.45", "memory": "#D55E00"})
    onsets = panels.xy(panels.chosen(rows, CAM, "cues")["masked"])[0].reshape(-1, 2)
    panels.shade(spikes, [(since, until) for since, until in onsets])
    spikes.set(yticks=[], ylabel="inputs, memory cells")
    matrix = panels.matrix(panels.chosen(rows, CAM, "synapses")["on"])
    synapses.imshow(matrix, cmap="Greys", origin="lower", aspect="auto", interpolation="none", vmin=0, vmax=1)
    synapses.set(xlabel="input", ylabel="memory cell")
    letters(zip("hi", (spikes, synapses), strict=True))


def stacked(series: Mapping[str, Sequence[panels.Row]], names: Sequence[str]) -> dict[str, list[panels.Row]]:
    """Rasters one above another, in this order from below."""
    found: dict[str, list[panels.Row]] = {}
    height = 0.0
    for name in names:
        rows = [dict(row) | {"y": row["y"] + height} for row in series.get(name, [])]
        height = max((row["y"] for row in rows), default=height) + 4
        found[name] = list(rows)
    return found


def letters(panels_: Any) -> None:
    """A bold letter above each panel's left end."""
    for letter, axis in panels_:
        axis.set_title(letter, loc="left", fontweight="bold", pad=3)
