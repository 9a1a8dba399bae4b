"""A spiking key-value memory: Poisson cells (the key), plastic synapses, leaky integrate-and-fire cells (the value).

Pairs are shown one after another; then cues are asked with plasticity off. What a rule hears and has decides
how it is taught, so any rule that hears pre and post can be tried. Seeds run side by side as blocks of one
network, each with its own random numbers: a seed's answers do not depend on the others.

What the spikes cost is found by taking one thing away: fire the key cells by `regular` in place of `poisson` while
pairs are written or cues are asked, read the drive in place of the spikes, give the circuit no background or a longer
`settle`, or give the synapses a variant of the rule (Dale's law, `inhibited`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from math import exp, isclose, sqrt
from typing import Any, NamedTuple

import brian2
import numpy as np
import torch
from brian2 import Hz, second, volt

from plastic import symbols
from plastic.rule import InputError, PlasticityRule
from plastic.rules import as_rule
from plastic.substrates import rate
from plastic.substrates.layer import unwrites
from plastic.substrates.spiking import PlasticSynapses, synapses
from plastic.variants import HardBound

CELLS = """
dv/dt = (rest - v + rheobase + gain * pred / unit + shaking * white) / tau_m : volt (unless refractory)
dpred/dt = -pred / tau_s : Hz
white : 1
mod = modulating(t) : 1 (shared, constant over dt)
post = unit * taught(t, i) * teaching(t) : Hz (constant over dt)
gate : Hz (shared)
"""
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
    tau_learn: float = 0.06  # of an error while it is corrected; below 4 tau_s the correction overshoots a little
    tau_trace: float = 0.1  # of a trace whose time constant is 1; shorter than an item
    forgetting: float = 1 / 64  # per item, of rules with a gate
    tau_m: float = 0.02
    refractory: float = 0.002
    rest: float = -0.07  # also the reset
    threshold: float = -0.05
    rheobase: float = 0.02
    gain: float = 0.04  # for a value of 1
    noise: float = 0.002  # standard deviation of a membrane that does not fire

    def __post_init__(self) -> None:
        for name in {f.name for f in fields(self)} - {"rest", "threshold", "noise", "background", "forgetting"}:
            if not getattr(self, name) > 0:
                raise InputError(f"{name} of the circuit is {getattr(self, name)}; give a value above 0")
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

    @property
    def units(self) -> dict[str, Any]:
        """The parameters that the equations of the cells use."""
        potentials = ("rest", "threshold", "rheobase", "gain", "shaking")
        times = {"tau_m": self.tau_m * second, "tau_s": self.tau_s * second}
        return {"unit": self.unit * Hz} | times | {name: getattr(self, name) * volt for name in potentials}


class Task(NamedTuple):
    """What is shown and asked, for S seeds."""

    keys: np.ndarray  # [S, n, d]
    values: np.ndarray  # [S, n, d_v]
    cues: np.ndarray  # [S, m, d]


class Recall(NamedTuple):
    """What S memories answer to m cues, and the spikes it took."""

    values: np.ndarray  # [S, m, d_v]
    spikes: np.ndarray  # [S, 2], a cue: of all key cells, of all value cells


class Memory(NamedTuple):
    """A network of S blocks, side by side."""

    network: brian2.Network
    source: Any  # S * d key cells
    cells: Any  # S * d_v value cells
    synapses: PlasticSynapses
    items: int  # to write, silent ones included
    circuit: Circuit


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
) -> np.ndarray:
    """Show pairs in order, then ask cues with plasticity off: what is recalled, [S, m, d_v].

    keys [S, n, d] and cues [S, m, d]: 1 for cells that are on, 0 for the others; values [S, n, d_v] in [0, 1];
    seeds: S whole numbers. read: "spikes" (firing rate) or "drive" (mean dendritic drive), both in units of
    the value and less their mean over the cells of the block, as feed-forward inhibition would take it off.
    writing, asking: how the key cells fire while pairs are shown and while cues are asked.
    Errors: InputError for anything that does not fit.
    """
    return recalled(rule, keys, values, cues, seeds, circuit, read, writing, asking).values


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
) -> Recall:
    """As `answers`, with the spikes of a read: what its bits are to be divided by."""
    rule, seeds = heard_by_both(as_rule(rule)), whole_numbers(seeds)
    task = checked(keys, values, cues, len(seeds))
    if read not in READ:
        raise InputError(f"read is {read!r}; give one of {', '.join(map(repr, READ))}")
    if "chance" not in symbols.heard(rule):
        return answered(rule, task, seeds, circuit, read, writing, asking)
    # One network draws all its chances from one stream, so seeds go one by one.
    blocks = [Task(*(a[s : s + 1] for a in task)) for s in range(len(seeds))]
    found = [
        answered(rule, block, [seed], circuit, read, writing, asking) for block, seed in zip(blocks, seeds, strict=True)
    ]
    return Recall(*(np.concatenate(part) for part in zip(*found, strict=True)))


def answered(
    rule: PlasticityRule,
    task: Task,
    seeds: Sequence[int],
    circuit: Circuit,
    read: str,
    writing: Firing,
    asking: Firing,
) -> Recall:
    """All seeds in one network."""
    cues = task.cues.shape[1]
    with numpy_target(seeds[0]):
        memory = built(rule, task, seeds, circuit, writing, asking)
        write(memory)
        counters = [brian2.SpikeMonitor(group, record=False) for group in (memory.source, memory.cells)]
        memory.network.add(counters)
        found = READ[read](memory, cues)  # [m, S * d_v]
        spikes = [counter.count[:].reshape(len(seeds), -1).sum(1) / cues for counter in counters]
    return Recall(centred(found.reshape(cues, len(seeds), -1).swapaxes(0, 1)), np.stack(spikes, 1))


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
) -> Memory:
    """Key cells, value cells and every synapse between them, one block for each seed."""
    streams = [np.random.SeedSequence(seed).spawn(2) for seed in seeds]
    spiking, shaking = ([np.random.default_rng(stream) for stream in of] for of in zip(*streams, strict=True))
    keys, values = then_silence(rule, task.keys), then_silence(rule, task.values)
    trains = [
        np.concatenate([train(keys[s], rng, writing, circuit), train(task.cues[s], rng, asking, circuit)])
        for s, rng in enumerate(spiking)
    ]
    source = key_cells(rule, np.concatenate(trains, 1), circuit)
    cells = value_cells(rule, values, circuit)
    norm = energy(circuit.rates(task.keys))
    learned = connected(timed(rule, norm, circuit), source, cells, len(seeds), norm, circuit)
    network = brian2.Network(source, cells, membrane_noise(cells, shaking, circuit), learned)
    return Memory(network, source, cells, learned, keys.shape[1], circuit)


def key_cells(rule: PlasticityRule, trains: np.ndarray, circuit: Circuit) -> Any:
    """Cells that fire in the given steps, [steps, S * d]."""
    when, which = trains.nonzero()
    source = brian2.SpikeGeneratorGroup(trains.shape[1], which, when * circuit.dt * second, dt=circuit.dt * second)
    if rule.gate_axis == "pre":
        source.variables.add_array("gate", len(source), dimensions=Hz.dim, values=np.full(len(source), circuit.leak))
    return source


def train(patterns: np.ndarray, rng: np.random.Generator, firing: Firing, circuit: Circuit) -> np.ndarray:
    """In which steps the cells of one block fire while patterns [items, d] follow one another, [steps, d]."""
    rates = circuit.rates(patterns).repeat(circuit.steps, 0)
    fired = np.asarray(firing(rates, rng, circuit.dt))
    if fired.shape != rates.shape or fired.dtype != bool:
        raise InputError(
            f"the firing of the key cells gave {fired.dtype} of shape {fired.shape}; "
            f"give whether each cell fires in each step, bool of shape {rates.shape}"
        )
    return fired


def value_cells(rule: PlasticityRule, values: np.ndarray, circuit: Circuit) -> Any:
    """Leaky integrate-and-fire cells that carry what the rule hears while values [S, n, d_v] are taught."""
    taught = values.swapaxes(0, 1).reshape(values.shape[1], -1)  # [n, S * d_v]
    of_step = {"teaching": teaching(circuit), "modulating": modulating(rule, circuit)}
    inputs = {name: over_items(np.tile(a, len(taught)), circuit.dt) for name, a in of_step.items()}
    cells = brian2.NeuronGroup(
        taught.shape[1],
        CELLS,
        threshold="v > threshold",
        reset="v = rest",
        refractory=circuit.refractory * second,
        method="exponential_euler",  # the exact solution divides by tau_m - tau_s
        namespace=circuit.units | inputs | {"taught": over_items(taught, circuit.item)},
        dt=circuit.dt * second,
    )
    cells.v, cells.gate = circuit.rest * volt, circuit.leak * Hz
    return cells


def over_items(values: np.ndarray, dt: float) -> brian2.TimedArray:
    """Values that follow one another every dt, and 0 after them."""
    return brian2.TimedArray(np.concatenate([values, 0 * values[:1]]), dt * second)


def membrane_noise(cells: Any, rngs: list[np.random.Generator], circuit: Circuit) -> Any:
    """What shakes the membranes: each block from its own generator, so that no block hears of another."""
    each = len(cells) // len(rngs)

    def shake() -> None:
        cells.white_ = np.concatenate([rng.standard_normal(each) for rng in rngs])

    return brian2.NetworkOperation(shake, dt=circuit.dt * second)


def connected(
    rule: PlasticityRule, source: Any, cells: Any, blocks: int, norm: float, circuit: Circuit
) -> PlasticSynapses:
    """Every key cell on every value cell of its block."""
    made = synapses(
        rule,
        source,
        cells,
        transmit="pred_post += amplitude * efficacy / tau_s",
        pred="target",
        namespace={"amplitude": amplitude(rule, norm, circuit), "tau_s": circuit.tau_s * second},
        dt=circuit.dt * second,
    )
    block, pre, post = np.indices((blocks, len(source) // blocks, len(cells) // blocks)).reshape(3, -1)
    made.connect(i=block * (len(source) // blocks) + pre, j=block * (len(cells) // blocks) + post)
    return made


def write(memory: Memory) -> None:
    """Show the pairs; afterwards plasticity is off."""
    memory.network.run(memory.items * memory.circuit.item * second, namespace={})
    freeze(memory.synapses)


def freeze(made: PlasticSynapses) -> None:
    """Nothing but transmission goes on: no spike is learned from, nothing decays."""
    for part in made.contained_objects:
        part.active = part is made.transmit


def firing(memory: Memory, cues: int) -> np.ndarray:
    """Firing rate in each cue's reading time, [cues, cells], in units of the value."""
    monitor = brian2.SpikeMonitor(memory.cells)
    since, circuit = observed(memory, monitor, cues), memory.circuit
    cue, late = reading_time(monitor.t / second - since, circuit)
    place = cue[late] * len(memory.cells) + monitor.i[:][late]
    counts = np.bincount(place, minlength=cues * len(memory.cells)).reshape(cues, -1)
    return counts / (circuit.reading * circuit.unit)


