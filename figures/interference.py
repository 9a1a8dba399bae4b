"""Where similar keys and many pairs leave a memory: a map of each rule over load and similarity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from experiments import similarity
from plastic.lab import plots

NEEDS = ("similarity",)
COLUMNS = 5
NOTE = (
    "Colour: share of the signs of the value that are right, mean over {n} seeds (0.5 is chance); numbers: the same, in"
    " per cent. Keys share a direction, so that two of them have the cosine ρ; d = d_v = {d}; rates; pairs shown once;"
    " clean cues; plasticity off while reading. Rules whose maps coincide stand in one panel."
)


def draw(results: Mapping[str, Any]) -> Any:
    """A map a family of rules."""
    import matplotlib.pyplot as plt

    document = results["similarity"]
    cells = similarity.summarise([r for r in document["rows"] if r["substrate"] == "rate"])["map"]
    groups = alike(cells)
    rows = -(-len(groups) // COLUMNS)
    with plt.style.context(plots.STYLE):
        height = 1.42 * rows + 0.75
        figure, axes = plt.subplots(rows, COLUMNS, figsize=(plots.WIDTH["page"], height), squeeze=False)
        figure.subplots_adjust(0.07, 0.9 / height, 0.9, 1 - 0.25 / height, wspace=0.18, hspace=0.42)
        for axis, group in zip(axes.flat, groups, strict=False):
            shown = draw_map(axis, [cell for cell in cells if cell["rule"] == group[0]])
            axis.set_title(plots.named(group).replace("_", " "), fontsize=6, loc="left")
        for axis in axes.flat[len(groups) :]:
            axis.axis("off")
        label_outer(axes, len(groups))
        bar = figure.colorbar(shown, cax=figure.add_axes((0.92, 0.9 / height, 0.012, 1 - 1.15 / height)))
        bar.set_label("signs right")
        sizes = document["sizes"]
        note = NOTE.format(n=len(document["seeds"]), d=sizes[0])
        plots.add_note(figure, note, 5.8)
        return figure


def alike(cells: Sequence[plots.Row]) -> list[list[str]]:
    """Rules whose maps coincide, the best at the highest similarity first."""
    placed = [cell | {"place": i} for rule in rules(cells) for i, cell in enumerate(of(cells, rule))]
    groups = plots.families({"": (placed, "place", "bits")})
    worst = {rule: np.mean([cell["bits"] for cell in of(cells, rule)]) for rule in rules(cells)}
    return sorted((sorted(group, key=len) for group in groups), key=lambda group: -worst[group[0]])


def rules(cells: Sequence[plots.Row]) -> list[str]:
    return list(dict.fromkeys(cell["rule"] for cell in cells))


def of(cells: Sequence[plots.Row], rule: str) -> list[plots.Row]:
    """One rule's cells in a fixed order."""
    return sorted((cell for cell in cells if cell["rule"] == rule), key=lambda cell: (cell["rho"], cell["alpha"]))


def draw_map(axes: Any, cells: Sequence[plots.Row]) -> Any:
    """Signs right over load (across) and similarity (up)."""
    alphas, rhos = (sorted({cell[name] for cell in cells}) for name in ("alpha", "rho"))
    grid = np.full((len(rhos), len(alphas)), np.nan)
    for cell in cells:
        grid[rhos.index(cell["rho"]), alphas.index(cell["alpha"])] = cell["bits"]
    shown = axes.imshow(grid, origin="lower", vmin=0.5, vmax=1, cmap="viridis", aspect="auto")
    for (y, x), value in np.ndenumerate(grid):
        axes.text(x, y, f"{100 * value:.0f}", ha="center", va="center", fontsize=4.5, color="w" if value < 0.8 else "k")
    axes.set_xticks(range(len(alphas)), [plots.short(a) for a in alphas], fontsize=5.5)
    axes.set_yticks(range(len(rhos)), [f"{r:g}" for r in rhos], fontsize=5.5)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    return shown


def label_outer(axes: Any, used: int) -> None:
    """Names of the axes on the outside of the page."""
    for place in range(used):
        axis = axes.flat[place]
        if place % COLUMNS:
            axis.set_yticklabels([])
        else:
            axis.set_ylabel("cosine of keys ρ")
        if place + COLUMNS >= used:
            axis.set_xlabel("pairs per key cell n / d")
