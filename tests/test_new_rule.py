"""A rule added as one file is in the contract tests, the experiments, the figure and the table, with no other edit."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BCM = '''"""The BCM rule."""

from dataclasses import dataclass

from plastic.rule import Flow, PlasticityRule, hertz, seconds, time_constant


@dataclass(frozen=True)
class BCM(PlasticityRule):
    """Strong postsynaptic activity potentiates, weak depresses, about a sliding threshold."""

    cite = "Bienenstock, Cooper & Munro (1982), J. Neuroscience 2:32"
    biology = "a modification threshold that follows the cell's recent activity"
    eta: float = seconds(0.1)
    tau_theta: float = time_constant(1.0)
    r_0: float = hertz(1.0)

    def flow(self, s):
        activity = s.post / self.r_0
        return {
            "theta": Flow(write=activity**2 / self.tau_theta, leak=1 / self.tau_theta),
            "w": Flow(write=self.eta * s.post * (activity - s.theta) * s.pre),
        }
'''


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A copy of the source with one file more."""
    folder = tmp_path_factory.mktemp("checkout")
    for part in ("plastic", "models", "experiments", "figures", "tests"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    (folder / "plastic" / "rules" / "bcm.py").write_text(BCM)
    return folder


def run(checkout, *words):
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    return subprocess.run([sys.executable, *words], cwd=checkout, env=environment, capture_output=True, text=True)


def test_it_is_in_the_table(checkout):
    rules = {rule["name"]: rule for rule in json.loads(run(checkout, "-m", "plastic", "rules", "--json").stdout)}
    assert rules["bcm"]["signals"] == ["pre", "post"]
    assert "theta" in rules["bcm"]["sequential"]


def test_it_is_in_the_experiments_and_in_the_figure(checkout, tmp_path):
    words = ["compare", "--quick", "--seeds", "2", "--substrates", "rate", "--workers", "0", "--results", str(tmp_path)]
    done = run(checkout, "-m", "plastic", *words, "--json")
    assert done.returncode == 0, done.stderr
    recall = json.loads((tmp_path / "recall.json").read_text())
    assert {row["rule"] for row in recall["rows"]} >= {"bcm", "delta"}
    assert "bcm" in {line["rule"] for line in recall["summary"]["by_load"]}


@pytest.mark.parametrize("contract", ["tests/test_every_rule.py", "tests/test_spiking.py"])
def test_it_is_in_the_contract_tests_and_passes_them(checkout, contract):
    done = run(checkout, "-m", "pytest", "-q", contract, "-k", "bcm", "-p", "no:cacheprovider")
    assert done.returncode == 0, done.stdout
    assert "passed" in done.stdout
