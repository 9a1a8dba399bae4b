"""What every rule promises, whoever adds it: found by name, called with symbols and with tensors."""

import re
import subprocess
import sys
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
import torch
from torch.testing import assert_close

from plastic import RULES, Flow, PlasticityRule, read, step, symbols
from plastic.rule import SIGNALS, seconds
from plastic.rules import as_rule
from plastic.substrates import chunk
from plastic.substrates.rate import TensorSynapse, energy, spread
from plastic.variants import VARIANTS
from tests.signals import KEYS, instant, signals_for, state_for

ROOT = Path(__file__).resolve().parents[1]
VARIED = ("delta+hard_bound", "mamba2+soft_bound", "vanilla+dale", "gated_delta+stochastic")
CASES = {name: as_rule(name) for name in (*RULES, *VARIED)} | {
    "delta_product of 3": RULES["delta_product"](steps=3),
    "tsodyks_markram u-": RULES["tsodyks_markram"](release="u-", rest=0.2),
}
SUMS = ("pred", "back", "energy")
MODES = ("chunk", "loop")
HEAVY = ("torch", "sympy", "brian2", "numpy", "scipy")

every_rule = pytest.mark.parametrize("rule", CASES.values(), ids=CASES)
every_kind_of_key = pytest.mark.parametrize("keys", KEYS)
both_modes = pytest.mark.parametrize("mode", MODES)


def in_parallel(rule):
    """Skip a rule that has no parallel form, with its own reason."""
    reason = symbols.sequential(rule)
    if reason:
        pytest.skip(f"{rule.name} has no parallel form: {reason}")


def with_loss(rule):
    """Skip a rule that states no loss."""
    if symbols.objective(rule) is None:
        pytest.skip(f"{rule.name} states no loss")


def without_chance(rule):
    """Skip a rule whose course is random."""
    if "chance" in symbols.heard(rule):
        pytest.skip(f"{rule.name} draws its chance anew at every step, so that no two step sizes share a course")


def assert_near(found, expected, share):
    """Equal to a share of the largest value (of 1, where all are smaller)."""
    assert found.keys() == expected.keys()
    for name in expected:
        scale = max(1.0, float(expected[name].abs().max()))
        error = float((found[name].double().cpu() - expected[name].double().cpu()).abs().max())
        assert error <= share * scale, f"{name} differs by {error:.3g} where it reaches {scale:.3g}"


# What a rule says of itself


@every_rule
def test_rule_is_cited_and_explained(rule):
    kind = type(rule)
    assert re.search(r"\(\d{4}\)", kind.cite), "cite names no year"
    first = kind.__doc__.splitlines()[0]
    assert first.endswith(".")
    assert not first.startswith(f"{kind.__name__}("), "the docstring is the one that dataclasses make"
    assert kind.biology
    assert is_dataclass(kind)
    assert kind.__dataclass_params__.frozen


@every_rule
def test_rule_prints_its_equations(rule):
    for z in symbols.flows(rule):
        assert f"d{z}/dt = " in symbols.equations(rule)
    assert symbols.latex_equations(rule).startswith(r"\dot{")


def test_rows_of_the_table_are_claimed_once():
    rows = [rule.row for rule in RULES.values() if rule.row]
    assert len(rows) == len(set(rows)) == 9


