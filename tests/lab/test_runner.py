"""Running experiments: the same numbers however they are run, and nothing lost or counted twice."""

import json

import pytest

from plastic import InputError
from plastic.lab import cells, commands, figures, pace, provenance, results, runner, store, work
from plastic.lab.schedulers import place
from tests.lab import CHEAP, TROUBLED

SMALL = {"rules": ["vanilla", "delta"], "substrates": ["rate"], "seeds": 2, "quick": True}


def rows(folder, workers, **choice):
    return runner.run("overwriting", folder, workers, **SMALL | choice)["rows"]


@pytest.mark.slow
def test_rows_are_bit_equal_with_0_1_and_8_workers(tmp_path):
    choice = SMALL | {"substrates": ["rate", "layer"], "seeds": 3}
    none, one, eight = (runner.run("recall", tmp_path / str(n), n, **choice)["rows"] for n in (0, 1, 8))
    assert none == one == eight


def test_rows_are_bit_equal_with_and_without_workers(tmp_path):
    none, two = (runner.run("overwriting", tmp_path / str(n), n, **SMALL)["rows"] for n in (0, 2))
    assert none == two


@pytest.mark.slow
def test_spikes_are_the_same_in_a_worker(tmp_path):
    choice = {"rules": ["delta"], "substrates": ["spiking"], "seeds": 1, "quick": True}
    here, there = (runner.run("overwriting", tmp_path / str(n), n, **choice)["rows"] for n in (0, 1))
    assert here == there


def test_results_are_saved_with_seeds_settings_and_provenance(tmp_path):
    runner.run("overwriting", tmp_path, 0, **SMALL)
    saved = store.load("overwriting", tmp_path)
    assert saved["seeds"] == [0, 1]
    assert saved["settings"]["rate"]["d"] == 32
    assert saved["provenance"]["packages"]["torch"]
    assert saved["provenance"]["machines"] == [provenance.machine()]
    assert {"commit", "changed"} == set(saved["provenance"]["git"]) or not saved["provenance"]["git"]
    assert (tmp_path / "overwriting.csv").read_text().count("\n") == len(saved["rows"]) + 1
    assert saved["failed"] == []


def counted(monkeypatch, until=None):
    """The cells measured from now on; after `until` of them Ctrl-C."""
    measured, measure = [], work.measure_cell

    def counting(cell):
        if until is not None and len(measured) == until:
            raise KeyboardInterrupt
        measured.append(cell)
        return measure(cell)

    monkeypatch.setattr(work, "measure_cell", counting)
    return measured


def test_an_interrupted_run_goes_on_from_its_finished_cells(tmp_path, monkeypatch):
    whole = rows(tmp_path / "whole", 0)
    with monkeypatch.context() as patch:
        first = counted(patch, until=1)
        with pytest.raises(KeyboardInterrupt):
            rows(tmp_path / "cut", 0)
    rest = counted(monkeypatch)
    assert rows(tmp_path / "cut", 0) == whole
    assert len(first) == 1
    assert first[0] not in rest


def test_more_seeds_rules_or_sizes_measure_what_is_new_alone(tmp_path, monkeypatch):
    measured = counted(monkeypatch)
    few = runner.run(CHEAP, tmp_path, 0, quick=True, seeds=20, rules=["one"])["rows"]
    assert len(measured) == 10
    more = runner.run(CHEAP, tmp_path, 0, quick=True, seeds=40, rules=["one"])["rows"]
    assert [cell.seeds for cell in measured[10:]] == [tuple(range(20, 40))] * 10
    assert [row for row in more if row["seed"] < 20] == few
    assert len(more) == len({(row["number"], row["seed"]) for row in more}) == 400
    runner.run(CHEAP, tmp_path, 0, quick=True, seeds=40, sizes=[4, 8])
    assert len(measured) == 20 + 3 * 20
    assert {(cell.rule, cell.settings["d"]) for cell in measured[20:]} == {("another", 4), ("one", 8), ("another", 8)}


def test_the_same_run_again_measures_nothing(tmp_path, monkeypatch):
    whole = rows(tmp_path, 0)
    measured = counted(monkeypatch)
    assert rows(tmp_path, 0) == whole
    assert measured == []


def test_a_seed_more_is_another_cell(tmp_path):
    few, more = (runner.cells("overwriting", **SMALL | {"seeds": n})[0] for n in (2, 3))
    keep = runner.Keep(tmp_path, "overwriting")
    assert keep.path(few) != keep.path(more)


