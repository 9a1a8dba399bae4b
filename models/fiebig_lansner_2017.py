"""A working memory in fast Hebbian synapses: items are bound in one showing, and fade with the time constant of w.

After Fiebig & Lansner (2017), J. Neuroscience 37:83, in a minimal form: one pool of excitatory cells, half of them
key and half value cells, whose synapses onto each other all learn by rule `retnet`, dw = eta post pre - w / tau_w
(pre: spikes; post: a trace of the target's own spikes, in Hz, where it is above a threshold); one inhibitory pool that
hears all of them; adaptation, which ends every burst. The original has columns, BCPNN and many more cells.

Two things keep slowly fading items apart, which otherwise merge as they reactivate: cells that an overlap alone drives
stay below the threshold and write nothing, and inhibition grows faster with activity than excitation does.

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
LATE = 0.05  # of a cue, from when value cells are read
STEP = 0.02  # of overlaps, in seconds
WINDOW = 5  # steps in which spikes are counted for an overlap
BURST = 0.6  # overlap above which an item is active
SHORTEST, LONGEST = 0.1, 1.5  # periods among which a rhythm is looked for, in seconds


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
    tonic: float = volts(0.0)
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

    shown: a rate of events each of which makes the cell fire. theta: what z must exceed for synapses to be written.
    """

    units: ClassVar[Mapping[str, str]] = {
        "v": "volt", "excitation": "volt", "inhibition": "volt", "adaptation": "volt",
        "z": "hertz", "shown": "hertz", "background": "volt",
    }  # fmt: skip
    refractory: float = quantity(0.003, "second")
    tau_m: float = quantity(0.02, "second", positive=True)
    tau_e: float = quantity(0.03, "second", positive=True)
    tau_i: float = quantity(0.01, "second", positive=True)
    tau_a: float = quantity(0.2, "second", positive=True)
    tau_z: float = quantity(0.1, "second", positive=True)
    theta: float = quantity(25.0, "hertz", positive=True)
    tonic: float = volts(0.012)
    kick: float = volts(0.3)
    adapts: float = volts(0.016)  # by every spike

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
        return {"post": s.z * s.positive(s.z / self.theta - 1)}


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
    recurrent: float = 0.0045
    to_inhibitory: float = 0.0012
    inhibitory: float = 0.0026
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
    background: float = 0.012  # volts, on all cells during free reactivation

    @property
    def phases(self) -> list[Phase]:
        """Learning until the first cue."""
        writing = [Phase(t) for _ in range(self.items) for t in (self.item, self.gap) if t]
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


def lists(net: Network, items: int, loads: Sequence[int], seeds: Sequence[int]) -> np.ndarray:
    """The last items of a course for every load and seed, blanks before them: [loads * seeds, items, cells]."""
    blank = np.arange(items) < items - np.array(loads)[:, None]
    return (patterns(net, items, seeds) & ~blank[:, None, :, None]).reshape(-1, items, 2 * net.half)


