"""Which items come back by themselves in a fast Hebbian working memory, and how many does it keep?

A spiking working memory (after Fiebig & Lansner 2017) is shown a list of key-value items, each once, with gaps; then
a weak background drive to all cells lets them reactivate, plasticity on; then every key is shown alone, plasticity
off. By load (items shown) and lag (items shown since): recall, the correlation of the value cells' spikes with the
value; identified: the answer is nearer to its value than to all other values of 16, shown or not; bursts: how often a
second, in the free period, the spikes come to overlap with the item (correlation over .6); active: twice or more.
By load: kept and active, how many items; frequency (Hz) and height of the highest peak, at .1 to 1.5 s, of the
autocorrelation of the overlaps. Controls, of one load: nothing learned; each cell's learned weights shuffled among its
inputs before the free period.

With a tau_w of 20 s a few items take turns, each about once a second, the last shown most often. With 5 s only the
last is still strong enough after its gap to come back, with 2 s none is.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from experiments.tasks.models import NEEDS, in_blocks, left_out, plot_line, plot_marks, taking_part
from models.fiebig_lansner_2017 import (
    Course,
    Network,
    bursts,
    identified,
    lists,
    patterns,
    reactivation,
    recall,
    rhythm,
    shown_lists,
    with_shuffled_weights,
)
from plastic.lab.summary import grouped, with_intervals

__all__ = ["NEEDS", "UNITS", "cannot", "draw", "grid", "measure", "memory", "rules", "settings", "summarise"]


class Kind(NamedTuple):
    """A network; a control is measured at one load."""

    net: Network
    control: bool = False
    shuffles: bool = False


KINDS = {
    "tau_w 2 s": Kind(Network(tau_w=2.0)),
    "tau_w 5 s": Kind(Network(tau_w=5.0)),
    "tau_w 20 s": Kind(Network(tau_w=20.0)),
    "unlearned": Kind(Network(tau_w=20.0, eta=0.0), control=True),
    "shuffled": Kind(Network(tau_w=20.0), control=True, shuffles=True),
}
BLOCK = 5  # seeds side by side
CANDIDATES = 16
UNITS = {"bursts": "Hz", "frequency": "Hz"}
SAYS = {"kept": "items kept", "active": "items reactivating", "height": "peak of the autocorrelation"}


def rules(substrate: str) -> list[str]:
    """Time constants of the weights, and controls."""
    return taking_part(KINDS, substrate)


def cannot(rule: str, substrate: str) -> str | None:
    """Why something is not measured, or None."""
    return left_out(KINDS, rule, substrate)


def grid(substrate: str, quick: bool) -> dict[str, list[float]]:
    """Seconds of free reactivation."""
    return {"free": [0.35] if quick else [5.0]} if substrate == "model" else {}


def settings(substrate: str, quick: bool) -> dict[str, Any]:
    """Items shown, those of controls, and seconds of an item, a gap, a cue and the pause after it."""
    if quick:
        return {"loads": [1, 2], "control": 2, "item": 0.1, "gap": 0.05, "cue": 0.1, "pause": 0.05}
    return {"loads": [2, 3, 4, 6, 8], "control": 4, "item": 0.5, "gap": 2.0, "cue": 0.3, "pause": 0.3}


def memory(rule: str, substrate: str, settings: dict[str, Any], seeds: Any) -> Kind:
    """The network, and whether it is a control."""
    return KINDS[rule]


def measure(store: Kind, seeds: Any, settings: dict[str, Any], free: float) -> list[dict[str, Any]]:
    """Recall and reactivation by seed, load and lag; lists of all loads run side by side."""
    loads = [settings["control"]] if store.control else settings["loads"]
    times = {name: settings[name] for name in ("item", "gap", "cue", "pause")}
    course = Course(items=max(loads), free=free, **times)
    return in_blocks(seeds, BLOCK, lambda some: asked(store, course, loads, some))


def asked(store: Kind, course: Course, loads: list[int], seeds: tuple[int, ...]) -> list[dict[str, Any]]:
    run = with_shuffled_weights if store.shuffles else shown_lists
    found = run(store.net, course, lists(store.net, course.items, loads, seeds), [*seeds] * len(loads))
    candidates = np.tile(patterns(store.net, CANDIDATES, seeds), (len(loads), 1, 1))
    overlap = reactivation(found)
    often, right, named = bursts(overlap), recall(found), identified(found, candidates)
    frequency, height = rhythm(overlap)
    return [
        {"seed": seed, "load": load, "lag": lag, "recall": float(right[at, -1 - lag]),
         "identified": float(named[at, -1 - lag]), "bursts": often[at, -1 - lag] / course.free,
         "active": float(often[at, -1 - lag] > 1), "frequency": float(frequency[at]), "height": float(height[at])}
        for at, (load, seed) in enumerate((load, seed) for load in loads for seed in seeds) for lag in range(load)
    ]  # fmt: skip


def summarise(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Items by lag, and numbers of items and their rhythm by load, with intervals over seeds."""
    by = ("rule", "substrate", "free", "load")
    trials = [dict(zip((*by, "seed"), key, strict=True)) | of_trial(group)
              for key, group in grouped(rows, (*by, "seed")).items()]  # fmt: skip
    return {
        "by_load": with_intervals(trials, by, ("kept", "active", "bursts", "frequency", "height")),
        "by_lag": with_intervals(rows, (*by, "lag"), ("recall", "identified", "bursts", "active")),
    }


def of_trial(items: list[dict[str, Any]]) -> dict[str, float]:
    """What is said of a trial from the rows of its items."""
    total = {name: sum(row[name] for row in items) for name in ("identified", "active", "bursts")}
    rest = {name: items[0][name] for name in ("frequency", "height")}
    return {"kept": total.pop("identified")} | total | rest


def draw(axes: Any, rows: list[dict[str, Any]], look: Any = None, y: str = "kept") -> None:
    """A measure of trials by load; of numbers of items with the diagonal."""
    from plastic.lab import plots

    data = summarise(rows)["by_load"]
    look = plots.looks_for(data, "load", y, look)
    plot_marks(axes, data, "load", y, look)
    loads = sorted({row["load"] for row in data})
    if y != "height":
        plot_line(axes, [0, loads[-1]], [0, loads[-1]], style=":")
    axes.set_xticks(loads)
    axes.set(xlabel="items shown", ylabel=SAYS[y], xlim=(loads[0] - 0.5, loads[-1] + 0.5), ylim=(-0.05, None))
