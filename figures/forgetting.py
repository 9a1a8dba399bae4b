"""Forgetting curves: exponential or power law, on half-logarithmic and on logarithmic axes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from experiments import complex_synapses, stream
from plastic import symbols
from plastic.lab import plots
from plastic.rules import as_rule

NEEDS = ("stream", "complex_synapses")
ALIKE = ()  # synapses with a past need more cells to show a power law
NOTE = (
    "Marks: mean and 95 % bootstrap interval over {n} seeds; lines: theory (a, b: 2.3; c: exact Markov chains and"
    " kernels, 2.10). a, b: power SNR of the answer, rates, d = d_v = {d}, dense keys; an exponential is a line in a."
    " c: amplitude SNR of an ideal observer of {synapses} synapses; a power law is a line. Pairs shown once in one long"
    " stream; clean cues; plasticity off while reading. In a and b the stream ends {length} pairs after it began from"
    " rest: Hebb's rule forgets nothing, its noise is that of the whole stream."
)


def draw(results: Mapping[str, Any]) -> Any:
    """Three panels in a row."""
    import matplotlib.pyplot as plt

    rates = [row for row in results["stream"]["rows"] if row["substrate"] == "rate"]
    by_lag = stream.summarise(rates)["by_lag"]
    groups = [sorted(g, key=complexity) for g in plots.families({"": (by_lag, "lag", "bits")})]
    look = plots.looks(groups)
    complex_rows = results["complex_synapses"]["rows"]
    with plt.style.context(plots.STYLE):
        figure = plt.figure(figsize=(plots.WIDTH["page"], 3.0))
        axes = [figure.add_axes((x, 0.34, w, 0.56)) for x, w in ((0.06, 0.225), (0.36, 0.225), (0.77, 0.22))]
        draw_stream(axes[0], rates, look, "linear")
        draw_stream(axes[1], rates, look, "log")
        complex_synapses.draw(axes[2], complex_rows)
        axes[2].legend(fontsize=5, loc="lower left")
        axes[2].set_ylabel("amplitude SNR")
        add_key(axes[1], groups, look)
        for axis, letter in zip(axes, "abc", strict=True):
            axis.set_title(letter, loc="left", fontweight="bold", fontsize=8, x=-0.16)
        note = NOTE.format(
            n=len(results["stream"]["seeds"]), d=rates[0]["d"], length=rates[0]["length"],
            synapses=complex_rows[0]["d"] ** 2,
        )  # fmt: skip
        plots.add_note(figure, note, 5.8)
        return figure


def complexity(rule: str) -> int:
    return symbols.complexity(as_rule(rule))


def draw_stream(axes: Any, rows: Sequence[plots.Row], look: Mapping[str, plots.Look], scale: str) -> None:
    """SNR against lag."""
    stream.draw(axes, list(rows), look)
    if scale == "linear":
        axes.set_xscale("linear")
        axes.xaxis.set_major_locator(plots.plain_ticks())
        axes.set_xlim(0, 0.5 * rows[0]["length"])


def add_key(axes: Any, groups: Sequence[Sequence[str]], look: Mapping[str, plots.Look]) -> None:
    """A family a line, beside the panel."""
    for group in groups:
        mark = look[group[0]]
        axes.plot([], [], mark.marker, color=mark.colour, label=f" {plots.named(group)}".replace("_", " "))
    handles, labels = axes.get_legend_handles_labels()
    own = [(h, label) for h, label in zip(handles, labels, strict=True) if label.startswith(" ")]
    axes.legend(*zip(*own, strict=True), loc="center left", bbox_to_anchor=(0.99, 0.5), fontsize=5)
