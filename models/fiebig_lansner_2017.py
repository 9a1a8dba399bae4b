"""A working memory in fast Hebbian synapses: items are bound in one showing, and fade with the time constant of w.

After Fiebig & Lansner (2017), J. Neuroscience 37:83, in a minimal form: one pool of excitatory cells, half of them
key and half value cells, whose synapses onto each other all learn by rule `retnet`, dw = eta post pre - w / tau_w
(pre: spikes; post: a trace of the target's own spikes, in Hz); one inhibitory pool that hears all of them; adaptation,
which ends every burst. The original has columns, BCPNN and many more cells.

Shorter items and gaps than in the original keep it quick. With this gain bursts are discrete but irregular: the
autocorrelation of the rates has no peak above that of a network that has learned nothing.

Items are shown in turn, then a background drive lets them reactivate, then every key is shown alone with plasticity
off, and the value cells are read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np

from plastic.cells import Cells, quantity, volts
from plastic.circuit import Circuit, Input, Phase, Population, Projection, Spikes, Weights, counts, simulate
from plastic.lab.portraits import Mark, frame, raster, trace
from plastic.memory.codes import generator
from plastic.rule import InputError
from plastic.rules.retnet import RetNet
from plastic.variants import Variant

PIECE = 0.05  # of the inputs, in seconds
BIN = 0.02  # of rates, in seconds
BURST = 30.0  # Hz of the cells of an item, above which it is active
LATE = 0.05  # of a cue, from when value cells are read


@dataclass(frozen=True, kw_only=True)
class Inhibitory(Cells):
    """Leaky integrate-and-fire cells with white noise, and excitation that fades (V)."""

    units: ClassVar[Mapping[str, str]] = {"v": "volt", "excitation": "volt"}
    held = ("v",)
    refractory: float = quantity(0.001, "second")
    tau_m: float = quantity(0.01, "second", positive=True)
    tau_e: float = quantity(0.01, "second", positive=True)
    threshold: float = volts(0.02)
    lowest: float = volts(0.0)  # after a spike
    tonic: float = volts(0.008)
    sigma: float = volts(0.004)

    def flow(self, s):
        noise = self.sigma * (2 * self.tau_m / s.dt) ** 0.5 * s.white
        return {"v": (self.tonic + s.excitation + noise - s.v) / self.tau_m, "excitation": -s.excitation / self.tau_e}

    def fires(self, s):
        return s.v > self.threshold

    def reset(self, s):
        return {"v": self.lowest}


@dataclass(frozen=True, kw_only=True)
class Adapting(Inhibitory):
    """The same with inhibition, adaptation and a trace z of its spikes (Hz). Inputs: shown (Hz), background (V).

    shown: a rate of events each of which makes the cell fire.
    """

    units: ClassVar[Mapping[str, str]] = {
        "v": "volt", "excitation": "volt", "inhibition": "volt", "adaptation": "volt",
        "z": "hertz", "shown": "hertz", "background": "volt",
    }  # fmt: skip
    refractory: float = quantity(0.003, "second")
    tau_m: float = quantity(0.02, "second", positive=True)
    tau_i: float = quantity(0.01, "second", positive=True)
    tau_a: float = quantity(0.5, "second", positive=True)
    tau_z: float = quantity(0.15, "second", positive=True)
    tonic: float = volts(0.012)
    kick: float = volts(0.08)
    adapts: float = volts(0.002)  # by every spike

    def flow(self, s):
        kicked = self.kick * s.positive(s.shown * s.dt - s.chance) / s.dt
        base = super().flow(s)
        fading = {
            "inhibition": -s.inhibition / self.tau_i,
            "adaptation": -s.adaptation / self.tau_a,
            "z": -s.z / self.tau_z,
        }
        return base | {"v": base["v"] + (s.background - s.inhibition - s.adaptation) / self.tau_m + kicked} | fading

    def reset(self, s):
        return super().reset(s) | {"adaptation": s.adaptation + self.adapts, "z": s.z + 1 / self.tau_z}

    def hears(self, s):
        return {"post": s.z}


@dataclass(frozen=True)
class Ceiling(Variant):
    """Writes shrink with the room left below a weight of 1; the leak is as it was. Weights above 0 only."""

    biology = "strong synapses are harder to potentiate"

    @property
    def name(self) -> str:
        return f"{self.rule.name}+ceiling"

    def flow(self, s: Any) -> Any:
        return {z: flow._replace(write=flow.write * (1 - s.w)) for z, flow in self.rule.flow(s).items()}


@dataclass(frozen=True)
class Network:
    """Sizes, the fast synapses, and strengths in volts."""

    half: int = 200  # key cells, and as many value cells
    of_item: int = 20  # in each half
    inhibitors: int = 100
    eta: float = 0.004  # seconds
    tau_w: float = 5.0  # seconds
    recurrent: float = 0.005
    to_inhibitory: float = 0.0006
    inhibitory: float = 0.0013
    dt: float = 1e-3

    def __post_init__(self) -> None:
        if not 0 < self.of_item <= self.half:
            raise InputError(f"of_item is {self.of_item}, but a half has {self.half} cells; give 1 to that many")

    @property
    def rule(self) -> Any:
        """How excitatory synapses learn: no weight passes 1, or the first item would take over."""
        return Ceiling(RetNet(eta=self.eta, tau=self.tau_w))


class Course(NamedTuple):
    """What happens: items in turn with gaps, free reactivation, a rest, keys in turn with pauses. Times in seconds."""

    items: int = 4
    item: float = 0.5
    gap: float = 0.5
    free: float = 0.0
    cue: float = 0.3
    pause: float = 0.5
    shown: float = 50.0  # Hz of the cells of an item
    background: float = 0.006  # volts, on all cells during free reactivation

    @property
    def phases(self) -> list[Phase]:
        """Learning until the first cue."""
        writing = [Phase(t) for _ in range(self.items) for t in (self.item, self.gap)]
        free = [Phase(self.free)] if self.free else []
        asking = [Phase(t, False) for _ in range(self.items) for t in (self.cue, self.pause)]
        return [*writing, *free, Phase(self.pause, False), *asking]

    @property
    def written(self) -> float:
        """When all items have been shown."""
        return self.items * self.spacing

    @property
    def spacing(self) -> float:
        """From one item to the next."""
        return self.item + self.gap

    @property
    def ages(self) -> np.ndarray:
        """From the end of each item to the end of learning, [items]."""
        return self.gap + self.free + self.spacing * np.arange(self.items)[::-1]

    def cued(self, item: int) -> float:
        """When the key of an item is shown."""
        return self.written + self.free + self.pause + item * (self.cue + self.pause)


def patterns(net: Network, items: int, seeds: Sequence[int]) -> np.ndarray:
    """Which cells belong to each item, the key half first: [trials, items, cells]."""
    return np.stack([drawn(net, items, seed) for seed in seeds])


def drawn(net: Network, items: int, seed: int) -> np.ndarray:
    order = generator(seed, "items").random((items, 2, net.half)).argsort(-1)
    return (order < net.of_item).reshape(items, -1)


def circuit(net: Network, course: Course, items: np.ndarray) -> Circuit:
    """The network with its course; items: [trials, items, cells]."""
    cells, phases = 2 * net.half, course.phases
    inputs = {"shown": shown(net, course, items), "background": background(course)}
    populations = {
        "E": Population(Adapting(), cells, inputs),
        "I": Population(Inhibitory(), net.inhibitors),
    }
    projections = {
        "EE": Projection("E", "E", "excitation", net.recurrent, net.rule),
        "EI": Projection("E", "I", "excitation", net.to_inhibitory, weights=1.0),
        "IE": Projection("I", "E", "inhibition", net.inhibitory, weights=1.0),
    }
    return Circuit(populations, projections, phases, net.dt)


def pieces(seconds: float) -> int:
    """How many pieces of the inputs a time is."""
    if abs(seconds / PIECE - round(seconds / PIECE)) > 1e-6:
        raise InputError(
            f"the course has an event at or of {seconds:g} s; give times that are multiples of {PIECE:g} s"
        )
    return round(seconds / PIECE)


def shown(net: Network, course: Course, items: np.ndarray) -> Input:
    """Every item in turn, then every key."""
    end = course.cued(course.items)
    values = np.zeros((len(items), pieces(end), 2 * net.half))
    for item in range(course.items):
        own = course.shown * items[:, None, item]
        since, asked = pieces(item * course.spacing), pieces(course.cued(item))
        values[:, since : since + pieces(course.item)] = own
        values[:, asked : asked + pieces(course.cue), : net.half] = own[..., : net.half]
    return Input(values, PIECE)


def background(course: Course) -> Input:
    """On while items reactivate."""
    values = np.zeros((1, pieces(course.cued(course.items)), 1))
    values[:, pieces(course.written) : pieces(course.written + course.free)] = course.background
    return Input(values, PIECE)


# What is measured


class Found(NamedTuple):
    """A course as it went, with a trial for each seed."""

    items: np.ndarray  # [trials, items, cells]
    recorded: dict[str, Any]  # spikes E, and weights w [trials, phases, post, pre]
    net: Network
    course: Course


def simulated(net: Network, course: Course, seeds: Sequence[int], engine: str = "torch") -> Found:
    """Run a trial for each seed."""
    items = patterns(net, course.items, seeds)
    record: dict[str, Any] = {"E": Spikes("E"), "w": Weights("EE")}
    return Found(items, simulate(circuit(net, course, items), seeds, record, engine), net, course)


def within(found: Found) -> np.ndarray:
    """Mean weight from the key to the value cells of every item at the end of every phase, [trials, phases, items]."""
    half = found.net.half
    key, value = found.items[..., :half] / found.net.of_item, found.items[..., half:] / found.net.of_item
    return np.einsum("tiv,tpvk,tik->tpi", value, found.recorded["w"][:, :, half:, :half], key)


def held(found: Found) -> np.ndarray:
    """The weight of every item at the end of learning over that at its own end, [trials, items]."""
    w, items = within(found), found.course.items
    last = 2 * items - 1 + (found.course.free > 0)
    return w[:, last] / np.stack([w[:, 2 * item, item] for item in range(items)], 1)


def recall(found: Found) -> np.ndarray:
    """Correlation of the value cells' spikes during each key with its value, [trials, items]; 0 in silence."""
    net, course = found.net, found.course
    since = [course.cued(item) + t for item in range(course.items) for t in (LATE, course.cue)]
    edges = [round(t / net.dt) for t in since]
    fired = counts(found.recorded["E"], len(found.items), 2 * net.half, edges)[:, ::2, net.half :]
    return correlation(fired, found.items[..., net.half :])


