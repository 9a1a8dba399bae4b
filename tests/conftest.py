"""One thread, double precision, and a reason for every test that cannot run here."""

import pytest
import torch

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)  # tests compare closely; here, so that tables of cases have it too


def pytest_collection_modifyitems(items):
    """Tests marked gpu skip where there is no CUDA device."""
    if torch.cuda.is_available():
        return
    for item in items:
        if item.get_closest_marker("gpu"):
            item.add_marker(pytest.mark.skip(reason="needs a CUDA device, and this machine has none"))