def driving(memory: Memory, cues: int) -> np.ndarray:
    """Mean dendritic drive in each cue's reading time, [cues, cells], in units of the value."""
    monitor = brian2.StateMonitor(memory.cells, "pred", record=True, dt=memory.circuit.sampling * second)
    since, circuit = observed(memory, monitor, cues), memory.circuit
    cue, late = reading_time(monitor.t / second - since, circuit)
    drive = monitor.pred_.T
    return np.stack([drive[late & (cue == m)].mean(0) for m in range(cues)]) / circuit.unit


READ = {"spikes": firing, "drive": driving}


def observed(memory: Memory, monitor: Any, cues: int) -> float:
    """Ask the cues while the monitor watches; when they began, in seconds."""
    began = memory.network.t / second
    memory.network.add(monitor)
    memory.network.run(cues * memory.circuit.item * second, namespace={})
    return began


def reading_time(since: np.ndarray, circuit: Circuit) -> tuple[np.ndarray, np.ndarray]:
    """For times since the first cue: which cue each falls into, and whether its output counts."""
    cue, step = np.divmod(np.rint(since / circuit.dt).astype(int), circuit.steps)
    return cue, step >= round(circuit.read_from / circuit.dt)


@contextmanager
def numpy_target(seed: int) -> Iterator[None]:
    """Brian2 runs in numpy and draws chances from this seed; afterwards all is as it was before."""
    target, state = brian2.prefs.codegen.target, np.random.get_state()  # noqa: NPY002
    brian2.prefs.codegen.target = "numpy"
    brian2.seed(seed % 2**32)
    try:
        yield
    finally:
        brian2.prefs.codegen.target = target
        np.random.set_state(state)  # noqa: NPY002


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
