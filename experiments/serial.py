"""Which places of a short list are recalled best?

Lists of pairs are shown once and asked at once, with plasticity off. place: 1 is the first pair shown. With
novelty A the modulator of the learning rate starts high and settles, m_i = (1 + A exp(-i / tau)) / (1 + A) for
i = 0, 1, ...: a rule that hears it gains primacy. Rules that do not hear it are the same for every A.
primacy, recency: bits right at the first and at the last place less those at the middle ones.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from experiments.tasks.pairs import GATE, NEEDS, cannot, decoded, memory, moments, rules, scored, shown, sizes
from plastic.lab.summary import column, grouped, interval, with_intervals
from plastic.memory.rows import linear_row
from plastic.memory.theory import LinearRow, bit_accuracy, energy_kept, power_kept, ratio, signal_kept

__all__ = ["NEEDS", "cannot", "draw", "grid", "measure", "memory", "rules", "settings", "summarise"]


def grid(substrate: str, quick: bool) -> dict[str, Any]:
    """Pairs in a list, and how much stronger the first is written; only on rates is there a modulator."""
    lengths = {"spiking": [8] if quick else [10, 20]}.get(substrate, [10] if quick else [10, 15, 20, 30])
    return {"length": lengths, "novelty": [0.0, 3.0] if substrate == "rate" else [0.0]}


def settings(substrate: str, quick: bool) -> dict[str, Any]:
    """Sizes and codes of keys and values, and over how many pairs novelty wears off."""
    return sizes(substrate, quick) | {"tau_novelty": 5.0}


def modulator(length: int, novelty: float, tau: float) -> np.ndarray:
    """What multiplies eta at each place, [length]: 1 at first."""
    return (1 + novelty * np.exp(-np.arange(length) / tau)) / (1 + novelty)


def measure(store: Any, seeds: Any, settings: dict[str, Any], length: int, novelty: float) -> list[dict[str, Any]]:
    """Bits right, identification, signal and power at each place, by seed."""
    keys, values = shown(store, seeds, length, settings, "serial")
    if novelty:
        mod = modulator(length, novelty, settings["tau_novelty"])
        found = scores(store.asked(store.written(keys, values, mod=mod), keys), values)
    else:
        found = scored(store, keys, values, lambda recalled: scores(recalled, values))
    return [
        {"seed": seed, "place": place + 1} | {name: float(a[s, place]) for name, a in found.items()}
        for s, seed in enumerate(seeds)
        for place in range(length)
    ]


def scores(recalled: np.ndarray, values: np.ndarray) -> dict[str, np.ndarray]:
    """Signal, power, bits right and whether the value beats all others of the list, [S, n]."""
    signal, power = moments(recalled, values)
    named = (recalled @ values.swapaxes(1, 2)).argmax(-1) == np.arange(values.shape[1])
    bits = (decoded(recalled, values) == values).mean(-1)
    return {"bits": bits, "identified": named.astype(float), "signal": signal, "power": power}


def summarise(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Bits right by place, and how much the first and the last places stand out."""
    by = ("rule", "substrate", "length", "novelty")
    measures = ("bits", "identified", "signal", "power", "bits_without_spikes")
    ends = [dict(zip(by, key, strict=True)) | standing_out(group) for key, group in grouped(rows, by).items()]
    return {"by_place": with_intervals(rows, (*by, "place"), measures), "ends": ends}


def standing_out(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Primacy and recency of one list, with intervals over seeds."""
    curves = np.stack([column(group, "bits") for group in grouped(rows, ("place",)).values()], -1)  # [seeds, places]
    middle = curves[:, curves.shape[1] // 3 : -(curves.shape[1] // 3)].mean(-1)
    return interval("primacy", curves[:, 0] - middle) | interval("recency", curves[:, -1] - middle)


# Theory: the recursion of linear rules, with another row at every write


def expected(rows: list[LinearRow], d: int) -> tuple[np.ndarray, np.ndarray]:
    """Signal and power of each pair at the end of a list, [n], pair i being written as rows[i] says; exact."""
    signal, power, energy = np.zeros(len(rows)), np.zeros(len(rows)), 0.0
    for place, row in enumerate(rows):
        noise = (row.write**2 + (row.decay * row.erase) ** 2 * energy / (d + 2)) / d
        signal[:place] *= signal_kept(row, d)
        power[:place] = power_kept(row, d) * power[:place] + noise
        signal[place] = row.write
        power[place] = row.write**2 + (row.decay * (1 - row.erase)) ** 2 * energy / d
        energy = energy_kept(row, d) * energy + row.write**2
    return signal, power


def predicted(rule: Any, d: int, mods: np.ndarray) -> np.ndarray | None:
    """Bits right at each place that theory expects of a linear rule."""
    rows = [linear_row(rule, gate=GATE, mod=float(mod)) for mod in mods]
    known = [row for row in rows if row is not None]
    if len(known) < len(rows):
        return None
    signal, power = expected(known, d)
    return bit_accuracy(ratio(signal**2, np.maximum(power - signal**2, 0)))


def draw(axes: Any, rows: list[dict[str, Any]], look: Any = None) -> None:
    """Bits right by place in the longest list: marks and lines with novelty where there is some, dotted without."""
    from plastic.lab import plots

    length, novelty = (max(row[name] for row in rows) for name in ("length", "novelty"))
    data = [row for row in summarise(rows)["by_place"] if row["length"] == length]
    boosted = with_dotted([row for row in data if row["novelty"] == novelty], data)
    look = plots.looks_for(boosted, "place", "bits", look)
    mods = modulator(length, novelty, settings("rate", False)["tau_novelty"])
    plots.plot_theory(axes, boosted, "place", lambda rule, place: predicted(rule, rows[0]["d"], mods), look)
    plots.plot_measured(axes, boosted, "place", "bits", look)
    plots.plot_expected(axes, boosted, "place", "dotted", look)
    axes.set(xlabel=f"place in a list of {length}", ylabel="bits right", ylim=(0.45, 1.02))


def with_dotted(chosen: list[dict[str, Any]], data: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows, each with what to compare it to: no spikes, or no novelty."""
    plain = {(r["rule"], r["substrate"], r["place"]): r["bits"] for r in data if r["novelty"] == 0}
    return [
        row | {"dotted": row.get("bits_without_spikes", plain.get((row["rule"], row["substrate"], row["place"])))}
        for row in chosen
    ]
