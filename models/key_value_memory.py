"""A spiking key-value memory: Poisson cells (the key), plastic synapses, leaky integrate-and-fire cells (the value).

Pairs are shown one after another; then cues are asked with plasticity off. What a rule hears and has decides
how it is taught, so any rule that hears pre and post can be tried. Seeds are trials of one circuit, each with its own
random numbers: a seed's answers do not depend on the others, nor on the engine.

What the spikes cost is found by taking one thing away: fire the key cells by `regular` in place of `poisson` while
pairs are written or cues are asked, read the drive in place of the spikes, give the circuit no background or a longer
`settle`, or give the synapses a variant of the rule (Dale's law, `inhibited`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from math import exp, isclose, sqrt
from typing import Any, ClassVar, NamedTuple

import numpy as np
import torch

from plastic import circuit as spiking
from plastic import symbols
from plastic.cells import Cells, Given, quantity, volts
from plastic.circuit import Input, Phase, Population, Projection, Request, Spikes, Trace, Weights
from plastic.lab.portraits import Mark, frame, raster, trace
from plastic.rule import InputError, PlasticityRule
from plastic.rules import as_rule
from plastic.substrates import rate
from plastic.substrates.layer import unwrites
from plastic.variants import HardBound

BUSIEST = 0.25  # spikes a step; a cell has room for one
SILENCE = 3  # items after the last pair in which traces are still cashed in, so that no pair is worth less
NO_CEILING = 1e6


def check_whole_steps(name: str, time: float, dt: float) -> None:
    """A time is a whole number of steps."""
    if not isclose(time / dt, round(time / dt), rel_tol=1e-6):
        raise InputError(
            f"{name} of the circuit is {time:g} s, not a whole number of steps of {dt:g} s; change one of them"
        )


@dataclass(frozen=True)
class Circuit:
    """Times in seconds, rates in hertz, potentials in volts.

    A spike adds w / tau_s to the dendritic drive `pred` (Hz), which so settles at the sum of w times
    presynaptic rate. The rate `unit` stands for the value 1, in the teacher (post) and in the drive. The membrane
    is driven by rheobase + gain * pred / unit: at 0 it is about to fire, at 1 it fires at about `unit`.
    The teacher reaches the dendrite, where the rule hears it as post; the membrane follows the dendrite.
    A synapse may fail: it then transmits w / release of the spikes that it releases, so that the mean is the same.
    """

    dt: float = 1e-3
    item: float = 0.2  # how long a pair or a cue lasts
    settle: float = 0.04  # from onset until the teacher comes: the drive has then forgotten the item before
    read_from: float = 0.05  # from a cue's onset until output counts
    sampling: float = 0.005  # of the drive, where it is the output
    pulse: float = 0.01  # at the end of an item, when the modulator turns traces into weights
    active: float = 100.0  # rate of a cell that is on in a key
    background: float = 1.0  # rate of a cell that is off
    unit: float = 100.0  # rate that stands for the value 1
    tau_s: float = 0.02  # dendritic filter
    tau_learn: float = 0.08  # of an error while it is corrected: 4 tau_s, below which the correction overshoots
    tau_trace: float = 0.1  # of a trace whose time constant is 1; shorter than an item
    forgetting: float = 1 / 64  # per item, of rules with a gate
    tau_m: float = 0.02
    refractory: float = 0.002
    rest: float = -0.07  # also the reset
    threshold: float = -0.05
    rheobase: float = 0.02
    gain: float = 0.04  # for a value of 1
    noise: float = 0.002  # standard deviation of a membrane that does not fire
    release: float = 1.0  # probability with which a synapse transmits a spike

    def __post_init__(self) -> None:
        for name in {f.name for f in fields(self)} - {"rest", "threshold", "noise", "background", "forgetting"}:
            if not getattr(self, name) > 0:
                raise InputError(f"{name} of the circuit is {getattr(self, name)}; give a value above 0")
        if self.release > 1:
            raise InputError(f"release of the circuit is {self.release:g}; give a probability above 0, at most 1")
        if self.active * self.dt > BUSIEST:
            raise InputError(
                f"dt is {self.dt:g} s, too coarse for cells that fire at {self.active:g} Hz; "
                f"give at most {BUSIEST / self.active:g}"
            )
        if not (self.settle + self.pulse < self.item and self.read_from < self.item):
            raise InputError(
                f"item of the circuit is {self.item:g} s, which leaves no time after settle, pulse or read_from; "
                "make it longer"
            )
        for name in ("item", "settle", "read_from", "sampling", "pulse"):
            check_whole_steps(name, getattr(self, name), self.dt)

    @property
    def window(self) -> float:
        """How long the teacher stays."""
        return self.item - self.settle

    @property
    def reading(self) -> float:
        """How long output counts."""
        return self.item - self.read_from

    @property
    def leak(self) -> float:
        """The gate, in hertz."""
        return self.forgetting / self.item

    @property
    def steps(self) -> int:
        """Steps of an item."""
        return round(self.item / self.dt)

    def after(self, since: float) -> np.ndarray:
        """Which steps of an item start at least this long after its onset, [steps] of 0 and 1."""
        return (np.arange(self.steps) >= round(since / self.dt)).astype(float)

    def rates(self, patterns: np.ndarray) -> np.ndarray:
        """Firing rates of the key cells."""
        return self.background + (self.active - self.background) * patterns

    @property
    def shaking(self) -> float:
        """Size of a current held for one step that gives the membrane its noise."""
        kept = exp(-self.dt / self.tau_m)
        return self.noise * sqrt((1 + kept) / (1 - kept))


@dataclass(frozen=True, kw_only=True)
class KeyCells(Given):
    """Cells that fire in given steps, and tell their synapses the gate of rules that forget by the presynaptic cell."""

    leak: float = quantity(0.0, "hertz")

    def hears(self, s):
        return {"gate": self.leak}


@dataclass(frozen=True, kw_only=True)
class ValueCells(Cells):
    """Leaky integrate-and-fire cells with a dendritic drive `pred`, and a teacher that the synapses hear."""

    units: ClassVar[Mapping[str, str]] = {"v": "volt", "pred": "hertz"}
    held: ClassVar[tuple[str, ...]] = ("v",)
    unit: float = quantity(100.0, "hertz")
    leak: float = quantity(0.0, "hertz")
    tau_m: float = quantity(0.02, "second")
    tau_s: float = quantity(0.02, "second")
    rest: float = volts(-0.07)
    threshold: float = volts(-0.05)
    rheobase: float = volts(0.02)
    gain: float = volts(0.04)
    shaking: float = volts(0.0)

    def flow(self, s):
        driven = self.rheobase + self.gain * s.pred / self.unit + self.shaking * s.white
        return {"v": (self.rest - s.v + driven) / self.tau_m, "pred": -s.pred / self.tau_s}

    def fires(self, s):
        return s.v > self.threshold

    def reset(self, s):
        return {"v": self.rest}

    def hears(self, s):
        return {"post": self.unit * s.taught * s.teaching, "mod": s.modulating, "gate": self.leak}

    def start(self):
        return {"v": self.rest}


class Task(NamedTuple):
    """What is shown and asked, for S seeds."""

    keys: np.ndarray  # [S, n, d]
    values: np.ndarray  # [S, n, d_v]
    cues: np.ndarray  # [S, m, d]


class Recall(NamedTuple):
    """What S memories answer to m cues, and the spikes it took."""

    values: np.ndarray  # [S, m, d_v]
    spikes: np.ndarray  # [S, 2], a cue: of all key cells, of all value cells


# How key cells fire: (rates [steps, d] in Hz, the block's random numbers, dt) -> in which steps, [steps, d].
Firing = Callable[[np.ndarray, np.random.Generator, float], np.ndarray]


def poisson(rates: np.ndarray, rng: np.random.Generator, dt: float) -> np.ndarray:
    """By chance, at most once a step."""
    return rng.random(rates.shape) < rates * dt


def regular(rates: np.ndarray, rng: np.random.Generator, dt: float) -> np.ndarray:
    """Without shot noise: each time the integral of the rate passes a whole number, from a phase of the cell's own."""
    passed = np.floor(rng.random(rates.shape[1]) + np.cumsum(rates * dt, 0) + 1e-9)
    return np.diff(passed, axis=0, prepend=0) > 0


