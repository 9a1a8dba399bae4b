"""Simple synapses forget exponentially, a chain of variables by a power law, as theory says at every lag."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from experiments import complex_synapses
from plastic.lab.summary import column, grouped
from plastic.memory import theory

SEEDS, SYNAPSES = range(20), 10_000
SETTINGS = complex_synapses.settings("model", False)


@pytest.fixture(scope="module")
def summaries():
    """Of every kind, after a stream of 300 pairs."""
    return {kind: summary(kind, 300) for kind in complex_synapses.KINDS}


def summary(kind, length):
    store = complex_synapses.memory(kind, "model", SETTINGS, SEEDS)
    rows = complex_synapses.measure(store, SEEDS, SETTINGS, length)
    return complex_synapses.summarise([{"rule": kind, "substrate": "model"} | row for row in rows])


@pytest.mark.parametrize("kind", complex_synapses.KINDS)
def test_the_signal_to_noise_ratio_by_lag_is_that_of_theory(kind, summaries):
    lines = summaries[kind]["by_lag"]
    lag = column(lines, "lag").astype(int)
    expected = complex_synapses.expected(kind, lag, SYNAPSES, 300)
    error = np.sqrt(1 / len(SEEDS) + (0.02 * expected) ** 2)  # of the mean signal, and of the spread of foils
    assert_allclose((column(lines, "snr") - expected) / error, 0, atol=4)


def test_a_binary_synapse_has_the_published_signal():
    assert_allclose(complex_synapses.expected("binary_synapse", np.array([0, 5, 10, 20]), SYNAPSES, 300),
                    [10, 5.9, 3.5, 1.2], atol=0.05)  # fmt: skip


@pytest.mark.parametrize(("kind", "law"), [
    ("binary_synapse", "exponential"), ("fusi_cascade", "power"), ("benna_fusi", "power"),
])  # fmt: skip
def test_the_law_of_forgetting_is_found(kind, law, summaries):
    (tail,) = summaries[kind]["tail"]
    assert tail["tail"] == law
    assert tail["aic_difference"] > 10


@pytest.mark.parametrize(("first", "last", "slope"), [
    (10, 100, -0.64), (30, 300, -0.74), (100, 1000, -0.80), (1000, 10_000, -0.87),
])  # fmt: skip
def test_a_cascade_forgets_by_a_power_law_that_steepens(first, last, slope):
    early, late = theory.synaptic_signal(theory.cascade(16), [first, last])
    assert np.log(late / early) / np.log(last / first) == pytest.approx(slope, abs=0.02)


def test_a_law_is_told_from_signals_without_noise():
    lag = np.arange(200)
    for law, signal in (("exponential", np.exp(-lag / 20)), ("power", (lag + 1.0) ** -0.5)):
        rows = [{"lag": int(at), "signal": s, "foil": 1e-4, "seed": 0} for at, s in zip(lag, signal, strict=True)]
        assert complex_synapses.tail(rows)["tail"] == law


def test_every_lag_has_a_row_a_seed():
    store = complex_synapses.memory("binary_synapse", "model", SETTINGS, range(2))
    rows = complex_synapses.measure(store, range(2), SETTINGS, 64)
    assert {len(group) for group in grouped(rows, ("lag",)).values()} == {2}
