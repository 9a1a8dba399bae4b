"""The contract of an experiment, on memories that are no rule."""

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure

from plastic.lab import runner
from plastic.lab.experiment import experiments
from plastic.rule import InputError

mpl.use("Agg")
OWN = {name: m for name, m in experiments().items() if m.grid("model", True) and not m.grid("rate", True)}
OWN.pop("portrait")  # of the first seed alone: test_portrait
every_one = pytest.mark.parametrize("name", OWN)


def measured(name, seeds):
    """The first condition, small."""
    todo = runner.cells(name, None, ["model"], seeds, quick=True)
    first = {cell.rule: cell for cell in reversed(todo)}
    return [row for cell in first.values() for row in runner.measure_cell(cell)]


def test_those_of_the_catalogue_are_there():
    wanted = {"addressable", "attractor", "complex_synapses", "familiarity", "separability", "slots"}
    assert wanted <= set(OWN)


@every_one
def test_is_repeatable_and_can_be_summarised_and_drawn(name):
    rows, again = (measured(name, 2) for _ in range(2))
    assert rows == again
    assert {row["seed"] for row in rows} == {0, 1}
    assert {row["rule"] for row in rows} == set(OWN[name].rules("model"))
    assert all(OWN[name].summarise(rows).values())
    OWN[name].draw(Figure().subplots(), rows)


@every_one
def test_one_seed_can_be_summarised_and_drawn(name):
    rows = measured(name, 1)
    assert OWN[name].summarise(rows)
    OWN[name].draw(Figure().subplots(), rows)


@every_one
def test_a_seed_gives_the_same_whatever_the_other_seeds_are(name):
    few, many = (measured(name, seeds) for seeds in (2, 3))
    alone = [row for row in many if row["seed"] < 2]
    assert [list(row) for row in few] == [list(row) for row in alone]
    for a, b in zip(few, alone, strict=True):
        np.testing.assert_allclose([v for v in a.values() if isinstance(v, float)],
                                   [v for v in b.values() if isinstance(v, float)], atol=1e-12)  # fmt: skip


@every_one
def test_what_cannot_take_part_is_told_why(name):
    kinds = OWN[name].rules("model")
    assert all(OWN[name].cannot(kind, "model") is None for kind in kinds)
    assert OWN[name].cannot("vanilla", "rate") == "is asked about memories of models/ alone"
    assert OWN[name].cannot("perceptron", "model").startswith("is none of ")
    with pytest.raises(InputError, match="nothing to run"):
        runner.cells(name, ["perceptron"], ["model"], 1, quick=True)


@every_one
def test_other_substrates_are_empty(name):
    for substrate in ("rate", "layer", "spiking"):
        assert OWN[name].rules(substrate) == []
        assert not OWN[name].grid(substrate, False)
