"""What cannot be used is refused before any work, in one sentence that names the argument and the remedy."""

import re

import pytest
import torch

from plastic import RULES, InputError, read, recall, step
from plastic.rules import as_rule
from plastic.substrates.memories import MEMORIES
from plastic.variants import VARIANTS

REMEDY = r"\b(give|add|choose|convert|remove|lower|did you mean|must agree|needs|has only)\b"
SHAPE = (2, 6, 2)  # batch, time, heads
NAN, INFINITE = float("nan"), float("inf")


def signals(**changed):
    """Signals that every rule takes, with some of them changed; None leaves one out."""
    usual = {"pre": full(0.1, 5), "post": full(0.1, 3), "mod": full(1.0), "gate": full(0.1)}
    return {name: a for name, a in (usual | changed).items() if a is not None}


def full(value, *cells):
    return torch.full((*SHAPE, *cells), value)


def spoilt(a, value=NAN):
    """The tensor with one entry that is no number."""
    a = a.clone()
    a.view(-1)[1] = value
    return a


def weights(**changed):
    """A state, with its shape, precision or values changed."""
    return {"w": torch.zeros(2, 2, 3, 5)} | changed


def assert_refused(call, *words):
    """An InputError: one sentence with these words and a remedy."""
    with pytest.raises(InputError) as caught:
        call()
    message = str(caught.value)
    assert "\n" not in message
    assert not re.search(r"[.!?](\s|$)", message.replace("did you mean", "").rstrip("?")), f"more than one: {message}"
    assert re.search(REMEDY, message), f"no remedy: {message}"
    for word in words:
        assert word in message, f"{word!r} is not in: {message}"


# Signals

REFUSED_SIGNALS = {
    "signals that are no dict": ("delta", [1, 2], "signals", "list"),
    "a missing pre": ("delta", signals(pre=None), "'pre'", "missing"),
    "a missing post": ("delta", signals(post=None), "'post'", "missing", "delta"),
    "an unknown signal": ("delta", signals(teacher=full(1.0)), "'teacher'", "not known", "mod"),
    "a list of numbers": ("delta", signals(post=[0.0, 1.0]), "'post'", "list"),
    "whole numbers": ("delta", signals(pre=full(1.0, 5).long()), "'pre'", "int64", "float32"),
    "whole values": ("delta", signals(post=full(1.0, 3).int()), "'post'", "int32"),
    "complex numbers": ("delta", signals(post=full(1.0, 3) * 1j), "'post'", "complex"),
    "NaN in pre": ("delta", signals(pre=spoilt(full(0.1, 5))), "'pre'", "NaN"),
    "NaN in post": ("delta", signals(post=spoilt(full(0.1, 3))), "'post'", "NaN"),
    "NaN in mod": ("delta", signals(mod=spoilt(full(1.0))), "'mod'", "NaN"),
    "NaN in gate": ("mamba2", signals(gate=spoilt(full(1.0))), "'gate'", "NaN"),
    "infinite post": ("delta", signals(post=spoilt(full(0.1, 3), INFINITE)), "'post'", "infinite"),
    "infinities of both signs": (
        "delta",
        signals(post=torch.cat([full(INFINITE, 1), full(-INFINITE, 2)], -1)),
        "'post'",
        "infinite",
    ),
    "a negative gate": ("mamba2", signals(gate=spoilt(full(0.1), -0.1)), "'gate'", "negative"),
    "pre without heads": (
        "delta",
        signals(pre=torch.zeros(2, 6, 5)),
        "'pre'",
        "(2, 6, 5)",
        "[batch, time, heads, pre]",
    ),
    "no steps": (
        "delta",
        {"pre": torch.zeros(2, 0, 2, 5), "post": torch.zeros(2, 0, 2, 3)},
        "'pre'",
        "(2, 0, 2, 5)",
        "empty",
    ),
    "no inputs": ("delta", signals(pre=torch.zeros(*SHAPE, 0)), "'pre'", "empty"),
    "post of another batch": ("delta", signals(post=torch.zeros(3, 6, 2, 3)), "'post'", "(3, 6, 2, 3)", "agree"),
    "post of another length": ("delta", signals(post=torch.zeros(2, 5, 2, 3)), "'post'", "(2, 5, 2, 3)", "agree"),
    "post without cells": ("delta", signals(post=full(0.1)), "'post'", "(2, 6, 2)", "agree"),
    "mod of each cell": ("delta", signals(mod=full(1.0, 3)), "'mod'", "one number per head"),
    "mod of another length": ("delta", signals(mod=torch.ones(2, 5, 2)), "'mod'", "agree"),
    "gate of each cell": ("mamba2", signals(gate=full(0.1, 3)), "'gate'", "one gate per head"),
    "gate of another length": ("mamba2", signals(gate=torch.ones(2, 5, 2)), "'gate'", "agree"),
    "gate of too few inputs": ("gla_pre", signals(gate=full(0.1, 4)), "'gate'", "4 entries", "one per input, 5"),
    "gate of too few cells": ("gla", signals(gate=full(0.1, 2)), "'gate'", "2 entries", "3"),
    "another precision": ("delta", signals(post=full(0.1, 3).float()), "'post'", "float32", "float64"),
    "mod of another precision": ("delta", signals(mod=full(0.1).float()), "'mod'", "float32", "float64"),
}


