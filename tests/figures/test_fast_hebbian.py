"""The figure of the fast Hebbian working memory is drawn from saved results."""

import matplotlib as mpl
import numpy as np

from experiments import reactivation
from experiments.fast_hebb import KINDS
from figures import fast_hebbian
from models.fiebig_lansner_2017 import Course, spans
from plastic.lab.portraits import frame, trace

mpl.use("Agg")


def portrait():
    """Rows as the circuit's portrait gives them."""
    at = np.linspace(0, 3, 20)
    marks = [mark for k in range(4) for mark in trace("spikes", f"item {k + 1}", at, 40 * k + at)]
    marks += [mark for k in range(5) for mark in frame("weights", f"frame {k}", np.eye(4) * k / 4)]
    marks += [mark for k in range(4) for mark in trace("overlap", f"item {k + 1}", at, 0.2 * k * at)]
    marks += spans(Course(free=1.0)) + trace("recall", "correlation", [1, 2, 3, 4], [0.2, 0.5, 0.8, 1.0])
    return [mark._asdict() | {"rule": fast_hebbian.CIRCUIT} for mark in marks]


def rows():
    """Weight and recall by lag of every time constant."""
    return [{"rule": rule, "substrate": "model", "seed": seed, "items": 3, "lag": lag, "age": lag + 0.5,
             "held": np.exp(-(lag + 0.5) / tau), "decay": np.exp(-(lag + 0.5) / tau), "recall": 1 - 0.1 * lag}
            for rule, tau in KINDS.items() for seed in (0, 1) for lag in range(3)]  # fmt: skip


def of_lists():
    """Recall and reactivation of lists of two loads, of controls at one."""
    return [{"rule": rule, "substrate": "model", "free": 5.0, "seed": seed, "load": load, "lag": lag, "recall": 0.9,
             "identified": 1.0, "bursts": 1.2 - 0.1 * lag, "active": 1.0, "frequency": 1.2, "height": 0.5 + 0.1 * seed}
            for rule, kind in reactivation.KINDS.items() for load in ((4,) if kind.control else (2, 4))
            for seed in (0, 1) for lag in range(load)]  # fmt: skip


def test_is_drawn_from_saved_results(tmp_path):
    measured = {"rows": rows(), "seeds": [0, 1], "settings": {"model": {"item": 0.5, "gap": 0.5}}}
    times = {"item": 0.5, "gap": 2.0, "control": 4}
    listed = {"rows": of_lists(), "seeds": [0, 1], "settings": {"model": times}}
    figure = fast_hebbian.draw({"portrait": {"rows": portrait()}, "fast_hebb": measured, "reactivation": listed})
    figure.savefig(tmp_path / "figure.pdf")
    said = " ".join(text.get_text() for text in figure.texts).replace("\n", " ")
    mpl.pyplot.close(figure)
    assert (tmp_path / "figure.pdf").stat().st_size > 5000
    assert "2 seeds" in said
    assert "1 s apart" in said
    assert "2.5 s apart" in said
