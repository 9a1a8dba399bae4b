"""Write the tables into the docs, between their marks: `make docs-table`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from plastic.checkout import source_folder
from plastic.lab import experiment, tables


class Place(NamedTuple):
    """A table in a file, between two marks."""

    file: str
    start: str
    end: str
    made: Callable[[], str]


def table_of_experiments() -> str:
    """One row an experiment."""
    head = "| experiment | asks | substrates |\n|---|---|---|"
    lines = (f"| `{e['name']}` | {e['question']} | {', '.join(e['substrates'])} |" for e in experiment.catalogue())
    return "\n".join([head, *lines])


PLACES = (
    Place("README.md", "<!-- table: make docs-table -->", "<!-- end of table -->", tables.as_markdown),
    Place("docs/laboratory.md", "<!-- experiments: make docs-table -->", "<!-- end of experiments -->",
          table_of_experiments),
)  # fmt: skip


def renewed(text: str, place: Place = PLACES[0]) -> str:
    """The text with its table as the code now says it."""
    before, rest = text.split(place.start)
    _, after = rest.split(place.end)
    return f"{before}{place.start}\n{place.made()}\n{place.end}{after}"


def main(folder: Path | None = None) -> None:
    """Renew every table."""
    for place in PLACES:
        file = (folder or source_folder()) / place.file
        file.write_text(renewed(file.read_text(), place))


if __name__ == "__main__":
    main()
