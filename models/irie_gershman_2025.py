"""The AMPA/NMDA circuit of Irie & Gershman (2025), arXiv:2508.08435, section 4.1, in spikes.

Poisson cells are key and query at once: their spikes reach integrate-and-fire cells through NMDA receptors of slow
conductance U, which let in calcium (the value v = U r), and through AMPA receptors of fast conductance W, which make
the cells fire (the answer y = W r). A rule of the table writes W; its `post` is the calcium, its `pred` the recent
firing of the cell: a trace that each of its own spikes raises. Calcium and firing lag behind the input alike.

One scale for both. Calcium is told in Hz of the firing that it stands for: U r, with U a plain number, passes two
filters that leave its mean as it is. Firing is in Hz by itself, and `conductance` is such that cells which receive
W r (in Hz) by AMPA fire at about W r: the input's own noise makes their response nearly a line through 0. So y = v for
every pattern means W r = U r, and the delta rule rests where W = U as soon as the patterns span the input: one ratio
of 1 for all synapses. Hebb's rule with decay rests at W = eta tau U C, with C the mean of r r' over the patterns.
Any other conductance c moves the one ratio to `conductance` / c, and magnesium to the share of receptors it leaves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from math import exp, sqrt
from typing import Any, NamedTuple

import numpy as np
import torch

from plastic import symbols
from plastic.cells import Cells, Poisson, quantity, volts
from plastic.circuit import Circuit, Fired, Input, Phase, Population, Projection, Spikes, Trace, Weights, simulate
from plastic.lab.portraits import Mark, frame, raster, trace
from plastic.memory.codes import drawn, generator
from plastic.rule import InputError, PlasticityRule
from plastic.rules import as_rule
from plastic.substrates import rate
from plastic.variants import Dale, Variant

BUSIEST = 0.25  # spikes a step; a cell has room for one
RATE_STEP = 0.02  # seconds, of the recursion on rates
SAMPLING = 0.01  # seconds, of calcium and firing


@dataclass(frozen=True, kw_only=True)
class Presynaptic(Poisson):
    """Poisson cells, at whose synapses weights decay at the rate `forgetting` where the gate is the input's."""

    forgetting: float = quantity(0.0, "hertz")

    def hears(self, s):
        return {"gate": self.forgetting}


@dataclass(frozen=True, kw_only=True)
class Postsynaptic(Cells):
    """Leaky integrate-and-fire cells with AMPA and NMDA receptors, calcium, and a trace of their own firing.

    `ampa` is a conductance over that of the leak; `nmda` (Hz) is U r, low-passed; calcium follows it where magnesium
    leaves the receptors open. A clamp of 1 holds the membrane at rest. Inputs: clamp, current (V at the leak).
    """

    cite = "magnesium: Jahr & Stevens (1990), J. Neuroscience 10:3178"
    units = dict.fromkeys(("v", "current"), "volt") | dict.fromkeys(("nmda", "calcium", "pred"), "hertz")
    held = ("v",)
    refractory: float = quantity(0.002, "second")
    tau_m: float = quantity(0.02, "second", positive=True)
    tau_ampa: float = quantity(0.005, "second", positive=True)
    tau_nmda: float = quantity(0.1, "second", positive=True)
    tau_calcium: float = quantity(0.02, "second", positive=True)
    tau_firing: float = quantity(0.1, "second", positive=True)
    rest: float = volts(-0.07)  # also the reset
    threshold: float = volts(-0.05)
    reversal: float = volts(0.0)
    background: float = volts(0.014)  # a steady current, in volts at the leak
    shaking: float = volts(0.009)  # a current held for one step: 2 mV of membrane noise at dt = 1 ms
    magnesium: float = 0.0  # mM outside the cell; 0 leaves NMDA receptors independent of voltage
    block_voltage: float = volts(1 / 62)  # over which the block changes e-fold
    forgetting: float = quantity(0.0, "hertz")

    def flow(self, s):
        driven = self.background + s.current + self.shaking * s.white + s.ampa * (self.reversal - s.v)
        return {
            "v": (self.rest - s.v + (1 - s.clamp) * driven) / self.tau_m,
            "ampa": -s.ampa / self.tau_ampa,
            "nmda": -s.nmda / self.tau_nmda,
            "calcium": (s.nmda * self.unblocked(s) - s.calcium) / self.tau_calcium,
            "pred": -s.pred / self.tau_firing,
        }

    def unblocked(self, s):
        """The share of NMDA receptors that magnesium leaves open."""
        return 1 / (1 + self.magnesium * s.exp(-s.v / self.block_voltage) / 3.57)

    def fires(self, s):
        return s.v > self.threshold

    def reset(self, s):
        return {"v": self.rest, "pred": s.pred + 1 / self.tau_firing}

    def hears(self, s):
        return {"post": s.calcium, "gate": self.forgetting}

    def start(self):
        return {"v": self.rest}

    def current_for(self, firing: float) -> float:
        """The current at which a cell without AMPA input or noise fires at this rate (Hz), in volts."""
        grown = exp((1 / firing - self.refractory) / self.tau_m)
        return (self.threshold - self.rest) * grown / (grown - 1) - self.background


