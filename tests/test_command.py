"""The `plastic` command as a user meets it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SMALL = ["--rules", "vanilla,delta", "--substrates", "rate", "--seeds", "2", "--quick", "--workers", "0"]


def plastic(*words):
    return subprocess.run([sys.executable, "-m", "plastic", *map(str, words)], cwd=ROOT, capture_output=True, text=True)


def test_help_needs_none_of_the_slow_libraries():
    slow = ("torch", "sympy", "brian2", "matplotlib", "numpy")
    code = f"import sys, plastic.cli; print([m for m in {slow} if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert found.stdout.strip() == "[]"
    assert "compare" in plastic("--help").stdout


def test_rules_as_json_hold_what_they_promise():
    done = plastic("rules", "--json")
    rules = json.loads(done.stdout)
    assert {"name", "row", "update", "loss", "signals", "sequential", "substrates", "cite"} <= set(rules[0])
    rows = {rule["row"] for rule in rules} - {None}
    assert rows == {
        "Vanilla FWP",
        "DeltaNet",
        "OjaNet",
        "RetNet",
        "Mamba2",
        "Gated RFA",
        "mLSTM",
        "GLA",
        "Gated DeltaNet",
    }
    assert all(rule["loss"] for rule in rules if rule["row"])


@pytest.mark.parametrize("form", ["--latex", "--markdown"])
def test_rules_in_print_name_every_rule(form):
    from plastic import RULES

    printed = plastic("rules", form).stdout
    assert all(name.replace("_", r"\_" if form == "--latex" else "_") in printed for name in RULES)


def test_run_prints_one_document_and_figure_draws_it(tmp_path):
    done = plastic("run", "overwriting", *SMALL, "--results", tmp_path, "--json")
    document = json.loads(done.stdout)
    assert {"settings", "rows", "summary"} <= set(document)
    drawn = json.loads(plastic("figure", "overwriting", "--results", tmp_path, "--json").stdout)
    assert all(Path(file).stat().st_size > 1000 for file in drawn["files"])


def test_compare_runs_the_three_experiments_and_draws_one_figure(tmp_path):
    done = plastic("compare", *SMALL, "--results", tmp_path, "--json")
    document = json.loads(done.stdout)
    assert set(document["results"]) == {"recall", "stream", "overwriting"}
    assert {Path(file).suffix for file in document["files"]} == {".png", ".pdf"}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("run", "nothing"), "experiment 'nothing' is not known; choose from"),
        (("run", "recall", "--rules", "heb"), "rule 'heb' is not known"),
        (("run", "recall", "--rules", "delta+x"), "variant 'x' is not known; choose from"),
        (("run", "recall", "--seeds", "-3"), "seeds is -3; give at least 1"),
        (("run", "recall", "--seeds", "many"), "'--seeds': Input should be a valid integer"),
        (("run", "recall", "--workers", "-1"), "workers is -1; give 0 or more"),
        (("run", "recall", "--device", "cuda:99"), "device 'cuda:99' is not there"),
        (("run", "recall", "--device", "abacus"), "device 'abacus' is not there"),
        (("compare", "--substrates", "brain"), "substrate 'brain' is not known"),
        (("figure", "nothing"), "figure 'nothing' is not known; choose from"),
        (("figure", "recall", "--results", "no/such/folder"), "there are no results of 'recall'"),
        (("rules", "--json", "--latex"), "exclude each other"),
        (("compare", "--results", "/dev/null/x"), "cannot be written"),
    ],
)
def test_a_wrong_command_gets_one_sentence_and_status_2(words, says):
    done = plastic(*words)
    assert done.returncode == 2
    assert done.stdout == ""
    assert says in done.stderr.replace("\n", " ")
    assert "Traceback" not in done.stderr
