"""The feed-forward fast weight programmer: a residual stack of plastic layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from plastic.rule import InputError
from plastic.slow.programmer import Programmer
from plastic.substrates.layer import PlasticLayer, check_sequence, positive


class Stack(Programmer):
    """Blocks of a memory and a multilayer perceptron, one after another, and a layer norm.

    memories: modules x [B, T, width], state -> y [B, T, width], state, with a `state_size`. convolution: steps over
    which each feature is filtered before it reaches a memory (0: no filter). mlp: hidden units of the perceptron, as
    a multiple of width (0: no perceptron). norm: whether layer norms stand before each memory and at the end.
    """

    def __init__(
        self, width: int, memories: Sequence[nn.Module], convolution: int = 0, mlp: int = 4, norm: bool = True
    ) -> None:
        super().__init__(width)
        for name, number in (("convolution", convolution), ("mlp", mlp)):
            if not isinstance(number, int) or number < 0:
                raise InputError(f"{name} is {number!r}; give a whole number, or 0 to leave it out")
        self.blocks: Any = nn.ModuleList(Block(width, memory, convolution, mlp, norm) for memory in memories)
        self.norm = layer_norm(width, norm)

    def forward(self, x: Tensor, state: list[Any] | None = None) -> tuple[Tensor, list[Any]]:
        check_sequence(x, self.width)
        after = []
        for block, before in zip(self.blocks, state or [None] * len(self.blocks), strict=True):
            x, now = block(x, before)
            after.append(now)
        return self.norm(x), after

    def state_size(self) -> int:
        return sum(block.state_size() for block in self.blocks)


class Block(nn.Module):
    """x + memory(norm(x)), and then x + perceptron(norm(x))."""

    def __init__(self, width: int, memory: nn.Module, convolution: int, mlp: int, norm: bool = True) -> None:
        super().__init__()
        self.norm = layer_norm(width, norm)
        self.filter = CausalConvolution(width, convolution) if convolution else None
        self.memory: Any = memory
        self.perceptron = perceptron(width, mlp * width) if mlp else None

    def forward(self, x: Tensor, state: dict[str, Any] | None = None) -> tuple[Tensor, dict[str, Any]]:
        before, after = state or {}, {}
        heard = self.norm(x)
        if self.filter is not None:
            heard, after["filter"] = self.filter(heard, before.get("filter"))
        y, after["memory"] = self.memory(heard, before.get("memory"))
        x = x + y
        return (x if self.perceptron is None else x + self.perceptron(x)), after

    def state_size(self) -> int:
        """Numbers carried to the next step."""
        return sum(part.state_size() for part in (self.filter, self.memory) if part is not None)


def layer_norm(width: int, norm: bool) -> nn.Module:
    """A layer norm, or nothing."""
    if not isinstance(norm, bool):
        raise InputError(f"norm is {norm!r}; give true for layer norms or false for none")
    return nn.LayerNorm(width) if norm else nn.Identity()


def perceptron(width: int, hidden: int) -> nn.Module:
    """One hidden layer, behind a layer norm."""
    return nn.Sequential(nn.LayerNorm(width), nn.Linear(width, hidden), nn.GELU(), nn.Linear(hidden, width))


class CausalConvolution(nn.Module):
    """A filter over the last few steps for every feature; its state is the inputs that it still needs."""

    def __init__(self, width: int, steps: int) -> None:
        super().__init__()
        self.before = steps - 1
        self.filter = nn.Conv1d(width, width, steps, groups=width)

    def forward(self, x: Tensor, state: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """x [B, T, width] -> the same shape, and the last inputs [B, steps - 1, width]."""
        if state is None:
            state = x.new_zeros(x.shape[0], self.before, x.shape[2])
        seen = torch.cat([state, x], 1)
        return self.filter(seen.mT).mT, seen[:, x.shape[1] :]

    def state_size(self) -> int:
        """Inputs that are still needed."""
        return self.before * self.filter.in_channels


class FeedForward(Stack):
    """Plastic layers that a feed-forward slow network programs: the DeltaNet family, with any rule of the table.

    rule, heads, pre, post, rates and keys as in `PlasticLayer`; convolution, mlp and norm as in `Stack`; layers:
    how many.
    Source: Schlag, Irie & Schmidhuber (2021), arXiv:2102.11174.
    """

    def __init__(
        self,
        width: int,
        rule: Any,
        layers: int = 2,
        heads: int = 1,
        pre: int | None = None,
        post: int | None = None,
        rates: int = 2,
        convolution: int = 0,
        mlp: int = 4,
        keys: str = "silu",
        norm: bool = True,
    ) -> None:
        memories = [PlasticLayer(rule, width, heads, pre, post, rates, keys) for _ in range(positive("layers", layers))]
        super().__init__(width, memories, convolution, mlp, norm)