@pytest.mark.parametrize("case", REFUSED_SIGNALS)
@pytest.mark.parametrize("mode", ["chunk", "loop"])
def test_signals_are_refused_for(case, mode):
    rule, given, *words = REFUSED_SIGNALS[case]
    assert_refused(lambda: read(rule, given, mode=mode), *words)


OF_TIME = ("pre without heads", "no steps", *(f"{name} of another length" for name in ("post", "mod", "gate")))


@pytest.mark.parametrize("case", [case for case in REFUSED_SIGNALS if case not in OF_TIME])
def test_signals_of_one_step_are_refused_for(case):
    rule, given, *words = REFUSED_SIGNALS[case]
    if isinstance(given, dict):
        given = {name: a if isinstance(a, list) else a[:, 0] for name, a in given.items()}
    words = [word for word in words if not word.startswith("(")]  # the shape has no time
    assert_refused(lambda: step(rule, None, given), *words)


VALUES = ("NaN in pre", "NaN in post", "NaN in mod", "NaN in gate", "infinite post", "a negative gate")


@pytest.mark.parametrize("case", VALUES)
def test_values_are_looked_at_only_if_strict(case):
    rule, given, *_ = REFUSED_SIGNALS[case]
    out, _ = read(rule, given, full(0.1, 5), strict=False)
    assert out.shape == (*SHAPE, 3)


@pytest.mark.parametrize(
    "case", [case for case in REFUSED_SIGNALS if case not in (*VALUES, "infinities of both signs")]
)
def test_shapes_and_types_are_always_looked_at(case):
    rule, given, *words = REFUSED_SIGNALS[case]
    assert_refused(lambda: read(rule, given, strict=False), *words)


# Query

REFUSED_QUERIES = {
    "a list": ([1.0], "query", "list"),
    "whole numbers": (full(1.0, 5).long(), "query", "int64"),
    "NaN": (spoilt(full(0.1, 5)), "query", "NaN"),
    "no heads": (torch.zeros(2, 6, 5), "query", "(2, 6, 5)", "[batch, time, heads, pre]"),
    "too few inputs": (full(0.1, 4), "query", "(2, 6, 2, 4)", "pre must agree"),
    "another batch": (torch.zeros(1, 6, 2, 5), "query", "(1, 6, 2, 5)", "batch, heads"),
    "a length that does not divide": (torch.zeros(2, 4, 2, 5), "query", "(2, 4, 2, 5)", "divide"),
    "more steps than were written": (torch.zeros(2, 12, 2, 5), "query", "(2, 12, 2, 5)", "divide"),
    "no steps": (torch.zeros(2, 0, 2, 5), "query", "(2, 0, 2, 5)", "divide"),
    "another precision": (full(0.1, 5).float(), "query", "float32", "float64"),
}


@pytest.mark.parametrize("case", REFUSED_QUERIES)
def test_query_is_refused_for(case):
    query, *words = REFUSED_QUERIES[case]
    assert_refused(lambda: read("delta", signals(), query), *words)


@pytest.mark.parametrize("case", ["a list", "whole numbers", "NaN", "no heads"])
def test_recall_is_refused_for(case):
    query, *words = REFUSED_QUERIES[case]
    assert_refused(lambda: recall("delta", weights(), query), *words)


# Memories without synapses

