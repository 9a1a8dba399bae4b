"""Which plasticity needs the postsynaptic cell to fire?

The circuit of models/irie_gershman_2025.py, twice with the same seed: free, and with its postsynaptic cells held at
rest, where they cannot fire. change: the difference between what is written, over what is written by the free cells
(root of summed squares). Both draw the same noise, so a rule that does not feel the clamp writes the same to rounding
(1e-15). Without magnesium calcium depends on presynaptic spikes alone; with it (mM) NMDA receptors feel the clamp, and
every rule does.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from experiments.conductance_ratio import NEEDS
from experiments.conductance_ratio import cannot as cannot_learn
from plastic.lab.summary import with_intervals

ROUNDING = 1e-12

__all__ = ["NEEDS", "cannot", "draw", "grid", "measure", "memory", "rules", "settings", "summarise"]


def rules(substrate: str) -> list[str]:
    """Without and with an error."""
    return ["vanilla", "retnet", "btsp", "delta", "gated_delta"] if substrate == "spiking" else []


def cannot(rule: str, substrate: str) -> str | None:
    """Why a rule cannot take part, or None."""
    return "is asked about spikes alone" if substrate != "spiking" else cannot_learn(rule, substrate)


def grid(substrate: str, quick: bool) -> dict[str, list[float]]:
    """Magnesium outside the cells, in mM."""
    return {"magnesium": [0.0] if quick else [0.0, 1.0]} if substrate == "spiking" else {}


def settings(substrate: str, quick: bool) -> dict[str, Any]:
    """Cells, and how long patterns are shown."""
    return {"d": 20, "d_v": 4, "seconds": 0.9 if quick else 6.0}


def memory(rule: str, substrate: str, settings: dict[str, Any], seeds: Any) -> Any:
    """From seeds and protocol to a trial."""
    from models.irie_gershman_2025 import simulated

    return partial(simulated, rule, engine="torch")


def measure(store: Any, seeds: Any, settings: dict[str, Any], magnesium: float) -> list[dict[str, Any]]:
    """By how much the clamp changes what is written, by seed."""
    from models.irie_gershman_2025 import Postsynaptic, Protocol

    sizes = {"n_pre": settings["d"], "n_post": settings["d_v"], "seconds": settings["seconds"], "frames": 1}
    free, clamped = (
        written(store(seeds, Protocol(cells=Postsynaptic(magnesium=magnesium), clamped=held, **sizes)))
        for held in (False, True)
    )
    change = np.sqrt(((clamped - free) ** 2).sum((1, 2)) / (free**2).sum((1, 2)))
    return [{"seed": seed, "change": float(change[s])} for s, seed in enumerate(seeds)]


def written(found: Any) -> np.ndarray:
    """What was added to the weights, [S, post, pre]."""
    return found.w[:, -1] - found.w[:, 0]


def summarise(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The change by rule and magnesium, with intervals over seeds."""
    return {"by_rule": with_intervals(rows, ("rule", "substrate", "magnesium"), ("change",))}


def draw(axes: Any, rows: list[dict[str, Any]], look: Any = None) -> None:
    """A bar for each rule, without (full) and with magnesium (open)."""
    data = summarise(rows)["by_rule"]
    names = list(dict.fromkeys(row["rule"] for row in data))
    levels = sorted({row["magnesium"] for row in data})
    for row in data:
        level = levels.index(row["magnesium"])
        at = names.index(row["rule"]) + 0.36 * (level - (len(levels) - 1) / 2)
        axes.bar(
            at,
            row["change"],
            0.34,
            color="white" if level else "0.5",
            edgecolor="0.3",
            lw=0.6,
            label=f"{row['magnesium']:g} mM Mg" if row["rule"] == names[0] else None,
        )
        if row["change"] < ROUNDING:
            axes.text(at, 0, "0", ha="center", va="bottom", fontsize=5)
        if row["change_low"] is not None:
            axes.vlines(at, row["change_low"], row["change_high"], color="black", lw=0.8)
    axes.set_xticks(range(len(names)), [name.replace("_", " ") for name in names], rotation=30, ha="right")
    axes.set(ylabel="change of the write", ylim=(0, None))
