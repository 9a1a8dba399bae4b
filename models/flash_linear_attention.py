"""Operators of flash-linear-attention, as they are installed: the machine-learning kernels in the same measurement.

They need CUDA and triton. The pairs are one sequence a seed, in bfloat16; cues are read from the final state.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import torch
from torch import Tensor

from plastic.memory.protocol import PairMemory
from plastic.rule import InputError


def delta_rule(keys: Tensor, values: Tensor) -> Tensor:
    """The final state [S, 1, d, d_v] of the chunked delta rule with eta = 1."""
    eta = torch.ones(keys.shape[:3], dtype=keys.dtype, device=keys.device)
    operator = imported("fla.ops.delta_rule", "chunk_delta_rule")
    return operator(keys, keys, values, eta, scale=1.0, output_final_state=True)[1]


def linear_attention(keys: Tensor, values: Tensor) -> Tensor:
    """The final state [S, 1, d, d_v] of chunked linear attention, without a normaliser."""
    operator = imported("fla.ops.linear_attn", "chunk_linear_attn")
    return operator(keys, keys, values, scale=1.0, output_final_state=True, normalize=False)[1]


OPERATORS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {"delta_rule": delta_rule, "linear_attn": linear_attention}


@dataclass(frozen=True)
class FlashLinearAttention(PairMemory):
    """The fast weights that a kernel of flash-linear-attention leaves behind; operator: which kernel.

    Errors: InputError where the device is no GPU, or the package or triton is not installed.
    """

    cite = "Yang & Zhang (2024), github.com/fla-org/flash-linear-attention; Yang et al. (2024), arXiv:2406.06484"
    needs_gpu = True

    seeds: tuple[int, ...] = (0,)
    device: str = "cuda"
    operator: str = "delta_rule"

    def __post_init__(self) -> None:
        if self.operator not in OPERATORS:
            raise InputError(f"operator is {self.operator!r}; choose from {', '.join(OPERATORS)}")

    def answers(self, keys, values, cues):
        if not self.device.startswith("cuda"):
            raise InputError(f"device {self.device!r} cannot run flash-linear-attention's kernels; give 'cuda'")
        if not torch.cuda.is_available():
            raise InputError(f"device {self.device!r} is not there; flash-linear-attention needs a CUDA GPU")
        shown, taught = (torch.from_numpy(a)[:, :, None].to(self.device, torch.bfloat16) for a in (keys, values))
        state = OPERATORS[self.operator](shown, taught)[:, 0].float()
        return (torch.from_numpy(cues).to(state) @ state).double().cpu().numpy()

    def scalars(self, load, d, d_v):
        return d * d_v


def imported(module: str, name: str) -> Any:
    """An operator, or one sentence about what is missing."""
    try:
        return getattr(import_module(module), name)
    except ImportError as error:
        raise InputError(f"flash-linear-attention is not there ({error}); pip install flash-linear-attention") from None