REFUSED_PAIRS = {
    "pairs that are no dict": ([1], "signals", "list", "pre and post"),
    "missing keys": (signals(pre=None), "'pre'", "missing"),
    "missing values": (signals(post=None), "'post'", "missing"),
    "whole numbers": (signals(post=full(1.0, 3).long()), "'post'", "int64"),
    "NaN": (signals(pre=spoilt(full(0.1, 5))), "'pre'", "NaN"),
    "keys without heads": (signals(pre=torch.zeros(2, 6, 5)), "'pre'", "(2, 6, 5)", "[batch, time, heads, pre]"),
    "values of another length": (signals(post=torch.zeros(2, 5, 2, 3)), "'post'", "(2, 5, 2, 3)"),
}


@pytest.mark.parametrize("memory", MEMORIES)
@pytest.mark.parametrize("case", REFUSED_PAIRS)
def test_memory_refuses(memory, case):
    pairs, *words = REFUSED_PAIRS[case]
    assert_refused(lambda: read(MEMORIES[memory](), pairs, full(0.1, 5)), *words)


@pytest.mark.parametrize("memory", MEMORIES)
@pytest.mark.parametrize("case", REFUSED_QUERIES)
def test_memory_refuses_a_query_for(memory, case):
    query, *words = REFUSED_QUERIES[case]
    assert_refused(lambda: read(MEMORIES[memory](), signals(), query), *words)


@pytest.mark.parametrize(("memory", "name"), [("softmax", "beta"), ("ridge", "strength")])
@pytest.mark.parametrize("value", [0.0, -1.0, NAN])
def test_parameter_of_a_memory_is_refused(memory, name, value):
    assert_refused(lambda: MEMORIES[memory](**{name: value}), f"{name} of {memory}")


# State

REFUSED_STATES = {
    "a tensor alone": ("delta", torch.zeros(2, 2, 3, 5), "state", "Tensor", "w"),
    "an unknown variable": ("delta", weights(u=torch.zeros(2, 2, 3, 5)), "state", "'u'", "has only w"),
    "a list": ("delta", {"w": [0.0]}, "state 'w'", "list"),
    "a list, for a rule without values": ("tsodyks_markram", {"w": [0.0]}, "state 'w'", "list"),
    "whole numbers": ("delta", {"w": torch.zeros(2, 2, 3, 5).long()}, "state 'w'", "int64"),
    "NaN": ("delta", {"w": spoilt(torch.zeros(2, 2, 3, 5))}, "state 'w'", "NaN"),
    "axes exchanged": ("delta", {"w": torch.zeros(2, 2, 5, 3)}, "state 'w'", "(2, 2, 5, 3)", "(2, 2, 3, 5)"),
    "a missing batch": ("delta", {"w": torch.zeros(2, 3, 5)}, "state 'w'", "(2, 3, 5)", "[batch, heads, post, pre]"),
    "another precision": ("delta", {"w": torch.zeros(2, 2, 3, 5).float()}, "state 'w'", "float32", "float64"),
    "a trace of another shape": (
        "three_factor",
        {"eligible": torch.zeros(2, 2, 3, 4)},
        "state 'eligible'",
        "(2, 2, 3, 5)",
    ),
}


@pytest.mark.parametrize("case", REFUSED_STATES)
def test_state_is_refused_for(case):
    rule, state, *words = REFUSED_STATES[case]
    assert_refused(lambda: read(rule, signals(), state=state), *words)


# Options


@pytest.mark.parametrize("mode", ["scan", "", None])
def test_mode_that_is_not_known_is_refused(mode):
    assert_refused(lambda: read("delta", signals(), mode=mode), "mode", repr(mode), "'chunk' or 'loop'")


@pytest.mark.parametrize("size", [0, -1, 1.5, "64"])
def test_size_that_is_no_number_of_steps_is_refused(size):
    assert_refused(lambda: read("delta", signals(), size=size), "size", repr(size), "at least 1")


@pytest.mark.parametrize("dt", [0, 0.0, -1.0, NAN, INFINITE])
def test_dt_that_is_no_step_is_refused(dt):
    assert_refused(lambda: read("delta", signals(), dt=dt), "dt", str(dt), "above 0")
    assert_refused(lambda: step("delta", None, {name: a[:, 0] for name, a in signals().items()}, dt=dt), "dt")


# Divergence