def test_rules_import_no_library():
    code = (
        "import sys, plastic.rules, plastic.variants\n"
        f"heavy = [name for name in {HEAVY} if name in sys.modules]\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


# Locality


@every_rule
def test_rule_names_only_what_its_synapse_can_feel(rule):
    parameters = {f.name for f in fields(rule)} | {f.name for f in fields(getattr(rule, "rule", rule))}
    felt = {*SIGNALS, *SUMS, "chance", "dt", "change", *symbols.flows(rule)}
    assert symbols.used(rule) <= felt | parameters


@every_rule
def test_synapse_changes_with_its_own_cells_alone(rule):
    signals = instant(signals_for(rule, 1)[0])
    state, used = state_for(rule), symbols.used(rule)
    usual = step(rule, state, signals)
    for name, cells, felt in (("pre", -1, used & {"pred", "energy"}), ("post", -2, used & {"back"})):
        if name not in signals or felt:
            continue
        other = step(rule, state, {**signals, name: halved(signals[name], -1)})
        for z in usual:
            assert_close(other[z].narrow(cells, 1, 2), usual[z].narrow(cells, 1, 2), rtol=0, atol=0)


@every_rule
@pytest.mark.parametrize("axis", [0, 1], ids=["batch", "heads"])
def test_batch_and_heads_do_not_mix(rule, axis):
    signals = instant(signals_for(rule, 1)[0])
    state = state_for(rule)
    usual, other = (step(rule, state, s) for s in (signals, {name: halved(a, axis) for name, a in signals.items()}))
    for z in usual:
        assert_close(other[z].select(axis, 1), usual[z].select(axis, 1), rtol=0, atol=0)


def halved(a, axis):
    """The signal, its first entry along an axis halved."""
    changed = a.clone()
    changed.select(axis, 0).mul_(0.5)
    return changed


@dataclass(frozen=True)
class Taught(PlasticityRule):
    """A rule that asks for what no synapse feels."""

    cite = "none (2000)"

    def flow(self, s):
        return {"w": Flow(write=s.teacher * s.pre)}


def test_rule_that_is_not_local_is_caught():
    assert "teacher" in symbols.used(Taught())
    with pytest.raises(AttributeError, match="a synapse feels no 'teacher'"):
        step(Taught(), None, {"pre": torch.ones(1, 5), "post": torch.ones(1, 3)})


# The parallel form


def solved(rule, signals, query, state, mode, **options):
    """Outputs and final state, and the gradients of a sum of both to every signal, the query and the initial state."""
    leaves = {**signals, "query": query, **{f"initial {z}": a for z, a in state.items()}}
    leaves = {name: a.detach().clone().requires_grad_() for name, a in leaves.items()}
    given = ({name: leaves[name] for name in signals}, leaves["query"], {z: leaves[f"initial {z}"] for z in state})
    out, end = read(rule, *given, mode=mode, **options)
    answer = {"outputs": out, **{f"final {z}": a for z, a in end.items()}}
    slopes = torch.autograd.grad(sum(uneven(a) for a in answer.values()), [*leaves.values()])
    answer = {name: a.detach() for name, a in answer.items()}
    return answer, dict(zip((f"gradient to {name}" for name in leaves), slopes, strict=True))


def uneven(a):
    """A sum in which every entry counts differently."""
    return (a * torch.arange(a.numel(), device=a.device, dtype=a.dtype).cos().view_as(a)).sum()


def problem(rule, steps, keys, **options):
    return *signals_for(rule, steps, keys=keys, **options), state_for(rule, **options)


@cache
def truth(rule, steps, keys):
    """The loop in double precision."""
    return solved(rule, *problem(rule, steps, keys), mode="loop")


@every_rule
def test_rule_without_a_parallel_form_says_why(rule):
    reason = symbols.sequential(rule)
    assert reason is None or len(reason.split()) > 3


@pytest.mark.parametrize("rule", [name for name, rule in RULES.items() if rule.row])
def test_rule_of_the_table_has_a_parallel_form(rule):
    assert symbols.sequential(RULES[rule]()) is None


@every_rule
@every_kind_of_key
@pytest.mark.parametrize("steps", [1, 63, 100, 256])
def test_chunks_equal_the_loop_in_values_and_gradients(rule, keys, steps):
    in_parallel(rule)
    found, expected = solved(rule, *problem(rule, steps, keys), mode="chunk"), truth(rule, steps, keys)
    for part, true_part in zip(found, expected, strict=True):
        assert_near(part, true_part, 1e-10)


@every_rule
@every_kind_of_key
@pytest.mark.parametrize("steps", [1, 63, 100, 256])
def test_chunks_in_single_precision_stay_near_the_loop(rule, keys, steps):
    in_parallel(rule)
    signals, query, state = problem(rule, steps, keys, dtype=torch.float32)
    out, end = read(rule, signals, query, state)
    assert out.dtype == torch.float32
    assert_near({"outputs": out, **{f"final {z}": a for z, a in end.items()}}, truth(rule, steps, keys)[0], 1e-4)


@every_rule
@both_modes
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16], ids=str)
def test_half_precision_is_computed_in_single(rule, mode, dtype):
    signals, query = signals_for(rule, 40, dtype=dtype)
    in_single = {name: a.float() for name, a in signals.items()}
    out, state = read(rule, signals, query, mode=mode, strict=False)
    expected, same = read(rule, in_single, query.float(), mode=mode, strict=False)
    assert out.dtype == dtype
    assert_near({"outputs": out, **state}, {"outputs": expected.to(dtype), **same}, 0)
    again, _ = read(rule, signals, query, state, mode=mode, strict=False)
    assert torch.isfinite(again).all()


