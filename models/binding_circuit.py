"""Keys onto values, feed-forward: synapses that only facilitate beside synapses that learn by Hebb's rule.

Groups of Poisson cells (keys) reach groups of leaky integrate-and-fire cells (values). A pair is shown as a key that
fires while a teacher drives one group of value cells. Facilitating synapses have fixed random strengths, and u and x
in the key cells; Hebbian ones start at nothing and forget with the time constant with which u does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from plastic.cells import Cells, Poisson, quantity
from plastic.circuit import Circuit, Input, Phase, Population, Projection, Spikes, counts, simulate
from plastic.memory.codes import generator
from plastic.rule import InputError, share, time_constant
from plastic.rules import RULES

KINDS = ("facilitating", "hebbian")
TEACHER = 100.0  # Hz, the rate that post tells while a group is taught


@dataclass(frozen=True, kw_only=True)
class Key(Poisson):
    """Poisson cells whose synapses facilitate and depress; `released` is what the last spike spent."""

    U: float = share(0.1)
    tau_facil: float = time_constant(1.5)
    tau_rec: float = time_constant(0.2)

    def flow(self, s):
        return {"u": (self.U - s.u) / self.tau_facil, "x": (1 - s.x) / self.tau_rec, "released": 0}

    def reset(self, s):
        return {"u": s.u + self.U * (1 - s.u), "x": s.x - s.u * s.x, "released": s.u * s.x}

    def start(self):
        return {"u": self.U, "x": 1.0}


@dataclass(frozen=True, kw_only=True)
class Value(Cells):
    """Leaky integrate-and-fire cells, v in units of the threshold, with a filtered drive. Input: taught (0 or 1)."""

    held = ("v",)
    tau_m: float = quantity(0.02, "second", positive=True)
    tau_s: float = quantity(0.02, "second", positive=True)
    sigma: float = 0.1
    current: float = 1.5  # of the teacher
    teacher: float = quantity(TEACHER, "hertz")
    refractory: float = quantity(0.002, "second")

    def flow(self, s):
        noise = self.sigma * (2 * self.tau_m / s.dt) ** 0.5 * s.white
        return {"v": (s.drive + self.current * s.taught + noise - s.v) / self.tau_m, "drive": -s.drive / self.tau_s}

    def fires(self, s):
        return s.v > 1

    def reset(self, s):
        return {"v": 0.0}

    def hears(self, s):
        return {"post": self.teacher * s.taught}


@dataclass(frozen=True)
class Binding:
    """Groups of key and of value cells, and the course: pairs, a pause, then every key as a cue."""

    groups: int = 8
    pairs: int = 4
    cells: int = 20  # of a group
    rate: float = 40.0
    shown: float = 0.2
    pause: float = 0.2
    asked: float = 0.1
    tau: float = 1.5
    dt: float = 1e-3

    def __post_init__(self) -> None:
        if not 1 <= self.pairs < self.groups:
            raise InputError(f"pairs is {self.pairs} of {self.groups} groups; leave a key that is not shown")
        if self.rate * self.dt > 0.25:
            raise InputError(
                f"dt is {self.dt:g} s, too coarse for cells that fire at {self.rate:g} Hz; make it smaller"
            )

    @property
    def course(self) -> list[Phase]:
        taught = self.pairs * self.shown + self.pause
        return [Phase(taught), Phase(2 * self.groups * self.asked, learning=False)]


class Answers(NamedTuple):
    """Spikes of each value group to every key, [trials, keys, values]; which keys were shown, with which values."""

    spikes: np.ndarray
    keys: np.ndarray  # [trials, pairs]
    values: np.ndarray


def answers(net: Binding, kind: str, seeds: Sequence[int], engine: str = "brian2") -> Answers:
    """Show pairs that are new in every trial, then cue every key once, in an order of its own."""
    if kind not in KINDS:
        raise InputError(f"kind is {kind!r}; choose from {', '.join(KINDS)}")
    draws = [generator(seed, "binding", "task") for seed in seeds]
    keys, values, order = (np.stack(a) for a in zip(*(task(net, rng) for rng in draws), strict=True))
    fired = simulate(circuit(net, kind, seeds, keys, values, order), seeds, {"out": Spikes("values")}, engine)["out"]
    first = net.pairs * net.shown + net.pause
    starts = first + 2 * net.asked * np.arange(net.groups)
    edges = [round(t / net.dt) for t in np.stack([starts, starts + net.asked], 1).ravel()]
    size = net.groups * net.cells
    spikes = counts(fired, len(seeds), size, edges)[:, ::2].reshape(len(seeds), net.groups, net.groups, net.cells)
    in_place = np.take_along_axis(spikes.sum(-1), order.argsort(1)[:, :, None], 1)
    return Answers(in_place, keys, values)


def task(net: Binding, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Keys shown, their values, and the order in which all keys are cues."""
    return tuple(rng.permutation(net.groups)[:n] for n in (net.pairs, net.pairs, net.groups))  # type: ignore[return-value]


