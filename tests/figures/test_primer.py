"""The figure of the AMPA/NMDA circuit is drawn from saved results."""

import matplotlib as mpl
import numpy as np

from figures import primer
from plastic.lab.portraits import frame, trace

mpl.use("Agg")


def portrait():
    """Rows as the circuit's portrait gives them."""
    at = np.linspace(0, 3, 20)
    marks = [mark for when in ("at first", "at last") for name, panel in
             (("pre", "pre"), ("post", "post"), ("calcium", "cell"), ("firing", "cell"))
             for mark in trace(f"{panel} {when}", name, at, at % 5)]  # fmt: skip
    for name in ("W at 0 s", "W at 30 s", "W at 60 s", "U"):
        marks += frame("weights", name, np.ones((3, 5)))
    marks += trace("ratio", "synapse 0", at, 1 + 0 * at)
    return [mark._asdict() | {"rule": "irie_gershman_2025"} for mark in marks]


def rows(name, seed):
    """A few rows of one experiment."""
    at = {"seed": seed, "substrate": "spiking"}
    if name == "conductance_ratio":
        measures = {"spread": 0.5, "correlation": 0.1 * seed, "ratio": 1.0, "patterns": 60}
        return [at | measures | {"rule": rule, "time": t, "substrate": where}
                for rule in ("vanilla", "delta") for t in (0.0, 5.0) for where in ("rate", "spiking")]  # fmt: skip
    if name == "clamp":
        return [at | {"rule": rule, "magnesium": mg, "change": mg + seed} for rule in ("vanilla", "delta")
                for mg in (0.0, 1.0)]  # fmt: skip
    return [at | {"rule": "delta", "firing": 30.0, "level": v, "calcium": v + seed, "fired": 30.0, "write": v - 30}
            for v in (0.0, 20.0, 40.0)]  # fmt: skip


def test_is_drawn_from_saved_results(tmp_path):
    results = {name: {"rows": [row for s in (0, 1) for row in rows(name, s)], "seeds": [0, 1]}
               for name in primer.NEEDS[1:]}  # fmt: skip
    figure = primer.draw(results | {"portrait": {"rows": portrait(), "seeds": [0]}})
    figure.savefig(tmp_path / "figure.pdf")
    said = " ".join(text.get_text() for text in figure.texts).replace("\n", " ")
    mpl.pyplot.close(figure)
    assert (tmp_path / "figure.pdf").stat().st_size > 5000
    assert "2 seeds" in said