@every_rule
@pytest.mark.parametrize("size", [1, 7, 16, 32, 50, 1000])
def test_result_does_not_depend_on_the_size_of_chunks(rule, size):
    in_parallel(rule)
    found = solved(rule, *problem(rule, 50, "random"), mode="chunk", size=size)
    for part, true_part in zip(found, truth(rule, 50, "random"), strict=True):
        assert_near(part, true_part, 1e-10)


@every_rule
def test_result_does_not_depend_on_how_many_steps_are_held_at_once(rule, monkeypatch):
    in_parallel(rule)
    monkeypatch.setattr(chunk, "CACHED", 1)  # one chunk at a time
    found = solved(rule, *problem(rule, 100, "random"), mode="chunk", size=16)
    for part, true_part in zip(found, truth(rule, 100, "random"), strict=True):
        assert_near(part, true_part, 1e-10)


@every_rule
@pytest.mark.parametrize("dt", [0.5, 0.01])
def test_chunks_equal_the_loop_for_any_step_size(rule, dt):
    in_parallel(rule)
    given = problem(rule, 50, "random")
    found, expected = (solved(rule, *given, mode=mode, dt=dt) for mode in MODES)
    for part, true_part in zip(found, expected, strict=True):
        assert_near(part, true_part, 1e-10)


@every_rule
def test_many_streams_at_once_equal_the_loop(rule):
    in_parallel(rule)
    given = problem(rule, 70, "random", batch=5, heads=3)
    found, expected = (solved(rule, *given, mode=mode) for mode in MODES)
    for part, true_part in zip(found, expected, strict=True):
        assert_near(part, true_part, 1e-10)


@every_rule
@pytest.mark.parametrize("sizes", [(1, 5), (3, 1), (1, 1), (6, 2)], ids=str)
def test_any_number_of_cells_equals_the_loop(rule, sizes):
    in_parallel(rule)
    given = problem(rule, 20, "random", post=sizes[0], pre=sizes[1])
    found, expected = (solved(rule, *given, mode=mode) for mode in MODES)
    for part, true_part in zip(found, expected, strict=True):
        assert_near(part, true_part, 1e-10)


@every_rule
@pytest.mark.parametrize(("dtype", "share"), [(torch.float64, 1e-10), (torch.float32, 1e-4)], ids=str)
def test_moments_that_forget_nearly_all_are_exact(rule, dtype, share):
    in_parallel(rule)
    if "gate" not in symbols.signals(rule):
        pytest.skip(f"{rule.name} has no gate")
    signals, query, state = problem(rule, 60, "random", dtype=dtype)
    signals["gate"][:, 3::7] += 60.0  # together far beyond what an exponent can hold
    (out, end), (true_out, true_end) = (read(rule, signals, query, state, mode, strict=False) for mode in MODES)
    assert_near({"outputs": out, **end}, {"outputs": true_out, **true_end}, share)


@every_rule
@both_modes
def test_two_writes_before_a_read_are_two_writes(rule, mode):
    signals, query = signals_for(rule, 70)
    state, n = state_for(rule), rule.writes
    often, end = read(rule, signals, query, state, mode=mode)
    seldom, same = read(rule, signals, query[:, 1::2], state, mode=mode)
    assert signals["pre"].shape[1] == 2 * n * seldom.shape[1]
    assert_near({"outputs": seldom, **same}, {"outputs": often[:, 1::2], **end}, 1e-10)


