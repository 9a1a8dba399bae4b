"""Plasticity in chunks of steps, for rules that are linear in the weight: within a chunk nothing is written.

The matrix stays as it was at the chunk's start, W. What was written since is kept as factors, e_s [post] and the inputs
x_s [pre] of step s, so that an input x_t adds W x_t + sum_s e_s (x_s . x_t) to its targets, each share less what has
leaked since; at the chunk's end one product of matrices writes them all. Gradients flow through it.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import torch
from torch import Tensor

from plastic import symbols
from plastic.circuit import Circuit
from plastic.substrates.spiking_batch_code import Formulas
from plastic.substrates.spiking_batch_learned import Learned
from plastic.substrates.spiking_batch_rows import jumps, needs_every_synapse, numbers, silent_step, spelled

SIZE = 40  # steps with events that are kept as factors


def needs_single_steps(circuit: Circuit, name: str) -> str | None:
    """Why a projection cannot learn in chunks, or None where it can."""
    projection = circuit.projections[name]
    rule = projection.rule
    assert rule is not None
    if reason := symbols.sequential(rule) or needs_every_synapse(circuit, name):
        return reason
    if projection.where is not None or projection.release is not None:
        return "not every input reaches every target alike"
    if rule.gate_axis == "pre" and "gate" in symbols.used(rule):
        return "presynaptic cells forget each at its own rate"
    return None if [*symbols.flows(rule)] == ["w"] else "it has more variables than its weight"


class Chunk(Learned):
    """The weight is [trials, pre, post]; factors of the chunk beside it."""

    def build(self) -> None:
        known = numbers(self.rule, self.dt)
        self.w = self.started("w").mT.contiguous()
        self.learned = {f.name: a for f in fields(self.rule) if isinstance(a := getattr(self.rule, f.name), Tensor)}
        self.written = Formulas({"w": jumps(self.rule).get("w", 0)}, known)
        matrix, _ = silent_step(self.rule)
        self.leaks = matrix["w", "w"] != 1
        self.left_of = Formulas(spelled(matrix), known)
        self.begin()

    def begin(self) -> None:
        """A chunk in which nothing is written yet. left: what is left of W, and of every write, [trials or 1]."""
        self.inputs: list[Tensor] = []
        self.writes: list[Tensor] = []
        self.left: list[Any] = [1.0]

    def flow(self, step: int) -> None:
        if self.leaks:
            factor = self.left_of(self.signals() | self.learned)["w w"]
            self.left = [left * factor for left in self.left]

    def transmit(self, step: int) -> None:
        self.events = self.arrived(step)
        if self.events is None:
            return
        self.pre = self.w.new_zeros(self.trials * self.source.size).index_fill_(0, self.events, 1.0)
        self.pre = self.pre.view(self.trials, 1, -1)
        total = self.predicted(self.events)
        if self.projection.into is not None:
            self.target.add(self.projection.into, self.projection.gain * total)
        if "pred" in self.uses and not self.has_pred:
            self.target.sum_up("pred", total / self.dt)
        if "energy" in self.uses:
            self.target.sum_up("energy", self.pre.sum(-1) / self.dt)

    def predicted(self, events: Tensor) -> Tensor:
        """What the weights, as they would be now, make of this step's input, [trials, post]."""
        rows = self.w.reshape(-1, self.target.size).index_select(0, events)
        total = rows.new_zeros(self.trials, self.target.size).index_add(0, events // self.source.size, rows)
        total = total * self.left[0]
        if self.inputs:
            overlap = (torch.cat(self.inputs, 1) @ self.pre.mT) * self.shares()  # [trials, writes, 1]
            total = total + (overlap * torch.stack(self.writes, 1)).sum(1)
        return total

    def shares(self) -> Tensor:
        """What is left of every write, [trials, writes, 1]."""
        left = [self.kind.tensor(left).reshape(-1, 1).expand(self.trials, 1) for left in self.left[1:]]
        return torch.stack(left, 1)

    def learn(self, step: int) -> None:
        if self.events is None:
            return
        change = self.kind.tensor(self.written(self.signals() | self.sums() | self.learned)["w"])
        self.inputs.append(self.pre)
        self.writes.append(change.expand(self.trials, self.target.size))
        self.left.append(1.0)
        if len(self.inputs) == SIZE:
            self.settle()

    def settle(self) -> None:
        left = self.kind.tensor(self.left[0]).reshape(-1, 1, 1)
        self.w = left * self.w
        if self.inputs:
            writes = self.shares() * torch.stack(self.writes, 1)  # [trials, writes, post]
            self.w = self.w + torch.cat(self.inputs, 1).mT @ writes
        self.begin()

    def matrix(self, z: str) -> Tensor:
        return self.w.mT
