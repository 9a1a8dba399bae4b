"""What a circuit is refused for: one sentence that names the argument and the remedy, before any work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isclose
from typing import Any

import numpy as np
import torch

from plastic import symbols
from plastic.cells import Cells
from plastic.circuit import Circuit, Input, Population, Projection, Request, Spikes, Trace
from plastic.rule import InputError, PlasticityRule
from plastic.substrates.cells import code_of, numbers, unit_of
from plastic.substrates.inputs import ABSENT
from plastic.substrates.rate import TensorSynapse

EXP_STEP = 0.5  # of a time constant, beyond which a step is too coarse
LARGE = 1e300  # beyond any bound
LARGEST_SEED = 2**63


def check(circuit: Circuit, seeds: Sequence[int], record: Mapping[str, Request]) -> None:
    """Refuse what does not fit together."""
    check_seeds(seeds)
    if not 0 < circuit.dt < np.inf:
        raise InputError(f"dt is {circuit.dt}; give a finite step above 0, in seconds")
    for name, population in circuit.populations.items():
        check_population(name, population, circuit, len(seeds))
    for name, projection in circuit.projections.items():
        check_projection(name, projection, circuit, len(seeds))
    if not circuit.course:
        raise InputError("course is empty; give at least one Phase")
    for phase in circuit.course:
        whole_steps("a phase of the course", phase.seconds, circuit.dt)
        if phase.seconds <= 0:
            raise InputError(f"a phase of the course lasts {phase.seconds:g} s; give a time above 0")
    for name, request in record.items():
        check_request(name, request, circuit)


def check_seeds(seeds: Sequence[int]) -> None:
    whole = all(isinstance(seed, (int, np.integer)) and 0 <= seed < LARGEST_SEED for seed in seeds)
    if not len(seeds) or not whole:
        raise InputError(f"seeds is {seeds!r:.60}; give at least one whole number from 0")


def whole_steps(what: str, seconds: float, dt: float) -> None:
    """A time is a whole number of steps."""
    if not isclose(seconds / dt, round(seconds / dt), rel_tol=1e-6, abs_tol=1e-6):
        raise InputError(f"{what} is {seconds:g} s, not a whole number of steps of {dt:g} s; change one of them")


def check_population(name: str, population: Population, circuit: Circuit, trials: int) -> None:
    code = code_of(population.cells)
    if population.size < 1:
        raise InputError(f"size of {name} is {population.size}; give at least one cell")
    for missing in sorted(set(code.inputs) - set(population.inputs)):
        raise InputError(f"input {missing!r} of {name} is missing; add it to the population's inputs")
    for unknown in sorted(set(population.inputs) - set(code.inputs)):
        raise InputError(f"{name} has an input {unknown!r} that its cells do not use; leave it out")
    for unknown in sorted(set(population.start) - set(code.variables)):
        raise InputError(f"start of {name} names {unknown!r}, which is none of its variables; leave it out")
    for named, given in population.inputs.items():
        check_input(f"input {named!r} of {name}", given, population.size, circuit.dt, trials)
    check_fine(name, population, circuit.dt)


def check_input(what: str, given: Input, size: int, dt: float, trials: int) -> None:
    shape = np.shape(given.values)
    if len(shape) != 3 or shape[0] not in (1, trials) or shape[2] not in (1, size) or not shape[1]:
        raise InputError(f"{what} has shape {shape}; give [{trials} trials or 1, pieces, {size} cells or 1]")
    if given.every < dt:
        raise InputError(f"{what} changes every {given.every:g} s, sooner than dt, {dt:g} s; make dt smaller")
    whole_steps(f"a piece of {what}", given.every, dt)


def check_fine(name: str, population: Population, dt: float) -> None:
    """A step is short beside every time constant and every refractory time."""
    cells = population.cells
    if cells.refractory and cells.refractory < dt:
        raise InputError(f"refractory of {name} is {cells.refractory:g} s, shorter than dt, {dt:g} s; make dt smaller")
    own = {f: getattr(cells, f) for f in vars(cells) if unit_of(cells, f) == "second" and f.startswith("tau")}
    for parameter, tau in own.items():
        if dt > EXP_STEP * tau:
            raise InputError(
                f"dt is {dt:g} s, too coarse for {parameter} of {name}, {tau:g} s; give at most {EXP_STEP * tau:g}"
            )


def check_projection(name: str, projection: Projection, circuit: Circuit, trials: int) -> None:
    for end in (projection.source, projection.target):
        if end not in circuit.populations:
            raise InputError(
                f"{name} joins {end!r}, which is no population; choose from {', '.join(circuit.populations)}"
            )
    source, target = (circuit.populations[end] for end in (projection.source, projection.target))
    if code_of(source.cells).fires is None:
        raise InputError(f"{name} comes from {projection.source}, whose cells never fire; give them a condition")
    if projection.into is not None and projection.into not in code_of(target.cells).variables:
        raise InputError(
            f"{name} goes into {projection.into!r}, which {projection.target} lacks; choose a variable of its cells"
        )
    check_release(name, projection, source)
    if projection.into is None and projection.rule is None:
        raise InputError(f"{name} neither transmits nor learns; give into or rule")
    if projection.rule is None and projection.weights is None:
        raise InputError(f"{name} has no rule, so its weights do not come from one; give weights")
    shape = (target.size, source.size)
    for what in ("weights", "where", "delay"):
        check_matrix(f"{what} of {name}", getattr(projection, what), shape, trials)
    check_delay(name, projection, circuit.dt)
    if projection.rule is not None:
        check_rule(name, projection, target)
        check_bounds(name, projection, shape)
    own = {"w"} if projection.rule is None else set(symbols.flows(projection.rule))
    for end, cells in ((projection.source, source.cells), (projection.target, target.cells)):
        for shared in sorted(own & named_in(cells)):
            raise InputError(
                f"synapses of {name} have a variable {shared!r}, and so have cells of {end}; rename theirs"
            )


def as_numbers(a: Any) -> np.ndarray:
    """A number, an array or a tensor, as an array of its own."""
    return np.array(a.detach().cpu().numpy() if hasattr(a, "detach") else a, float)


def check_release(name: str, projection: Projection, source: Population) -> None:
    release = projection.release
    if isinstance(release, str) and release not in code_of(source.cells).variables:
        raise InputError(
            f"release of {name} is {release!r}, which {projection.source} lacks; choose a variable of its cells"
        )
    if isinstance(release, (int, float)) and not 0 <= release <= 1:
        raise InputError(f"release of {name} is {release}; give a share from 0 to 1")
    if release is not None and projection.into is None:
        raise InputError(f"{name} has a release but transmits nothing; give into or leave release out")
    if projection.stochastic and release is None:
        raise InputError(f"{name} is stochastic; give the probability as its release")


def check_matrix(what: str, a: Any, shape: tuple[int, int], trials: int) -> None:
    if a is not None and bool(np.isnan(as_numbers(a)).any()):
        raise InputError(f"{what} is not a number somewhere; give finite numbers")
    if a is not None and np.shape(a) not in ((), shape, (trials, *shape)):
        raise InputError(
            f"{what} has shape {np.shape(a)}; give a number, [post, pre] = {list(shape)} or [trials, post, pre]"
        )


def check_delay(name: str, projection: Projection, dt: float) -> None:
    delay = np.asarray(projection.delay, float)
    if (delay < 0).any():
        raise InputError(f"delay of {name} is {delay.min():g} s; give 0 or a time")
    if ((delay > 0) & (delay < (1 - 1e-6) * dt)).any():
        raise InputError(
            f"delay of {name} is {delay[delay > 0].min():g} s, shorter than dt, {dt:g} s; make dt smaller or give 0"
        )
    if delay.ndim and projection.rule is not None:
        raise InputError(f"delay of {name} is a matrix, but its synapses learn; give one number")
    if not np.allclose(delay / dt, np.rint(delay / dt), atol=1e-6):
        raise InputError(f"delay of {name} is not a whole number of steps of {dt:g} s; round it")


def check_rule(name: str, projection: Projection, target: Population) -> None:
    """The cells tell the rule what it listens to."""
    rule = projection.rule
    assert rule is not None
    if symbols.normaliser(rule) is not None:
        raise InputError(
            f"{rule.name} of {name} is read through a divisive normaliser, which cells lack; run it on rates"
        )
    for signal in sorted(set(symbols.signals(rule)) - {"pre", *ABSENT}):
        if signal not in code_of(target.cells).hears:
            raise InputError(
                f"{rule.name} of {name} listens to {signal}, which {projection.target} does not tell; "
                "add it to what its cells hear"
            )


def named_in(cells: Cells) -> set[str]:
    """Variables, inputs and parameters."""
    code = code_of(cells)
    return {*code.variables, *code.inputs, *numbers(cells)}


def check_bounds(name: str, projection: Projection, shape: tuple[int, int]) -> None:
    """Synapses start between the bounds of their rule, which holds them there only when it changes them."""
    rule = projection.rule
    assert rule is not None
    if not symbols.bounded(rule):
        return
    given = as_numbers(rule.start().get("w", 0.0) if projection.weights is None else projection.weights)
    where = True if projection.where is None else np.asarray(projection.where, bool)
    every, there, _ = np.broadcast_arrays(given, where, np.empty(shape))
    start = every[there]
    if (start != held(rule, start)).any():
        low, high = (end if abs(end) < LARGE else end * np.inf for end in held(rule, np.array([-LARGE, LARGE])))
        raise InputError(
            f"weights of {name} start from {start.min():g} to {start.max():g}, beyond the bounds of {rule.name}, "
            f"{low:g} to {high:g}; give weights between them"
        )


def held(rule: PlasticityRule, w: np.ndarray) -> np.ndarray:
    """What a rule makes of weights that change by 0: the same between its bounds, a bound beyond them."""
    rest = {z: rule.start().get(z, 0.0) for z in symbols.flows(rule)}
    with torch.no_grad():
        after = rule.absorb(TensorSynapse(rest | {"w": torch.from_numpy(w)}, 1.0), torch.zeros(w.shape).double())
    return np.asarray(after) + 0.0


def check_request(name: str, request: Request, circuit: Circuit) -> None:
    if isinstance(request, (Spikes, Trace)):
        if request.of not in circuit.populations:
            raise InputError(
                f"{name} records {request.of!r}, which is no population; choose from {', '.join(circuit.populations)}"
            )
        if isinstance(request, Spikes):
            return
        population = circuit.populations[request.of]
        if request.variable not in code_of(population.cells).variables:
            raise InputError(
                f"{name} records {request.variable!r}, which {request.of} lacks; choose a variable of its cells"
            )
        if not request.every > 0:
            raise InputError(f"every of {name} is {request.every:g} s; give a time above 0")
        whole_steps(f"every of {name}", request.every, circuit.dt)
        if any(not 0 <= cell < population.size for cell in request.cells or ()):
            raise InputError(f"{name} records cells that {request.of} lacks; give places below {population.size}")
        return
    projection = circuit.projections.get(request.of)
    if projection is None or projection.rule is None:
        plastic = [n for n, p in circuit.projections.items() if p.rule is not None]
        raise InputError(
            f"{name} records {request.of!r}, which is no plastic projection; choose from {', '.join(plastic)}"
        )
    if request.variable not in symbols.flows(projection.rule):
        raise InputError(
            f"{name} records {request.variable!r}, which {projection.rule.name} lacks; choose a variable of the rule"
        )
