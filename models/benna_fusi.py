"""Benna-Fusi synapses: a chain of ever larger beakers, whose level falls as one over the root of time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from plastic.memory.protocol import PairMemory
from plastic.rule import InputError


@dataclass(frozen=True)
class BennaFusi(PairMemory):
    """Each synapse is a chain of coupled variables, the first of which is its strength and takes every event.

    Variable k has the capacity 2^(k - 1) and exchanges with the next at the rate alpha 2^-k, the last one with an
    empty reservoir; a pair is one step. The chain is linear, so the weight is the sum of past events, each as much
    as its age has left (`kept`), and no step need be simulated.
    """

    cite = "Benna & Fusi (2016), Nat. Neurosci. 19:1697"

    seeds: tuple[int, ...] = (0,)
    device: str = "cpu"
    variables: int = 12
    alpha: float = 0.25

    def __post_init__(self) -> None:
        if self.variables < 1:
            raise InputError(f"variables is {self.variables}; give 1 or more")
        if not 0 < self.alpha <= 0.5:
            raise InputError(f"alpha is {self.alpha}; give a value above 0, up to 0.5, above which the chain rings")

    def answers(self, keys, values, cues):
        shown, taught, asked = (torch.from_numpy(a).to(self.device) for a in (keys, values, cues))
        left = kept(np.arange(keys.shape[1])[::-1], self.variables, self.alpha)
        overlap = asked @ shown.mT * torch.from_numpy(left).to(self.device)
        return (overlap @ taught).cpu().numpy()

    def scalars(self, load, d, d_v):
        return self.variables * d * d_v


def chain(variables: int, alpha: float) -> np.ndarray:
    """What one step makes of the variables: a matrix [variables, variables]."""
    k = np.arange(variables)
    down = alpha * 2.0 ** -(k + 1)  # from k to k + 1, the last to the reservoir
    flows = np.diag(-down - np.append(0, down[:-1])) + np.diag(down[:-1], 1) + np.diag(down[:-1], -1)
    return np.eye(variables) + flows / 2.0 ** k[:, None]


def kept(lag: np.ndarray, variables: int = 12, alpha: float = 0.25) -> np.ndarray:
    """Share of an event that is still in the strength after `lag` later steps: about 1 / sqrt(lag) over 4^variables."""
    values, vectors = np.linalg.eig(chain(variables, alpha))
    weight = vectors[0] * np.linalg.inv(vectors)[:, 0]
    return (weight * values ** np.asarray(lag, float)[..., None]).sum(-1).real
