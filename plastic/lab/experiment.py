"""What an experiment is: a file that asks one question, and how it is found.

An experiment is a module in `experiments/` with a docstring whose first line ends in a question mark and

    NEEDS                          the signals a rule must listen to, to take part
    cannot(rule, substrate)        why a rule cannot take part there, or None
    rules(substrate)               the rules to run unless told otherwise
    grid(substrate, quick)         {condition: values}; empty where the experiment has no such substrate
    settings(substrate, quick)     the constants it runs with, saved beside the results
    measure(memory, seeds, settings, **condition) -> rows, one dict per seed (and lag, ...), with "seed" in it
    summarise(rows)                what the figure and the reader need, with intervals
    draw(axes, rows)               one panel, from saved rows
    memory(rule, substrate, settings, seeds)   what is measured
    UNITS (optional)               {column: unit}, for columns that are no plain numbers

Substrates are rate, layer, spiking and model: a memory of models/ that is no rule of the table. A memory has
`answers(keys, values, cues)`: it is shown pairs in order and asked cues with plasticity off
(`plastic.memory.protocol`).
"""

from __future__ import annotations

from types import ModuleType

from plastic.checkout import found_in
from plastic.rule import InputError

SUBSTRATES = ("rate", "layer", "spiking", "model")


def experiments() -> dict[str, ModuleType]:
    """Every experiment, by the name of its file."""
    return {name: module for name, module in found_in("experiments").items() if hasattr(module, "measure")}


def experiment(name: str) -> ModuleType:
    """One experiment by name."""
    known = experiments()
    if name not in known:
        raise InputError(f"experiment {name!r} is not known; choose from {', '.join(known)}")
    return known[name]


def question(module: ModuleType) -> str:
    """What the experiment asks: the first line of its docstring."""
    return (module.__doc__ or "").strip().splitlines()[0]
