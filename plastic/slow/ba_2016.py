"""Fast weights that attend to the recent past: a recurrent network that settles on a fast matrix.

Source: Ba, Hinton, Mnih, Leibo & Ionescu (2016), arXiv:1610.06258.
"""

from __future__ import annotations

from math import log
from typing import Any

from torch import Tensor, nn

from plastic.slow.fast_matrix import FastMatrix
from plastic.slow.feedforward import layer_norm
from plastic.slow.programmer import Stepped
from plastic.substrates.layer import fitting, positive


class Ba2016(Stepped):
    """h_0 = f(W h + C x); h_{s+1} = f(norm(W h + C x + A h_s)), some times; then A = decay A + eta h h'. f rectifies.

    rule: what writes A; it hears h as pre and post, eta as mod and -log(decay) as gate. inner: how often h settles
    on A. norm: a layer norm on what drives the cells; without it what A stores drives them without bound.
    """

    def __init__(
        self,
        width: int,
        rule: Any = "mlstm",
        cells: int | None = None,
        inner: int = 1,
        norm: bool = True,
        eta: float = 0.5,
        decay: float = 0.95,
    ) -> None:
        super().__init__(width, cells)
        remedy = "give the share that a step leaves, above 0 and at most 1"
        self.gate = -log(fitting("decay", decay, lambda number: 0 < number <= 1, remedy))
        self.eta = fitting("eta", eta, lambda number: True, "give how much of a coincidence a step writes, a number")
        self.inner = positive("inner", inner)
        self.fast = FastMatrix(rule, self.cells, self.cells)
        self.input = nn.Linear(width, self.cells)
        self.recurrent = nn.Linear(self.cells, self.cells, bias=False)
        nn.init.eye_(self.recurrent.weight).data.mul_(0.05)
        self.norm = layer_norm(self.cells, norm)

    def rest(self, x: Tensor) -> dict[str, Any]:
        return {"rate": x.new_zeros(x.shape[0], self.cells), "fast": self.fast.rest(x)}

    def step(self, x: Tensor, state: dict[str, Any]) -> tuple[Tensor, dict[str, Any]]:
        drive = self.input(x) + self.recurrent(state["rate"])
        rate = drive.relu()
        for _ in range(self.inner):
            rate = self.norm(drive + self.fast.read(state["fast"], rate)).relu()
        return rate, {"rate": rate, "fast": self.fast.write(state["fast"], rate, rate, self.eta, self.gate)}
