"""How many random bits can one cell learn, whatever the rule, and how many if it can only excite?

Random patterns get random labels; linear programming says whether any weights separate them, without sign or all
of them 0 or more (Dale's law). Cover (1965): all n patterns in d dimensions with the chance
2^(1-n) times the sum of binomials (n - 1, k) over k < d, one half at n = 2 d. Under Dale's law the d axes are as
many more patterns to be separated from, since patterns without preferred sign could be mirrored on any of them:
the same formula at n + d, one half at n = d.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from experiments.tasks.models import NEEDS, cells_of, left_out, plot_line, plot_marks, plot_reference, taking_part
from models.perceptron import separable
from plastic.lab.summary import with_intervals
from plastic.memory.codes import generator

__all__ = ["NEEDS", "cannot", "draw", "grid", "measure", "memory", "rules", "settings", "summarise"]

LOWEST = {"any_sign": -np.inf, "dale": 0.0}  # weight allowed


def rules(substrate: str) -> list[str]:
    """Which weights are allowed."""
    return taking_part(LOWEST, substrate)


def cannot(rule: str, substrate: str) -> str | None:
    """Why something is not measured, or None."""
    return left_out(LOWEST, rule, substrate)


def grid(substrate: str, quick: bool) -> dict[str, list[float]]:
    """Patterns per dimension."""
    if substrate != "model":
        return {}
    return {"alpha": [1.0, 2.0] if quick else [0.5, 0.8, 1.0, 1.2, 1.5, 1.8, 2.0, 2.2, 2.5]}


def settings(substrate: str, quick: bool) -> dict[str, Any]:
    """Dimensions, and how many problems a seed poses."""
    return {"d": 20, "problems": 4 if quick else 20}


def memory(rule: str, substrate: str, settings: dict[str, Any], seeds: Any) -> float:
    """The lowest weight allowed."""
    return LOWEST[rule]


def measure(store: float, seeds: Any, settings: dict[str, Any], alpha: float) -> list[dict[str, Any]]:
    """Share of a seed's problems that some weights solve; a solver takes one problem at a time."""
    solved = [
        np.mean([separable(*problem(rng, alpha, settings["d"]), store) for _ in range(settings["problems"])])
        for rng in (generator(seed, "separability", alpha) for seed in seeds)
    ]
    return cells_of(seeds, {"separable": np.array(solved)})


def problem(rng: np.random.Generator, alpha: float, d: int) -> tuple[np.ndarray, np.ndarray]:
    """Gaussian patterns [n, d] and labels [n] of -1 and 1."""
    n = round(alpha * d)
    return rng.standard_normal((n, d)), rng.choice([-1.0, 1.0], n)


def expected(rule: str, alpha: Any, d: int) -> np.ndarray:
    """Cover's chance; under Dale's law the axes count as patterns."""
    from plastic.memory.theory.bounds import separable_probability

    n = np.round(np.asarray(alpha) * d)
    return separable_probability(n + d if rule == "dale" else n, d)


def summarise(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Share of problems solved, with intervals over seeds."""
    return {"by_alpha": with_intervals(rows, ("rule", "substrate", "alpha"), ("separable",))}


def draw(axes: Any, rows: list[dict[str, Any]], look: Any = None) -> None:
    """Share of problems that can be solved against patterns per dimension, with Cover's formula."""
    from plastic.lab import plots

    data, d = summarise(rows)["by_alpha"], settings("model", False)["d"]
    look = plots.looks_for(data, "alpha", "separable", look)
    plot_marks(axes, data, "alpha", "separable", look)
    alpha = np.arange(2, 3 * d + 1) / d
    for rule in dict.fromkeys(row["rule"] for row in data):
        plot_line(axes, alpha, expected(rule, alpha, d), look[rule].colour)
    plot_reference(axes, 2.0, "Gardner, Cover")
    plot_reference(axes, 1.0, "Dale")
    axes.set(xlabel=f"patterns per dimension (d = {d})", ylabel="share of problems with a solution", ylim=(-0.05, 1.05))
