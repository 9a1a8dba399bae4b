"""A network for a task: what it is shown, a programmer, and what it is asked."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from plastic.rule import InputError
from plastic.slow.programmer import Programmer
from plastic.substrates.layer import check_sequence, positive


class Network(nn.Module):
    """An embedding (tokens) or a linear map of the inputs, then the programmer, then a linear read-out.

    inputs: number of tokens, or of features; outputs: features or classes. Errors: InputError.
    """

    def __init__(self, inputs: int, outputs: int, programmer: Programmer, tokens: bool) -> None:
        super().__init__()
        self.inputs, self.tokens = positive("inputs", inputs), tokens
        positive("outputs", outputs)
        self.shown = (nn.Embedding if tokens else nn.Linear)(inputs, programmer.width)
        self.programmer = programmer
        self.asked = nn.Linear(programmer.width, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """x [B, T] of token numbers or [B, T, inputs] -> [B, T, outputs]."""
        return self.go_on(x)[0]

    def go_on(self, x: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        """The outputs, and the state to go on from (None: at rest)."""
        (self.check_tokens if self.tokens else self.check_features)(x)
        y, state = self.programmer(self.shown(x), state)
        return self.asked(y), state

    def check_tokens(self, x: Any) -> None:
        """Refuse what are no sequences of token numbers (their range is the embedding's to check: it costs no sync)."""
        if not isinstance(x, Tensor) or x.ndim != 2 or x.dtype != torch.int64:
            found = f"shape {tuple(x.shape)} and {x.dtype}" if isinstance(x, Tensor) else f"type {type(x).__name__}"
            raise InputError(f"x has {found}; give int64 token numbers [batch, time] below {self.inputs}")

    def check_features(self, x: Any) -> None:
        """Refuse what are no sequences of inputs."""
        check_sequence(x, self.inputs)