def answers(
    rule: PlasticityRule | type[PlasticityRule] | str,
    keys: np.ndarray,
    values: np.ndarray,
    cues: np.ndarray,
    seeds: Sequence[int],
    circuit: Circuit = Circuit(),
    read: str = "spikes",
    writing: Firing = poisson,
    asking: Firing = poisson,
    engine: str = "brian2",
) -> np.ndarray:
    """Show pairs in order, then ask cues with plasticity off: what is recalled, [S, m, d_v].

    keys [S, n, d] and cues [S, m, d]: 1 for cells that are on, 0 for the others; values [S, n, d_v] in [0, 1];
    seeds: S whole numbers. read: "spikes" (firing rate) or "drive" (mean dendritic drive), both in units of
    the value and less their mean over the cells of the block, as feed-forward inhibition would take it off.
    writing, asking: how the key cells fire while pairs are shown and while cues are asked. engine: as of
    `plastic.circuit.simulate`; each gives the same spikes.
    Errors: InputError for anything that does not fit.
    """
    return recalled(rule, keys, values, cues, seeds, circuit, read, writing, asking, engine).values


def recalled(
    rule: PlasticityRule | type[PlasticityRule] | str,
    keys: np.ndarray,
    values: np.ndarray,
    cues: np.ndarray,
    seeds: Sequence[int],
    circuit: Circuit = Circuit(),
    read: str = "spikes",
    writing: Firing = poisson,
    asking: Firing = poisson,
    engine: str = "brian2",
) -> Recall:
    """As `answers`, with the spikes of a read: what its bits are to be divided by."""
    rule, seeds = heard_by_both(as_rule(rule)), whole_numbers(seeds)
    task = checked(keys, values, cues, len(seeds))
    if read not in READ:
        raise InputError(f"read is {read!r}; give one of {', '.join(map(repr, READ))}")
    made = built(rule, task, seeds, circuit, writing, asking)
    record: dict[str, Request] = {"key": Spikes("key"), "value": Spikes("value")}
    if read == "drive":
        record["drive"] = Trace("value", "pred", circuit.sampling)
    found = spiking.simulate(made, seeds, record, engine)
    began = spiking.steps(made.course[0].seconds, circuit.dt)
    spikes = [asked_spikes(found[cells], began, len(seeds)) / task.cues.shape[1] for cells in ("key", "value")]
    return Recall(centred(READ[read](found, task, began, circuit)), np.stack(spikes, 1))


