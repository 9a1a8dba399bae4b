"""What theory expects on the scorecard of a linear rule."""

from __future__ import annotations

from typing import Any

import numpy as np

from plastic.memory.bench import THRESHOLDS, Yardstick
from plastic.memory.metrics import lifetimes
from plastic.memory.rows import linear_row
from plastic.memory.theory import (
    LinearRow,
    correlated_crosstalk,
    expected_capacity,
    mean_bit_accuracy,
    overwriting,
    signal_and_power,
    snr_by_lag,
)


def expected_marks(rule: Any, rod: Yardstick, gate: float, similarity: float, shown: int) -> dict[str, float]:
    """{name of the mark: what theory says}, of the marks that theory predicts; empty where the rule is not linear.

    gate is the leak per pair of gated rules; similarity the cosine of correlated keys; shown the pairs before one of
    them gets a new value.
    """
    row = linear_row(rule, gate=gate)
    if row is None:
        return {}
    held = {f"bits at {where}": mean_bit_accuracy(row, rod.d, n) for where, n in (("d/4", rod.d // 4), ("d", rod.d))}
    held |= capacities_of(row, rod) | lifetimes_of(row, rod) | {"overwriting index": index_of(row, rod.d, shown)}
    return held | (interference_of(rod.d, similarity) if row == LinearRow() else {})


def capacities_of(row: LinearRow, rod: Yardstick) -> dict[str, float]:
    """Loads at which half and nine tenths are identified, among M and among all; theory holds from 32 cells on."""
    if min(rod.d, rod.d_v) < 32:
        return {}
    found = {
        f"n{level:.0%}".rstrip("%") + tail: float(expected_capacity(row, rod.d, rod.d_v, level, candidates))
        for tail, candidates in (("", rod.candidates), ("_all", None))
        for level in (0.5, 0.9)
        if candidates is None or level > 2 / candidates
    }
    return found | ({"alpha90": found["n90"] / rod.d} if "n90" in found else {})


def lifetimes_of(row: LinearRow, rod: Yardstick) -> dict[str, float]:
    """Lifetimes in the stream that is measured."""
    length = min(5 * rod.d, rod.farthest)
    curve = snr_by_lag(row, rod.d, np.arange(length), writes=length)
    return {f"lifetime, SNR {s}": float(lifetimes(curve, s)) for s in THRESHOLDS}


def index_of(row: LinearRow, d: int, shown: int) -> float:
    """Overwriting index of the first of a few pairs."""
    before = float(signal_and_power(row, d, [shown - 1], writes=shown)[0][0])
    old, new = overwriting(row, 1, old=before)
    return float((new - old) / (new + old))


def interference_of(d: int, similarity: float) -> dict[str, float]:
    """Noise that one more pair adds to the Hebbian matrix that forgets nothing."""
    return {
        f"interference, rho = {rho:g}": float(np.diff(correlated_crosstalk([2, 3], d, rho))[0])
        for rho in (0.0, similarity)
    }
