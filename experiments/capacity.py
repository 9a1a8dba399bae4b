"""How does the number of pairs that a memory can tell apart grow with its size?

n pairs are shown once and cued once, for n from d / 8 to 16 d, at several numbers d of key cells and one number of
value cells. n50 and n90: loads at which half and nine tenths of the values are identified, among M = 64 values or
among all shown (M = n). bits: what the answers tell of the values, for each number stored. How n90 grows depends on
the value cells and on M: about as d for d_v = 64 and M = n; with d_v = d it grows nearly as d squared, because more
value cells tell the candidates apart. On random keys a single-pass delta rule with eta = 1 identifies fewer pairs than
Hebb's rule. BTSP is measured where it is named: it is stepped through every trace, for minutes a load, and stores next
to nothing of dense codes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from experiments.recall import aligned
from experiments.tasks.pairs import GATE, NEEDS, SPIKING, cannot, memory, shown, sizes
from experiments.tasks.pairs import rules as rules_of_pairs
from plastic.lab.summary import column, grouped, interval
from plastic.memory.bench import Recalled, Yardstick
from plastic.memory.catalogue import model, models
from plastic.memory.protocol import PairMemory, checked_answers
from plastic.memory.scorecard import bits_told, marks
from plastic.substrates.memories import MEMORIES

__all__ = ["NEEDS", "cannot", "draw", "grid", "measure", "memory", "rules", "settings", "summarise"]

SIZES = {False: [16, 32, 64, 128], True: [16, 32]}
SLOW = ("btsp",)
CANDIDATES = 64
LEVELS = {"n50": 0.5, "n90": 0.9}
DECODERS = {"identified": "", "identified_all": "_all"}
BITS = ("bits_sign", "bits_M", "bits_SNR")
UNITS = dict.fromkeys(BITS, "bit per number stored") | {"load": "pairs"}
SPIKING_SIZE = 100


def rules(substrate: str) -> list[str]:
    """Every rule that stores pairs; of models/, every memory that can be shown any pairs."""
    if substrate == "model":
        return [name for name in models() if not model(name).needs_gpu]
    if substrate == "layer":  # rates and layers agree to rounding, so a few rules are enough
        return [*SPIKING, *MEMORIES]
    return [rule for rule in rules_of_pairs(substrate) if rule not in SLOW]


def at_sizes(substrate: str, quick: bool) -> list[int]:
    """Numbers of key cells."""
    return [SPIKING_SIZE] if substrate == "spiking" else SIZES[quick]


def grid(substrate: str, quick: bool) -> dict[str, list[float]]:
    """Pairs per key cell."""
    if substrate == "spiking":
        return {"ratio": [0.05, 0.1, 0.2, 0.4, 0.8]}
    return {"ratio": [float(f"{r:.3g}") for r in np.geomspace(1 / 8, 16, 8 if quick else 15)]}


def settings(substrate: str, quick: bool) -> dict[str, Any]:
    """Sizes and codes; value_cells does not change with d."""
    return sizes(substrate, quick) | {"value_cells": 64, "candidates": CANDIDATES}


def measure(store: PairMemory, seeds: Any, settings: dict[str, Any], ratio: float) -> list[dict[str, Any]]:
    """What is identified and what it tells, by seed."""
    rod = Yardstick(settings["d"], settings["value_cells"], CANDIDATES)
    load = max(2, round(ratio * rod.d))
    keys, values = shown(store, seeds, load, settings | {"d_v": rod.d_v}, "capacity", rod.d)
    found = marks(Recalled(values, np.arange(load), checked_answers(store, keys, values, keys)), CANDIDATES)
    held = store.scalars(load, rod.d, rod.d_v)
    return [
        {"seed": seed, "load": load} | one | {name: float(b) for name, b in bits_told(rod, load, one, held).items()}
        for seed, one in zip(seeds, found, strict=True)
    ]


# From rows


def summarise(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Capacities and most bits at each size, how they grow, and each memory against Hebb's rule."""
    at_size = grouped(rows, ("rule", "substrate", "d"))
    curves = {key: curve(group) for key, group in at_size.items()}
    sized = [
        dict(zip(("rule", "substrate", "d"), key, strict=True)) | capacities(curves[key]) | most_bits(group)
        for key, group in at_size.items()
    ]
    return {"by_size": sized, "growth": growth(curves), "against_hebb": against_hebb(curves)}


def curve(rows: list[dict[str, Any]]) -> dict[str, np.ndarray]:
    """Loads [loads], and shares identified [seeds, loads]."""
    by_load = aligned(rows)
    shares = {name: np.stack([column(group, name) for group in by_load.values()], -1) for name in DECODERS}
    return {"load": np.array(list(by_load))} | shares


def usable(found: dict[str, np.ndarray]) -> bool:
    """Whether capacities can be read off: several seeds, loads and finite shares."""
    share = found["identified"]
    return len(share) > 1 and share.shape[1] > 2 and bool(np.isfinite(share).all())