def asked_spikes(fired: spiking.Fired, began: int, trials: int) -> np.ndarray:
    """Spikes of every trial since the first cue, [S]."""
    return np.bincount(fired.trial[fired.step >= began], minlength=trials)


def without_spikes(
    rule: PlasticityRule | type[PlasticityRule] | str,
    keys: np.ndarray,
    values: np.ndarray,
    cues: np.ndarray,
    circuit: Circuit = Circuit(),
) -> np.ndarray:
    """What the same rule recalls on the rate substrate, one step an item, without noise: as `answers`.

    An error-correcting rule takes the share 1 - exp(-window / tau_learn) of an error away in one item.
    """
    rule = heard_by_both(as_rule(rule))
    keys, values, cues = checked(keys, values, cues, len(np.atleast_1d(keys)))
    rule = with_fields(rule, tau_eligible=lambda tau: tau * circuit.tau_trace / circuit.item)
    if corrects(rule):
        rule = with_fields(rule, eta=lambda eta: 1 - exp(-eta * circuit.window / circuit.tau_learn))
    values = unit_length(values) if unwrites(rule) else values  # their length is a step size
    norm = sqrt(energy(circuit.rates(keys)))
    arrays = then_silence(rule, circuit.rates(keys) / norm), then_silence(rule, values), circuit.rates(cues) / norm
    pre, post, query = (torch.from_numpy(a)[:, :, None] for a in arrays)
    signals = {"pre": pre, "post": post, "gate": torch.full_like(pre[..., 0], circuit.forgetting)}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)  # of rules that write by chance
        _, state = rate.read(rule, signals)
    return centred(rate.recall(rule, state, query)[:, :, 0].numpy())


