"""How long does a pair outlast the pairs written after it?

One long stream of random pairs, then every key is a cue with plasticity off. At lag l (pairs written
since): signal = mean of value times answer, power = mean answer squared; SNR = signal^2 / (power -
signal^2), from means over seeds.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from experiments.tasks.pairs import GATE, NEEDS, cannot, decoded, memory, moments, rules, scored, shown, sizes
from plastic.lab.summary import column, grouped, interval

__all__ = ["NEEDS", "cannot", "draw", "grid", "measure", "memory", "rules", "settings", "summarise"]

LENGTHS = {("rate", False): 256, ("rate", True): 96, ("spiking", False): 20, ("spiking", True): 8}


def grid(substrate: str, quick: bool) -> dict[str, list[int]]:
    """Length of the stream."""
    return {"length": [LENGTHS["spiking" if substrate == "spiking" else "rate", quick]]}


def settings(substrate: str, quick: bool) -> dict[str, Any]:
    """Sizes and codes of keys and values."""
    return sizes(substrate, quick)


def lags(length: int) -> np.ndarray:
    """Lags to report: all the recent ones, then ever fewer."""
    return np.unique(np.geomspace(1, length, 25).astype(int) - 1)


def measure(store: Any, seeds: Any, settings: dict[str, Any], length: int) -> list[dict[str, Any]]:
    """Signal, power and bits right at each lag, by seed."""
    keys, values = shown(store, seeds, length, settings, "stream")
    found = scored(store, keys, values, lambda recalled: scores(recalled, values))
    return [
        {"seed": seed, "lag": int(lag)} | {name: float(a[s, -1 - lag]) for name, a in found.items()}
        for s, seed in enumerate(seeds)
        for lag in lags(length)
    ]


def scores(recalled: np.ndarray, values: np.ndarray) -> dict[str, np.ndarray]:
    """Signal, power and bits right, [S, n], of answers and values [S, n, d_v]."""
    signal, power = moments(recalled, values)
    return {"signal": signal, "power": power, "bits": (decoded(recalled, values) == values).mean(-1)}


def snr(signal_and_power: np.ndarray, axis: int = 0) -> Any:
    """Power SNR of values [..., 2] after a mean over seeds."""
    signal, power = np.moveaxis(signal_and_power.mean(axis), -1, 0)
    return signal**2 / np.maximum(power - signal**2, 1e-12 * np.maximum(power, 1e-300))


def summarise(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """SNR and bits right by lag, with intervals over seeds."""
    by = ("rule", "substrate", "lag")
    by_lag = []
    for key, group in grouped(rows, by).items():
        line = interval("bits", column(group, "bits"))
        for end in ("", "_without_spikes"):
            if f"power{end}" in group[0]:
                both = np.stack([column(group, f"signal{end}"), column(group, f"power{end}")], -1)
                line |= interval(f"snr{end}", both, snr)
        by_lag.append(dict(zip(by, key, strict=True)) | {"seeds": len(group)} | line)
    return {"by_lag": by_lag}


def predicted(rule: Any, d: int, lag: Any, length: int) -> np.ndarray | None:
    """SNR that theory expects of a linear rule."""
    from plastic.memory.rows import linear_row
    from plastic.memory.theory import snr_by_lag

    row = linear_row(rule, gate=GATE)
    return None if row is None else snr_by_lag(row, d, lag, writes=length)


def draw(axes: Any, rows: list[dict[str, Any]], look: Any = None) -> None:
    """SNR against lag, measured and predicted."""
    from plastic.lab import plots

    data = [row | {"place": row["lag"] + 1} for row in summarise(rows)["by_lag"]]
    d, length = rows[0]["d"], rows[0]["length"]
    look = plots.looks_for(data, "lag", "bits", look)
    plots.plot_theory(axes, data, "place", lambda rule, place: predicted(rule, d, place - 1, length), look)
    plots.plot_measured(axes, data, "place", "snr", look)
    plots.plot_expected(axes, data, "place", "snr_without_spikes", look)
    plots.log_axis(axes, [row["place"] for row in data])
    axes.set(
        yscale="log", ylim=(3e-3, 1e3), xlabel="lag + 1 (1: the last pair written)", ylabel="signal-to-noise ratio"
    )
