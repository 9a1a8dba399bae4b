"""Biology beside machine learning: one rule a panel, in spikes, in rates and in a layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from experiments import recall, stream
from experiments.tasks.pairs import SPIKING
from plastic.lab import plots
from plastic.rules import as_rule

NEEDS = ("recall", "stream")
COLOUR = {"rate": "#0072B2", "layer": "#000000", "spiking": "#D55E00"}
SIZE = {"rate": 3.0, "layer": 5.5, "spiking": 3.0}
FILL = {"rate": "full", "layer": "none", "spiking": "full"}
LABEL = {"rate": "rates (torch, stepped in chunks)", "layer": "layer (PlasticLayer)", "spiking": "spikes"}
NOTE = (
    "Upper row: share of the signs of the value that are right, by pairs per key cell; lower row: signal-to-noise ratio"
    " of the answer by lag (pairs written since). Mean and 95 % bootstrap interval over {n} seeds. Rates and layer:"
    " d = d_v = {d}, keys uniform on the sphere; spikes: 100 + 100 cells, 10 % of the key cells active, 200 ms a pair."
    " Blue line: theory (2.3) of the rates. Dotted: the spiking circuit's own pairs on rates, no spikes: what spikes"
    " lose is the gap to it (experiment shortfall). Pairs shown once; clean cues; plasticity off while reading."
)


def draw(results: Mapping[str, Any]) -> Any:
    """Two rows of panels, a column a rule."""
    import matplotlib.pyplot as plt

    by_load = recall.summarise(results["recall"]["rows"])["by_load"]
    d = {row["substrate"]: row["d"] for row in results["recall"]["rows"]}
    by_load = [row | {"alpha": row["load"] / d[row["substrate"]]} for row in by_load]
    by_lag = [row | {"place": row["lag"] + 1} for row in stream.summarise(results["stream"]["rows"])["by_lag"]]
    length = max(row["length"] for row in results["stream"]["rows"] if row["substrate"] == "rate")
    shown = [rule for rule in SPIKING if any(row["rule"] == rule for row in by_load)]
    with plt.style.context(plots.STYLE):
        figure, axes = plt.subplots(2, len(shown), figsize=(plots.WIDTH["page"], 4.1), sharex="row", sharey="row",
                                    squeeze=False)  # fmt: skip
        figure.subplots_adjust(0.07, 0.285, 0.99, 0.93, hspace=0.38, wspace=0.1)
        for (above, below), rule in zip(axes.T, shown, strict=True):
            above.set_title(titled(rule), loc="left", fontsize=7)
            draw_rule(above, [r for r in by_load if r["rule"] == rule], "alpha", "bits", "bits_without_spikes")
            draw_rule(below, [r for r in by_lag if r["rule"] == rule], "place", "snr", "snr_without_spikes")
            draw_theory(above, below, rule, d["rate"], length)
        finish(axes, by_load, by_lag)
        handles, labels = axes[0, 0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="lower center", ncols=4, bbox_to_anchor=(0.5, 0.145), fontsize=6)
        note = NOTE.format(n=len(results["recall"]["seeds"]), d=d["rate"])
        plots.add_note(figure, note, 5.8)
        return figure


def titled(rule: str) -> str:
    row = as_rule(rule).row
    return rule.replace("_", " ") + (f" ({row})" if row else "")


def draw_rule(axes: Any, rows: Sequence[plots.Row], x: str, y: str, without: str) -> None:
    """One rule on every substrate."""
    for substrate in ("rate", "layer", "spiking"):
        own = sorted((row for row in rows if row["substrate"] == substrate), key=lambda row: row[x])
        if not own:
            continue
        at, value, low, high = (numbers(own, name) for name in (x, y, f"{y}_low", f"{y}_high"))
        style = {"color": COLOUR[substrate], "fillstyle": FILL[substrate], "ms": SIZE[substrate], "mew": 0.6}
        axes.plot(at, value, "o", label=LABEL[substrate], zorder=3, **style)
        axes.vlines(at, low, high, color=COLOUR[substrate], lw=0.7, zorder=2)
        if without in own[0]:
            axes.plot(at, numbers(own, without), ":", color=COLOUR[substrate], lw=1.0, label="the same without spikes")


def numbers(rows: Sequence[plots.Row], name: str) -> np.ndarray:
    return np.array([np.nan if row.get(name) is None else row[name] for row in rows], float)


def draw_theory(above: Any, below: Any, rule: str, d: int, length: int) -> None:
    """What is expected of a linear rule on rates."""
    loads, lags = (
        np.unique(np.geomspace(d / 8, 8 * d, 25).astype(int)),
        np.unique(np.geomspace(1, length, 40).astype(int)) - 1,
    )
    bits = recall.predicted(as_rule(rule), d, loads)
    if bits is not None:
        above.plot(loads / d, bits, color=COLOUR["rate"], lw=0.8, zorder=1)
        expected = stream.predicted(as_rule(rule), d, lags, length)
        below.plot(lags + 1, expected, color=COLOUR["rate"], lw=0.8, zorder=1)


def finish(axes: Any, by_load: Sequence[plots.Row], by_lag: Sequence[plots.Row]) -> None:
    """Scales and names of the axes."""
    for axis in axes[0]:
        plots.log_axis(axis, [row["alpha"] for row in by_load])
        axis.set(xlabel="pairs per key cell n / d", ylim=(0.45, 1.02))
    for axis in axes[1]:
        plots.log_axis(axis, [row["place"] for row in by_lag])
        axis.set(yscale="log", ylim=(3e-3, 1e3), xlabel="lag + 1")
    axes[0, 0].set_ylabel("signs right")
    axes[1, 0].set_ylabel("signal-to-noise ratio")