@pytest.mark.parametrize(
    "rule", ["delta", "delta_product", "gated_delta", "gated_delta_primer", "kda", "delta+hard_bound"]
)
def test_keys_too_long_for_a_delta_rule_are_refused(rule):
    given = signals(pre=full(1.0, 5), gate=None)  # |key|^2 = 5
    assert_refused(lambda: read(rule, given), "eta * |pre|^2 reaches 5", rule, "L2-normalise pre", "strict=False")
    assert read(rule, given, strict=False)[1]["w"].isfinite().all()


def test_values_too_long_for_ojanet_are_refused():
    given = signals(post=full(1.0, 3))
    assert_refused(lambda: read("oja_net", given), "eta * |post|^2 reaches 3", "L2-normalise post", "strict=False")
    assert read("oja_net", given, strict=False)[1]["w"].isfinite().all()


@pytest.mark.parametrize("changed", [{"mod": full(3.0)}, {"mod": full(-0.1)}], ids=["above 2", "below 0"])
def test_learning_rate_outside_its_range_is_refused(changed):
    unit = torch.zeros(*SHAPE, 5)
    unit[..., 0] = 1
    assert_refused(lambda: read("delta", signals(pre=unit, **changed)), "eta", "diverges", "mod")
    assert read("delta", signals(pre=unit, mod=full(2.0)))[1]["w"].isfinite().all()


def test_step_that_diverges_is_refused_unless_told_otherwise():
    given = {"pre": torch.ones(5), "post": torch.ones(3)}
    assert_refused(lambda: step("delta", None, given), "eta * |pre|^2 reaches 5", "strict=False")
    assert step("delta", None, given, strict=False)["w"].eq(1).all()


def test_order_of_decay_decides_what_diverges():
    unit = torch.zeros(*SHAPE, 5)
    unit[..., 0] = 1
    given = signals(pre=unit, mod=full(1.8), gate=full(1.0))  # 1.8 > 1 + exp(-1)
    assert_refused(lambda: read("gated_delta_primer", given), "gated_delta_primer", "diverges")
    assert read("gated_delta", given)[1]["w"].isfinite().all()


def test_gate_that_leaves_nothing_is_refused_by_a_rule_that_divides_by_what_is_left():
    unit = torch.zeros(*SHAPE, 5)
    unit[..., 0] = 1
    given = signals(pre=unit, gate=full(1e4))
    assert_refused(lambda: read("gated_delta_primer", given), "gated_delta_primer")
    assert read("gated_delta", given)[1]["w"].isfinite().all()


@pytest.mark.parametrize("rule", ["vanilla", "mamba2", "longhorn", "oja", "three_factor", "btsp", "tsodyks_markram"])
def test_rule_that_cannot_diverge_takes_any_key(rule):
    given = signals(pre=full(3.0, 5))
    assert all(a.isfinite().all() for a in read(rule, given)[1].values())


# Rules by name


@pytest.mark.parametrize(("name", "meant"), [("dleta", "delta"), ("gated_dleta", "gated_delta"), ("vanila", "vanilla")])
def test_misspelt_rule_is_refused_with_a_suggestion(name, meant):
    assert_refused(lambda: read(name, signals()), repr(name), f"did you mean '{meant}'")
    assert_refused(lambda: RULES[name], repr(name), f"did you mean '{meant}'")


def test_rule_that_resembles_none_is_refused_with_all_names():
    assert_refused(lambda: read("zzzz", signals()), "'zzzz'", *RULES)


def test_unknown_rule_is_a_missing_key_too():
    with pytest.raises(KeyError, match="did you mean"):
        RULES["dleta"]


@pytest.mark.parametrize("given", [3, None, dict, ["delta"]])
def test_what_is_no_rule_is_refused(given):
    assert_refused(lambda: as_rule(given), "rule", "delta")


@pytest.mark.parametrize("name", ["delta+bound", "delta+", "delta+dale+x"])
def test_unknown_variant_is_refused(name):
    assert_refused(lambda: as_rule(name), "variant", *VARIANTS)


@pytest.mark.parametrize("name", ["Gated DeltaNet", "gated deltanet", "GatedDeltaPrimer", "gated_delta_primer"])
def test_rule_is_found_by_its_file_its_class_and_its_row(name):
    assert RULES[name] is RULES["gated_delta_primer"]


# Parameters

