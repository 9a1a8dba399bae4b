"""Every experiment on pairs takes a memory that is no rule, in the codes it is made for."""

import numpy as np
import pytest

from experiments import corruption, overwriting, passes, recall, replay, reversal, serial, similarity, stream
from plastic.lab import runner

NAME = "tests.experiments.measured:Table"
EXPERIMENTS = (corruption, overwriting, passes, recall, replay, reversal, serial, similarity, stream)


def rows_of(module):
    name = module.__name__.rpartition(".")[2]
    return [row for cell in runner.cells(name, [NAME], ["model"], 2, quick=True) for row in runner.measure_cell(cell)]


@pytest.mark.parametrize("module", EXPERIMENTS, ids=lambda module: module.__name__)
def test_a_memory_of_ones_own_is_shown_pairs_in_its_codes(module):
    assert "keys" not in module.settings("model", True)
    rows = rows_of(module)
    assert rows
    assert module.summarise(rows)
    clean = [row for row in rows if not row.get("wrong") and row.get("rho", 0) == 0]
    assert np.mean([row.get("bits", 1) for row in clean]) > 0.95  # sparse keys may happen to be the same


def test_a_table_keeps_the_new_value_of_a_key_and_nothing_of_the_old():
    line = reversal.summarise(rows_of(reversal))["by_repeats"][0]
    assert line["perseveration"] == pytest.approx(0, abs=1e-9)
    assert line["cost"] == pytest.approx(0, abs=1e-9)
    assert np.isfinite(line["overwriting_index_low"])
