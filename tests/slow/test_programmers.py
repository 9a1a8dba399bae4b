"""Every programmer is differentiable, causal, goes on from its state, and says how large that is."""

import pytest
import torch
from torch.autograd import gradcheck
from torch.func import functional_call

from plastic import InputError
from plastic.slow import PROGRAMMERS, Network
from plastic.slow.programmer import HOMES, numbers, writable

WIDTH = 4
CASES = {
    "feedforward, vanilla": ("feedforward", "vanilla", {"layers": 1, "mlp": 1}),
    "feedforward, delta": ("feedforward", "delta", {"heads": 2, "convolution": 3, "mlp": 1, "rates": 1}),
    "feedforward, gated delta": ("feedforward", "gated_delta", {"layers": 1, "pre": 3, "post": 2, "mlp": 0}),
    "feedforward, softmax": ("feedforward", "softmax", {"layers": 1, "mlp": 0}),
    "recurrent, delta": ("recurrent", None, {"heads": 2, "mlp": 1, "rates": 1}),
    "recurrent, Oja": ("recurrent", "oja_net", {"layers": 1, "pre": 3, "post": 2, "mlp": 0}),
    "recurrent, product": ("recurrent", "delta_product", {"layers": 1, "convolution": 2, "mlp": 0}),
    "recurrent, three factors": ("recurrent", "three_factor", {"layers": 1, "mlp": 0}),
    "delta RNN": ("delta_rnn", None, {"heads": 2, "mlp": 1}),
    "delta RNN, product": ("delta_rnn", "delta_product", {"layers": 1, "pre": 3, "post": 2, "mlp": 0}),
    "self-referential": ("self_referential", None, {"heads": 2, "mlp": 1}),
    "Ba": ("ba_2016", None, {"cells": 3, "inner": 2}),
    "Ba without norm, gated delta": ("ba_2016", "gated_delta", {"cells": 3, "norm": False}),
    "HebbFF": ("hebb_ff", None, {"cells": 3}),
    "HebbFF, gated delta": ("hebb_ff", "gated_delta", {}),
    "Masse": ("masse_2019", None, {"cells": 5}),
    "backpropamine, retroactive": ("backpropamine", None, {"cells": 3}),
    "backpropamine, simple": ("backpropamine", None, {"modulation": "simple"}),
    "backpropamine, unmodulated": ("backpropamine", None, {"modulation": "none"}),
    "transformer": ("transformer", None, {"heads": 2, "convolution": 2, "mlp": 1}),
    "LSTM": ("lstm", None, {"cells": 3}),
    "RNN": ("rnn", None, {"layers": 2}),
}
every_case = pytest.mark.parametrize("case", CASES)


def made(case):
    name, rule, options = CASES[case]
    torch.manual_seed(0)
    programmer = PROGRAMMERS[name](WIDTH, rule, **options).eval()
    with torch.no_grad():
        for weight in programmer.parameters():
            weight += 0.1 * torch.rand_like(weight)  # off 0, where a rectified weight has a kink
    return programmer


def test_every_programmer_is_tested():
    assert {name for name, *_ in CASES.values()} == set(PROGRAMMERS) == set(HOMES)


@every_case
def test_gradients_of_every_weight_and_of_the_input_are_those_of_finite_differences(case):
    programmer, x = made(case), torch.randn(2, 3, WIDTH, requires_grad=True)
    names, weights = zip(*programmer.named_parameters(), strict=True)

    def outputs(x, *weights):
        return functional_call(programmer, dict(zip(names, weights, strict=True)), (x,))[0]

    assert gradcheck(outputs, (x, *weights), eps=1e-6, atol=1e-6, fast_mode=True)


@every_case
def test_every_weight_matters(case):
    programmer = made(case)
    y, _ = programmer(torch.randn(3, 5, WIDTH))
    (y * torch.randn_like(y)).sum().backward()
    assert [name for name, p in programmer.named_parameters() if p.grad is None or not p.grad.any()] == []


@every_case
def test_a_sequence_in_three_parts_equals_the_whole(case):
    programmer, x = made(case), torch.randn(2, 7, WIDTH)
    whole, _ = programmer(x)
    parts, state = [], None
    for part in x.split([3, 1, 3], 1):
        y, state = programmer(part, state)
        parts.append(y)
    torch.testing.assert_close(torch.cat(parts, 1), whole, rtol=1e-10, atol=1e-10)


