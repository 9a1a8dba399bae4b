"""Draw a figure from saved results: a composite from figures/, or one experiment's own panel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from plastic.checkout import found_in
from plastic.lab import store
from plastic.lab.experiment import experiments, question
from plastic.rule import InputError


def composites() -> dict[str, Any]:
    """Files in figures/ that draw several experiments together."""
    return {name: module for name, module in found_in("figures").items() if hasattr(module, "NEEDS")}


def needed_by(name: str) -> list[str]:
    """The experiments a composite figure is drawn from."""
    return list(composites()[name].NEEDS)


def draw(name: str, folder: Path) -> dict[str, Any]:
    """The figure as PNG (300 dpi) and PDF in the results folder; answers with the paths."""
    made, known = composites(), experiments()
    if name not in {**made, **known}:
        raise InputError(f"figure {name!r} is not known; choose from {', '.join([*made, *known])}")
    names = made[name].NEEDS if name in made else [name]
    results = {needed: store.load(needed, folder) for needed in names}
    store.usable(folder)
    import matplotlib

    matplotlib.use("Agg")
    from plastic.lab.plots import panel, saved

    drawn = made[name].draw(results) if name in made else panel(known[name], results[name], question(known[name]))
    return {"figure": name, "files": [str(path) for path in saved(drawn, folder / name)]}
