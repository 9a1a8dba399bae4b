"""The figure of single trials is drawn from a saved portrait."""

import matplotlib as mpl
import numpy as np

from figures import trials
from plastic.lab.portraits import frame, trace

mpl.use("Agg")


def portrait():
    """Rows as the circuits' portraits give them."""
    at = np.linspace(0, 3, 20)
    marks = {
        trials.STP: [m for p in ("spikes", "u", "x", "rate") for s in trials.CELLS for m in trace(p, s, at, at % 1)],
        trials.CLUSTERS: [m for n in range(5) for m in trace("rate", f"cluster {n + 1}", at, 100 * at)],
        trials.FIELD: trace("CA1", "spikes", 80 * at, 1 + at // 1)
        + [m for lap in range(1, 5) for m in trace("rate maps", f"lap {lap}", 80 * at, at)]
        + [m for name in trials.WEIGHTS for m in trace("weights", name, 80 * at, at)]
        + trace("plateau", "place", [120.0, 126.0], [2.0, 2.0]),
        trials.CAM: trace("input", "spikes", at, at)
        + trace("memory", "spikes", at, at)
        + trace("cues", "masked", [0.3, 0.6, 0.9, 1.2], [1, 1, 3, 3])
        + frame("synapses", "on", np.eye(5)),
    }
    return [mark._asdict() | {"rule": rule} for rule, of in marks.items() for mark in of]


def test_is_drawn_from_a_saved_portrait(tmp_path):
    figure = trials.draw({"portrait": {"rows": portrait(), "seeds": [0]}})
    figure.savefig(tmp_path / "figure.pdf")
    mpl.pyplot.close(figure)
    assert (tmp_path / "figure.pdf").stat().st_size > 5000
