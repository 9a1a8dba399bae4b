"""The self-referential weight matrix: fast weights that program themselves.

Source: Irie, Schlag, Csordas & Schmidhuber (2022), arXiv:2202.05780.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from plastic.rule import InputError
from plastic.slow.feedforward import Stack
from plastic.substrates.inputs import precise
from plastic.substrates.layer import check_sequence, positive


class SelfReferentialLayer(nn.Module):
    """y, q, k, beta = W x, then W += sigmoid(beta) (W q~ - W k~) (x) k~, with q~ and k~ softmaxed, per head.

    beta has four entries: the rates at which the rows of y, of q, of k and of beta learn. The first W is trained.
    """

    part: Tensor

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        if positive("width", width) % positive("heads", heads):
            raise InputError(f"width {width} is no multiple of heads {heads}; choose one that is")
        size = width // heads
        self.width, self.heads = width, heads
        self.rows = [size, size, size, 4]
        self.start = nn.Parameter(torch.randn(heads, sum(self.rows), size) / size**0.5)
        self.register_buffer("part", torch.arange(4).repeat_interleave(torch.tensor(self.rows)), persistent=False)
        self.out = nn.Linear(width, width, bias=False)

    def forward(self, x: Tensor, state: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """x [B, T, width] -> the same shape, and the matrix [B, heads, rows, width // heads]."""
        check_sequence(x, self.width)
        w = self.start.expand(x.shape[0], -1, -1, -1) if state is None else state
        answers = []
        with torch.autocast(x.device.type, enabled=False):
            for now in precise(x).unflatten(-1, (self.heads, -1)).unbind(1):
                answer, w = self.step(now, precise(w))
                answers.append(answer)
        return self.out(torch.stack(answers, 1).flatten(-2).to(x.dtype)), w

    def step(self, x: Tensor, w: Tensor) -> tuple[Tensor, Tensor]:
        """What x [B, heads, D] calls up, the same shape, and the matrix after it."""
        y, q, k, beta = (w @ x.unsqueeze(-1)).squeeze(-1).split(self.rows, -1)
        key = k.softmax(-1)
        error = (w @ (q.softmax(-1) - key).unsqueeze(-1)).squeeze(-1)
        dose = beta.sigmoid()[..., self.part] * error
        return y, w + dose.unsqueeze(-1) * key.unsqueeze(-2)

    def state_size(self) -> int:
        """Numbers carried to the next step: the whole matrix."""
        return self.start.numel()


class SelfReferential(Stack):
    """A stack of `SelfReferentialLayer`; options as in `FeedForward`."""

    def __init__(self, width: int, layers: int = 2, heads: int = 1, convolution: int = 0, mlp: int = 4) -> None:
        memories = [SelfReferentialLayer(width, heads) for _ in range(positive("layers", layers))]
        super().__init__(width, memories, convolution, mlp)
