"""What the engine costs does not grow with the number of cells, and help costs nothing."""

import subprocess
import sys

from experiments.bench_engine import measured
from tests.lab import ROOT


def test_the_main_process_stays_as_large_as_it_was_however_many_cells_there_are():
    few, many = (measured(cells, workers=2)["MiB at most"] for cells in (300, 3000))
    assert many - few < 6  # MiB: what 2,700 cells are before they are measured, and nothing of their results


def test_a_sweep_in_processes_needs_no_dask_and_no_torch_in_the_main_process():
    slow = ("torch", "distributed", "dask", "xarray", "brian2", "h5py")
    code = f"import sys, plastic.lab.runner; print([name for name in {slow} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert found.stdout.strip() == "[]"
