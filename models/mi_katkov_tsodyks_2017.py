"""How many items presynaptic short-term plasticity can juggle: clusters of a rate network that spike in turn.

Every item has a cluster of excitatory cells; a common inhibitory pool lets one cluster fire at a time. A cluster that
fires raises its own u (facilitation) and exhausts its x (depression); it falls silent, recovers, and fires again as
long as its u lasts. Loaded clusters so take turns, and as many stay as there are turns within the longest silence.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log
from typing import NamedTuple

import numpy as np

from plastic.lab.portraits import Mark, trace
from plastic.rule import InputError, share, time_constant

COARSEST = 0.25e-3  # seconds; tau is 8 ms, and clusters spike within a few of them
ACTIVE = 20.0  # Hz: a population spike passes this rate
RECENT = 2.0  # seconds: an active cluster spiked within these last


@dataclass(frozen=True)
class Clusters:
    """Clusters and their pool. Rates in hertz, times in seconds; J and the gain are in the units of the paper."""

    clusters: int = 16
    tau: float = time_constant(0.008)
    gain: float = 1.5
    within: float = 8.0  # J_EE
    from_pool: float = 1.1  # J_EI: of the pool on clusters
    to_pool: float = 1.75  # J_IE: of clusters on the pool
    tau_facil: float = time_constant(1.5)
    tau_rec: float = time_constant(0.3)
    U: float = share(0.3)
    background: float = 8.0
    cue: float = 225.0
    cue_lasts: float = 0.03
    cue_every: float = 0.1
    dt: float = 2.5e-4  # at which the published table is reproduced; a finer step may lose one cluster more

    def __post_init__(self) -> None:
        if self.clusters < 1:
            raise InputError(f"clusters is {self.clusters}; give 1 or more")
        if not 0 < self.dt <= COARSEST:
            raise InputError(f"dt is {self.dt:g} s, too coarse for population spikes; give at most {COARSEST:g}")

    @property
    def longest_silence(self) -> float:
        """T_max: how long a cluster may stay silent before its synapses have forgotten that it was loaded."""
        return self.tau_rec * log(self.tau_facil / self.tau_rec / (1 - self.U))


class Ran(NamedTuple):
    """What happened: rate, u and x [samples, loads, clusters], one sample every `every` seconds."""

    rate: np.ndarray
    u: np.ndarray
    x: np.ndarray
    every: float


def loaded(net: Clusters, loads: list[int], seconds: float = 15.0, every: float = 1e-3) -> Ran:
    """Cue the first clusters one after another, as many as each load says, all loads side by side (Euler)."""
    check_loads(net, loads, every)
    shape, kept = (len(loads), net.clusters), round(every / net.dt)
    h, pool = np.zeros(shape), np.zeros((len(loads), 1))
    u, x = np.full(shape, net.U), np.ones(shape)
    samples = []
    for step in range(round(seconds / net.dt)):
        rate, inhibition = fires(net, h), fires(net, pool)
        if step % kept == 0:
            samples.append((rate, u, x))
        drive = net.background + cued(net, loads, step * net.dt)
        h = h + net.dt / net.tau * (net.within * u * x * rate - net.from_pool * inhibition + drive - h)
        pool = pool + net.dt / net.tau * (net.to_pool * rate.sum(1, keepdims=True) - pool)
        du = (net.U - u) / net.tau_facil + net.U * (1 - u) * rate
        dx = (1 - x) / net.tau_rec - u * x * rate
        u, x = u + net.dt * du, x + net.dt * dx
    rates, us, xs = (np.stack(a) for a in zip(*samples, strict=True))
    return Ran(rates, us, xs, every)


def check_loads(net: Clusters, loads: list[int], every: float) -> None:
    for load in loads:
        if not 0 <= load <= net.clusters:
            raise InputError(f"load is {load}, but there are {net.clusters} clusters; give at most that many items")
    if every < net.dt:
        raise InputError(f"every is {every:g} s, shorter than dt, {net.dt:g} s; sample less often")


def fires(net: Clusters, h: np.ndarray) -> np.ndarray:
    """Rate of an input: alpha log(1 + exp(h / alpha))."""
    return net.gain * np.logaddexp(0, h / net.gain)


def cued(net: Clusters, loads: list[int], now: float) -> np.ndarray:
    """The cue at this time, [loads, clusters]: each cluster in its turn."""
    turn = int(now / net.cue_every + 1e-9)
    on = now - turn * net.cue_every < net.cue_lasts - 1e-9
    place = np.arange(net.clusters)
    return net.cue * (on & (place == turn) & (place < np.array(loads)[:, None]))


def onsets(ran: Ran, load: int, cluster: int) -> np.ndarray:
    """When a cluster's population spikes begin, in seconds; load: the place in the list of loads."""
    high = ran.rate[:, load, cluster] > ACTIVE
    return (np.flatnonzero(high[1:] & ~high[:-1]) + 1) * ran.every


def active(ran: Ran) -> np.ndarray:
    """How many clusters still spike at the end, [loads]."""
    recent = ran.rate[-round(RECENT / ran.every) :]
    return (recent.max(0) > ACTIVE).sum(1)


def portrait(seed: int) -> list[Mark]:
    """Four items in turn: rates, u and x of their clusters, and of one that is not loaded; cues. Nothing is random."""
    net, load = Clusters(), 4
    ran = loaded(net, [load], 3.0, every=5e-3)
    times = np.arange(len(ran.rate)) * ran.every
    marks = [
        mark
        for cluster in range(load + 1)
        for name, values in (("rate", ran.rate), ("u", ran.u), ("x", ran.x))
        for mark in trace(name, f"cluster {cluster + 1}", times, values[:, 0, cluster])
    ]
    starts = [net.cue_every * cluster for cluster in range(load)]
    return marks + [Mark("spans", f"cluster {n}", at, at + net.cue_lasts) for n, at in enumerate(starts, 1)]
