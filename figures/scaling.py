"""How many pairs, how that grows with size, and how many bits a stored number holds, beside theory and bounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from experiments import capacity
from plastic.lab import plots
from plastic.lab.summary import with_intervals

NEEDS = ("capacity",)
SIZE = 64  # key cells in panel a
BOUNDS = {"Hebb, signs": 0.459, "Willshaw, ln 2": np.log(2), "perceptron": 2.0}  # bits per synapse
NOTE = (
    "Marks: mean and 95 % bootstrap interval over {n} seeds; lines: theory (2.2, 2.3) of linear rules, some per cent"
    " off up to 32 cells. Pairs shown once (to perceptron and pseudo-inverse all at once);"
    " clean cues; plasticity off while reading; {d_v} value cells. a: identified among M = 64 values (the largest dot"
    " product). b: load with 90 % identified among all shown (M = n); in brackets the exponent of n90 in d; grey:"
    " proportional to d. c: most bits over the loads for each number stored (signs: filled; values among M = 64: open),"
    " d = {d}; a memory that keeps every pair is divided by all it keeps. Dashed: Hebb's limit, Willshaw's limit,"
    " Gardner's bound.\n"
    "On random keys a single-pass delta rule with eta = 1 identifies fewer pairs than Hebb's: it wins on fidelity,"
    " similar keys, overwriting and repetition."
)


def draw(results: Mapping[str, Any]) -> Any:
    """Three panels and their key."""
    import matplotlib.pyplot as plt

    rows = results["capacity"]["rows"]
    rates = [row for row in rows if row["substrate"] == "rate"]
    summary = capacity.summarise(rows)
    groups = families(rates)
    look = plots.looks(groups)
    size = SIZE if any(row["d"] == SIZE for row in rates) else max(row["d"] for row in rates)
    with plt.style.context(plots.STYLE):
        figure = plt.figure(figsize=(plots.WIDTH["page"], 4.3))
        places = ((0.055, 0.215), (0.34, 0.215), (0.815, 0.175))
        left, middle, right = (figure.add_axes((x, 0.265, w, 0.665)) for x, w in places)
        draw_recall(left, [row for row in rates if row["d"] == size], look)
        draw_growth(middle, summary, groups, look)
        draw_bits(right, [line for line in summary["by_size"] if line["d"] == bits_size(line, size)], look)
        for axis, letter in zip((left, middle, right), "abc", strict=True):
            axis.set_title(letter, loc="left", fontweight="bold", fontsize=8, x=-0.16)
        left.set_title(f"rates, d = {size}", loc="right", fontsize=6, color="0.3")
        settings = next(iter(results["capacity"]["settings"].values()))
        note = NOTE.format(n=len(results["capacity"]["seeds"]), d_v=settings["value_cells"], d=size)
        plots.add_note(figure, note, 5.8)
        return figure


def bits_size(line: Mapping[str, Any], size: int) -> int:
    """The size at which a memory's bits are shown: spikes have their own."""
    return line["d"] if line["substrate"] == "spiking" else size


def families(rates: Sequence[plots.Row]) -> list[list[str]]:
    """Rules whose curves coincide, the simplest first."""
    from plastic import symbols
    from plastic.rules import as_rule

    found = plots.families({"": (means(rates), "load", "identified")})
    return [sorted(group, key=lambda rule: symbols.complexity(as_rule(rule))) for group in found]


def means(rates: Sequence[plots.Row]) -> list[plots.Row]:
    return with_intervals(rates, ("rule", "substrate", "d", "load"), ("identified",))


def draw_recall(axes: Any, rows: Sequence[plots.Row], look: Mapping[str, plots.Look]) -> None:
    """Identified among M = 64 against pairs per key cell, with theory."""
    data = [row | {"alpha": row["load"] / row["d"]} for row in means(rows)]
    d, loads = rows[0]["d"], np.array(sorted({row["load"] for row in rows}))
    plots.plot_theory(axes, data, "alpha", lambda rule, alpha: expected(rule, d, loads), look)
    plots.plot_measured(axes, data, "alpha", "identified", look)
    plots.log_axis(axes, [row["alpha"] for row in data])
    axes.set(xlabel="pairs per key cell n / d", ylabel="identified (M = 64)", ylim=(0, 1.03))


