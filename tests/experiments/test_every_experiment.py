"""The contract of an experiment, checked on every experiment there is."""

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure

from experiments.tasks import pairs
from plastic.lab import runner
from plastic.lab.experiment import SUBSTRATES, experiments, question
from plastic.rule import SIGNALS
from plastic.rules import as_rule
from plastic.substrates.layer import signals_of

mpl.use("Agg")
EXPERIMENTS = experiments()
every_experiment = pytest.mark.parametrize("name", EXPERIMENTS)


def substrates(name):
    """Where an experiment is checked: on rates and in the layer; in spikes, which are slow, if it has nothing else."""
    having = [substrate for substrate in ("rate", "layer", "spiking") if EXPERIMENTS[name].grid(substrate, True)]
    return [substrate for substrate in having if substrate in ("rate", "layer")] or having


WITH_RULES = [name for name in EXPERIMENTS if substrates(name)]  # the others: test_experiments_on_models


def small(name, rules, substrate, seeds=2):
    """The first condition of an experiment on few seeds."""
    todo = runner.cells(name, rules, [substrate], seeds, quick=True)
    first = {cell.rule: cell for cell in reversed(todo)}
    return [row for cell in first.values() for row in runner.measure_cell(cell)]


@every_experiment
def test_asks_a_question_and_says_what_it_needs(name):
    module = EXPERIMENTS[name]
    assert question(module).endswith("?")
    assert set(SIGNALS) >= module.NEEDS
    assert any(module.grid(substrate, True) for substrate in SUBSTRATES)


@pytest.mark.parametrize(("name", "substrate"), [(name, where) for name in WITH_RULES for where in substrates(name)])
def test_is_repeatable_and_can_be_summarised_and_drawn(name, substrate):
    rows, again = (small(name, ["vanilla", "delta", "three_factor"], substrate) for _ in range(2))
    assert rows == again
    assert EXPERIMENTS[name].summarise(rows)
    EXPERIMENTS[name].draw(Figure().subplots(), rows)


def test_a_row_that_is_an_estimate_from_all_seeds_stays_in_one_cell():
    todo = runner.cells("scorecard", ["delta"], ["rate"], 60, quick=True)
    assert [len(cell.seeds) for cell in todo] == [60]


@pytest.mark.parametrize("name", [name for name in WITH_RULES if not hasattr(EXPERIMENTS[name], "TOGETHER")])
def test_a_seed_gives_the_same_whatever_the_other_seeds_are(name):
    few, many = (small(name, ["delta"], substrates(name)[0], seeds) for seeds in (2, 4))
    alone = [row for row in many if row["seed"] < 2]
    assert [list(row) for row in few] == [list(row) for row in alone]
    for a, b in zip(few, alone, strict=True):
        np.testing.assert_allclose([v for v in a.values() if isinstance(v, float)],
                                   [v for v in b.values() if isinstance(v, float)], atol=1e-12)  # fmt: skip


@pytest.mark.parametrize(
    "rule", [name for name in pairs.rules("rate") if set(signals_of(as_rule(name))) >= pairs.NEEDS]
)
def test_rates_and_layer_agree_to_rounding(rule):
    keys, values = pairs.pairs(range(3), 24, {"d": 16, "d_v": 12, "keys": "dense"}, "agreement")
    rate, layer = (pairs.memory(rule, where, {}, range(3)).answers(keys, values, keys) for where in ("rate", "layer"))
    np.testing.assert_allclose(layer, rate, atol=1e-3 * np.abs(rate).max())