def unit_length(a: np.ndarray) -> np.ndarray:
    """Vectors [..., d] over their length (0 stays 0)."""
    length = np.linalg.norm(a, axis=-1, keepdims=True)
    return a / np.where(length == 0, 1, length)


def centred(a: np.ndarray) -> np.ndarray:
    """Less the mean over the cells, [..., d_v]."""
    return a - a.mean(-1, keepdims=True)


def inhibited(rule: PlasticityRule, w_0: float = 0.1) -> PlasticityRule:
    """Excitatory synapses about w_0 and as much feed-forward inhibition: weights of both signs, none below -w_0.

    A plastic excitatory weight w_0 + w that keeps Dale's law (w_0 + w >= 0), and a fixed inhibitory cell that takes
    w_0 off for every presynaptic spike: together they are w with a floor. On rates (`without_spikes`) keys
    have length 1, so there the same number is another floor.
    """
    if not w_0 > 0:
        raise InputError(f"w_0 is {w_0:g}; give a weight above 0, or Dale's law alone")
    return HardBound(rule, lowest=-w_0, highest=NO_CEILING * w_0)


# What the rule is decides how it is taught.


def heard_by_both(rule: PlasticityRule) -> PlasticityRule:
    """Refuse a rule that cannot tie a value to a key, or that these cells cannot read."""
    for name in sorted({"pre", "post"} - set(symbols.signals(rule))):
        raise InputError(
            f"{rule.name} does not hear {name}, so it cannot store pairs; give a rule that hears pre and post"
        )
    if symbols.normaliser(rule) is not None:
        raise InputError(f"{rule.name} is read through a divisive normaliser, which these cells lack; run it on rates")
    return rule


def corrects(rule: PlasticityRule) -> bool:
    """Whether a write depends on what is already predicted."""
    return any(flow.erase != 0 or flow.unwrite != 0 for flow in symbols.flows(rule).values())


def with_fields(rule: PlasticityRule, **change: Any) -> PlasticityRule:
    """The rule with the given functions applied to those of its parameters that have these names."""
    outer: Any = rule
    if isinstance(inner := getattr(rule, "rule", None), PlasticityRule):
        return replace(outer, rule=with_fields(inner, **change))
    own = {f.name for f in fields(rule)}
    return replace(rule, **{name: by(getattr(rule, name)) for name, by in change.items() if name in own})


def timed(rule: PlasticityRule, norm: float, circuit: Circuit) -> PlasticityRule:
    """The rule in seconds, from one whose unit of time is the item and whose keys have length 1.

    norm: the sum of squared presynaptic rates, in Hz^2. While an item is on, an error-correcting rule moves
    pred by d pred/dt = eta * norm * (post - pred), so its eta is 1 / (tau_learn * norm). Hebb's rule adds
    eta * norm * window * post in all, so its eta is 1 / (window * norm), and that of any other rule too.
    """
    rule = with_fields(
        rule,
        tau=lambda tau: tau * circuit.item,
        tau_eligible=lambda tau: tau * circuit.tau_trace,
        conversion=lambda conversion: conversion / circuit.pulse,
        r_0=lambda r_0: r_0 * circuit.unit,
    )
    time = circuit.tau_learn if corrects(rule) else circuit.window
    return with_fields(rule, eta=lambda eta: eta / (time * norm))


