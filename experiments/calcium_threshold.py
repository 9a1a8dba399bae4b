"""At which calcium does a synapse turn from depression to potentiation?

Cells of models/irie_gershman_2025.py with AMPA receptors blocked are made to fire at a steady rate by a current; each
has another NMDA conductance, and so another calcium. write: what its synapses gain a second on average. crossing: the
calcium at which it is 0, from a line through all cells; the delta rule's is the firing rate itself, as measured from
spikes (fired), to about 1 %: what a step of 1 ms takes off a trace of 100 ms before it is heard.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from experiments.clamp import NEEDS, cannot
from plastic.circuit import counts
from plastic.lab.summary import column, grouped, interval, with_intervals

__all__ = ["NEEDS", "cannot", "draw", "grid", "measure", "memory", "rules", "settings", "summarise"]

UNITS = {"firing": "Hz", "level": "Hz", "calcium": "Hz", "fired": "Hz", "write": "1/s"}


def rules(substrate: str) -> list[str]:
    """An error, and none."""
    return ["vanilla", "delta"] if substrate == "spiking" else []


def grid(substrate: str, quick: bool) -> dict[str, list[float]]:
    """Firing rates at which cells are held."""
    return {"firing": [30.0] if quick else [15.0, 30.0, 45.0]} if substrate == "spiking" else {}


def settings(substrate: str, quick: bool) -> dict[str, Any]:
    """Cells, the highest calcium in Hz, and how long they fire."""
    return {"d": 20, "d_v": 5 if quick else 13, "most": 80.0, "seconds": 2.4 if quick else 12.0}


def memory(rule: str, substrate: str, settings: dict[str, Any], seeds: Any) -> Any:
    """From seeds and protocol to a trial."""
    from models.irie_gershman_2025 import simulated

    return partial(simulated, rule, engine="torch")


def measure(store: Any, seeds: Any, settings: dict[str, Any], firing: float) -> list[dict[str, Any]]:
    """What is written at each level of calcium, by seed."""
    from models.irie_gershman_2025 import Protocol, at_levels

    levels = np.linspace(0, settings["most"], settings["d_v"])
    sizes = {"n_pre": settings["d"], "n_post": settings["d_v"], "seconds": settings["seconds"], "frames": 2}
    # Slow, so that no weight comes near 0, where Dale's law would stop it.
    protocol = Protocol(tau_learn=100.0, **sizes)
    current = protocol.cells.current_for(firing)
    found = store(seeds, protocol, at_levels(levels, seeds, protocol), current, True)
    # Over the second half, once traces have settled.
    gained = (found.w[:, 2] - found.w[:, 1]).mean(-1) / protocol.pause
    calcium = found.calcium[:, found.calcium.shape[1] // 2 :].mean(1)
    half = round(protocol.pause / protocol.dt)
    spikes = counts(found.post, len(seeds), len(levels), [half, 2 * half])[:, 0] / protocol.pause
    return [
        {"seed": seed, "level": float(level), "calcium": float(calcium[s, i]),
         "fired": float(spikes[s, i]), "write": float(gained[s, i])}
        for s, seed in enumerate(seeds) for i, level in enumerate(levels)
    ]  # fmt: skip


def crossing(rows: list[dict[str, Any]]) -> tuple[float, float]:
    """The calcium at which a line through the writes is 0, and the firing, of one seed."""
    slope, height = np.polyfit(column(rows, "calcium"), column(rows, "write"), 1)
    return -height / slope, float(column(rows, "fired").mean())


def summarise(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Writes by level, and where they cross 0 with how far that is from the firing (offset), with intervals."""
    by = ("rule", "substrate", "firing")
    crossings = []
    for key, group in grouped(rows, by).items():
        at, fired = np.array([crossing(own) for own in grouped(group, ("seed",)).values()]).T
        parts = {"crossing": at, "fired": fired, "offset": at - fired}
        told = {name: x for measure, a in parts.items() for name, x in interval(measure, a).items()}
        crossings.append(dict(zip(by, key, strict=True)) | told)
    return {
        "by_level": with_intervals(rows, (*by, "level"), ("calcium", "write", "fired")),
        "crossings": crossings,
    }


def draw(axes: Any, rows: list[dict[str, Any]], look: Any = None) -> None:
    """Writes of the delta rule against calcium, a colour for each rate of firing; dotted: that rate."""
    from plastic.lab import plots

    found = summarise(rows)
    rule = "delta" if any(row["rule"] == "delta" for row in rows) else rows[0]["rule"]
    data = [row for row in found["by_level"] if row["rule"] == rule]
    fired = {row["firing"]: row["fired"] for row in found["crossings"] if row["rule"] == rule}
    for colour, ((firing,), own) in zip(plots.COLOURS, grouped(data, ("firing",)).items(), strict=False):
        calcium, write = column(own, "calcium"), 1e3 * column(own, "write")
        axes.plot(calcium, write, "o-", ms=2.5, lw=0.8, color=colour, label=f"firing at {fired[firing]:.0f} Hz")
        if own[0]["write_low"] is not None:
            axes.vlines(calcium, 1e3 * column(own, "write_low"), 1e3 * column(own, "write_high"), color=colour, lw=0.7)
        axes.axvline(fired[firing], color=colour, ls=":", lw=0.8)
    axes.axhline(0, color="0.6", lw=0.6)
    axes.set(xlabel="calcium v (Hz)", ylabel="change of W (1/1000 per s)")
