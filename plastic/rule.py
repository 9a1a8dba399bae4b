"""What a plasticity rule is: one leaky, writable, erasable equation per synaptic variable."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, Literal, NamedTuple

SIGNALS = ("pre", "post", "mod", "gate")  # all that reaches a synapse from outside it

Axis = Literal["head", "post", "pre"]


class InputError(ValueError):
    """What a user gave cannot be used; the message names it and says what to do instead."""


class Flow(NamedTuple):
    """dz/dt = write - erase * pred - unwrite * back - leak * z.

    pred (of neuron i) is the sum over its synapses j of z_ij * pre_j: what they already predict.
    back (of input j) is the sum over its targets i of z_ij * post_i: what they predict for their input.
    """

    write: Any = 0
    erase: Any = 0
    unwrite: Any = 0
    leak: Any = 0

    def rate(self, z: Any, pred: Any, back: Any) -> Any:
        """dz/dt, in 1/second when the signals are rates in hertz."""
        return self.write - self.erase * pred - self.unwrite * back - self.leak * z


class Synapse:
    """All that a rule may use: its signals, its own variables, and a little arithmetic.

    Signals: pre, post (rates), mod (multiplies eta), gate (leak rate >= 0). Variables: those of the
    rule's flow. Also pred and back (see `Flow`), energy = dt * sum over inputs of pre^2 (the summed
    drive, as feed-forward inhibition sees it), chance (uniform in [0, 1), drawn at every event).
    Substrates subclass it with numbers or with symbols.
    """

    dt: Any
    exp: Any  # exp(x)
    logistic: Any  # 1 / (1 + exp(-x))
    positive: Any  # 1 where x > 0, else 0
    clip: Any  # clip(x, low, high)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"a synapse feels no '{name}'")

    def activation(self, x: Any, half: Any, width: Any) -> Any:
        """A logistic function of x with half-point and half-width, scaled to be 0 at x = 0 and 1 at x = 1."""
        at_zero, at_one = self.logistic(-2 * half / width), self.logistic(2 * (1 - half) / width)
        return (self.logistic(2 * (x - half) / width) - at_zero) / (at_one - at_zero)

    def keep(self, leak: Any) -> Any:
        """The share that outlives one step of this leak: lambda = exp(-leak * dt)."""
        return self.exp(-leak * self.dt)

    def forget(self, leak: Any) -> Any:
        """The share forgotten in one step, per unit time: (1 - lambda) / dt, which is the leak as dt -> 0."""
        return (1 - self.keep(leak)) / self.dt


@dataclass(frozen=True)
class PlasticityRule(ABC):
    """A local learning rule, written once, in plain arithmetic.

    Called with tensors its flow simulates; called with symbols it prints, proves and compiles
    itself. It may use only what its synapse can feel, so it is local.

    Class attributes: cite (source), row (its row in Table 1 of Irie & Gershman 2025, arXiv:2508.08435,
    if it is one), biology (its reading in a synapse), gate_axis (what one gate belongs to: the head,
    each postsynaptic cell or each presynaptic cell), positive_keys and positive_values (it needs keys,
    or values, >= 0).
    """

    cite: ClassVar[str]
    row: ClassVar[str | None] = None
    biology: ClassVar[str] = ""
    gate_axis: ClassVar[Axis] = "head"
    positive_keys: ClassVar[bool] = False
    positive_values: ClassVar[bool] = False

    def __post_init__(self) -> None:
        for f in fields(self):
            check_parameter(self.name, f.name, getattr(self, f.name), f.metadata)

    @property
    def name(self) -> str:
        """What the rule is called in tables, commands and figures: the name of its file."""
        package, _, module = type(self).__module__.rpartition(".")
        return module if package == "plastic.rules" else type(self).__name__

    @property
    def writes(self) -> int:
        """How many key-value pairs one read is preceded by."""
        return 1

    @abstractmethod
    def flow(self, s: Synapse) -> dict[str, Flow]:
        """The equation of every synaptic variable, in the order in which presynaptic events act on them."""

    def efficacy(self, s: Synapse) -> Any:
        """What a presynaptic event arriving now would transmit."""
        return s.w

    def normaliser(self, s: Synapse) -> Any:
        """The strength of the divisive inhibition that normalises the output, if there is any."""
        return None

    def objective(self, s: Synapse) -> Any:
        """The local loss, learning rate included: one step of dt is one gradient step on it. None if there is none."""
        return None

    def absorb(self, s: Synapse, change: Any) -> Any:
        """The weight after a proposed change; a bounded rule takes less of it."""
        return s.w + change

    def start(self) -> dict[str, float]:
        """The variables that do not start at 0."""
        return {}


def seconds(default: float) -> Any:
    """A parameter in seconds, such as a learning rate."""
    return field(default=default, metadata={"unit": "second"})


def time_constant(default: float) -> Any:
    """A time constant in seconds, greater than 0."""
    return field(default=default, metadata={"unit": "second", "positive": True})


def hertz(default: float) -> Any:
    """A rate in hertz, greater than 0."""
    return field(default=default, metadata={"unit": "hertz", "positive": True})


def share(default: float) -> Any:
    """A fraction in [0, 1]."""
    return field(default=default, metadata={"range": (0.0, 1.0)})


def check_parameter(rule: str, name: str, value: Any, meta: Any) -> None:
    """Refuse a parameter that the rule's equation cannot have."""
    if meta and (value is None or isinstance(value, (bool, str))):
        raise InputError(f"{name} of {rule} is {value!r}; give a number")
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return  # a symbol, a word or another rule
    if math.isnan(value) or (math.isinf(value) and not meta.get("positive")):
        raise InputError(f"{name} of {rule} is {'not a number' if math.isnan(value) else value}; give a finite value")
    if meta.get("positive") and value <= 0:
        raise InputError(f"{name} of {rule} is {value:g}; give a value above 0 (in {meta['unit']}s)")
    low, high = meta.get("range", (-math.inf, math.inf))
    if not low <= value <= high:
        raise InputError(f"{name} of {rule} is {value:g}; give a value between {low:g} and {high:g}")
