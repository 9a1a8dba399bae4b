"""A sparse attractor network: few cells of a pattern are on, and inhibition keeps it so."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from plastic.memory.codes import zeros_and_ones
from plastic.memory.protocol import PairMemory
from plastic.rule import InputError


@dataclass(frozen=True)
class SparseHopfield(PairMemory):
    """Key and value are one pattern of on and off cells, stored by the covariance rule.

    All cells update together; in either half as many are on as were on in the stored patterns (global inhibition).
    Answers are 1 (on) and -1 (off): compared with values by dot product, or by sign after the mean is taken off both.
    """

    cite = "Tsodyks & Feigelman (1988), Europhys. Lett. 6:101"
    keys = "sparse"
    values = "sparse"

    seeds: tuple[int, ...] = (0,)
    device: str = "cpu"
    iterations: int = 10

    def __post_init__(self) -> None:
        if self.iterations < 1:
            raise InputError(f"iterations is {self.iterations}; give 1 or more")

    def answers(self, keys, values, cues):
        checked = zeros_and_ones("keys", keys), (values > 0).astype(float), zeros_and_ones("cues", cues)
        shown, taught, asked = (torch.from_numpy(a).to(self.device) for a in checked)
        d, quiet = keys.shape[-1], taught.mean((1, 2), keepdim=True)
        w = covariance(torch.cat([centred(shown), centred(taught)], -1))
        busy = [round(float(a.sum(-1).mean())) for a in (shown, taught)]
        state = torch.cat([asked - shown.mean((1, 2), keepdim=True), torch.zeros_like(quiet * taught[:, :1])
                           .expand(-1, asked.shape[1], -1)], -1)  # fmt: skip
        for _ in range(self.iterations):
            field = state @ w
            on = torch.cat([winners(field[..., :d], busy[0]), winners(field[..., d:], busy[1])], -1)
            state = torch.cat([on[..., :d] - shown.mean((1, 2), keepdim=True), on[..., d:] - quiet], -1)
        return (2 * on[..., d:] - 1).cpu().numpy()

    def scalars(self, load, d, d_v):
        return (d + d_v) * (d + d_v - 1) // 2


def centred(a: Tensor) -> Tensor:
    """Patterns [S, n, N] less the share of cells that is on."""
    return a - a.mean((1, 2), keepdim=True)


def covariance(patterns: Tensor) -> Tensor:
    """Weights [S, N, N] of centred patterns [S, n, N], without a cell's synapse on itself."""
    w = patterns.mT @ patterns
    w.diagonal(dim1=-2, dim2=-1).zero_()
    return w


def winners(field: Tensor, count: int) -> Tensor:
    """The cells [..., N] of largest field: 1 for `count` of them (more in a tie), 0 elsewhere."""
    least = field.topk(max(count, 1), -1).values[..., -1:]
    return (field >= least).to(field)
