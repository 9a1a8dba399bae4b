"""How precise must a synapse be?

Weights are rounded to 2^bits evenly spaced levels, the best for Gaussian weights (Max 1960): after learning, by
rounding to the nearest, or after every pair, by chance to one of the two nearest so that small changes survive in the
mean. Then every key is a cue. alpha: pairs per key cell; bits 32: as computed. Rounding to a share r of the weights'
variance leaves Hebb's rule r times its signal-to-noise ratio: 2 / pi for one bit.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from experiments.tasks import pairs
from experiments.tasks.pairs import GATE, NEEDS, by_seed, load_of, memory, moments, rules, scores, shown, sizes
from plastic.lab.summary import Row, column, grouped, interval, with_intervals
from plastic.memory.codes import generator
from plastic.memory.rows import linear_row
from plastic.memory.theory import LinearRow, bit_accuracy, energy_after, precision_factor, ratio, signal_and_power
from plastic.rule import PlasticityRule
from plastic.substrates.layer import rule_or_memory
from plastic.substrates.rate import State

__all__ = ["NEEDS", "UNITS", "cannot", "draw", "grid", "measure", "memory", "rules", "settings", "summarise"]

UNITS = {"precision": "bit"}
# Width of a level, in standard deviations of Gaussian weights, that rounds with least error, by bits: Max (1960),
# IRE Trans. Inf. Theory 6:7, table II.
WIDTH = {1: 1.596, 2: 0.9957, 3: 0.5860, 4: 0.3352}
FLOAT = 32


def grid(substrate: str, quick: bool) -> dict[str, Any]:
    """Bits a weight, when they are rounded, and pairs per key cell; only on rates is there a state to round."""
    if substrate != "rate":
        return {}
    return {
        "precision": [1, FLOAT] if quick else [*WIDTH, FLOAT],
        "rounded": ["after", "during"],
        "alpha": [0.25] if quick else [1.0],
    }


def settings(substrate: str, quick: bool) -> dict[str, Any]:
    """Sizes and codes of keys and values."""
    return sizes(substrate, quick)


def cannot(rule: str, substrate: str) -> str | None:
    """Why a rule's weights cannot be rounded, or None."""
    found = None if substrate == "model" else rule_or_memory(rule)
    if not isinstance(found, PlasticityRule):
        return "has no synapses whose weights could be rounded"
    return pairs.cannot(rule, substrate)


def measure(store: Any, seeds: Any, settings: dict[str, Any], precision: int, rounded: str, alpha: float) -> list[Row]:
    """Bits right, identification, fidelity, signal and power, by seed."""
    load = load_of(alpha, settings)
    keys, values = shown(store, seeds, load, settings, "precision")
    state = store.written(keys, values)
    if precision != FLOAT:
        width = WIDTH[precision] * spread(state["w"])
        if rounded == "after":
            state = state | {"w": to_levels(state["w"], width, precision, 0.5)}
        else:
            state = written_roundly(store, seeds, keys, values, width, precision)
    recalled = store.asked(state, keys)
    signal, power = (a.mean(-1) for a in moments(recalled, values))
    return by_seed(seeds, scores(recalled, values) | {"signal": signal, "power": power}, load=load)


def spread(w: torch.Tensor) -> torch.Tensor:
    """Root mean square of each seed's weights [S, 1, post, pre]: [S, 1, 1, 1]."""
    return w.square().mean((-3, -2, -1), keepdim=True).sqrt()


def to_levels(w: torch.Tensor, width: torch.Tensor, bits: int, chance: Any) -> torch.Tensor:
    """Weights on 2^bits levels, half a width off 0 and a width apart; chance: .5 rounds to the nearest level."""
    steps = w / torch.where(width == 0, 1, width) - 0.5  # levels are whole numbers here
    half = 2 ** (bits - 1)
    return ((steps + chance).floor().clamp(-half, half - 1) + 0.5) * width


