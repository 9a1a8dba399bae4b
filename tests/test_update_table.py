"""The update table: nine published updates, the losses they descend, and the numbers a memory of theirs is known by.

The updates and losses of Table 1 of Irie & Gershman (2025), arXiv:2508.08435, are written here by hand. Random
streams are drawn for 20 seeds at once, and a mean must lie within four standard errors of its closed form.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import pytest
import torch
from torch.nn.functional import elu, normalize
from torch.testing import assert_close

from plastic import RULES, read, recall, step, symbols
from plastic.substrates.rate import TensorSynapse

SEEDS = 20
ROWS = {rule.row: rule for rule in RULES.values() if rule.row}


# Nine rows: W [N, post, pre], k [N, pre], v [N, post], eta [N], lam [N] or [N, post]


class Row(NamedTuple):
    """A row of the table as printed: the update, the loss of each sample and the learning rate."""

    update: Callable
    loss: Callable
    rate: Callable = lambda eta: torch.ones_like(eta)


def outer(a, b):
    return a[:, :, None] * b[:, None, :]


def of(W, k):
    """W k"""
    return (W @ k[:, :, None])[:, :, 0]


def against(W, v):
    """W' v"""
    return (W.mT @ v[:, :, None])[:, :, 0]


def dot(a, b):
    return (a * b).sum(-1)


def square(W):
    """The squared norm of vectors [N, D] or matrices [N, post, pre]."""
    return W.square().flatten(1).sum(1)


def each(a):
    """A number per sample, to multiply matrices with."""
    return a[:, None, None]


PUBLISHED = {
    "Vanilla FWP": Row(
        lambda W, k, v, eta, lam: W + outer(v, k),
        lambda W, k, v, eta, lam: -dot(v, of(W, k)),
    ),
    "DeltaNet": Row(
        lambda W, k, v, eta, lam: W + each(eta) * outer(v - of(W, k), k),
        lambda W, k, v, eta, lam: square(v - of(W, k)) / 2,
        lambda eta: eta,
    ),
    "OjaNet": Row(
        lambda W, k, v, eta, lam: W + each(eta) * outer(v, k - against(W, v)),
        lambda W, k, v, eta, lam: -dot(v, of(W, k)) + square(against(W, v)) / 2,
        lambda eta: eta,
    ),
    "RetNet": Row(
        lambda W, k, v, eta, lam: each(lam) * W + outer(v, k),
        lambda W, k, v, eta, lam: -dot(v, of(W, k)) + (1 - lam) / 2 * square(W),
    ),
    "Mamba2": Row(
        lambda W, k, v, eta, lam: each(lam) * W + outer(v, k),
        lambda W, k, v, eta, lam: -dot(v, of(W, k)) + (1 - lam) / 2 * square(W),
    ),
    "Gated RFA": Row(
        lambda W, k, v, eta, lam: each(lam) * W + each(1 - lam) * outer(v, k),
        lambda W, k, v, eta, lam: -(1 - lam) * dot(v, of(W, k)) + (1 - lam) / 2 * square(W),
    ),
    "mLSTM": Row(
        lambda W, k, v, eta, lam: each(lam) * W + each(eta) * outer(v, k),
        lambda W, k, v, eta, lam: -eta * dot(v, of(W, k)) + (1 - lam) / 2 * square(W),
    ),
    "GLA": Row(
        lambda W, k, v, eta, lam: lam[:, :, None] * W + outer(v, k),
        lambda W, k, v, eta, lam: -dot(v, of(W, k)) + square((1 - lam).sqrt()[:, :, None] * W) / 2,
    ),
    "Gated DeltaNet": Row(
        lambda W, k, v, eta, lam: each(lam) * W + each(eta) * outer(v - of(W, k), k),
        lambda W, k, v, eta, lam: square(v - of(W, k)) / 2 + (1 - lam) / (2 * eta) * square(W),
        lambda eta: eta,
    ),
}
every_row = pytest.mark.parametrize("name", PUBLISHED)


