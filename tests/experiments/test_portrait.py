"""Every circuit has a portrait of one trial that a figure can be drawn from."""

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure

from experiments import portrait

mpl.use("Agg")
QUICK = {"key_value_memory", "mi_katkov_tsodyks_2017"}
CIRCUITS = [
    pytest.param(name, marks=() if name in QUICK else pytest.mark.slow, id=name) for name in portrait.circuits()
]


def rows(name, seed=0):
    store = portrait.memory(name, "model", {}, (seed,))
    return [{"rule": name} | row for row in portrait.measure(store, (seed,), {}, "first seed")]


def test_every_circuit_of_a_paper_has_one():
    papers = {"irie_gershman_2025", "mongillo_barak_tsodyks_2008", "fiebig_lansner_2017", "milstein_2021"}
    assert papers | {"wu_maass_2025", "key_value_memory"} <= {*portrait.circuits()}


@pytest.mark.parametrize("name", CIRCUITS)
def test_a_portrait_is_small_finite_and_drawn(name):
    found = rows(name)
    assert 100 < len(found) < 15_000
    assert np.isfinite([[row[at] for at in ("x", "y", "value")] for row in found]).all()
    assert all(row["panel"] and row["series"] for row in found)
    assert portrait.summarise(found)["points"]
    portrait.draw(Figure().subplots(), found)


def test_the_same_seed_gives_the_same_portrait():
    assert rows("key_value_memory") == rows("key_value_memory")
    assert rows("key_value_memory") != rows("key_value_memory", 1)
