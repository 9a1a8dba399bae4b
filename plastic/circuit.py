"""What a spiking circuit is: populations, projections and a course of events, told without a simulator.

`simulate` runs it on one of the engines, for many trials at once. A trial is a function of the circuit and its seed
alone: every engine draws the same random numbers (`plastic/substrates/noise.py`), whatever runs beside it.

The order of events in a step of dt, on every engine:

    1. synapses hear what their cells tell (`Cells.hears`, of the variables as the step finds them), and what flows
       between events flows for dt (the exact exponential);
    2. cells flow for dt (each variable's exact exponential, the others held);
    3. cells fire;
    4. spikes arrive: each adds gain * efficacy to its target's variable, then plastic synapses learn of it;
    5. cells that fired are reset.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, NamedTuple

import numpy as np

from plastic.cells import Cells
from plastic.rule import InputError, PlasticityRule

ENGINES = {
    "torch": "plastic.substrates.spiking_batch",  # many trials in one batch, with a fast matrix each
    "brian2": "plastic.substrates.spiking_network",  # the reference: numpy target, nothing to compile
    "cython": "plastic.substrates.spiking_network",
    "standalone": "plastic.substrates.spiking_standalone",  # C++, built once for all trials
}


class Input(NamedTuple):
    """What reaches cells from outside, piecewise constant, and 0 after its end.

    values: [trials or 1, pieces, cells or 1]; every: seconds of a piece, a whole number of steps.
    """

    values: np.ndarray
    every: float


@dataclass(frozen=True)
class Population:
    """Cells of one kind. start: variables at the start, a number or [cells] or [trials, cells]."""

    cells: Cells
    size: int
    inputs: Mapping[str, Input] = field(default_factory=dict)
    start: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Projection:
    """Synapses from one population to another. Matrices are [post, pre], or [trials, post, pre].

    into: the target's variable to which a spike adds gain * efficacy (None: the synapse only learns). gain carries
    the variable's SI unit. rule: how the synapses learn; None keeps `weights` (a number or a matrix) as they are.
    With a rule, weights are those at the start (None: the rule's own). where: which synapses there are (None: all).
    release: what multiplies the transmission: a number, or a variable of the source as it is at the spike's arrival.
    stochastic: each synapse transmits all or nothing instead, with the probability release; it learns of every spike.
    delay: seconds, a whole number of steps; a matrix too where there is no rule. A rule that hears `pred` hears the
    target's variable `pred` where there is one, and else the weights summed over the spikes that arrive in the step,
    over dt: those of all plastic synapses onto the target whose rules hear it, whatever their projection; likewise
    `energy`.
    """

    source: str
    target: str
    into: str | None
    gain: float = 1.0
    rule: PlasticityRule | None = None
    weights: Any = None
    where: np.ndarray | None = None
    release: str | float | None = None
    stochastic: bool = False
    delay: Any = 0.0


class Phase(NamedTuple):
    """A stretch of the course: for so many seconds, with plasticity on or off (off: nothing learns or decays)."""

    seconds: float
    learning: bool = True


@dataclass(frozen=True)
class Circuit:
    """Populations and projections by name, the course of events, and the step."""

    populations: Mapping[str, Population]
    projections: Mapping[str, Projection]
    course: Sequence[Phase]
    dt: float = 1e-3

    @property
    def seconds(self) -> float:
        """How long the course takes."""
        return sum(phase.seconds for phase in self.course)


# What can be recorded


class Spikes(NamedTuple):
    """Every spike of a population: found as a `Fired`."""

    of: str


class Trace(NamedTuple):
    """A variable of some cells (None: all) as the step finds it, at 0 and then every so many seconds.

    Found as [trials, samples, cells].
    """

    of: str
    variable: str
    every: float
    cells: Sequence[int] | None = None


class Weights(NamedTuple):
    """A variable of all synapses at the end of every phase: found as [trials, phases, post, pre], NaN where none is."""

    of: str
    variable: str = "w"


class Fired(NamedTuple):
    """Spikes in order of time: in which trial, in which step (from 0) and of which cell, each [spikes]."""

    trial: np.ndarray
    step: np.ndarray
    cell: np.ndarray


Request = Spikes | Trace | Weights


def simulate(
    circuit: Circuit,
    seeds: Sequence[int],
    record: Mapping[str, Request],
    engine: str = "brian2",
    **options: Any,
) -> dict[str, Any]:
    """Run a trial for each seed; what was recorded, by name.

    engine: 'torch', 'brian2' (numpy), 'cython' or 'standalone'. options go to the engine's `simulate`.
    Errors: InputError for a circuit that does not fit, before any work.
    """
    if engine not in ENGINES:
        raise InputError(f"engine is {engine!r}; choose from {', '.join(ENGINES)}")
    from plastic.substrates.circuits import check

    check(circuit, seeds, record)
    return import_module(ENGINES[engine]).simulate(circuit, list(seeds), dict(record), engine=engine, **options)


def steps(seconds: float, dt: float) -> int:
    """How many steps a time is."""
    return round(seconds / dt)


def counts(fired: Fired, trials: int, cells: int, edges: Sequence[int]) -> np.ndarray:
    """Spikes of every cell between the steps `edges` (ascending), [trials, windows, cells]."""
    window = np.searchsorted(edges, fired.step, side="right") - 1
    inside = (window >= 0) & (window < len(edges) - 1)
    shape = (trials, len(edges) - 1, cells)
    place = np.ravel_multi_index((fired.trial[inside], window[inside], fired.cell[inside]), shape)
    return np.bincount(place, minlength=int(np.prod(shape))).reshape(shape)
