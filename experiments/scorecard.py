"""What marks does a memory get: capacity, bits, fidelity, forgetting, interference, overwriting, robustness?

Each mark is an estimate with its interval over seeds (`plastic.memory.scorecard`), so a row is a mark, not a seed:
its seed is the first of those measured. More seeds are added where n50 and n90 need them.
"""

from __future__ import annotations

from math import isfinite
from typing import Any

import numpy as np

from experiments import capacity
from experiments.tasks.pairs import NEEDS, cannot
from plastic.lab.capacity import theory_of
from plastic.lab.summary import grouped
from plastic.memory.bench import Yardstick
from plastic.memory.catalogue import memory_of
from plastic.memory.scorecard import scorecard

__all__ = ["NEEDS", "cannot", "draw", "grid", "measure", "memory", "rules", "settings", "summarise"]

TOGETHER = 10**6  # seeds in a cell: all, since an estimate is from all of them


def rules(substrate: str) -> list[str]:
    """Every rule and memory; in spikes none unless named, as each takes minutes."""
    return (
        [] if substrate == "spiking" else [*capacity.rules(substrate), *(capacity.SLOW if substrate == "rate" else ())]
    )


def grid(substrate: str, quick: bool) -> dict[str, list[int]]:
    """Values to choose among."""
    return {"candidates": [64]}


def settings(substrate: str, quick: bool) -> dict[str, Any]:
    """Sizes, and how many seeds may be added."""
    size = 100 if substrate == "spiking" else 16 if quick else 64
    heaviest = {"spiking": size, "layer": 8 * size}.get(substrate, 4 * size if quick else 16 * size)
    return {"d": size, "d_v": size, "most_seeds": 20 if quick or substrate == "spiking" else 160, "heaviest": heaviest}


def memory(rule: str, substrate: str, settings: dict[str, Any], seeds: Any) -> Any:
    """How to make the memory for a block of seeds, and what theory says of it."""
    device = settings.get("device", "cpu")
    return rule, substrate, lambda block: memory_of(rule, substrate, block, device)


def measure(made: Any, seeds: Any, settings: dict[str, Any], candidates: int) -> list[dict[str, Any]]:
    """A row a mark."""
    rule, substrate, make = made
    told = {name: settings[name] for name in ("d", "d_v", "heaviest")} | {"device": settings.get("device", "cpu")}
    most = max(settings["most_seeds"], len(seeds))
    rod = Yardstick(candidates=candidates, seeds=len(seeds), most_seeds=most, **told)
    theory = theory_of(rule, substrate, rod)
    return [
        {"seed": seeds[0], "mark": mark.name, **ends(mark.found), "theory": theory.get(mark.name)}
        for mark in scorecard(make, rod).marks
    ]


def ends(found: Any) -> dict[str, float | None]:
    """An interval as columns. Beyond the loads tried there is no number, but a 1 in `beyond`."""
    value, low, high = map(float, found)
    numbers = dict(zip(("value", "low", "high"), (x if isfinite(x) else None for x in (value, low, high)), strict=True))
    return numbers | {"beyond": float(value == np.inf)}


def summarise(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The marks of every memory: {rule, substrate, d, marks: {name: [value, low, high]}}."""
    by = ("rule", "substrate", "d")
    return {
        "cards": [
            dict(zip(by, key, strict=True)) | {"marks": {row["mark"]: said(row) for row in group}}
            for key, group in grouped(rows, by).items()
        ]
    }


def said(row: dict[str, Any]) -> list[float | None] | str:
    return "beyond" if row["beyond"] else [row["value"], row["low"], row["high"]]


def draw(axes: Any, rows: list[dict[str, Any]], look: Any = None) -> None:
    """n90 of every memory, the best on top."""
    cards = [card for card in summarise(rows)["cards"] if isinstance(card["marks"].get("n90"), list)]
    cards = sorted((card for card in cards if card["marks"]["n90"][0]), key=lambda card: card["marks"]["n90"][0])
    for place, card in enumerate(cards):
        value, low, high = card["marks"]["n90"]
        axes.plot(value, place, "o", color="#0072B2", label=None)
        if low is not None and high is not None:
            axes.hlines(place, low, high, color="#0072B2", lw=0.8)
    axes.set_yticks(range(len(cards)), [f"{card['rule']} ({card['substrate']})" for card in cards], fontsize=5)
    axes.set(xscale="log", xlabel="n90 (M = 64)")
