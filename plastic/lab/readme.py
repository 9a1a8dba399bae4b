"""Write the update table into README.md, between its two marks: `make docs-table`."""

from __future__ import annotations

from pathlib import Path

from plastic.checkout import source_folder
from plastic.lab.tables import as_markdown

START, END = "<!-- table: make docs-table -->", "<!-- end of table -->"


def renewed(text: str) -> str:
    """The text with the table as the rules now say it."""
    before, rest = text.split(START)
    _, after = rest.split(END)
    return f"{before}{START}\n{as_markdown()}\n{END}{after}"


def main(path: Path | None = None) -> None:
    """Renew the table in the README."""
    file = path or source_folder() / "README.md"
    file.write_text(renewed(file.read_text()))


if __name__ == "__main__":
    main()
