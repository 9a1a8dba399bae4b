"""What theory expects on the scorecard of a linear rule."""

from __future__ import annotations

from typing import Any

import numpy as np

from plastic.memory.bench import THRESHOLDS, Yardstick
from plastic.memory.rows import linear_row
from plastic.memory.theory import (
    LinearRow,
    argmax_accuracy,
    bisect,
    correlated_crosstalk,
    lifetime,
    mean_bit_accuracy,
    steady_energy,
)
from plastic.rule import InputError


def expected_marks(rule: Any, rod: Yardstick, gate: float, similarity: float) -> dict[str, float]:
    """{name of the mark: what theory says}, of the marks that theory predicts; empty where the rule is not linear.

    gate is the leak per pair of gated rules; similarity the cosine of correlated keys.
    """
    row = linear_row(rule, gate=gate)
    if row is None:
        return {}
    bits = {f"bits, n = {n}": mean_bit_accuracy(row, rod.d, n) for n in (max(2, rod.d // 4), rod.d)}
    return bits | lifetimes_of(row, rod.d) | (hebbian_marks(rod, similarity) if row == LinearRow() else {})


def lifetimes_of(row: LinearRow, d: int) -> dict[str, float]:
    """Lifetimes in the steady state, if there is one."""
    try:
        steady_energy(row, d)
    except InputError:
        return {}
    return {f"lifetime, SNR {s}": float(lifetime(row, d, s)) for s in THRESHOLDS}


def hebbian_marks(rod: Yardstick, similarity: float) -> dict[str, float]:
    """Capacities and interference of the Hebbian matrix that forgets nothing."""
    found = {f"n{level:.0%}".rstrip("%"): load_at(rod, level, rod.candidates) for level in (0.5, 0.9)}
    found |= {f"n{level:.0%}".rstrip("%") + "_all": load_at(rod, level, None) for level in (0.5, 0.9)}
    found["alpha90"] = found["n90"] / rod.d
    for rho in (0.0, similarity):
        found[f"interference, rho = {rho:g}"] = float(np.diff(correlated_crosstalk([2, 3], rod.d, rho))[0])
    return found


def load_at(rod: Yardstick, level: float, candidates: int | None) -> float:
    """The load at which Hebb's identification has fallen to a level."""

    def holds(log_load: np.ndarray) -> np.ndarray:
        load = np.exp(log_load)
        few = candidates is not None and load < candidates
        return argmax_accuracy(load, rod.d, rod.d_v, candidates, "new" if few else "stored") >= level

    return float(np.exp(bisect(holds, np.log(2.0), np.log(64.0 * rod.d))))
