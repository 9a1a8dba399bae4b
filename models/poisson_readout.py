"""A read-out circuit: Poisson key cells, fixed synapses, value cells that add up what arrives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from plastic.cells import Cells, Poisson
from plastic.circuit import Circuit, Input, Phase, Population, Projection, Trace, simulate
from plastic.rule import InputError

ITEM = 0.2  # seconds of a cue
DT = 1e-3


@dataclass(frozen=True, kw_only=True)
class Adding(Cells):
    """Cells whose drive `pred` is the sum of all that arrived: a membrane without a leak, and without a threshold."""

    def flow(self, s):
        return {"pred": 0}


def answers(
    weights: np.ndarray,
    cues: np.ndarray,
    spikes: float,
    seeds: list[int],
    engine: str = "torch",
    release: float | None = None,
) -> np.ndarray:
    """What value cells add up while each cue is shown, over its mean number of spikes a cell: [S, m, d_v].

    weights [S, d_v, d]; cues [S, m, d] of 0 and 1; spikes: mean count of a cell that is on in a cue; release: the
    probability with which a synapse transmits a spike (None: all are transmitted).
    """
    if not 0 < spikes <= 0.25 * ITEM / DT:
        raise InputError(f"spikes is {spikes:g}; give a mean count above 0, at most {0.25 * ITEM / DT:g} in {ITEM:g} s")
    items = cues.shape[1]
    populations = {
        "key": Population(Poisson(), cues.shape[2], {"rate": Input(cues * spikes / ITEM, ITEM)}),
        "value": Population(Adding(), weights.shape[1]),
    }
    unreliable: Any = {} if release is None else {"release": release, "stochastic": True}
    fixed = {"read": Projection("key", "value", into="pred", weights=weights, **unreliable)}
    course = [Phase((items + 1) * ITEM, learning=False)]  # after the last cue one more, silent, so that it is sampled
    circuit = Circuit(populations, fixed, course, DT)
    total = simulate(circuit, seeds, {"pred": Trace("value", "pred", ITEM)}, engine)["pred"]
    return np.diff(total, axis=1) / spikes
