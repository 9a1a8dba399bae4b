"""A working memory in fast Hebbian synapses: a trial of it, and how long items stay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from experiments import fast_hebb, reactivation
from plastic.lab import panels, plots

NEEDS = ("portrait", "fast_hebb", "reactivation")
ALIKE = ()  # a trial and experiments, each of its own size
CIRCUIT = "fiebig_lansner_2017"
FORGETTING = {"held": "weights", "recall": "recall"}
LISTS = {"kept": "kept", "active": "reactivating", "height": "rhythm"}
NOTE = (
    "a: spikes of the cells of four items, key cells below value cells of each, shown for 500 ms in turn (grey), then"
    " under a background drive (yellow), then every key alone (blue), plasticity off; one seed, tau_w 20 s."
    " b: correlation over cells of spikes in 100 ms with each item, in reactivation. c: weights among every"
    " fifth cell of the items, in their order, at the end of each item and after reactivation. d: correlation of the"
    " value cells' spikes with the value while its key is shown, in that trial. e: mean key-to-value weight of an item"
    " at the end of learning over that at its own end; lines: exp(-age / tau_w). f: recall. e, f: no background drive,"
    " items {spacing:g} s apart. g to i: items {apart:g} s apart, then {free:g} s of reactivation. g: items whose"
    " answer to the key is nearer to their value than to any other of {candidates}, shown or not; dotted: all of them."
    " h: items that come back at least twice. i: highest peak, at 0.1 to 1.5 s, of the autocorrelation of the overlaps;"
    " controls at {control} items: nothing learned, and weights shuffled onto every cell before reactivation."
    " Mean and 95 % bootstrap interval over {seeds} seeds."
)


def draw(results: Mapping[str, Any]) -> Any:
    """The trial in three rows, forgetting in a fourth, and lists in a fifth."""
    import matplotlib.pyplot as plt

    rows = results["portrait"]["rows"]
    with plt.style.context(plots.STYLE):
        figure = plt.figure(figsize=(plots.WIDTH["page"], 8.8))
        grid = figure.add_gridspec(5, 1, left=0.08, right=0.93, top=0.97, bottom=0.175, hspace=0.55,
                                   height_ratios=(1.2, 0.5, 0.75, 1.0, 1.0))  # fmt: skip
        first = draw_spikes(figure.add_subplot(grid[0]), rows)
        second = draw_overlaps(figure.add_subplot(grid[1], sharex=first), rows)
        third = draw_weights(figure, grid[2], rows)
        thirds = [grid[row].subgridspec(1, 3, wspace=0.4) for row in (3, 4)]
        below = [figure.add_subplot(row[k]) for row in thirds for k in range(3)]
        draw_trial(below[0], rows)
        draw_measured(below[1:], results["fast_hebb"]["rows"], results["reactivation"]["rows"])
        panels.lettered([first, second, third, *below], dx=-0.02, dy=1.03)
        plots.add_note(figure, note(results), 5.8)
        return figure


def note(results: Mapping[str, Any]) -> str:
    own, lists = (results[name]["settings"]["model"] for name in ("fast_hebb", "reactivation"))
    return NOTE.format(
        spacing=own["item"] + own["gap"],
        apart=lists["item"] + lists["gap"],
        free=results["reactivation"]["rows"][0]["free"],
        control=lists["control"],
        candidates=reactivation.CANDIDATES,
        seeds=len(results["reactivation"]["seeds"]),
    )


def draw_spikes(axes: Any, rows: list[plots.Row]) -> Any:
    """The raster above stretches of showing, reactivation and cues."""
    panels.rasters(axes, panels.chosen(rows, CIRCUIT, "spikes"))
    spans = panels.chosen(rows, CIRCUIT, "spans")
    for name, colour in (("shown", "0.92"), ("free", "#FFF6D6"), ("cue", "#DCEBF7")):
        panels.shade(axes, [(row["x"], row["y"]) for row in spans.get(name, [])], colour)
    axes.set(xlim=(0, None), ylim=(-1, None), xlabel=None)
    axes.set_title("items shown, reactivated and cued", loc="left")
    return axes


def draw_overlaps(axes: Any, rows: list[plots.Row]) -> Any:
    """Which item is active, in reactivation."""
    panels.traces(axes, panels.chosen(rows, CIRCUIT, "overlap"))
    axes.set(ylabel="overlap", ylim=(-0.2, 1.05))
    axes.set_title("items reactivate", loc="left")
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


def draw_trial(axes: Any, rows: list[plots.Row]) -> None:
    """Recall of every item of the trial."""
    for own in panels.chosen(rows, CIRCUIT, "recall").values():
        axes.bar(*panels.xy(own), width=0.7, color=plots.COLOURS[: len(own)], alpha=0.8)
        axes.set_xticks(panels.xy(own)[0])
    axes.set(xlabel="item", ylabel="correlation", ylim=(0, 1.05))
    axes.set_title("recall in the trial", loc="left")


def draw_measured(axes: Sequence[Any], forgetting: list[plots.Row], lists: list[plots.Row]) -> None:
    """Weights and recall by lag; items kept and reactivating, and their rhythm, by how many were shown."""
    look = plots.looks([[rule] for rule in dict.fromkeys(row["rule"] for row in forgetting + lists)])
    for axis, y in zip(axes[:2], FORGETTING, strict=True):
        fast_hebb.draw(axis, forgetting, look, y)
    for axis, y in zip(axes[2:], LISTS, strict=True):
        reactivation.draw(axis, lists, look, y)
    for axis, title in zip(axes, [*FORGETTING.values(), *LISTS.values()], strict=True):
        axis.set_title(title, loc="left")
    keys = {name: key for axis in axes for key, name in zip(*axis.get_legend_handles_labels(), strict=True)}
    axes[3].legend(keys.values(), keys, fontsize=5.5, loc="upper center", bbox_to_anchor=(0.5, -0.26), ncols=len(keys))
