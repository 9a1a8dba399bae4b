"""How many items stay active in clusters whose synapses facilitate and depress?

Items are loaded one after another into clusters of a rate network that share an inhibitory pool (Mi, Katkov & Tsodyks
2017, Neuron 93:323). active: clusters that still spike after 15 s; interval: mean time between the spikes of one
cluster at the end, in seconds. Nothing is random, so seeds do not differ. Inhibition: J of clusters on the pool.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from experiments.tasks.models import NEEDS, left_out, plot_line, taking_part
from models.mi_katkov_tsodyks_2017 import RECENT, Clusters, Ran, active, loaded, onsets
from plastic.lab.summary import with_intervals

__all__ = ["NEEDS", "UNITS", "cannot", "draw", "grid", "measure", "memory", "rules", "settings", "summarise"]

KINDS = ("clusters",)
UNITS = {"interval": "s", "longest": "s"}


def rules(substrate: str) -> list[str]:
    """The network."""
    return taking_part(KINDS, substrate)


def cannot(rule: str, substrate: str) -> str | None:
    """Why something is not measured, or None."""
    return left_out(KINDS, rule, substrate)


def grid(substrate: str, quick: bool) -> dict[str, list[float]]:
    """Strength of clusters on the pool."""
    if substrate != "model":
        return {}
    return {"inhibition": [1.75, 2.5] if quick else [1.25, 1.5, 1.75, 2.0, 2.25, 2.5, 2.75, 3.0]}


def settings(substrate: str, quick: bool) -> dict[str, Any]:
    """Items loaded, seconds, and the step."""
    return {"loads": [4, 6, 8] if quick else list(range(1, 11)), "seconds": 5.0 if quick else 15.0, "dt": 2.5e-4}


def memory(rule: str, substrate: str, settings: dict[str, Any], seeds: Any) -> Any:
    """Networks of any inhibition."""
    return lambda inhibition: Clusters(to_pool=inhibition, dt=settings["dt"])


def measure(store: Any, seeds: Any, settings: dict[str, Any], inhibition: float) -> list[dict[str, Any]]:
    """Active clusters of every load, the same for every seed."""
    net = store(inhibition)
    ran = loaded(net, settings["loads"], settings["seconds"])
    left = active(ran)
    lines = [
        {"load": load, "active": float(left[i]), "interval": interval(ran, i, load), "longest": net.longest_silence}
        for i, load in enumerate(settings["loads"])
    ]
    return [{"seed": seed} | line for seed in seeds for line in lines]


def interval(ran: Ran, place: int, load: int) -> float | None:
    """Mean time between a cluster's spikes at the end."""
    end = len(ran.rate) * ran.every - RECENT
    found = [np.diff(t[t > end]) for t in (onsets(ran, place, cluster) for cluster in range(load))]
    together = np.concatenate(found)
    return float(together.mean()) if len(together) else None


def summarise(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Active clusters by load and inhibition."""
    by = ("rule", "substrate", "inhibition", "load")
    return {"by_load": with_intervals(rows, by, ("active", "interval", "longest"))}


def draw(axes: Any, rows: list[dict[str, Any]], look: Any = None) -> None:
    """Active clusters against load, a line an inhibition."""
    data = summarise(rows)["by_load"]
    strengths = sorted({row["inhibition"] for row in data})
    for place, strength in enumerate(strengths):
        own = [row for row in data if row["inhibition"] == strength]
        shade = str(0.8 * (1 - place / max(len(strengths) - 1, 1)))
        axes.plot([row["load"] for row in own], [row["active"] for row in own], "o-", color=shade,
                  label=f"inhibition {strength:g}")  # fmt: skip
    most = max(row["load"] for row in data)
    plot_line(axes, [0, most], [0, most], style=":")
    axes.set(xlabel="items loaded", ylabel="clusters active at the end", ylim=(-0.2, most + 0.2))
