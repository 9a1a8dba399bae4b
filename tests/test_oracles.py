"""The rules against implementations by other hands: attn_gym's references and fla-core's `naive` ones.

Theirs keep the state as [key, value] or [value, key], name the log of a decay where a gate here is a leak
rate, and scale queries by 1 / sqrt(keys) where they are not told otherwise.
"""

from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from math import log
from pathlib import Path

import pytest
import torch
from torch.nn.functional import normalize
from torch.testing import assert_close

from plastic import RULES, read
from tests.signals import signals_for, state_for

STEPS, KEYS, VALUES = 128, 8, 6  # 128: their chunks are of 64 steps

both_modes = pytest.mark.parametrize("mode", ["chunk", "loop"])


def problem(rule, steps=STEPS, **options):
    """Signals, queries and an initial state of a rule."""
    sizes = {"post": VALUES, "pre": KEYS}
    return *signals_for(rule, steps, **sizes, **options), state_for(rule, **sizes)


def assert_equal(found, expected):
    """Outputs [B, T, H, value] and weights [B, H, value, key] equal theirs to the precision of theirs."""
    for a, b in zip(found, expected, strict=True):
        assert_close(a, b.double(), rtol=1e-5, atol=1e-5 * float(a.abs().max()))


# attn_gym: double precision, state [B, H, value, key]


def attn_gym(name):
    """One of its references."""
    module = pytest.importorskip("attn_gym.linear")
    return getattr(module, name)


def with_gates(signals):
    """The log decay, 0 where the rule has no gate."""
    return -signals["gate"] if "gate" in signals else torch.zeros_like(signals["mod"])


