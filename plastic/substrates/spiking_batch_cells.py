"""The cells of all trials as tensors [trials, cells]: they tell, flow, fire and are reset."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from plastic.cells import DRAWN
from plastic.circuit import Circuit, Input, Population, steps
from plastic.substrates.cells import code_of, numbers
from plastic.substrates.spiking_batch_code import Draws, Formulas, Kind


class Moment(NamedTuple):
    """What synapses may ask of the cells' past: [trials, cells], but for the events."""

    told: dict[str, Any]  # what the cells tell, as the step found them
    state: dict[str, Tensor]  # their variables when they fired
    events: Tensor  # which fired, as trial * cells + cell in order, [events]


class Group:
    """A population in all trials. state: [trials, cells] of every variable."""

    def __init__(self, name: str, population: Population, circuit: Circuit, seeds: Sequence[int], kind: Kind):
        self.cells, self.size, self.trials, self.kind = population.cells, population.size, len(seeds), kind
        self.code = code_of(population.cells)
        self.inputs = {x: Timed(given, circuit.dt, kind) for x, given in population.inputs.items()}
        self.draws = Draws(seeds, name, population.size, kind)
        self.refractory = steps(population.cells.refractory, circuit.dt)
        self.resting = torch.zeros(self.trials, self.size, dtype=torch.int64, device=kind.device)  # until which step
        self.state = {x: self.started(population, x) for x in self.code.variables}
        self.write_formulas(numbers(population.cells) | {"dt": circuit.dt})
        self.moments: dict[int, Moment] = {}
        self.remembered = 1  # moments kept: more where synapses have delays
        self.sums: dict[str, Any] = {}  # what synapses add up in a step

    def started(self, population: Population, x: str) -> Tensor:
        value = (population.cells.start() | dict(population.start)).get(x, 0.0)
        return self.kind.tensor(value).expand(self.trials, self.size).clone()

    def write_formulas(self, known: dict[str, Any]) -> None:
        code = self.code
        self.hears = Formulas(code.hears, known)
        self.flows = Formulas({x: e for x, e in code.after.items() if code.rates[x] != 0}, known)
        self.fires = None if code.fires is None else Formulas({"fires": code.fires}, known)
        self.resets = Formulas(code.reset, known)
        used = {*self.hears.names, *self.flows.names, *(self.fires.names if self.fires else ()), *self.resets.names}
        self.drawn = [name for name in DRAWN if name in used]

    def hear(self, step: int) -> None:
        """Note what comes from outside in this step, and what the cells tell."""
        self.outside = {x: given.at(step) for x, given in self.inputs.items()}
        self.outside |= {name: self.draws.at(name, step) for name in self.drawn}
        self.told = self.hears(self.state | self.outside)

    def advance(self, step: int) -> None:
        """Flow for dt, then fire."""
        after = self.flows(self.state | self.outside)
        free = self.resting <= step if self.refractory else None
        for x, value in after.items():
            self.state[x] = torch.where(free, value, self.state[x]) if self.is_held(x) else value  # type: ignore[arg-type]
        events = self.fired(free)
        if free is not None:
            free.view(-1)[events] = False
            self.open = free
        self.moments[step] = Moment(self.told, dict(self.state), events)
        self.moments.pop(step - self.remembered, None)

    def fired(self, free: Tensor | None) -> Tensor:
        """Which cells fire."""
        if self.fires is None:
            return torch.empty(0, dtype=torch.int64, device=self.kind.device)
        found = torch.as_tensor(self.fires(self.state | self.outside)["fires"], device=self.kind.device)
        found = found if free is None else found & free
        return nonzero(found.expand(self.trials, self.size))

    def reset(self, step: int) -> None:
        """What a spike does to its own cell."""
        events = self.moments[step].events
        if not len(events):
            return
        if self.refractory:
            self.resting.view(-1)[events] = step + self.refractory
        felt = {x: a for x, a in (self.state | self.outside).items() if x in self.resets.names}
        after = self.resets({x: self.of_events(a, events) for x, a in felt.items()})
        for x, value in after.items():
            flat = self.state[x].reshape(-1)
            self.state[x] = flat.index_put((events,), self.kind.tensor(value).expand(len(events))).view_as(
                self.state[x]
            )

    def of_events(self, a: Tensor, events: Tensor) -> Tensor:
        """Of [trials or 1, cells or 1], those that fired, [events]."""
        return a.expand(self.trials, self.size).reshape(-1)[events]

    def add(self, x: str, amount: Tensor) -> None:
        """Add [trials, cells or 1] to a variable; one that is held takes nothing while its cell is refractory."""
        more = self.state[x] + amount
        self.state[x] = torch.where(self.open, more, self.state[x]) if self.is_held(x) else more

    def is_held(self, x: str) -> bool:
        return bool(self.refractory) and x in self.cells.held

    def sum_up(self, name: str, amount: Any) -> None:
        """Add to what synapses add up in this step."""
        self.sums[name] = self.sums[name] + amount if name in self.sums else amount

    def past(self, step: int) -> Moment | None:
        """What was in a step; None before the first."""
        return self.moments.get(step)


def nonzero(found: Tensor) -> Tensor:
    """Flat places of what is true, in order."""
    if found.device.type == "cpu":
        return torch.from_numpy(np.flatnonzero(found.numpy()))
    return found.reshape(-1).nonzero()[:, 0]


class Timed:
    """An input that changes in steps, and is 0 after its end."""

    def __init__(self, given: Input, dt: float, kind: Kind):
        self.values, self.every = kind.tensor(given.values), steps(given.every, dt)
        self.silence = torch.zeros_like(self.values[:, 0])

    def at(self, step: int) -> Tensor:
        """[trials or 1, cells or 1]."""
        piece = step // self.every
        return self.values[:, piece] if piece < self.values.shape[1] else self.silence
