"""The scorecard: every memory, every mark, with intervals; beside it as Markdown and CSV."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from plastic.lab import plots, store

NEEDS = ("scorecard",)
LOOK = {
    "rate": ("#0072B2", "full"),
    "layer": ("#000000", "none"),
    "model": ("#D55E00", "full"),
    "spiking": ("#009E73", "full"),
}
SHOWN = {  # mark: its heading, whether its axis is logarithmic, and where it ends
    "n90": ("n90 (M = {m})", True, None),
    "n90_all": ("n90 (M = n)", True, None),
    "bits_sign": ("bits per number", True, (2e-4, 2)),
    "bits at d/4": ("signs right, n = d/4", False, None),
    "lifetime, SNR 1": ("lifetime (SNR 1)", True, (0.5, 500)),
    "interference, rho = 0.3": ("interference", True, (2e-5, 3)),
    "overwriting index": ("overwriting index", False, (-0.7, 1.2)),
    "cue corruption": ("cue corruption", False, (0, 0.9)),
}
NOTE = (
    "Blue: rules on rates; black, open: memories in a layer; orange: networks with keys and values in their own code."
    " Marks: estimate and 95 % bootstrap interval, {n} seeds and more where n50 and n90 need them; crosses: theory of"
    " linear rules; triangles: beyond all that was tried. n90: pairs of which 90 % are identified (largest dot product)"
    " among M = {m} values or all n shown; bits: most over loads, from signs, for each number stored; lifetime: lag at"
    " which the SNR is 1 in a stream of 5 d pairs; interference: noise one more pair adds where keys have the cosine"
    " 0.3; overwriting index: 1 new value alone, 0 half and half; cue corruption: share of a cue set to 0 at which n90"
    " is halved. d = d_v = {d}; pairs shown once (to perceptron and pseudo-inverse all at once); clean cues; plasticity"
    " off while reading. On random keys a one-pass delta rule (eta = 1) identifies fewer pairs than Hebb's (vanilla)."
)


def draw(results: Mapping[str, Any]) -> Any:
    """A column a mark, a line a memory; the memory that holds most on top."""
    import matplotlib.pyplot as plt

    document = results["scorecard"]
    cards = ordered(document["rows"])
    with plt.style.context(plots.STYLE):
        height = 0.105 * len(cards) + 1.25
        figure, axes = plt.subplots(1, len(SHOWN), figsize=(plots.WIDTH["page"], height), sharey=True)
        figure.subplots_adjust(0.145, 0.95 / height, 0.995, 1 - 0.2 / height, wspace=0.12)
        for axis, (mark, (title, log, ends)) in zip(axes, SHOWN.items(), strict=True):
            draw_mark(axis, cards, mark, log)
            finish(axis, log, ends)
            axis.set_title(title.format(m=document["rows"][0]["candidates"]), fontsize=5.2)
        axes[0].set_yticks(range(len(cards)), [name_of(*key) for key in cards], fontsize=4.8)
        axes[0].set_ylim(-0.7, len(cards) - 0.3)
        note = NOTE.format(n=len(document["seeds"]), m=document["rows"][0]["candidates"], d=document["rows"][0]["d"])
        plots.add_note(figure, note, 5.2)
        return figure


def ordered(rows: Sequence[plots.Row]) -> dict[tuple[str, str], dict[str, plots.Row]]:
    """{(memory, substrate): {mark: row}}, the smallest n90 first."""
    cards: dict[tuple[str, str], dict[str, plots.Row]] = {}
    for row in rows:
        cards.setdefault((row["rule"], row["substrate"]), {})[row["mark"]] = row
    return dict(sorted(cards.items(), key=lambda item: holds(item[1]["n90"])))


def holds(n90: plots.Row) -> float:
    return float("inf") if n90["beyond"] else n90["value"] or 0.0


def name_of(rule: str, substrate: str) -> str:
    """A memory and where it runs, if not on rates."""
    where = {"rate": "", "model": "", "layer": " (layer)", "spiking": " (spikes)"}[substrate]
    return rule.replace("_", " ") + where


def draw_mark(axes: Any, cards: Mapping[tuple[str, str], Mapping[str, plots.Row]], mark: str, log: bool) -> None:
    """One mark of every memory."""
    for place, ((_, substrate), card) in enumerate(cards.items()):
        colour, fill = LOOK[substrate]
        row = card.get(mark)
        axes.axhline(place, color="0.94", lw=0.5, zorder=0)
        if row is None or not (row["beyond"] or drawable(row["value"], log)):
            continue
        if row["beyond"]:
            axes.plot(0.97, place, ">", transform=axes.get_yaxis_transform(), color=colour, ms=2.5, mew=0.5)
            continue
        axes.plot(row["value"], place, "o", color=colour, fillstyle=fill, ms=2.4, mew=0.5, zorder=3)
        if drawable(row["low"], log) and drawable(row["high"], log):
            axes.hlines(place, row["low"], row["high"], color=colour, lw=0.7, zorder=2)
        if row["theory"] is not None:
            axes.plot(row["theory"], place, "x", color="0.2", ms=2.2, mew=0.4, zorder=4)


def drawable(value: float | None, log: bool) -> bool:
    """Whether a number has a place on the axis."""
    return value is not None and (value > 0 or not log)


def finish(axes: Any, log: bool, ends: tuple[float, float] | None) -> None:
    """Scale and ticks of a column."""
    if log:
        axes.set_xscale("log")
    if ends:
        axes.set_xlim(*ends)
    if log:
        plots.few_log_ticks(axes)
    axes.tick_params(axis="x", labelsize=4.8)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)


def tables(results: Mapping[str, Any]) -> dict[str, str]:
    """The scorecard as {".md": Markdown, ".csv": CSV}."""
    rows = results["scorecard"]["rows"]
    cards = dict(reversed(ordered(rows).items()))
    marks = list(dict.fromkeys(row["mark"] for row in rows))
    head = ["memory", *marks]
    lines = [head, ["---"] * len(head)]
    lines += [[name_of(*key), *(said(card.get(mark)) for mark in marks)] for key, card in cards.items()]
    columns = ("rule", "substrate", "d", "candidates", "mark", "value", "low", "high", "theory", "beyond")
    flat = [{name: row[name] for name in columns} for card in cards.values() for row in card.values()]
    return {".md": "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n", ".csv": store.table(flat)}


def said(row: plots.Row | None) -> str:
    """A mark and its interval."""
    if row is None or (row["value"] is None and not row["beyond"]):
        return ""
    if row["beyond"]:
        return "beyond"
    interval = "" if row["low"] is None or row["high"] is None else f" [{row['low']:.3g}, {row['high']:.3g}]"
    return f"{row['value']:.3g}{interval}"