def sample(name, samples=20, post=4, pre=6):
    """Random weights and signals for a row: W, k, v, eta, lam."""
    torch.manual_seed(0)
    W, k, v = torch.randn(samples, post, pre), torch.randn(samples, pre), torch.randn(samples, post)
    lam = 0.05 + 0.9 * torch.rand(samples, post)
    lam = lam if name == "GLA" else lam[:, 0]
    lam = lam[:1].expand(samples) if name == "RetNet" else lam
    unit_k, unit_v = normalize(k, dim=-1), normalize(v, dim=-1)
    eta = torch.rand(samples) * (1 + lam if lam.ndim == 1 else 2)
    return W, unit_k, unit_v, eta, lam


def stepped(name, W, k, v, eta, lam):
    """The same step, taken by the rule that claims the row."""
    rule = ROWS[name](tau=-1 / math.log(lam[0])) if name == "RetNet" else ROWS[name]()
    return step(rule, {"w": W}, {"pre": k, "post": v, "mod": eta, "gate": -lam.log()})["w"]


def descended(name, W, slope, eta):
    return W - each(PUBLISHED[name].rate(eta)) * slope


def test_every_row_of_the_table_has_a_rule():
    assert ROWS.keys() == PUBLISHED.keys()


@every_row
def test_rule_is_the_published_update(name):
    given = sample(name)
    assert_close(stepped(name, *given), PUBLISHED[name].update(*given), rtol=0, atol=1e-12)


@every_row
def test_rule_descends_the_published_loss(name):
    W, *signals = sample(name)
    W.requires_grad_()
    (slope,) = torch.autograd.grad(PUBLISHED[name].loss(W, *signals).sum(), W)
    W = W.detach()
    assert_close(stepped(name, W, *signals), descended(name, W, slope, signals[2]), rtol=0, atol=1e-8)


@every_row
def test_rule_descends_the_published_loss_by_finite_differences(name):
    W, *signals = sample(name)
    slope = finite_differences(lambda W: PUBLISHED[name].loss(W, *signals), W)
    moved = descended(name, W, slope, signals[2]) - W
    error = stepped(name, W, *signals) - W - moved
    assert float(error.abs().max()) < 1e-6 * float(moved.abs().max())


def finite_differences(loss, W, h=1e-4):
    """The gradient of each sample's loss [N] at W [N, post, pre], by central differences."""
    slope = torch.empty_like(W)
    for i, j in torch.cartesian_prod(*(torch.arange(n) for n in W.shape[1:])).tolist():
        there = torch.zeros_like(W)
        there[:, i, j] = h
        slope[:, i, j] = (loss(W + there) - loss(W - there)) / (2 * h)
    return slope


@pytest.mark.parametrize("eta", [0.3, 1.7])
def test_gated_delta_has_two_orders_that_differ_by_the_error_made_while_forgetting(eta):
    W, k, v, _, lam = sample("DeltaNet")
    signals = {"pre": k, "post": v, "mod": torch.full_like(lam, eta), "gate": -lam.log()}
    published, primer = (step(rule, {"w": W}, signals, strict=False)["w"] for rule in ("gated_delta", "Gated DeltaNet"))
    assert_close(published - primer, each((1 - lam) * eta) * outer(of(W, k), k), rtol=0, atol=1e-12)


@pytest.mark.parametrize("dt", [1.0, 0.3])
def test_longhorn_is_the_implicit_delta_rule(dt):
    W, k, v, eta, _ = sample("DeltaNet")
    k = 3 * k
    after = step("longhorn", {"w": W}, {"pre": k, "post": v, "mod": eta}, dt)["w"]
    assert_close(after, W + each(dt * eta) * outer(v - of(after, k), k), rtol=0, atol=1e-12)


def test_oja_moves_as_published():
    W, k, v, *_ = sample("OjaNet")
    eta, dt = 0.3, 1e-6
    after = step(RULES["oja"](eta=eta), {"w": W}, {"pre": k, "post": v}, dt)["w"]
    assert_close((after - W) / dt, eta * v[:, :, None] * (k[:, None, :] - v[:, :, None] * W), rtol=0, atol=1e-5)


