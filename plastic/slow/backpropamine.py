"""Backpropamine: a recurrent network that modulates its own plasticity.

Source: Miconi, Rawal, Clune & Stanley (2019), ICLR, arXiv:2002.10585.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn

from plastic.rule import InputError
from plastic.slow.programmer import Stepped
from plastic.substrates.layer import fitting

MODULATION = ("retroactive", "simple", "none")


class Backpropamine(Stepped):
    """h' = tanh(C x + (W + alpha o Hebb) h), and Hebb changes within [-1, 1] by a dose of the coincidence h' (x) h.

    modulation: 'simple', the dose is the modulator M = tanh(m h' + b) that the network emits; 'retroactive', M doses an
    eligibility trace of earlier coincidences, E = (1 - eta) E + eta h' (x) h, as the step finds it; 'none', the dose is
    eta. W, alpha and eta are trained. alpha: at first, it is drawn uniformly from 0 to this. eta: what it is at first.
    """

    def __init__(
        self,
        width: int,
        cells: int | None = None,
        modulation: str = "retroactive",
        alpha: float = 0.05,
        eta: float = 0.5,
    ) -> None:
        super().__init__(width, cells)
        if modulation not in MODULATION:
            raise InputError(f"modulation is {modulation!r}; choose from {', '.join(MODULATION)}")
        remedy = "give the plasticity of weights at first, above 0"
        alpha = fitting("alpha", alpha, lambda number: number > 0, remedy)
        remedy = "give the rate of the trace at first, above 0 and below 1"
        eta = fitting("eta", eta, lambda number: 0 < number < 1, remedy)
        self.modulation = modulation
        self.input = nn.Linear(width, self.cells)
        bound = self.cells**-0.5
        self.weights = nn.Parameter(torch.empty(self.cells, self.cells).uniform_(-bound, bound))
        self.alpha = nn.Parameter(alpha * torch.rand(self.cells, self.cells))
        if modulation != "none":
            self.modulator = nn.Linear(self.cells, 1)
        if modulation != "simple":
            self.learning = nn.Parameter(torch.tensor(math.log(eta / (1 - eta))))

    @property
    def eta(self) -> Tensor:
        """The rate of the trace, or of the weights where nothing modulates them, in (0, 1)."""
        return self.learning.sigmoid()

    def rest(self, x: Tensor) -> dict[str, Any]:
        fast = ("hebb", "trace") if self.modulation == "retroactive" else ("hebb",)
        matrices = {name: x.new_zeros(x.shape[0], self.cells, self.cells) for name in fast}
        return {"rate": x.new_zeros(x.shape[0], self.cells), **matrices}

    def step(self, x: Tensor, state: dict[str, Any]) -> tuple[Tensor, dict[str, Any]]:
        before, hebb = state["rate"], state["hebb"]
        drive = ((self.weights + self.alpha * hebb) @ before.unsqueeze(-1)).squeeze(-1)
        rate = (self.input(x) + drive).tanh()
        coincidence = rate.unsqueeze(-1) * before.unsqueeze(-2)
        dose = self.eta if self.modulation == "none" else self.modulator(rate).tanh().unsqueeze(-1)
        if self.modulation != "retroactive":
            return rate, {"rate": rate, "hebb": (hebb + dose * coincidence).clamp(-1, 1)}
        trace = state["trace"]
        after = {"hebb": (hebb + dose * trace).clamp(-1, 1), "trace": trace + self.eta * (coincidence - trace)}
        return rate, {"rate": rate, **after}
