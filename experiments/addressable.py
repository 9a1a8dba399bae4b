"""How many items can a memory learned by plateaus alone complete from a part of them?

Items of few active inputs are shown once; the cells that had a plateau become an item's trace. A cue lacks a third of
the active inputs. hamming: cells in which the trace of the cue differs from that of the whole item, over the size of
the latter, at the best threshold; oldest and newest: the same of the first and last hundred; identified: share of
cues whose trace is nearest its own item's. inputs_alike and traces_alike: mean correlation of items that share 40 %
of their inputs, and of their traces. Wu & Maass (2025), Nat. Commun. 16:342, scaled.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from experiments.tasks.models import NEEDS, cells_of, left_out, plot_marks, taking_part
from models.btsp_memory import FLIPS, BTSPMemory
from plastic.lab.summary import with_intervals
from plastic.memory.codes import drawn

__all__ = ["NEEDS", "cannot", "draw", "grid", "measure", "memory", "rules", "settings", "summarise"]

AT_ONCE = 2  # seeds whose synapses are held together: 40 MB each
ENDS = 100  # items called oldest, and newest
MEASURES = ("hamming", "oldest", "newest", "identified", "trace", "threshold", "inputs_alike", "traces_alike")


def rules(substrate: str) -> list[str]:
    """How synapses flip."""
    return taking_part(FLIPS, substrate)


def cannot(rule: str, substrate: str) -> str | None:
    """Why something is not measured, or None."""
    return left_out(FLIPS, rule, substrate)


def grid(substrate: str, quick: bool) -> dict[str, list[int]]:
    """Loads: how many items are shown."""
    return {"load": [250] if quick else [500, 1000, 2000]} if substrate == "model" else {}


def settings(substrate: str, quick: bool) -> dict[str, Any]:
    """Sizes; the share of inputs that is active in an item, silent in its cue, and shared by items that are alike."""
    size = {"inputs": 1000, "active": 0.04, "cells": 1500} if quick else {"inputs": 2500, "active": 0.02, "cells": 3900}
    return size | {"silent": 1 / 3, "shared": 0.4, "pairs": 40}


def memory(rule: str, substrate: str, settings: dict[str, Any], seeds: Any) -> Any:
    """From some of the seeds to their memories."""
    device = settings.get("device", "cpu")
    return lambda some: BTSPMemory(tuple(some), device, rule, settings["cells"])


def measure(store: Any, seeds: Any, settings: dict[str, Any], load: int) -> list[dict[str, Any]]:
    """All measures, by seed; a few seeds at once, as their synapses fill the machine's memory."""
    blocks = [tuple(seeds[i : i + AT_ONCE]) for i in range(0, len(seeds), AT_ONCE)]
    return [row for block in blocks for row in measured(store(block), block, settings, load)]


def measured(store: BTSPMemory, seeds: tuple[int, ...], settings: dict[str, Any], load: int) -> list[dict[str, Any]]:
    """Rows of a few seeds."""
    drawn_items = drawn(seeds, lambda rng: np.stack(items_and_cues(rng, load, settings)), "addressable", load)
    items, cues = (torch.from_numpy(a).float().to(store.device) for a in drawn_items.swapaxes(0, 1))
    synapses = store.synapses(items, store.plateaus(load))
    whole, part = items @ synapses, cues @ synapses  # drive, [S, M, cells]
    threshold = best_threshold(whole, part, store.cells * store.chance)
    traces, completed = (drive >= threshold[:, None, None] for drive in (whole, part))
    wrong = (traces ^ completed).sum(-1) / traces.sum(-1).clamp(min=1)  # [S, M]
    found = {
        "hamming": wrong.mean(1),
        "oldest": wrong[:, :ENDS].mean(1),
        "newest": wrong[:, -ENDS:].mean(1),
        "identified": identified(traces.float(), completed.float()),
        "trace": traces.sum(-1).float().mean(1),
        "threshold": threshold,
        "inputs_alike": alike(items, settings["pairs"]),
        "traces_alike": alike(traces.float(), settings["pairs"]),
    }
    return cells_of(seeds, {name: a.cpu().numpy() for name, a in found.items()})