def written_roundly(
    store: Any, seeds: Any, keys: np.ndarray, values: np.ndarray, width: torch.Tensor, bits: int
) -> State:
    """The synapses when the weights are rounded after every pair, up or down by chance, starting on random levels."""
    draws = [generator(seed, "rounding", keys.shape[1]) for seed in seeds]
    shape = (1, values.shape[-1], keys.shape[-1])

    def chance() -> torch.Tensor:
        return torch.from_numpy(np.stack([rng.random(shape) for rng in draws])).to(width.device)

    state: State = {}
    for place in range(keys.shape[1]):
        one = slice(place, place + 1)
        state = store.written(keys[:, one], values[:, one], state or None)
        state = state | {"w": to_levels(state["w"], width, bits, chance())}
    return state


def snr(signal_and_power: np.ndarray, axis: int = 0) -> Any:
    """Power SNR of values [..., 2] after a mean over seeds."""
    signal, power = np.moveaxis(signal_and_power.mean(axis), -1, 0)
    return signal**2 / np.maximum(power - signal**2, 1e-12 * np.maximum(power, 1e-300))


def summarise(rows: list[Row]) -> dict[str, Any]:
    """Means by precision, and the signal-to-noise ratio relative to that of weights as computed."""
    by = ("rule", "substrate", "rounded", "alpha", "precision")
    lines = with_intervals(rows, by, ("load", "bits", "identified", "cosine", "mse"))
    full = {key[:-1]: both(group) for key, group in grouped(rows, by).items() if key[-1] == FLOAT}
    for line, (key, group) in zip(lines, grouped(rows, by).items(), strict=True):
        if key[:-1] in full:
            pair = np.concatenate([both(group), full[key[:-1]]], -1)  # signal, power, and those of full precision
            line |= interval("snr_factor", pair, lambda x, axis=0: snr(x[..., :2], axis) / snr(x[..., 2:], axis))
    return {"by_precision": lines}


def both(rows: list[Row]) -> np.ndarray:
    return np.stack([column(rows, "signal"), column(rows, "power")], -1)


def predicted(row: LinearRow, d: int, load: int, bits: int) -> float:
    """Bits right that theory expects of a linear rule whose weights are rounded after learning, taken as Gaussian.

    Rounding keeps the share r of the weights and adds noise of variance r (1 - r) times theirs.
    """
    kept = 1.0 if bits == FLOAT else float(precision_factor(bits, WIDTH[bits]))
    signal, power = signal_and_power(row, d, np.arange(load), writes=load)
    energy = energy_after(row, d, load)
    noise = kept * (power - signal**2) + (1 - kept) * energy / d
    return float(bit_accuracy(ratio(kept * signal**2, np.maximum(noise, 0))).mean())


def predicted_bits(rule: Any, d: int, load: int, precisions: Any) -> np.ndarray | None:
    """Bits right that theory expects of a linear rule at each precision."""
    row = linear_row(rule, gate=GATE)
    return None if row is None else np.array([predicted(row, d, load, int(bits)) for bits in precisions])


def draw(axes: Any, rows: list[Row], look: Any = None) -> None:
    """Bits right against the precision: marks and lines rounded after learning, dotted during it."""
    from plastic.lab import plots

    alpha = max(row["alpha"] for row in rows)
    rows = [row for row in rows if row["alpha"] == alpha]
    lines = with_intervals(rows, ("rule", "substrate", "precision", "rounded"), ("bits",))
    during = {(r["rule"], r["precision"]): r["bits"] for r in lines if r["rounded"] == "during"}
    data = [r | {"dotted": during.get((r["rule"], r["precision"]))} for r in lines if r["rounded"] == "after"]
    d, load = rows[0]["d"], rows[0]["load"]
    look = plots.looks_for(data, "precision", "bits", look)
    plots.plot_theory(axes, data, "precision", lambda rule, bits: predicted_bits(rule, d, load, bits), look)
    plots.plot_measured(axes, data, "precision", "bits", look)
    plots.plot_expected(axes, data, "precision", "dotted", look)
    plots.log_axis(axes, [row["precision"] for row in data])
    axes.set(xlabel="bits a weight", ylabel=f"bits right at {alpha:g} pairs a cell", ylim=(0.45, 1.02))
