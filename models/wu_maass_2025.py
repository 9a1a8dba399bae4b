"""A content-addressable memory in spikes: plateaus flip binary synapses, and inhibition follows the most driven cell.

Input cells fire by chance at the rate of their pattern, or silently not at all. A memory cell that had a plateau while
an item was shown has flipped its synapses from the item's active inputs. At recall a cell fires if its drive exceeds
its inhibition, which has up to three parts: a threshold, the same for every cue and load; feed-forward inhibition, a
share of the whole input; and lateral inhibition, which a spike of any memory cell calls up after a delay, so that none
fires that is driven much less than the first. Inhibition decays to the share exp(-delay / tau_i) until the next cell
would have fired: whatever the load, those fire that reach this share of the largest drive.

Wu & Maass (2025), Nat. Commun. 16:342; lateral inhibition: de Almeida, Idiart & Lisman (2009), J. Neurosci. 29:7497.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import NamedTuple

import numpy as np

from plastic.cells import Cells, Given, Poisson, quantity
from plastic.circuit import Circuit, Fired, Input, Phase, Population, Projection, Spikes, Weights, counts, simulate
from plastic.lab.portraits import Mark, frame, raster, trace
from plastic.memory.codes import drawn, sparse_keys
from plastic.rule import Flow, InputError, PlasticityRule

BUSIEST = 0.25  # spikes a step; a cell has room for one


# Writing


@dataclass(frozen=True)
class Flip(PlasticityRule):
    """A presynaptic spike flips a binary synapse while the cell has a plateau."""

    cite = "Wu & Maass (2025), Nat. Commun. 16:342"
    biology = "a weak synapse grows and a strong one shrinks in the cell that has a plateau"

    def flow(self, s):
        return {"w": Flow(write=s.mod * s.pre, leak=2 * s.mod * s.pre)}


@dataclass(frozen=True, kw_only=True)
class Plateaued(Cells):
    """Memory cells of which only the plateau matters. Input: dendrite (1 during one, else 0)."""

    def hears(self, s):
        return {"mod": s.dendrite}


def written(patterns: np.ndarray, plateaus: np.ndarray, contacts: np.ndarray, seed: int = 0) -> np.ndarray:
    """Binary synapses [post, pre] after items were shown to a circuit, each as one volley of its active inputs.

    patterns [items, pre], plateaus [items, post] and contacts [post, pre] of 0 and 1.
    """
    every, dt = 2e-3, 1e-3
    volleys = np.zeros((2 * len(patterns), patterns.shape[1]))
    volleys[1::2] = patterns
    made = Circuit(
        {
            "input": Population(Given(), patterns.shape[1], {"fired": Input(volleys[None], dt)}),
            "memory": Population(Plateaued(), plateaus.shape[1], {"dendrite": Input(plateaus[None], every)}),
        },
        {"synapses": Projection("input", "memory", None, 1.0, Flip(), where=contacts > 0)},
        [Phase(every * len(patterns))],
        dt,
    )
    found = simulate(made, [seed], {"w": Weights("synapses")})["w"][0, 0]
    return np.nan_to_num(found)


def flipped(patterns: np.ndarray, plateaus: np.ndarray, contacts: np.ndarray) -> np.ndarray:
    """The same computed: a synapse is on after an odd number of flips, [..., post, pre]."""
    return (plateaus.swapaxes(-1, -2) @ patterns) % 2 * contacts


# Recall


@dataclass(frozen=True, kw_only=True)
class MemoryCell(Cells):
    """A leaky integrate-and-fire cell without units: drive and inhibition count the active inputs."""

    held = ("v",)
    refractory: float = quantity(0.003, "second")
    tau_m: float = quantity(0.005, "second", positive=True)
    tau_s: float = quantity(0.05, "second", positive=True)
    tau_i: float = quantity(0.01, "second", positive=True)
    threshold: float = 1.0
    tonic: float = 0.0

    def flow(self, s):
        return {
            "v": (s.drive - s.forward - s.lateral - self.tonic - s.v) / self.tau_m,
            "drive": -s.drive / self.tau_s,
            "forward": -s.forward / self.tau_s,
            "lateral": -s.lateral / self.tau_i,
        }

    def fires(self, s):
        return s.v > self.threshold

    def reset(self, s):
        return {"v": 0}


@dataclass(frozen=True, kw_only=True)
class Counter(Cells):
    """Fast interneurons that fire each time the spikes they hear add up to 1, and so in proportion to them."""

    def flow(self, s):
        return {"heard": 0}

    def fires(self, s):
        return s.heard > 1 - 1e-9  # a sum of 1 fires, however it is rounded

    def reset(self, s):
        return {"heard": s.heard - 1}


@dataclass(frozen=True, kw_only=True)
class Basket(Cells):
    """An interneuron that any spike makes fire, once in a while of its refractory time."""

    refractory: float = quantity(0.01, "second")
    tau: float = quantity(0.002, "second", positive=True)

    def flow(self, s):
        return {"v": -s.v / self.tau}

    def fires(self, s):
        return s.v > 0.5

    def reset(self, s):
        return {"v": 0}


@dataclass(frozen=True)
class Memory:
    """Sizes, statistics of writing, and the circuit at recall; times in seconds, rates in hertz.

    active: share of the inputs in an item; plateau: chance that a cell has one in an item (f_q / 2 of the core
    variant); connected: share of the contacts there are. forward: feed-forward inhibition, as a share of the active
    inputs; lateral: inhibition after a spike, in active inputs (0: none); tonic: threshold in active inputs.
    """

    inputs: int = 1000
    cells: int = 1000
    active: float = 0.05
    plateau: float = 0.01
    connected: float = 0.6
    rate: float = 100.0
    forward: float = 0.1
    lateral: float = 60.0
    tonic: float = 0.0
    delay: float = 0.008
    item: float = 0.25
    gap: float = 0.1
    read_from: float = 0.05
    enough: int = 4  # spikes with which a cell belongs to the trace
    counters: int = 20
    dt: float = 0.001

    def __post_init__(self) -> None:
        for f in fields(self):
            least = 0 if f.name in ("forward", "lateral", "tonic") else None
            value = getattr(self, f.name)
            if not (value >= 0 if least == 0 else value > 0):
                raise InputError(f"{f.name} of the memory is {value}; give a value above 0")
        for name in ("active", "plateau", "connected"):
            if getattr(self, name) > 1:
                raise InputError(f"{name} of the memory is {getattr(self, name)}; give a share up to 1")
        if self.on < 1:
            raise InputError(f"inputs is {self.inputs}, of which none is active; give more, or raise active")
        if self.cells * self.plateau < 1:
            raise InputError(f"cells is {self.cells}; give enough that one has a plateau in an item, or raise plateau")
        if self.rate * self.dt > BUSIEST:
            raise InputError(
                f"dt is {self.dt:g} s, too coarse for inputs at {self.rate:g} Hz; give at most {BUSIEST / self.rate:g}"
            )
        if self.read_from >= self.item:
            raise InputError(
                f"read_from is {self.read_from:g} s, past the end of an item; give less than {self.item:g}"
            )

    @property
    def on(self) -> int:
        """Active inputs in an item."""
        return round(self.inputs * self.active)


class Stored(NamedTuple):
    """Items [S, M, pre], plateaus [S, M, post] and binary synapses [S, post, pre]."""

    patterns: np.ndarray
    plateaus: np.ndarray
    w: np.ndarray


def stored(memory: Memory, load: int, seeds: Sequence[int]) -> Stored:
    """Items drawn and written; the first ones are the same at every load."""
    if load < 1:
        raise InputError(f"load is {load}; give at least one item")
    patterns = drawn(seeds, lambda r: sparse_keys(r, load, memory.inputs, memory.active), "wu_maass", "items")
    plateaus = drawn(seeds, lambda r: 1.0 * (r.random((load, memory.cells)) < memory.plateau), "wu_maass", "plateaus")
    shape = (memory.cells, memory.inputs)
    contacts = drawn(seeds, lambda r: 1.0 * (r.random(shape) < memory.connected), "wu_maass", "contacts")
    return Stored(patterns, plateaus, flipped(patterns, plateaus, contacts))


def masked(patterns: np.ndarray, share: float, seeds: Sequence[int]) -> np.ndarray:
    """Cues that lack this share of each item's active inputs, [S, items, pre]."""
    order = drawn(seeds, lambda r: r.random(patterns.shape[1:]), "wu_maass", "mask") * patterns
    on = patterns.sum(-1, keepdims=True)
    return patterns * (order.argsort(-1).argsort(-1) < patterns.shape[2] - np.rint(share * on))