REFUSED_PARAMETERS = {
    "a negative time constant": ("retnet", {"tau": -1.0}, "tau of retnet", "-1", "above 0"),
    "a time constant of 0": ("retnet", {"tau": 0.0}, "tau of retnet", "above 0", "seconds"),
    "a negative rate": ("three_factor", {"conversion": -1.0}, "conversion of three_factor", "above 0", "hertz"),
    "a learning rate that is no number": ("delta", {"eta": NAN}, "eta of delta", "not a number"),
    "an infinite learning rate": ("delta", {"eta": INFINITE}, "eta of delta", "finite"),
    "a word for a number": ("delta", {"eta": "fast"}, "eta of delta", "'fast'"),
    "nothing for a number": ("delta", {"eta": None}, "eta of delta", "None"),
    "a share above 1": ("tsodyks_markram", {"U": 1.5}, "U of tsodyks_markram", "1.5", "between 0 and 1"),
    "a share below 0": ("tsodyks_markram", {"rest": -0.1}, "rest of tsodyks_markram", "between 0 and 1"),
    "an unknown release": ("tsodyks_markram", {"release": "u"}, "release of tsodyks_markram", "'u'", "'u+' or 'u-'"),
    "no writes": ("delta_product", {"steps": 0}, "steps of delta_product", "at least 1"),
    "half a write": ("delta_product", {"steps": 1.5}, "steps of delta_product", "1.5", "whole number"),
}


@pytest.mark.parametrize("case", REFUSED_PARAMETERS)
def test_parameter_is_refused_for(case):
    rule, given, *words = REFUSED_PARAMETERS[case]
    assert_refused(lambda: RULES[rule](**given), *words)


REFUSED_VARIANTS = {
    "no rule inside": ("dale", {"rule": "delta"}, "rule of Dale", "'delta'"),
    "bounds that cross": ("hard_bound", {"lowest": 1.0, "highest": 0.0}, "bounds of delta+hard_bound", "lower"),
    "bounds without room": ("soft_bound", {"lower": 1.0, "upper": 1.0}, "bounds of delta+soft_bound", "lower"),
    "no polarity": ("dale", {"polarity": 0}, "polarity of delta+dale", "1 (excitatory) or -1 (inhibitory)"),
    "half a polarity": ("dale", {"polarity": 0.5}, "polarity of delta+dale", "0.5"),
    "a release that never comes": ("stochastic", {"probability": 0.0}, "probability of delta+stochastic", "above 0"),
    "a probability above 1": ("stochastic", {"probability": 2.0}, "probability of delta+stochastic", "between 0 and 1"),
}


@pytest.mark.parametrize("case", REFUSED_VARIANTS)
def test_variant_is_refused_for(case):
    variant, given, *words = REFUSED_VARIANTS[case]
    assert_refused(lambda: VARIANTS[variant](**{"rule": RULES["delta"](), **given}), *words)


# What may be left out


def test_signals_that_a_rule_does_not_hear_are_ignored():
    query = full(0.1, 5)
    heard = read("vanilla", {name: signals()[name] for name in ("pre", "post")}, query)[0]
    assert torch.equal(read("vanilla", signals(mod=spoilt(full(1.0)), gate=full(-1.0)), query)[0], heard)


def test_absent_modulator_is_1_and_absent_gate_is_0():
    query = full(0.1, 5)
    absent = read("gated_delta", signals(mod=None, gate=None), query)[0]
    assert torch.equal(read("gated_delta", signals(mod=full(1.0), gate=full(0.0)), query)[0], absent)


@pytest.mark.parametrize(
    ("state", "says"),
    [
        (None, "state lacks 'w', a variable of delta"),
        ({}, "state lacks 'w', a variable of delta"),
        ({"w": [[1.0]]}, "state 'w' is a list; give a torch tensor"),
        ({"w": torch.zeros(1, 2, 3)}, r"state 'w' has shape \(1, 2, 3\), which does not fit the query"),
        ({"w": torch.zeros(1, 2, 3, 9)}, r"give \(1, 2, post, 5\)"),
        ({"w": torch.zeros(1, 2, 3, 5, dtype=torch.float32)}, "query is torch.float64 on cpu, but the state is"),
    ],
)
def test_recall_refuses_a_state_that_does_not_fit(state, says):
    with pytest.raises(InputError, match=says):
        recall("delta", state, torch.zeros(1, 4, 2, 5))
