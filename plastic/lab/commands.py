"""`plastic results`: list, show, compare, export."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Optional

import typer

app = typer.Typer(help="Look at saved results.", no_args_is_help=True, rich_markup_mode=None)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else on standard output.")]
Folder = Annotated[Path, typer.Option("--results", help="Folder of the results.")]
Name = Annotated[str, typer.Argument(help="An experiment, or a results file (.json, .nc).")]
Either = Annotated[str, typer.Argument(help="An experiment, a results file (.json, .nc), or a folder of results.")]
To = Annotated[Path, typer.Option("--to", help="The file to write: FILE.csv or FILE.nc.")]
Measure = Annotated[Optional[str], typer.Option(help="Only this measure.")]  # noqa: UP045


@app.command("list")
def list_(results: Folder = Path("results"), as_json: Json = False) -> None:
    """Name every results file, what it asks and how much it holds."""
    from plastic.lab.results import listed

    found = listed(results)
    say(found, as_json, [one_line(line) for line in found] or [f"there are no results in {results}"])


@app.command()
def show(name: Name, results: Folder = Path("results"), as_json: Json = False) -> None:
    """Print what results say: question, settings, seeds, versions, summary."""
    from plastic.lab.results import shown

    document = shown(name, results)
    say(document, as_json, outline(document))


@app.command()
def compare(
    a: Either, b: Either, measure: Measure = None, results: Folder = Path("results"), as_json: Json = False
) -> None:
    """Print b - a for every measure, paired by seed, with 95 % intervals, and what the two were made with."""
    from plastic.lab.results import compared

    found = compared(a, b, results)
    if measure is not None:
        found = of_measure(found, measure)
    say(found, as_json, [line for one in found for line in difference_lines(one)])


def of_measure(found: list[dict[str, Any]], measure: str) -> list[dict[str, Any]]:
    """Comparisons of one measure alone. Errors: InputError where none is called so."""
    from plastic.rule import InputError

    known = dict.fromkeys(row["measure"] for one in found for row in one["measures"])
    if measure not in known:
        raise InputError(f"measure {measure!r} is not in both results; choose from {', '.join(known) or 'none'}")
    return [one | {"measures": [row for row in one["measures"] if row["measure"] == measure]} for one in found]


@app.command()
def export(name: Name, to: To, results: Folder = Path("results"), as_json: Json = False) -> None:
    """Write results as CSV (a line a row) or as NetCDF (labelled arrays)."""
    from plastic.lab.results import exported

    path = exported(name, results, to)
    say({"file": str(path)}, as_json, [f"written: {path}"])


def say(document: Any, as_json: bool, lines: list[str]) -> None:
    """One document, or lines to be read."""
    from plastic.lab.store import text

    print(text(document) if as_json else "\n".join(lines))


def one_line(found: dict[str, Any]) -> str:
    """A results file in a line."""
    if "trouble" in found:
        return f"{found['name']}: {found['trouble']}"
    failed = f", {found['failed']} failed" if found["failed"] else ""
    return (
        f"{found['name']}: {found['question']} {found['rows']} rows, {found['seeds']} seeds, {found['date']}{failed} "
        f"({found['finished cells']} finished cells kept)"
    )


def outline(document: dict[str, Any]) -> list[str]:
    """Results as text: what they are of, then each table of the summary."""
    made = document["provenance"]
    settings = [f"settings on {where}: {in_words(held)}" for where, held in document["settings"].items()]
    head = [
        f"{document['experiment']}: {document['question']}",
        f"{len(document['seeds'])} seeds, {document['date']}, {in_words(made['packages'])}, python {made['python']}",
        f"source {made['source']}{' (changed since)' * made['source changed since']}, "
        f"commit {made['git'].get('commit')}{' and changes' * bool(made['git'].get('changed'))}, "
        f"{', '.join(made['machines'])}, {made['seconds']:.0f} s of work",
        *settings,
        *(f"{rule} took no part: it {why}" for rule, why in document["left_out"].items()),
        *(f"failed: {entry['cell']} ({entry['error']})" for entry in document["failed"]),
        *(f"not finite: {what} of {cell}" for cell, what in document["not_finite"].items()),
    ]
    summary = document.get("summary", {})
    parts = summary if isinstance(summary, dict) else {"summary": summary}
    return head + [line for name, part in parts.items() for line in section(name, part)]


def section(name: str, part: Any) -> list[str]:
    """One part of a summary."""
    if isinstance(part, list) and part and all(isinstance(row, dict) for row in part):
        return ["", f"{name}:", *table(part)]
    return ["", f"{name}: {in_words(part) if isinstance(part, dict) else brief(part)}"]


def table(rows: list[dict[str, Any]]) -> list[str]:
    """Rows in columns."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    cells = [names, *([brief(row.get(name)) for name in names] for row in rows)]
    widths = [max(len(line[place]) for line in cells) for place in range(len(names))]
    return ["  ".join(word.ljust(width) for word, width in zip(line, widths, strict=True)).rstrip() for line in cells]


def difference_lines(found: dict[str, Any]) -> list[str]:
    """One experiment's comparison as text."""
    other = [f"{what}: {a} and {b}" for what, (a, b) in found["made otherwise"].items()]
    rows = table(found["measures"]) if found["measures"] else ["no measure of the same seed and condition in both"]
    return [f"{found['experiment']}: b - a", *(other or ["made with the same source, settings and versions"]), *rows]


def in_words(held: dict[str, Any]) -> str:
    return ", ".join(f"{key} {brief(value)}" for key, value in held.items())


def brief(value: Any) -> str:
    """A value in a table: four digits of a number, nothing for what is missing."""
    return "" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)
