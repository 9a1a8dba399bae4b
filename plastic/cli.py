"""The `plastic` command."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any, NoReturn, Optional

import typer

from plastic.lab.commands import app as results_app

app = typer.Typer(
    help="A laboratory for short-term synaptic memory: one rule in spikes, in rates and in machine learning.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

app.add_typer(results_app, name="results")

INTERRUPTED = 130  # the status that typer gives after Ctrl-C

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else on standard output.")]
Rules = Annotated[Optional[str], typer.Option(help="Names, separated by commas; 'delta+dale' is a variant.")]  # noqa: UP045
Substrates = Annotated[Optional[str], typer.Option(help="Any of rate, layer, spiking, model, separated by commas.")]  # noqa: UP045
Seeds = Annotated[Optional[int], typer.Option(help="How many seeds: 20 unless told otherwise, 3 with --quick.")]  # noqa: UP045
Quick = Annotated[bool, typer.Option("--quick", help="Small sizes and three seeds.")]
Workers = Annotated[Optional[int], typer.Option(help="Processes: one a core unless told otherwise; 0 for none.")]  # noqa: UP045
Device = Annotated[str, typer.Option(help="Where rates and layers run: cpu, or cuda where a GPU is.")]
Sizes = Annotated[Optional[str], typer.Option("--d", help="Cells of keys and values, separated by commas: 64,128.")]  # noqa: UP045
Scheduler = Annotated[Optional[str], typer.Option(help="Address of a Dask scheduler whose workers measure.")]  # noqa: UP045
SchedulerFile = Annotated[Optional[Path], typer.Option(help="The file that `dask scheduler --scheduler-file` wrote.")]  # noqa: UP045
Slurm = Annotated[bool, typer.Option("--slurm", help="Submit --workers jobs to SLURM, as Dask's configuration says.")]
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


@app.command("experiments")
def list_experiments(as_json: Json = False) -> None:
    """List the experiments: what each asks, and where it runs."""
    from plastic.lab import store
    from plastic.lab.experiment import catalogue

    found = catalogue()
    if as_json:
        print(store.text(found))
    else:
        print("\n".join(f"{line['name']:<18} {line['question']} ({', '.join(line['substrates'])})" for line in found))


@app.command()
def run(
    name: Annotated[str, typer.Argument(help="A file in experiments/ by name, or a path: my_question.py, sweep.toml.")],
    rules: Rules = None,
    substrates: Substrates = None,
    seeds: Seeds = None,
    quick: Quick = False,
    sizes: Sizes = None,
    workers: Workers = None,
    scheduler: Scheduler = None,
    scheduler_file: SchedulerFile = None,
    slurm: Slurm = False,
    device: Device = "cpu",
    results: Results = Path("results"),
    as_json: Json = False,
) -> None:
    """Run one experiment; after an interruption, or with more seeds, go on from the finished cells."""
    from plastic.lab import runner, schedulers, store
    from plastic.lab.declaration import declared

    where = schedulers.place(workers, scheduler, scheduler_file, slurm)
    name, chosen = declared(name, choice(rules, substrates, seeds, quick, device, sizes))
    document = runner.run(name, results, where=where, **chosen)
    if as_json:
        print(store.text(document))
    else:
        print(f"{document['question']}\n{len(document['rows'])} rows in {document['results']}")
        for rule, why in document["left_out"].items():
            print(f"{rule} took no part: it {why}")
    tell_troubles([document], results)


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
def train(
    task: Annotated[Optional[str], typer.Argument(help="A file in experiments/tasks/ by name.")] = None,  # noqa: UP045
    programmer: Annotated[str, typer.Option(help="A slow network by name; --list names them.")] = "feedforward",
    rule: Annotated[Optional[str], typer.Option(help="What writes the fast weights; delta if left out.")] = None,  # noqa: UP045
    seeds: Annotated[int, typer.Option(help="How many networks.")] = 1,
    width: Annotated[int, typer.Option(help="Features of the slow network.")] = 64,
    size: Annotated[Optional[list[str]], typer.Option(help="A size of the task: length=40. May be repeated.")] = None,  # noqa: UP045
    option: Annotated[Optional[list[str]], typer.Option(help="An option of the programmer: layers=1.")] = None,  # noqa: UP045
    steps: Annotated[int, typer.Option(help="Steps of training at most.")] = 5000,
    batch: Annotated[int, typer.Option(help="Sequences a step.")] = 64,
    rate: Annotated[float, typer.Option(help="The highest learning rate.")] = 3e-3,
    precision: Annotated[str, typer.Option(help="float32, or bfloat16 for mixed precision.")] = "float32",
    together: Annotated[bool, typer.Option("--together", help="All seeds at once: faster for small networks.")] = False,
    folder: Annotated[Path, typer.Option(help="Folder for checkpoints and results.")] = Path("results/training"),
    device: Annotated[str, typer.Option(help="cpu, or cuda where a GPU is.")] = "cpu",
    known: Annotated[bool, typer.Option("--list", help="Name the tasks and the programmers.")] = False,
    as_json: Json = False,
) -> None:
    """Train a slow network to program fast synapses; after an interruption, go on from its checkpoints."""
    from plastic.lab import store
    from plastic.slow import runs
    from plastic.slow.programmer import PROGRAMMERS
    from plastic.slow.task import tasks
    from plastic.slow.training import Plan

    if known or task is None:
        print(f"tasks: {', '.join(tasks())}\nprogrammers: {', '.join(PROGRAMMERS)}")
        return
    plan = Plan(steps=steps, batch=batch, rate=rate, warm_up=min(100, steps - 1), precision=precision)
    sizes, options = runs.assigned(size or (), "--size"), runs.assigned(option or (), "--option")
    found = runs.run(task, folder, programmer, rule, seeds, width, sizes, options, plan, device, together)
    if as_json:
        print(store.text(found))
        return
    for row in found["rows"]:
        accuracy = runs.in_words(row["accuracy"])
        print(f"seed {row['seed']}: accuracy {accuracy} (chance {row['chance']:.3f}), {row['ended']}")


@app.command()
def study(
    names: Annotated[Optional[list[str]], typer.Argument(help="Files in experiments/studies/, or all.")] = None,  # noqa: UP045
    full: Annotated[bool, typer.Option("--full", help="The published sizes: hours, better on a GPU.")] = False,
    seeds: Annotated[Optional[int], typer.Option(help="Networks a condition, not the study's own number.")] = None,  # noqa: UP045
    workers: Workers = None,
    folder: Annotated[Path, typer.Option(help="For checkpoints, results and the figure.")] = Path("results/training"),
    device: Annotated[str, typer.Option(help="cpu, or cuda where a GPU is.")] = "cpu",
    known: Annotated[bool, typer.Option("--list", help="Name the studies and what they ask.")] = False,
    as_json: Json = False,
) -> None:
    """Train the networks of a study and say which claims hold; after an interruption, go on from the checkpoints."""
    from plastic.lab import store
    from plastic.slow import study as lab

    if known:
        print("\n".join(f"{name:<24} {lab.question(name)}" for name in lab.studies()))
        return
    found = lab.run(names or lab.studies(), folder, full, seeds, workers, device)
    if as_json:
        print(store.text(found))
        return
    for document in found.values():
        print(lab.told(document))
    print(f"results, table and figure are in {folder}")


@app.command()
def capacity(
    memory: Annotated[Optional[str], typer.Option(help="A rule, a memory, or module:Class for your own.")] = None,  # noqa: UP045
    substrate: Annotated[Optional[str], typer.Option(help="rate, layer, spiking or model; rate for a rule.")] = None,  # noqa: UP045
    d: Annotated[int, typer.Option("--d", help="Key cells.")] = 64,
    d_v: Annotated[Optional[int], typer.Option("--d-v", help="Value cells: as many as key cells.")] = None,  # noqa: UP045
    candidates: Annotated[int, typer.Option(help="Values to choose among (M).")] = 64,
    seeds: Annotated[Optional[int], typer.Option(help="To begin with: 20, and 5 in spikes.")] = None,  # noqa: UP045
    most_seeds: Annotated[Optional[int], typer.Option(help="At the end: 16 times as many.")] = None,  # noqa: UP045
    precision: Annotated[float, typer.Option(help="Relative half-width of the intervals of n50 and n90.")] = 0.05,
    heaviest: Annotated[Optional[int], typer.Option(help="Most pairs shown: 64 d, and d in spikes.")] = None,  # noqa: UP045
    device: Device = "cpu",
    markdown: Annotated[bool, typer.Option("--markdown", help="Print a Markdown table.")] = False,
    as_json: Json = False,
) -> None:
    """The scorecard of any memory: how much it holds, how well and for how long."""
    from plastic.lab import capacity as card
    from plastic.lab import store

    if memory is None:
        print(card.catalogue())
        return
    rod = card.yardstick(
        memory, substrate, d, d_v, candidates, seeds, most_seeds, precision=precision, heaviest=heaviest, device=device
    )
    document = card.measured(memory, rod, substrate)
    print(store.text(document) if as_json else card.as_markdown(document) if markdown else card.as_text(document))


@app.command()
def compare(
    rules: Rules = None,
    substrates: Substrates = None,
    seeds: Seeds = None,
    quick: Quick = False,
    workers: Workers = None,
    scheduler: Scheduler = None,
    scheduler_file: SchedulerFile = None,
    slurm: Slurm = False,
    device: Device = "cpu",
    results: Results = Path("results"),
    as_json: Json = False,
) -> None:
    """The main job: every rule, every substrate, one figure."""
    from plastic.lab import figures, runner, schedulers

    where = schedulers.place(workers, scheduler, scheduler_file, slurm)
    chosen = choice(rules, substrates, seeds, quick, device)
    names = figures.needed_by("compare")
    for name in names:  # refuse before any work
        runner.checked(name, where, **chosen)
    done = {name: runner.run(name, results, where=where, **chosen) for name in names}
    saved = {name: document["results"] for name, document in done.items()}
    report({**figures.draw("compare", results), "results": saved, "left_out": done[names[0]]["left_out"]}, as_json)
    tell_troubles(list(done.values()), results)


def choice(
    rules: str | None, substrates: str | None, seeds: int | None, quick: bool, device: str, sizes: str | None = None
) -> dict[str, Any]:
    """What to run, from the options."""
    named = {"rules": listed(rules), "substrates": listed(substrates), "sizes": numbers("--d", sizes)}
    return named | {"seeds": seeds, "quick": quick, "device": device}


def numbers(option: str, given: str | None) -> list[int] | None:
    """Whole numbers, separated by commas."""
    try:
        return None if given is None else [int(part) for part in given.split(",")]
    except ValueError:
        refuse(f"{option} is {given!r}; give whole numbers, separated by commas")


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


def tell_troubles(documents: list[dict[str, Any]], results: Path) -> None:
    """Say what is not finite, and what failed; status 1 if anything did."""
    for document in documents:
        if unsound := document["not_finite"]:
            where, what = next(iter(unsound.items()))
            more = f", and of {len(unsound) - 1} cells more" if len(unsound) > 1 else ""
            print(
                f"plastic: {document['experiment']}: {what} of {where} are not finite{more}; "
                f'see "not_finite" in {document["results"]}',
                file=sys.stderr,
            )
    troubled = [document for document in documents if document["failed"]]
    for document in troubled:
        failed = document["failed"]
        print(
            f"plastic: {document['experiment']}: {len(failed)} failed, the first with {failed[0]['error']}; their "
            f"tracebacks are in {results / document['experiment'] / 'failed'}, the same command tries them again",
            file=sys.stderr,
        )
    if troubled:
        raise SystemExit(1)


def refuse(message: str) -> NoReturn:
    print(f"plastic: {message}", file=sys.stderr)
    raise SystemExit(2)


def main() -> None:
    """Run the command; whatever goes wrong is one sentence on standard error."""
    from plastic.lab.store import Unfinished
    from plastic.rule import InputError

    try:
        app()
    except InputError as error:
        refuse(str(error))
    except Unfinished as error:
        print(f"plastic: {error}", file=sys.stderr)
        raise SystemExit(1) from None
    except SystemExit as done:
        if done.code == INTERRUPTED:
            print(
                "plastic: interrupted; what is finished is kept, run the same command again to go on", file=sys.stderr
            )
        raise
    except Exception as error:
        print(f"plastic: unexpected {type(error).__name__}: {error}; please report it", file=sys.stderr)
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
