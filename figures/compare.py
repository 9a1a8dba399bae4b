"""The update table as memories: recall, forgetting and overwriting of every rule, and their equations as the key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from experiments import overwriting, recall, stream
from plastic import symbols
from plastic.lab import plots
from plastic.rule import PlasticityRule
from plastic.rules import as_rule
from plastic.substrates.layer import rule_or_memory

NEEDS = ("recall", "stream", "overwriting")
PANEL, GAP, LINE = 1.9, 0.62, 0.15  # inches: height of a panel, room between rows, a line of the key
WIDE = 110  # characters of LaTeX beyond which an equation is set smaller
LONGEST = 180  # characters of LaTeX that fit in a line of the key
NOTE = (
    r"$r_j$, $r_i$: pre- and postsynaptic signal (key, value); $\hat r_i$, $\hat r_j$: their prediction"
    r" ($\Sigma_j w_{ij} r_j$, $\Sigma_i w_{ij} r_i$); $m$: modulator (here 1); $g$: leak rate"
    r" (here 1/64 per pair), $\lambda = e^{-g\Delta t}$."
    "\nMarks: mean and 95 % bootstrap interval over seeds. Lines in a, b: theory; dotted in d, e: the same pairs"
    " without spikes. c, f: relative to a pair that is left alone.\nRules under one mark coincide in a to c (rates)."
    " Keys uniform on the sphere, in d to f sparse (10 % of cells); values ±1; one presentation; clean cues;\n"
    "plasticity off while reading. Values off an axis are not shown."
)


def draw(results: Mapping[str, Any]) -> Any:
    """A page: three panels of rates and layers, the same three of spikes, and the key."""
    import matplotlib.pyplot as plt

    rows = {name: of(results[name]["rows"], ("rate", "layer", "spiking")) for name in NEEDS}
    groups = grouped(rows)
    look = plots.looks(groups)
    spiking = {name: of(rows[name], ("spiking",)) for name in NEEDS}
    levels = 2 if all(spiking.values()) else 1
    with plt.style.context(plots.STYLE):
        key = LINE * (lines_of(groups) / 2 + 4.6)
        height = levels * (PANEL + GAP) + key + 0.25
        figure = plt.figure(figsize=(plots.WIDTH["page"], height))
        above = panels(figure, height - 0.25, height)
        draw_row(above, {name: of(rows[name], ("rate", "layer")) for name in NEEDS}, look, groups)
        if levels == 2:
            below = panels(figure, height - 0.25 - PANEL - GAP, height)
            draw_row(below, spiking, *told_apart(spiking, look))
        label(figure.axes, results)
        draw_key(figure.add_axes((0.01, 0.0, 0.985, key / height)), groups, look)
        return figure


def panels(figure: Any, top: float, height: float) -> list[Any]:
    """Three panels in a row under `top` inches; the last has names on its axis."""
    places = ((0.062, 0.255), (0.395, 0.255), (0.765, 0.225))
    return [figure.add_axes((left, (top - PANEL) / height, width, PANEL / height)) for left, width in places]


def of(rows: Sequence[plots.Row], substrates: Sequence[str]) -> list[plots.Row]:
    return [row for row in rows if row["substrate"] in substrates]


def grouped(rows: Mapping[str, Sequence[plots.Row]]) -> list[list[str]]:
    """Families of rules, by all three experiments on the rate substrate; memories without synapses last."""
    rate = {name: of(rows[name], ("rate",)) for name in NEEDS}
    tables = {
        "recall": (recall.summarise(rate["recall"])["by_load"], "load", "bits"),
        "stream": (stream.summarise(rate["stream"])["by_lag"], "lag", "bits"),
        "overwriting": (overwriting.summarise(rate["overwriting"])["by_repeats"], "repeats", "old_share"),
    }
    found = sorted((sorted(group, key=complexity_of) for group in plots.families(tables)), key=family_order)
    known = {rule for group in found for rule in group}
    others = dict.fromkeys(row["rule"] for name in NEEDS for row in rows[name] if row["rule"] not in known)
    return [*found, *([rule] for rule in others)]


def complexity_of(rule: str) -> int:
    return symbols.complexity(as_rule(rule))


def family_order(group: Sequence[str]) -> tuple[bool, int]:
    """Families with a row in Table 1 first, then by simplicity."""
    return all(as_rule(rule).row is None for rule in group), complexity_of(group[0])


def told_apart(
    rows: Mapping[str, Sequence[plots.Row]], look: Mapping[str, plots.Look]
) -> tuple[dict[str, plots.Look], list[list[str]]]:
    """A look for every spiking rule: its family's, or a free one where spikes tell a family apart."""
    names = list(dict.fromkeys(row["rule"] for row in rows["recall"]))
    own: dict[str, plots.Look] = {}
    free = [c for c in plots.COLOURS if c not in {look[name].colour for name in names if name in look}]
    for name in names:
        taken = name not in look or look[name] in own.values()
        own[name] = plots.Look(free.pop(0), "d") if taken else look[name]
    return own, [[name] for name in names]