def expected(rule: Any, d: int, loads: np.ndarray) -> np.ndarray | None:
    from plastic.memory.rows import linear_row
    from plastic.memory.theory import mean_argmax_accuracy

    row = linear_row(rule, gate=capacity.GATE)
    return None if row is None else np.array([mean_argmax_accuracy(row, d, int(n), 64, 64) for n in loads])


def draw_growth(axes: Any, summary: Mapping[str, Any], groups: Sequence[Sequence[str]], look: Any) -> None:
    """n90 against d, and the key of both panels with the exponents."""
    data = [line for line in summary["by_size"] if line["substrate"] == "rate" and line.get("n90_all")]
    exponents = {line["rule"]: line for line in summary["growth"] if line["substrate"] == "rate"}
    plots.plot_theory(axes, data, "d", lambda rule, d: capacity.predicted(rule, d, 64), look)
    plots.plot_measured(axes, data, "d", "n90_all", look)
    plots.log_axis(axes, [row["d"] for row in data])
    sizes = np.array(sorted({row["d"] for row in data}))
    axes.plot(sizes, 0.12 * sizes, color="0.7", lw=0.8, zorder=0)
    axes.set(yscale="log", xlabel="key cells d", ylabel="n90 (M = n)")
    for group in groups:
        mark = look[group[0]]
        axes.plot([], [], mark.marker, color=mark.colour, label=with_exponent(group, exponents))
    handles, labels = axes.get_legend_handles_labels()
    own = {label: handle for handle, label in zip(handles, labels, strict=True) if "\n" in label}
    said = [label.replace("\n", " ").replace("_", " ") for label in own]
    axes.legend(own.values(), said, loc="center left", bbox_to_anchor=(0.98, 0.5), fontsize=5)


def with_exponent(group: Sequence[str], exponents: Mapping[str, Any]) -> str:
    """A family's name and its exponent; the line break marks it as an entry of the key."""
    line = exponents.get(group[0])
    return f"{plots.named(group)}\n" + (f"[{line['exponent']:.2f}]" if line else "")


def draw_bits(axes: Any, lines: Sequence[plots.Row], look: Mapping[str, plots.Look]) -> None:
    """Bits for each number stored, a line a memory, the best on top, with the bounds."""
    once: dict[str, plots.Row] = {}
    for line in lines:
        key = f"{look[line['rule']]}" if line["substrate"] == "rate" and line["rule"] in look else name_of(line)
        once.setdefault(key, line)
    ordered = sorted(once.values(), key=lambda line: line["bits_sign"])
    for place, line in enumerate(ordered):
        colour = look[line["rule"]].colour if line["substrate"] == "rate" else "0.25"
        for name, style in (("bits_sign", "full"), ("bits_M", "none")):
            axes.plot(max(line[name], 1e-4), place, "o", color=colour, fillstyle=style, mew=0.6, ms=3, zorder=3)
            if line.get(f"{name}_low"):
                axes.hlines(place, line[f"{name}_low"], line[f"{name}_high"], color=colour, lw=0.8, zorder=2)
    for name, bound in BOUNDS.items():
        axes.axvline(bound, color="0.6", lw=0.6, ls="--", zorder=0)
        axes.text(bound, -0.4, name, rotation=90, fontsize=4.5, color="0.4", va="bottom", ha="right")
    axes.set_yticks(range(len(ordered)), [name_of(line) for line in ordered], fontsize=4.8)
    axes.set(xscale="log", xlim=(8e-4, 3), ylim=(-0.7, len(ordered) - 0.2), xlabel="bits per number stored")


def name_of(line: Mapping[str, Any]) -> str:
    """A memory and where it runs, if not on rates."""
    where = {"rate": "", "model": "", "layer": " (layer)", "spiking": " (spikes)"}[line["substrate"]]
    return line["rule"].replace("_", " ") + where