def correlation(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Over the last axis; 0 where one is constant."""
    a, b = (x - x.mean(-1, keepdims=True) for x in (a, b))
    size = np.sqrt((a**2).sum(-1) * (b**2).sum(-1))
    return (a * b).sum(-1) / np.where(size == 0, 1, size)


def rates(found: Found, since: float, until: float) -> np.ndarray:
    """Rate of the cells of every item in bins, in Hz: [trials, bins, items]."""
    dt = found.net.dt
    edges = range(round(since / dt), round(until / dt) + 1, round(BIN / dt))
    fired = counts(found.recorded["E"], len(found.items), 2 * found.net.half, edges)
    return np.einsum("tbc,tic->tbi", fired, found.items) / found.items.sum(-1)[:, None] / BIN


def reactivation(found: Found) -> np.ndarray:
    """Rates during free reactivation, [trials, bins, items]."""
    return rates(found, found.course.written, found.course.written + found.course.free)


def bursts(rate: np.ndarray, threshold: float = BURST) -> np.ndarray:
    """How often rates [trials, bins, items] pass the threshold from below, [trials, items]."""
    above = rate > threshold
    return (above[:, 1:] & ~above[:, :-1]).sum(1)


def portrait(seed: int) -> list[Mark]:
    """One trial: spikes by item, weights after every item and at the end of learning, and recall."""
    net, course = Network(), Course(free=3.0)
    found = simulated(net, course, [seed])
    order = by_item(found.items[0])
    spikes = [mark for item, own in enumerate(order) for mark in
              raster("spikes", f"item {item + 1}", found.recorded["E"], net.dt, own.tolist())]  # fmt: skip
    shifted = [mark._replace(y=mark.y + 2 * net.of_item * (int(mark.series[5:]) - 1)) for mark in spikes]
    ends = [f"item {item + 1}" for item in range(course.items)] + ["reactivated"]
    shots = [2 * item for item in range(course.items)] + [2 * course.items]
    cells = np.concatenate(order)[::5]
    frames = [mark for name, phase in zip(ends, shots, strict=True) for mark in
              frame("weights", name, found.recorded["w"][0, phase][np.ix_(cells, cells)])]  # fmt: skip
    at = np.arange(1, course.items + 1)
    return shifted + frames + spans(course) + trace("recall", "correlation", at, recall(found)[0])


def spans(course: Course) -> list[Mark]:
    """When items are shown, reactivate and are cued: from x to y, in seconds."""
    shown = [Mark("spans", "shown", k * course.spacing, k * course.spacing + course.item) for k in range(course.items)]
    free = Mark("spans", "free", course.written, course.written + course.free)
    cues = [Mark("spans", "cue", course.cued(k), course.cued(k) + course.cue) for k in range(course.items)]
    return [*shown, free, *cues]


def by_item(items: np.ndarray) -> list[np.ndarray]:
    """Cells of every item, its key cells first, from [items, cells]."""
    return [np.flatnonzero(own) for own in items]
