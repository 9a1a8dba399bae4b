"""Memories without synapses, to compare with: softmax attention, and exact least squares.

Both keep what they were shown and answer like a rule: `plastic.read(Softmax(), signals, query)`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar

import torch
from torch import Tensor

from plastic.rule import InputError, check_parameter
from plastic.substrates import inputs


@dataclass(frozen=True)
class Memory(ABC):
    """Something that is shown pre (keys) and post (values) and answers queries, read after write."""

    cite: ClassVar[str]
    hears: ClassVar[tuple[str, ...]] = ("pre", "post")
    positive_keys: ClassVar[bool] = False
    positive_values: ClassVar[bool] = False
    gate_axis: ClassVar[str] = "head"
    writes: ClassVar[int] = 1

    def __post_init__(self) -> None:
        for f in fields(self):
            check_parameter(self.name, f.name, getattr(self, f.name), f.metadata)
            if getattr(self, f.name) <= 0:
                raise InputError(f"{f.name} of {self.name} is {getattr(self, f.name)}; give a value above 0")

    @property
    def name(self) -> str:
        return type(self).__name__.lower()

    def recall_all(self, signals: Any, query: Tensor | None, state: Any) -> tuple[Tensor | None, dict[str, Tensor]]:
        """Outputs [B, T, H, post] after every write, and the state: all that was shown, and what came before it."""
        inputs.check_memory(signals, query)
        shown = {name: signals[name].transpose(1, 2) for name in self.hears}  # [B, H, T, D]
        before = 0 if not state else state["pre"].shape[2]
        state = {name: a if not state else torch.cat([state[name], a], 2) for name, a in shown.items()}
        if query is None:
            return None, state
        every = shown["pre"].shape[2] // query.shape[1]
        seen = before + every * torch.arange(1, query.shape[1] + 1, device=query.device)
        return self.answer(state, query.transpose(1, 2), seen).transpose(1, 2), state

    def recall(self, state: Mapping[str, Tensor], query: Tensor) -> Tensor:
        """Outputs [B, T, H, post] to queries [B, T, H, pre], all from the same state."""
        inputs.check_query(query)
        seen = torch.full((query.shape[1],), state["pre"].shape[2], device=query.device)
        return self.answer(state, query.transpose(1, 2), seen).transpose(1, 2)

    @abstractmethod
    def answer(self, state: Mapping[str, Tensor], query: Tensor, seen: Tensor) -> Tensor:
        """[B, H, T, post] for queries [B, H, T, pre], of which the t-th sees the first seen[t] pairs."""


@dataclass(frozen=True)
class Softmax(Memory):
    """Softmax attention: keeps every pair, and answers with their average weighted by exp(beta k'q)."""

    cite = "Vaswani et al. (2017), arXiv:1706.03762"
    beta: float = 8.0

    def answer(self, state, query, seen):
        scores = self.beta * query @ state["pre"].mT
        later = torch.arange(scores.shape[-1], device=query.device) >= seen[:, None]
        return scores.masked_fill(later, -torch.inf).softmax(-1) @ state["post"]


@dataclass(frozen=True)
class Ridge(Memory):
    """Exact ridge regression on every pair seen: the optimum that MesaNet's layer solves for."""

    cite = "von Oswald et al. (2025), arXiv:2506.05233"
    strength: float = 1e-6

    def answer(self, state, query, seen):
        if bool((seen == seen[0]).all()):
            return self.solved(*self.moments(state, int(seen[0])), query)
        answers = [self.solved(*self.moments(state, int(n)), query[:, :, t : t + 1]) for t, n in enumerate(seen)]
        return torch.cat(answers, 2)

    def moments(self, state: Mapping[str, Tensor], seen: int) -> tuple[Tensor, Tensor]:
        """sum v k' [B, H, post, pre] and sum k k' + strength [B, H, pre, pre] over the first pairs."""
        k, v = (state[name][:, :, :seen].double() for name in ("pre", "post"))
        return v.mT @ k, k.mT @ k + self.strength * torch.eye(k.shape[-1], dtype=k.dtype, device=k.device)

    def solved(self, association: Tensor, covariance: Tensor, query: Tensor) -> Tensor:
        answer = torch.linalg.solve(covariance, query.double().mT)  # [B, H, pre, T]
        return (association @ answer).mT.to(query.dtype)


MEMORIES: dict[str, type[Memory]] = {"softmax": Softmax, "ridge": Ridge}
