"""Saved results: which there are, what they say, how two of them differ, and as a file for other programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from plastic.lab import collect, provenance, store
from plastic.lab.experiment import at_hand, experiment
from plastic.rule import InputError

Document = dict[str, Any]
Row = dict[str, Any]
FREE = ("d", "d_v", "device")  # settings that a run chooses
ENDINGS = (".csv", ".nc")


def listed(folder: Path) -> list[Document]:
    """A line for every results file of a folder; one that cannot be used says why."""
    if not folder.is_dir():
        raise InputError(f"there is no folder {folder}; give another with --results")
    return [line(path) for path in sorted(folder.glob("*.json"))]


def line(path: Path) -> Document:
    """What a results file is, in short."""
    finished = len(list((path.with_suffix("") / "cells").glob("[0-9a-f]*.json")))
    try:
        document = store.read(path)
    except InputError as error:
        return {"name": path.stem, "trouble": str(error), "finished cells": finished}
    told = {key: document[key] for key in ("question", "date", "sizes")}
    counts = {"rows": len(document["rows"]), "seeds": len(document["seeds"]), "failed": len(document["failed"])}
    return {"name": path.stem, **told, **counts, "finished cells": finished}


def results_of(name: str, folder: Path) -> Document:
    """The results called so in the folder, or in the file given by its path (JSON or NetCDF)."""
    path = Path(name)
    if path.suffix == ".nc":
        return from_netcdf(path)
    if path.suffix == ".json":
        if not path.is_file():
            raise InputError(f"there is no file {path}; give a results file, or a name in {folder}")
        return store.read(path)
    return store.load(name, folder)


def from_netcdf(path: Path) -> Document:
    """The results in a NetCDF file, which holds no summary."""
    if not path.is_file():
        raise InputError(f"there is no file {path}; give a results file")
    try:
        return collect.opened(path)
    except Exception as error:  # what a damaged file provokes in HDF5 is of many kinds
        raise InputError(f"{path} cannot be read ({type(error).__name__}: {error}); give a results file") from None


def current(document: Document) -> Document:
    """The same results. Errors: InputError if the experiment's settings have changed since.

    Of an experiment that is not at hand, such as a file of one's own, they are taken as they are.
    """
    name = document["experiment"]
    if not at_hand(name):
        return document
    module = experiment(name)
    for substrate, saved in document["settings"].items():
        now = module.settings(substrate, document["quick"])
        for key in dict.fromkeys((*now, *saved)):
            if key not in FREE and saved.get(key) != now.get(key):
                raise InputError(
                    f"results of {name!r} were measured with other settings than the experiment has now ({key} on "
                    f"{substrate}: {saved.get(key)}, now {now.get(key)}); run `plastic run {name}` again"
                )
    return document


def shown(name: str, folder: Path) -> Document:
    """What the results say, without their rows."""
    document = current(results_of(name, folder))
    made = document["provenance"]
    source = provenance.source_of(document["experiment"])
    told = {"provenance": made | {"source changed since": made["source"] != source}}
    return {key: value for key, value in (document | told).items() if key != "rows"}


def exported(name: str, folder: Path, to: Path) -> Path:
    """The results as CSV or NetCDF."""
    if to.suffix not in ENDINGS:
        raise InputError(f"--to is {to}; give a file that ends in {' or '.join(ENDINGS)}")
    document = results_of(name, folder)
    store.usable(to.parent)
    store.write(to, store.table(document["rows"]) if to.suffix == ".csv" else collect.netcdf(document))
    return to


# Two of them


def gathered(name: str, folder: Path) -> dict[str, Document]:
    """Results by experiment: those of a name or of a file, or all in a folder."""
    path = Path(name)
    if path.is_dir():
        found = [store.read(file) for file in sorted(path.glob("*.json"))]
        if not found:
            raise InputError(f"there are no results in {path}; give a results file, or a folder that holds some")
    else:
        found = [results_of(name, folder)]
    return {document["experiment"]: document for document in found}


def compared(a: str, b: str, folder: Path) -> list[Document]:
    """How b differs from a, experiment by experiment: what they were made with, and every measure, paired by seed."""
    first, second = gathered(a, folder), gathered(b, folder)
    both = [name for name in first if name in second]
    if not both:
        raise InputError(
            f"{a} holds {', '.join(first)} and {b} holds {', '.join(second)}; give results of the same experiment"
        )
    return [difference(first[name], second[name]) for name in both]


def difference(a: Document, b: Document) -> Document:
    """How results b differ from results a of the same experiment."""
    return {"experiment": a["experiment"], "made otherwise": made_otherwise(a, b), "measures": paired(a, b)}


def made_otherwise(a: Document, b: Document) -> dict[str, list[Any]]:
    """What two results were made with, where it is not the same: {what: [in a, in b]}."""
    parts = [flat(document) for document in (a, b)]
    return {
        key: [part.get(key) for part in parts]
        for key in dict.fromkeys([*parts[0], *parts[1]])
        if parts[0].get(key) != parts[1].get(key)
    }


def flat(document: Document) -> dict[str, Any]:
    """Settings, seeds and versions as one level."""
    made = document["provenance"]
    settings = {
        f"{key} on {where}": value for where, held in document["settings"].items() for key, value in held.items()
    }
    versions = {f"version of {name}": value for name, value in made["packages"].items()}
    return {
        "seeds": len(document["seeds"]),
        **settings,
        **versions,
        **{key: made.get(key) for key in ("source", "python", "machine")},
    }


def paired(a: Document, b: Document) -> list[Row]:
    """For each rule, substrate and condition the mean of b - a over the seeds of both, with its interval."""
    from plastic.lab.summary import interval

    by = list(dict.fromkeys([*collect.index(a["rows"], a["conditions"]), "d"]))
    by.remove("seed")
    first, second = by_place(a["rows"], by), by_place(b["rows"], by)
    found = []
    for place in first:
        for measure, values in common(first[place], second.get(place, {})).items():
            about = dict(zip(by, place, strict=True)) | {"measure": measure, "seeds": len(values)}
            found.append(about | interval("difference", values))
    return found


def by_place(rows: Sequence[Row], by: Sequence[str]) -> dict[tuple[Any, ...], dict[int, Row]]:
    """Rows by what they are of, then by seed."""
    found: dict[tuple[Any, ...], dict[int, Row]] = {}
    for row in rows:
        found.setdefault(collect.label(row, by), {})[row["seed"]] = {
            key: value for key, value in row.items() if key not in (*by, "seed")
        }
    return found


def common(a: Mapping[int, Row], b: Mapping[int, Row]) -> dict[str, Any]:
    """{measure: b - a [seeds]} over the seeds in which both have a finite number."""
    import numpy as np

    seeds = [seed for seed in a if seed in b]
    names = dict.fromkeys(name for seed in seeds for name, value in a[seed].items() if isinstance(value, (int, float)))
    pairs = {name: [(a[seed].get(name), b[seed].get(name)) for seed in seeds] for name in names}
    kept = {
        name: np.array([y - x for x, y in both if isinstance(x, (int, float)) and isinstance(y, (int, float))])
        for name, both in pairs.items()
    }
    return {name: values for name, values in kept.items() if len(values)}
