"""A recurrent network of excitatory and inhibitory cells whose synapses facilitate or depress.

Source: Masse, Yang, Song, Wang & Freedman (2019), Nat. Neurosci. 22:1159.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.distributions import Gamma

from plastic.slow.programmer import Stepped
from plastic.substrates.layer import fitting

TAU = 0.1  # of a cell, seconds


class Release(NamedTuple):
    """Short-term plasticity of a cell's synapses: use of a spike at rest, and time constants in seconds."""

    use: float
    facilitation: float
    recovery: float


FACILITATING = Release(0.15, 1.5, 0.2)
DEPRESSING = Release(0.45, 0.2, 1.5)


class STPRNN(Stepped):
    """h = relu((1 - a) h + a (C x + W (u x h) + b) + noise), a = dt / tau; every other cell facilitates, or depresses.

    Resources x recover to 1 and lose dt u x h in a step; use u returns to U and gains dt U (1 - u) h. The last fifth of
    the cells inhibit; W keeps to Dale's law and has no self-connections. At first W is drawn as published: from a gamma
    distribution of shape .1, and of .2 to and from cells that inhibit, without which activity sustains itself before
    anything is learned. noise: its standard deviation, in training alone. dt: seconds a step takes. cost: of the mean
    square of the rates, which training adds to the loss; it makes networks keep what they can in synapses.
    """

    sign: Tensor
    kinds: Tensor

    def __init__(
        self, width: int, cells: int | None = None, noise: float = 0.5, dt: float = 0.01, cost: float = 0.0
    ) -> None:
        super().__init__(width, cells)
        remedy = f"give the seconds a step takes, above 0 and at most {TAU}"
        self.dt = fitting("dt", dt, lambda number: 0 < number <= TAU, remedy)
        self.noise = fitting("noise", noise, lambda number: number >= 0, "give a standard deviation, 0 or more")
        remedy = "give what a unit of the mean squared rate costs, 0 or more"
        self.cost = fitting("cost", cost, lambda number: number >= 0, remedy)
        self.input = nn.Linear(width, self.cells)
        sign = torch.ones(self.cells)
        sign[self.cells - self.cells // 5 :] = -1
        among_excitatory = (sign > 0) & (sign > 0)[:, None]
        self.weights = nn.Parameter(Gamma(torch.where(among_excitatory, 0.1, 0.2), 1.0).sample())
        self.register_buffer("sign", sign * (1 - torch.eye(self.cells)), persistent=False)
        kinds = torch.tensor([FACILITATING, DEPRESSING]).repeat(self.cells, 1)[: self.cells]
        self.register_buffer("kinds", kinds.mT.contiguous(), persistent=False)

    def rest(self, x: Tensor) -> dict[str, Any]:
        use = self.kinds[0].expand(x.shape[0], -1)
        return {"rate": torch.full_like(use, 0.1), "use": use, "resources": torch.ones_like(use)}

    def step(self, x: Tensor, state: dict[str, Any]) -> tuple[Tensor, dict[str, Any]]:
        rate, use, resources = state["rate"], *self.released(**state)
        share = self.dt / TAU
        drive = self.input(x) + (use * resources * rate) @ (self.weights.relu() * self.sign).mT
        after = (1 - share) * rate + share * drive
        if self.training and self.noise:
            after = after + (2 * share) ** 0.5 * self.noise * torch.randn_like(after)
        after = after.relu()
        return after, {"rate": after, "use": use, "resources": resources}

    def told(self, rates: Tensor) -> Tensor:
        self.spent = self.cost * rates.square().mean()
        return super().told(rates)

    def released(self, rate: Tensor, use: Tensor, resources: Tensor) -> tuple[Tensor, Tensor]:
        """Use and resources of each cell's synapses, one step later."""
        at_rest, facilitation, recovery = self.kinds
        left = resources + self.dt * ((1 - resources) / recovery - use * resources * rate)
        used = use + self.dt * ((at_rest - use) / facilitation + at_rest * (1 - use) * rate)
        return used.clamp(0, 1), left.clamp(0, 1)
