"""A Hopfield network: pairs are attractors of symmetric, binary cells, and the cue is the half it starts from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from plastic.memory.protocol import PairMemory
from plastic.rule import InputError


@dataclass(frozen=True)
class Hopfield(PairMemory):
    """Key and value are one pattern of d + d_v sign cells, stored by Hebb's rule; the cue falls into its attractor.

    The value cells start undecided and update first, one cell at a time, then all cells for up to `sweeps` rounds.
    Keys and values that are no signs are stored by their sign.
    """

    cite = "Hopfield (1982), PNAS 79:2554"
    keys = "signs"

    seeds: tuple[int, ...] = (0,)
    device: str = "cpu"
    sweeps: int = 20

    def __post_init__(self) -> None:
        if self.sweeps < 1:
            raise InputError(f"sweeps is {self.sweeps}; give 1 or more")

    def answers(self, keys, values, cues):
        d = keys.shape[-1]
        whole = torch.from_numpy(np.concatenate([keys, values], -1)).sign().float().to(self.device)
        state = torch.zeros(*cues.shape[:2], whole.shape[-1], dtype=whole.dtype, device=self.device)
        state[..., :d] = torch.from_numpy(cues).sign()
        values_first = [*range(d, whole.shape[-1]), *range(d)]
        return relaxed(hebbian(whole), state, values_first, self.sweeps)[..., d:].double().cpu().numpy()

    def scalars(self, load, d, d_v):
        return (d + d_v) * (d + d_v - 1) // 2


def hebbian(patterns: Tensor) -> Tensor:
    """Weights [S, N, N] of patterns [S, n, N], without a cell's synapse on itself."""
    w = patterns.mT @ patterns
    w.diagonal(dim1=-2, dim2=-1).zero_()
    return w


def relaxed(w: Tensor, state: Tensor, order: list[int], sweeps: int) -> Tensor:
    """The states [S, m, N] of sign cells once none of them changes any more, or after `sweeps` rounds; w [S, to, from].

    One cell after another in this order, since only then does the energy never rise; all cues of all seeds together.
    """
    state = state.clone()
    for _ in range(sweeps):
        before = state.clone()
        for cell in order:
            field = (state @ w[:, cell, :, None])[..., 0]
            state[..., cell] = torch.where(field == 0, state[..., cell], field.sign())
        if torch.equal(state, before):
            break
    return state
