"""A content-addressable memory by BTSP: plateaus pick a few memory cells, in which the item's active synapses flip."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from plastic.memory.codes import drawn, zeros_and_ones
from plastic.memory.protocol import PairMemory
from plastic.rule import InputError

Seeds = tuple[int, ...]


def core_flips(events: Tensor, seeds: Seeds) -> Tensor:
    """Every event flips the synapse, so that it is on after an odd number of them."""
    return events % 2


def chance_flips(events: Tensor, seeds: Seeds) -> Tensor:
    """Every event flips the synapse with the chance 1/2: one event or many, it is then on with the chance 1/2."""
    coins = drawn(seeds, lambda rng: rng.random(events.shape[1:], "float32") < 0.5, "btsp", "coins")
    return torch.from_numpy(coins).to(events) * (events > 0)


FLIPS: dict[str, tuple[Callable[[Tensor, Seeds], Tensor], float]] = {
    "core": (core_flips, 0.5),
    "full": (chance_flips, 1.0),
}  # how synapses flip, and with what share of the plateaus


@dataclass(frozen=True)
class BTSPMemory(PairMemory):
    """A plateau (of its own chance in every memory cell) flips the binary synapses of the inputs that are active.

    Flips commute, so no item is older than another: the memory does not know in which order it learned. The cells
    that had a plateau also take the value into their outgoing synapses. At recall inhibition follows the cell that is
    driven most: those fire that reach the share `inhibition` of it, whatever the load and the cue. variant: "core"
    (always flips, half as many plateaus) or "full" (flips with the chance 1/2). Stored bits: one for every input
    synapse there is, incoming or outgoing.
    """

    cite = "Wu & Maass (2025), Nat. Commun. 16:342"
    keys = "sparse"
    bits_per_scalar = 1

    seeds: tuple[int, ...] = (0,)
    device: str = "cpu"
    variant: str = "core"
    cells: int = 2000
    plateau: float = 0.005
    connected: float = 0.6
    inhibition: float = 0.75

    def __post_init__(self) -> None:
        if self.variant not in FLIPS:
            raise InputError(f"variant is {self.variant!r}; choose from {', '.join(FLIPS)}")
        for name in ("plateau", "connected", "inhibition"):
            if not 0 < getattr(self, name) <= 1:
                raise InputError(f"{name} is {getattr(self, name)}; give a share above 0, up to 1")
        if self.cells * self.chance < 1:
            raise InputError(f"cells is {self.cells}; give enough that one has a plateau on average, or raise plateau")

    @property
    def chance(self) -> float:
        """Of a plateau, in one cell and item."""
        return self.plateau * FLIPS[self.variant][1]

    def answers(self, keys, values, cues):
        checked = zeros_and_ones("keys", keys), values, cues
        shown, taught, asked = (torch.from_numpy(a).float().to(self.device) for a in checked)
        plateaus = self.plateaus(keys.shape[1])
        fires = self.traces(asked @ self.synapses(shown, plateaus))
        recalled = fires @ (plateaus.mT @ taught) / fires.sum(-1, keepdim=True)
        return recalled.double().cpu().numpy()

    def traces(self, drive: Tensor) -> Tensor:
        """Which cells fire, 1 or 0, of their drive [S, m, cells]: at least the one driven most."""
        return (drive >= self.inhibition * drive.amax(-1, keepdim=True)).float()

    def plateaus(self, load: int) -> Tensor:
        """Which cells have one during which item: [S, n, cells] of 0 and 1."""
        had = drawn(self.seeds, lambda rng: rng.random((load, self.cells), "float32") < self.chance, "btsp", "plateaus")
        return torch.from_numpy(had).float().to(self.device)

    def synapses(self, keys: Tensor, plateaus: Tensor) -> Tensor:
        """Binary synapses [S, d, cells] after the keys [S, n, d]: off at first, and only where there is a contact."""
        shape = (keys.shape[2], self.cells)
        contacts = drawn(self.seeds, lambda rng: rng.random(shape, "float32") < self.connected, "btsp", "contacts")
        flips, _ = FLIPS[self.variant]
        return flips(keys.mT @ plateaus, self.seeds) * torch.from_numpy(contacts).to(self.device)

    def scalars(self, load, d, d_v):
        return round(self.connected * d * self.cells) + self.cells * d_v
