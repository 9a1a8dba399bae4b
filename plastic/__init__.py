"""plastic: one plasticity rule, executable in spiking, rate and machine-learning networks."""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

HOMES = {
    "Dale": "plastic.variants",
    "Flow": "plastic.rule",
    "HardBound": "plastic.variants",
    "InputError": "plastic.rule",
    "PlasticityRule": "plastic.rule",
    "PlasticLayer": "plastic.substrates.layer",
    "RULES": "plastic.rules",
    "Ridge": "plastic.substrates.memories",
    "SoftBound": "plastic.variants",
    "Softmax": "plastic.substrates.memories",
    "Stochastic": "plastic.variants",
    "read": "plastic.substrates.rate",
    "recall": "plastic.substrates.rate",
    "step": "plastic.substrates.rate",
}
MODULES = ("memory", "rules", "slow", "substrates", "symbols", "variants")
__all__ = ["HOMES", "MODULES", *HOMES, *MODULES]


def __getattr__(name: str) -> Any:
    """Import what is asked for only when it is asked for: `plastic --help` needs no torch."""
    if name in MODULES:
        return import_module(f"plastic.{name}")
    if name not in HOMES:
        raise AttributeError(f"module 'plastic' has no attribute {name!r}")
    return getattr(import_module(HOMES[name]), name)


def __dir__() -> list[str]:
    return [*HOMES, *MODULES, "__version__"]