def recall(memory: Memory, w: np.ndarray, cues: np.ndarray, seeds: Sequence[int], engine: str = "brian2") -> np.ndarray:
    """Spikes of the memory cells [S, cues, post] in reply to cues [S, cues, pre], shown one after another."""
    found = simulate(circuit(memory, w, cues), seeds, {"fired": Spikes("memory")}, engine)["fired"]
    return replies(memory, found, *cues.shape[:2])


def replies(memory: Memory, fired: Fired, trials: int, cues: int) -> np.ndarray:
    """Spikes in the part of each cue that is read, [S, cues, post]."""
    every = memory.item + memory.gap
    ends = [k * every + since for k in range(cues) for since in (memory.read_from, memory.item)]
    return counts(fired, trials, memory.cells, [round(end / memory.dt) for end in ends])[:, ::2]


def circuit(memory: Memory, w: np.ndarray, cues: np.ndarray) -> Circuit:
    """The circuit at recall: nothing in it learns."""
    if cues.shape[2] != memory.inputs or w.shape[1:] != (memory.cells, memory.inputs):
        raise InputError(
            f"w {w.shape} and cues {cues.shape} do not fit the memory; give [S, post, pre], [S, cues, pre]"
        )
    silent = np.zeros_like(cues)
    per_item = round(memory.item / 0.05), round(memory.gap / 0.05)
    shown = np.concatenate(
        [np.repeat(cues[:, :, None], per_item[0], 2), np.repeat(silent[:, :, None], per_item[1], 2)], 2
    )
    rates = memory.rate * shown.reshape(len(cues), -1, memory.inputs)
    cell = MemoryCell(tonic=memory.tonic)
    of_one = 1 / (memory.rate * cell.tau_s)  # so that an active input counts as 1 in the drive
    heard = 0.04  # of a count, by a spike
    populations = {
        "input": Population(Poisson(), memory.inputs, {"rate": Input(rates, 0.05)}),
        "memory": Population(cell, memory.cells),
    }
    projections = {"synapses": Projection("input", "memory", "drive", of_one, weights=w, where=np.asarray(w.any(0)))}
    if memory.forward:
        phases = np.arange(memory.counters) / memory.counters
        populations["counters"] = Population(Counter(), memory.counters, start={"heard": phases})
        share = memory.forward * of_one / (heard * memory.counters)
        projections["hear"] = Projection("input", "counters", "heard", heard, weights=1.0)
        projections["forward"] = Projection("counters", "memory", "forward", share, weights=1.0)
    if memory.lateral:
        populations["basket"] = Population(Basket(), 1)
        projections["call"] = Projection("memory", "basket", "v", 1.0, weights=1.0)
        projections["lateral"] = Projection(
            "basket", "memory", "lateral", memory.lateral, weights=1.0, delay=memory.delay
        )
    return Circuit(populations, projections, [Phase(rates.shape[1] * 0.05, learning=False)], memory.dt)


