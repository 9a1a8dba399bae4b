"""Every composite figure is drawn from saved results, and says what it must."""

import matplotlib as mpl
import pytest

from plastic.checkout import found_in
from plastic.lab import runner

mpl.use("Agg")
COMPOSITES = {name: module for name, module in found_in("figures").items() if hasattr(module, "NEEDS")}
# Figures of one circuit are drawn from its portrait and from spikes: each has a test of its own.
FIGURES = {name: module for name, module in COMPOSITES.items() if "portrait" not in module.NEEDS}
RULES = ["vanilla", "delta", "willshaw"]
# these have memories of their own
OWN = {"complex_synapses", "silent_memory", "clusters", "binding", "operating_point", "place_field"}
PARTS = ["rate", "layer", "model"]


def document(name):
    """Results of an experiment on few rules and seeds, as they are saved."""
    todo = runner.cells(name, None if name in OWN else RULES, PARTS, 2, quick=True)
    rows = [row for cell in todo for row in runner.measure_cell(cell)]
    settings = {cell.substrate: cell.settings for cell in todo}
    return {
        "experiment": name,
        "rows": rows,
        "seeds": [0, 1],
        "settings": settings,
        "sizes": [todo[0].settings.get("d")],
    }


@pytest.fixture(scope="module")
def results():
    needed = {name for module in FIGURES.values() for name in module.NEEDS}
    return {name: document(name) for name in needed}


@pytest.mark.parametrize("name", FIGURES)
def test_is_drawn_from_saved_results(name, results, tmp_path):
    figure = FIGURES[name].draw({needed: results[needed] for needed in FIGURES[name].NEEDS})
    figure.savefig(tmp_path / "figure.pdf")
    assert (tmp_path / "figure.pdf").stat().st_size > 5000
    mpl.pyplot.close(figure)


@pytest.mark.parametrize("name", [name for name in FIGURES if name != "compare"])
def test_says_seeds_passes_and_cues(name, results):
    figure = FIGURES[name].draw({needed: results[needed] for needed in FIGURES[name].NEEDS})
    said = " ".join(text.get_text() for text in figure.texts).replace("\n", " ").lower()
    mpl.pyplot.close(figure)
    for needed in ("2 seeds", "shown once", "clean cues", "plasticity off while reading"):
        assert needed in said


@pytest.mark.parametrize("name", ["scaling", "scorecard"])
def test_says_that_one_pass_of_delta_identifies_less_than_hebb(name, results):
    figure = FIGURES[name].draw({needed: results[needed] for needed in FIGURES[name].NEEDS})
    said = " ".join(text.get_text() for text in figure.texts).replace("\n", " ")
    mpl.pyplot.close(figure)
    assert "identifies fewer pairs than Hebb's" in said


def test_the_scorecard_is_a_table_too(results):
    texts = FIGURES["scorecard"].tables({"scorecard": results["scorecard"]})
    assert texts[".md"].startswith("| memory | n50 |")
    assert {line.split(",")[0] for line in texts[".csv"].splitlines()[1:]} == {"vanilla", "delta", "willshaw"}
