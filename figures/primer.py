"""The AMPA/NMDA circuit: one trial of it under the delta rule, and what tells the delta rule from Hebb's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from experiments import calcium_threshold, clamp, conductance_ratio
from plastic.lab import plots
from plastic.lab.summary import column, grouped

NEEDS = ("portrait", "conductance_ratio", "clamp", "calcium_threshold")
ALIKE = ()  # a trial and experiments, each of its own size
CIRCUIT = "irie_gershman_2025"
COLOUR = {"pre": "0.45", "post": "#0072B2", "calcium": "#E69F00", "firing": "#0072B2"}
RULES = {"vanilla": "#D55E00", "retnet": "#009E73", "gla": "#CC79A7", "delta": "#0072B2"}
MARKER = {"vanilla": "s", "retnet": "^", "gla": "D"}
NOTE = (
    "a, b: spikes of the presynaptic (grey) and postsynaptic (blue) cells, and calcium and firing of one cell, before"
    " and after the delta rule has matched them; one seed. c: AMPA conductances W beside NMDA conductances U. d: W/U of"
    " the synapses of that cell. e: coefficient of variation of W/U over all synapses; marks: spikes, mean and 95 %"
    " bootstrap interval over {ratio} seeds; lines: the same stimuli on rates, without noise or filters. f: change of"
    " the write when postsynaptic cells are held at rest, same noise ({clamp} seeds); 0 is equality to rounding. g:"
    " weight change of the delta rule against calcium while cells are held at a rate of firing (dotted), AMPA receptors"
    " blocked ({threshold} seeds). Patterns of 2 of 20 cells, 300 ms each, shown again and again; plasticity always on."
)


def draw(results: Mapping[str, Any]) -> Any:
    """A trial in two rows, and three questions in a third."""
    import matplotlib.pyplot as plt

    trial = [row for row in results["portrait"]["rows"] if row["rule"] == CIRCUIT]
    with plt.style.context(plots.STYLE):
        figure = plt.figure(figsize=(plots.WIDTH["page"], 6.6))
        grid = figure.add_gridspec(3, 1, left=0.07, right=0.985, top=0.965, bottom=0.19, hspace=0.42,
                                   height_ratios=(1.35, 0.85, 1.0))  # fmt: skip
        draw_ends(figure, grid[0], trial)
        draw_weights(figure, grid[1], trial)
        draw_questions(figure, grid[2], results)
        seeds = {name: len(results[full]["seeds"]) for name, full in
                 (("ratio", NEEDS[1]), ("clamp", NEEDS[2]), ("threshold", NEEDS[3]))}  # fmt: skip
        plots.add_note(figure, NOTE.format(**seeds), 5.8)
        return figure


def series(trial: Sequence[plots.Row], panel: str) -> dict[str, list[plots.Row]]:
    """The rows of a panel, by series."""
    return {name: rows for (name,), rows in grouped([r for r in trial if r["panel"] == panel], ("series",)).items()}


def draw_ends(figure: Any, place: Any, trial: Sequence[plots.Row]) -> None:
    """Spikes above calcium and firing, at first and at last."""
    grid = place.subgridspec(3, 2, height_ratios=(1.0, 0.45, 1.0), hspace=0.12, wspace=0.12)
    for side, (when, letter) in enumerate((("at first", "a"), ("at last", "b"))):
        panels = [figure.add_subplot(grid[row, side]) for row in range(3)]
        for axis, name in zip(panels, ("pre", "post"), strict=False):
            rows = series(trial, f"{name} {when}").get(name, [])
            axis.plot(column(rows, "x"), column(rows, "y"), "|", ms=2.2, mew=0.5, color=COLOUR[name])
            axis.set_ylabel(name if side == 0 else None)
            axis.tick_params(labelbottom=False)
        for name, rows in series(trial, f"cell {when}").items():
            label = {"calcium": "calcium v", "firing": "firing y"}[name]
            panels[2].plot(column(rows, "x"), column(rows, "y"), lw=0.9, color=COLOUR[name], label=label)
        span = column(series(trial, f"cell {when}")["calcium"], "x")
        for axis in panels:
            axis.set_xlim(span[0], span[-1])
        panels[2].set(xlabel="time (s)", ylabel="Hz" if side == 0 else None, ylim=(0, 105))
        panels[0].set_title(lettered(letter, f"{when}, delta rule"), loc="left")
        if side == 0:
            panels[2].legend(ncols=2, loc="upper right", borderpad=0.1)


def draw_weights(figure: Any, place: Any, trial: Sequence[plots.Row]) -> None:
    """W at three times and U on one scale, and the ratios of one cell's synapses."""
    frames = {name: matrix(rows) for name, rows in series(trial, "weights").items()}
    grid = place.subgridspec(1, 6, width_ratios=(1, 1, 1, 1, 0.05, 1.5), wspace=0.22)
    largest = max(np.max(frame) for frame in frames.values())
    for column_, (name, shown) in enumerate(frames.items()):
        axis = figure.add_subplot(grid[column_])
        image = axis.imshow(shown, cmap="Greys", vmin=0, vmax=largest, aspect="auto", interpolation="none")
        axis.set_title(lettered("c", name) if column_ == 0 else name, loc="left")
        axis.set(xlabel="pre cell", xticks=(0, shown.shape[1] - 1), yticks=(0, len(shown) - 1))
        axis.set_ylabel("post cell" if column_ == 0 else None)
        axis.tick_params(labelleft=column_ == 0)
    bar = figure.colorbar(image, cax=figure.add_subplot(grid[4]))
    bar.outline.set_linewidth(0.4)
    inner = figure.add_subplot(grid[5])
    left = inner.get_position()
    inner.set_position((left.x0 + 0.05, left.y0, left.width - 0.05, left.height))
    for rows in series(trial, "ratio").values():
        inner.plot(column(rows, "x"), column(rows, "y"), lw=0.5, color=COLOUR["post"], alpha=0.6)
    inner.axhline(1, color="0.4", lw=0.6, ls=":")
    inner.set(xlabel="time (s)", ylabel="AMPA / NMDA", ylim=(0, None))
    inner.set_title(lettered("d", "one cell's synapses"), loc="left")


