"""Synapses that learn, one fast matrix for each trial: every synapse in every step, the reference."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from plastic import symbols
from plastic.circuit import Circuit, steps
from plastic.substrates import noise, rate
from plastic.substrates.inputs import ABSENT
from plastic.substrates.spiking_batch_cells import Group
from plastic.substrates.spiking_batch_code import Draws, Kind, chance
from plastic.substrates.spiking_batch_release import Release


class Learned:
    """A plastic projection. The stages of a step: feel, flow, transmit, learn."""

    def __init__(self, name: str, circuit: Circuit, groups: Mapping[str, Group], draws: Draws, kind: Kind):
        projection = circuit.projections[name]
        assert projection.rule is not None
        self.name, self.projection, self.rule = name, projection, projection.rule
        self.source, self.target, self.draws = groups[projection.source], groups[projection.target], draws
        self.dt, self.kind, self.trials = circuit.dt, kind, self.source.trials
        self.delay = steps(float(projection.delay), circuit.dt)
        self.source.remembered = max(self.source.remembered, self.delay + 1)
        self.uses = symbols.used(self.rule)
        self.has_pred = "pred" in self.target.state
        self.release = Release(name, projection, self.source, self.target, kind)
        self.post = torch.arange(self.target.size, device=kind.device)
        self.there = None if projection.where is None else kind.tensor(np.asarray(projection.where, bool))
        self.build()

    # What a form of plasticity does

    def build(self) -> None:
        """Make the variables."""
        raise NotImplementedError

    def feel(self) -> None:
        """Add up what targets predict for their inputs, before anything flows."""

    def flow(self, step: int) -> None:
        """What goes on between events, for dt."""
        raise NotImplementedError

    def transmit(self, step: int) -> None:
        """What arrives now adds to the target, and to the sums that a neuron holds."""
        raise NotImplementedError

    def learn(self, step: int) -> None:
        """Events act on the synapses."""
        raise NotImplementedError

    def settle(self) -> None:
        """Bring every synapse up to date: the end of a phase."""

    def matrix(self, z: str) -> Tensor:
        """A variable, [trials, post, pre]."""
        raise NotImplementedError

    # What all of them use

    def started(self, z: str) -> Tensor:
        """A variable at the start, [trials, post, pre]."""
        given = self.projection.weights if z == "w" else None
        value = self.kind.tensor(self.rule.start().get(z, 0.0) if given is None else given)
        return value.expand(self.trials, self.target.size, self.source.size).clone()

    def arrived(self, step: int) -> Tensor | None:
        """The events that arrive now; None if there are none."""
        moment = self.source.past(step - self.delay)
        return moment.events if moment is not None and len(moment.events) else None

    def signals(self) -> dict[str, Any]:
        """What the cells tell, as the step found them: numbers, or [trials or 1, cells or 1] of their population."""
        told = self.target.told
        found = ABSENT | {name: told[name] for name in ("post", "mod", "gate") if name in told}
        if self.rule.gate_axis == "pre":
            found["gate"] = self.source.told.get("gate", ABSENT["gate"])
        return found

    def sums(self) -> dict[str, Any]:
        """What neurons add up, [trials, cells or 1] of theirs."""
        found: dict[str, Any] = {
            name: self.target.sums.get(name, 0.0) for name in ("pred", "energy") if name in self.uses
        }
        if self.has_pred and "pred" in self.uses:
            found["pred"] = self.target.state["pred"]
        return found

    def summed(self, part: str) -> str | None:
        """The variable whose flow has this part."""
        return next((z for z, flow in symbols.flows(self.rule).items() if getattr(flow, part) != 0), None)

    def chances(self, step: int, trial: Any, post: Any, pre: Any) -> Tensor:
        """Uniform numbers of synapses, whose places are arrays that broadcast."""
        return chance(
            self.draws.keys[trial], step, noise.first_synapse(self.name) + post * self.source.size + pre, self.kind
        )


class Dense(Learned):
    """Variables are [trials, post, pre], stepped by the reference of the rate substrate."""

    def build(self) -> None:
        self.state = {z: self.started(z) for z in symbols.flows(self.rule)}
        self.mask = 1.0 if self.there is None else self.there
        self.cells = torch.arange(self.trials * self.source.size, device=self.kind.device).view(self.trials, 1, -1)

    def matrix(self, z: str) -> Tensor:
        return self.state[z]

    def feel(self) -> None:
        if "back" in self.uses:
            z = self.state[self.summed("unwrite")]  # type: ignore[index]
            post = self.signals()["post"]
            self.source.sum_up("back", (z * self.mask * column(post)).sum(-2))

    def flow(self, step: int) -> None:
        self.state = rate.flowed(self.rule, self.state, self.heard(step), self.dt)

    def heard(self, step: int) -> dict[str, Any]:
        """Signals and sums, shaped to broadcast against [trials, post, pre]."""
        found = {name: column(a) for name, a in (self.signals() | self.sums()).items()}
        if self.rule.gate_axis == "pre":
            found["gate"] = row(self.signals()["gate"])
        if "back" in self.uses:
            found["back"] = row(self.source.sums["back"])
        if "chance" in self.uses:
            found["chance"] = self.chances(step, *np.ogrid[: self.trials, : self.target.size, : self.source.size])
        return found

    def transmit(self, step: int) -> None:
        self.events = self.arrived(step)
        if self.events is None:
            return
        self.pre = torch.zeros(self.cells.numel(), dtype=self.kind.dtype, device=self.kind.device)
        self.pre = self.pre.index_fill_(0, self.events, 1.0).view_as(self.cells)
        if self.projection.into is not None:
            efficacy = self.rule.efficacy(rate.TensorSynapse(self.state, self.dt))
            sent = self.pre * self.release(self.cells, self.post[:, None], step)
            self.target.add(self.projection.into, self.projection.gain * (efficacy * self.mask * sent).sum(-1))
        self.sum_up()

    def sum_up(self) -> None:
        if "pred" in self.uses and not self.has_pred:
            z = self.state[self.summed("erase")]  # type: ignore[index]
            self.target.sum_up("pred", (z * self.mask * self.pre).sum(-1) / self.dt)
        if "energy" in self.uses:
            self.target.sum_up("energy", (self.mask * self.pre).sum(-1) / self.dt)

    def learn(self, step: int) -> None:
        if self.events is None:
            return
        heard = self.heard(step) | {"pre": self.pre / self.dt}
        self.state = rate.jumped(self.rule, self.state, heard, self.dt)


def column(a: Any) -> Any:
    """[trials, post] -> [trials, post, 1]."""
    return a.unsqueeze(-1) if isinstance(a, Tensor) else a


def row(a: Any) -> Any:
    """[trials, pre] -> [trials, 1, pre]."""
    return a.unsqueeze(-2) if isinstance(a, Tensor) else a
