"""Draw a figure from saved results: a composite from figures/, or one experiment's own panel."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

from plastic.checkout import found_in
from plastic.lab import store
from plastic.lab.experiment import FILES, experiment, experiments, named, question
from plastic.lab.results import current
from plastic.rule import InputError


def composites() -> dict[str, Any]:
    """Files in figures/ that draw several experiments together."""
    return {name: module for name, module in found_in("figures").items() if hasattr(module, "NEEDS")}


def needed_by(name: str) -> list[str]:
    """The experiments a composite figure is drawn from."""
    return list(composites()[name].NEEDS)


def draw(name: str, folder: Path) -> dict[str, Any]:
    """The figure as PNG (300 dpi) and PDF in the results folder; answers with the paths."""
    made, name = composites(), named(name)
    if name not in made and name not in (known := {*experiments(), *FILES}):
        raise InputError(f"figure {name!r} is not known; choose from {', '.join([*made, *sorted(known)])}")
    names = made[name].NEEDS if name in made else [name]
    results = {needed: current(store.load(needed, folder)) for needed in names}
    for document in results.values():
        one_size(document)
    together({needed: results[needed] for needed in getattr(made.get(name), "ALIKE", names)})
    store.usable(folder)
    import matplotlib

    matplotlib.use("Agg")
    from plastic.lab.plots import saved

    try:
        drawn = made[name].draw(results) if name in made else own_panel(name, results[name])
        written = tables(made.get(name), results, folder / name)
    except InputError:
        raise
    except (ValueError, IndexError, KeyError, StopIteration) as error:
        raise InputError(
            f"figure {name!r} cannot be drawn from these results ({type(error).__name__}: {error}); run "
            f"{', '.join(names)} with more rules on rates"
        ) from error
    return {"figure": name, "files": [str(path) for path in (*saved(drawn, folder / name), *written)]}


def tables(module: Any, results: dict[str, Any], stem: Path) -> list[Path]:
    """What the figure shows as text beside it, where it gives `tables`: {ending: text}."""
    texts = module.tables(results) if hasattr(module, "tables") else {}
    for ending, text in texts.items():
        store.write(stem.with_name(f"{stem.name}_table{ending}"), text)
    return [stem.with_name(f"{stem.name}_table{ending}") for ending in texts]


def own_panel(name: str, results: dict[str, Any]) -> Any:
    """One experiment's own figure."""
    from plastic.lab.plots import panel

    module = experiment(name)
    return panel(module, results, question(module))


def one_size(document: dict[str, Any]) -> None:
    """Refuse a figure of several sizes, unless they are what is asked about: its curves would run through all."""
    if hasattr(experiment(document["experiment"]), "at_sizes"):
        return
    for substrate, settings in document["settings"].items():
        if isinstance(settings.get("d"), list):
            raise InputError(
                f"{document['experiment']} was measured at several sizes (d {settings['d']} on {substrate}), but a "
                "figure shows one; run it with one --d"
            )


def together(results: dict[str, Any]) -> None:
    """Refuse a figure of results that were not measured on the same sizes."""
    sizes = {name: (document["quick"], document["sizes"]) for name, document in results.items()}
    for first, name in pairwise(sizes):
        if sizes[name] != sizes[first]:
            raise InputError(
                f"{first} and {name} were not measured alike (d {sizes[first][1]} and {sizes[name][1]}); "
                f"run `plastic run {name}` again with the same options"
            )