def matrix(rows: Sequence[plots.Row]) -> np.ndarray:
    """A matrix [rows, columns] from its points."""
    x, y = (column(rows, name).astype(int) for name in ("x", "y"))
    found = np.zeros((y.max() + 1, x.max() + 1))
    found[y, x] = column(rows, "value")
    return found


def draw_questions(figure: Any, place: Any, results: Mapping[str, Any]) -> None:
    """Proportion, clamp and threshold."""
    panels = [figure.add_subplot(part) for part in place.subgridspec(1, 3, wspace=0.36)]
    draw_spread(panels[0], results["conductance_ratio"]["rows"])
    clamp.draw(panels[1], results["clamp"]["rows"])
    calcium_threshold.draw(panels[2], results["calcium_threshold"]["rows"])
    panels[2].legend(fontsize=5.5, loc="lower right", borderpad=0.1)
    panels[1].legend(loc="upper left", borderpad=0.1)
    titles = ("proportion of AMPA to NMDA", "a clamp of the cell", "a calcium threshold")
    for axis, letter, title in zip(panels, "efg", titles, strict=True):
        axis.set_title(lettered(letter, title), loc="left")


def draw_spread(axes: Any, rows: Sequence[plots.Row]) -> None:
    """Spread of the ratio against time: spikes as marks, rates as lines."""
    most = max(row["patterns"] for row in rows)
    data = [row for row in conductance_ratio.summarise(list(rows))["by_time"] if row["patterns"] == most]
    for (rule, substrate), own in grouped(data, ("rule", "substrate")).items():
        at, spread, colour = column(own, "time"), column(own, "spread"), RULES.get(rule, "0.3")
        if substrate == "rate":
            axes.plot(at, spread, color=colour, lw=0.9)
            continue
        axes.plot(at, spread, MARKER.get(rule, "o"), ms=3.5, mew=0.7, color=colour, fillstyle="none", label=rule)
        axes.vlines(at, column(own, "spread_low"), column(own, "spread_high"), color=colour, lw=0.7)
    axes.set(xlabel="time (s)", ylabel="variation of AMPA / NMDA", ylim=(0, None))
    axes.legend(loc="center right", bbox_to_anchor=(1.0, 0.5), borderpad=0.1)


def lettered(letter: str, title: str) -> str:
    return rf"$\bf{{{letter}}}$  {title}"
