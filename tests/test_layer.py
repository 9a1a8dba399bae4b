"""The layer builds exactly what its rule asks for, and trains."""

import pytest
import torch

from experiments.bench_training import Pass, kept
from plastic import RULES, InputError, PlasticLayer
from plastic.substrates.layer import signals_of
from plastic.substrates.memories import MEMORIES

PROGRAMMABLE = [name for name, rule in RULES.items() if "post" in signals_of(rule())] + list(MEMORIES)
every_programmable = pytest.mark.parametrize("name", PROGRAMMABLE)


def layer(name, **sizes):
    torch.manual_seed(0)
    return PlasticLayer(name, **{"width": 12, "heads": 2, "pre": 5, "post": 4} | sizes)


@every_programmable
def test_has_exactly_the_heads_its_rule_listens_to(name):
    made = layer(name)
    assert list(made.slow) == signals_of(made.rule)


@every_programmable
def test_chunks_and_loop_give_the_same(name):
    made, x = layer(name), torch.randn(2, 70, 12)
    torch.testing.assert_close(made(x)[0], made(x, mode="loop")[0], rtol=1e-8, atol=1e-8)


@every_programmable
def test_gradients_reach_every_slow_weight(name):
    made = layer(name)
    made(torch.randn(2, 9, 12))[0].square().mean().backward()
    assert all(p.grad is not None and p.grad.isfinite().all() and p.grad.any() for p in made.parameters())


@every_programmable
def test_a_sequence_in_two_parts_equals_the_whole(name):
    made, x = layer(name), torch.randn(2, 20, 12)
    whole, _ = made(x)
    first, state = made(x[:, :7])
    second, _ = made(x[:, 7:], state)
    torch.testing.assert_close(torch.cat([first, second], 1), whole, rtol=1e-8, atol=1e-8)


@every_programmable
def test_recall_with_plasticity_off_equals_the_read_after_the_last_write(name):
    made, x = layer(name), torch.randn(2, 20, 12)
    outputs, state = made(x)
    torch.testing.assert_close(made.recall(x[:, -1:], state), outputs[:, -1:], rtol=1e-8, atol=1e-8)


def test_learning_rates_reach_two_and_decays_stay_between_0_and_1():
    made = layer("gated_delta")
    signals = made.signals(100 * torch.randn(4, 50, 12))
    assert signals["mod"].min() >= 0
    assert 1 < signals["mod"].max() <= 2
    assert (signals["gate"] >= 0).all()
    start = torch.exp(-layer("mamba2").signals(torch.zeros(1, 1, 12))["gate"])
    torch.testing.assert_close(start, torch.full((1, 1, 2), 0.98), atol=1e-3, rtol=0)


def test_learning_rates_stay_below_one_where_that_is_chosen():
    x = 100 * torch.randn(4, 50, 12)
    one, two = layer("delta", rates=1).signals(x)["mod"], layer("delta").signals(x)["mod"]
    torch.testing.assert_close(2 * one, two)


@every_programmable
def test_the_state_has_the_size_that_the_layer_says(name):
    made = layer(name)
    _, state = made(torch.randn(3, 1, 12))
    assert sum(a.numel() for a in state.values()) == 3 * made.state_size()


def plain(d):
    """A vanilla layer whose keys and queries are linear, with the slow weights of Box 2."""
    made = layer("vanilla", width=2 * d, heads=1, pre=2 * d, post=2 * d)
    made.features = lambda x: x
    first = torch.block_diag(torch.eye(d), torch.zeros(d, d))
    old = torch.randn(d, d)
    value = torch.cat([torch.zeros(d, 2 * d), torch.cat([old, -torch.eye(d)], 1)])
    weights = {
        "query.weight": first,
        "slow.pre.weight": first,
        "slow.post.weight": value,
        "out.weight": torch.eye(2 * d),
    }
    made.load_state_dict(weights | {f"slow.{name}.bias": torch.zeros(2 * d) for name in ("pre", "post")})
    return made, old


def test_a_vanilla_layer_takes_exactly_one_gradient_step_of_linear_regression():
    d = 3
    made, old = plain(d)
    x, y, asked = torch.randn(1, 10, d), torch.randn(1, 10, d), torch.randn(1, 4, d)
    w = old.clone().requires_grad_()
    (slope,) = torch.autograd.grad((x @ w.mT - y).square().sum() / 2, w)
    _, state = made(torch.cat([x, y], -1))
    answer = made.recall(torch.cat([asked, torch.zeros_like(asked)], -1), state)[..., d:]
    torch.testing.assert_close(answer, asked @ slope.mT, rtol=1e-12, atol=1e-12)  # of sign flipped: the step is -slope


def test_keys_are_unit_vectors_or_positive_where_the_rule_needs_that():
    x = torch.randn(3, 7, 12)
    torch.testing.assert_close(layer("delta").signals(x)["pre"].norm(dim=-1), torch.ones(3, 7, 2))
    assert (layer("linear_transformer").signals(x)["pre"] > 0).all()


def test_a_delta_layer_learns_to_recall_what_hebbian_theory_allows():
    torch.manual_seed(0)
    made = PlasticLayer("delta", width=16, heads=1)
    keys, values = torch.randn(64, 4, 8), torch.randn(64, 4, 8)
    shown = torch.cat([keys, values], -1)
    asked = torch.cat([keys, torch.zeros_like(values)], -1)
    optimiser = torch.optim.Adam(made.parameters(), lr=1e-2)
    losses = []
    for _ in range(150):
        _, state = made(shown)
        loss = (made.recall(asked, state)[..., 8:] - values).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < 0.3 * losses[0]


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: PlasticLayer("delta", 10, 3), "width 10 is no multiple of heads 3"),
        (lambda: PlasticLayer("delta", 10, 0), "heads is 0; give a whole number of at least 1"),
        (lambda: PlasticLayer("tsodyks_markram", 12), "listens to no post"),
        (lambda: PlasticLayer("detla", 12), "did you mean 'delta'"),
        (lambda: layer("delta")(torch.randn(2, 13)), r"x has shape \(2, 13\); give a tensor \[batch, time, 12\]"),
        (lambda: layer("delta")([1.0]), "x has type list"),
        (lambda: layer("delta")(torch.randn(2, 0, 12)), r"x has shape \(2, 0, 12\)"),
        (lambda: layer("delta", rates=3), r"rates is 3; give 1 for learning rates in \(0, 1\), or 2"),
    ],
)
def test_what_no_layer_can_be_made_of_is_refused(make, says):
    with pytest.raises(InputError, match=says):
        make()


@pytest.mark.parametrize("rule", ["delta", "gated_delta", "vanilla"])
def test_training_keeps_at_most_two_matrices_a_chunk_where_the_loop_keeps_one_or_two_a_step(rule):
    chunk, loop = (kept(Pass(f"{rule} layer", mode, "cpu"), 96) for mode in ("chunk", "loop"))
    assert chunk <= 2 * 96 / 32
    assert loop >= 96
