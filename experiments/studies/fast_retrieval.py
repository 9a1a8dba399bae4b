"""Do fast weights retrieve what a recurrent network of few cells cannot, and do they need their layer norm?

Four letters with a digit each, then a letter: fast weights with 50 cells, the same without the layer norm, and an LSTM
with 20 cells. error: share of wrong digits. Ba et al. (2016), NeurIPS, arXiv:1610.06258, table 1.
"""

from __future__ import annotations

from typing import Any

from plastic.slow.study import Claim, Condition, Row, interval, values
from plastic.slow.training import Plan, Training


def conditions(full: bool) -> dict[str, Condition]:
    """Three networks; published: more steps."""
    plan = Plan(steps=30_000 if full else 2000, batch=128, rate=2e-3, every=250, held_out=2048, solved=0.99)

    def of(programmer: str, cells: int, **options: Any) -> Condition:
        return Condition("associative_retrieval", programmer, None, 100, {}, {"cells": cells} | options, plan)

    return {
        "fast weights": of("ba_2016", 50),
        "no layer norm": of("ba_2016", 50, norm=False),
        "LSTM": of("lstm", 20),
    }


def measure(name: str, training: Training) -> Row:
    """The share of wrong answers."""
    return {"error": 1 - training.history[-1]["accuracy"]}


def claims(rows: list[Row]) -> list[Claim]:
    """One network learns, two do not."""
    fast, bare, lstm = (values(rows, name, "error") for name in ("fast weights", "no layer norm", "LSTM"))
    return [
        Claim("fast weights, 50 cells: wrong in less than 5 %", interval(fast), max(fast) < 0.05),
        Claim("LSTM, 20 cells: wrong in more than 40 %", interval(lstm), min(lstm) > 0.4),
        Claim("fast weights without layer norm: wrong in more than 40 %", interval(bare), min(bare) > 0.4),
    ]


def draw(axes: Any, rows: list[Row]) -> None:
    """Error by network."""
    from plastic.lab.plots import COLOURS

    names = list(dict.fromkeys(row["condition"] for row in rows))
    for place, name in enumerate(names):
        own = values(rows, name, "error")
        axes.plot([place] * len(own), own, "o", ms=3, color=COLOURS[place], fillstyle="none", mew=0.7)
    axes.axhline(0.9, color="0.5", lw=0.6, ls=":")
    axes.text(len(names) - 0.5, 0.9, "chance", fontsize=5, va="bottom", ha="right", color="0.4")
    axes.set_xticks(range(len(names)), names, fontsize=5)
    axes.set(ylabel="error", ylim=(-0.02, 1), xlim=(-0.5, len(names) - 0.5))
