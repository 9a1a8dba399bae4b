"""Does an item outlive silence in the calcium of presynaptic terminals, and can a pulse to all cells read it out?

A spiking network of excitatory and inhibitory cells with items of more strongly coupled cells (Mongillo, Barak &
Tsodyks 2008, Science 319:1543). One item is cued or none is; after a delay all excitatory cells get a pulse. Rates in
hertz of the cued item and, as a mean, of the others: delay and delay_others in the delay (from 50 ms after the cue),
read and read_others during the pulse; kept and recovered: their ratios. facilitation: mean u of the cued item at the
end of the delay; spikes: population spikes of the cued item in the delay. Regimes differ in background drive.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from experiments.tasks.models import NEEDS, cells_of, in_blocks, left_out, taking_part
from models.mongillo_barak_tsodyks_2008 import (
    BIN,
    REGIMES,
    SAMPLE,
    Course,
    Found,
    Network,
    between,
    intervals,
    simulated,
)
from plastic.lab.summary import with_intervals

__all__ = [
    "NEEDS",
    "UNITS",
    "cannot",
    "draw",
    "grid",
    "measure",
    "memory",
    "rules",
    "settings",
    "summarise",
]

KINDS = ("facilitating",)
LARGEST = 0.5  # sum of the scales of the trials simulated at once: one fills hundreds of megabytes at half scale
UNITS = {"delay": "Hz", "delay_others": "Hz", "read": "Hz", "read_others": "Hz"}
MEASURES = ("delay", "delay_others", "kept", "read", "read_others", "recovered", "facilitation", "spikes")
AFTER_CUE = 0.05


def rules(substrate: str) -> list[str]:
    """The network."""
    return taking_part(KINDS, substrate)


def cannot(rule: str, substrate: str) -> str | None:
    """Why something is not measured, or None."""
    return left_out(KINDS, rule, substrate)


def grid(substrate: str, quick: bool) -> dict[str, list[Any]]:
    """Regimes, and whether an item is cued."""
    if substrate != "model":
        return {}
    return {"regime": ["silent"] if quick else list(REGIMES), "cue": [True, False]}


def settings(substrate: str, quick: bool) -> dict[str, Any]:
    """Scale of the network, and the times before the cue and of the delay, in seconds."""
    return {"scale": 0.05, "settle": 0.1, "delay": 0.15} if quick else {"scale": 0.5, "settle": 1.0, "delay": 0.85}


def memory(rule: str, substrate: str, settings: dict[str, Any], seeds: Any) -> Any:
    """A network at the scale asked for."""
    return Network(scale=settings["scale"])


def measure(store: Any, seeds: Any, settings: dict[str, Any], regime: str, cue: bool) -> list[dict[str, Any]]:
    """Rates in the delay and in the pulse, by seed."""
    course, drive = Course(settle=settings["settle"], delay=settings["delay"]), REGIMES[regime]

    def block(some: tuple[int, ...]) -> list[dict[str, Any]]:
        return cells_of(some, measured(store, simulated(store, some, drive, course, cue), course))

    return in_blocks(list(seeds), max(1, int(LARGEST / store.scale)), block)


def measured(net: Network, found: Found, course: Course) -> dict[str, np.ndarray]:
    """What is said of trials, each [trials]."""
    _, cued, delayed, pulsed, _ = course.edges
    start = cued + AFTER_CUE
    during = {"delay": between(found.rates, start, delayed), "read": between(found.rates, delayed, pulsed)}
    alone = {name: rate[:, 0] for name, rate in during.items()}
    others = {f"{name}_others": rate[:, 1 : net.items].mean(1) for name, rate in during.items()}
    ratio = {
        "kept": ratio_of(alone["delay"], others["delay_others"]),
        "recovered": ratio_of(alone["read"], others["read_others"]),
    }
    delay = found.rates[:, round(start / BIN) : round(delayed / BIN), 0]
    bursts = np.array([len(intervals(rate)) for rate in delay])
    return alone | others | ratio | {"facilitation": found.u[:, round(delayed / SAMPLE) - 1, 0], "spikes": bursts}


def ratio_of(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """a over b; b counts as .05 Hz at least, lest silent cells make it infinite."""
    return a / np.maximum(b, 0.05)


def summarise(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Every measure by regime and cue, with intervals over seeds."""
    return {"by_regime": with_intervals(rows, ("rule", "substrate", "regime", "cue"), MEASURES)}


def draw(axes: Any, rows: list[dict[str, Any]], look: Any = None) -> None:
    """Rates during the pulse, of the cued item (filled) and the others (open), with a cue and without."""
    data = summarise(rows)["by_regime"]
    for measure, fill, colour in (("read", "full", "#D55E00"), ("read_others", "none", "#0072B2")):
        at = np.arange(len(data))
        name = "cued item" if measure == "read" else "other items"
        axes.plot(at, [row[measure] for row in data], "o", fillstyle=fill, color=colour, label=name)
        if data[0][f"{measure}_low"] is not None:
            axes.vlines(
                at, *([row[f"{measure}{end}"] for row in data] for end in ("_low", "_high")), color=colour, lw=0.7
            )
    names = [f"{row['regime']}\n{'cue' if row['cue'] else 'no cue'}" for row in data]
    axes.set_xticks(range(len(data)), names, fontsize=5)
    axes.set(ylabel="rate during the pulse (Hz)", ylim=(0, None))