def test_neuron_under_oja_finds_the_first_principal_component():
    torch.manual_seed(6)
    spread = torch.tensor([2.0, 1.0, 0.8, 0.5])
    turned, _ = torch.linalg.qr(torch.randn(4, 4))
    W = torch.randn(SEEDS, 1, 4) / 2
    for x in torch.randn(3000, SEEDS, 4) * spread @ turned.T:
        W = step(RULES["oja"](eta=5e-3), {"w": W}, {"pre": x, "post": of(W, x)})["w"]
    length = W.norm(dim=-1)
    assert_close(length.mean(), torch.tensor(1.0), rtol=0, atol=0.02)
    assert float(((W @ turned[:, 0])[:, 0].abs() / length[:, 0]).mean()) > 0.99


# Streams of key-value pairs


def unit(*shape):
    return normalize(torch.randn(*shape), dim=-1)


def signs(*shape):
    return torch.randint(0, 2, shape).to(torch.get_default_dtype()) * 2 - 1


def stream(items, d, d_v=16, heads=4):
    """Unit keys and unit values with random signs, [seeds, items, heads, D]."""
    torch.manual_seed(1)
    return unit(SEEDS, items, heads, d), signs(SEEDS, items, heads, d_v) / d_v**0.5


def stored(rule, keys, values, **signals):
    """The fast matrix after all pairs."""
    return read(rule, {"pre": keys, "post": values, **signals})[1]


def assert_mean(per_seed, theory):
    """The mean over seeds is the theory's, within four standard errors that are themselves small."""
    assert per_seed.shape == (SEEDS,)
    error = float(per_seed.std()) / SEEDS**0.5
    assert error < 0.05 * theory
    assert abs(float(per_seed.mean()) - theory) < 4 * error


def decayed(squared):
    """RetNet with this lambda squared."""
    return RULES["retnet"](tau=-2 / math.log(squared))


def over_all_but_seeds(a):
    return a.flatten(1).mean(1)


# Point 2: attention


def test_attention_without_softmax_is_the_vanilla_rule():
    torch.manual_seed(2)
    q, k, v = (torch.randn(2, 100, 2, d) for d in (5, 5, 3))
    scores = torch.einsum("bthd,bshd->bhts", q, k).tril()
    attention = torch.einsum("bhts,bshd->bthd", scores, v)
    for mode in ("chunk", "loop"):
        assert_close(read("vanilla", {"pre": k, "post": v}, q, mode=mode)[0], attention, rtol=0, atol=1e-12)


def test_normalised_attention_is_the_linear_transformer():
    torch.manual_seed(2)
    q, k = (elu(torch.randn(2, 100, 2, 5)) + 1 for _ in range(2))
    v = torch.randn(2, 100, 2, 3)
    scores = torch.einsum("bthd,bshd->bhts", q, k).tril()
    attention = torch.einsum("bhts,bshd->bthd", scores / scores.sum(-1, keepdim=True), v)
    for mode in ("chunk", "loop"):
        assert_close(read("linear_transformer", {"pre": k, "post": v}, q, mode=mode)[0], attention, rtol=0, atol=1e-12)


@every_row
def test_chunks_of_every_row_equal_its_recurrence(name):
    torch.manual_seed(2)
    signals = {"pre": unit(2, 130, 2, 6), "post": unit(2, 130, 2, 4), "mod": torch.rand(2, 130, 2)}
    signals["gate"] = torch.rand(2, 130, 2, 4) if name == "GLA" else torch.rand(2, 130, 2)
    query = unit(2, 130, 2, 6)
    chunks, loop = (read(name, signals, query, mode=mode) for mode in ("chunk", "loop"))
    assert_close(chunks, loop, rtol=0, atol=1e-12)


# Points 3 and 6: writing again, and writing more


@pytest.mark.parametrize(("rule", "times"), [("vanilla", 2), ("delta", 1), ("longhorn", 0.75)])
def test_pair_written_twice_is_read(rule, times):
    torch.manual_seed(3)
    key, value = unit(1, 1, 1, 6).expand(1, 2, 1, 6), torch.randn(1, 1, 1, 4).expand(1, 2, 1, 4)
    out, _ = read(rule, {"pre": key, "post": value}, key)
    assert_close(out[:, -1], times * value[:, 0], rtol=0, atol=1e-12)


