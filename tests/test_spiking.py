"""A rule in Brian2 is the same rule: equal to the reference step by step, with units, and usable in a circuit."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from plastic import symbols
from plastic.rule import Flow, InputError, PlasticityRule, seconds
from plastic.rules import RULES, as_rule
from plastic.rules.tsodyks_markram import TsodyksMarkram
from plastic.rules.vanilla import Vanilla
from plastic.substrates.rate import step
from plastic.variants import Stochastic

brian2 = pytest.importorskip("brian2", reason="Brian2 is not installed")
spiking = pytest.importorskip("plastic.substrates.spiking")

DT, STEPS = 1e-3, 37
VARIANTS = [
    "delta+dale",
    "vanilla+soft_bound",
    "delta+hard_bound",
    "three_factor+hard_bound",
    "retnet+soft_bound",
]
every_rule = pytest.mark.parametrize("name", [*RULES, *VARIANTS])


@pytest.fixture(autouse=True, scope="module")
def _numpy_target():
    """No compiler: these networks are small."""
    before, brian2.prefs.codegen.target = brian2.prefs.codegen.target, "numpy"
    yield
    brian2.prefs.codegen.target = before


# A rule on random spikes, in Brian2 and in the reference.


def random_signals(rule, pre, post):
    """What a synapse hears in every step: [STEPS, cells] or [STEPS], with spikes of 1 / dt as pre."""
    rng = torch.Generator().manual_seed(0)
    shape = {"head": (), "post": (post,), "pre": (pre,)}[rule.gate_axis]
    draw = {"pre": (pre,), "post": (post,), "mod": (), "gate": shape}
    size = {"post": 20.0, "mod": 1.0, "gate": 5.0}
    drawn = {name: torch.rand(STEPS, *axes, generator=rng, dtype=torch.float64) for name, axes in draw.items()}
    return {"pre": (drawn["pre"] < 0.3).double() / DT} | {name: size[name] * drawn[name] for name in size}


def reference(rule, signals, post):
    """The state after all steps, by `plastic.step`, from 0.1 everywhere."""
    state = {z: torch.full((post, signals["pre"].shape[1]), 0.1, dtype=torch.float64) for z in symbols.flows(rule)}
    for t in range(STEPS):
        state = step(rule, state, {name: a[t] for name, a in signals.items()}, DT, strict=False)
    return {z: a.numpy() for z, a in state.items()}


def group(signals, cells, carries, fires=False):
    """Cells that carry some of the signals, and fire as pre says."""
    units = {"post": "Hz", "mod": "1", "gate": "Hz"}
    index = {name: "(t, i)" if signals[name].ndim == 2 else "(t)" for name in carries}
    lines = [f"{name} = {name}_at{index[name]} : {units[name]} (constant over dt)" for name in carries]
    return brian2.NeuronGroup(
        cells,
        "\n".join(lines) or "silent : 1",
        threshold="spiking(t, i) > 0" if fires else None,
        namespace={f"{name}_at": timed(signals[name], units[name]) for name in carries}
        | {"spiking": timed(signals["pre"], "1")},
        dt=DT * brian2.second,
    )


def timed(signal, unit):
    return brian2.TimedArray(signal.numpy() * {"1": 1, "Hz": brian2.Hz}[unit], DT * brian2.second)


def generator(signals):
    """Input cells without equations."""
    when, which = signals["pre"].numpy().nonzero()
    cells = signals["pre"].shape[1]
    return brian2.SpikeGeneratorGroup(cells, which, when * DT * brian2.second, dt=DT * brian2.second)


def run(*objects, seconds=STEPS * DT):
    brian2.Network(*objects).run(seconds * brian2.second, namespace={})


def connected(rule, source, target, **options):
    """All-to-all synapses whose variables are 0.1."""
    made = spiking.synapses(rule, source, target, dt=DT * brian2.second, **options)
    made.connect()
    for z in symbols.flows(made.rule):
        setattr(made, z, 0.1)
    return made


def assert_same(made, expected):
    """Every variable, synapse by synapse (Dale's weights reach 0, so some room there)."""
    for z, a in expected.items():
        assert_allclose(getattr(made, z)[:], a[made.j[:], made.i[:]], rtol=1e-9, atol=1e-12, err_msg=z)


@every_rule
def test_brian2_equals_the_reference(name):
    rule = as_rule(name)
    signals = random_signals(rule, pre=5, post=3)
    of_source = ["gate"] if rule.gate_axis == "pre" else []
    source = group(signals, 5, of_source, fires=True) if of_source else generator(signals)
    target = group(signals, 3, [n for n in ("post", "mod", "gate") if n not in of_source])
    made = connected(rule, source, target)
    run(source, target, made)
    assert_same(made, reference(rule, signals, post=3))


@every_rule
def test_recurrent_synapses_equal_the_reference(name):
    rule = as_rule(name)
    signals = random_signals(rule, pre=4, post=4)
    cells = group(signals, 4, ["post", "mod", "gate"], fires=True)
    made = connected(rule, cells, cells)
    run(cells, made)
    assert_same(made, reference(rule, signals, post=4))


def test_two_groups_of_synapses_share_one_prediction():
    rule = as_rule("delta")
    signals = random_signals(rule, pre=6, post=3)
    halves = [signals | {"pre": half} for half in signals["pre"].split([2, 4], dim=1)]
    sources, target = [generator(half) for half in halves], group(signals, 3, ["post", "mod"])
    pathways = [connected(rule, source, target) for source in sources]
    run(*sources, target, *pathways)
    w = reference(rule, signals, post=3)["w"]
    for made, part in zip(pathways, (w[:, :2], w[:, 2:]), strict=True):
        assert_same(made, {"w": part})


def test_a_neuron_can_predict_with_its_own_dendrite():
    source = brian2.SpikeGeneratorGroup(1, [0], [0] * brian2.second, dt=DT * brian2.second)
    target = brian2.NeuronGroup(2, "post : Hz\nmod : 1\npred : Hz", dt=DT * brian2.second)
    target.post, target.mod, target.pred = 10 * brian2.Hz, [1, 0.5], [4, 6] * brian2.Hz
    made = connected(RULES["delta"](eta=0.01), source, target, pred="target")
    run(source, target, made)
    assert_allclose(made.w[:], [0.1 + 0.01 * (10 - 4), 0.1 + 0.01 * 0.5 * (10 - 6)])


# Chance.


def written_by_chance(rule, post=4000):
    """Weights of many synapses that heard the same spikes, and the plain rule's weight."""
    signals = random_signals(rule, pre=1, post=1)
    signals["post"] = signals["post"].expand(-1, post)
    brian2.seed(3)
    source, target = generator(signals), group(signals, post, ["post", "mod"])
    made = connected(rule, source, target)
    run(source, target, made)
    return made.w[:], reference(rule.rule, signals, post)["w"][0, 0], signals


@pytest.mark.parametrize("name", ["vanilla", "delta"])
def test_chance_leaves_the_mean_weight_unchanged(name):
    w, plain, _ = written_by_chance(Stochastic(RULES[name](eta=0.01), probability=0.25))
    assert abs(w.mean() - plain) < 4 * w.std() / np.sqrt(len(w))


def test_rarer_writes_vary_more():
    p = 0.25
    w, _, signals = written_by_chance(Stochastic(Vanilla(eta=0.01), probability=p))
    writes = 0.01 * signals["post"][:, 0] * signals["pre"][:, 0] * DT
    assert_allclose(w.var(), (1 - p) / p * float(writes.square().sum()), rtol=4 * np.sqrt(2 / len(w)))


# Units and refusals.


@dataclass(frozen=True)
class WithoutPre(PlasticityRule):
    """Forgets to multiply by pre, so w flows at the rate 1 instead of 1 / s."""

    cite = "a mistake"
    eta: float = seconds(1.0)

    def flow(self, s):
        return {"w": Flow(write=self.eta * s.post)}


@dataclass(frozen=True)
class WithoutEta(PlasticityRule):
    """Forgets the learning rate, so w jumps by hertz."""

    cite = "a mistake"

    def flow(self, s):
        return {"w": Flow(write=s.post * s.pre)}


@pytest.mark.parametrize("rule", [WithoutPre(), WithoutEta()])
def test_brian2_refuses_a_rule_with_wrong_units(rule):
    signals = random_signals(rule, pre=2, post=2)
    source, target = generator(signals), group(signals, 2, ["post"])
    with pytest.raises((brian2.DimensionMismatchError, brian2.BrianObjectException)) as refusal:
        run(source, target, connected(rule, source, target))
    assert isinstance(refusal.value.__cause__ or refusal.value, brian2.DimensionMismatchError)


@pytest.mark.parametrize(("lacks", "add"), [("post", "post : Hz"), ("mod", "mod : 1"), ("gate", "gate : Hz")])
def test_target_without_a_signal_is_told_which_equation_to_add(lacks, add):
    rule = as_rule("gated_delta")
    signals = random_signals(rule, pre=2, post=2)
    target = group(signals, 2, [name for name in ("post", "mod", "gate") if name != lacks])
    with pytest.raises(InputError, match=f"target has no variable '{lacks}'.*add '{add}'"):
        spiking.synapses(rule, generator(signals), target)


def test_source_without_its_gate_is_told_which_equation_to_add():
    rule = as_rule("gla_pre")
    signals = random_signals(rule, pre=2, post=2)
    with pytest.raises(InputError, match=r"source has no variable 'gate'.*add 'gate : Hz'"):
        spiking.synapses(rule, generator(signals), group(signals, 2, ["post", "mod"]))


def test_unknown_kind_of_prediction_is_refused():
    with pytest.raises(InputError, match="pred is 'cell'; give 'events' or 'target'"):
        spiking.synapses("delta", None, None, pred="cell")


# Short-term plasticity.

DEPRESSING = TsodyksMarkram(U=0.5, tau_facil=1e-3, tau_rec=0.8)
FACILITATING = TsodyksMarkram(U=0.03, tau_facil=0.53, tau_rec=0.13)


def responses(rule, spikes, period):
    """What each spike of a regular train transmits through one synapse, simulated at 0.1 ms."""
    dt = 1e-4 * brian2.second
    source = brian2.SpikeGeneratorGroup(1, [0] * spikes, np.arange(spikes) * period * brian2.second, dt=dt)
    target = brian2.NeuronGroup(1, "received : 1", dt=dt)
    made = spiking.synapses(rule, source, target, transmit="received_post += efficacy", dt=dt)
    made.connect()
    monitor = brian2.StateMonitor(target, "received", record=True, dt=period * brian2.second, when="end")
    run(source, target, made, monitor, seconds=(spikes - 0.5) * period)
    return np.diff(monitor.received[0], prepend=0)


def train_recursion(rule, spikes, period):
    """Tsodyks & Markram's responses to a regular train, spike by spike."""
    facil, rec = np.exp(-period / rule.tau_facil), np.exp(-period / rule.tau_rec)
    u, x = rule.U, 1.0
    found = []
    for _ in range(spikes):
        found.append(u * x)
        u, x = rule.U + u * (1 - rule.U) * facil, 1 - (1 - x * (1 - u)) * rec
    return found


@pytest.mark.parametrize("rule", [DEPRESSING, FACILITATING], ids=["depressing", "facilitating"])
@pytest.mark.parametrize("rate", [10, 20, 50])
def test_a_train_of_spikes_follows_the_recursion(rule, rate):
    assert_allclose(responses(rule, 8, 1 / rate), train_recursion(rule, 8, 1 / rate), rtol=1e-9)


def test_depressing_synapse_gives_the_known_train():
    assert_allclose(responses(DEPRESSING, 4, 0.05), [0.5, 0.2651, 0.1548, 0.1030], rtol=0.01)


def test_synapses_are_at_rest_once_connected_and_stay_there():
    rule = TsodyksMarkram(rest=0.3)
    cells = brian2.NeuronGroup(3, "silent : 1", threshold="False")
    made = spiking.synapses(rule, cells, cells)
    made.connect(i=[0, 1], j=[1, 2])
    run(cells, made)
    for z, rest in {"x": 1.0, "u": 0.3, "w": 1.0}.items():
        assert_allclose(getattr(made, z)[:], [rest, rest])
