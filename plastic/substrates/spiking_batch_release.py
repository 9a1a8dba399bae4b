"""What of a projection's transmission arrives: a share, or all or nothing at each synapse by chance."""

from __future__ import annotations

import numpy as np
from torch import Tensor

from plastic.circuit import Projection
from plastic.substrates import noise
from plastic.substrates.spiking_batch_cells import Group
from plastic.substrates.spiking_batch_code import Kind, chance


class Release:
    """What multiplies the transmission of events; see `plastic.circuit.Projection.release`."""

    def __init__(self, name: str, projection: Projection, source: Group, target: Group, kind: Kind):
        self.release, self.stochastic = projection.release, projection.stochastic
        self.source, self.keys, self.kind = source, target.draws.keys, kind
        self.first = noise.first_synapse(f"{name} transmits")

    def __call__(self, events: Tensor, post: Tensor, step: int) -> Tensor | float:
        """At events (places in trials * pre) and targets that broadcast, in the step in which they arrive."""
        share = self.share(events, step)
        if not self.stochastic:
            return share
        trial, pre = np.divmod(events.cpu().numpy(), self.source.size)
        place = self.first + post.cpu().numpy() * self.source.size + pre
        return (chance(self.keys[trial], step, place, self.kind) < share).to(self.kind.dtype)

    def share(self, events: Tensor, step: int) -> Tensor | float:
        """The share, or the probability, of each event."""
        if not isinstance(self.release, str):
            return 1.0 if self.release is None else self.release
        moment = self.source.past(step)
        assert moment is not None
        return moment.state[self.release].reshape(-1)[events]
