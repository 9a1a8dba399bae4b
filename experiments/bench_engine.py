"""What the engine costs: `python -m experiments.bench_engine` (part of `make bench`).

10,000 cells that cost nothing are measured with two worker processes (and, to compare, in this process): wall time a
cell, from the command's start to the collected results, and how much larger the main process is at the end of the
measuring than for 1,000 cells.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

HERE = {"PYTHONPATH": str(Path(__file__).parents[1])}
CELLS = (1_000, 10_000)
QUESTION = '''"""What does a cell that costs nothing cost?"""

def cannot(rule, substrate): return None
def rules(substrate): return ["one"]
def grid(substrate, quick): return {"number": list(range(CELLS))} if substrate == "rate" else {}
def settings(substrate, quick): return {"d": 1, "d_v": 1}
def memory(rule, substrate, settings, seeds): return rule
def measure(memory, seeds, settings, number): return [{"seed": seed, "value": number / 7 + seed} for seed in seeds]
def summarise(rows): return {"rows": len(rows)}
def draw(axes, rows, look=None): axes.plot([row["value"] for row in rows])
'''
SWEEP = """
import sys
from pathlib import Path
from plastic.lab import runner
from plastic.lab.schedulers import place
found = {}
gathered = runner.gathered
def seen(*arguments):  # when all is measured, before the results are collected
    status = Path("/proc/self/status").read_text().splitlines()
    found.update(line.split()[:2] for line in status if line.startswith(("VmRSS", "VmHWM")))
    return gathered(*arguments)
runner.gathered = seen
if __name__ == "__main__":
    question, folder, workers = sys.argv[1:]
    document = runner.run(question, Path(folder), int(workers), seeds=1)
    print(len(document["rows"]), *(int(found[name]) / 1024 for name in ("VmRSS:", "VmHWM:")))
"""


def measured(cells: int, workers: int) -> dict[str, Any]:
    """One sweep in a fresh process: milliseconds a cell, and MiB of the main process when all was measured."""
    with tempfile.TemporaryDirectory() as folder:
        question, sweep = Path(folder) / "costless.py", Path(folder) / "sweep.py"
        question.write_text(QUESTION.replace("CELLS", str(cells)))
        sweep.write_text(SWEEP)
        words = [sys.executable, str(sweep), str(question), str(Path(folder) / "results"), str(workers)]
        start = time.perf_counter()
        done = subprocess.run(words, capture_output=True, text=True, check=True, env=os.environ | HERE)
        wall = time.perf_counter() - start
    rows, now, most = map(float, done.stdout.split())
    assert rows == cells
    about = {"cells": cells, "workers": workers, "seconds": wall}
    return about | {"ms a cell": 1e3 * wall / cells, "MiB": now, "MiB at most": most}


def main() -> None:
    """Print one line a sweep; with --json one document."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    chosen = parser.parse_args()
    found = [measured(cells, workers) for workers in (0, 2) for cells in CELLS]
    if chosen.json:
        print(json.dumps(found, indent=1))
        return
    for line in found:
        print("  ".join(f"{name} {value:.4g}" for name, value in line.items()))


if __name__ == "__main__":
    main()