def capacities(found: dict[str, np.ndarray]) -> dict[str, float | None]:
    """n50 and n90 with intervals, for both decoders; None beyond the loads measured."""
    from plastic.memory.statistics import crossings

    if not usable(found):
        return {}
    held: dict[str, float | None] = {}
    for decoder, tail in DECODERS.items():
        by_level = crossings(found["load"], found[decoder] * found["load"], found["load"], tuple(LEVELS.values()))
        for name, level in LEVELS.items():
            ends = zip(("", "_low", "_high"), by_level[level], strict=True)
            held |= {name + tail + end: float(x) if 0 < x < np.inf else None for end, x in ends}
    return held


def most_bits(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The most bits for each number stored, over the loads, with the interval there."""
    found: dict[str, Any] = {}
    for name in (name for name in BITS if name in rows[0]):
        by_load = {load: column(group, name) for (load,), group in grouped(rows, ("load",)).items()}
        best = max(by_load, key=lambda load: float(by_load[load].mean()))
        found |= interval(name, by_load[best]) | {f"{name}_load": best}
    return found


def growth(curves: dict[Any, dict[str, np.ndarray]]) -> list[dict[str, Any]]:
    """Exponent of n90 (M = n) in d, where four sizes or more were measured and reach it."""
    from plastic.memory.statistics import Curve, scaling_exponent

    found = []
    for rule, substrate in dict.fromkeys(key[:2] for key in curves):
        by_d = {d: c for (r, s, d), c in sorted(curves.items()) if (r, s) == (rule, substrate) and usable(c)}
        reached = {d: c for d, c in by_d.items() if (capacities(c)["n90_all"] or 0) > 0}
        if len(reached) > 3:
            told = [Curve(c["load"], c["identified_all"] * c["load"], c["load"]) for c in reached.values()]
            value, low, high = scaling_exponent(list(reached), told)
            ends = {"exponent": float(value), "exponent_low": float(low), "exponent_high": float(high)}
            found.append({"rule": rule, "substrate": substrate} | ends)
    return found


def against_hebb(curves: dict[Any, dict[str, np.ndarray]]) -> list[dict[str, Any]]:
    """n90 (M = n) of every memory over that of `vanilla`, same seeds; p adjusted for all of a substrate and size."""
    from plastic.memory.statistics import holm

    found = [
        dict(zip(("rule", "substrate", "d"), key, strict=True)) | ratio_to(mine, curves["vanilla", *key[1:]])
        for key, mine in curves.items()
        if key[0] != "vanilla" and comparable(mine) and comparable(curves.get(("vanilla", *key[1:])))
    ]
    for family in grouped(found, ("substrate", "d")).values():
        for line, p in zip(family, holm([line["p"] for line in family]), strict=True):
            line["p_holm"] = float(p)
    return found


def ratio_to(mine: dict[str, np.ndarray], theirs: dict[str, np.ndarray]) -> dict[str, float]:
    """Ratio of two n90 (M = n) with its interval, and the p of a ratio of 1."""
    from plastic.memory.statistics import compare_capacities

    a, b = (c["identified_all"] * c["load"] for c in (mine, theirs))
    told = compare_capacities(mine["load"], a, b, mine["load"], level=0.9, resamples=10_000)
    return dict(zip(("ratio", "ratio_low", "ratio_high", "p"), map(float, (*told.ratio, told.p)), strict=True))


def comparable(found: dict[str, np.ndarray] | None) -> bool:
    """Whether a memory was measured at this size and its n90 lies within the loads measured."""
    return found is not None and usable(found) and capacities(found)["n90_all"] is not None


# Figures


def predicted(rule: Any, d: Any, d_v: int) -> np.ndarray | None:
    """n90 (M = n) that theory expects of a linear rule at each d."""
    from plastic.memory.rows import linear_row
    from plastic.memory.theory import expected_capacity

    row = linear_row(rule, gate=GATE)
    return None if row is None else np.array([expected_capacity(row, int(size), d_v, 0.9, None) for size in d])


def draw(axes: Any, rows: list[dict[str, Any]], look: Any = None) -> None:
    """n90 (M = n) against d, measured and expected, and a line that grows as d."""
    from plastic.lab import plots

    data: Sequence[dict[str, Any]] = [row for row in summarise(rows)["by_size"] if row.get("n90_all")]
    look = plots.looks_for(data, "d", "n90_all", look)
    plots.plot_theory(axes, data, "d", lambda rule, d: predicted(rule, d, 64), look)
    plots.plot_measured(axes, data, "d", "n90_all", look)
    axes.set(yscale="log", xlabel="key cells d", ylabel="n90 (M = n)")
    plots.log_axis(axes, [row["d"] for row in data] or [1, 2])
