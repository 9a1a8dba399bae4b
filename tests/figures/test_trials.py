"""The figure of single trials is drawn from a saved portrait."""

import matplotlib as mpl
import numpy as np
import pytest

from figures import trials
from plastic.lab.portraits import Mark, frame, trace

mpl.use("Agg")


def portrait():
    """Rows as the circuits' portraits give them."""
    at = np.linspace(0, 3, 20)
    marks = {
        trials.STP: [m for regime in trials.REGIMES for p in ("spikes", "u", "x", "rate") for s in trials.CELLS
                     for m in trace(f"{p} {regime}", s, at, at % 1)]
        + [Mark("spans", "cue", 0.5, 0.85), Mark("spans", "pulse", 1.7, 1.95)],
        trials.CLUSTERS: [m for n in range(5) for m in trace("rate", f"cluster {n + 1}", at, 100 * at)]
        + [Mark("spans", f"cluster {n + 1}", 0.1 * n, 0.1 * n + 0.03) for n in range(4)],
        trials.FIELD: trace("CA3", "spikes", 80 * at, 40 * at)
        + trace("CA1", "spikes", 80 * at, 1 + at // 1)
        + [m for lap in range(1, 4) for m in trace("rate maps", f"lap {lap}", 80 * at, at)]
        + [m for name in trials.WEIGHTS for m in trace("weights", name, 80 * at, at)]
        + trace("plateau", "place", [120.0, 126.0], [2.0, 2.0]),
        trials.CAM: trace("input", "spikes", at, at)
        + trace("memory", "spikes", at, at)
        + trace("memory cells with a plateau", "number", [3], [3])
        + trace("cues", "full", [0.0, 0.2], [0, 0])
        + trace("cues", "masked", [0.4, 0.6], [1, 1])
        + frame("synapses", "on", np.eye(5)),
    }  # fmt: skip
    return [mark._asdict() | {"rule": rule} for rule, of in marks.items() for mark in of]


@pytest.fixture
def figure():
    drawn = trials.draw({"portrait": {"rows": portrait(), "seeds": [0]}})
    yield drawn
    mpl.pyplot.close(drawn)


def lettered(figure):
    """The panels by their letters."""
    return {axes.get_title(loc="left"): axes for axes in figure.axes}


def shaded(axes):
    """From where to where a panel is shaded."""
    return sorted((float(box.get_x()), float(box.get_x() + box.get_width())) for box in axes.patches)


def test_is_drawn_from_a_saved_portrait(figure, tmp_path):
    figure.savefig(tmp_path / "figure.pdf")
    assert (tmp_path / "figure.pdf").stat().st_size > 5000
    assert "".join(lettered(figure)) == "abcdefghijklm"


def test_cue_and_pulse_are_shaded_in_every_panel_of_working_memory(figure):
    panels = lettered(figure)
    for letter in "abcdef":
        assert np.allclose(shaded(panels[letter]), [(0.5, 0.85), (1.7, 1.95)])


def test_the_plateau_is_shaded_in_every_panel_of_the_place_field(figure):
    panels = lettered(figure)
    for letter in "hijk":
        assert np.allclose(shaded(panels[letter]), [(120.0, 126.0)])


def test_the_panel_of_facilitation_says_which_line_is_which(figure):
    key = lettered(figure)["b"].get_legend()
    lines = {text.get_text()[0]: line.get_linestyle() for text, line in zip(key.texts, key.get_lines(), strict=True)}
    assert lines == {"u": "-", "x": "--"}


def test_no_key_covers_a_curve(figure):
    figure.canvas.draw()
    for axes in (axes for axes in figure.axes if axes.get_legend()):
        key = axes.get_legend().get_window_extent()
        ends = [line.get_transform().transform(line.get_xydata()) for line in axes.lines if len(line.get_xdata())]
        assert not any(key.contains(*point) for point in np.concatenate(ends))


def test_no_text_leaves_the_figure(figure):
    figure.canvas.draw()
    width, height = figure.canvas.get_width_height()
    for axes in figure.axes:
        box = axes.get_tightbbox()
        assert box.x0 >= 0
        assert box.y0 >= 0
        assert box.x1 <= width
        assert box.y1 <= height
