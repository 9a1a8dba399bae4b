"""Perceptrons of greatest stability: each value cell is the best linear threshold unit for its pairs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from plastic.memory.protocol import PairMemory
from plastic.rule import InputError


@dataclass(frozen=True)
class Perceptron(PairMemory):
    """The AdaTron: every pair has a strength in each value cell, which grows while its bit is recalled below 1.

    Its fixed point is the weight vector of greatest stability, where one exists; beyond capacity (2 d pairs) the
    bits that cannot all be right share the error. passes: how often all pairs are shown. Only the weights are
    stored; the strengths are needed while it learns.
    """

    cite = "Rosenblatt (1958), Psychol. Rev. 65:386; Anlauf & Biehl (1989), Europhys. Lett. 10:687"

    seeds: tuple[int, ...] = (0,)
    device: str = "cpu"
    passes: int = 300

    def __post_init__(self) -> None:
        if self.passes < 1:
            raise InputError(f"passes is {self.passes}; give 1 or more")

    def answers(self, keys, values, cues):
        shown, taught, asked = (torch.from_numpy(a).to(self.device) for a in (keys, values, cues))
        w = adatron(shown, taught.sign(), self.passes)
        return (asked @ (w / w.norm(dim=1, keepdim=True))).cpu().numpy()

    def scalars(self, load, d, d_v):
        return d * d_v


def adatron(keys: Tensor, labels: Tensor, passes: int) -> Tensor:
    """Weights [S, d, d_v] after all pairs were shown `passes` times; labels [S, n, d_v] of -1 and 1.

    Each pass is a step of gradient ascent on the strengths, with momentum (Nesterov), as long as the overlaps of
    the keys allow.
    """
    step = torch.linalg.matrix_norm(keys, 2)[:, None, None] ** -2
    strength = ahead = torch.zeros_like(labels)
    for count in range(1, passes + 1):
        short = 1 - labels * (keys @ (keys.mT @ (ahead * labels)))
        moved = (ahead + step * short).clamp(min=0)
        ahead = moved + (count - 1) / (count + 2) * (moved - strength)
        strength = moved
    return keys.mT @ (strength * labels)


def stabilities(keys: Tensor, labels: Tensor, w: Tensor) -> Tensor:
    """How far each pair lies on the right side, in lengths of the weights: [S, n, d_v]."""
    return labels * (keys @ (w / w.norm(dim=1, keepdim=True)))


def separable(keys: np.ndarray, labels: np.ndarray, lowest: float = -np.inf) -> bool:
    """Whether some weights, none below `lowest`, put every key [n, d] on the side of its label [n], -1 or 1.

    Decided by linear programming. lowest = 0 is Dale's law: all synapses of one cell excite.
    """
    from scipy.optimize import linprog

    faced = labels[:, None] * keys
    found = linprog(np.zeros(keys.shape[1]), A_ub=-faced, b_ub=-np.ones(len(keys)), bounds=(lowest, None))
    if found.status not in (0, 2):  # solved, or infeasible
        raise RuntimeError(f"linear programming ended with {found.message}")
    return found.status == 0
