"""A trained slow network programs spiking synapses as it programs those it was trained with."""

import matplotlib as mpl
import pytest
from matplotlib.figure import Figure

from experiments import transfer
from plastic.lab.runner import cells, measure_cell

mpl.use("Agg")
pytest.importorskip("models.programmed_memory")


@pytest.fixture(scope="module")
def rows():
    return [row for cell in cells("transfer", ["delta"], ["spiking"], 2, quick=True) for row in measure_cell(cell)]


def test_networks_are_trained_to_recall(rows):
    assert all(row["in_torch"] >= 0.99 for row in rows)


def test_twenty_neurons_read_for_200_ms_answer_as_the_network_does(rows):
    assert all((row["neurons"], row["read"]) == (20, 0.2) for row in rows)
    assert all(row["accuracy"] >= 0.9 for row in rows)


def test_accuracy_is_drawn_by_neurons(rows):
    axes = Figure().subplots()
    transfer.draw(axes, rows)
    assert axes.get_xlabel() == "neurons a unit"