@dataclass(frozen=True)
class Protocol:
    """What is shown, and the scales of the rules. Times in seconds, rates in hertz.

    The unit of a rule's time is the item. A rule that corrects an error takes it away over tau_learn while its
    pattern is shown; any other writes the mean of U into every weight within `turnover`.
    """

    n_pre: int = 20
    n_post: int = 10
    active: int = 2  # presynaptic cells that are on in a pattern
    patterns: int = 60
    item: float = 0.3  # how long a pattern is shown
    on: float = 100.0
    off: float = 1.0
    mean_calcium: float = 40.0
    seconds: float = 60.0
    frames: int = 8  # in which weights are kept, the first not counted
    tau_learn: float = 0.5
    conductance: float = 1.26  # of AMPA over that of the leak: what a spike through W = 1 opens
    clamped: bool = False
    cells: Postsynaptic = field(default_factory=Postsynaptic)
    dt: float = 1e-3

    def __post_init__(self) -> None:
        for f in fields(self):
            value = getattr(self, f.name)
            if f.name not in ("off", "clamped", "cells") and not value > 0:
                raise InputError(f"{f.name} of the protocol is {value}; give a value above 0")
        if self.active > self.n_pre:
            raise InputError(f"active is {self.active}, but there are {self.n_pre} presynaptic cells; give fewer")
        if self.on * self.dt > BUSIEST:
            raise InputError(
                f"dt is {self.dt:g} s, too coarse for cells that fire at {self.on:g} Hz; "
                f"give at most {BUSIEST / self.on:g}"
            )
        if abs(self.pause / self.item - round(self.pause / self.item)) > 1e-6:
            raise InputError(
                f"seconds is {self.seconds:g}, in which {self.frames} frames do not each take whole items of "
                f"{self.item:g} s; give a multiple of {self.frames * self.item:g}"
            )

    @property
    def pause(self) -> float:
        """Seconds from frame to frame."""
        return self.seconds / self.frames

    @property
    def summed(self) -> float:
        """Presynaptic rates of a pattern, added up."""
        return self.active * self.on + (self.n_pre - self.active) * self.off

    @property
    def power(self) -> float:
        """Squared presynaptic rates of a pattern, added up."""
        return self.active * self.on**2 + (self.n_pre - self.active) * self.off**2

    @property
    def mean_u(self) -> float:
        """The mean of U, by which mean calcium is as it should be."""
        return self.mean_calcium / self.summed

    @property
    def turnover(self) -> float:
        """In which weights that decay are replaced: 64 items, RetNet's time constant."""
        return 64 * self.item


class Stimuli(NamedTuple):
    """What S trials are given."""

    rates: np.ndarray  # [S, items, n_pre], Hz
    u: np.ndarray  # [S, post, pre], NMDA
    w: np.ndarray  # [S, post, pre], AMPA at the start


class Found(NamedTuple):
    """What S trials showed."""

    w: np.ndarray  # [S, frames + 1, post, pre], from the start
    calcium: np.ndarray  # [S, samples, watched cells], Hz, every SAMPLING seconds
    firing: np.ndarray  # the same
    pre: Fired
    post: Fired


# What is shown


def stimuli(seeds: Sequence[int], protocol: Protocol) -> Stimuli:
    """Patterns, NMDA conductances, and AMPA conductances that have nothing to do with them, each of its own seed."""
    u = drawn(seeds, lambda rng: conductances(rng, protocol), "irie_gershman_2025", "u")
    w = np.stack(
        [generator(seed, "irie_gershman_2025", "w").permuted(a, axis=1) for seed, a in zip(seeds, u, strict=True)]
    )
    return Stimuli(drawn(seeds, lambda rng: shown(rng, protocol), "irie_gershman_2025", "patterns"), u, w)


def conductances(rng: np.random.Generator, protocol: Protocol) -> np.ndarray:
    """Uniform from 0.4 to 1.6 of their mean, [post, pre]."""
    return protocol.mean_u * rng.uniform(0.4, 1.6, (protocol.n_post, protocol.n_pre))