@every_rule
def test_two_writes_before_a_read_in_chunks_equal_the_loop(rule):
    in_parallel(rule)
    signals, query, state = problem(rule, 70, "correlated")
    found, expected = (solved(rule, signals, query[:, 1::2], state, mode=mode) for mode in MODES)
    for part, true_part in zip(found, expected, strict=True):
        assert_near(part, true_part, 1e-10)


@every_rule
@both_modes
@pytest.mark.parametrize("first", [1, 19, 49])
def test_state_passed_on_equals_one_pass(rule, mode, first):
    signals, query, state = problem(rule, 50, "random")
    whole, end = read(rule, signals, query, state, mode=mode)
    cut = first * rule.writes
    early, late = ({name: a[:, part] for name, a in signals.items()} for part in (slice(cut), slice(cut, None)))
    before, state = read(rule, early, query[:, :first], state, mode=mode)
    after, state = read(rule, late, query[:, first:], state, mode=mode)
    assert_near({"outputs": torch.cat([before, after], 1), **state}, {"outputs": whole, **end}, 1e-10)


@every_rule
@both_modes
def test_writing_without_reading_leaves_the_same_state(rule, mode):
    signals, query, state = problem(rule, 40, "random")
    assert_near(read(rule, signals, None, state, mode=mode)[1], read(rule, signals, query, state, mode=mode)[1], 1e-10)


@every_rule
def test_sequence_is_its_steps(rule):
    signals, _, state = problem(rule, 6, "random")
    end = read(rule, signals, state=state, mode="loop")[1]
    for t in range(signals["pre"].shape[1]):
        state = step(rule, state, instant(signals, t))
    assert_near(end, state, 1e-13)


@every_rule
def test_without_a_state_synapses_start_at_rest(rule):
    signals, query = signals_for(rule, 10)
    rest = {z: torch.full_like(a, rule.start().get(z, 0.0)) for z, a in state_for(rule).items()}
    found, expected = (read(rule, signals, query, state) for state in (None, rest))
    assert_near({"outputs": found[0], **found[1]}, {"outputs": expected[0], **expected[1]}, 0)


@every_rule
@pytest.mark.gpu
@pytest.mark.parametrize(("dtype", "share"), [(torch.float64, 1e-10), (torch.float32, 1e-4)], ids=str)
def test_chunks_on_a_gpu_equal_the_loop_on_a_processor(rule, dtype, share):
    answer, slopes = solved(rule, *problem(rule, 100, "correlated", dtype=dtype, device="cuda"), mode="chunk")
    true_answer, true_slopes = truth(rule, 100, "correlated")
    assert_near(answer, true_answer, share)
    if dtype == torch.float64:
        assert_near(slopes, true_slopes, share)


# The loss


@every_rule
def test_step_is_a_gradient_step_on_the_stated_loss_in_symbols(rule):
    with_loss(rule)
    assert symbols.step_size_free_loss(rule) == 0


@every_rule
@pytest.mark.parametrize("dt", [1.0, 0.3])
def test_step_is_a_gradient_step_on_the_stated_loss_in_numbers(rule, dt):
    with_loss(rule)
    signals, state = instant(signals_for(rule, 1)[0]), state_for(rule)
    weight = state["w"].clone().requires_grad_()
    (slope,) = torch.autograd.grad(stated_loss(rule, weight, signals, dt), weight)
    assert_close(step(rule, state, signals, dt)["w"], state["w"] - dt * slope, rtol=0, atol=1e-10)


def stated_loss(rule, weight, signals, dt):
    """The loss of all synapses together: what is said of w, of pred and of back is summed over what each belongs to."""
    loss = symbols.objective(rule)
    felt = [symbols.Symbol(name) for name in ("w", "pred", "back")]
    assert all(loss.diff(a, b) == 0 for a in felt for b in felt if a != b), "the loss is no sum over synapses and cells"
    heard = spread(rule, {name: a.unsqueeze(-1) if a.ndim == 2 else a for name, a in signals.items()})
    k, v = heard["pre"], heard["post"]
    rest = {**heard, "energy": energy(k, dt), **dict.fromkeys(("w", "pred", "back"), torch.zeros(1))}
    part = lambda name, a: rule.objective(TensorSynapse({**rest, name: a}, dt))  # noqa: E731
    of_synapses = part("w", weight).sum()
    of_neurons = part("pred", (weight * k).sum(-1, keepdim=True)).mean(-1).sum()  # the same for all their inputs
    of_inputs = part("back", (weight * v).sum(-2, keepdim=True)).mean(-2).sum()  # the same for all their targets
    return of_synapses + of_neurons + of_inputs


