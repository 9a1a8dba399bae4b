"""A spiking key-value memory: Poisson cells (the key), plastic synapses, leaky integrate-and-fire cells (the value).

Pairs are shown one after another; then cues are asked with plasticity off. What a rule hears and has decides
how it is taught, so any rule that hears pre and post can be tried. Seeds run side by side as blocks of one
network; each has its own random numbers, so a seed's answers do not depend on the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields, replace
from functools import cached_property
from math import exp, isclose, sqrt
from typing import Any, NamedTuple

import brian2
import numpy as np
import torch
from brian2 import Hz, second, volt
from torch import Tensor

from plastic import symbols
from plastic.rule import InputError, PlasticityRule
from plastic.rules import as_rule
from plastic.substrates import rate
from plastic.substrates.spiking import PlasticSynapses, synapses

CELLS = """
dv/dt = (rest - v + rheobase + gain * pred / unit + shaking * white) / tau_m : volt (unless refractory)
dpred/dt = -pred / tau_s : Hz
white : 1
post = unit * taught(t, i) * teaching(t) : Hz (constant over dt)
mod = modulating(t) : 1 (shared, constant over dt)
gate : Hz (shared)
"""
BUSIEST = 0.25  # spikes a step; a cell has room for one
SILENCE = 8  # steps after the last pair in which a rate rule can still cash in its traces


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
    pulse: float = 0.01  # at the end of an item, when the modulator turns traces into weights
    active: float = 100.0  # rate of a cell that is on in a key
    background: float = 1.0  # rate of a cell that is off
    unit: float = 100.0  # rate that stands for the value 1
    tau_s: float = 0.02  # dendritic filter
    tau_learn: float = 0.06  # of an error while it is corrected; below 4 tau_s the correction overshoots a little
    tau_trace: float = 0.1  # of a trace whose time constant is 1; shorter than an item
    forgetting: float = 1 / 64  # per item, of rules that hear a gate
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
        for name in ("item", "settle", "read_from", "pulse"):
            check_whole(name, getattr(self, name) / self.dt)

    @property
    def window(self) -> float:
        """How long the teacher stays."""
        return self.item - self.settle

    @property
    def steps(self) -> int:
        """Steps of an item."""
        return round(self.item / self.dt)

    @property
    def clock(self) -> np.ndarray:
        """Time since onset of every step of an item."""
        return np.arange(self.steps) * self.dt

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
        times = {"tau_m": self.tau_m, "tau_s": self.tau_s, "refractory_period": self.refractory}
        return (
            {"unit": self.unit * Hz}
            | {name: getattr(self, name) * volt for name in potentials}
            | {name: time * second for name, time in times.items()}
        )


class Memory(NamedTuple):
    """A network of S blocks, side by side."""

    network: Any
    cells: Any  # S * d_v value cells
    synapses: PlasticSynapses
    circuit: Circuit


def answers(
    rule: PlasticityRule | type[PlasticityRule] | str,
    keys: np.ndarray,
    values: np.ndarray,
    cues: np.ndarray,
    seeds: Sequence[int],
    circuit: Circuit = Circuit(),
    read: str = "spikes",
) -> np.ndarray:
    """Show pairs in order, then ask cues with plasticity off: what is recalled, [S, m, d_v].

    keys [S, n, d] and cues [S, m, d]: 1 for cells that are on, 0 for the others; values [S, n, d_v] in [0, 1];
    seeds: S whole numbers. read: "spikes" (firing rate) or "drive" (mean dendritic drive), both in units of
    the value and less their mean over the cells of the block, as feed-forward inhibition would take it off.
    Errors: InputError for anything that does not fit.
    """
    rule = heard_by_both(as_rule(rule))
    keys, values, cues = checked(keys, values, cues, len(seeds))
    if read not in READ:
        raise InputError(f"read is {read!r}; give one of {', '.join(map(repr, READ))}")
    with target("numpy"):
        memory = built(rule, keys, values, cues, seeds, circuit)
        write(memory, keys.shape[1])
        found = READ[read](memory, cues.shape[1])  # [m, S * d_v]
    return centred(found.reshape(cues.shape[1], len(seeds), -1).swapaxes(0, 1))


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
    keys, values, cues = checked(keys, values, cues, len(keys))
    norm = sqrt(energy(circuit.rates(keys)))
    pre, post, query = (
        torch.from_numpy(a)[:, :, None] for a in (circuit.rates(keys) / norm, values, circuit.rates(cues) / norm)
    )
    if corrects(rule):
        rule = with_fields(rule, eta=lambda eta: 1 - exp(-eta * circuit.window / circuit.tau_learn))
    signals = {name: then_silence(rule, a) for name, a in (("pre", pre), ("post", post))}
    signals["gate"] = torch.full_like(signals["pre"][..., 0], circuit.forgetting)
    _, state = rate.read(rule, signals)
    return centred(rate.recall(rule, state, query)[:, :, 0].numpy())


def centred(a: np.ndarray) -> np.ndarray:
    """Less the mean over the cells, [..., d_v]."""
    return a - a.mean(-1, keepdims=True)


# What the rule is decides how it is taught.


def heard_by_both(rule: PlasticityRule) -> PlasticityRule:
    """Refuse a rule that cannot tie a value to a key, or that these cells cannot read."""
    for name in {"pre", "post"} - set(symbols.signals(rule)):
        raise InputError(f"{rule.name} does not hear {name}, so it cannot store pairs; give a rule that hears pre and post")
    if symbols.normaliser(rule) is not None:
        raise InputError(f"{rule.name} is read through a divisive normaliser, which these cells lack; run it on rates")
    return rule


def corrects(rule: PlasticityRule) -> bool:
    """Whether a write depends on what is already predicted."""
    return any(flow.erase != 0 or flow.unwrite != 0 for flow in symbols.flows(rule).values())


def writes_late(rule: PlasticityRule) -> bool:
    """Whether the weight is written from another variable, a trace."""
    flows = symbols.flows(rule)
    return bool(symbols.names(*flows["w"]) & (flows.keys() - {"w"}))


def with_fields(rule: PlasticityRule, **change: Any) -> PlasticityRule:
    """The rule with the given functions applied to those of its parameters that have these names."""
    if isinstance(inner := getattr(rule, "rule", None), PlasticityRule):
        return replace(rule, rule=with_fields(inner, **change))
    own = {f.name for f in fields(rule)}
    return replace(rule, **{name: by(getattr(rule, name)) for name, by in change.items() if name in own})


def timed(rule: PlasticityRule, norm: float, circuit: Circuit) -> PlasticityRule:
    """The rule in seconds, from one whose unit of time is the item and whose keys have length 1.

    norm: the sum of squared presynaptic rates, in Hz^2. While an item is on, an error-correcting rule moves
    pred as d pred/dt = eta * norm * (post - pred): eta = 1 / (tau_learn * norm). Any other rule has the eta
    with which one item, shown once, is recalled at its own strength: 1 / (window * norm) for Hebb's.
    """
    rule = with_fields(
        rule,
        tau=lambda tau: tau * circuit.item,
        tau_eligible=lambda tau: tau * circuit.tau_trace,
        conversion=lambda conversion: conversion / circuit.pulse,
    )
    if corrects(rule):
        return with_fields(rule, eta=lambda eta: eta / (circuit.tau_learn * norm))
    once = 1 / (circuit.window * norm)
    strength = recalled_once(with_fields(rule, eta=lambda eta: once), norm, circuit)
    return with_fields(rule, eta=lambda eta: eta * once / strength)