@pytest.mark.parametrize("rule", ["vanilla", "delta", "longhorn", "linear_transformer"])
def test_orthogonal_keys_lose_nothing(rule):
    torch.manual_seed(3)
    keys = torch.eye(16)[None, :, None, :]
    values = torch.randn(1, 16, 1, 4)
    strength = 0.5 if rule == "longhorn" else 1  # of an implicit step with eta 1 and a unit key
    assert_close(recall(rule, stored(rule, keys, values), keys), strength * values, rtol=0, atol=1e-12)


@pytest.mark.parametrize(("items", "d"), [(16, 32), (64, 64), (128, 32)])
def test_crosstalk_of_the_vanilla_rule_is_the_load(items, d):
    keys, values = stream(items, d)
    answers = recall("vanilla", stored("vanilla", keys, values), keys)
    assert_mean(over_all_but_seeds((answers - values).square().sum(-1)), (items - 1) / d)


@pytest.mark.parametrize("ago", [0, 1, 8, 16])
def test_delta_rule_forgets_a_share_of_one_dth_at_each_write(ago):
    d = 16
    keys, values = stream(40, d, heads=32)
    answers = recall("delta", stored("delta", keys, values), keys)
    overlap = (answers * values).sum(-1).mean(-1)[:, -1 - ago]
    if ago == 0:
        assert_close(overlap, torch.ones(SEEDS), rtol=0, atol=1e-12)
    else:
        assert_mean(overlap, (1 - 1 / d) ** ago)


# Point 4: learning in context


def test_vanilla_rule_takes_a_gradient_step_of_linear_regression():
    torch.manual_seed(4)
    d_x, d_y, examples = 4, 3, 12
    W_0 = torch.randn(d_y, d_x)
    x, y, asked = torch.randn(examples, d_x), torch.randn(examples, d_y), torch.randn(1, d_x)
    tokens, question = torch.cat([x, y], 1), torch.cat([asked, torch.randn(1, d_y)], 1)
    W_q = torch.block_diag(torch.eye(d_x), torch.zeros(d_y, d_y))
    W_v = torch.zeros(d_x + d_y, d_x + d_y)
    W_v[d_x:, :d_x], W_v[d_x:, d_x:] = W_0, -torch.eye(d_y)
    sequence = lambda a: a[None, :, None, :]  # noqa: E731
    signals = {"pre": sequence(tokens @ W_q.T), "post": sequence(tokens @ W_v.T)}
    out, _ = read("vanilla", signals, sequence(question @ W_q.T))
    slow = W_0.clone().requires_grad_()
    (slope,) = torch.autograd.grad((y - x @ slow.T).square().sum() / 2, slow)
    assert_close(out[0, 0, 0, :d_x], torch.zeros(d_x), rtol=0, atol=1e-12)
    assert_close(out[0, 0, 0, d_x:], (slope @ asked.T)[:, 0], rtol=0, atol=1e-12)


# Point 5: counting


def flips(bits, eta):
    """A delta rule that writes the error of zero at each bit that is on: [streams, T] -> its weight, 1 at first."""
    key = torch.ones(*bits.shape, 1, 1)
    signals = {"pre": key, "post": torch.zeros_like(key), "mod": eta * bits[..., None]}
    return read("delta", signals, key, {"w": torch.ones(len(bits), 1, 1, 1)})[0][..., 0, 0]


def test_eta_of_two_keeps_the_parity_of_256_bits():
    torch.manual_seed(5)
    bits = torch.randint(0, 2, (SEEDS, 256)).to(torch.float64)
    assert_close(flips(bits, 2.0), 1 - 2 * (bits.cumsum(1) % 2), rtol=0, atol=0)


@pytest.mark.parametrize("eta", [0.1, 0.5, 1.0])
def test_eigenvalues_from_0_to_1_leave_the_parity_of_256_bits_at_chance(eta):
    torch.manual_seed(5)
    bits = torch.randint(0, 2, (2000, 256)).to(torch.float64)
    assert accuracy_of_best_threshold(flips(bits, eta)[:, -1], bits.sum(1) % 2 == 1) < 0.55


