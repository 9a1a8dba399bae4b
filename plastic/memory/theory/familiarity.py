"""Recognising what was seen before: HebbFF, an anti-Hebbian matrix that answers only what is new to it.

Tyulmankov, Yang & Abbott (2022), idealised: n address bits of an item select one of N = 2^n units, whose D plastic
inputs see the other bits (+-1); each step A <- gamma A - h x', h = 1 if the unit fires. It fires for a new item.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from numpy.typing import ArrayLike
from scipy.special import erfc, erfcinv

from plastic.memory.theory.arguments import Array, at_least, checked, whole
from plastic.rule import InputError


@dataclass(frozen=True)
class Familiarity:
    """The best HebbFF network for wanted rates of false alarms and, at the longest interval, of hits.

    address: n, number of address bits; inputs: D plastic inputs; false_alarms, hits: rates in (0, 1), hits the
    larger; new: share of items that are new.
    """

    address: int = 4
    inputs: int = 50
    false_alarms: float = 0.005
    hits: float = 0.995
    new: float = 2 / 3

    def __post_init__(self) -> None:
        whole(0, "address", self.address)
        whole(1, "inputs", self.inputs)
        for name in ("false_alarms", "hits", "new"):
            checked(name, getattr(self, name), lambda x: (x > 0) & (x < 1), "give a value between 0 and 1")
        if self.hits <= self.false_alarms:
            raise InputError("hits does not exceed false_alarms; give a larger rate of hits")
        if self.decay <= 0:
            raise InputError("inputs are too few for such rates; give more inputs or address bits, or worse rates")

    @property
    def units(self) -> int:
        """N = 2^n."""
        return int(2**self.address)

    @property
    def gain(self) -> float:
        """a = sqrt(2 e)[erfc^-1(2 Pfp) - erfc^-1(2 Ptp)]: D over the standard deviation of a unit's input."""
        return math.sqrt(2 * math.e) * float(erfcinv(2 * self.false_alarms) - erfcinv(2 * self.hits))

    @property
    def bias(self) -> float:
        """b = sqrt(2) erfc^-1(2 Pfp) / a - n: the unit's input without memory is D (n + b)."""
        return math.sqrt(2) * float(erfcinv(2 * self.false_alarms)) / self.gain - self.address

    @property
    def decay(self) -> float:
        """gamma = 1 - a^2 f / (2 D N), f the share of new items."""
        return 1 - self.gain**2 * self.new / (2 * self.inputs * self.units)


def false_alarm_rate(net: Familiarity) -> float:
    """Share of new items called familiar: erfc(a (n + b) / sqrt 2) / 2, the rate asked for."""
    return float(erfc(net.gain * (net.address + net.bias) / math.sqrt(2)) / 2)


def hit_rate(net: Familiarity, interval: ArrayLike) -> Array:
    """Share of items called familiar that were seen R items ago: erfc(a (n + b - gamma^(R - 1)) / sqrt 2) / 2.

    Gaussian noise: within .02 for D >= 50.
    """
    kept = net.decay ** (at_least(1, "interval", interval) - 1)
    return erfc(net.gain * (net.address + net.bias - kept) / math.sqrt(2)) / 2


def familiarity_accuracy(net: Familiarity, interval: ArrayLike) -> Array:
    """Share of right answers when the items that are not new were seen R items ago."""
    return net.new * (1 - false_alarm_rate(net)) + (1 - net.new) * hit_rate(net, interval)


def longest_interval(net: Familiarity) -> float:
    """Interval R* at which the rate of hits is the one asked for: 1 + 1 / (2 |ln gamma|).

    About D N / (a^2 f): in proportion to the number of synapses.
    """
    return 1 - 0.5 / math.log(net.decay)