def test_a_cell_of_another_source_is_not_taken_up(tmp_path, monkeypatch, capsys):
    rows(tmp_path, 0)
    measured = counted(monkeypatch)
    monkeypatch.setattr(provenance, "fingerprint", lambda: "another source")
    rows(tmp_path, 0)
    assert len(measured) == 2
    assert "2 other finished cells" in capsys.readouterr().err


def test_a_rule_is_asked_for_only_where_the_experiment_runs():
    assert runner.left_out(TROUBLED, ["sound"], ["rate", "layer"]) == {}
    assert len(runner.cells(TROUBLED, ["sound"], ["rate", "layer"])) == 2


def test_sizes_and_a_grid_make_cells():
    found = runner.cells("recall", **SMALL, sizes=[16, 24], grid={"load": [2, 3, 5]})
    assert len(found) == 2 * 2 * 3
    assert {(cell.settings["d"], cell.settings["d_v"]) for cell in found} == {(16, 16), (24, 24)}
    assert {cell.condition["load"] for cell in found} == {2, 3, 5}


def test_a_size_a_value_a_rule_or_a_substrate_given_twice_is_measured_once():
    twice = {"rules": ["vanilla", "vanilla"], "substrates": ["rate", "rate"], "seeds": 2, "quick": True}
    found = runner.cells("recall", **twice, sizes=[16, 24, 16], grid={"load": [2, 3, 2]})
    assert [(cell.settings["d"], cell.condition["load"]) for cell in found] == [(16, 2), (16, 3), (24, 2), (24, 3)]


# What fails


@pytest.fixture(scope="module")
def troubled(tmp_path_factory):
    """A run in which most cells fail."""
    folder = tmp_path_factory.mktemp("troubled")
    return folder, runner.run(TROUBLED, folder, 0, seeds=3, rules=["sound", "nan", "shapeless", "raising", "rowless"])


def test_a_failed_cell_is_recorded_and_the_rest_goes_on(troubled):
    folder, document = troubled
    failed = {(entry["rule"], entry["condition"]["load"]): entry for entry in document["failed"]}
    assert set(failed) == {(rule, load) for rule in ("shapeless", "raising", "rowless") for load in (3, 4)}
    assert failed["raising", 3]["error"] == "ZeroDivisionError: nothing is left to divide by"
    assert "Traceback" in failed["raising", 3]["traceback"]
    assert "shape (3, 1, 6); give [seeds, cues, cells of a value] = (3, 3, 6)" in failed["shapeless", 3]["error"]
    assert "gives no list of rows" in failed["rowless", 4]["error"]
    assert {row["rule"] for row in document["rows"]} == {"sound", "nan"}
    assert document["summary"] == {"rules": ["nan", "sound"]}
    told = (folder / "troubled" / "failed").glob("*.txt")
    assert sum("ZeroDivisionError" in path.read_text() for path in told) == 2


def test_a_cell_that_kills_its_worker_fails_and_the_rest_goes_on(tmp_path):
    choice = {"seeds": 2, "rules": ["deadly", "sound"], "grid": {"load": [3]}}
    document = runner.run(TROUBLED, tmp_path, 1, **choice)
    assert [(entry["rule"], entry["error"]) for entry in document["failed"]] == [("deadly", pace.LOST)]
    assert [row["rule"] for row in document["rows"]] == ["sound", "sound"]


def test_answers_that_are_not_finite_are_reported_and_their_seeds_have_no_number(troubled):
    _, document = troubled
    about = {"nan on rate (d 5, load 3; seeds 0 to 2)", "nan on rate (d 5, load 4; seeds 0 to 2)"}
    assert document["not_finite"] == dict.fromkeys(about, "bits of seed 1")
    found = [row["bits"] for row in document["rows"] if row["rule"] == "nan"]
    assert found == [1, None, 1] * 2


def test_failed_cells_alone_are_tried_again(troubled, monkeypatch):
    folder, document = troubled
    measured = counted(monkeypatch)
    again = runner.run(TROUBLED, folder, 0, seeds=3, rules=["sound", "nan", "raising"])
    assert {cell.rule for cell in measured} == {"raising"}
    assert again["rows"] == document["rows"]
    assert again["not_finite"] == document["not_finite"]