def accuracy_of_best_threshold(values, labels):
    """The largest share that one threshold, on either side, gets right; equal values stay together."""
    found, where = values.unique(return_inverse=True)
    votes = torch.zeros(len(found)).index_add(0, where, 2.0 * labels - 1)  # odd less even, at each value
    below = torch.cat([torch.zeros(1), votes.cumsum(0)])
    right = labels.sum() - below  # odd above the threshold, even below it
    return float(torch.maximum(right, len(labels) - right).max()) / len(labels)


def test_best_threshold_finds_what_one_value_tells():
    values = torch.tensor([3.0, 1, 2, 1])
    assert accuracy_of_best_threshold(values, torch.tensor([True, False, True, False])) == 1
    assert accuracy_of_best_threshold(values, torch.tensor([False, True, False, True])) == 1
    assert accuracy_of_best_threshold(torch.ones(4), torch.tensor([True, False, True, False])) == 0.5


def test_two_delta_steps_before_each_read_count_to_three():
    torch.manual_seed(5)
    bits = torch.randint(0, 2, (SEEDS, 256)).to(torch.float64)
    a, b = direction(0), direction(60)  # two mirrors at 60 degrees turn by 120
    keys = torch.stack([a, b]).repeat(256, 1)[None, :, None, :].expand(SEEDS, -1, -1, -1)
    signals = {"pre": keys, "post": torch.zeros(SEEDS, 512, 1, 1), "mod": 2 * bits.repeat_interleave(2, 1)[..., None]}
    state = {"w": direction(0).expand(SEEDS, 1, 1, 2)}
    answers = [read("delta_product", signals, ask.expand(SEEDS, 256, 1, 2), state)[0][..., 0, 0] for ask in thirds()]
    counted = torch.stack(answers, -1)
    expected = torch.tensor([[1.0, -0.5, -0.5], [-0.5, 1.0, -0.5], [-0.5, -0.5, 1.0]])
    assert_close(counted, expected[(bits.cumsum(1) % 3).long()], rtol=0, atol=1e-10)


def direction(degrees):
    return torch.tensor([math.cos(math.radians(degrees)), math.sin(math.radians(degrees))])


def thirds():
    """Where a vector that starts at 0 degrees has turned to after 0, 1 and 2 counts."""
    return [direction(0), direction(120), direction(240)]


# Point 7: decay


@pytest.mark.parametrize("squared", [0.5, 0.8, 0.95])
def test_crosstalk_of_retnet_saturates(squared):
    d = 32
    keys, values = stream(300, d, heads=16)
    probe = unit(SEEDS, 4, 16, d)
    for writes in (200, 300):
        state = stored(decayed(squared), keys[:, :writes], values[:, :writes])
        power = recall(decayed(squared), state, probe).square().sum(-1)
        assert_mean(over_all_but_seeds(power), 1 / (d * (1 - squared)))


def snr(squared, ago, d):
    """Signal and crosstalk power of RetNet for the item written n writes ago, per seed."""
    keys, values = stream(300, d, heads=16)
    state = stored(decayed(squared), keys, values)
    answers = recall(decayed(squared), state, keys[:, -1 - ago, None])[:, 0]
    signal = (answers * values[:, -1 - ago]).sum(-1).mean(-1)
    crosstalk = recall(decayed(squared), state, unit(SEEDS, 8, 16, d)).square().sum(-1)
    return signal, over_all_but_seeds(crosstalk)


@pytest.mark.parametrize("ago", [1, 4])
@pytest.mark.parametrize("squared", [0.7, 0.9])
def test_signal_of_retnet_fades_and_its_noise_does_not(squared, ago):
    d = 32
    signal, crosstalk = snr(squared, ago, d)
    assert_mean(signal, squared ** (ago / 2))
    expected = d * squared**ago * (1 - squared)
    assert float(signal.mean() ** 2 / crosstalk.mean()) == pytest.approx(expected, rel=0.1)


