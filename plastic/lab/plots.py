"""How results are drawn: one look a rule, measured as marks with intervals, theory as lines.

Rules whose measured curves coincide are one memory; they share a look and an entry in the key.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

STYLE = Path(__file__).with_name("paper.mplstyle")
WIDTH = {"column": 89 / 25.4, "page": 183 / 25.4}  # inches
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#8C6D31", "#7F7F7F", "#B8A900")
MARKERS = "osD^vP*X<>hp"
SAME = 0.005  # curves that differ by less, relative to their range, are one

Row = dict[str, Any]
Curves = dict[tuple[str, str], tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]]


class Look(NamedTuple):
    """Colour and marker of a family of rules."""

    colour: str
    marker: str


def curves(data: Sequence[Row], x: str, y: str) -> Curves:
    """{(rule, substrate): x, y, lower and upper end of the interval}."""
    found: dict[tuple[str, str], list[tuple[float, ...]]] = {}
    for row in data:
        point = (row[x], row[y], row.get(f"{y}_low"), row.get(f"{y}_high"))
        numbers = tuple(np.nan if value is None else float(value) for value in point)
        found.setdefault((row["rule"], row["substrate"]), []).append(numbers)
    return {key: tuple(np.array(sorted(points)).T) for key, points in found.items()}


def families(tables: Mapping[str, tuple[Sequence[Row], str, str]], substrate: str = "rate") -> list[list[str]]:
    """Rules grouped by coincidence of all their curves; tables: {name: (rows, x, y)}."""
    signatures: dict[str, list[np.ndarray]] = {}
    for data, x, y in tables.values():
        for (rule, where), (_, value, *_) in curves(data, x, y).items():
            if where == substrate:
                signatures.setdefault(rule, []).append(value)
    groups: list[list[str]] = []
    for rule, signature in signatures.items():
        home = next((g for g in groups if coincide(signatures[g[0]], signature)), None)
        groups.append([rule]) if home is None else home.append(rule)
    return groups


def coincide(a: Sequence[np.ndarray], b: Sequence[np.ndarray]) -> bool:
    """Whether two sets of curves are the same within what an eye can tell."""
    return len(a) == len(b) and all(
        p.shape == q.shape and np.allclose(p, q, rtol=SAME, atol=SAME * np.nanmax(np.abs(p)), equal_nan=True)
        for p, q in zip(a, b, strict=True)
    )


def looks(groups: Sequence[Sequence[str]]) -> dict[str, Look]:
    """A look for every rule, the same within a family."""
    return {
        rule: Look(COLOURS[i % len(COLOURS)], MARKERS[i % len(MARKERS)])
        for i, group in enumerate(groups)
        for rule in group
    }


def looks_for(data: Sequence[Row], x: str, y: str, given: Mapping[str, Look] | None) -> dict[str, Look]:
    """The looks given, or those of this data alone."""
    if given is not None:
        return dict(given)
    groups = families({"": (data, x, y)})
    known = {rule for group in groups for rule in group}
    return looks(groups + [[rule] for rule in dict.fromkeys(row["rule"] for row in data) if rule not in known])


def plot_measured(axes: Any, data: Sequence[Row], x: str, y: str, look: Mapping[str, Look]) -> None:
    """Marks with 95 % intervals: filled for rates, open for the layer, half for spikes; one a family."""
    fill = {"rate": "full", "layer": "none", "spiking": "full", "model": "full"}
    drawn = set()
    for (rule, substrate), (at, value, low, high) in curves(data, x, y).items():
        if rule not in look or (look[rule], substrate) in drawn:
            continue
        drawn.add((look[rule], substrate))
        size = 6.0 if substrate == "layer" else 3.5
        style = {"color": look[rule].colour, "marker": look[rule].marker, "fillstyle": fill[substrate], "ms": size}
        line = "-" if substrate == "spiking" else "none"
        alike = sorted((other for other in look if look[other] == look[rule]), key=len)
        axes.plot(at, value, ls=line, mew=0.6, label=named(alike), clip_on=True, zorder=3, **style)
        if np.isfinite(low).any():
            axes.vlines(at, low, high, color=look[rule].colour, lw=0.7, zorder=2)


def plot_theory(
    axes: Any, data: Sequence[Row], x: str, predicted: Callable[[Any, np.ndarray], Any], look: Mapping[str, Look]
) -> None:
    """A line for every family of the rate substrate that theory predicts."""
    from plastic.substrates.layer import rule_or_memory

    drawn = set()
    for (rule, substrate), (at, *_) in curves(data, x, x).items():
        if substrate != "rate" or rule not in look or look[rule] in drawn:
            continue
        expected = predicted(rule_or_memory(rule), at)
        if expected is not None:
            drawn.add(look[rule])
            axes.plot(at, expected, color=look[rule].colour, lw=0.9, zorder=1)


def plot_expected(axes: Any, data: Sequence[Row], x: str, y: str, look: Mapping[str, Look]) -> None:
    """A dotted line for every rule whose rows say what is expected of it."""
    having = [row for row in data if y in row]
    for (rule, _), (at, expected, *_) in curves(having, x, y).items():
        axes.plot(at, expected, color=look[rule].colour, ls=":", lw=0.9, zorder=1)


def log_axis(axes: Any, values: Sequence[float]) -> None:
    """A logarithmic x axis with plain numbers, about one a factor of 2 or 4."""
    from matplotlib.ticker import NullLocator

    low, high = np.log2(min(values)), np.log2(max(values))
    ticks = 2.0 ** np.arange(np.ceil(low), np.floor(high) + 1, 1 if high - low < 6 else 2)
    axes.set_xscale("log")
    axes.set_xticks(ticks, [short(tick) for tick in ticks])
    axes.xaxis.set_minor_locator(NullLocator())


def add_note(figure: Any, text: str, size: float = 5.8) -> None:
    """What the reader must know, in full lines at the foot of a page-wide figure; a line break starts a paragraph."""
    figure.text(0.01, 0.012, wrapped(figure, text, size), fontsize=size, color="0.3", linespacing=1.35, va="bottom")


def wrapped(figure: Any, text: str, size: float) -> str:
    """The text in lines as wide as the figure, at a font size in points."""
    from textwrap import fill

    width = round(figure.get_figwidth() * 72 / (0.56 * size))
    return "\n".join(fill(paragraph, width) for paragraph in text.split("\n"))


def few_log_ticks(axes: Any) -> None:
    """A logarithmic x axis with a plain number at 1, 2 and 5 of a decade or, over several, at the decades."""
    from matplotlib.ticker import LogFormatter, LogFormatterMathtext, LogLocator, NullFormatter

    low, high = axes.get_xlim()
    wide = np.log10(high / low) > 1.6
    axes.xaxis.set_major_locator(LogLocator(subs=(1.0,) if wide else (1.0, 2.0, 5.0), numticks=4 if wide else 6))
    plain = LogFormatter(labelOnlyBase=False, minor_thresholds=(9, 9))
    axes.xaxis.set_major_formatter(LogFormatterMathtext() if wide else plain)
    axes.xaxis.set_minor_formatter(NullFormatter())


def plain_ticks() -> Any:
    """Ticks of a linear axis."""
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(5)


def short(number: float) -> str:
    """A number, or a fraction of 1 where that is shorter."""
    return f"{number:g}" if number >= 1 else f"1/{1 / number:g}"


def plot_pairs(axes: Any, data: Sequence[Row], look: Mapping[str, Look], order: Sequence[Sequence[str]]) -> None:
    """Old (open) and new (filled) value in the answer, relative to an untouched pair; a row a family."""
    by_rule = {row["rule"]: row for row in reversed(data)}  # the first substrate of each rule
    shown = [group for group in order if group[0] in by_rule][::-1]
    for place, group in enumerate(shown):
        row = by_rule[group[0]]
        if trustworthy(row):
            plot_pair(axes, place, row, look[group[0]])
        else:
            axes.text(0.5, place, "no recall", va="center", ha="center", fontsize=5.5, color="0.4")
    axes.set_yticks(range(len(shown)), [named(group) for group in shown], fontsize=5.5)
    axes.set(xlabel="old (open) and new (filled) value", xlim=(-0.3, 1.75), ylim=(-0.6, len(shown) - 0.4))
    for x in (0, 1):
        axes.axvline(x, color="0.85", lw=0.6, zorder=0)


def plot_pair(axes: Any, place: int, row: Row, mark: Look) -> None:
    """One family's old and new value with their intervals."""
    scale = row["untouched"]
    axes.plot([row["old"] / scale, row["new"] / scale], [place, place], color=mark.colour, lw=0.6, zorder=1)
    for name, style in (("old", "none"), ("new", "full")):
        ends = [row[f"{name}{end}"] for end in ("_low", "_high")]
        if None not in ends:
            axes.hlines(place, *(end / scale for end in ends), color=mark.colour, lw=1.6, alpha=0.5, zorder=2)
        axes.plot(row[name] / scale, place, mark.marker, color=mark.colour, fillstyle=style, mew=0.7, zorder=3)


