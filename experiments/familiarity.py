"""Over how many items does an anti-Hebbian net still know what it saw, and does that grow with its synapses?

Streams of random items, in which half of those that can are repeats of the item a fixed interval before. hits: share
of repeats called familiar; false_alarms: share of new items called so; right: share of right answers. The reach is
the interval at which hits fall to .9. Tyulmankov, Yang & Abbott (2022), Neuron 110:544, their idealised net.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from experiments.tasks.models import NEEDS, left_out, plot_line, plot_marks, taking_part
from models.hebb_ff import HebbFF, repeating
from plastic.lab.summary import column, grouped, with_intervals
from plastic.memory.codes import drawn
from plastic.memory.theory.familiarity import Familiarity, hit_rate, longest_interval

__all__ = ["NEEDS", "cannot", "draw", "grid", "measure", "memory", "rules", "settings", "summarise"]

KINDS = ("hebb_ff",)
RELATIVE = (0.3, 0.5, 0.8, 1.0, 1.3, 1.6, 2.0, 2.5)  # intervals, in units of the longest at which hits are as wanted
REACHED = 0.9


def rules(substrate: str) -> list[str]:
    """The net."""
    return taking_part(KINDS, substrate)


def cannot(rule: str, substrate: str) -> str | None:
    """Why something is not measured, or None."""
    return left_out(KINDS, rule, substrate)


def grid(substrate: str, quick: bool) -> dict[str, list[int]]:
    """Plastic inputs of a cell, and address bits, of which there are 2^address cells."""
    if substrate != "model":
        return {}
    return {"inputs": [50], "address": [3, 4]} if quick else {"inputs": [50, 100], "address": [3, 4, 5, 6]}


def settings(substrate: str, quick: bool) -> dict[str, Any]:
    """Wanted rates, and how long a stream is: once settled, in units of the longest interval."""
    return {"false_alarms": 0.005, "hits": 0.995, "settling": 6, "length": 12 if quick else 30}


def memory(rule: str, substrate: str, settings: dict[str, Any], seeds: Any) -> Any:
    """Networks of any size, one a seed."""
    return lambda net: HebbFF(net, tuple(seeds))


def net_of(settings: dict[str, Any], inputs: int, address: int) -> Familiarity:
    return Familiarity(address, inputs, settings["false_alarms"], settings["hits"])


def measure(store: Any, seeds: Any, settings: dict[str, Any], inputs: int, address: int) -> list[dict[str, Any]]:
    """Hits, false alarms and right answers at every interval, by seed."""
    net = net_of(settings, inputs, address)
    intervals = [max(1, round(share * longest_interval(net))) for share in RELATIVE]
    found = rates(store(net), seeds, settings, intervals)
    return [
        {"seed": seed, "interval": interval} | {name: float(a[s, i]) for name, a in found.items()}
        for s, seed in enumerate(seeds)
        for i, interval in enumerate(intervals)
    ]


def rates(store: HebbFF, seeds: Any, settings: dict[str, Any], intervals: list[int]) -> dict[str, np.ndarray]:
    """Hits, false alarms and right answers, [S, intervals], one stream an interval, once the net has settled."""
    longest = longest_interval(store.net)
    settled, times = (int(settings[name] * longest) for name in ("settling", "length"))
    path = ("familiarity", store.net.inputs, store.net.address)
    streams = drawn(seeds, lambda rng: np.stack(repeating(rng, intervals, settled + times)), *path)
    familiar = store.familiar(streams[:, 0])[..., settled:]
    repeat = streams[:, 1, :, settled:].astype(bool)
    return {
        "hits": share_of(familiar, repeat),
        "false_alarms": share_of(familiar, ~repeat),
        "right": (familiar == repeat).mean(-1),
    }


def share_of(answers: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """Share of the answers asked for that are yes, over the last axis."""
    return (answers & asked).sum(-1) / np.maximum(asked.sum(-1), 1)


def summarise(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Rates by interval with intervals over seeds, the reach of each net, and the exponent of reach by synapses."""
    by = ("rule", "substrate", "inputs", "address", "interval")
    by_interval = with_intervals(rows, by, ("hits", "false_alarms", "right"))
    reach = [
        {"rule": rule, "synapses": inputs * 2**address, "reach": reached(group)}
        for (rule, inputs, address), group in grouped(by_interval, ("rule", "inputs", "address")).items()
    ]
    return {"by_interval": by_interval, "reach": reach, "exponent": [{"exponent": exponent(reach)}]}


def reached(lines: list[dict[str, Any]]) -> float | None:
    """The interval at which hits fall to .9, between those measured; None if they never cross it."""
    at, hits = column(lines, "interval"), column(lines, "hits")
    below = np.flatnonzero(hits < REACHED)
    if not len(below) or below[0] == 0:
        return None
    last, first = below[0] - 1, below[0]
    share = (hits[last] - REACHED) / (hits[last] - hits[first])
    return float(np.exp(np.log(at[last]) + share * np.log(at[first] / at[last])))


def exponent(reach: list[dict[str, Any]]) -> float | None:
    """Slope of the reach against the number of synapses, both logarithmic."""
    known = [line for line in reach if line["reach"] is not None]
    if len({line["synapses"] for line in known}) < 2:
        return None
    return float(np.polyfit(np.log(column(known, "synapses")), np.log(column(known, "reach")), 1)[0])


def draw(axes: Any, rows: list[dict[str, Any]], look: Any = None) -> None:
    """Hits against interval, a colour a size of net, with theory."""
    from plastic.lab import plots

    names: dict[tuple[int, int], str] = {}
    for row in rows:
        names.setdefault((row["inputs"], row["address"]), f"{row['inputs']} x {2 ** row['address']}")
    data = [row | {"rule": names[row["inputs"], row["address"]]} for row in summarise(rows)["by_interval"]]
    look = plots.looks_for(data, "interval", "hits", None)
    plot_marks(axes, data, "interval", "hits", look)
    for (inputs, address), name in names.items():
        own = [row["interval"] for row in data if row["rule"] == name]
        at = np.geomspace(min(own), max(own), 60)
        plot_line(axes, at, hit_rate(net_of(settings("model", False), inputs, address), at), look[name].colour)
    plots.log_axis(axes, [row["interval"] for row in data])
    axes.set(xlabel="items since it was seen", ylabel="familiar items called so", ylim=(0.3, 1.02))
