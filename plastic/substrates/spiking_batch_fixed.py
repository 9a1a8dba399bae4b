"""Synapses that do not learn: rows of the cells that fired, or lists of synapses with arrivals to come."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from plastic.circuit import Projection
from plastic.substrates.spiking_batch_cells import Group, Moment
from plastic.substrates.spiking_batch_code import Kind
from plastic.substrates.spiking_batch_release import Release

SPARSE = 0.25  # of all synapses, below which those that are there are listed


def fixed(
    name: str, projection: Projection, source: Group, target: Group, dt: float, kind: Kind
) -> list[Callable[[int], None]]:
    """What a projection does in a step, in one part or several."""
    release = Release(name, projection, source, target, kind)
    delay = np.rint(np.asarray(projection.delay, float) / dt).astype(int)
    if delay.ndim and projection.release is not None:
        return [Listed(part, source, target, one, release) for one, part in by_delay(projection, delay)]
    there = 1.0 if projection.where is None else np.mean(projection.where)
    return [(Listed if delay.ndim or there < SPARSE else Rows)(projection, source, target, delay, release)]


def by_delay(projection: Projection, delay: np.ndarray) -> list[tuple[np.ndarray, Projection]]:
    """A part for each delay: what arrives is multiplied by what the source has then."""
    where = True if projection.where is None else np.asarray(projection.where, bool)
    return [(one, replace(projection, where=where & (delay == one))) for one in np.unique(delay)]


class Fixed:
    """A projection that keeps its weights."""

    def __init__(self, projection: Projection, source: Group, target: Group, delay: np.ndarray, release: Release):
        self.projection, self.source, self.target = projection, source, target
        self.release, self.kind = release, release.kind
        self.delay = 0 if delay.ndim else int(delay)
        source.remembered = max(source.remembered, self.delay + 1)
        self.build(delay)

    def build(self, delay: np.ndarray) -> None:
        raise NotImplementedError

    def weights(self) -> np.ndarray:
        """gain * w, 0 where no synapse is: [post, pre] or [trials, post, pre]."""
        shape = (self.target.size, self.source.size)
        there = 1.0 if self.projection.where is None else np.asarray(self.projection.where, float)
        w = np.asarray(self.projection.weights, float) * self.projection.gain * there
        return w if w.ndim > 1 else np.broadcast_to(w, shape)

    def arrived(self, step: int) -> Tensor | None:
        """The events that arrive now (leave a cell now, for listed delays); None if there are none."""
        moment: Moment | None = self.source.past(step - self.delay)
        return moment.events if moment is not None and len(moment.events) else None

    def row(self, events: Tensor, matrix: Any) -> Tensor:
        """Each event's row of a matrix [pre, ...] shared by all trials or [trials * pre, ...]."""
        return events % self.source.size if len(matrix) == self.source.size else events


class Rows(Fixed):
    """w is [pre, post] or [trials * pre, post], so that a row lies together; one column where all targets get alike."""

    def build(self, delay: np.ndarray) -> None:
        w = self.weights().swapaxes(-1, -2)
        alike = self.projection.where is None and np.ndim(self.projection.weights) == 0 and not self.release.stochastic
        self.post = torch.arange(self.target.size, device=self.kind.device)
        self.w = self.kind.tensor(w[:, :1].copy() if alike else np.ascontiguousarray(w.reshape(-1, w.shape[-1])))

    def __call__(self, step: int) -> None:
        events = self.arrived(step)
        if events is None:
            return
        amount = self.w[self.row(events, self.w)]
        if self.projection.release is not None:
            amount = amount * self.release(events[:, None], self.post, step)
        trial = events // self.source.size
        total = amount.new_zeros(self.target.trials, amount.shape[1]).index_add_(0, trial, amount)
        self.target.add(self.projection.into, total)  # type: ignore[arg-type]


class Listed(Fixed):
    """Every synapse in a list sorted by its source; what arrives later waits in a ring, [delays, trials * post]."""

    def build(self, delay: np.ndarray) -> None:
        trials, shape = self.target.trials, (self.target.size, self.source.size)
        arrays = [np.asarray(a) for a in (self.weights(), delay, self.where())]
        own = any(a.ndim == 3 for a in arrays)
        w, late, there = (np.broadcast_to(a, (trials if own else 1, *shape)).swapaxes(1, 2) for a in arrays)
        there = there.reshape(-1, shape[0])
        row, post = there.nonzero()
        self.first = self.kind.places(np.searchsorted(row, np.arange(len(there) + 1)))
        self.post = self.kind.places(post)
        self.w = self.kind.tensor(w.reshape(there.shape)[row, post])
        self.late = self.kind.places(late.reshape(there.shape)[row, post]) if delay.ndim else None
        ring = 1 + (int(delay.max()) if delay.ndim else 0)
        self.ring = torch.zeros(ring, trials * shape[0], dtype=self.kind.dtype, device=self.kind.device)

    def where(self) -> np.ndarray:
        return np.asarray(True if self.projection.where is None else self.projection.where, bool)

    def __call__(self, step: int) -> None:
        events = self.arrived(step)
        if events is not None:
            self.send(events, step)
        now = self.ring[step % len(self.ring)]
        self.target.add(self.projection.into, now.view(self.target.trials, -1))  # type: ignore[arg-type]
        now.zero_()

    def send(self, events: Tensor, step: int) -> None:
        """Every synapse of the events, into its place in the ring."""
        row = self.row(events, self.first[1:])
        count = self.first[row + 1] - self.first[row]
        each = torch.repeat_interleave(torch.arange(len(events), device=self.kind.device), count)
        before = count.cumsum(0) - count
        synapse = torch.arange(len(each), device=self.kind.device) + (self.first[row] - before)[each]
        amount = self.w[synapse]
        if self.projection.release is not None:
            amount = amount * self.release(events[each], self.post[synapse], step)
        place = (events // self.source.size * self.target.size)[each] + self.post[synapse]
        if self.late is not None:
            place = place + (step + self.late[synapse]) % len(self.ring) * self.ring.shape[1]
        self.ring.view(-1).index_add_(0, place, amount)
