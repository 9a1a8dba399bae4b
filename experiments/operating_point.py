"""Does recall keep its operating point when the load doubles?

A memory of binary synapses, flipped by plateaus (Wu & Maass 2025, Nat. Commun. 16:342), is asked in spikes: every probe
with its full cue and with one that lacks a third of its active inputs. distance: cells that differ between the two
traces, over the cells of the full one; identified: share of masked traces that are nearest to that of their own full
cue; spurious: cells that answer the full cue without having had a plateau during the item; missed: cells that had one
and do not answer the masked cue. winner: inhibition follows the cell that is driven most; forward: feed-forward
inhibition alone, a share of the cue; threshold: a threshold alone. The last two are as at the lighter load is best for
them; no parameter changes with the load.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from experiments.tasks.models import NEEDS, cells_of, in_blocks, left_out, plot_marks, taking_part
from models.wu_maass_2025 import Memory, distance, identified, masked, recall, stored
from plastic.lab.summary import with_intervals

__all__ = ["NEEDS", "cannot", "draw", "grid", "measure", "memory", "rules", "settings", "summarise"]

SILENT = 1 / 3
BLOCK = 5  # seeds side by side
WAYS: dict[str, dict[str, Any]] = {
    "winner": {},
    "forward": {"lateral": 0.0, "forward": 0.36},
    "threshold": {"lateral": 0.0, "forward": 0.0, "tonic": 12.0},
}
MEASURES = ("distance", "identified", "spurious", "missed")


def rules(substrate: str) -> list[str]:
    """How firing is kept sparse."""
    return taking_part(WAYS, substrate)


def cannot(rule: str, substrate: str) -> str | None:
    """Why something is not measured, or None."""
    return left_out(WAYS, rule, substrate)


def grid(substrate: str, quick: bool) -> dict[str, list[int]]:
    """Loads: how many items are written."""
    return {"load": [150, 300]} if substrate == "model" else {}


def settings(substrate: str, quick: bool) -> dict[str, Any]:
    """Inputs, and how many items are asked."""
    return {"d": 1000, "probes": 3 if quick else 20}


def memory(rule: str, substrate: str, settings: dict[str, Any], seeds: Any) -> Memory:
    """The memory with this inhibition."""
    return replace(Memory(inputs=settings["d"]), **WAYS[rule])


def measure(store: Memory, seeds: Any, settings: dict[str, Any], load: int) -> list[dict[str, Any]]:
    """How the traces of masked cues differ from those of full ones, by seed."""
    return in_blocks(seeds, BLOCK, lambda some: asked(store, some, settings["probes"], load))


def asked(store: Memory, seeds: tuple[int, ...], probes: int, load: int) -> list[dict[str, Any]]:
    made = stored(store, load, seeds)
    items, had = made.patterns[:, :probes], made.plateaus[:, :probes] > 0
    cues = np.concatenate([items, masked(items, SILENT, seeds)], 1)
    traces = recall(store, made.w, cues, seeds, "torch") >= store.enough
    full, cue = traces[:, :probes], traces[:, probes:]
    nearest = np.stack([identified(f, c) for f, c in zip(full, cue, strict=True)])
    found = {"distance": distance(full, cue), "identified": nearest,
             "spurious": (full & ~had).sum(-1), "missed": (had & ~cue).sum(-1)}  # fmt: skip
    return cells_of(seeds, {name: a.mean(1) for name, a in found.items()})


def summarise(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """All measures by load, with intervals over seeds."""
    return {"by_load": with_intervals(rows, ("rule", "substrate", "load"), MEASURES)}


def draw(axes: Any, rows: list[dict[str, Any]], look: Any = None) -> None:
    """Distance against load."""
    from plastic.lab import plots

    data = summarise(rows)["by_load"]
    look = plots.looks_for(data, "load", "distance", look)
    plot_marks(axes, data, "load", "distance", look)
    plots.log_axis(axes, [row["load"] for row in data])
    loads = sorted({row["load"] for row in data})
    axes.set_xticks(loads, [f"{load}" for load in loads])
    axes.set(xlabel="items written", ylabel="distance of masked from full trace", ylim=(0, None))