def bare(rule: PlasticityRule) -> PlasticityRule:
    """The rule inside its variants."""
    inner = getattr(rule, "rule", None)
    return bare(inner) if isinstance(inner, PlasticityRule) else rule


def amplitude(rule: PlasticityRule, norm: float, circuit: Circuit) -> float:
    """How much a spike through an efficacy of 1 moves the dendrite: 1 where the rule corrects what it predicts.

    Elsewhere as much as it takes for a value, shown once, to be recalled at its own strength.
    """
    return 1.0 if corrects(rule) else 1 / (recalled_once(bare(rule), norm, circuit) or 1.0)


def recalled_once(rule: PlasticityRule, norm: float, circuit: Circuit) -> float:
    """What share of the value 1 one showing leaves, on rates: with one input cell in place of all of them."""
    items = then_silence(rule, np.ones((1, 1, 1))).ravel()
    shown = {
        "pre": sqrt(norm) * items.repeat(circuit.steps)[:, None],
        "post": circuit.unit * np.outer(items, teaching(circuit)).reshape(-1, 1),
        "mod": np.tile(modulating(rule, circuit), len(items)),
        "gate": np.full(len(items) * circuit.steps, circuit.leak),
    }
    signals = {name: torch.from_numpy(a)[None, :, None] for name, a in shown.items()}
    _, state = rate.read(rule, signals, dt=circuit.dt)
    return float(rate.recall(rule, state, signals["pre"][:, :1])) / circuit.unit


def teaching(circuit: Circuit) -> np.ndarray:
    """When the teacher is on, [steps of an item]."""
    return circuit.after(circuit.settle)


def modulating(rule: PlasticityRule, circuit: Circuit) -> np.ndarray:
    """When the modulator is on: with the teacher, or at the item's end for a rule that cashes in traces."""
    return circuit.after(circuit.item - circuit.pulse) if symbols.writes_late(rule) else teaching(circuit)


def then_silence(rule: PlasticityRule, a: np.ndarray) -> np.ndarray:
    """Patterns [S, n, cells], with a few empty items after them for a rule that writes late."""
    return np.pad(a, ((0, 0), (0, SILENCE), (0, 0))) if symbols.writes_late(rule) else a


# The network.


def built(
    rule: PlasticityRule,
    task: Task,
    seeds: Sequence[int],
    circuit: Circuit,
    writing: Firing = poisson,
    asking: Firing = poisson,
) -> spiking.Circuit:
    """Key cells, value cells and a synapse from each to each; pairs are shown, then cues asked with plasticity off."""
    keys, values = then_silence(rule, task.keys), then_silence(rule, task.values)
    trains = [fired(seed, keys[s], task.cues[s], writing, asking, circuit) for s, seed in enumerate(seeds)]
    norm = energy(circuit.rates(task.keys))
    learning = timed(rule, norm, circuit)
    gain = amplitude(learning, norm, circuit) / (circuit.tau_s * circuit.release)
    unreliable: Any = {"release": circuit.release, "stochastic": True} if circuit.release < 1 else {}
    learned = Projection("key", "value", into="pred", gain=gain, rule=learning, **unreliable)
    source = Population(KeyCells(leak=circuit.leak), task.keys.shape[2], {"fired": Input(np.stack(trains), circuit.dt)})
    course = [Phase(keys.shape[1] * circuit.item), Phase(task.cues.shape[1] * circuit.item, learning=False)]
    populations = {"key": source, "value": value_cells(rule, values, circuit)}
    return spiking.Circuit(populations, {"fast": learned}, course, circuit.dt)


