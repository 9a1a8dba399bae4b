"""Every circuit has a portrait of one trial that a figure can be drawn from."""

from functools import cache

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure

from experiments import portrait

mpl.use("Agg")
RANDOM = ["irie_gershman_2025", "key_value_memory", "milstein_2021", "wu_maass_2025"]
QUICK = {*RANDOM, "mi_katkov_tsodyks_2017"}  # less than ten seconds each
CIRCUITS = [
    pytest.param(name, marks=() if name in QUICK else pytest.mark.slow, id=name) for name in portrait.circuits()
]


@cache
def rows(name, seed=0):
    """A portrait, as saved; not to be changed."""
    return measured(name, seed)


def measured(name, seed):
    store = portrait.memory(name, "model", {}, (seed,))
    return [{"rule": name} | row for row in portrait.measure(store, (seed,), {}, "first seed")]


def test_every_circuit_of_a_paper_has_one():
    papers = {"irie_gershman_2025", "mongillo_barak_tsodyks_2008", "mi_katkov_tsodyks_2017", "fiebig_lansner_2017"}
    assert papers | {"milstein_2021", "wu_maass_2025", "key_value_memory"} <= {*portrait.circuits()}


@pytest.mark.parametrize("name", CIRCUITS)
def test_a_portrait_is_small_finite_and_drawn(name):
    found = rows(name)
    assert 100 < len(found) < 15_000
    assert np.isfinite([[row[at] for at in ("x", "y", "value")] for row in found]).all()
    assert all(row["panel"] and row["series"] for row in found)
    assert portrait.summarise(found)["points"]
    portrait.draw(Figure().subplots(), found)


@pytest.mark.parametrize("name", sorted(QUICK))
def test_the_same_seed_gives_the_same_portrait(name):
    assert measured(name, 0) == rows(name)


@pytest.mark.parametrize("name", RANDOM)
def test_another_seed_gives_another_portrait(name):
    assert measured(name, 1) != rows(name)