@dataclass(frozen=True)
class Misstated(PlasticityRule):
    """A rule with half the loss it should have."""

    cite = "none (2000)"
    eta: float = seconds(1.0)

    def flow(self, s):
        return {"w": Flow(write=self.eta * s.post * s.pre)}

    def objective(self, s):
        return -self.eta * s.post * s.pred / 2


def test_loss_that_is_not_descended_is_caught():
    assert symbols.step_size_free_loss(Misstated()) != 0


# The equation


@every_rule
def test_finer_steps_converge(rule):
    without_chance(rule)
    signals, _ = signals_for(rule, 4, seed=3)
    ends = [course(rule, signals, steps) for steps in (32, 64, 128, 256)]
    for z in ends[0]:
        coarse, _, fine = (float((a[z] - b[z]).abs().max()) for a, b in pairwise(ends))
        assert fine <= 0.35 * coarse + 1e-12, f"{z} moves by {coarse:.3g}, then by {fine:.3g}"


def course(rule, signals, finer):
    """The state after the signals, each held for 1 s, in steps of 1 / finer s."""
    held = {name: a.repeat_interleave(finer, 1) for name, a in signals.items()}
    return read(rule, held, state=state_for(rule), mode="loop", dt=1 / finer)[1]


# Variants


@every_rule
@pytest.mark.parametrize(
    ("variant", "low", "high"), [("hard_bound", -1, 1), ("soft_bound", -1, 1), ("dale", 0, float("inf"))]
)
def test_bounded_weights_stay_within_their_bounds(rule, variant, low, high):
    bounded = VARIANTS[variant](rule)
    signals, query = signals_for(rule, 30)
    start = {**state_for(rule), "w": state_for(rule)["w"].abs()}
    state = read(bounded, {**signals, "pre": 3 * signals["pre"]}, query, start, strict=False)[1]
    assert bool(((state["w"] >= low) & (state["w"] <= high)).all())


@pytest.mark.parametrize("outer", VARIANTS)
@pytest.mark.parametrize(("inner", "low", "high"), [("hard_bound", -1, 1), ("dale", 0, float("inf"))])
def test_bounds_hold_inside_other_variants(inner, outer, low, high):
    if (inner, outer) == ("dale", "soft_bound"):
        pytest.skip("a soft bound rescales the change that the rule inside it allows")
    rule = as_rule(f"vanilla+{inner}+{outer}")
    signals, _ = signals_for(rule, 30)
    weights = read(rule, {**signals, "pre": 3 * signals["pre"]}, strict=False)[1]["w"]
    assert bool(((weights >= low) & (weights <= high)).all())


@every_rule
def test_bounds_out_of_reach_change_nothing(rule):
    signals, query, state = problem(rule, 20, "random")
    found, expected = (
        read(r, signals, query, state, strict=False) for r in (VARIANTS["hard_bound"](rule, -1e9, 1e9), rule)
    )
    assert_near({"outputs": found[0], **found[1]}, {"outputs": expected[0], **expected[1]}, 1e-10)


@pytest.mark.parametrize("probability", [0.2, 0.5, 1.0])
def test_unreliable_synapses_write_as_much_on_average(probability):
    torch.manual_seed(0)
    rule = VARIANTS["stochastic"](RULES["vanilla"](), probability)
    ones = torch.ones(1000, 1, 1, 10)
    written = read(rule, {"pre": ones, "post": ones[..., :4]})[1]["w"]
    assert {*written.unique().tolist()} <= {0.0, 1 / probability}
    assert float(written.mean()) == pytest.approx(1, abs=4 * (1 / probability - 1) ** 0.5 / written.numel() ** 0.5)