def shown(rng: np.random.Generator, protocol: Protocol) -> np.ndarray:
    """Rates of the items, [items, pre]: all patterns in random order, again and again.

    Some cells are on in up to three times as many patterns as others.
    """
    liking = np.log(np.linspace(0.5, 1.5, protocol.n_pre)) + rng.gumbel(size=(protocol.patterns, protocol.n_pre))
    on = liking.argsort(1).argsort(1) >= protocol.n_pre - protocol.active
    items = round(protocol.seconds / protocol.item)
    order = np.concatenate([rng.permutation(protocol.patterns) for _ in range(-(-items // protocol.patterns))])
    return np.where(on, protocol.on, protocol.off)[order[:items]]


# The rules


def taught(given: PlasticityRule | type[PlasticityRule] | str, protocol: Protocol) -> PlasticityRule:
    """The rule in seconds and hertz; one that can lower a weight obeys Dale's law, as a conductance must."""
    rule = as_rule(given)
    if "post" not in symbols.signals(rule):
        raise InputError(f"{rule.name} does not hear post, so calcium cannot teach it; give a rule that hears post")
    timed = in_seconds(rule, protocol)
    return Dale(timed) if corrects(timed) and not isinstance(timed, Dale) else timed


def corrects(rule: PlasticityRule) -> bool:
    """Whether a write depends on what is already predicted."""
    return any(flow.erase != 0 or flow.unwrite != 0 for flow in symbols.flows(rule).values())


def in_seconds(rule: PlasticityRule, protocol: Protocol) -> PlasticityRule:
    """The rule's parameters at the scales of the protocol, also inside a variant."""
    if isinstance(rule, Variant):
        return replace(rule, rule=in_seconds(rule.rule, protocol))
    growth = protocol.turnover * protocol.summed**2 / protocol.n_pre
    scales = {
        "tau": protocol.item,
        "eta": 1 / (protocol.tau_learn * protocol.power) if corrects(rule) else 1 / growth,
        "r_0": protocol.summed / sqrt(protocol.n_pre),
        "w_max": protocol.mean_u,
    }
    own: Any = rule
    change = {f.name: scales[f.name] * getattr(rule, f.name) for f in fields(rule) if f.name in scales}
    return replace(own, **change)


# In spikes


def circuit(
    given: PlasticityRule | type[PlasticityRule] | str,
    shown: Stimuli,
    protocol: Protocol = Protocol(),
    current: float = 0.0,
    blocked: bool = False,
) -> Circuit:
    """The circuit: current (V) goes into every postsynaptic cell; blocked AMPA receptors learn but do not conduct."""
    constant = {"clamp": float(protocol.clamped), "current": current}
    inputs = {name: Input(np.full((1, 1, 1), value), protocol.seconds) for name, value in constant.items()}
    gate = 1 / protocol.turnover
    populations = {
        "pre": Population(
            Presynaptic(forgetting=gate), shown.rates.shape[2], {"rate": Input(shown.rates, protocol.item)}
        ),
        "post": Population(replace(protocol.cells, forgetting=gate), shown.u.shape[1], inputs),
    }
    into = None if blocked else "ampa"
    projections = {
        "nmda": Projection("pre", "post", "nmda", 1 / protocol.cells.tau_nmda, weights=shown.u),
        "ampa": Projection("pre", "post", into, protocol.conductance, taught(given, protocol), weights=shown.w),
    }
    return Circuit(populations, projections, [Phase(protocol.pause)] * protocol.frames, protocol.dt)


def simulated(
    given: PlasticityRule | type[PlasticityRule] | str,
    seeds: Sequence[int],
    protocol: Protocol = Protocol(),
    shown: Stimuli | None = None,
    current: float = 0.0,
    blocked: bool = False,
    watched: Sequence[int] | None = None,
    engine: str = "brian2",
) -> Found:
    """Trials of these seeds, in spikes; shown: instead of the protocol's own stimuli; watched: cells that are traced.

    Errors: InputError for anything that does not fit.
    """
    shown = stimuli(seeds, protocol) if shown is None else shown
    record: dict[str, Any] = {"w": Weights("ampa"), "pre": Spikes("pre"), "post": Spikes("post")} | {
        name: Trace("post", name, SAMPLING, watched) for name in ("calcium", "pred")
    }
    found = simulate(circuit(given, shown, protocol, current, blocked), seeds, record, engine)
    w = np.concatenate([shown.w[:, None], found["w"]], 1)
    return Found(w, found["calcium"], found["pred"], found["pre"], found["post"])


# On rates


def on_rates(
    given: PlasticityRule | type[PlasticityRule] | str, seeds: Sequence[int], protocol: Protocol = Protocol()
) -> np.ndarray:
    """The same weights without spikes, filters and clamp: v = U r and y = W r at once, [S, frames + 1, post, pre]."""
    shown, rule = stimuli(seeds, protocol), taught(given, protocol)
    r = torch.from_numpy(shown.rates.repeat(round(protocol.item / RATE_STEP), 1))[:, :, None]  # [S, T, 1, pre]
    v = torch.einsum("sij,sthj->sthi", torch.from_numpy(shown.u), r)
    gate = torch.full_like(r[..., 0], 1 / protocol.turnover)
    kept = {z: torch.full_like(torch.from_numpy(shown.w), rule.start().get(z, 0.0))[:, None] for z in rule_state(rule)}
    kept["w"] = torch.from_numpy(shown.w)[:, None]
    frames = [kept["w"]]
    for part in np.split(np.arange(r.shape[1]), protocol.frames):
        signals = {"pre": r[:, part], "post": v[:, part], "gate": gate[:, part]}
        _, kept = rate.read(rule, signals, state=kept, dt=RATE_STEP)
        frames.append(kept["w"])
    return torch.cat(frames, 1).numpy()


def rule_state(rule: PlasticityRule) -> list[str]:
    """The variables of a synapse."""
    return list(symbols.flows(rule))


# Measures of proportion


def spread(w: np.ndarray, u: np.ndarray) -> np.ndarray:
    """Coefficient of variation of W / U over the synapses, [S, frames]."""
    ratio = (w / u[:, None]).reshape(*w.shape[:2], -1)
    return ratio.std(-1) / ratio.mean(-1)


def correlation(w: np.ndarray, u: np.ndarray) -> np.ndarray:
    """Of W with U over the synapses, [S, frames]."""
    a, b = (x.reshape(*x.shape[:2], -1) for x in (w, u[:, None]))
    a, b = (x - x.mean(-1, keepdims=True) for x in (a, b))
    return (a * b).sum(-1) / np.sqrt((a**2).sum(-1) * (b**2).sum(-1))


# What one trial looks like

WINDOW = 3.0  # seconds at either end that a portrait shows in full


def portrait(seed: int) -> list[Mark]:
    """The delta rule at work in one trial: spikes and traces of its first and last seconds, and the weights."""
    protocol = Protocol(n_post=6, seconds=30.0, frames=10)
    found, u = simulated("delta", [seed], protocol, watched=[0], engine="torch"), stimuli([seed], protocol).u[0]
    marks = [mark for name, since in (("at first", 0.0), ("at last", protocol.seconds - WINDOW))
             for mark in window(found, protocol, name, since)]  # fmt: skip
    at = np.arange(protocol.frames + 1) * protocol.pause
    for place in (0, protocol.frames // 2, protocol.frames):
        marks += frame("weights", f"W at {at[place]:g} s", found.w[0, place])
    marks += frame("weights", "U", u)
    for pre in range(protocol.n_pre):
        marks += trace("ratio", f"synapse {pre}", at, found.w[0, :, 0, pre] / u[0, pre])
    return marks


def window(found: Found, protocol: Protocol, name: str, since: float) -> list[Mark]:
    """Spikes of all cells, and calcium and firing of the first, for some seconds."""
    marks = []
    for series, fired, cells in (("pre", found.pre, protocol.n_pre), ("post", found.post, protocol.n_post)):
        marks += raster(f"{series} {name}", series, fired, protocol.dt, range(cells))
    marks = [mark for mark in marks if since <= mark.x < since + WINDOW]
    part = slice(round(since / SAMPLING), round((since + WINDOW) / SAMPLING))
    at = np.arange(found.calcium.shape[1])[part] * SAMPLING
    for series, a in (("calcium", found.calcium), ("firing", found.firing)):
        marks += trace(f"cell {name}", series, at, a[0, part, 0])
    return marks


# The calcium threshold


def at_levels(calcium: Any, seeds: Sequence[int], protocol: Protocol) -> Stimuli:
    """Steady input of equal rates, and a postsynaptic cell for each level of calcium (Hz); AMPA starts at U."""
    steady = protocol.summed / protocol.n_pre
    u = np.repeat(np.asarray(calcium, float)[:, None], protocol.n_pre, 1) / protocol.summed
    items = round(protocol.seconds / protocol.item)
    each = np.tile(protocol.mean_u + 0 * u, (len(seeds), 1, 1))
    return Stimuli(np.full((len(seeds), items, protocol.n_pre), steady), np.tile(u, (len(seeds), 1, 1)), each)