def fired(
    seed: int, keys: np.ndarray, cues: np.ndarray, writing: Firing, asking: Firing, circuit: Circuit
) -> np.ndarray:
    """In which steps the key cells of one trial fire while pairs are shown and cues asked, [steps, d]."""
    rng = np.random.default_rng(np.random.SeedSequence(seed).spawn(1)[0])
    return np.concatenate([train(keys, rng, writing, circuit), train(cues, rng, asking, circuit)])


def train(patterns: np.ndarray, rng: np.random.Generator, firing: Firing, circuit: Circuit) -> np.ndarray:
    """In which steps the cells of one trial fire while patterns [items, d] follow one another, [steps, d]."""
    rates = circuit.rates(patterns).repeat(circuit.steps, 0)
    fired = np.asarray(firing(rates, rng, circuit.dt))
    if fired.shape != rates.shape or fired.dtype != bool:
        raise InputError(
            f"the firing of the key cells gave {fired.dtype} of shape {fired.shape}; "
            f"give whether each cell fires in each step, bool of shape {rates.shape}"
        )
    return fired


def value_cells(rule: PlasticityRule, values: np.ndarray, circuit: Circuit) -> Population:
    """Leaky integrate-and-fire cells that are taught values [S, n, d_v], one item after another."""
    own = {f.name for f in fields(ValueCells)} & {*dir(circuit)}
    cells = ValueCells(**{name: getattr(circuit, name) for name in own})
    of_item = {"teaching": teaching(circuit), "modulating": modulating(rule, circuit)}
    in_all = {name: Input(np.tile(a, values.shape[1])[None, :, None], circuit.dt) for name, a in of_item.items()}
    return Population(cells, values.shape[2], {"taught": Input(values, circuit.item), **in_all})


def firing(found: Mapping[str, Any], task: Task, began: int, circuit: Circuit) -> np.ndarray:
    """Firing rate in each cue's reading time, [S, m, d_v], in units of the value."""
    onsets = began + circuit.steps * np.arange(task.cues.shape[1])
    edges = np.stack([onsets + spiking.steps(circuit.read_from, circuit.dt), onsets + circuit.steps], 1).ravel()
    windows = spiking.counts(found["value"], len(task.cues), task.values.shape[2], edges.tolist())
    return windows[:, ::2] / (circuit.reading * circuit.unit)


def driving(found: Mapping[str, Any], task: Task, began: int, circuit: Circuit) -> np.ndarray:
    """Mean dendritic drive in each cue's reading time, [S, m, d_v], in units of the value."""
    every = spiking.steps(circuit.sampling, circuit.dt)
    step = every * np.arange(found["drive"].shape[1])
    cue, since = np.divmod(step - began, circuit.steps)
    read = since >= spiking.steps(circuit.read_from, circuit.dt)
    means = [found["drive"][:, read & (cue == m)].mean(1) for m in range(task.cues.shape[1])]
    return np.stack(means, 1) / circuit.unit


READ = {"spikes": firing, "drive": driving}


# One trial to look at.

PORTRAIT = {"cells": 60, "pairs": 6, "traced": 3, "frame": 30}


