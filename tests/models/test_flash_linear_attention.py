"""Kernels of flash-linear-attention: what is missing is said in a sentence, and else they are our rules."""

import importlib.util
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from models import flash_linear_attention as fla
from plastic.memory import codes
from plastic.memory.of_rules import RateMemory
from plastic.rule import InputError
from plastic.rules import RULES

PAIRS = {"delta_rule": "delta", "linear_attn": "vanilla"}


def shown(n=20):
    return codes.pairs((0, 1), n, {"d": 32, "d_v": 32, "keys": "dense"}, "fla")


def test_a_device_without_kernels_is_refused():
    keys, values = shown()
    with pytest.raises(InputError, match="device 'cpu' cannot run flash-linear-attention's kernels; give 'cuda'"):
        fla.FlashLinearAttention((0, 1), "cpu").answers(keys, values, keys)


@pytest.mark.skipif(torch.cuda.is_available(), reason="here is a GPU")
def test_a_machine_without_a_gpu_is_named():
    keys, values = shown()
    with pytest.raises(InputError, match="device 'cuda' is not there; flash-linear-attention needs a CUDA GPU"):
        fla.FlashLinearAttention((0, 1), "cuda").answers(keys, values, keys)


def test_a_missing_package_is_named():
    with pytest.raises(InputError, match=r"flash-linear-attention is not there .*; pip install flash-linear-attention"):
        fla.imported("no_such_package", "chunk_delta_rule")


def reference(keys, values, eta):
    """The delta rule pair by pair, in the kernel's own layout [B, T, H, cells] and state [B, H, d, d_v]."""
    state = torch.zeros(keys.shape[0], keys.shape[2], keys.shape[3], values.shape[3], dtype=torch.float32)
    for key, value, rate in zip(keys.float().unbind(1), values.float().unbind(1), eta.float().unbind(1), strict=True):
        error = value - (key[..., None, :] @ state)[..., 0, :]
        state = state + rate[..., None, None] * key[..., :, None] * error[..., None, :]
    return state


def test_the_kernel_is_called_as_it_is_documented_and_its_state_is_read(monkeypatch):
    """A stand-in with the documented signature; the kernel itself runs on a GPU alone."""

    def chunk_delta_rule(q, k, v, beta, scale=None, initial_state=None, output_final_state=False):
        assert q.dtype == k.dtype == v.dtype == beta.dtype == torch.bfloat16
        assert beta.shape == k.shape[:3]
        assert output_final_state
        return None, reference(k, v, beta)

    monkeypatch.setitem(sys.modules, "fla.ops.delta_rule", SimpleNamespace(chunk_delta_rule=chunk_delta_rule))
    keys, values = shown()
    given = (torch.from_numpy(a)[:, :, None].to(torch.bfloat16) for a in (keys, values))
    state = fla.delta_rule(*given)[:, 0].double().numpy()
    ours = RateMemory(RULES["delta"](), (0, 1)).answers(keys, values, keys)
    np.testing.assert_allclose(keys @ state, ours, atol=0.1)


@pytest.mark.gpu
@pytest.mark.skipif(importlib.util.find_spec("triton") is None, reason="triton is not installed")
@pytest.mark.parametrize("operator", PAIRS)
def test_a_kernel_answers_like_the_rule(operator):
    keys, values = shown(100)
    theirs = fla.FlashLinearAttention((0, 1), "cuda", operator).answers(keys, values, keys)
    ours = RateMemory(RULES[PAIRS[operator]](), (0, 1)).answers(keys, values, keys)
    np.testing.assert_allclose(theirs, ours, atol=0.1 * np.abs(ours).max())
