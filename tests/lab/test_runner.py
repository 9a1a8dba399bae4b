"""Running experiments: the same numbers however they are run, and nothing lost."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from plastic import InputError
from plastic.lab import runner, store

ROOT = Path(__file__).parents[2]
SMALL = {"rules": ["vanilla", "delta"], "substrates": ["rate"], "seeds": 2, "quick": True}


def rows(folder, workers):
    return runner.run("overwriting", folder, workers, **SMALL)["rows"]


def test_rows_are_the_same_with_and_without_workers(tmp_path):
    assert rows(tmp_path / "none", 0) == rows(tmp_path / "two", 2)


def test_results_are_saved_with_seeds_settings_and_provenance(tmp_path):
    runner.run("overwriting", tmp_path, 0, **SMALL)
    saved = store.load("overwriting", tmp_path)
    assert saved["seeds"] == [0, 1]
    assert saved["settings"]["rate"]["d"] == 32
    assert saved["provenance"]["packages"]["torch"]
    assert (tmp_path / "overwriting.csv").read_text().count("\n") == len(saved["rows"]) + 1
    assert not (tmp_path / ".cells").exists()


def test_an_interrupted_run_goes_on_from_its_finished_cells(tmp_path, monkeypatch):
    whole = rows(tmp_path / "whole", 0)
    measured = []
    measure = runner.measure_cell

    def fails_after_one(cell):
        if measured:
            raise KeyboardInterrupt
        measured.append(cell)
        return measure(cell)

    monkeypatch.setattr(runner, "measure_cell", fails_after_one)
    with pytest.raises(KeyboardInterrupt):
        rows(tmp_path / "cut", 0)
    first = list(measured)
    monkeypatch.setattr(runner, "measure_cell", lambda cell: (measured.append(cell), measure(cell))[1])
    assert rows(tmp_path / "cut", 0) == whole
    assert measured.count(first[0]) == 1


def test_a_run_killed_at_any_moment_is_resumed_to_the_same_rows(tmp_path):
    whole = rows(tmp_path / "whole", 0)
    command = [
        sys.executable,
        "-m",
        "plastic",
        "run",
        "overwriting",
        "--rules",
        "vanilla,delta",
        "--substrates",
        "rate",
    ]
    command += ["--seeds", "2", "--quick", "--workers", "0", "--results", str(tmp_path / "cut")]
    killed = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    time.sleep(1.5)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    assert rows(tmp_path / "cut", 0) == whole


def test_a_damaged_cell_is_measured_again(tmp_path):
    todo = runner.cells("overwriting", **SMALL)
    keep = runner.Keep(tmp_path)
    store.write(keep.path(todo[0]), '[{"rule": "vanil')
    assert keep.recall(todo[0]) is None
    assert rows(tmp_path, 0) == rows(tmp_path / "other", 0)


def test_a_seed_more_is_another_run(tmp_path):
    few, more = (runner.cells("overwriting", **SMALL | {"seeds": n})[0] for n in (2, 3))
    keep = runner.Keep(tmp_path)
    assert keep.path(few) != keep.path(more)


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ({"rules": ["delt"]}, "rule 'delt' is not known; did you mean 'delta'?"),
        ({"substrates": ["dish"]}, "substrate 'dish' is not known; choose from rate, layer, spiking"),
        ({"seeds": 0}, "seeds is 0; give at least 1"),
        ({"rules": ["tsodyks_markram"]}, "tsodyks_markram on rate does not listen to post"),
    ],
)
def test_what_cannot_be_run_is_refused_before_any_work(choice, message):
    with pytest.raises(InputError, match=message.replace("?", r"\?")):
        runner.cells("recall", **SMALL | choice)


def test_an_unknown_experiment_is_refused_by_name():
    with pytest.raises(InputError, match="experiment 'recal' is not known; choose from"):
        runner.cells("recal")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_refused_before_any_work(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(InputError, match="cannot be written"):
        runner.run("overwriting", tmp_path / "in", 0, **SMALL)


def test_a_results_folder_that_is_a_file_is_refused_before_any_work(tmp_path):
    (tmp_path / "taken").write_text("")
    with pytest.raises(InputError, match=r"results folder .*taken cannot be written"):
        runner.run("overwriting", tmp_path / "taken", 0, **SMALL)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"rows": 3}', "null"])
def test_a_damaged_results_file_is_refused_by_name(tmp_path, content):
    (tmp_path / "recall.json").write_text(content)
    with pytest.raises(InputError, match=r"recall\.json"):
        store.load("recall", tmp_path)


def test_what_is_not_finite_is_null_in_json():
    assert json.loads(store.text({"a": float("nan"), "b": [float("inf"), 1.0]})) == {"a": None, "b": [None, 1.0]}
