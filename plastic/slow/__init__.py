"""Slow networks, trained by gradient, that program fast synapses: programmers, tasks and training."""

from __future__ import annotations

from importlib import import_module
from typing import Any

HOMES = {
    "Network": "plastic.slow.network",
    "PROGRAMMERS": "plastic.slow.programmer",
    "Plan": "plastic.slow.training",
    "Programmer": "plastic.slow.programmer",
    "Task": "plastic.slow.task",
    "Training": "plastic.slow.training",
}
__all__ = ["HOMES", *HOMES]


def __getattr__(name: str) -> Any:
    """Import what is asked for only when it is asked for."""
    if name not in HOMES:
        raise AttributeError(f"module 'plastic.slow' has no attribute {name!r}")
    return getattr(import_module(HOMES[name]), name)