@every_case
def test_a_later_input_changes_no_earlier_output(case):
    programmer, x = made(case), torch.randn(2, 6, WIDTH)
    other = torch.cat([x[:, :4], torch.randn(2, 2, WIDTH)], 1)
    y, changed = programmer(x)[0], programmer(other)[0]
    torch.testing.assert_close(changed[:, :4], y[:, :4], rtol=1e-12, atol=1e-12)
    assert not torch.allclose(changed[:, 4:], y[:, 4:])


@every_case
def test_an_earlier_input_changes_a_later_output(case):
    programmer, x = made(case), torch.randn(2, 6, WIDTH)
    other = torch.cat([torch.randn(2, 3, WIDTH), x[:, 3:]], 1)
    assert not torch.allclose(programmer(x)[0][:, -1], programmer(other)[0][:, -1])


@every_case
def test_a_sequence_does_not_feel_its_neighbours(case):
    programmer, x = made(case), torch.randn(3, 5, WIDTH)
    torch.testing.assert_close(programmer(x[1:2])[0], programmer(x)[0][1:2], rtol=1e-10, atol=1e-10)


@every_case
def test_state_size_is_the_numbers_in_the_state_after_one_step(case):
    programmer = made(case)
    _, state = programmer(torch.randn(3, 1, WIDTH))
    assert numbers(state) == 3 * programmer.state_size()


@every_case
def test_mixed_precision_stays_close_and_trains(case):
    programmer, x = made(case).float(), torch.randn(2, 6, WIDTH, dtype=torch.float32)
    y, _ = programmer(x)
    with torch.autocast("cpu", torch.bfloat16):
        mixed, _ = programmer(x)
    torch.testing.assert_close(mixed.float(), y, rtol=0.1, atol=0.1)
    mixed.float().square().sum().backward()
    assert all(p.grad.isfinite().all() for p in programmer.parameters())


def test_fast_weights_are_kept_in_single_precision():
    with torch.autocast("cpu", torch.bfloat16):
        _, state = made("feedforward, delta").float()(torch.randn(2, 6, WIDTH, dtype=torch.float32))
    assert {block["memory"]["w"].dtype for block in state} == {torch.float32}


@every_case
def test_an_input_of_another_width_is_refused(case):
    with pytest.raises(InputError, match=r"x has shape \(2, 3, 5\); give a tensor \[batch, time, 4\]"):
        made(case)(torch.randn(2, 3, 5))


def test_a_rule_can_be_chosen_for_those_that_have_fast_weights_of_a_rule():
    assert writable("feedforward")


def network(tokens):
    return Network(5, 3, PROGRAMMERS["feedforward"](WIDTH, "delta"), tokens)


@pytest.mark.parametrize("tokens", [True, False])
def test_a_network_answers_every_step(tokens):
    x = torch.randint(5, (2, 6)) if tokens else torch.randn(2, 6, 5)
    assert network(tokens)(x).shape == (2, 6, 3)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: PROGRAMMERS["feedfoward"], "did you mean 'feedforward'"),
        (lambda: PROGRAMMERS["feedforward"](WIDTH), "FeedForward has no rule of its own; give one"),
        (lambda: PROGRAMMERS["feedforward"](WIDTH, "detla"), "did you mean 'delta'"),
        (lambda: PROGRAMMERS["feedforward"](WIDTH, "delta", head=2), "has no option 'head'; choose from layers, heads"),
        (lambda: PROGRAMMERS["feedforward"](0, "delta"), "width is 0; give a whole number of at least 1"),
        (lambda: PROGRAMMERS["feedforward"](WIDTH, "delta", layers=0), "layers is 0"),
        (lambda: PROGRAMMERS["feedforward"](WIDTH, "delta", heads=3), "width 4 is no multiple of heads 3"),
        (lambda: PROGRAMMERS["feedforward"](WIDTH, "delta", rates=3), "rates is 3; give 1 for learning rates in"),
        (lambda: PROGRAMMERS["feedforward"](WIDTH, "delta", mlp=-1), "mlp is -1; give a whole number, or 0"),
        (lambda: Network(0, 3, PROGRAMMERS["feedforward"](WIDTH, "delta"), True), "inputs is 0"),
        (lambda: network(True)(torch.zeros(2, 3)), r"x has shape \(2, 3\) and torch.float64; give int64 token numbers"),
        (lambda: network(False)(torch.zeros(2, 3, 4)), r"x has shape \(2, 3, 4\); give a tensor \[batch, time, 5\]"),
    ],
)
def test_bad_sizes_are_refused_in_one_sentence(make, says):
    with pytest.raises(InputError, match=says):
        make()
