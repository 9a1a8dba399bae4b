"""`plastic train` trains, tells how it went, goes on after an interruption and refuses what it cannot do."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from plastic import InputError
from plastic.slow import runs
from plastic.slow.training import Plan

ROOT = Path(__file__).parents[2]
SMALL = {"sizes": {"keys": 4}, "width": 16, "options": {"layers": 1, "rates": 1}}
PLAN = Plan(steps=300, batch=32, every=50, warm_up=20, held_out=64)


def command(*words):
    return subprocess.run([sys.executable, "-m", "plastic", "train", *words], cwd=ROOT, capture_output=True, text=True)


def test_programmer_learns_to_recall_and_results_are_kept(tmp_path):
    found = runs.run("key_value_recall", tmp_path, seeds=2, plan=PLAN, **SMALL)
    assert [row["seed"] for row in found["rows"]] == [0, 1]
    assert all(row["accuracy"] > 0.9 > row["chance"] for row in found["rows"])
    assert json.loads((tmp_path / "key_value_recall-feedforward-delta.json").read_text())["rows"] == found["rows"]


def test_run_goes_on_from_its_checkpoints(tmp_path, capsys):
    first = runs.run("key_value_recall", tmp_path, plan=PLAN, **SMALL)
    capsys.readouterr()
    again = runs.run("key_value_recall", tmp_path, seeds=1, plan=PLAN, **SMALL)
    assert again == first
    assert "step 50" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "options", "says"),
    [
        ("pariti", {}, "task 'pariti' is not known; did you mean 'parity'"),
        ("parity", {"programmer": "lstn"}, "programmer 'lstn' is not known; did you mean 'lstm'"),
        ("parity", {"programmer": "lstm", "rule": "delta"}, "leave rule out"),
        ("parity", {"sizes": {"long": 3}}, "has no size 'long'; choose from length"),
        ("parity", {"options": {"depth": 3}}, "has no option 'depth'; choose from"),
        ("parity", {"seeds": 0}, "seeds is 0; give at least 1"),
        ("parity", {"device": "tpu"}, "device 'tpu' is not there"),
    ],
)
def test_what_is_not_known_is_refused_before_any_work(tmp_path, name, options, says):
    with pytest.raises(InputError, match=says):
        runs.run(name, tmp_path / "new", **options)
    assert not (tmp_path / "new").exists()


def test_sizes_are_read_from_words():
    assert runs.assigned(["length=40", "overwriting=True", "rate=0.5", "norm=layer"], "--size") == {
        "length": 40, "overwriting": True, "rate": 0.5, "norm": "layer",
    }  # fmt: skip
    with pytest.raises(InputError, match="--size is 'length'; give a name and a value"):
        runs.assigned(["length"], "--size")


def test_command_lists_tasks_and_programmers():
    said = command("--list").stdout
    assert "key_value_recall" in said
    assert "self_referential" in said


def test_command_refuses_in_one_sentence():
    done = command("parity", "--steps", "0")
    assert done.returncode == 2
    assert done.stderr == "plastic: steps is 0; give a whole number of at least 1\n"
