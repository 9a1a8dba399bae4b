"""At what load do attractors of a network of sign cells vanish?

Random patterns are stored; the network starts in one of them and runs until it rests. overlap: mean product of
the final state and the pattern (1: intact); held: share of patterns whose overlap stays above .9. hopfield: Hebb's
rule; clipped: its sign alone is kept; sequence: every pattern drives the next, all cells update together, and the
overlap is that with the pattern whose turn it is. Near capacity a pattern is either held or lost, and so slowly that
a few sweeps would call it held: the mean overlap of a finite network lies below that of theory.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from experiments.tasks.models import NEEDS, cells_of, left_out, plot_line, plot_marks, plot_reference, taking_part
from models.hopfield import hebbian, relaxed
from plastic.lab.summary import with_intervals
from plastic.memory.codes import drawn, signs

__all__ = ["NEEDS", "cannot", "draw", "grid", "measure", "memory", "rules", "settings", "summarise"]

SWEEPS = 30
TURNS = 20  # of a sequence
HELD = 0.9


def at_rest(patterns: Tensor, probes: int) -> tuple[Tensor, Tensor]:
    """Final states and what they should be, [S, probes, N]."""
    return settled(hebbian(patterns), patterns, probes)


def at_rest_clipped(patterns: Tensor, probes: int) -> tuple[Tensor, Tensor]:
    """The same with synapses of one bit."""
    return settled(hebbian(patterns).sign(), patterns, probes)


def settled(w: Tensor, patterns: Tensor, probes: int) -> tuple[Tensor, Tensor]:
    asked = patterns[:, :probes]
    return relaxed(w, asked, [*range(patterns.shape[2])], SWEEPS), asked


def in_turn(patterns: Tensor, probes: int) -> tuple[Tensor, Tensor]:
    """States after some turns of a closed sequence, and the patterns whose turn it then is."""
    after = patterns.roll(-1, 1)  # what follows each pattern
    state = patterns[:, :probes]
    for _ in range(TURNS):
        overlaps = state @ patterns.mT  # [S, probes, n]
        state = 1 - 2 * (overlaps @ after < 0).to(state)
    return state, patterns.roll(-TURNS, 1)[:, :probes]


KINDS: dict[str, Callable[[Tensor, int], tuple[Tensor, Tensor]]] = {
    "hopfield": at_rest,
    "clipped": at_rest_clipped,
    "sequence": in_turn,
}


def rules(substrate: str) -> list[str]:
    """How patterns are stored."""
    return taking_part(KINDS, substrate)


def cannot(rule: str, substrate: str) -> str | None:
    """Why something is not measured, or None."""
    return left_out(KINDS, rule, substrate)


def grid(substrate: str, quick: bool) -> dict[str, list[float]]:
    """Patterns per cell."""
    if substrate != "model":
        return {}
    return {"alpha": [0.08, 0.3] if quick else [0.06, 0.08, 0.1, 0.12, 0.138, 0.16, 0.2, 0.25, 0.27, 0.3]}


def settings(substrate: str, quick: bool) -> dict[str, Any]:
    """Cells, and how many patterns are probed."""
    return {"d": 300 if quick else 1000, "probes": 5}


def memory(rule: str, substrate: str, settings: dict[str, Any], seeds: Any) -> Any:
    """From patterns to final states."""
    return KINDS[rule]


def measure(store: Any, seeds: Any, settings: dict[str, Any], alpha: float) -> list[dict[str, Any]]:
    """Overlap with the pattern, mean over the probes, and how many are held, by seed."""
    state, target = store(patterns(seeds, alpha, settings), settings["probes"])
    overlap = (state * target).mean(-1).cpu().numpy()  # [S, probes]
    return cells_of(seeds, {"overlap": overlap.mean(1), "held": (overlap > HELD).mean(1)})


def patterns(seeds: Any, alpha: float, settings: dict[str, Any]) -> Tensor:
    """Signs [S, alpha N, N]."""
    d = settings["d"]
    shown = drawn(seeds, lambda rng: signs(rng, round(alpha * d), d), "attractor", alpha, d)
    return torch.from_numpy(shown).float().to(settings.get("device", "cpu"))


def summarise(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Overlap by load, with intervals over seeds."""
    return {"by_alpha": with_intervals(rows, ("rule", "substrate", "alpha"), ("overlap", "held"))}


def draw(axes: Any, rows: list[dict[str, Any]], look: Any = None) -> None:
    """Overlap against load, with mean-field theory where it is known and the published capacities."""
    from plastic.lab import plots
    from plastic.memory.theory import attractors

    data = summarise(rows)["by_alpha"]
    look = plots.looks_for(data, "alpha", "overlap", look)
    plot_marks(axes, data, "alpha", "overlap", look)
    alpha = np.linspace(0.001, max(row["alpha"] for row in data), 300)
    theory = {"hopfield": attractors.hopfield_overlap, "sequence": attractors.sequence_overlap}
    for rule in dict.fromkeys(row["rule"] for row in data):
        if rule in theory:
            plot_line(axes, alpha, theory[rule](alpha), look[rule].colour)
        else:
            plot_reference(axes, attractors.CLIPPED_LOAD, "clipped, published")
    axes.set(xlabel=f"patterns per cell ({rows[0]['d']} cells)", ylabel="overlap with the pattern", ylim=(-0.1, 1.05))
