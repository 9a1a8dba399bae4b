"""The `plastic` command."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any, NoReturn, Optional

import typer

app = typer.Typer(
    help="A laboratory for short-term synaptic memory: one rule in spikes, in rates and in machine learning.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else on standard output.")]
Rules = Annotated[Optional[str], typer.Option(help="Names, separated by commas; 'delta+dale' is a variant.")]  # noqa: UP045
Substrates = Annotated[Optional[str], typer.Option(help="Any of rate, layer, spiking, separated by commas.")]  # noqa: UP045
Seeds = Annotated[Optional[int], typer.Option(help="How many seeds: 20 unless told otherwise, 3 with --quick.")]  # noqa: UP045
Quick = Annotated[bool, typer.Option("--quick", help="Small sizes and three seeds.")]
Workers = Annotated[Optional[int], typer.Option(help="Processes: one a core unless told otherwise; 0 for none.")]  # noqa: UP045
Device = Annotated[str, typer.Option(help="Where rates and layers run: cpu, or cuda where a GPU is.")]
Results = Annotated[Path, typer.Option(help="Folder for results and figures.")]


@app.command()
def rules(
    as_json: Json = False,
    latex: Annotated[bool, typer.Option("--latex", help="Print a LaTeX table.")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print a Markdown table.")] = False,
) -> None:
    """Print the update table: every rule and what is known of it."""
    from plastic.lab import tables

    if sum((as_json, latex, markdown)) > 1:
        refuse("--json, --latex and --markdown exclude each other; give one of them")
    print(
        tables.as_json()
        if as_json
        else tables.as_latex()
        if latex
        else tables.as_markdown()
        if markdown
        else tables.as_text()
    )


@app.command()
def run(
    name: Annotated[str, typer.Argument(help="The experiment: the name of a file in experiments/.")],
    rules: Rules = None,
    substrates: Substrates = None,
    seeds: Seeds = None,
    quick: Quick = False,
    workers: Workers = None,
    device: Device = "cpu",
    results: Results = Path("results"),
    as_json: Json = False,
) -> None:
    """Run one experiment; after an interruption, go on."""
    from plastic.lab import runner, store

    document = runner.run(name, results, workers, **choice(rules, substrates, seeds, quick, device))
    if as_json:
        print(store.text(document))
    else:
        print(f"{document['question']}\n{len(document['rows'])} rows in {document['results']}")
        for rule, why in document["left_out"].items():
            print(f"{rule} took no part: it {why}")


@app.command()
def figure(
    name: Annotated[str, typer.Argument(help="An experiment, or a file in figures/ such as compare.")],
    results: Results = Path("results"),
    as_json: Json = False,
) -> None:
    """Draw a figure from saved results (PNG, PDF)."""
    from plastic.lab import figures

    report(figures.draw(name, results), as_json)


@app.command()
def compare(
    rules: Rules = None,
    substrates: Substrates = None,
    seeds: Seeds = None,
    quick: Quick = False,
    workers: Workers = None,
    device: Device = "cpu",
    results: Results = Path("results"),
    as_json: Json = False,
) -> None:
    """The main job: every rule, every substrate, one figure."""
    from plastic.lab import figures, runner

    chosen = choice(rules, substrates, seeds, quick, device)
    names = figures.needed_by("compare")
    for name in names:  # refuse before any work
        runner.cells(name, **chosen)
    done = {name: runner.run(name, results, workers, **chosen) for name in names}
    saved = {name: document["results"] for name, document in done.items()}
    report({**figures.draw("compare", results), "results": saved, "left_out": done[names[0]]["left_out"]}, as_json)


def choice(rules: str | None, substrates: str | None, seeds: int | None, quick: bool, device: str) -> dict[str, Any]:
    """What to run, from the options."""
    return {"rules": listed(rules), "substrates": listed(substrates), "seeds": seeds, "quick": quick, "device": device}


def listed(names: str | None) -> list[str] | None:
    return None if names is None else [name.strip() for name in names.split(",") if name.strip()]


def report(document: dict[str, Any], as_json: bool) -> None:
    """Say where things are."""
    from plastic.lab import store

    if as_json:
        print(store.text(document))
        return
    for name, path in document.get("results", {}).items():
        print(f"results of {name}: {path}")
    for rule, why in document.get("left_out", {}).items():
        print(f"{rule} took no part: it {why}")
    for path in document["files"]:
        print(f"figure: {path}")


def refuse(message: str) -> NoReturn:
    print(f"plastic: {message}", file=sys.stderr)
    raise SystemExit(2)


def main() -> None:
    """Run the command; whatever goes wrong is one sentence on standard error."""
    from plastic.rule import InputError

    try:
        app()
    except InputError as error:
        refuse(str(error))
    except KeyboardInterrupt:
        print("plastic: interrupted; finished cells are kept, run the same command again to go on", file=sys.stderr)
        raise SystemExit(130) from None
    except Exception as error:
        print(f"plastic: unexpected {type(error).__name__}: {error}; please report it", file=sys.stderr)
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
