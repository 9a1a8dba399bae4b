"""Where rules run: rates (torch), spikes (Brian2), layers (machine learning). Each is imported when asked for."""

from importlib import import_module
from typing import Any

MODULES = ("layer", "memories", "rate", "spiking")


def __getattr__(name: str) -> Any:
    """Import a substrate only when it is asked for: only spiking needs Brian2."""
    if name not in MODULES:
        raise AttributeError(f"module 'plastic.substrates' has no attribute {name!r}")
    return import_module(f"plastic.substrates.{name}")