def test_if_every_cell_fails_earlier_results_stay(tmp_path):
    runner.run(TROUBLED, tmp_path, 0, seeds=2, rules=["sound"])
    before = (tmp_path / "troubled.json").read_bytes()
    with pytest.raises(store.Unfinished, match=r"all 2 cells .* failed, the first with ZeroDiv.*: nothing .*; see"):
        runner.run(TROUBLED, tmp_path, 0, seeds=2, rules=["raising"])
    assert (tmp_path / "troubled.json").read_bytes() == before


def test_a_cell_that_succeeds_after_all_is_failed_no_more(tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(work, "measure_cell", lambda cell: 1 / 0 if cell.rule == "delta" else [])
        with pytest.raises(store.Unfinished):
            rows(tmp_path, 0)
    assert list((tmp_path / "overwriting" / "failed").iterdir())
    rows(tmp_path, 0, rules=["delta"])
    assert not list((tmp_path / "overwriting" / "failed").iterdir())


def test_rows_outlive_a_summary_that_fails(tmp_path, monkeypatch):
    monkeypatch.setattr(runner.experiment("overwriting"), "summarise", lambda rows: rows[0]["nothing"])
    document = runner.run("overwriting", tmp_path, 0, **SMALL)
    assert document["failed"][0]["error"] == "KeyError: 'nothing'"
    assert len(store.load("overwriting", tmp_path)["rows"]) == 4


# What is refused


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ({"rules": ["delt"]}, "rule 'delt' is not known; did you mean 'delta'?"),
        ({"substrates": ["dish"]}, "substrate 'dish' is not known; choose from rate, layer, spiking"),
        ({"seeds": 0}, "seeds is 0; give at least 1"),
        ({"rules": ["tsodyks_markram"]}, "tsodyks_markram on rate does not listen to post"),
        ({"sizes": [0]}, "d is 0; give whole numbers of cells, at least 1"),
        ({"grid": {"lode": [1]}}, "'recall' has no condition 'lode'; choose from load"),
        ({"grid": {"load": []}}, "condition 'load' has no values; give at least one"),
    ],
)
def test_what_cannot_be_run_is_refused_before_any_work(choice, message):
    with pytest.raises(InputError, match=message.replace("?", r"\?")):
        runner.cells("recall", **SMALL | choice)


def test_an_unknown_experiment_is_refused_by_name():
    with pytest.raises(InputError, match="experiment 'recal' is not known; choose from"):
        runner.cells("recal")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = ", "is no experiment .SyntaxError"),
        ("import nothing_of_this_name", "is no experiment .ModuleNotFoundError"),
        ('"""Is this one?"""', "is no experiment: it has no cannot, rules, grid"),
        (None, "cannot be read .No such file"),
    ],
)
def test_a_file_that_is_no_experiment_is_refused_in_one_sentence(tmp_path, text, message):
    path = tmp_path / "mine.py"
    if text is not None:
        path.write_text(text)
    with pytest.raises(InputError, match=message):
        runner.cells(str(path))


@pytest.mark.parametrize(
    ("spoilt", "message"),
    [
        ("def grid(substrate, quick): return [1]", r"grid\('rate', .*\) of 'mine' gives \[1\]; give dict"),
        ("def grid(substrate, quick): return {'number': 3}", r"grid of 'mine' on rate gives .*; give lists of values"),
        ("def settings(substrate, quick): return None", r"settings\('rate', False\) of 'mine' gives None; give dict"),
        ("def rules(substrate): return 1 / 0", r"rules\('rate'\) of 'mine' fails \(ZeroDivisionError: .*mend it"),
        ("def cannot(rule, substrate): return 1 / 0", r"cannot\('one', 'rate'\) of 'mine' fails \(ZeroDivisionError"),
    ],
)
def test_a_part_of_an_experiment_that_fails_or_misleads_is_refused_before_any_work(tmp_path, spoilt, message):
    from pathlib import Path

    path = tmp_path / "mine.py"
    path.write_text(f"{Path(CHEAP).read_text()}\n\n{spoilt}\n")
    with pytest.raises(InputError, match=message):
        runner.cells(str(path))


def test_a_summary_that_is_no_table_never_loses_the_rows(tmp_path, monkeypatch):
    monkeypatch.setattr(runner.experiment("overwriting"), "summarise", lambda rows: [1])
    document = runner.run("overwriting", tmp_path, 0, **SMALL)
    assert "summarise gives [1]; give a dict" in document["failed"][0]["error"]
    saved = results.shown("overwriting", tmp_path)
    assert "question" in saved
    assert commands.outline(saved | {"summary": [1]})[-1] == "summary: [1]"


