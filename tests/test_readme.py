"""The README is true: its code runs, its table is what the rules say, its figure's command exists."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from plastic.lab.readme import renewed

README = (Path(__file__).parents[1] / "README.md").read_text()
PYTHON = [block for block in re.findall(r"```python\n(.*?)```", README, re.S) if not block.startswith("@")]


def test_its_table_is_the_one_the_rules_give():
    assert renewed(README) == README, "run `make docs-table`"


@pytest.mark.parametrize("code", PYTHON, ids=["ten_lines", "spikes"])
def test_its_code_runs(code):
    if "brian2" in code:
        pytest.importorskip("brian2")
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
