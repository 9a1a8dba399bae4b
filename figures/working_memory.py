"""Working memory in presynaptic plasticity: what it keeps, how much, and what it cannot bind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from experiments import binding, clusters, silent_memory
from plastic.lab import plots

NEEDS = ("silent_memory", "clusters", "binding")
ALIKE = ()  # a trial and experiments, each of its own size
BLUE, RED = "#0072B2", "#D55E00"
NOTE = (
    "A, B: spiking network of Mongillo, Barak & Tsodyks (2008) at scale {scale:g}; rates of the cued item and,"
    " as a mean, of the others, in the delay and in a pulse to all excitatory cells. C: rate model of Mi,"
    " Katkov & Tsodyks (2017), deterministic; darker lines: stronger inhibition. D: pairs of a new key and a"
    " new value in a feed-forward spiking circuit; bars: value recalled; open marks: key known as shown."
    " Pairs shown once; clean cues; plasticity off while reading (facilitation goes on)."
    " Mean and 95 % bootstrap interval over {n_silent} seeds in A and B, {n_bound} in D."
)


def draw(results: Mapping[str, Any]) -> Any:
    """Four panels side by side."""
    import matplotlib.pyplot as plt

    rows = {name: results[name]["rows"] for name in NEEDS}
    regimes = silent_memory.summarise(rows["silent_memory"])["by_regime"]
    with plt.style.context(plots.STYLE):
        figure, axes = plt.subplots(1, 4, figsize=(plots.WIDTH["page"], 3.0))
        figure.subplots_adjust(0.065, 0.43, 0.99, 0.9, wspace=0.5)
        bars(axes[0], regimes, "delay", "rate in the delay (Hz)")
        bars(axes[1], regimes, "read", "rate in the pulse (Hz)")
        axes[0].legend(fontsize=5.5, loc="upper left", bbox_to_anchor=(-0.05, 1.02))
        clusters.draw(axes[2], rows["clusters"])
        bind(axes[3], rows["binding"], results["binding"]["settings"]["model"]["groups"])
        for axis, title in zip(axes, ("A  kept", "B  read out", "C  how many items", "D  bound"), strict=True):
            axis.set_title(title, loc="left")
        scale = results["silent_memory"]["settings"]["model"]["scale"]
        n = {"n_silent": len(results["silent_memory"]["seeds"]), "n_bound": len(results["binding"]["seeds"])}
        plots.add_note(figure, NOTE.format(scale=scale, **n), 5.8)
        return figure


def bars(axes: Any, data: list[plots.Row], measure: str, label: str) -> None:
    """Cued item and others, a pair of bars a regime and cue."""
    for side, (name, colour, of) in enumerate(((measure, RED, "cued item"), (f"{measure}_others", BLUE, "others"))):
        at = np.arange(len(data)) + 0.38 * (side - 0.5)
        axes.bar(at, [row[name] for row in data], 0.36, color=colour, label=of)
        whiskers(axes, at, data, name)
    names = [f"{row['regime']}, {'cue' if row['cue'] else 'no cue'}" for row in data]
    axes.set_xticks(range(len(data)), names, rotation=35, ha="right", rotation_mode="anchor", fontsize=5.5)
    axes.set(ylabel=label)
    axes.margins(y=0.25)


def whiskers(axes: Any, at: Any, data: list[plots.Row], name: str) -> None:
    """Intervals over seeds, where there are several."""
    if data[0][f"{name}_low"] is not None:
        axes.vlines(at, *([row[f"{name}{end}"] for row in data] for end in ("_low", "_high")), color="0.2", lw=0.7)


def bind(axes: Any, rows: list[plots.Row], groups: int) -> None:
    """Accuracy as bars and familiarity as marks, by pairs."""
    data = binding.summarise(rows)["by_pairs"]
    pairs = sorted({row["pairs"] for row in data})
    for side, (rule, colour) in enumerate((("facilitating", BLUE), ("hebbian", RED))):
        own = sorted((row for row in data if row["rule"] == rule), key=lambda row: row["pairs"])
        if not own:
            continue
        at = np.arange(len(own)) + 0.38 * (side - 0.5)
        axes.bar(at, [row["accuracy"] for row in own], 0.36, color=colour, label=rule, alpha=0.85)
        whiskers(axes, at, own, "accuracy")
        axes.plot(at, [row["familiarity"] for row in own], "o", color="k", mfc="white", mew=0.6, clip_on=False)
    axes.axhline(1 / groups, color="0.3", ls=":", lw=0.8)
    axes.set_xticks(range(len(pairs)), [f"{n}" for n in pairs])
    axes.set(xlabel="pairs shown", ylabel="accuracy, familiarity", ylim=(0, 1.35), yticks=[0, 0.5, 1])
    axes.legend(fontsize=5.5, loc="upper right", ncols=1)
