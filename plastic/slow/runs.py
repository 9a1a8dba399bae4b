"""Trainings of several seeds as one run: checkpoints in a folder, results in a file beside them."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from plastic.lab import store
from plastic.lab.cells import check_device
from plastic.lab.schedulers import interruptible
from plastic.lab.summary import with_intervals
from plastic.rule import InputError, PlasticityRule
from plastic.slow.environment import Environment
from plastic.slow.network import Network
from plastic.slow.programmer import PROGRAMMERS, own_rule
from plastic.slow.reinforcement import ActorCritic
from plastic.slow.task import Task, task
from plastic.slow.together import Together
from plastic.slow.training import Plan, Training
from plastic.substrates.layer import rule_or_memory


def run(
    name: str,
    folder: Path,
    programmer: str = "feedforward",
    rule: str | None = None,
    seeds: int = 1,
    width: int = 64,
    sizes: Mapping[str, Any] | None = None,
    options: Mapping[str, Any] | None = None,
    plan: Plan | None = None,
    device: str = "cpu",
    together: bool = False,
) -> dict[str, Any]:
    """Train a programmer on a task, seed by seed or all together; what was found, as written to folder.

    sizes: of the task; options: of the programmer; together: as of `Together`. Trainings go on from the checkpoints
    that lie in the folder. Errors: InputError for anything that is not known or does not fit, before any training.
    """
    made, about = task(name, sizes), described(programmer, rule, width, options or {})
    check(seeds, device)
    network(made, about)  # refuse what cannot be built
    store.usable(folder, "--folder")
    label = "-".join(str(part) for part in (name, programmer, about["rule"]) if part)
    runs = [
        kind(made)(
            made, lambda t: network(t, about), plan or Plan(), seed, device, folder / f"{label}-{seed}.npz", about
        )
        for seed in range(seeds)
    ]
    with interruptible():
        if together:
            side_by_side(label, runs)
        rows = [trained(label, seed, each) for seed, each in enumerate(runs)]
    document = {"task": name, **about, "rows": rows, "overall": with_intervals(rows, ("task",), ("accuracy", "loss"))}
    store.write(folder / f"{label}.json", store.text(document))
    return document


def described(programmer: str, rule: str | None, width: int, options: Mapping[str, Any]) -> dict[str, Any]:
    """What is trained, with the rule by its name (None where no rule can be chosen)."""
    PROGRAMMERS[programmer]
    rule = own_rule(programmer) if rule is None else rule
    named = None if rule is None else rule_or_memory(rule)
    return {
        "programmer": programmer,
        "rule": named.name if isinstance(named, PlasticityRule) else rule,
        "width": width,
        "options": dict(options),
    }


def network(made: Task, about: Mapping[str, Any]) -> Network:
    """A network for a task."""
    programmer = PROGRAMMERS[about["programmer"]](about["width"], about["rule"], **about["options"])
    outputs = made.outputs + isinstance(made, Environment)  # the critic's
    return Network(made.inputs, outputs, programmer, made.tokens)


def kind(made: Task) -> type[Training]:
    """How a task is trained: by reward where it is an environment, else by its right answers."""
    return ActorCritic if isinstance(made, Environment) else Training


def check(seeds: int, device: str) -> None:
    if seeds < 1:
        raise InputError(f"seeds is {seeds}; give at least 1")
    check_device(device)


def side_by_side(label: str, runs: Sequence[Training]) -> None:
    """Train all to the end at once, and say how it goes."""
    group = Together(runs)
    while not group.over:
        for run in group.advance():
            say(label, run.seed, run.history[-1], run.task)


def trained(label: str, seed: int, run: Training) -> dict[str, Any]:
    """Train to the end and say how it goes; the last evaluation, and why training ended."""
    while run.over is None:
        say(label, seed, run.advance(), run.task)
    last = run.history[-1]
    print(f"{label}, seed {seed}: {run.over} after {last['step']} steps", file=sys.stderr)
    of = {"task": run.task.name, "seed": seed, "chance": run.task.chance, "ended": run.over}
    holds = cast(Any, getattr(run.network, "programmer", run.network))
    return of | {"state_size": holds.state_size()} | last


def say(label: str, seed: int, row: Mapping[str, Any], made: Task) -> None:
    """One evaluation, on standard error."""
    loss, accuracy = in_words(row["loss"]), in_words(row["accuracy"])
    chance = f"(chance {made.chance:.3f})"
    print(f"{label}, seed {seed}, step {row['step']}: loss {loss}, accuracy {accuracy} {chance}", file=sys.stderr)


def in_words(number: float | None) -> str:
    """A number of an evaluation, to be shown."""
    return "not finite" if number is None else f"{number:.4f}"


def assigned(given: Iterable[str], what: str) -> dict[str, Any]:
    """Numbers and words by name, from 'length=40'."""
    found = {}
    for each in given:
        name, equals, value = each.partition("=")
        if not (name and equals and value):
            raise InputError(f"{what} is {each!r}; give a name and a value, such as length=40")
        found[name] = read(value)
    return found


def read(value: str) -> Any:
    """A number, true or false where it is one, else the word."""
    try:
        return json.loads(value.lower() if value.lower() in ("true", "false") else value)
    except ValueError:
        return value
