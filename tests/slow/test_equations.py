"""Every programmer computes its published equations, written out here once more for one sequence."""

import pytest
import torch

from plastic import InputError
from plastic.slow import PROGRAMMERS
from plastic.slow.programmer import writable
from plastic.slow.recurrent import FeedbackLayer, RecurrentLayer
from plastic.slow.self_referential import SelfReferentialLayer

WIDTH, STEPS = 4, 6


@pytest.fixture
def x():
    torch.manual_seed(1)
    return torch.randn(1, STEPS, WIDTH)


def made(name, rule=None, **options):
    torch.manual_seed(0)
    return PROGRAMMERS[name](WIDTH, rule, **options).eval()


def close(found, expected):
    torch.testing.assert_close(found[0], torch.stack(expected), rtol=1e-10, atol=1e-10)


def delta(w, key, value, rate):
    return w + rate * torch.outer(value - w @ key, key)


def test_recurrent_delta_net(x):
    torch.manual_seed(0)
    layer = RecurrentLayer("delta", WIDTH, pre=3, post=2)
    w, y, expected = torch.zeros(2, 3), torch.zeros(2), []
    for now in x[0]:
        raw = torch.cat([layer.slow[name](now) for name in ("pre", "post", "mod")] + [layer.query(now)])
        key, value, rate, query = (raw + layer.back.weight @ y.tanh()).split([3, 2, 1, 3])
        w = delta(w, layer.features(key), value, 2 * rate.sigmoid())
        y = w @ layer.features(query)
        expected.append(layer.out(y))
    close(layer(x)[0], expected)


def test_delta_rnn(x):
    torch.manual_seed(0)
    layer = FeedbackLayer("delta", WIDTH, pre=3, post=2, rates=1)
    w, r, y, expected = torch.zeros(2, 3), torch.zeros(2, 2), torch.zeros(2), []
    for now in x[0]:
        key, value, rate = (layer.slow[name](now) for name in ("pre", "post", "mod"))
        w = delta(w, layer.features(key), value, rate.sigmoid())
        key, value, rate = (layer.feedback.slow[name](now) for name in ("pre", "post", "mod"))
        r = delta(r, key.softmax(-1), value, rate.sigmoid())
        y = w @ layer.features(layer.query(now)) + r @ y.softmax(-1)
        expected.append(layer.out(y))
    close(layer(x)[0], expected)


def test_self_referential_weight_matrix(x):
    torch.manual_seed(0)
    layer = SelfReferentialLayer(WIDTH, heads=2)
    heads, expected = list(layer.start), []
    for now in x[0]:
        told = []
        for h, part in enumerate(now.split(2)):
            y, q, k, beta = (heads[h] @ part).split([2, 2, 2, 4])
            rates = torch.cat([b.sigmoid().expand(rows) for b, rows in zip(beta, (2, 2, 2, 4), strict=True)])
            key = k.softmax(-1)
            change = heads[h] @ q.softmax(-1) - heads[h] @ key
            heads[h] = heads[h] + torch.outer(rates * change, key)
            told.append(y)
        expected.append(layer.out(torch.cat(told)))
    close(layer(x)[0], expected)


@pytest.mark.parametrize(("inner", "norm"), [(1, True), (3, True), (2, False)])
def test_ba_2016(x, inner, norm):
    made_of = made("ba_2016", cells=3, inner=inner, norm=norm, eta=0.4, decay=0.9)
    a, h, expected = torch.zeros(3, 3), torch.zeros(3), []
    for now in x[0]:
        drive = made_of.recurrent.weight @ h + made_of.input(now)
        h = drive.relu()
        for _ in range(inner):
            settled = drive + a @ h
            h = (made_of.norm(settled) if norm else settled).relu()
        a = 0.9 * a + 0.4 * torch.outer(h, h)
        expected.append(made_of.out(h))
    close(made_of(x)[0], expected)


def test_hebb_ff(x):
    made_of = made("hebb_ff", cells=3)
    a, expected = torch.zeros(3, WIDTH), []
    for now in x[0]:
        h = (made_of.input(now) + a @ now).sigmoid()
        a = made_of.decay * a + made_of.eta * torch.outer(h, now)
        expected.append(made_of.out(h))
    close(made_of(x)[0], expected)
    torch.testing.assert_close(made_of.decay.detach(), torch.tensor(0.95))


def test_stp_rnn(x):
    made_of = made("masse_2019", cells=10)
    with torch.no_grad():
        made_of.weights.copy_(torch.rand(10, 10) - 0.3)
    weights = made_of.weights.relu().clone()
    weights[:, 8:] *= -1  # a fifth inhibits
    weights.fill_diagonal_(0)
    rest, tau_f, tau_d = torch.tensor([[0.15, 1.5, 0.2], [0.45, 0.2, 1.5]] * 5).mT
    h, u, r, expected = torch.full((10,), 0.1), rest, torch.ones(10), []
    for now in x[0]:
        r, u = r + 0.01 * (1 - r) / tau_d - 0.01 * u * r * h, u + 0.01 * (rest - u) / tau_f + 0.01 * rest * (1 - u) * h
        h = (0.9 * h + 0.1 * (made_of.input(now) + weights @ (u * r * h))).relu()
        expected.append(made_of.out(h))
    close(made_of(x)[0], expected)