def test_a_measure_that_is_not_there_is_refused_by_name(tmp_path):
    rows(tmp_path, 0)
    found = results.compared("overwriting", "overwriting", tmp_path)
    assert {row["measure"] for row in commands.of_measure(found, "untouched")[0]["measures"]} == {"untouched"}
    with pytest.raises(InputError, match="measure 'nonsense' is not in both results; choose from"):
        commands.of_measure(found, "nonsense")


def test_a_memory_of_ones_own_that_is_not_there_is_refused_before_any_work():
    with pytest.raises(InputError, match="module of memory 'nothing_so_called:Mine' is not found"):
        runner.checked("recall", rules=["nothing_so_called:Mine"], substrates=["model"])


def own_memory(folder, monkeypatch, name, text="class Mine:\n    pass\n"):
    (folder / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(folder)


def test_an_edited_memory_of_ones_own_is_another_cell_and_reaches_workers_by_its_text(tmp_path, monkeypatch):
    from plastic.memory import catalogue

    own_memory(tmp_path, monkeypatch, "edited_memory")
    keep = runner.Keep(tmp_path, "recall")
    cell = cells.Cell("recall", "edited_memory:Mine", "model", {"load": 8}, {"d": 4}, (0,))
    before, text = keep.path(cell), catalogue.TEXTS["edited_memory"]
    assert work.batch_of([cell]).memories == (("edited_memory", text),)
    work.learn([("edited_memory", f"{text}    number = 2\n"), ("elsewhere_alone", text)])
    assert keep.path(cell) != before
    assert catalogue.own_class("edited_memory:Mine").number == 2
    assert catalogue.own_class("elsewhere_alone:Mine")


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        (":Mine", "", "memory ':Mine' names no class; give module:Class"),
        (".odd:Mine", "", "memory '.odd:Mine' names no class"),
        ("unsound_a:Mine", "x = ", r"cannot be imported \(SyntaxError: .*mend it"),
        ("unsound_b:Mine", "1 / 0", r"cannot be imported \(ZeroDivisionError: division by zero\); mend it"),
        ("unsound_c:Mine", "class Mine:\n    answers = 1", "let its constructor take seeds and device"),
        ("unsound_d:Mine", "Mine = 3", "is no class but 3"),
    ],
)
def test_a_class_that_is_no_memory_is_refused_in_one_sentence(tmp_path, monkeypatch, name, text, message):
    own_memory(tmp_path, monkeypatch, name.partition(":")[0].strip(".") or "empty", text)
    with pytest.raises(InputError, match=message):
        runner.checked("recall", rules=[name], substrates=["model"])


def test_a_figure_of_results_without_its_rows_is_refused_in_one_sentence(tmp_path, monkeypatch):
    rows(tmp_path, 0)
    monkeypatch.setattr(runner.experiment("overwriting"), "draw", lambda axes, rows, look=None: max([]))
    with pytest.raises(InputError, match=r"figure 'overwriting' cannot be drawn from these results .* on rates"):
        figures.draw("overwriting", tmp_path)


def test_a_file_called_like_an_experiment_is_refused(tmp_path):
    (tmp_path / "recall.py").write_text("")
    with pytest.raises(InputError, match="is called like the experiment 'recall'; give it a name of its own"):
        runner.cells(str(tmp_path / "recall.py"))


def test_an_experiment_of_the_checkout_may_be_given_by_its_path():
    from tests.lab import ROOT

    assert runner.cells(str(ROOT / "experiments" / "recall.py"), **SMALL) == runner.cells("recall", **SMALL)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"workers": -1}, "workers is -1; give 0 or more"),
        ({"scheduler": "tcp://x", "slurm": True}, "exclude each other"),
    ],
)
def test_a_place_that_makes_no_sense_is_refused(options, message):
    with pytest.raises(InputError, match=message):
        place(**options)


def test_seeds_come_in_blocks_that_stay_where_they_are():
    assert cells.blocks_of(45) == [tuple(range(20)), tuple(range(20, 40)), tuple(range(40, 45))]
    assert cells.blocks_of(3) == [(0, 1, 2)]


def test_what_is_not_finite_is_null_in_json():
    assert json.loads(store.text({"a": float("nan"), "b": [float("inf"), 1.0]})) == {"a": None, "b": [None, 1.0]}