def portrait(seed: int) -> list[Mark]:
    """A trial of the delta rule: spikes, weights after every pair, drive of some cells, recalled against stored."""
    cells, pairs, circuit = PORTRAIT["cells"], PORTRAIT["pairs"], Circuit()
    rng = np.random.default_rng([seed, pairs])
    keys = (rng.random((1, pairs, cells)).argsort(-1) < cells // 10).astype(float)
    task = Task(keys, rng.random((1, pairs, cells)), keys)
    made = built(as_rule("delta"), task, [seed], circuit)
    course = [*[Phase(circuit.item)] * pairs, made.course[1]]
    record: dict[str, Request] = {
        "key": Spikes("key"),
        "value": Spikes("value"),
        "drive": Trace("value", "pred", circuit.sampling),
        "w": Weights("fast"),
    }
    found = spiking.simulate(replace(made, course=course), [seed], record, "torch")
    return [
        *raster("raster", "key", found["key"], circuit.dt, range(cells)),
        *raster("raster", "value", found["value"], circuit.dt, range(0, cells, 3)),
        *frames(found["w"][0]),
        *driven(found["drive"][0], task.values[0], circuit),
        *answered(driving(found, task, pairs * circuit.steps, circuit)[0], task.values[0]),
    ]


def frames(weights: np.ndarray) -> list[Mark]:
    """The first of the weights [pairs, post, pre] after every pair."""
    some = slice(PORTRAIT["frame"])
    return [mark for n, w in enumerate(weights[:-1], 1) for mark in frame("weights", f"pair {n}", w[some, some])]


def driven(drive: np.ndarray, values: np.ndarray, circuit: Circuit) -> list[Mark]:
    """Drive [samples, cells] of some cells, in units of the value, and the value taught to them [pairs, cells]."""
    time = circuit.sampling * np.arange(len(drive))
    onsets = circuit.item * np.arange(len(values) + 1)
    marks = []
    for cell in range(PORTRAIT["traced"]):
        marks += trace("drive", f"cell {cell}", time, drive[:, cell] / circuit.unit)
        steps = np.repeat(onsets, 2)[1:-1], np.repeat(values[:, cell], 2)
        marks += trace("drive", f"value of cell {cell}", *steps)
    return marks


def answered(recalled: np.ndarray, values: np.ndarray) -> list[Mark]:
    """Recalled against stored values, pair by pair."""
    pairs = enumerate(zip(values, recalled, strict=True), 1)
    return [mark for n, (stored, found) in pairs for mark in trace("recall", f"pair {n}", stored, found)]


# What is refused.


def checked(keys: Any, values: Any, cues: Any, blocks: int) -> Task:
    """Keys, values and cues as arrays [S, items, cells] that fit one another."""
    task = Task(*(pattern(name, a) for name, a in zip(Task._fields, (keys, values, cues), strict=True)))
    for name, a in zip(Task._fields, task, strict=True):
        if len(a) != blocks:
            raise InputError(f"{name} have shape {a.shape}, but there are {blocks} seeds; give [seeds, items, cells]")
    if task.keys.shape[1] != task.values.shape[1] or task.keys.shape[2] != task.cues.shape[2]:
        raise InputError(
            f"keys {task.keys.shape}, values {task.values.shape} and cues {task.cues.shape} do not fit; "
            "give [S, n, d], [S, n, d_v] and [S, m, d]"
        )
    return task


def whole_numbers(seeds: Any) -> list[int]:
    """The seeds, one of them or more."""
    found = np.atleast_1d(seeds)
    if found.ndim != 1 or found.dtype.kind not in "iu" or (found < 0).any():
        raise InputError(f"seeds is {seeds!r}; give whole numbers from 0")
    return found.tolist()


def pattern(name: str, a: Any) -> np.ndarray:
    """One array [S, items, cells] with entries from 0 to 1."""
    found = np.asarray(a, float)
    if found.ndim != 3 or 0 in found.shape:
        raise InputError(f"{name} have shape {found.shape}; give [seeds, items, cells], none of them 0")
    if not ((found >= 0) & (found <= 1)).all():
        raise InputError(f"{name} run from {found.min():g} to {found.max():g}; give entries from 0 to 1")
    return found


def energy(rates: np.ndarray) -> float:
    """The sum of squared rates, in Hz^2, that all keys [S, n, d] share; they then need one eta."""
    found = np.square(rates).sum(-1)
    if np.ptp(found) > 1e-6 * found.max():
        raise InputError(
            "keys differ in how many cells are on; give every key the same number, since one eta serves all"
        )
    return float(found.flat[0])
