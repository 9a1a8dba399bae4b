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
        checked = zeros_and_ones("keys", keys), (values > 0).astype(float), cues
        shown, taught, asked = (torch.from_numpy(a).to(self.device) for a in checked)
        (d, key_mean, key_count), (_, value_mean, value_count) = activity(shown), activity(taught)
        w = covariance(torch.cat([shown - key_mean, taught - value_mean], -1))
        on = asked.new_zeros(*asked.shape[:2], taught.shape[2])
        field = (asked - key_mean) @ w[:, :d]  # the value cells are undecided at first
        for _ in range(self.iterations):
            state, on = winners(field[..., :d], key_count), winners(field[..., d:], value_count)
            field = torch.cat([state - key_mean, on - value_mean], -1) @ w
        return (2 * on - 1).cpu().numpy()

    def scalars(self, load, d, d_v):
        return (d + d_v) * (d + d_v - 1) // 2


def activity(patterns: Tensor) -> tuple[int, Tensor, int]:
    """Cells in a pattern [S, n, N], the share of them that is on [S, 1, 1], and how many that is, rounded."""
    share = patterns.mean((1, 2), keepdim=True)
    return patterns.shape[2], share, max(1, round(float(share.mean()) * patterns.shape[2]))


def covariance(patterns: Tensor) -> Tensor:
    """Weights [S, N, N] of centred patterns [S, n, N], without a cell's synapse on itself."""
    w = patterns.mT @ patterns
    w.diagonal(dim1=-2, dim2=-1).zero_()
    return w


def winners(field: Tensor, count: int) -> Tensor:
    """The cells [..., N] of largest field: 1 for `count` of them (more in a tie), 0 elsewhere."""
    least = field.topk(count, -1).values[..., -1:]
    return (field >= least).to(field)
