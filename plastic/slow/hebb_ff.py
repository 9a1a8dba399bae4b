"""HebbFF: a feed-forward network whose input synapses are plastic, with a rate and a decay that are trained.

Source: Tyulmankov, Yang & Abbott (2022), Neuron 110:544. `models/hebb_ff.py` is the idealised network, untrained.
"""

from __future__ import annotations

from math import log
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from plastic.slow.fast_matrix import FastMatrix
from plastic.slow.programmer import Stepped


class HebbFF(Stepped):
    """h = sigmoid((W + A) x + b), then A = decay A + eta h x'; eta and decay are trained.

    rule: what writes A; it hears x as pre, h as post, eta as mod and -log(decay) as gate. eta starts at random, such
    that an item seen again drives its cells by about 1: whether synapses become Hebbian or anti-Hebbian is learned.
    """

    def __init__(self, width: int, rule: Any = "mlstm", cells: int | None = None) -> None:
        super().__init__(width, cells)
        self.fast = FastMatrix(rule, self.cells, width)
        self.input = nn.Linear(width, self.cells)
        self.eta = nn.Parameter(torch.randn(()) / width)
        self.keeping = nn.Parameter(torch.tensor(log(0.95 / 0.05)))

    @property
    def decay(self) -> Tensor:
        """The share of A that a step leaves, in (0, 1)."""
        return self.keeping.sigmoid()

    def rest(self, x: Tensor) -> dict[str, Any]:
        return self.fast.rest(x)

    def step(self, x: Tensor, state: dict[str, Any]) -> tuple[Tensor, dict[str, Any]]:
        rate = (self.input(x) + self.fast.read(state, x)).sigmoid()
        return rate, self.fast.write(state, x, rate, self.eta, softplus(-self.keeping))
