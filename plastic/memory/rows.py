"""Which linear memory a rule is, if it is one: the row of theory that predicts it."""

from __future__ import annotations

from typing import Any

import torch

from plastic import symbols
from plastic.memory.theory import LinearRow
from plastic.rule import PlasticityRule
from plastic.substrates.rate import what_is_written


def linear_row(rule: Any, gate: float = 0.0, mod: float = 1.0) -> LinearRow | None:
    """W <- decay W (I - erase k k') + write v k', for unit keys and constant gate (leak rate) and mod.

    None where the rule is no such row: it is sequential, has a normaliser, unwrites, leaks with activity, or
    (with this gate) writes nothing.
    """
    if not isinstance(rule, PlasticityRule) or symbols.sequential(rule) or list(symbols.flows(rule)) != ["w"]:
        return None
    held = symbols.silent(rule)["w"]
    if held.unwrite != 0 or symbols.names(held.leak) & {"pre", "post"}:
        return None
    constants = {"pre": 1.0, "post": 1.0, "mod": mod, "gate": gate}
    one_write = {name: torch.full((1, 1, 1, 1), value, dtype=torch.float64) for name, value in constants.items()}
    writes = what_is_written(rule, "w", one_write, dt=1.0)
    erase = 0.0 if writes.erase is None else writes.erase.item()
    decay = 1.0 if writes.fade is None else writes.fade.exp().item()
    write = writes.write.item()
    return LinearRow(decay, erase, write) if write > 0 else None
