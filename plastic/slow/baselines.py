"""Programmers without fast weights, to compare with: a softmax transformer, an LSTM and a vanilla RNN."""

from __future__ import annotations

from collections.abc import Callable
from math import log
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from plastic.rule import InputError
from plastic.slow.feedforward import Stack
from plastic.slow.programmer import Programmer
from plastic.substrates.inputs import precise
from plastic.substrates.layer import check_sequence, positive


class Attention(nn.Module):
    """Causal softmax attention; its state is all that it was shown, [B, time so far, width]."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        if positive("width", width) % positive("heads", heads):
            raise InputError(f"width {width} is no multiple of heads {heads}; choose one that is")
        self.attend = nn.MultiheadAttention(width, heads, batch_first=True)

    def forward(self, x: Tensor, state: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """x [B, T, width] -> outputs of the same shape, and the state."""
        shown = x if state is None else torch.cat([state, x], 1)
        steps, seen = x.shape[1], shown.shape[1]
        later = torch.ones(steps, seen, dtype=torch.bool, device=x.device).triu(1 + seen - steps)
        y, _ = self.attend(x, shown, shown, attn_mask=later, need_weights=False)
        return y, shown

    def state_size(self) -> int:
        """Numbers that each step adds."""
        return self.attend.embed_dim


class Transformer(Stack):
    """Softmax attention in the same residual stack, told the time by sinusoids; its state grows with every step.

    heads: attention heads; layers, convolution and mlp as in `FeedForward`. Source: Vaswani et al. (2017),
    arXiv:1706.03762.
    """

    def __init__(self, width: int, layers: int = 2, heads: int = 1, convolution: int = 0, mlp: int = 4) -> None:
        memories = [Attention(width, heads) for _ in range(positive("layers", layers))]
        super().__init__(width, memories, convolution, mlp)

    def forward(self, x: Tensor, state: list[Any] | None = None) -> tuple[Tensor, list[Any]]:
        check_sequence(x, self.width)
        before = 0 if state is None else state[0]["memory"].shape[1]
        return super().forward(x + sinusoids(before, x), state)


def sinusoids(before: int, like: Tensor) -> Tensor:
    """Sines and cosines of the number of a step, [T, width], for steps that follow so many others."""
    time = torch.arange(before, before + like.shape[1], device=like.device)
    pairs = torch.arange((like.shape[2] + 1) // 2, device=like.device)
    angle = time[:, None] * torch.exp(-log(1e4) * 2 * pairs / like.shape[2])
    return torch.stack([angle.sin(), angle.cos()], -1).flatten(1)[:, : like.shape[2]].to(like.dtype)


class Recurrent(Programmer):
    """A recurrent network of torch's, and a linear map of its cells. cells: how many (width if left out)."""

    kind: ClassVar[Callable[..., nn.RNNBase]]

    def __init__(self, width: int, cells: int | None = None, layers: int = 1) -> None:
        super().__init__(width)
        cells = self.width if cells is None else positive("cells", cells)
        self.cells = self.kind(width, cells, positive("layers", layers), batch_first=True)
        self.out = nn.Linear(cells, width)

    def forward(self, x: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        check_sequence(x, self.width)
        if x.is_cuda:
            rates, state = self.cells(x, state)
        else:  # not every processor has these cells in half precision
            with torch.autocast(x.device.type, enabled=False):
                rates, state = self.cells(precise(x), state)
        return self.out(rates), state

    def state_size(self) -> int:
        return self.cells.num_layers * self.cells.hidden_size


class RNN(Recurrent):
    """The vanilla recurrent network: h_t = tanh(W h_{t-1} + C x_t + b)."""

    kind = nn.RNN


class LSTM(Recurrent):
    """Long short-term memory: hidden and cell states, behind gates."""

    kind = nn.LSTM

    def state_size(self) -> int:
        return 2 * super().state_size()
