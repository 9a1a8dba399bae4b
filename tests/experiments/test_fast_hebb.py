"""How long fast Hebbian synapses hold an item, on short courses."""

import numpy as np
import pytest

from experiments import fast_hebb
from plastic.lab import runner


@pytest.fixture(scope="module")
def rows():
    todo = runner.cells("fast_hebb", ["tau_w 2 s", "tau_w 50 ms"], ["model"], 2, quick=True)
    return [row for cell in todo for row in runner.measure_cell(cell)]


def test_weights_decay_by_their_age(rows):
    slow = [row for row in rows if row["rule"] == "tau_w 2 s"]
    np.testing.assert_allclose([row["decay"] for row in slow], np.exp([-row["age"] / 2 for row in slow]))
    np.testing.assert_allclose([row["held"] for row in slow], [row["decay"] for row in slow], atol=0.05)


def test_a_row_for_every_seed_and_lag(rows):
    assert len(rows) == 2 * 2 * 2
    table = fast_hebb.summarise(rows)["by_lag"]
    assert {(row["rule"], row["lag"]) for row in table} == {(k, lag) for k in ("tau_w 2 s", "tau_w 50 ms")
                                                            for lag in (0, 1)}  # fmt: skip