def items_and_cues(rng: np.random.Generator, load: int, settings: dict[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    """Items and cues [M, inputs] of 0 and 1; in the middle of the list, pairs of items that share active inputs."""
    inputs, count = settings["inputs"], round(settings["active"] * settings["inputs"])
    order = rng.random((load, inputs)).argsort(-1)
    middle, pairs = load // 2, settings["pairs"]
    one, other = order[middle : middle + 2 * pairs : 2], order[middle + 1 : middle + 2 * pairs : 2]
    other[:, :count] = np.where(np.arange(count) < round(settings["shared"] * count), one[:, :count],
                                one[:, count : 2 * count])  # fmt: skip
    items, cues = np.zeros((2, load, inputs))
    np.put_along_axis(items, order[:, :count], 1, 1)
    np.put_along_axis(cues, order[:, round(settings["silent"] * count) : count], 1, 1)
    return items, cues


def best_threshold(whole: Tensor, part: Tensor, size: float) -> Tensor:
    """The threshold of least error, [S], of those at which traces have half to twice the size that plateaus make them.

    Lower, ever more cells answer to anything, and in the end all to everything, without error. Drives [S, M, cells] are
    whole numbers, and a cue's never exceeds its item's, so that sizes of traces say all.
    """
    cells, left = (cells_above(drive, int(whole.max())) for drive in (whole, part))  # [S, M, thresholds]
    wrong = (1 - left / cells.clamp(min=1)).mean(1)
    typical = cells.mean(1)
    usable = (typical <= 2 * size) & (typical >= size / 2)
    return torch.where(usable, wrong, torch.inf).argmin(-1)


def cells_above(drive: Tensor, most: int) -> Tensor:
    """How many cells reach each threshold from 0 to `most`: [S, M, thresholds] of drives [S, M, cells]."""
    counts = torch.zeros(*drive.shape[:2], most + 1, dtype=drive.dtype, device=drive.device)
    counts.scatter_add_(-1, drive.long(), torch.ones_like(drive[..., :1]).expand_as(drive))
    return counts.flip(-1).cumsum(-1).flip(-1)


def identified(traces: Tensor, completed: Tensor) -> Tensor:
    """Share of completed traces [S, M, cells] that differ least from their own item's, [S]."""
    apart = traces.sum(-1)[:, None] - 2 * completed @ traces.mT  # and the completed trace's own size
    return (apart.argmin(-1) == torch.arange(traces.shape[1], device=traces.device)).float().mean(1)


def alike(patterns: Tensor, pairs: int) -> Tensor:
    """Mean correlation of the two of a pair, in the middle of patterns [S, M, cells]: [S]."""
    middle = patterns.shape[1] // 2
    centred = patterns[:, middle : middle + 2 * pairs] - patterns[:, middle : middle + 2 * pairs].mean(-1, keepdim=True)
    one, other = centred[:, ::2], centred[:, 1::2]
    return ((one * other).sum(-1) / (one.norm(dim=-1) * other.norm(dim=-1)).clamp(min=1e-9)).mean(1)


def summarise(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """All measures by load, with intervals over seeds."""
    return {"by_load": with_intervals(rows, ("rule", "substrate", "load"), MEASURES)}


def draw(axes: Any, rows: list[dict[str, Any]], look: Any = None) -> None:
    """Error of completion against load."""
    from plastic.lab import plots

    data = summarise(rows)["by_load"]
    look = plots.looks_for(data, "load", "hamming", look)
    plot_marks(axes, data, "load", "hamming", look)
    plots.log_axis(axes, [row["load"] for row in data])
    axes.set(xlabel="items shown once (a third of the cue silent)", ylabel="cells wrong over size of trace")
