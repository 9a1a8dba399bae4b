"""One fast matrix that a rule of the table writes, read and written step by step."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from plastic import symbols
from plastic.rules import as_rule
from plastic.substrates.inputs import precise
from plastic.substrates.layer import check_hears_values
from plastic.substrates.rate import State, TensorSynapse, normalised, step


class FastMatrix:
    """Synapses [B, post, pre], with what the rule hears as mod and gate given by hand. Errors: InputError."""

    def __init__(self, rule: Any, post: int, pre: int) -> None:
        self.rule, self.post, self.pre = as_rule(rule), post, pre
        check_hears_values(self.rule)

    def rest(self, x: Tensor) -> State:
        """The rule's variables before anything is written, for as many sequences as x [B, .] has."""
        start = self.rule.start()
        shape = (x.shape[0], self.post, self.pre)
        return {z: x.new_full(shape, start.get(z, 0.0)) for z in symbols.flows(self.rule)}

    def read(self, state: State, query: Tensor) -> Tensor:
        """The answer [B, post] to a query [B, pre]."""
        return normalised(self.rule, TensorSynapse(state, dt=1.0), lambda w: (w @ query.unsqueeze(-1)).squeeze(-1))

    def write(self, state: State, pre: Tensor, post: Tensor, mod: Any, gate: Any) -> State:
        """The state after one write of pre [B, pre] and post [B, post], with one mod and one gate for all."""
        signals = {"pre": precise(pre), "post": precise(post)}
        each = signals["pre"].new_ones(pre.shape[0])
        with torch.autocast(pre.device.type, enabled=False):
            return step(self.rule, state, signals | {"mod": mod * each, "gate": gate * each}, strict=False)
