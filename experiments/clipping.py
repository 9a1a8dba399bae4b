"""How many bits does a synapse hold that is either off or on for good?

Willshaw's matrix: pairs of patterns with few active cells are shown once, every key is a cue. fill: share of synapses
that are on; false_alarms: share of silent value cells that answer; misses: share of active ones that do not; bits:
what the answers tell of the values, per synapse and thus per stored bit. Its limit is ln 2 = .69, reached slowly.
Willshaw, Buneman & Longuet-Higgins (1969), Nature 222:960.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from experiments.tasks.models import NEEDS, cells_of, in_blocks, left_out, plot_line, plot_marks, taking_part
from models.willshaw import Willshaw, clipped
from plastic.lab.summary import with_intervals
from plastic.memory.codes import drawn, sparse_keys
from plastic.memory.theory import WILLSHAW_BITS, entropy, willshaw_best_load, willshaw_bits

__all__ = ["NEEDS", "UNITS", "cannot", "draw", "grid", "measure", "memory", "rules", "settings", "summarise"]

UNITS = {"bits": "bit"}  # per synapse
KINDS = ("willshaw",)
AT_ONCE = 2  # seeds whose patterns are held together: 100 MB each
MEASURES = ("fill", "false_alarms", "misses", "bits")
RELATIVE = (0.2, 0.4, 0.7, 1.0, 1.3, 1.6, 2.0, 2.5)  # loads, in units of the one that turns half of the synapses on


def rules(substrate: str) -> list[str]:
    """The memory."""
    return taking_part(KINDS, substrate)


def cannot(rule: str, substrate: str) -> str | None:
    """Why something is not measured, or None."""
    return left_out(KINDS, rule, substrate)


def grid(substrate: str, quick: bool) -> dict[str, list[int]]:
    """Loads: how many pairs are shown."""
    if substrate != "model":
        return {}
    half_on = willshaw_best_load(*sizes(settings(substrate, quick)))
    return {"load": [round(float(share * half_on)) for share in (RELATIVE[1:4] if quick else RELATIVE)]}


def settings(substrate: str, quick: bool) -> dict[str, Any]:
    """Cells of key and value, and how many are active."""
    return {"d": 128, "d_v": 128, "active": 6} if quick else {"d": 512, "d_v": 512, "active": 9}


def sizes(settings: dict[str, Any]) -> tuple[int, int, int, int]:
    """Cells and active cells of key and value, as the theory takes them."""
    return settings["d"], settings["d_v"], settings["active"], settings["active"]


def memory(rule: str, substrate: str, settings: dict[str, Any], seeds: Any) -> Any:
    """From some of the seeds to their memories."""
    return lambda some: Willshaw(some, settings.get("device", "cpu"))


def measure(store: Any, seeds: Any, settings: dict[str, Any], load: int) -> list[dict[str, Any]]:
    """All measures, by seed."""
    return in_blocks(seeds, AT_ONCE, lambda some: measured(store(some), some, settings, load))


def measured(store: Willshaw, seeds: tuple[int, ...], settings: dict[str, Any], load: int) -> list[dict[str, Any]]:
    """Rows of a few seeds."""
    d, d_v, active, _ = sizes(settings)
    keys = drawn(seeds, lambda rng: sparse_keys(rng, load, d, active / d), "clipping", "keys", load)
    values = drawn(seeds, lambda rng: sparse_keys(rng, load, d_v, active / d_v), "clipping", "values", load)
    on, wanted = store.answers(keys, values, keys) > 0, values > 0
    alarms = (on & ~wanted).sum((1, 2)) / (~wanted).sum((1, 2))
    misses = (~on & wanted).sum((1, 2)) / wanted.sum((1, 2))
    fill = clipped(*(torch.from_numpy(a).float() for a in (keys, values))).mean((1, 2)).numpy()
    bits = load / d * told(active / d_v, alarms, misses)
    return cells_of(seeds, {"fill": fill, "false_alarms": alarms, "misses": misses, "bits": bits})


def told(share: float, alarms: Any, misses: Any) -> np.ndarray:
    """Bits that an answer tells of its cell, on in this share of the patterns."""
    answers = share * (1 - misses) + (1 - share) * alarms
    return entropy(answers) - share * entropy(misses) - (1 - share) * entropy(alarms)


def summarise(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """All measures by load, with intervals over seeds."""
    return {"by_load": with_intervals(rows, ("rule", "substrate", "load"), MEASURES)}


def draw(axes: Any, rows: list[dict[str, Any]], look: Any = None) -> None:
    """Bits per synapse against load, with the theory of independent cells, and the limit."""
    from plastic.lab import plots

    data = summarise(rows)["by_load"]
    look = plots.looks_for(data, "load", "bits", look)
    plot_marks(axes, data, "load", "bits", look)
    loads = np.linspace(1, max(row["load"] for row in data), 200)
    size = sizes(settings("model", rows[0]["d"] < 512))
    for rule in dict.fromkeys(row["rule"] for row in data):
        plot_line(axes, loads, willshaw_bits(loads, *size), look[rule].colour)
    axes.axhline(WILLSHAW_BITS, color="0.7", lw=0.6, ls=":", zorder=0)
    axes.set(
        xlabel=f"pairs shown once ({size[2]} of {size[0]} cells active)", ylabel="bits per synapse", ylim=(0, 0.75)
    )
