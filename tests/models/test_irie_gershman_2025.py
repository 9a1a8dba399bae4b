"""The AMPA/NMDA circuit keeps the Primer's predictions in spikes, and refuses what it cannot be."""

from dataclasses import replace
from functools import cache, partial

import numpy as np
import pytest
from numpy.testing import assert_allclose

from plastic.memory.statistics import interval_over_seeds
from plastic.rule import InputError

pytest.importorskip("brian2", reason="Brian2 is not installed")
model = pytest.importorskip("models.irie_gershman_2025")
Protocol, Postsynaptic, stimuli = model.Protocol, model.Postsynaptic, model.stimuli
simulated = partial(model.simulated, engine="torch")

SEEDS = range(5)
LEARNING = Protocol(n_post=4, seconds=24.0, frames=2)
SHORT = Protocol(n_post=3, seconds=3.0, frames=1)


def below(values, bound):
    """The 95 % interval of the mean over seeds lies below the bound."""
    assert float(interval_over_seeds(np.asarray(values), np.mean).high) < bound


def written(rule, protocol, seeds=SEEDS):
    w = simulated(rule, seeds, protocol, watched=[0]).w
    return w[:, -1] - w[:, 0]


@pytest.fixture(scope="module")
def learned():
    return {rule: simulated(rule, SEEDS, LEARNING) for rule in ("delta", "vanilla")}


# AMPA in proportion to NMDA


def test_delta_brings_every_ratio_towards_one_value(learned):
    spread = model.spread(learned["delta"].w, stimuli(SEEDS, LEARNING).u)
    below(spread[:, 1] - spread[:, 0], 0)
    below(spread[:, 2] - spread[:, 1], 0)
    below(spread[:, 2], 0.35)


def test_that_value_is_one(learned):
    ratio = (learned["delta"].w[:, -1] / stimuli(SEEDS, LEARNING).u).mean((1, 2))
    below(abs(ratio - 1), 0.12)


def test_vanilla_leaves_the_ratios_spread(learned):
    u = stimuli(SEEDS, LEARNING).u
    below(model.spread(learned["delta"].w, u)[:, -1] - model.spread(learned["vanilla"].w, u)[:, -1], -0.1)


def test_vanilla_grows_without_bound(learned):
    totals = learned["vanilla"].w.sum((2, 3))
    below(-np.diff(totals, axis=1).min(1), 0)


def test_calcium_is_the_nmda_drive(learned):
    shown = stimuli(SEEDS, LEARNING)
    expected = np.einsum("sij,stj->si", shown.u, shown.rates) / shown.rates.shape[1]
    below(abs(learned["delta"].calcium[:, 50:].mean(1) / expected - 1).max(1), 0.06)