@both_modes
@pytest.mark.parametrize("theirs", ["recurrent_gdn", "chunk_gdn"])
@pytest.mark.parametrize("rule", ["delta", "gated_delta"])
@pytest.mark.parametrize("keys", ["random", "correlated"])
def test_delta_rules_equal_attn_gym(rule, theirs, keys, mode):
    reference = attn_gym(theirs)
    signals, query, state = problem(rule, keys=keys)
    out, end = read(rule, signals, query, state, mode=mode)
    given = (query, signals["pre"], signals["post"], with_gates(signals), signals["mod"], state["w"])
    expected = reference(*given, scale=1.0, output_final_state=True, impl="reference")
    assert_close((out, end["w"]), expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("rule", ["delta", "gated_delta"])
def test_gradients_of_delta_rules_equal_attn_gym(rule):
    reference = attn_gym("recurrent_gdn")
    signals, query, state = problem(rule)
    leaves = [a.requires_grad_() for a in (query, *signals.values(), state["w"])]
    out, _ = read(rule, signals, query, state)
    given = (query, signals["pre"], signals["post"], with_gates(signals), signals["mod"], state["w"])
    expected, _ = reference(*given, scale=1.0, impl="reference")
    found, theirs = (torch.autograd.grad(a.square().sum(), leaves) for a in (out, expected))
    assert_close(found, theirs, rtol=1e-10, atol=1e-10)


@both_modes
def test_kimi_delta_attention_equals_attn_gym(mode):
    reference = attn_gym("recurrent_kda")
    signals, query, state = problem("kda")
    out, end = read("kda", signals, query, state, mode=mode)
    given = (query, signals["pre"], signals["post"], -signals["gate"], signals["mod"], state["w"])
    single = [a.float() for a in given]  # the only precision of its that is ours too
    assert_equal((out, end["w"]), reference(*single, scale=1.0, output_final_state=True, impl="reference"))


# fla-core: single precision inside, state [B, H, key, value]


@cache
def naive(folder):
    """fla/ops/<folder>/naive.py, loaded by its path: importing the package itself needs triton."""
    pytest.importorskip("einops")
    package = find_spec("fla")
    if package is None:
        pytest.skip("fla-core is not installed")
    path = next(Path(place, "ops", folder, "naive.py") for place in package.submodule_search_locations)
    spec = spec_from_file_location(f"naive_{folder}", path)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def fla(function, *given, **options):
    """Their answer, in single precision; their state as [value, key]."""
    single = lambda a: a.float() if isinstance(a, torch.Tensor) else a  # noqa: E731
    with single_precision():
        out, end = function(*map(single, given), **{name: single(a) for name, a in options.items()})
    return out, None if end is None else end.mT


@contextmanager
def single_precision():
    """Some of theirs make new tensors of the usual precision."""
    usual = torch.get_default_dtype()
    torch.set_default_dtype(torch.float32)
    try:
        yield
    finally:
        torch.set_default_dtype(usual)


@both_modes
def test_vanilla_rule_equals_fla(mode):
    theirs = naive("linear_attn")
    signals, query, state = problem("vanilla")
    k, v = signals["pre"], signals["post"]
    out, end = read("vanilla", signals, query, state, mode=mode)
    options = {"scale": 1.0, "initial_state": state["w"].mT, "output_final_state": True}
    assert_equal((out, end["w"]), fla(theirs.naive_recurrent_linear_attn, query, k, v, **options))
    fresh, _ = read("vanilla", signals, query, mode=mode)
    assert_equal([fresh], [theirs.naive_chunk_linear_attn(query, k, v, scale=1.0)])


@both_modes
def test_linear_transformer_equals_fla(mode):
    theirs = naive("linear_attn").naive_recurrent_linear_attn
    signals, query, _ = problem("linear_transformer")
    out, _ = read("linear_transformer", signals, query, mode=mode)
    expected, _ = fla(theirs, query, signals["pre"], signals["post"], scale=1.0, normalize=True)
    assert_equal([out], [expected])


@both_modes
@pytest.mark.parametrize("head", [0, 1, 5])
def test_retnet_equals_fla(head, mode):
    theirs = naive("retention").naive_retention
    signals, query, _ = problem("retnet", heads=head + 1)  # one fixed decay a head: 1 - 2^(-5 - head)
    by_head = (a.transpose(1, 2) for a in (query, signals["pre"], signals["post"]))
    expected = theirs(*by_head).transpose(1, 2) * KEYS**0.5
    out, _ = read(RULES["retnet"](tau=-1 / log(1 - 2.0 ** (-5 - head))), signals, query, mode=mode)
    assert_equal([out[:, :, head]], [expected[:, :, head]])


@both_modes
@pytest.mark.parametrize("form", ["recurrent", "chunk"])
def test_mamba2_equals_fla(form, mode):
    theirs = getattr(naive("simple_gla"), f"naive_{form}_simple_gla")
    signals, query, state = problem("mamba2")
    out, end = read("mamba2", signals, query, state, mode=mode)
    given = (query, signals["pre"], signals["post"], -signals["gate"])
    expected = fla(theirs, *given, scale=1.0, initial_state=state["w"].mT, output_final_state=True)
    assert_equal((out, end["w"]), expected)


@both_modes
def test_gated_linear_attention_per_key_equals_fla(mode):
    theirs = naive("gla").naive_recurrent_gla
    signals, query, state = problem("gla_pre")
    out, end = read("gla_pre", signals, query, state, mode=mode)
    given = (query * KEYS**0.5, signals["pre"], signals["post"], -signals["gate"])
    assert_equal((out, end["w"]), fla(theirs, *given, initial_state=state["w"].mT, output_final_state=True))


@both_modes
def test_gated_linear_attention_per_value_equals_fla_with_keys_and_values_exchanged(mode):
    theirs = naive("gla").naive_recurrent_gla
    signals, query, state = problem("gla")
    _, end = read("gla", signals, query, state, mode=mode)
    values, keys = signals["post"], signals["pre"]
    given = (torch.zeros_like(values), values, keys, -signals["gate"])  # what they decay is what they call keys
    assert_equal([end["w"].mT], [fla(theirs, *given, initial_state=state["w"], output_final_state=True)[1]])


@both_modes
@pytest.mark.parametrize("form", ["recurrent", "chunk"])
def test_gated_delta_rule_equals_fla(form, mode):
    theirs = getattr(naive("gated_delta_rule"), f"naive_{form}_gated_delta_rule")
    signals, query, state = problem("gated_delta")
    out, end = read("gated_delta", signals, query, state, mode=mode)
    given = {"q": query, "k": signals["pre"], "v": signals["post"], "beta": signals["mod"], "g": -signals["gate"]}
    expected = fla(theirs, **given, scale=1.0, initial_state=state["w"].mT, output_final_state=True)
    assert_equal((out, end["w"]), expected)


@both_modes
@pytest.mark.parametrize("form", ["recurrent", "chunk"])
def test_kimi_delta_attention_equals_fla(form, mode):
    theirs = getattr(naive("kda"), f"naive_{form}_kda")
    signals, query, state = problem("kda")
    out, end = read("kda", signals, query, state, mode=mode)
    given = (query, signals["pre"], signals["post"], -signals["gate"], signals["mod"])
    expected = fla(theirs, *given, scale=1.0, initial_state=state["w"].mT, output_final_state=True)
    assert_equal((out, end["w"]), expected)


@both_modes
@pytest.mark.parametrize("writes", [1, 2, 3])
def test_delta_product_equals_fla(writes, mode):
    theirs = naive("gated_delta_product").naive_recurrent_gated_delta_product
    rule = RULES["delta_product"](steps=writes)
    signals, query, state = problem(rule, steps=40)
    out, end = read(rule, signals, query, state, mode=mode)
    given = (query, signals["pre"], signals["post"], None, signals["mod"], 1.0)
    options = {"initial_state": state["w"].mT, "output_final_state": True, "num_householder": writes}
    expected = fla(theirs, *given, **options)
    assert_equal((out, end["w"]), expected)


def test_ridge_regression_equals_fla():
    memories = pytest.importorskip("plastic.substrates.memories")
    theirs = naive("mesa_net").naive_mesa_net_exact
    torch.manual_seed(0)
    k, q = (normalize(torch.randn(2, 40, 2, KEYS), dim=-1) for _ in range(2))
    v = torch.randn(2, 40, 2, KEYS)
    strength, always = 0.5, torch.ones(2, 40, 2)
    ridge = lambda *given: theirs(*given)[:2]  # noqa: E731
    expected, _ = fla(ridge, q, k, v, 0 * always, torch.full((2, KEYS), strength), always)
    assert_equal([read(memories.Ridge(strength=strength), {"pre": k, "post": v}, q)[0]], [expected])
