"""The docs are true: their code runs, their tables are what the rules say, its figure's command exists."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from plastic.lab.readme import PLACES, renewed

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
PYTHON = [block for block in re.findall(r"```python\n(.*?)```", README, re.S) if not block.startswith("@")]


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.file)
def test_its_tables_are_the_ones_the_code_gives(place):
    text = (ROOT / place.file).read_text()
    assert renewed(text, place) == text, "run `make docs-table`"


@pytest.mark.parametrize("code", PYTHON, ids=["ten_lines", "spikes"])
def test_its_code_runs(code):
    if "brian2" in code:
        pytest.importorskip("brian2")
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