@pytest.mark.parametrize("ago", [2, 8])
def test_best_decay_for_a_delay_of_n_is_n_of_n_plus_1(ago):
    grid = [n / (n + 1) for n in (ago / 4, ago / 2, ago, 2 * ago, 4 * ago)]
    found = [snr(squared, ago, d=32) for squared in grid]
    ratios = [float(signal.mean() ** 2 / crosstalk.mean()) for signal, crosstalk in found]
    assert max(zip(ratios, grid, strict=True))[1] == ago / (ago + 1)


# Point 8: growth


def growth(rule, d, d_v, items=400, **signals):
    """The squared norm of the weights after a random stream, per seed."""
    keys, values = stream(items, d, d_v, heads=8)
    return over_all_but_seeds(stored(rule, keys, values, **signals)["w"].square().sum((-2, -1)))


def test_weights_of_the_vanilla_rule_grow_as_the_root_of_time():
    for items in (50, 200, 400):
        assert_mean(growth("vanilla", 16, 16, items), items)


@pytest.mark.parametrize("lam", [0.8, 0.95])
def test_weights_of_retnet_stay_bounded(lam):
    assert_mean(growth(decayed(lam**2), 16, 16), 1 / (1 - lam**2))


@pytest.mark.parametrize("lam", [0.8, 0.95])
def test_weights_of_gated_rfa_stay_bounded(lam):
    gate = torch.full((SEEDS, 400, 8), -math.log(lam))
    assert_mean(growth("gated_rfa", 16, 16, gate=gate), (1 - lam) / (1 + lam))


def test_weights_of_the_delta_rule_fill_the_keys():
    assert_mean(growth("delta", 16, 32), 16)


def test_weights_of_ojanet_fill_the_values():
    assert_mean(growth("oja_net", 32, 16), 16)


# Point 10: clamping the postsynaptic cell


@pytest.mark.parametrize(("name", "needs_firing"), [("vanilla", False), ("btsp", False), ("delta", True)])
def test_clamping_postsynaptic_firing_to_zero_changes_only_the_delta_rule(name, needs_firing):
    torch.manual_seed(10)
    rule = RULES[name]()
    weight, pre, post = torch.rand(3, 5), torch.rand(1, 5), torch.rand(3, 1)
    variables = {z: torch.rand(3, 5) for z in symbols.flows(rule)} | {"w": weight}
    flow = rule.flow(TensorSynapse({**variables, "pre": pre, "post": post, "mod": torch.ones(1, 1)}, dt=1.0))["w"]
    firing = (weight * pre).sum(-1, keepdim=True)
    free, clamped = (flow.rate(weight, pred, 0) for pred in (firing, 0 * firing))
    assert float(free.abs().max()) > 1e-3
    assert torch.equal(free, clamped) != needs_firing


# Short-term plasticity: a train of spikes (pre = 1/dt in the step that holds one)


def train(rule, interval, spikes, finer=1):
    """What each spike of a regular train releases, from rest; `finer` steps between spikes."""
    state, released, dt = None, [], interval / finer
    silent, spike = ({"pre": torch.full((1, 1, 1), rate), "post": torch.zeros(1, 1, 1)} for rate in (0.0, 1 / dt))
    for _ in range(spikes):
        for _ in range(finer - 1):
            state = step(rule, state, silent, dt)
        arriving = step(rule, state, silent, dt)  # the state that the spike meets
        released.append(float(recall(rule, arriving, torch.ones(1, 1, 1, 1))))
        state = step(rule, state, spike, dt)
    return torch.tensor(released)


def tsodyks_markram(**parameters):
    return RULES["tsodyks_markram"](**parameters)


def closed_form(rule, interval, spikes):
    """The recursion over spikes: u rests at `rest`, x at 1; a spike spends u after its jump (u+) or before it (u-)."""
    u, x, released = rule.rest, 1.0, []
    for _ in range(spikes):
        raised = u + rule.U * (1 - u)
        share = raised if rule.release == "u+" else u
        released.append(share * x)
        u = rule.rest + (raised - rule.rest) * math.exp(-interval / rule.tau_facil)
        x = 1 - (1 - x * (1 - share)) * math.exp(-interval / rule.tau_rec)
    return torch.tensor(released)