def trustworthy(row: Row) -> bool:
    """Whether pairs are recalled at all: what is untouched lies above 0, and the new value is known to half of it."""
    untouched, low, spread = row["untouched"], row.get("untouched_low"), row.get("new_high")
    if untouched is None or not untouched > 0:
        return False
    return low is None or bool(low > 0 and spread - row["new_low"] < untouched / 2)


def named(group: Sequence[str]) -> str:
    """A family's name on an axis: its first rule, and how many more."""
    return group[0] if len(group) == 1 else f"{group[0]} +{len(group) - 1}"


def panel(module: Any, results: Mapping[str, Any], title: str) -> Any:
    """One experiment's own figure: rates and layers, spikes, and networks each in a panel with its key."""
    import matplotlib.pyplot as plt

    sides = {"rates (filled), layer (open)": ("rate", "layer"), "spikes": ("spiking",), "networks": ("model",)}
    parts = {name: [row for row in results["rows"] if row["substrate"] in side] for name, side in sides.items()}
    parts = {name: rows for name, rows in parts.items() if rows}
    with plt.style.context(STYLE):
        size = (max(len(parts), 1) * 1.15 * WIDTH["column"], 3.3)
        figure, axes = plt.subplots(1, len(parts), figsize=size, squeeze=False, layout="constrained")
        for axis, (name, rows) in zip(axes[0], parts.items(), strict=True):
            module.draw(axis, rows)
            axis.set_title(name, loc="left", fontsize=6, color="0.3")
            add_key(axis)
        heading = wrapped(figure, f"{title} (n = {len(results['seeds'])} seeds)", 8)
        figure.suptitle(heading, fontsize=8, x=0.01, ha="left")
        figure.supxlabel(wrapped(figure, caption(module, results), 5), fontsize=5, x=0.01, ha="left", color="0.3")
        return figure


def caption(module: Any, results: Mapping[str, Any]) -> str:
    """What was measured, as the experiment says below its question, and with which settings."""
    _, _, told = (module.__doc__ or "").strip().partition("\n\n")
    settings = "; ".join(
        f"{where}: " + ", ".join(f"{name} = {value}" for name, value in of.items() if name != "device")
        for where, of in results.get("settings", {}).items()
    )
    return " ".join(told.split()) + "\nMarks: mean and 95 % bootstrap interval over seeds. " + settings


def add_key(axes: Any) -> None:
    """The marks and their names, beside the panel, each once."""
    handles, labels = axes.get_legend_handles_labels()
    once = dict(zip(labels, handles, strict=True))
    if once:
        axes.legend(once.values(), once.keys(), loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=5.5)


def saved(figure: Any, stem: Path) -> list[Path]:
    """The figure as PNG and PDF."""
    import matplotlib.pyplot as plt

    with plt.style.context(STYLE):
        paths = [stem.with_suffix(end) for end in (".png", ".pdf")]
        for path in paths:
            figure.savefig(path, dpi=300, metadata={"CreationDate": None} if path.suffix == ".pdf" else None)
    plt.close(figure)
    return paths
