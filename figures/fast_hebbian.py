"""A working memory in fast Hebbian synapses: a trial of it, and how long items stay."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from experiments import fast_hebb
from plastic.lab import panels, plots

NEEDS = ("portrait", "fast_hebb")
ALIKE = ()  # a trial and experiments, each of its own size
CIRCUIT = "fiebig_lansner_2017"
NOTE = (
    "a: spikes of the cells of four items, key cells below value cells of each, shown for 500 ms in turn (grey), then"
    " under a background drive (yellow), then every key alone (blue), plasticity off; one seed. b: weights among every"
    " fifth cell of the items, in their order, at the end of each item and after reactivation. c: correlation of the"
    " value cells' spikes with the value while its key is shown, in that trial. d: mean key-to-value weight of an item"
    " at the end of learning over that at its own end; lines: exp(-age / tau_w). e: recall. d, e: no reactivation,"
    " items {spacing:g} s apart. With tau_w = 20 s items come to fire together, which keeps"
    " weights up and spoils recall."
    " Mean and 95 % bootstrap interval over {seeds} seeds."
)


def draw(results: Mapping[str, Any]) -> Any:
    """The trial in two rows, and the course of forgetting in a third."""
    import matplotlib.pyplot as plt

    rows = results["portrait"]["rows"]
    with plt.style.context(plots.STYLE):
        figure = plt.figure(figsize=(plots.WIDTH["page"], 6.4))
        grid = figure.add_gridspec(3, 1, left=0.08, right=0.93, top=0.96, bottom=0.2, hspace=0.5,
                                   height_ratios=(1.2, 0.75, 1.0))  # fmt: skip
        first = draw_spikes(figure.add_subplot(grid[0]), rows)
        second = draw_weights(figure, grid[1], rows)
        below = grid[2].subgridspec(1, 3, wspace=0.4)
        third = draw_trial(figure.add_subplot(below[0]), rows)
        rest = draw_forgetting(figure, below, results["fast_hebb"]["rows"])
        panels.lettered([first, second, third, *rest], dx=-0.02, dy=1.03)
        plots.add_note(figure, note(results["fast_hebb"]), 5.8)
        return figure


def note(results: Mapping[str, Any]) -> str:
    own = results["settings"]["model"]
    return NOTE.format(spacing=own["item"] + own["gap"], seeds=len(results["seeds"]))


def draw_spikes(axes: Any, rows: list[plots.Row]) -> Any:
    """The raster above stretches of showing, reactivation and cues."""
    panels.rasters(axes, panels.chosen(rows, CIRCUIT, "spikes"))
    spans = panels.chosen(rows, CIRCUIT, "spans")
    for name, colour in (("shown", "0.92"), ("free", "#FFF6D6"), ("cue", "#DCEBF7")):
        panels.shade(axes, [(row["x"], row["y"]) for row in spans.get(name, [])], colour)
    axes.set(xlim=(0, None), ylim=(-1, None))
    axes.set_title("items shown, reactivated and cued", loc="left")
    return axes


def draw_weights(figure: Any, place: Any, rows: list[plots.Row]) -> Any:
    """Frames of the fast weights; the first of their axes."""
    frames = panels.chosen(rows, CIRCUIT, "weights")
    inner = place.subgridspec(1, len(frames) + 1, width_ratios=[1] * len(frames) + [0.05], wspace=0.15)
    axes = [figure.add_subplot(inner[k]) for k in range(len(frames))]
    image = panels.strip(axes, frames, 1.0)
    figure.colorbar(image, cax=figure.add_subplot(inner[len(frames)]), label="weight")
    axes[0].set(xlabel="pre cell", ylabel="post cell")
    return axes[0]


def draw_trial(axes: Any, rows: list[plots.Row]) -> Any:
    """Recall of every item of the trial."""
    for own in panels.chosen(rows, CIRCUIT, "recall").values():
        axes.bar(*panels.xy(own), width=0.7, color=plots.COLOURS[: len(own)], alpha=0.8)
        axes.set_xticks(panels.xy(own)[0])
    axes.set(xlabel="item", ylabel="correlation with the value", ylim=(0, 1.05))
    axes.set_title("recall in the trial", loc="left")
    return axes


def draw_forgetting(figure: Any, place: Any, rows: list[plots.Row]) -> list[Any]:
    """Weights and recall by lag."""
    axes = [figure.add_subplot(place[k]) for k in (1, 2)]
    for axis, y, title in zip(axes, ("held", "recall"), ("weights", "recall"), strict=True):
        fast_hebb.draw(axis, rows, y=y)
        axis.set_title(title, loc="left")
    axes[1].legend(fontsize=5.5, loc="upper center", bbox_to_anchor=(-0.2, -0.26), ncols=4)
    return axes