def circuit(net: Network, course: Course, items: np.ndarray, weights: np.ndarray | None = None) -> Circuit:
    """The network with its course; items: [trials, items, cells]; weights: at the start, [trials, post, pre] or 0."""
    cells, phases = 2 * net.half, course.phases
    inputs = {"shown": shown(net, course, items), "background": background(course)}
    populations = {
        "E": Population(Adapting(), cells, inputs),
        "I": Population(Inhibitory(), net.inhibitors),
    }
    projections = {
        "EE": Projection("E", "E", "excitation", net.recurrent, net.rule, weights),
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
    """A course as it went, for every trial."""

    items: np.ndarray  # [trials, items, cells]
    recorded: dict[str, Any]  # spikes E, and weights w [trials, phases, post, pre]
    net: Network
    course: Course


def simulated(net: Network, course: Course, seeds: Sequence[int], engine: str = "torch") -> Found:
    """Run a trial for each seed."""
    return shown_lists(net, course, patterns(net, course.items, seeds), seeds, engine=engine, kept=("E", "w"))


def shown_lists(
    net: Network,
    course: Course,
    items: np.ndarray,
    seeds: Sequence[int],
    weights: np.ndarray | None = None,
    kept: Sequence[str] = ("E",),
    engine: str = "torch",
) -> Found:
    """Run a trial for each list of items and its seed; kept: spikes E, weights w or both."""
    requests: dict[str, Any] = {"E": Spikes("E"), "w": Weights("EE")}
    record = {name: requests[name] for name in kept}
    return Found(items, simulate(circuit(net, course, items, weights), seeds, record, engine), net, course)


def with_shuffled_weights(net: Network, course: Course, items: np.ndarray, seeds: Sequence[int]) -> Found:
    """The same after the list's weights onto each cell have been shuffled among its inputs: a control."""
    listed = shown_lists(net, course._replace(free=0.0, cue=PIECE, pause=PIECE), items, seeds, kept=("w",))
    w = listed.recorded["w"][:, 2 * course.items - 1]
    mixed = [generator(seed, "shuffled").permuted(own, axis=-1) for seed, own in zip(seeds, w, strict=True)]
    return shown_lists(net, course._replace(item=0.0, gap=0.0), items, seeds, weights=np.stack(mixed))


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
    return correlation(answers(found), found.items[..., found.net.half :])


def answers(found: Found) -> np.ndarray:
    """Spikes of every value cell during each key, [trials, items, half]."""
    net, course = found.net, found.course
    since = [course.cued(item) + t for item in range(course.items) for t in (LATE, course.cue)]
    edges = [round(t / net.dt) for t in since]
    return counts(found.recorded["E"], len(found.items), 2 * net.half, edges)[:, ::2, net.half :]


def identified(found: Found, candidates: np.ndarray) -> np.ndarray:
    """Whether the answer to each key is nearer to its value than to any other candidate, [trials, items].

    candidates: [trials, more items, cells], the course's own items first.
    """
    near = correlation(answers(found)[:, :, None], candidates[:, None, :, found.net.half :])
    own = np.eye(found.course.items, len(candidates[0]), dtype=bool)
    return near[:, own] > np.where(own, -1, near).max(-1)


def correlation(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Over the last axis; 0 where one is constant."""
    a, b = (x - x.mean(-1, keepdims=True) for x in (a, b))
    size = np.sqrt((a**2).sum(-1) * (b**2).sum(-1))
    return (a * b).sum(-1) / np.where(size == 0, 1, size)


def reactivation(found: Found) -> np.ndarray:
    """Overlap of the spikes with every item as they reactivate freely: [trials, steps of STEP, items].

    The correlation over cells of their spikes in a sliding window with the item, 0 in silence.
    """
    course, dt = found.course, found.net.dt
    edges = range(round(course.written / dt), round((course.written + course.free) / dt) + 1, round(STEP / dt))
    fired = counts(found.recorded["E"], len(found.items), 2 * found.net.half, edges)
    window = np.lib.stride_tricks.sliding_window_view(fired, WINDOW, axis=1).sum(-1)
    return np.stack([correlation(window, found.items[:, None, k]) for k in range(course.items)], -1)


def bursts(overlap: np.ndarray) -> np.ndarray:
    """How often overlaps [trials, steps, items] pass BURST from below, [trials, items]."""
    above = overlap > BURST
    return (above[:, 1:] & ~above[:, :-1]).sum(1)


def autocorrelation(overlap: np.ndarray) -> np.ndarray:
    """Of overlaps [trials, steps, items] with their past, items by their variance: [trials, lags up to LONGEST]."""
    a = overlap - overlap.mean(1, keepdims=True)
    lags = min(round(LONGEST / STEP), a.shape[1] // 2)
    with_past = np.stack([(a[:, lag:] * a[:, : a.shape[1] - lag]).sum((1, 2)) for lag in range(lags + 1)], 1)
    return with_past / np.where(with_past[:, :1] == 0, 1, with_past[:, :1])


def rhythm(overlap: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Frequency in Hz, and height, of the highest peak of the autocorrelation, each [trials]; 0 if there is none."""
    a = autocorrelation(overlap)
    first = round(SHORTEST / STEP)
    peak = (a[:, first:-1] >= a[:, first - 1 : -2]) & (a[:, first:-1] >= a[:, first + 1 :])
    height = np.where(peak, a[:, first:-1], 0).clip(0)
    return np.where(height.any(1), 1 / (STEP * (first + height.argmax(1))), 0), height.max(1)


def portrait(seed: int) -> list[Mark]:
    """One trial: spikes by item, overlaps in reactivation, weights after every item and at the end, and recall."""
    net, course = Network(tau_w=20.0), Course(free=2.5)
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
    last = spans(course) + trace("recall", "correlation", at, recall(found)[0])
    return shifted + overlaps(found) + frames + last


def overlaps(found: Found) -> list[Mark]:
    """Overlaps with every item in free reactivation, at the middle of their windows."""
    overlap = reactivation(found)[0]
    at = found.course.written + STEP * (WINDOW / 2 + np.arange(len(overlap)))
    return [mark for k, own in enumerate(overlap.T) for mark in trace("overlap", f"item {k + 1}", at, own)]


def spans(course: Course) -> list[Mark]:
    """When items are shown, reactivate and are cued: from x to y, in seconds."""
    shown = [Mark("spans", "shown", k * course.spacing, k * course.spacing + course.item) for k in range(course.items)]
    free = Mark("spans", "free", course.written, course.written + course.free)
    cues = [Mark("spans", "cue", course.cued(k), course.cued(k) + course.cue) for k in range(course.items)]
    return [*shown, free, *cues]


def by_item(items: np.ndarray) -> list[np.ndarray]:
    """Cells of every item, its key cells first, from [items, cells]."""
    return [np.flatnonzero(own) for own in items]