# What recall is worth


def distance(full: np.ndarray, cue: np.ndarray) -> np.ndarray:
    """Relative Hamming distance of traces [..., post]: cells that differ, over cells of the full one."""
    return (full != cue).sum(-1) / np.maximum(full.sum(-1), 1)


def identified(full: np.ndarray, cue: np.ndarray) -> np.ndarray:
    """Whether each trace [items, post] is nearest to that of its own full cue, [items]."""
    apart = (cue[:, None] != full[None]).sum(-1)
    return apart.argmin(1) == np.arange(len(full))


def portrait(seed: int) -> list[Mark]:
    """Two items asked with full cues and with cues that lack a third: spikes, synapses, and how their traces differ."""
    memory = Memory()
    made = stored(memory, 150, [seed])
    items = made.patterns[:, :2]
    cues = np.stack([items, masked(items, 1 / 3, [seed])], 2).reshape(1, 4, -1)
    record = {"input": Spikes("input"), "memory": Spikes("memory")}
    found = simulate(circuit(memory, made.w, cues), [seed], record, "torch")
    spikes = replies(memory, found["memory"], 1, 4)[0]
    traces = spikes >= memory.enough
    inputs = np.flatnonzero(items[0].any(0))
    cells = np.flatnonzero(made.plateaus[0, :2].any(0))
    others = np.setdiff1d(np.arange(memory.cells), cells)[:30]
    ends = [[k * (memory.item + memory.gap), k * (memory.item + memory.gap) + memory.item] for k in range(4)]
    apart = distance(traces[::2], traces[1::2])
    shown = np.concatenate([cells, others])
    return [
        *raster("input", "spikes", found["input"], memory.dt, inputs.tolist()),
        *raster("memory", "spikes", found["memory"], memory.dt, shown.tolist()),
        *trace("memory cells with a plateau", "number", [len(cells)], [len(cells)]),
        *(mark for k, end in enumerate(ends) for mark in trace("cues", ("full", "masked")[k % 2], end, [k, k])),
        *frame("synapses", "on", made.w[0][np.ix_(shown[: len(cells) + 10], inputs)]),
        *trace("Hamming distance", "relative", range(2), apart),
    ]