def test_firing_follows_calcium_once_delta_has_learned(learned):
    late = slice(learned["delta"].firing.shape[1] // 2, None)
    gap = (learned["delta"].firing[:, late] - learned["delta"].calcium[:, late]).mean((1, 2))
    below(abs(gap), 3.0)


# The fixed points, on rates


def test_delta_rests_where_ampa_is_nmda_on_rates():
    protocol = Protocol(seconds=600.0)
    u = stimuli([0], protocol).u
    assert_allclose(model.on_rates("delta", [0], protocol)[:, -1], u, rtol=0.02)


def test_retnet_rests_where_the_mean_of_its_writes_says():
    protocol = Protocol(seconds=600.0)
    shown, rule = stimuli([0], protocol), model.taught("retnet", protocol)
    late = shown.rates[0, -960:]  # fifteen time constants of 64 items
    expected = rule.eta * rule.tau * shown.u[0] @ (late.T @ late / len(late))
    w = model.on_rates("retnet", [0], protocol)[0, -1]
    assert np.corrcoef(w.ravel(), expected.ravel())[0, 1] > 0.9
    assert_allclose(w.mean(), expected.mean(), rtol=0.05)


def test_patterns_that_do_not_span_the_input_leave_ratios_spread():
    few, many = (Protocol(patterns=n, seconds=240.0) for n in (6, 60))
    spread = [model.spread(model.on_rates("delta", SEEDS, p), stimuli(SEEDS, p).u)[:, -1] for p in (few, many)]
    below(spread[1] - spread[0], -0.2)


# The clamp


@pytest.mark.parametrize("rule", ["vanilla", "btsp"])
def test_a_clamp_leaves_what_calcium_alone_writes(rule):
    free, clamped = (written(rule, replace(SHORT, clamped=held)) for held in (False, True))
    assert_allclose(clamped, free, rtol=1e-11, atol=0)
    assert (free != 0).all()


def test_a_clamp_changes_what_delta_writes():
    free, clamped = (written("delta", replace(SHORT, clamped=held)) for held in (False, True))
    below((free - clamped).mean((1, 2)), 0)
    assert (free != clamped).all()


def test_a_clamped_cell_does_not_fire():
    assert len(simulated("delta", [0], replace(SHORT, clamped=True)).post.cell) == 0


def test_magnesium_makes_every_rule_feel_the_clamp():
    cells = Postsynaptic(magnesium=1.0)
    free, clamped = (written("vanilla", replace(SHORT, clamped=held, cells=cells)) for held in (False, True))
    below((clamped - free).mean((1, 2)), 0)


# The calcium threshold


@cache
def threshold(rule, firing=30.0):
    """Calcium [S, levels], writes and firing of cells held at a rate."""
    protocol = Protocol(n_post=5, seconds=6.0, frames=2, tau_learn=100.0)
    shown = model.at_levels(np.linspace(0, 80, 5), SEEDS, protocol)
    found = simulated(rule, SEEDS, protocol, shown, protocol.cells.current_for(firing), blocked=True)
    late = found.post.step >= 3000
    fired = np.bincount(found.post.trial[late], minlength=len(SEEDS)) / (3.0 * 5)
    return found.calcium[:, 300:].mean(1), (found.w[:, 2] - found.w[:, 1]).mean(-1), fired


def test_the_threshold_of_delta_is_the_firing_of_the_cell():
    calcium, write, fired = threshold("delta")
    slope, height = np.array([np.polyfit(*line, 1) for line in zip(calcium, write, strict=True)]).T
    below(abs(-height / slope / fired - 1), 0.03)


def test_below_the_threshold_is_depression_and_above_it_potentiation():
    calcium, write, fired = threshold("delta")
    below(write[:, 1], 0)
    below(-write[:, 3], 0)
    assert (calcium[:, 1] < fired).all()
    assert (calcium[:, 3] > fired).all()


def test_vanilla_has_no_threshold():
    assert (threshold("vanilla")[1] >= 0).all()


def test_a_current_makes_cells_fire_at_the_rate_asked_for():
    below(abs(threshold("vanilla", 45.0)[2] / 45 - 1), 0.05)


# Every rule, and what is refused


@pytest.mark.parametrize("rule", ["gla", "mamba2", "gated_delta", "oja", "gla_pre", "three_factor", "gated_rfa"])
def test_any_rule_that_hears_post_can_write(rule):
    change = written(rule, replace(SHORT, seconds=0.9), [0])
    assert np.isfinite(change).all()
    assert (change != 0).any()


def test_no_conductance_is_negative(learned):
    assert (learned["delta"].w >= 0).all()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"active": 21}, "active is 21"),
        ({"dt": 0.005}, "dt is 0.005"),
        ({"seconds": 59.0}, "seconds is 59"),
        ({"item": 0.0}, "item of the protocol"),
        ({"tau_learn": -1.0}, "tau_learn of the protocol"),
    ],
)
def test_a_protocol_that_does_not_fit_is_refused(change, says):
    with pytest.raises(InputError, match=says):
        Protocol(**change)


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ("tsodyks_markram", "does not hear post"),
        ("hebbb", "not known"),
        ("linear_transformer", "normaliser"),
    ],
)
def test_a_rule_that_cannot_write_is_refused(rule, says):
    with pytest.raises(InputError, match=says):
        simulated(rule, [0], SHORT)


def test_a_portrait_has_spikes_traces_and_weights(monkeypatch):
    monkeypatch.setattr(model, "Protocol", lambda **sizes: replace(SHORT, **sizes | {"seconds": 6.0, "frames": 2}))
    marks = model.portrait(0)
    panels = {mark.panel for mark in marks}
    assert panels == {"pre at first", "post at first", "cell at first", "pre at last", "post at last", "cell at last",
                      "weights", "ratio"}  # fmt: skip
    assert {mark.series for mark in marks if mark.panel == "weights"} == {"W at 0 s", "W at 3 s", "W at 6 s", "U"}
    assert len(marks) < 15_000


def test_engines_agree():
    protocol = replace(SHORT, seconds=1.5)
    brian, torch = (model.simulated("delta", [0, 1], protocol, engine=engine) for engine in ("brian2", "torch"))
    assert_allclose(torch.w, brian.w, rtol=1e-9, atol=1e-12)
    for a, b in zip(torch.post, brian.post, strict=True):
        assert (np.asarray(a) == np.asarray(b)).all()
