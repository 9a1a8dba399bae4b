"""Circuits in torch: many trials in one batch, each with fast matrices of its own.

Equal to Brian2 (`spiking_network.py`) step by step, with the same random numbers. A projection learns by one of the
forms of `FORMS`: "dense" steps every synapse in every step (the reference, for every rule); "rows" touches only the
synapses of cells that fired; "chunk", for rules linear in the weight, writes once in many steps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from plastic.circuit import Circuit, Fired, Request, Spikes, Trace, Weights, steps
from plastic.rule import InputError
from plastic.substrates.spiking_batch_cells import Group
from plastic.substrates.spiking_batch_chunk import Chunk, needs_single_steps
from plastic.substrates.spiking_batch_code import Kind
from plastic.substrates.spiking_batch_fixed import fixed
from plastic.substrates.spiking_batch_learned import Dense, Learned
from plastic.substrates.spiking_batch_rows import EventRows, needs_every_synapse

FORMS: dict[str, type[Learned]] = {"rows": EventRows, "chunk": Chunk, "dense": Dense}  # the best first
REFUSALS: dict[str, Callable[[Circuit, str], str | None]] = {"rows": needs_every_synapse, "chunk": needs_single_steps}
DIFFERENTIABLE = ("chunk", "dense")


def simulate(
    circuit: Circuit,
    seeds: Sequence[int],
    record: dict[str, Request],
    engine: str = "torch",
    device: str = "cpu",
    dtype: torch.dtype = torch.float64,
    method: str | None = None,
    gradients: bool = False,
) -> dict[str, Any]:
    """Run a trial for each seed; see `plastic.circuit.simulate`.

    method: 'rows', 'chunk' or 'dense'; None takes for each projection the best that its rule permits.
    gradients: traces and weights are tensors, through which gradients flow (by 'chunk' or 'dense') to inputs, weights
    and the rules' parameters that are tensors; a spike passes none.
    Errors: InputError for a method that a rule does not permit.
    """
    if gradients and method not in (None, *DIFFERENTIABLE):
        raise InputError(f"method is {method!r}, through which no gradient flows; give 'chunk' or 'dense'")
    able = DIFFERENTIABLE if gradients else tuple(FORMS)
    forms = {name: form(circuit, name, method, able) for name, p in circuit.projections.items() if p.rule is not None}
    with torch.set_grad_enabled(gradients):
        built = Network(circuit, seeds, record, forms, Kind(torch.device(device), dtype))
        for phase in circuit.course:
            built.run(steps(phase.seconds, circuit.dt), phase.learning)
        found = built.found()
    return found if gradients else {name: as_numpy(a) for name, a in found.items()}


def as_numpy(a: Any) -> Any:
    """A tensor as an array; spikes as they are."""
    return a.cpu().numpy() if isinstance(a, torch.Tensor) else a


def form(circuit: Circuit, name: str, method: str | None, able: Sequence[str]) -> type[Learned]:
    """How a projection learns: as told, or by the first of those that are able to and permitted."""
    if method is not None and method not in FORMS:
        raise InputError(
            f"method is {method!r}; choose from {', '.join(FORMS)}, or None for the best that is permitted"
        )
    reasons = {m: refuses(circuit, name) for m, refuses in REFUSALS.items()}
    if method is not None and reasons.get(method):
        rule = circuit.projections[name].rule
        assert rule is not None
        raise InputError(f"method is {method!r}, but {rule.name} of {name} cannot: {reasons[method]}; give 'dense'")
    return FORMS[method or next(m for m in able if not reasons.get(m))]


class Network:
    """A circuit and its trials as tensors."""

    def __init__(
        self,
        circuit: Circuit,
        seeds: Sequence[int],
        record: dict[str, Request],
        forms: dict[str, type[Learned]],
        kind: Kind,
    ):
        self.circuit, self.seeds, self.record, self.kind, self.step = circuit, seeds, record, kind, 0
        self.groups = {name: Group(name, each, circuit, seeds, kind) for name, each in circuit.populations.items()}
        self.learned = {name: self.plastic(name, made) for name, made in forms.items()}
        self.transmits = [act for name in circuit.projections for act in self.parts(name)]
        self.kept: dict[str, list[Any]] = {name: [] for name in record}

    def plastic(self, name: str, made: type[Learned]) -> Learned:
        target = self.circuit.projections[name].target
        return made(name, self.circuit, self.groups, self.groups[target].draws, self.kind)

    def parts(self, name: str) -> list[Callable[[int], None]]:
        """What a projection does when spikes arrive."""
        if name in self.learned:
            return [self.learned[name].transmit]
        projection = self.circuit.projections[name]
        source, target = (self.groups[end] for end in (projection.source, projection.target))
        return [*fixed(name, projection, source, target, self.circuit.dt, self.kind)]

    # The course

    def run(self, count: int, learning: bool) -> None:
        """A phase of so many steps."""
        for _ in range(count):
            self.advance(self.step, learning)
            self.step += 1
        for learned in self.learned.values():
            learned.settle()
        for name, request in self.record.items():
            if isinstance(request, Weights):
                self.kept[name].append(self.weights(request))

    def advance(self, step: int, learning: bool) -> None:
        """One step, in the order that `plastic/circuit.py` states."""
        groups, learned = self.groups.values(), self.learned.values() if learning else ()
        for group in groups:
            group.sums = {}
            group.hear(step)
        self.watch(step)
        for each in learned:
            each.feel()
        for each in learned:
            each.flow(step)
        for group in groups:
            group.advance(step)
        for transmit in self.transmits:
            transmit(step)
        for each in learned:
            each.learn(step)
        for name, request in self.record.items():
            if isinstance(request, Spikes):
                self.kept[name].append(self.groups[request.of].moments[step].events)
        for group in groups:
            group.reset(step)

    # What is recorded

    def watch(self, step: int) -> None:
        """Note traces as the step finds them."""
        for name, request in self.record.items():
            if isinstance(request, Trace) and step % steps(request.every, self.circuit.dt) == 0:
                a = self.groups[request.of].state[request.variable]
                self.kept[name].append(a.clone() if request.cells is None else a[:, list(request.cells)])

    def weights(self, request: Weights) -> torch.Tensor:
        """A variable of all synapses, [trials, post, pre]."""
        learned = self.learned[request.of]
        found = learned.matrix(request.variable).clone()
        return found if learned.there is None else found.masked_fill(learned.there == 0, torch.nan)

    def found(self) -> dict[str, Any]:
        """Everything recorded, by name."""
        return {name: self.result(name) for name in self.record}

    def result(self, name: str) -> Any:
        request, kept = self.record[name], self.kept[name]
        if isinstance(request, (Weights, Trace)):
            return torch.stack(kept, 1)
        return fired(kept, self.circuit.populations[request.of].size)


def fired(events: list[torch.Tensor], size: int) -> Fired:
    """Spikes in order of time, then trial, then cell."""
    which = torch.cat(events).cpu().numpy()
    step = np.repeat(np.arange(len(events)), [len(each) for each in events])
    return Fired(which // size, step, which % size)
