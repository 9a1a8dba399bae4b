"""Rows as labelled arrays: one dimension for the rules, one for the substrates, one a condition, one for the seeds."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from io import BytesIO
from math import prod
from typing import Any

import numpy as np

from plastic.lab import store

Row = Mapping[str, Any]
MARK = "plastic results"
SPARE = 4  # an array may hold this many places for each row
SMALL = 10_000  # places that are never too many
LONGEST = 30_000  # characters in an attribute of a NetCDF file, which takes no more than 64 KiB
RAGGED = "one place a row, because the conditions differ too much between rules and substrates for labelled arrays"
ABOUT = ("experiment", "question", "date", "quick")
AS_JSON = ("settings", "seeds", "sizes", "conditions", "left_out", "failed", "not_finite", "provenance")


def netcdf(document: Mapping[str, Any]) -> bytes:
    """The results as a NetCDF file."""
    file = BytesIO()
    labelled(document).to_netcdf(file, engine="h5netcdf")
    return file.getvalue()


def labelled(document: Mapping[str, Any]) -> Any:
    """The results as an xarray Dataset; units, settings, seeds, versions and machine are its attributes."""
    import xarray

    rows, units = document["rows"], document.get("units", {})
    by = index(rows, document["conditions"])
    dims, coordinates, places = grid_of(rows, by) if fits(rows, by) else line_of(rows)
    shape = [len(coordinates[dim]) for dim in dims] if coordinates else [len(rows)]
    names = [name for name in columns(rows) if name not in coordinates]
    arrays = {name: (dims, placed([row.get(name) for row in rows], places, shape)) for name in names}
    attributes = described(document) | ({} if coordinates else {"layout": RAGGED})
    long = {name: value for name, value in attributes.items() if len(str(value)) > LONGEST}
    short = {name: value for name, value in attributes.items() if name not in long}
    data = xarray.Dataset({**arrays, **{f"about_{name}": value for name, value in long.items()}}, coordinates, short)
    for name in data.variables:
        if name in units:
            data[name].attrs["units"] = units[name]
    return data


def described(document: Mapping[str, Any]) -> dict[str, Any]:
    """What the results are of, as attributes; JSON where it is more than a word."""
    words = {name: str(document[name]) for name in ABOUT if name in document}
    told = {name: store.compact(document[name]) for name in AS_JSON if name in document}
    return {"title": MARK} | words | told


def columns(rows: Sequence[Row]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row))


def index(rows: Sequence[Row], conditions: Sequence[str]) -> list[str]:
    """The columns that tell every row from every other: what it is of, and as many whole numbers as it takes (lag)."""
    found = [name for name in ("rule", "substrate", *conditions, "seed") if rows and name in rows[0]]
    spare = [name for name in columns(rows) if name not in found and all(countable(row.get(name)) for row in rows)]
    for name in spare:
        if unique(rows, found):
            break
        found += [name] if len({row[name] for row in rows}) > 1 else []
    return found


def countable(value: Any) -> bool:
    return isinstance(value, (int, str)) and not isinstance(value, bool)


def unique(rows: Sequence[Row], by: Sequence[str]) -> bool:
    return len({label(row, by) for row in rows}) == len(rows)


def label(row: Row, by: Sequence[str]) -> tuple[Any, ...]:
    """What a row is of; a condition that is a list goes by its text."""
    return tuple(named(row.get(name)) for name in by)


def named(value: Any) -> Any:
    return value if isinstance(value, (int, float, str)) else store.compact(value)


def fits(rows: Sequence[Row], by: Sequence[str]) -> bool:
    """Whether labelled arrays have a place for every row and not too many that stay empty."""
    size = prod(len({named(row.get(name)) for row in rows}) for name in by)
    return bool(rows) and unique(rows, by) and size <= max(SMALL, SPARE * len(rows))


def grid_of(rows: Sequence[Row], by: Sequence[str]) -> tuple[list[str], dict[str, Any], Any]:
    """Dimensions, their coordinates, and the place of each row among them."""
    coordinates = {name: levels([named(row.get(name)) for row in rows]) for name in by}
    order = {name: {value: place for place, value in enumerate(values)} for name, values in coordinates.items()}
    places = tuple(np.array([order[name][named(row.get(name))] for row in rows]) for name in by)
    return list(by), {name: as_array(values) for name, values in coordinates.items()}, places


def line_of(rows: Sequence[Row]) -> tuple[list[str], dict[str, Any], Any]:
    """The same with one place a row."""
    return ["row"], {}, (np.arange(len(rows)),)


def levels(values: Sequence[Any]) -> list[Any]:
    """Each value once: numbers in order, words as they come."""
    once = list(dict.fromkeys(values))
    return once if any(isinstance(value, str) for value in once) else sorted(once)


def as_array(values: Sequence[Any]) -> np.ndarray:
    """Numbers as numbers, anything else as words."""
    words = any(isinstance(value, str) for value in values)
    return np.array([str(value) for value in values], object) if words else np.array(values)


def placed(values: Sequence[Any], places: Any, shape: Sequence[int]) -> np.ndarray:
    """One column in its places: whole numbers if all places have one, else numbers and NaN; or words."""
    if all(isinstance(value, (int, float, type(None))) for value in values):
        array = np.full(shape, np.nan)
        array[places] = [np.nan if value is None else value for value in values]
        whole = all(isinstance(value, int) for value in values) and len(values) == array.size
        return array.astype(np.int64) if whole else array
    words = np.full(shape, "", object)
    words[places] = [value if isinstance(value, str) else store.compact(value) for value in values]
    return words


# And back


def rows_of(data: Any) -> list[dict[str, Any]]:
    """The rows of a Dataset, without its empty places."""
    arrays = [name for name in data.data_vars if not str(name).startswith("about_")]
    table = data[arrays].to_dataframe().reset_index().drop(columns="row", errors="ignore")
    measured = [name for name in arrays if table[name].dtype != object]
    table = table.dropna(subset=measured, how="all") if measured else table
    return [{str(name): given(value) for name, value in row.items()} for row in table.to_dict("records")]


def given(value: Any) -> Any:
    return None if isinstance(value, float) and not np.isfinite(value) else value


def opened(path: Any) -> dict[str, Any]:
    """The document in a NetCDF file of results, without its summary. Errors: OSError, ValueError for any other file."""
    import xarray

    with xarray.open_dataset(path, engine="h5netcdf") as data:
        if data.attrs.get("title") != MARK:
            raise ValueError("it is no results file of plastic")
        data = data.load()
    about = {name: data.attrs[name] for name in ABOUT if name in data.attrs}
    long = {str(name)[6:]: str(data[name].values) for name in data.data_vars if str(name).startswith("about_")}
    told = {name: json.loads(({**data.attrs, **long})[name]) for name in AS_JSON if name in {**data.attrs, **long}}
    units = {str(name): data[name].attrs["units"] for name in data.variables if "units" in data[name].attrs}
    return {**about, **told, "units": units, "rows": rows_of(data)}
