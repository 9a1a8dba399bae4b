"""Plasticity by event rows: only the synapses of presynaptic cells that fired are touched, and nothing is lost.

Where the silent flow of a rule is affine in the synapse's own variables, z -> M z + c, with M and c alike for all
targets, what it did to a row since the row was last touched is one small propagator for each presynaptic cell.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import sympy
import torch
from sympy import Function, Symbol
from torch import Tensor
from torch.nn.functional import embedding_bag

from plastic import symbols
from plastic.circuit import Circuit
from plastic.rule import PlasticityRule
from plastic.substrates.cells import code_of
from plastic.substrates.spiking_batch_code import Formulas
from plastic.substrates.spiking_batch_learned import Learned


@cache
def silent_step(rule: PlasticityRule) -> tuple[dict[tuple[str, str], Any], dict[str, Any]]:
    """M and c of the silent flow of one step: the entries that are not those of no flow at all."""
    after = {z: after_dt(z, flow) for z, flow in symbols.silent(rule).items()}
    none = {Symbol(z): 0 for z in after}
    matrix = {(z, y): sympy.diff(e, Symbol(y)) for z, e in after.items() for y in after}
    offset = {z: e.subs(none) for z, e in after.items()}
    return {at: m for at, m in matrix.items() if m != 0}, {z: c for z, c in offset.items() if c != 0}


def after_dt(z: str, flow: Any) -> Any:
    """The variable after one step without events: its exact exponential."""
    left = -flow.leak * symbols.DT
    hold = 1 if left == 0 else Function("exprel")(left)
    return Symbol(z) * sympy.exp(left) + (flow.write - flow.unwrite * symbols.BACK) * symbols.DT * hold


def moves(rule: PlasticityRule, z: str) -> bool:
    """Whether a variable flows between events."""
    matrix, offset = silent_step(rule)
    return z in offset or any(at[0] == z and m != (at[0] == at[1]) for at, m in matrix.items())


def needs_every_synapse(circuit: Circuit, name: str) -> str | None:
    """Why a projection cannot learn by event rows, or None where it can."""
    projection = circuit.projections[name]
    rule = projection.rule
    assert rule is not None
    if symbols.events(rule).keys() and "back" in symbols.used(rule):
        return "its synapses hear what all targets predict for their input"
    matrix, offset = silent_step(rule)
    felt = symbols.names(*matrix.values(), *offset.values())
    if felt & symbols.flows(rule).keys():
        return "between events its variables do not flow linearly"
    if felt & {"post", "pred", "chance"}:
        return "what flows between events differs from target to target"
    if symbols.bounded(rule) and moves(rule, "w"):
        return "its weight is bounded and flows between events"
    varied = [s for s in ("mod", "gate") if s in felt and not alike(circuit, name, s)]
    return f"the targets hear different {varied[0]}" if varied else None


def alike(circuit: Circuit, name: str, signal: str) -> bool:
    """Whether a signal is the same for all synapses of a presynaptic cell."""
    projection = circuit.projections[name]
    if signal == "gate" and projection.rule is not None and projection.rule.gate_axis == "pre":
        return True
    target = circuit.populations[projection.target]
    felt = symbols.names(code_of(target.cells).hears.get(signal, 0))
    own = {*code_of(target.cells).variables, "white", "chance"}
    return not felt & own and all(given.values.shape[2] == 1 for x, given in target.inputs.items() if x in felt)


class EventRows(Learned):
    """Variables are [trials * pre, post], so that a row lies together in memory."""

    def build(self) -> None:
        names = tuple(symbols.flows(self.rule))
        self.z = {z: self.started(z).mT.reshape(-1, self.target.size).contiguous() for z in names}
        self.mask = None if self.there is None else self.row_mask(self.there)
        known = numbers(self.rule, self.dt)
        self.efficacy = Formulas({"efficacy": symbols.efficacy(self.rule)}, known)
        self.jumps = {z: Formulas({z: e}, known) for z, e in jumps(self.rule).items()}
        self.of_synapse = {*names, "chance"} | ({"gate"} if self.rule.gate_axis == "pre" else set())
        matrix, offset = silent_step(self.rule)
        self.flows = any(moves(self.rule, z) for z in names)
        self.step_matrix, self.step_offset = (Formulas(part, known) for part in (spelled(matrix), offset))
        self.plain = (
            not self.flows and self.projection.release is None and self.mask is None and self.efficacy_is_weight()
        )
        self.rest()

    def efficacy_is_weight(self) -> bool:
        """Whether a row of the weight is all that an event transmits or is written to."""
        pred = "pred" not in self.uses or self.has_pred
        alike = not any(self.of_synapse & {*jump.names} for jump in self.jumps.values())
        return symbols.efficacy(self.rule) == Symbol("w") and pred and alike

    def row_mask(self, there: Tensor) -> Tensor:
        return there.expand(self.trials, self.target.size, self.source.size).mT.reshape(-1, self.target.size)

    def matrix(self, z: str) -> Tensor:
        return self.z[z].view(self.trials, self.source.size, -1).mT

    # What flows between events

    def rest(self) -> None:
        """No row has flowed since it was last touched: propagators of one, offsets of zero, [trials, pre] each.

        They are double: products of thousands of steps, each of which is nearly one.
        """
        one = torch.ones(self.trials, self.source.size, dtype=torch.float64, device=self.kind.device)
        self.q = {(z, z): one.clone() for z in self.z}
        self.o: dict[str, Tensor] = {}

    def flow(self, step: int) -> None:
        if not self.flows:
            return
        heard = {name: a.double() if isinstance(a, Tensor) else a for name, a in self.signals().items()}
        m, c = self.step_matrix(heard), self.step_offset(heard)
        q: dict[tuple[str, str], Any] = {}
        o: dict[str, Any] = {z: c[z] * torch.ones_like(self.q[z, z]) for z in c}
        for z, y in map(split, m):
            for x in self.z:
                if (y, x) in self.q:
                    more = m[joined(z, y)] * self.q[y, x]
                    q[z, x] = q[z, x] + more if (z, x) in q else more
            if y in self.o:
                o[z] = o.get(z, 0.0) + m[joined(z, y)] * self.o[y]
        self.q, self.o = q, o

    def flowed(self, z: dict[str, Tensor], events: Any) -> dict[str, Tensor]:
        """Rows brought up to date."""
        of = lambda a: a.reshape(-1)[events][:, None].to(self.kind.dtype)  # noqa: E731
        after: dict[str, Any] = {x: of(o) for x, o in self.o.items()}
        for (x, y), q in self.q.items():
            after[x] = after.get(x, 0.0) + of(q) * z[y]
        return after

    def settle(self) -> None:
        if self.flows:
            self.z = self.flowed(self.z, slice(None))
            self.rest()

    def touched(self, events: Tensor) -> None:
        """These rows are up to date."""
        for (x, y), q in self.q.items():
            q.view(-1)[events] = float(x == y)
        for o in self.o.values():
            o.view(-1)[events] = 0.0

    # What events do

    def transmit(self, step: int) -> None:
        self.events = self.arrived(step)
        if self.events is None:
            return
        self.trial = self.events // self.source.size
        if self.plain:
            self.transmit_plainly(self.events)
        else:
            self.transmit_rows(self.events, step)
        self.sum_energy(self.events)

    def transmit_rows(self, events: Tensor, step: int) -> None:
        """Rows are copied and brought up to date; what the events write is put back when they are learned of."""
        self.rows = {z: a.index_select(0, events) for z, a in self.z.items()}
        if self.flows:
            self.rows = self.flowed(self.rows, events)
        if self.projection.into is not None:
            self.target.add(self.projection.into, self.over_inputs(self.sent(events, step)))
        if "pred" in self.uses and not self.has_pred:
            z = self.rows[self.summed("erase")]  # type: ignore[index]
            self.target.sum_up("pred", self.over_inputs(self.present(z)) / self.dt)

    def transmit_plainly(self, events: Tensor) -> None:
        """Rows of the weight are summed where they lie."""
        if self.projection.into is not None:
            first = torch.searchsorted(events, torch.arange(self.trials, device=events.device) * self.source.size)
            total = embedding_bag(events, self.z["w"], first, mode="sum")
            self.target.add(self.projection.into, self.projection.gain * total)

    def sum_energy(self, events: Tensor) -> None:
        if "energy" in self.uses:
            one = self.present(self.z["w"].new_ones(len(events), 1))
            self.target.sum_up("energy", self.over_inputs(one) / self.dt)

    def sent(self, events: Tensor, step: int) -> Tensor:
        """What each event transmits to each target, [events, post]."""
        efficacy = self.present(self.efficacy(self.rows)["efficacy"])
        if self.projection.release is not None:
            efficacy = efficacy * self.release(events[:, None], self.post, step)
        return efficacy if self.projection.gain == 1 else efficacy * self.projection.gain

    def present(self, a: Tensor) -> Tensor:
        """0 where there is no synapse."""
        return a if self.mask is None else a * self.mask[self.events if len(self.mask) > 1 else 0]

    def over_inputs(self, a: Tensor) -> Tensor:
        """The sum over the events of a trial, [trials, post or 1]."""
        return a.new_zeros(self.trials, a.shape[1]).index_add_(0, self.trial, a)

    def learn(self, step: int) -> None:
        if self.events is None:
            return
        heard = self.signals() | self.sums()
        if "chance" in self.uses:
            heard["chance"] = self.chance_of_rows(self.events, step)
        if self.plain:
            for z, jump in self.jumps.items():
                self.z[z].index_add_(0, self.events, self.change_of_rows(jump, heard, z))
            return
        for z, jump in self.jumps.items():
            self.rows[z] = self.jumped(jump, heard, z)
        for z in self.z:
            if z in self.jumps or self.flows:
                self.z[z][self.events] = self.rows[z]
        if self.flows:
            self.touched(self.events)

    def jumped(self, jump: Formulas, heard: Mapping[str, Any], z: str) -> Tensor:
        """A variable of the rows after the events; what is alike for all rows of a trial is worked out once."""
        if not self.of_synapse & {*jump.names}:
            return self.rows[z] + self.change_of_rows(jump, heard, z)
        felt = {name: self.of_rows(name, heard[name]) for name in jump.names if name not in self.rows}
        return jump(felt | self.rows)[z]

    def change_of_rows(self, jump: Formulas, heard: Mapping[str, Any], z: str) -> Tensor:
        """What is added to every row of a trial alike, [events, post]."""
        change = self.kind.tensor(jump(heard)[z]).expand(self.trials, self.target.size)
        return change.index_select(0, self.trial)

    def of_rows(self, name: str, a: Any) -> Any:
        """A signal of each event, [events, post or 1]."""
        if not isinstance(a, Tensor) or name == "chance":
            return a
        if name == "gate" and self.rule.gate_axis == "pre":
            return a.expand(self.trials, self.source.size).reshape(-1)[self.events][:, None]
        return a[self.trial] if len(a) == self.trials else a

    def chance_of_rows(self, events: Tensor, step: int) -> Tensor:
        trial, pre = np.divmod(events.cpu().numpy()[:, None], self.source.size)
        return self.chances(step, trial, np.arange(self.target.size), pre)


def jumps(rule: PlasticityRule) -> dict[str, Any]:
    """What adds to a variable at an event, or what it becomes where that depends on the synapse."""
    by = {z: symbols.total(flow, z).subs(symbols.PRE, 1) for z, flow in symbols.events(rule).items()}
    found = {}
    for z, change in by.items():
        if change == 0:
            continue
        own = symbols.names(change) & {*symbols.flows(rule), "chance"}
        pre = "gate" in symbols.names(change) and rule.gate_axis == "pre"
        if z == "w" and symbols.bounded(rule):
            found[z] = symbols.absorbed(rule).subs(Symbol("change"), change)
        else:
            found[z] = Symbol(z) + change if own or pre else change
    return found


def spelled(matrix: Mapping[tuple[str, str], Any]) -> dict[str, Any]:
    return {joined(z, y): e for (z, y), e in matrix.items()}


def joined(z: str, y: str) -> str:
    return f"{z} {y}"


def split(at: str) -> tuple[str, str]:
    z, y = at.split()
    return z, y


def numbers(rule: PlasticityRule, dt: float) -> dict[str, Any]:
    """What the names of parameters and the step stand for."""
    return {name: value for name, (value, _) in symbols.parameters(rule).items()} | {"dt": dt}