DEPRESSING = {"U": 0.5, "tau_rec": 0.8, "tau_facil": 1e-4}
FACILITATING = {"U": 0.03, "tau_rec": 0.13, "tau_facil": 0.53}
SYNAPSES = {"depressing": DEPRESSING, "facilitating": FACILITATING}


@pytest.mark.parametrize("kind", SYNAPSES)
@pytest.mark.parametrize("release", ["u+", "u-"])
@pytest.mark.parametrize("rests_at_U", [False, True], ids=["rests at 0", "rests at U"])
@pytest.mark.parametrize(("hertz", "finer"), [(1, 1), (20, 1), (20, 17), (70, 1)])
def test_release_follows_the_recursion(kind, release, rests_at_U, hertz, finer):
    given = SYNAPSES[kind]
    rule = tsodyks_markram(**given, release=release, rest=given["U"] if rests_at_U else 0.0)
    assert_close(train(rule, 1 / hertz, 12, finer), closed_form(rule, 1 / hertz, 12), rtol=0, atol=1e-9)


@pytest.mark.parametrize("kind", SYNAPSES)
@pytest.mark.parametrize("hertz", [1, 20, 70])
def test_steady_release_has_its_closed_form(kind, hertz):
    p, interval = SYNAPSES[kind], 1 / hertz
    u = p["U"] / (1 - (1 - p["U"]) * math.exp(-interval / p["tau_facil"]))
    kept = math.exp(-interval / p["tau_rec"])
    x = (1 - kept) / (1 - (1 - u) * kept)
    steady = train(tsodyks_markram(**p), interval, 60 if kind == "depressing" else 500)[-1]
    assert float(steady) == pytest.approx(u * x, abs=1e-9)


STEADY = {1: (0.4164, 0.857), 5: (0.1811, 0.611), 10: (0.1051, 0.559), 20: (0.0571, 0.530), 50: (0.0241, 0.512)}
STEADY |= {100: (0.01227, 0.506)}


@pytest.mark.parametrize("hertz", STEADY)
def test_depressing_synapse_releases_what_it_is_known_for(hertz):
    released = train(tsodyks_markram(**DEPRESSING), 1 / hertz, 100)
    steady, ratio = STEADY[hertz]
    assert float(released[-1]) == pytest.approx(steady, abs=5.1e-5)
    assert float(released[1] / released[0]) == pytest.approx(ratio, abs=5.1e-4)


def test_depressing_synapse_starts_as_it_is_known_to():
    released = train(tsodyks_markram(**DEPRESSING), 0.05, 4)
    assert_close(released, torch.tensor([0.5, 0.2651, 0.1548, 0.1030]), rtol=0, atol=5.1e-5)


@pytest.mark.parametrize("hertz", [50, 100])
def test_steady_release_falls_as_one_over_the_rate(hertz):
    steady = train(tsodyks_markram(**DEPRESSING), 1 / hertz, 100)[-1]
    assert float(hertz * steady * DEPRESSING["tau_rec"]) == pytest.approx(1, abs=0.04)


def test_facilitating_synapse_facilitates_and_depressing_synapse_depresses():
    up, down = (train(tsodyks_markram(**SYNAPSES[kind]), 0.05, 3) for kind in ("facilitating", "depressing"))
    assert bool((up.diff() > 0).all())
    assert bool((down.diff() < 0).all())


@pytest.mark.parametrize(
    ("release", "rest", "first"), [("u+", 0.0, 0.2), ("u-", 0.0, 0.0), ("u-", 0.2, 0.2), ("u+", 0.2, 0.36)]
)
def test_first_release_tells_the_conventions_apart(release, rest, first):
    rule = tsodyks_markram(U=0.2, release=release, rest=rest)
    assert float(train(rule, 0.1, 1)) == pytest.approx(first, abs=1e-12)


# Three factors: a trace of one coincidence, cashed in by a pulse of dopamine