def draw_row(axes: Sequence[Any], rows: Mapping[str, Any], look: Mapping[str, plots.Look], groups: Any) -> None:
    """Recall against load, SNR against lag, old and new value."""
    recall.draw(axes[0], rows["recall"], look)
    stream.draw(axes[1], rows["stream"], look)
    overwriting.draw(axes[2], rows["overwriting"], look, groups)


def label(axes: Sequence[Any], results: Mapping[str, Any]) -> None:
    """Panel letters, and what each row of panels shows."""
    for axis, letter in zip(axes, "abcdef", strict=False):
        axis.set_title(letter, loc="left", fontweight="bold", fontsize=8, x=-0.16)
    settings, seeds = results["recall"]["settings"], len(results["recall"]["seeds"])
    dense = settings.get("rate", settings.get("layer", {}))
    said = {0: f"rates (filled), layer (open); d = {dense.get('d')}, {seeds} seeds"}
    if "spiking" in settings:
        said[3] = f"spikes; d = {settings['spiking'].get('d')}, {seeds} seeds"
    for place, words in said.items():
        if place < len(axes):
            axes[place].set_title(words, loc="right", fontsize=6, color="0.3")


def draw_key(axes: Any, groups: Sequence[Sequence[str]], look: Mapping[str, plots.Look]) -> None:
    """Every rule's mark, name and equation, in two columns; rules that are the same memory stand under one mark."""
    axes.axis("off")
    half = (lines_of(groups) + 1) // 2
    axes.set(xlim=(0, 1), ylim=(half + 4.0, -0.6))
    place, left = 0, 0.0
    for group in groups:
        if left == 0 and place + len(group) / 2 > half:
            place, left = 0, 0.5
        for rule in group:
            write_line(axes, left, place, rule, look[rule] if rule == group[0] else None)
            place += 1
    axes.text(0, half + 2.3, NOTE, va="center", fontsize=5.8, color="0.3", linespacing=1.4)


def lines_of(groups: Sequence[Sequence[str]]) -> int:
    return sum(len(group) for group in groups)


def write_line(axes: Any, left: float, place: float, rule: str, mark: plots.Look | None) -> None:
    """One rule of the key."""
    if mark:
        axes.plot(left + 0.006, place, mark.marker, color=mark.colour, ms=4, clip_on=False)
    axes.text(left + 0.018, place, title(rule), va="center", fontsize=5.8)
    said = equation(rule)
    axes.text(left + 0.232, place, said, va="center", fontsize=6 if len(said) < WIDE else 5.2)


def title(rule: str) -> str:
    """A rule's name, with its row in Table 1 if it is one."""
    row = getattr(rule_or_memory(rule), "row", None)
    return rule.replace("_", " ") + (f" ({row})" if row else "")


def equation(rule: str) -> str:
    """The equation in mathtext; what a memory without synapses does, in words."""
    made = rule_or_memory(rule)
    if isinstance(made, PlasticityRule):
        whole = symbols.latex_equations(made)
        return f"${whole}$" if len(whole) < LONGEST else f"${whole.split(symbols.COMMA)[-1]}$"
    return (type(made).__doc__ or "").split(":")[0]
