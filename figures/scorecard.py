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
SHOWN = {  # mark: its heading, whether its axis is logarithmic
    "n90": ("n90 (M = {m})", True),
    "n90_all": ("n90 (M = n)", True),
    "bits_sign": ("bits per number", True),
    "bits at d/4": ("signs right, n = d/4", False),
    "lifetime, SNR 1": ("lifetime (SNR 1)", True),
    "interference, rho = 0.3": ("interference, ρ = 0.3", True),
    "overwriting index": ("overwriting index", False),
    "cue corruption": ("cue corruption", False),
}
NOTE = (
    "Blue: rules on rates; black, open: memories in a layer; orange: networks with keys and values in their own code."
    " Marks: estimate and 95 % bootstrap interval, {n} seeds and more where n50 and n90 need them; crosses: theory of"
    " linear rules.\n"
    "n90: pairs of which 90 % are identified (largest dot product) among M = {m} values or all n shown; bits: most over"
    " loads, from signs, for each number stored; lifetime: lag at which the SNR is 1, in a stream of 5 d pairs;\n"
    "interference: noise one more pair adds; overwriting index: 1 new value alone, 0 half and half; cue corruption:"
    " share of a cue set to 0 at which n90 is halved. ▸: beyond all that was tried.\n"
    "d = d_v = {d}; pairs shown once; clean cues; plasticity off while reading. On random keys a single-pass delta rule"
    " with eta = 1 identifies fewer pairs than Hebb's (vanilla)."
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
        for axis, (mark, (title, log)) in zip(axes, SHOWN.items(), strict=True):
            draw_mark(axis, cards, mark, log)
            axis.set_title(title.format(m=document["rows"][0]["candidates"]), fontsize=5.2)
        axes[0].set_yticks(range(len(cards)), [name_of(*key) for key in cards], fontsize=4.8)
        axes[0].set_ylim(-0.7, len(cards) - 0.3)
        note = NOTE.format(n=len(document["seeds"]), m=document["rows"][0]["candidates"], d=document["rows"][0]["d"])
        figure.text(0.01, 0.01, note, fontsize=5.2, color="0.3", linespacing=1.35, va="bottom")
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
        if row is None or (row["value"] is None and not row["beyond"]):
            continue
        if row["beyond"]:
            axes.plot(0.97, place, ">", transform=axes.get_yaxis_transform(), color=colour, ms=2.5, mew=0.5)
            continue
        axes.plot(row["value"], place, "o", color=colour, fillstyle=fill, ms=2.4, mew=0.5, zorder=3)
        if row["low"] is not None and row["high"] is not None:
            axes.hlines(place, row["low"], row["high"], color=colour, lw=0.7, zorder=2)
        if row["theory"] is not None:
            axes.plot(row["theory"], place, "x", color="0.2", ms=2.2, mew=0.4, zorder=4)
    if log:
        axes.set_xscale("log")
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
