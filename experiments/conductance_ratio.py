"""Which plasticity keeps a synapse's AMPA in proportion to its NMDA?

The circuit of models/irie_gershman_2025.py. AMPA conductances W start with nothing to do with NMDA conductances U;
patterns are shown again and again while a rule of the table writes W from calcium. spread: coefficient of variation of
W / U over synapses; correlation: of W with U; ratio: mean of W / U. With as many patterns as it takes to span the
input, the delta rule rests where W = U; with fewer, only the input that they span is put right. spiking: the circuit
in spikes. rate: the same stimuli and rule on rates, without filters and noise.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from plastic.lab.summary import with_intervals
from plastic.rule import InputError

__all__ = ["NEEDS", "cannot", "draw", "grid", "measure", "memory", "rules", "settings", "summarise"]

NEEDS = {"pre", "post"}
UNITS = {"time": "s"}
MEASURES = ("spread", "correlation", "ratio")


def rules(substrate: str) -> list[str]:
    """Growth, decay, decay gated by the cell, and error."""
    return ["vanilla", "retnet", "gla", "delta"] if substrate in ("rate", "spiking") else []


def cannot(rule: str, substrate: str) -> str | None:
    """Why a rule cannot take part, or None."""
    from models.irie_gershman_2025 import Protocol, taught
    from plastic import symbols

    if substrate not in ("rate", "spiking"):
        return "is asked about spikes and rates alone"
    try:
        taught(rule, Protocol())
    except InputError as error:
        return str(error)
    return "is read through a divisive normaliser" if symbols.normaliser(taught(rule, Protocol())) is not None else None


def grid(substrate: str, quick: bool) -> dict[str, list[Any]]:
    """Patterns: fewer than presynaptic cells, or enough to span the input."""
    return {"patterns": [60] if quick else [6, 60]} if substrate in ("rate", "spiking") else {}


def settings(substrate: str, quick: bool) -> dict[str, Any]:
    """Cells, and how long patterns are shown."""
    return {"d": 20, "d_v": 6 if quick else 10, "seconds": 12.0 if quick else 120.0, "frames": 4 if quick else 10}


def memory(rule: str, substrate: str, settings: dict[str, Any], seeds: Any) -> Callable[..., np.ndarray]:
    """From seeds and protocol to weights [S, frames + 1, post, pre]."""
    from models.irie_gershman_2025 import on_rates, simulated

    if substrate == "rate":
        return partial(on_rates, rule)
    return lambda seeds, protocol: simulated(rule, seeds, protocol, watched=[0], engine="torch").w


def measure(store: Any, seeds: Any, settings: dict[str, Any], patterns: int) -> list[dict[str, Any]]:
    """Proportion of W and U by seed and time."""
    from models.irie_gershman_2025 import Protocol, correlation, spread, stimuli

    sizes = {"n_pre": settings["d"], "n_post": settings["d_v"]}
    protocol = Protocol(patterns=patterns, seconds=settings["seconds"], frames=settings["frames"], **sizes)
    u, w = stimuli(seeds, protocol).u, store(seeds, protocol)
    ratio = (w / u[:, None]).mean((2, 3))
    found = dict(zip(MEASURES, (spread(w, u), correlation(w, u), ratio), strict=True))
    return [
        {"seed": seed, "time": place * protocol.pause} | {name: float(a[s, place]) for name, a in found.items()}
        for s, seed in enumerate(seeds)
        for place in range(protocol.frames + 1)
    ]


def summarise(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Proportion by time, and at the end."""
    by_time = with_intervals(rows, ("rule", "substrate", "patterns", "time"), MEASURES)
    last = max(row["time"] for row in by_time)
    return {"by_time": by_time, "at_the_end": [row for row in by_time if row["time"] == last]}


def draw(axes: Any, rows: list[dict[str, Any]], look: Any = None) -> None:
    """Spread against time with the most patterns, a colour a rule."""
    from plastic.lab import plots

    most = max(row["patterns"] for row in rows)
    data = [row for row in summarise(rows)["by_time"] if row["patterns"] == most]
    plots.plot_measured(axes, data, "time", "spread", plots.looks_for(data, "time", "spread", look))
    axes.set(xlabel="time (s)", ylabel="variation of AMPA / NMDA", ylim=(0, None))
