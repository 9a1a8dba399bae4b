"""Working memory in presynaptic calcium: a spiking network whose items outlive the silence of their cells.

Every excitatory cell holds its own u (the share of resources a spike releases, raised by calcium) and x (the
resources); its synapses onto excitatory cells share them. Cells of an item excite each other more than other cells.
A cue makes them fire, which raises u for seconds. What then happens is set by the background drive: silence, until a
pulse to all cells reads the item out; population spikes; or steady firing.

Connections are random with a fixed number of inputs a cell from every group, drawn for every seed. A network scaled
by s has s times the cells, and synapses 1/s times as strong, with the same probability of connection.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np

from plastic.cells import Cells, quantity, volts
from plastic.circuit import Circuit, Input, Phase, Population, Projection, Spikes, Trace, counts, simulate
from plastic.lab.portraits import Mark, raster, trace
from plastic.memory.codes import generator
from plastic.rule import InputError, share, time_constant

PIECE = 0.05  # of the drive, in seconds
BIN = 0.025  # of population rates
SAMPLE = 0.01  # of u and x
FEWEST = 40  # cells of an item, below which chance inputs silence or ignite it
REGIMES = {"silent": 0.0227, "synchronous": 0.0237, "asynchronous": 0.0241}  # drive of excitatory cells, in volts

INHIBITORY_DRIVE = 0.0205  # volts


@dataclass(frozen=True, kw_only=True)
class Integrating(Cells):
    """Leaky integrate-and-fire cells with white noise. Input: drive (V). Spikes add to v."""

    units: ClassVar[Mapping[str, str]] = {"v": "volt", "drive": "volt"}
    held = ("v",)
    tau_m: float = quantity(0.01, "second", positive=True)
    threshold: float = volts(0.02)
    lowest: float = volts(0.013)  # after a spike
    sigma: float = volts(0.001)  # of a membrane that does not fire
    refractory: float = quantity(0.002, "second")

    def flow(self, s):
        noise = self.sigma * (2 * self.tau_m / s.dt) ** 0.5 * s.white
        return {"v": (s.drive + noise - s.v) / self.tau_m}

    def fires(self, s):
        return s.v > self.threshold

    def reset(self, s):
        return {"v": self.lowest}


@dataclass(frozen=True, kw_only=True)
class Facilitating(Integrating):
    """The same with short-term plasticity of their outgoing synapses; `released` is what the last spike spent.

    spends: 'u-' releases the share as a spike finds it, 'u+' after the spike has raised it. Between spikes u relaxes
    to U and x to 1.
    """

    cite = "Mongillo, Barak & Tsodyks (2008), Science 319:1543"
    tau_m: float = quantity(0.015, "second", positive=True)
    lowest: float = volts(0.016)
    U: float = share(0.19)
    tau_facil: float = time_constant(1.5)
    tau_rec: float = time_constant(0.2)
    spends: str = "u-"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.spends not in ("u-", "u+"):
            raise InputError(f"spends is {self.spends!r}; give 'u-' or 'u+'")

    def flow(self, s):
        return super().flow(s) | {"u": (self.U - s.u) / self.tau_facil, "x": (1 - s.x) / self.tau_rec, "released": 0}

    def reset(self, s):
        raised = s.u + self.U * (1 - s.u)
        spent = (s.u if self.spends == "u-" else raised) * s.x
        return super().reset(s) | {"u": raised, "x": s.x - spent, "released": spent}

    def start(self):
        return {"u": self.U, "x": 1.0}


@dataclass(frozen=True)
class Network:
    """Sizes, and strengths of synapses in volts at scale 1."""

    scale: float = 0.2
    items: int = 5
    coding: float = 0.1  # share of the excitatory cells in an item
    connected: float = 0.2
    within: float = 0.45e-3  # of an item
    between: float = 0.10e-3
    potentiated: float = 0.1  # share of the synapses of cells of no item that are as strong as within an item
    to_inhibitory: float = 0.135e-3
    inhibitory: float = 0.25e-3  # on excitatory cells
    among_inhibitory: float = 0.20e-3
    slowest: float = 1e-3  # delays are uniform up to this
    dt: float = 1e-4
    cells: Facilitating = Facilitating()

    def __post_init__(self) -> None:
        if not self.scale > 0 or self.of_item < FEWEST:
            least = FEWEST / (8000 * self.coding)
            raise InputError(f"scale is {self.scale:g}, which leaves {self.of_item} cells an item; give {least:g}")
        if self.items < 2 or self.items * self.coding > 1:
            raise InputError(
                f"items is {self.items}, but populations of a share {self.coding:g} each are at most "
                f"{int(1 / self.coding)}; give 2 to that many"
            )
        if self.slowest < self.dt:
            raise InputError(f"slowest delay is {self.slowest:g} s, shorter than dt, {self.dt:g} s; make dt smaller")
        if self.slowest >= self.cells.refractory:
            raise InputError(
                f"slowest delay is {self.slowest:g} s, but a cell may fire again after {self.cells.refractory:g} s "
                "and forget what it released; give a shorter one"
            )

    @property
    def excitatory(self) -> int:
        return round(8000 * self.scale)

    @property
    def inhibitors(self) -> int:
        return round(2000 * self.scale)

    @property
    def of_item(self) -> int:
        return round(self.coding * self.excitatory)

    @property
    def groups(self) -> list[int]:
        """Cells of each item, and the rest."""
        rest = self.excitatory - self.items * self.of_item
        return [self.of_item] * self.items + [rest] * (rest > 0)

    @property
    def item(self) -> np.ndarray:
        """Which item each excitatory cell belongs to, [cells]; -1 for none."""
        place = np.arange(self.excitatory) // self.of_item
        return np.where(place < self.items, place, -1)


class Course(NamedTuple):
    """When things happen, in seconds: a cue to the first item, a delay, a pulse to all excitatory cells, the end."""

    settle: float = 1.0
    cue: float = 0.35
    delay: float = 0.85
    pulse: float = 0.25
    after: float = 0.2
    cued: float = 1.15  # factor on the drive of the item's cells
    pulsed: float = 1.05  # of all excitatory cells

    @property
    def edges(self) -> np.ndarray:
        """Ends of settling, cue, delay, pulse and course."""
        return np.cumsum(self[:5])


# Connections


def inputs(rng: np.random.Generator, post: int, pre: int, share: float) -> np.ndarray:
    """The same number of inputs for every cell, by chance: [post, pre]."""
    number, found = round(share * pre), np.zeros((post, pre), bool)
    chosen = rng.random((post, pre), np.float32).argpartition(number - 1, 1)[:, :number]
    np.put_along_axis(found, chosen, True, 1)
    return found


def efficacies(net: Network, rng: np.random.Generator) -> np.ndarray:
    """Strengths among excitatory cells, in volts: [post, pre]."""
    item = net.item
    strong = (item[:, None] == item) & (item >= 0)
    strong |= (rng.random(strong.shape, np.float32) < net.potentiated) & (item < 0)
    return np.where(strong, net.within, net.between) / net.scale


def delays(net: Network, rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """Uniform whole numbers of steps, in seconds."""
    return rng.integers(1, round(net.slowest / net.dt) + 1, shape) * net.dt


def projections(net: Network, seeds: Sequence[int]) -> dict[str, Projection]:
    """All four, a draw each seed."""
    return {name: projection(net, seeds, *name) for name in ("EE", "EI", "IE", "II")}


def projection(net: Network, seeds: Sequence[int], source: str, target: str) -> Projection:
    """One of them; those among excitatory cells facilitate."""
    size, name = {"E": net.excitatory, "I": net.inhibitors}, source + target
    shape, recurrent = (size[target], size[source]), name == "EE"
    groups = net.groups if source == "E" else [net.inhibitors]
    draws = [generator(seed, "connections", name) for seed in seeds]
    where = [np.concatenate([inputs(rng, shape[0], pre, net.connected) for pre in groups], 1) for rng in draws]
    strength = {"EI": net.to_inhibitory, "IE": net.inhibitory, "II": net.among_inhibitory}
    weights: Any = np.stack([efficacies(net, rng) for rng in draws]) if recurrent else strength[name] / net.scale
    return Projection(
        source,
        target,
        "v",
        1.0 if source == "E" else -1.0,
        weights=weights,
        where=np.stack(where),
        release="released" if recurrent else None,
        delay=np.stack([delays(net, rng, shape) for rng in draws]),
    )


def circuit(
    net: Network, seeds: Sequence[int], drive: float | Sequence[float], course: Course, cue: bool = True
) -> Circuit:
    """The network with its course of events; drive: of excitatory cells, in volts, for all trials or one each."""
    start = {name: {"v": begun(net, seeds, name)} for name in ("E", "I")}
    populations = {
        "E": Population(net.cells, net.excitatory, {"drive": driven(net, drive, course, cue)}, start["E"]),
        "I": Population(Integrating(), net.inhibitors, {"drive": constant(INHIBITORY_DRIVE, course)}, start["I"]),
    }
    return Circuit(populations, projections(net, seeds), [Phase(float(course.edges[-1]))], net.dt)


def begun(net: Network, seeds: Sequence[int], which: str) -> np.ndarray:
    """Membranes at the start, uniform below threshold, [trials, cells]."""
    cells, size = (net.cells, net.excitatory) if which == "E" else (Integrating(), net.inhibitors)
    return np.stack([generator(seed, "start", which).uniform(cells.lowest, cells.threshold, size) for seed in seeds])


def constant(drive: float, course: Course) -> Input:
    return Input(np.full((1, round(course.edges[-1] / PIECE), 1), drive), PIECE)


def driven(net: Network, drive: float | Sequence[float], course: Course, cue: bool) -> Input:
    """The drive of excitatory cells: the cue to the first item, and the pulse to all."""
    settled, cued, delayed, pulsed, end = (round(edge / PIECE) for edge in course.edges)
    values = np.reshape(drive, (-1, 1, 1)) * np.ones((end, net.excitatory))
    if cue:
        values[:, settled:cued, : net.of_item] *= course.cued
    values[:, delayed:pulsed] *= course.pulsed
    return Input(values, PIECE)


# What is measured


class Found(NamedTuple):
    """Rates in hertz and means of u and x over cells: of the cued item, of each other one, of the rest."""

    rates: np.ndarray  # [trials, bins, groups]
    u: np.ndarray  # [trials, samples, 2], of the cued item and the next
    x: np.ndarray
    recorded: dict[str, Any]


def simulated(
    net: Network,
    seeds: Sequence[int],
    drive: float | Sequence[float],
    course: Course,
    cue: bool = True,
    engine: str = "brian2",
) -> Found:
    """Run a trial for each seed; drive: as of `circuit`."""
    seen = range(2 * net.of_item)
    record = {"E": Spikes("E"), "I": Spikes("I")} | {z: Trace("E", z, SAMPLE, seen) for z in ("u", "x")}
    recorded = simulate(circuit(net, seeds, drive, course, cue), seeds, record, engine)
    u, x = (recorded[z].reshape(len(seeds), -1, 2, net.of_item).mean(-1) for z in ("u", "x"))
    return Found(rates(net, recorded["E"], len(seeds), course), u, x, recorded)


def rates(net: Network, fired: Any, trials: int, course: Course) -> np.ndarray:
    """Rate of every group in every bin, in hertz: [trials, bins, groups]."""
    edges = range(0, round(course.edges[-1] / net.dt) + 1, round(BIN / net.dt))
    spikes = counts(fired, trials, net.excitatory, edges)
    starts = np.cumsum([0, *net.groups[:-1]])
    return np.add.reduceat(spikes, starts, 2) / np.array(net.groups) / BIN


def between(rates: np.ndarray, start: float, end: float) -> np.ndarray:
    """Mean rate of every group from start to end, in seconds: [trials, groups]."""
    return rates[:, round(start / BIN) : round(end / BIN)].mean(1)


def intervals(rate: np.ndarray, threshold: float = 8.0) -> np.ndarray:
    """Seconds between the onsets of population spikes of one group, rate [bins]."""
    high = rate > threshold
    onset = np.flatnonzero(high & ~np.roll(high, 1))
    return np.diff(onset[onset > 0]) * BIN


# One trial to look at.

PORTRAIT = Course(settle=0.5, after=0.6, pulsed=1.12)  # at a fifth of the size, pulses of 5 or 10 % fail at times


def portrait(seed: int) -> list[Mark]:
    """One network, noise and course in the synchronous and the silent regime: spikes, u and x, rates, cue and pulse."""
    net, regimes = Network(), ("synchronous", "silent")
    found = simulated(net, [seed] * len(regimes), [REGIMES[regime] for regime in regimes], PORTRAIT)
    settled, cued, delayed, pulsed, _ = PORTRAIT.edges
    marks = [mark for trial, regime in enumerate(regimes) for mark in of_trial(net, found, trial, regime)]
    return [*marks, Mark("spans", "cue", settled, cued), Mark("spans", "pulse", delayed, pulsed)]


def of_trial(net: Network, found: Found, trial: int, regime: str) -> list[Mark]:
    """Spikes of some cells of the cued item, of another and of the inhibitory ones; means of the two items."""
    recorded, n = found.recorded, net.of_item
    some = {"cued": ("E", range(60)), "another": ("E", range(n, n + 60)), "inhibitory": ("I", range(40))}
    marks = [mark for name, (which, cells) in some.items() for mark in
             raster(f"spikes {regime}", name, recorded[which], net.dt, cells, trial)]  # fmt: skip
    times, bins = np.arange(found.u.shape[1]) * SAMPLE, (np.arange(found.rates.shape[1]) + 0.5) * BIN
    for group, name in enumerate(("cued", "another")):
        for panel, at, a in (("u", times, found.u), ("x", times, found.x), ("rate", bins, found.rates)):
            marks += trace(f"{panel} {regime}", name, at, a[trial, :, group])
    return marks