def circuit(
    net: Binding, kind: str, seeds: Sequence[int], keys: np.ndarray, values: np.ndarray, order: np.ndarray
) -> Circuit:
    """Key cells, value cells and their synapses."""
    size, piece = net.groups * net.cells, net.asked
    told, pause, silence = (round(t / piece) for t in (net.shown, net.pause, 2 * net.groups * net.asked))
    shown = [np.repeat(one_hot(net, a), told, 1) for a in (keys, values)]
    rest = np.zeros((len(seeds), pause, size))
    cues = np.stack([one_hot(net, order), np.zeros((len(seeds), net.groups, size))], 2).reshape(len(seeds), -1, size)
    rate = net.rate * np.concatenate([shown[0], rest, cues], 1)
    taught = np.concatenate([shown[1], rest, np.zeros((len(seeds), silence, size))], 1)
    populations = {
        "keys": Population(Key(tau_facil=net.tau), size, {"rate": Input(rate, piece)}),
        "values": Population(Value(), size, {"taught": Input(taught, piece)}),
    }
    return Circuit(populations, {"synapses": synapses(net, kind, seeds, size)}, net.course, net.dt)


def one_hot(net: Binding, which: np.ndarray) -> np.ndarray:
    """1 for the cells of the groups named, [trials, times, cells]."""
    return np.repeat(np.eye(net.groups)[which], net.cells, -1)


def synapses(net: Binding, kind: str, seeds: Sequence[int], size: int) -> Projection:
    """Fixed and facilitating, or Hebbian."""
    if kind == "hebbian":
        return Projection("keys", "values", "drive", 1.0, RULES["retnet"](eta=2.5e-4, tau=net.tau))  # type: ignore[call-arg]
    fixed = np.stack([generator(seed, "binding", "weights").uniform(0.5, 1.5, (size, size)) for seed in seeds])
    return Projection("keys", "values", "drive", 0.4, weights=fixed, release="released", delay=net.dt)


def right(found: Answers, lots: np.ndarray) -> np.ndarray:
    """Whether the busiest value group is the one shown with the key, [trials, pairs]; lots in [0, 1) decide ties."""
    asked = np.take_along_axis(found.spikes, found.keys[:, :, None], 1)
    return (asked + lots / 2).argmax(-1) == found.values


def familiarity(found: Answers) -> np.ndarray:
    """Chance that a key that was shown makes the value cells fire more than one that was not: [trials]."""
    total = found.spikes.sum(-1)
    shown = np.zeros(total.shape, bool)
    np.put_along_axis(shown, found.keys, True, 1)
    known, new = (np.stack([t[s] for t, s in zip(total, mask, strict=True)]) for mask in (shown, ~shown))
    above = known[:, :, None] - new[:, None]
    return ((above > 0) + 0.5 * (above == 0)).mean((1, 2))