def rewarded(delays, dt=1e-3, tau_c=1.0, tau_d=0.2):
    """The weight after one coincidence at time 0 and dopamine that sets in `delay` later, one delay a stream."""
    start = dt * torch.arange(-1100, 5000)  # of each step, at whose end an event acts
    since = start - torch.tensor(delays)[:, None]
    left = lambda t: torch.where(t < 0, 1, (-t / tau_d).exp())  # noqa: E731
    dopamine = 0.005 * tau_d * (left(since) - left(since + dt)) / dt  # its mean over each step, [delays, steps]
    spike = ((start + dt).abs() < dt / 2).double().expand_as(dopamine) / dt
    coincidence = torch.full((*spike.shape, 1, 1), 0.01 * math.exp(-10 / 20))  # spikes 10 ms apart, window 20 ms
    signals = {"pre": spike[..., None, None], "post": coincidence, "mod": dopamine[..., None]}
    end = read(RULES["three_factor"](tau_eligible=tau_c), signals, mode="loop", dt=dt)[1]
    return end["w"][:, 0, 0, 0]


REWARDED = {0: 5.054e-6, 0.5: 3.066e-6, 1: 1.859e-6, 2: 6.84e-7, 3: 2.516e-7}  # delay of dopamine in s: weight


def test_eligibility_trace_bridges_the_delay_of_a_reward():
    delays = [-1.0, -0.5, -0.1, *map(float, REWARDED)]
    fades = torch.tensor([math.exp(t / 0.2 if t < 0 else -t / 1.0) for t in delays])
    theory = 0.01 * math.exp(-10 / 20) * 0.005 * fades * 1.0 * 0.2 / (1.0 + 0.2)
    found = rewarded(delays)
    assert_close(found, theory, rtol=2e-3, atol=0)
    assert_close(found[3:], torch.tensor([*REWARDED.values()]), rtol=2.5e-3, atol=0)


# Behavioural-timescale plasticity: 300 ms of input, paired once with a plateau of 300 ms


PAIRED = {  # weight at first: {onset of the input after that of the plateau, in s: change of the weight}
    1.0: {-3: 0.06, -2: 0.86, -1: 1.71, 0: 1.79, 1: 1.58, 2: 0.10, 3: -0.02},
    2.0: {-1: 0.76, 0: 0.80, 3: -0.08},
}


@pytest.fixture(scope="module")
def changes():
    """The change of every weight by one pairing, {weight at first: {onset of the input: change}}."""
    onsets, weights, dt = torch.arange(-4, 4.01, 0.25), torch.tensor([1.0, 2.0, 3.0]), 5e-3
    start = dt * torch.arange(round(-4 / dt), round(12 / dt))  # of each step
    since = start - torch.cat([onsets, torch.zeros(1)])[:, None]
    blocks = ((since > -dt / 2) & (since < 0.3 - dt / 2)).double()[:, :, None, None]  # [onsets and 0, steps, 1, 1]
    pre, post = (a.expand(len(onsets), -1, len(weights), 1) for a in (blocks[:-1], blocks[-1:]))
    first = weights[:, None, None].expand(len(onsets), -1, 1, 1)
    end = read("btsp", {"pre": pre, "post": post}, state={"w": first}, mode="loop", dt=dt)[1]["w"]
    found = (end - first)[:, :, 0, 0].T.tolist()
    return {w: dict(zip(onsets.tolist(), row, strict=True)) for w, row in zip(weights.tolist(), found, strict=True)}


@pytest.mark.parametrize(("weight", "onset"), [(weight, onset) for weight, row in PAIRED.items() for onset in row])
def test_one_plateau_changes_a_weight_as_published(changes, weight, onset):
    assert changes[weight][onset] == pytest.approx(PAIRED[weight][onset], abs=0.03)


def test_plateau_strengthens_weak_synapses_and_weakens_strong_ones(changes):
    assert all(changes[1.0][onset] > 0 > changes[3.0][onset] for onset in changes[1.0] if abs(onset) <= 1)


def test_plateau_weakens_strong_synapses_by_a_little(changes):
    assert all(-0.23 < changes[3.0][onset] < -0.02 for onset in changes[3.0] if abs(onset) <= 3)


def test_input_before_the_plateau_counts_for_longer_than_input_after_it(changes):
    half = max(changes[1.0].values()) / 2
    strong = [onset for onset, change in changes[1.0].items() if change > half]
    assert -min(strong) > 1.2 * max(strong)