@pytest.mark.parametrize("modulation", ["retroactive", "simple", "none"])
def test_backpropamine(x, modulation):
    made_of = made("backpropamine", cells=3, modulation=modulation, eta=0.1)
    with torch.no_grad():
        made_of.alpha += 1
    h, hebb, trace, expected = torch.zeros(3), torch.zeros(3, 3), torch.zeros(3, 3), []
    for now in x[0]:
        before, h = h, (made_of.input(now) + (made_of.weights + made_of.alpha * hebb) @ h).tanh()
        pair = torch.outer(h, before)
        if modulation == "none":
            hebb = (hebb + 0.1 * pair).clamp(-1, 1)
        else:
            m = made_of.modulator(h).tanh()
            hebb = (hebb + m * (trace if modulation == "retroactive" else pair)).clamp(-1, 1)
            trace = 0.9 * trace + 0.1 * pair
        expected.append(made_of.out(h))
    close(made_of(x)[0], expected)


def test_hebb_of_backpropamine_stays_within_one():
    made_of = made("backpropamine", modulation="simple")
    with torch.no_grad():
        made_of.modulator.bias += 10
    _, state = made_of(torch.ones(1, 50, WIDTH))
    assert state["hebb"].abs().max() == 1


def test_plasticity_of_backpropamine_starts_as_its_options_say():
    made_of = made("backpropamine", cells=50, alpha=0.2, eta=0.3)
    assert made_of.eta.item() == pytest.approx(0.3)
    assert 0 <= made_of.alpha.min() < 0.01
    assert 0.19 < made_of.alpha.max() <= 0.2


def test_weights_to_and_from_inhibitory_cells_of_the_stp_rnn_start_twice_as_strong():
    torch.manual_seed(0)
    weights = made("masse_2019", cells=400).weights.detach()
    means = [weights[:320, :320], weights[320:], weights[:320, 320:]]
    assert [float(part.mean()) for part in means] == pytest.approx([0.1, 0.2, 0.2], rel=0.1)


def test_noise_of_the_stp_rnn_is_heard_in_training_alone(x):
    made_of = made("masse_2019")
    assert torch.equal(made_of(x)[0], made_of(x)[0])
    assert not torch.equal(made_of.train()(x)[0], made_of(x)[0])


def test_without_its_norm_what_ba_2016_stores_drives_its_cells_without_bound():
    x = torch.randn(2, 8, WIDTH, generator=torch.Generator().manual_seed(0))
    bounded, unbounded = (made("ba_2016", cells=10, norm=norm)(x)[1]["rate"].abs().max() for norm in (True, False))
    assert bounded < 10
    assert unbounded > 1e6


def test_a_transformer_tells_the_time():
    same = torch.ones(1, 5, WIDTH)
    y, _ = made("transformer")(same)
    assert not torch.allclose(y[:, 1:], y[:, :-1])


def test_rules_can_be_chosen_for_fast_weights_that_a_rule_writes():
    assert {name for name in PROGRAMMERS if writable(name)} == {
        "feedforward",
        "recurrent",
        "delta_rnn",
        "ba_2016",
        "hebb_ff",
    }


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: made("lstm", "delta"), "LSTM has no fast weights that a rule could write; leave rule out"),
        (lambda: made("lstm", cells=0), "cells is 0"),
        (lambda: made("rnn", layers=0), "layers is 0"),
        (lambda: made("transformer", heads=3), "width 4 is no multiple of heads 3"),
        (lambda: made("self_referential", heads=3), "width 4 is no multiple of heads 3"),
        (lambda: made("ba_2016", decay=0.0), r"decay is 0.0; give the share that a step leaves"),
        (lambda: made("ba_2016", inner=0), "inner is 0"),
        (lambda: made("hebb_ff", "tsodyks_markram"), "listens to no post"),
        (lambda: made("masse_2019", dt=1.0), "dt is 1.0; give the seconds a step takes"),
        (lambda: made("masse_2019", noise=-1.0), "noise is -1.0; give a standard deviation"),
        (lambda: made("backpropamine", modulation="late"), "modulation is 'late'; choose from retroactive, simple, no"),
        (lambda: made("masse_2019", noise="high"), "noise is 'high'; give a standard deviation, 0 or more"),
        (lambda: made("masse_2019", cost=float("inf")), "cost is inf; give what a unit of the mean squared rate costs"),
        (lambda: made("ba_2016", decay="slow"), "decay is 'slow'; give the share that a step leaves"),
        (lambda: made("ba_2016", eta="x"), "eta is 'x'; give how much of a coincidence a step writes"),
        (lambda: made("ba_2016", norm="no"), "norm is 'no'; give true for layer norms or false for none"),
        (lambda: made("feedforward", "delta", norm="no"), "norm is 'no'; give true for layer norms or false for none"),
        (lambda: made("backpropamine", alpha=0.0), "alpha is 0.0; give the plasticity of weights at first, above 0"),
        (lambda: made("backpropamine", eta=1.0), "eta is 1.0; give the rate of the trace at first, above 0 and below"),
        (lambda: made("hebb_ff")(torch.randn(2, 0, WIDTH)), r"x has shape \(2, 0, 4\)"),
    ],
)
def test_bad_options_are_refused_in_one_sentence(make, says):
    with pytest.raises(InputError, match=says):
        make()
