"""What does replaying old pairs restore?

A stream of pairs is shown, then some of its keys come again, as in sleep or rest, and then every key is a cue. The
keys are any of the stream (uniform) or of its last half (recent). Their values come from a buffer that kept them,
or are what the memory itself recalls, cleaned up to the nearest pattern of the code: what it recalls wrongly it
replays wrongly. old, recent: the first and the last half of the stream. gain: bits right with replay less those
without. `replays`: per pair of the stream.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from experiments.tasks.pairs import (
    NEEDS,
    by_seed,
    cannot,
    decoded,
    load_of,
    memory,
    rules,
    scores,
    shown,
    sizes,
)
from plastic.lab.summary import Row, column, grouped, interval, with_intervals
from plastic.memory.codes import generator

__all__ = ["NEEDS", "cannot", "draw", "grid", "measure", "memory", "rules", "settings", "summarise"]

HALVES = ("old", "recent")


def grid(substrate: str, quick: bool) -> dict[str, Any]:
    """Where replayed values are from, and which keys come again."""
    if substrate == "spiking":
        return {"source": ["buffer"], "picked": ["uniform"]}
    return {"source": ["buffer", "own"], "picked": ["uniform", "recent"]}


def settings(substrate: str, quick: bool) -> dict[str, Any]:
    """Sizes and codes of keys and values, pairs of the stream per key cell, and replays per pair."""
    return sizes(substrate, quick) | {"alpha": 0.1 if substrate == "spiking" else 0.75, "replays": 1.0}


def measure(store: Any, seeds: Any, settings: dict[str, Any], source: str, picked: str) -> list[Row]:
    """Bits right of the old and of the recent half before and after replay, and of what was replayed, by seed."""
    load = load_of(settings["alpha"], settings)
    keys, values = shown(store, seeds, load, settings, "replay")
    places = replayed(seeds, load, round(settings["replays"] * load), picked)[..., None]  # [S, T, 1]
    before = store.answers(keys, values, keys)
    known = values if source == "buffer" else decoded(before, values)
    again = [np.concatenate([a, np.take_along_axis(b, places, 1)], 1) for a, b in ((keys, keys), (values, known))]
    after = store.answers(*again, keys)
    right = {"": bits(after, values), "_without": bits(before, values)}  # [S, n]
    found = {f"bits{end}": b.mean(-1) for end, b in right.items()}
    found |= {f"bits_{half}{end}": of_half(b, half) for half in HALVES for end, b in right.items()}
    found |= {"identified": scores(after, values)["identified"], "mse": scores(after, values)["mse"]}
    return by_seed(seeds, found, load=load)


def replayed(seeds: Any, load: int, number: int, picked: str) -> np.ndarray:
    """Places of the keys that come again, in random order, [S, number].

    uniform: all of the stream alike; recent: of its last half alone. Each comes as often as any other, give or
    take one.
    """
    first = {"uniform": 0, "recent": load - max(1, load // 2)}[picked]
    rounds = -(-number // (load - first))
    rngs = [generator(seed, "replay", picked, load) for seed in seeds]
    orders = [np.concatenate([rng.permutation(np.arange(first, load)) for _ in range(rounds)]) for rng in rngs]
    return np.stack(orders)[:, :number]


def bits(recalled: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Share of each pair's cells in the right state, [S, n]."""
    return (decoded(recalled, values) == values).mean(-1)


def of_half(right: np.ndarray, half: str) -> np.ndarray:
    """Mean over the first ("old") or the last half of the stream, [S]."""
    middle = max(1, right.shape[1] // 2)
    return (right[:, :middle] if half == "old" else right[:, -middle:]).mean(-1)


def summarise(rows: list[Row]) -> dict[str, Any]:
    """Bits right, and what replay gains of the whole stream and of its halves, with intervals over seeds."""
    by = ("rule", "substrate", "source", "picked")
    names = ("bits", *(f"bits_{half}" for half in HALVES))
    lines = with_intervals(rows, by, ("load", *names, *(f"{name}_without" for name in names), "identified", "mse"))
    for line, group in zip(lines, grouped(rows, by).values(), strict=True):
        for name in names:
            difference = column(group, name) - column(group, f"{name}_without")
            line |= interval(name.replace("bits", "gain"), difference)
    return {"by_condition": lines}


def draw(axes: Any, rows: list[Row], look: Any = None) -> None:
    """What each way of replaying gains of the old half of the stream."""
    from plastic.lab import plots

    lines = summarise(rows)["by_condition"]
    ways = list(dict.fromkeys((line["source"], line["picked"]) for line in lines))
    data = [line | {"place": ways.index((line["source"], line["picked"]))} for line in lines]
    look = plots.looks_for(data, "place", "gain_old", look)
    plots.plot_measured(axes, data, "place", "gain_old", look)
    axes.axhline(0, color="0.8", lw=0.6, zorder=0)
    names = [f"{picked},\n{'buffer' if source == 'buffer' else 'own recall'}" for source, picked in ways]
    axes.set_xticks(range(len(ways)), names)
    axes.set(xlim=(-0.5, len(ways) - 0.5), ylabel="gain in bits right, old half")
