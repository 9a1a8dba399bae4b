"""The figure of the spiking key-value memory is drawn from saved results."""

import matplotlib as mpl
import pytest

from experiments import one_shot
from figures import key_value
from plastic.lab import runner

mpl.use("Agg")
RULES = {"one_shot": ["vanilla", "delta"], "unreliable": ["vanilla", "delta"], "eligibility": ["three_factor"]}
models = pytest.importorskip("models.key_value_memory")


def test_is_drawn_from_saved_results(tmp_path):
    rows = {
        name: [
            row for cell in runner.cells(name, rules, ["spiking"], 2, quick=True) for row in runner.measure_cell(cell)
        ]
        for name, rules in RULES.items()
    }
    trial = [mark._asdict() | {"rule": "key_value_memory"} for mark in models.portrait(0)]
    results = {
        "portrait": {"rows": trial, "seeds": [0]},
        "unreliable": {"rows": rows["unreliable"]},
        "eligibility": {"rows": rows["eligibility"]},
        "one_shot": {
            "rows": rows["one_shot"],
            "seeds": [0, 1],
            "settings": {"spiking": one_shot.settings("spiking", True)},
        },
    }
    figure = key_value.draw(results)
    figure.savefig(tmp_path / "figure.pdf")
    figure.savefig(tmp_path / "figure.png", dpi=150)
    said = " ".join(text.get_text() for text in figure.texts).replace("\n", " ")
    mpl.pyplot.close(figure)
    assert (tmp_path / "figure.pdf").stat().st_size > 5000
    for needed in ("2 seeds", "30 x 30 synapses", "shown once", "clean cues", "plasticity off while reading"):
        assert needed in said
