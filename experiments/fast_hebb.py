"""How long does a fast Hebbian synapse hold an item without firing?

A spiking working memory (after Fiebig & Lansner 2017) whose excitatory synapses follow dw = eta post pre - w / tau_w,
below a ceiling of 1, is shown key-value items in turn, each once; then every key alone, plasticity off. lag: items
shown since; age: seconds from the item's end to the end of learning; held: its mean key-to-value weight at the end of
learning over that at its own end; recall: correlation of the value cells' spikes with the value; decay:
exp(-age / tau_w), which `held` follows if nothing but the leak moves the weights. With a tau_w of 20 s items that
reactivate in the gaps hold a little more. With 50 ms nothing is left to recall.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from experiments.tasks.models import NEEDS, in_blocks, left_out, plot_line, plot_marks, taking_part
from models.fiebig_lansner_2017 import Course, Network, held, recall, simulated
from plastic.lab.summary import with_intervals

__all__ = ["NEEDS", "cannot", "draw", "grid", "measure", "memory", "rules", "settings", "summarise"]

KINDS = {"tau_w 50 ms": 0.05, "tau_w 2 s": 2.0, "tau_w 5 s": 5.0, "tau_w 20 s": 20.0}
BLOCK = 5  # seeds side by side
MEASURES = ("held", "recall", "decay")


def rules(substrate: str) -> list[str]:
    """Time constants of the weights."""
    return taking_part(KINDS, substrate)


def cannot(rule: str, substrate: str) -> str | None:
    """Why something is not measured, or None."""
    return left_out(KINDS, rule, substrate)


def grid(substrate: str, quick: bool) -> dict[str, list[int]]:
    """How many items are shown."""
    return {"items": [2] if quick else [7]} if substrate == "model" else {}


def settings(substrate: str, quick: bool) -> dict[str, Any]:
    """Seconds of an item, of a gap, and of a pause between keys."""
    return {"item": 0.2, "gap": 0.1, "pause": 0.1} if quick else {"item": 0.5, "gap": 0.5, "pause": 0.3}


def memory(rule: str, substrate: str, settings: dict[str, Any], seeds: Any) -> Network:
    """The network with this time constant."""
    return Network(tau_w=KINDS[rule])


def measure(store: Network, seeds: Any, settings: dict[str, Any], items: int) -> list[dict[str, Any]]:
    """Weight and recall by seed and lag."""
    course = Course(items=items, item=settings["item"], gap=settings["gap"], pause=settings["pause"])
    return in_blocks(seeds, BLOCK, lambda some: asked(store, course, some))


def asked(store: Network, course: Course, seeds: tuple[int, ...]) -> list[dict[str, Any]]:
    found = simulated(store, course, seeds)
    ratio, right, decay = held(found), recall(found), np.exp(-course.ages / store.tau_w)
    return [
        {"seed": seed, "lag": course.items - 1 - k, "age": float(course.ages[k]),
         "held": float(ratio[s, k]), "recall": float(right[s, k]), "decay": float(decay[k])}
        for s, seed in enumerate(seeds) for k in range(course.items)
    ]  # fmt: skip


def summarise(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """All measures by lag, with intervals over seeds."""
    return {"by_lag": with_intervals(rows, ("rule", "substrate", "items", "lag", "age"), MEASURES)}


def draw(axes: Any, rows: list[dict[str, Any]], look: Any = None, y: str = "recall") -> None:
    """Recall, or the weight held with the exact decay as lines, against lag."""
    from plastic.lab import plots

    data = summarise(rows)["by_lag"]
    look = plots.looks_for(data, "lag", y, look)
    plot_marks(axes, data, "lag", y, look)
    for rule in dict.fromkeys(row["rule"] for row in data):
        own = sorted((row["lag"], row["decay" if y == "held" else y]) for row in data if row["rule"] == rule)
        lag, line = np.array(own).T
        plot_line(axes, lag, line, look[rule].colour)
    says = {"recall": "correlation", "held": "weight held"}[y]
    axes.set_xticks(sorted({row["lag"] for row in data}))
    axes.set(xlabel="items shown since", ylabel=says, ylim=(-0.05, 1.05))
