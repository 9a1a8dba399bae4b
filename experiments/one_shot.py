"""How well does a spiking memory recall, pair by pair, what it saw once?

Pairs of a key (10 % of the key cells on) and a value (a rate from 0 to 1 of every value cell, in units of 100 Hz) are
shown once, one after another; then every key is a cue, with plasticity off. correlation: of the recalled with the
stored vector, from the dendritic drive (drive) or from spikes counted in 150 ms (spikes); identified: share of cues
whose own value correlates most, among the pairs shown; rates: the correlation of the same rule on the same pairs
without spikes. Hebb's rules drive the cells beyond what they can fire, so their spikes say less than their drive.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from experiments.tasks.pairs import NEEDS, SPIKING, cannot, memory
from plastic.lab.summary import column, grouped, with_intervals
from plastic.memory.codes import generator, sparse_keys

__all__ = ["NEEDS", "cannot", "draw", "grid", "measure", "memory", "rules", "settings", "summarise"]

MEASURES = ("correlation", "identified", "rates")
READS = ["drive", "spikes"]


def rules(substrate: str) -> list[str]:
    """Growth, decay, error and delay, and error with weights of one sign."""
    return [*SPIKING, "delta+dale"] if substrate == "spiking" else []


def grid(substrate: str, quick: bool) -> dict[str, list[Any]]:
    """How many pairs, and what is read."""
    return {"pairs": [5] if quick else [20], "read": READS} if substrate == "spiking" else {}


def settings(substrate: str, quick: bool) -> dict[str, Any]:
    """Key cells and value cells."""
    return {"d": 100 if quick else 500, "d_v": 100 if quick else 500}


def measure(store: Any, seeds: Any, settings: dict[str, Any], pairs: int, read: str) -> list[dict[str, Any]]:
    """Measures of every pair, by seed and lag (pairs shown after it)."""
    keys, values = shown(seeds, pairs, settings)
    recalled = store.model.answers(store.rule, keys, values, keys, list(seeds), read=read, engine="torch")
    rates = store.model.without_spikes(store.rule, keys, values, keys)
    found = {"correlation": own(correlations(recalled, values)), "rates": own(correlations(rates, values))}
    found["identified"] = (correlations(recalled, values).argmax(-1) == np.arange(pairs)).astype(float)
    return [
        {"seed": seed, "lag": pairs - 1 - pair} | {name: float(a[s, pair]) for name, a in found.items()}
        for s, seed in enumerate(seeds)
        for pair in range(pairs)
    ]


def shown(seeds: Any, pairs: int, settings: dict[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    """Keys [S, n, d] of 0 and 1 and values [S, n, d_v] in [0, 1]."""
    keys = [sparse_keys(generator(seed, "one_shot", pairs, "keys"), pairs, settings["d"]) for seed in seeds]
    values = [generator(seed, "one_shot", pairs).random((pairs, settings["d_v"])) for seed in seeds]
    return np.stack(keys), np.stack(values)


def correlations(recalled: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Of every recalled with every stored vector, [S, m, n]."""
    a, b = (x - x.mean(-1, keepdims=True) for x in (recalled, values))
    a, b = (x / np.maximum(np.linalg.norm(x, axis=-1, keepdims=True), 1e-12) for x in (a, b))
    return a @ b.swapaxes(1, 2)


def own(correlations: np.ndarray) -> np.ndarray:
    """With the vector that was stored, [S, n]."""
    return np.diagonal(correlations, axis1=1, axis2=2)


def summarise(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Means over all pairs, and by lag, with intervals over seeds."""
    by = ("rule", "substrate", "pairs", "read")
    return {
        "overall": with_intervals(of_seeds(rows), by, MEASURES),
        "by_lag": with_intervals(rows, (*by, "lag"), MEASURES),
    }


def of_seeds(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One row a seed: the mean over its pairs."""
    by = ("rule", "substrate", "pairs", "read", "seed")
    return [
        dict(zip(by, key, strict=True)) | {name: float(column(group, name).mean()) for name in MEASURES}
        for key, group in grouped(rows, by).items()
    ]


def draw(axes: Any, rows: list[dict[str, Any]], look: Any = None) -> None:
    """Correlation by lag from the drive, a colour a rule; lines are the same rule on rates."""
    from plastic.lab.plots import COLOURS

    most = max(row["pairs"] for row in rows)
    data = [row for row in summarise(rows)["by_lag"] if row["read"] == "drive" and row["pairs"] == most]
    for colour, rule in zip(COLOURS, dict.fromkeys(row["rule"] for row in data), strict=False):
        own = sorted((row for row in data if row["rule"] == rule), key=lambda row: row["lag"])
        lag, value, rates = (np.array([row[name] for row in own]) for name in ("lag", "correlation", "rates"))
        axes.plot(lag, value, "o", ms=2.5, color=colour, label=rule.replace("_", " "))
        if own[0]["correlation_low"] is not None:
            ends = [[row[f"correlation_{end}"] for row in own] for end in ("low", "high")]
            axes.vlines(lag, *ends, color=colour, lw=0.7)
        axes.plot(lag, rates, color=colour, lw=0.9)
    axes.set(xlabel="lag (pairs shown since)", ylabel="correlation with the stored value", ylim=(None, 1.01))
