"""A spiking memory that is programmed as a slow network programs the same rule on rates."""

import numpy as np
import pytest
import torch

from plastic.rule import InputError
from plastic.rules import as_rule
from plastic.substrates.rate import read, recall

model = pytest.importorskip("models.programmed_memory")
SEEDS = range(5)


def signals(steps=8, d=16, d_v=8, eta=0.9, gate=0.1):
    rng, shape = np.random.default_rng(0), (len(SEEDS), steps)
    keys = np.abs(rng.standard_normal((*shape, d))) ** 2
    keys /= np.linalg.norm(keys, axis=-1, keepdims=True)
    values = rng.choice([-0.7, 0.7], (*shape, d_v))
    return {"pre": keys, "post": values, "mod": np.full(shape, eta), "gate": np.full(shape, gate)}


def on_rates(rule, shown):
    """What the rule itself answers to its keys."""
    given = {name: torch.from_numpy(a)[:, :, None] for name, a in shown.items()}
    _, state = read(as_rule(rule), given)
    return recall(as_rule(rule), state, given["pre"])[:, :, 0].numpy()


@pytest.mark.parametrize("rule", ["vanilla", "mamba2", "delta", "gated_delta", "longhorn"])
def test_spikes_answer_as_the_rule_does_on_rates(rule):
    shown = signals()
    alike = [np.corrcoef(*pair)[0, 1] for pair in zip(
        model.answers(rule, shown, shown["pre"], SEEDS).reshape(len(SEEDS), -1),
        on_rates(rule, shown).reshape(len(SEEDS), -1), strict=True,
    )]  # fmt: skip
    assert min(alike) > 0.97


def test_more_neurons_and_longer_reading_are_more_exact():
    shown = signals()
    expected = on_rates("delta", shown).ravel()
    made = [model.Circuit(neurons=2, read=0.06), model.Circuit(neurons=20, read=0.2)]
    few, many = (
        np.corrcoef(model.answers("delta", shown, shown["pre"], SEEDS, c).ravel(), expected)[0, 1] for c in made
    )
    assert many > few + 0.02


@pytest.mark.parametrize("eta", [0.3, 0.6, 0.9])
def test_modulator_takes_the_share_of_an_error_that_the_learning_rate_says(eta):
    shown = signals(steps=1, d=4, eta=eta)
    answers = model.answers("delta", shown, shown["pre"], SEEDS, model.Circuit(neurons=40, read=1.0))
    found = (answers * np.sign(shown["post"])).mean()
    assert found == pytest.approx(0.7 * eta, abs=0.06)


def test_engines_answer_alike():
    shown = {name: a[:2, :2] for name, a in signals().items()}
    circuit = model.Circuit(neurons=2)
    here, there = (
        model.answers("delta", shown, shown["pre"], [0, 1], circuit, engine) for engine in ("torch", "brian2")
    )
    np.testing.assert_array_equal(here, there)


@pytest.mark.parametrize(
    ("rule", "change", "says"),
    [
        ("three_factor", {}, "three_factor writes from a trace, later than the step that programs it; give a rule"),
        ("gla", {}, "gla has a gate for each cell; give a rule that writes at once"),
        ("delta", {"pre": -signals()["pre"]}, "pre runs from .*; give activities from 0 to 1"),
        ("delta", {"post": signals()["post"][:, :3]}, "do not fit 5 seeds; give"),
    ],
)
def test_signals_that_cannot_be_rates_are_refused(rule, change, says):
    shown = signals() | change
    with pytest.raises(InputError, match=says):
        model.answers(rule, shown, signals()["pre"], SEEDS)


@pytest.mark.parametrize("neurons", [1, 3])
def test_groups_that_cannot_be_halved_are_refused(neurons):
    with pytest.raises(InputError, match=f"neurons is {neurons}; give an even number"):
        model.Circuit(neurons=neurons)
