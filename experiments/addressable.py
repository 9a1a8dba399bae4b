"""How many items can a memory learned by plateaus alone complete from a part of them, and does it part what is alike?

Items of few active inputs are shown once; the cells that had a plateau become an item's trace. A cue lacks a third of
the active inputs. hamming: cells in which the trace of the cue differs from that of the whole item, over the size of
the latter, at the threshold of least error; oldest and newest: the same of the first and last items; identified:
share of cues whose trace is nearest their own item's. inputs_alike and traces_alike: mean correlation of items that
share 40 % of their active inputs, and of their traces. Where a trace ends is a matter of the threshold: at the one of
least error such items attract each other; `_selective` is the same at the highest threshold at which cues are still
completed (error below .05, or least), where at light loads, or with many active inputs, they are repelled.
Wu & Maass (2025), Nat. Commun. 16:342, scaled.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from experiments.tasks.models import NEEDS, cells_of, in_blocks, left_out, plot_marks, taking_part
from models.btsp_memory import FLIPS, BTSPMemory
from plastic.lab.summary import with_intervals
from plastic.memory.codes import drawn

__all__ = ["NEEDS", "cannot", "draw", "grid", "measure", "memory", "rules", "settings", "summarise"]

AT_ONCE = 2  # seeds whose synapses are held together: 40 MB each
ENOUGH = 0.05  # error at which a cue still counts as completed
MEASURES = ("hamming", "oldest", "newest", "identified", "trace", "threshold", "inputs_alike", "traces_alike",
            "hamming_selective", "trace_selective", "threshold_selective", "traces_alike_selective")  # fmt: skip


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
    items = {"silent": 1 / 3, "shared": 0.4}
    if quick:
        return items | {"inputs": 1000, "active": 0.04, "cells": 1500, "pairs": 20, "ends": 60}
    return items | {"inputs": 2500, "active": 0.02, "cells": 3900, "pairs": 40, "ends": 100}


def memory(rule: str, substrate: str, settings: dict[str, Any], seeds: Any) -> Any:
    """From some of the seeds to their memories."""
    device = settings.get("device", "cpu")
    return lambda some: BTSPMemory(tuple(some), device, rule, settings["cells"])


def measure(store: Any, seeds: Any, settings: dict[str, Any], load: int) -> list[dict[str, Any]]:
    """All measures, by seed."""
    return in_blocks(seeds, AT_ONCE, lambda some: measured(store(some), some, settings, load))


def measured(store: BTSPMemory, seeds: tuple[int, ...], settings: dict[str, Any], load: int) -> list[dict[str, Any]]:
    """Rows of a few seeds."""
    drawn_items = drawn(seeds, lambda rng: np.stack(items_and_cues(rng, load, settings)), "addressable", load)
    items, cues = (torch.from_numpy(a).float().to(store.device) for a in drawn_items.swapaxes(0, 1))
    synapses = store.synapses(items, store.plateaus(load))
    whole, part = items @ synapses, cues @ synapses  # drive, [S, M, cells]
    unlike = torch.ones(load, dtype=torch.bool)
    unlike[middle(load, settings)] = False
    best, selective = thresholds(whole[:, unlike], part[:, unlike], store.cells * store.chance)
    narrow = seen_at(selective, whole, part, unlike, settings)
    found = seen_at(best, whole, part, unlike, settings) | {f"{name}_selective": a for name, a in narrow.items()}
    found["inputs_alike"] = alike(items[:, middle(load, settings)])
    return cells_of(seeds, {name: found[name].cpu().numpy() for name in MEASURES})


def seen_at(
    threshold: Tensor, whole: Tensor, part: Tensor, unlike: Tensor, settings: dict[str, Any]
) -> dict[str, Tensor]:
    """What is measured at a threshold [S] of the drives [S, M, cells] by items and by cues."""
    traces, completed = (drive >= threshold[:, None, None] for drive in (whole, part))
    wrong = (traces ^ completed).sum(-1) / traces.sum(-1).clamp(min=1)  # [S, M]
    ends = settings["ends"]
    return {
        "threshold": threshold,
        "trace": traces.sum(-1).float().mean(1),
        "hamming": wrong[:, unlike].mean(1),
        "oldest": wrong[:, :ends].mean(1),
        "newest": wrong[:, -ends:].mean(1),
        "identified": identified(traces.float(), completed.float())[:, unlike].mean(1),
        "traces_alike": alike(traces[:, middle(len(unlike), settings)].float()),
    }


def middle(load: int, settings: dict[str, Any]) -> slice:
    """Where in the list the items are that are alike, in pairs."""
    return slice(load // 2, load // 2 + 2 * settings["pairs"])


def items_and_cues(rng: np.random.Generator, load: int, settings: dict[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    """Items and cues [M, inputs] of 0 and 1; in the middle of the list, pairs of items that share active inputs."""
    inputs, count = settings["inputs"], round(settings["active"] * settings["inputs"])
    order = rng.random((load, inputs)).argsort(-1)
    pairs = order[middle(load, settings)]
    own = np.arange(count) >= round(settings["shared"] * count)
    pairs[1::2, :count] = np.where(own, pairs[::2, count : 2 * count], pairs[::2, :count])
    items, cues = np.zeros((2, load, inputs))
    np.put_along_axis(items, order[:, :count], 1, 1)
    np.put_along_axis(cues, order[:, round(settings["silent"] * count) : count], 1, 1)
    return items, cues


def thresholds(whole: Tensor, part: Tensor, size: float) -> tuple[Tensor, Tensor]:
    """The threshold of least error, and the highest at which the error is small or least: [S] each.

    Of those at which traces have half to twice the size that plateaus make them: lower, ever more cells answer to
    anything, and in the end all to everything, without error. Drives [S, M, cells] are whole numbers, and a cue's
    never exceeds its item's, so that sizes of traces say all.
    """
    cells, left = (cells_above(drive, int(whole.max())) for drive in (whole, part))  # [S, M, thresholds]
    typical = cells.mean(1)
    usable = (typical <= 2 * size) & (typical >= size / 2)
    wrong = torch.where(usable, (1 - left / cells.clamp(min=1)).mean(1), torch.inf)
    enough = wrong <= wrong.amin(-1, keepdim=True).clamp(min=ENOUGH)
    return wrong.argmin(-1), (enough * torch.arange(wrong.shape[-1], device=wrong.device)).amax(-1)


def cells_above(drive: Tensor, most: int) -> Tensor:
    """How many cells reach each threshold from 0 to `most`: [S, M, thresholds] of drives [S, M, cells]."""
    counts = torch.zeros(*drive.shape[:2], most + 1, dtype=drive.dtype, device=drive.device)
    counts.scatter_add_(-1, drive.long(), torch.ones_like(drive[..., :1]).expand_as(drive))
    return counts.flip(-1).cumsum(-1).flip(-1)


def identified(traces: Tensor, completed: Tensor) -> Tensor:
    """Which completed traces [S, M, cells] differ least from their own item's, [S, M]."""
    apart = traces.sum(-1)[:, None] - 2 * completed @ traces.mT  # and the completed trace's own size
    return (apart.argmin(-1) == torch.arange(traces.shape[1], device=traces.device)).float()


def alike(pairs: Tensor) -> Tensor:
    """Mean correlation of the two of a pair, [S] of patterns [S, 2 pairs, cells]."""
    centred = pairs - pairs.mean(-1, keepdim=True)
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
