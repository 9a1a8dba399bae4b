"""Which items come back and how many are kept, on short courses."""

import numpy as np
import pytest

from experiments import reactivation
from plastic.lab import runner


@pytest.fixture(scope="module")
def rows():
    todo = runner.cells("reactivation", ["tau_w 5 s", "shuffled"], ["model"], 2, quick=True)
    return [row for cell in todo for row in runner.measure_cell(cell)]


def test_a_row_for_every_item_of_every_load_and_one_load_of_controls(rows):
    found = {(row["rule"], row["seed"], row["load"], row["lag"]) for row in rows}
    assert len(rows) == len(found) == 2 * (1 + 2 + 2)
    assert {row["load"] for row in rows if row["rule"] == "shuffled"} == {2}


def test_numbers_of_items_are_sums_over_a_list(rows):
    table = reactivation.summarise(rows)["by_load"]
    assert {(row["rule"], row["load"]) for row in table} == {("tau_w 5 s", 1), ("tau_w 5 s", 2), ("shuffled", 2)}
    for row in table:
        own = [r["identified"] for r in rows if (r["rule"], r["load"]) == (row["rule"], row["load"])]
        np.testing.assert_allclose(row["kept"], sum(own) / 2)
        assert 0 <= row["kept"] <= row["load"]
