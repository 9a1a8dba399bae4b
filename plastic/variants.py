"""What a real synapse adds to a rule: bounds, a sign, chance. Each wraps a rule and changes one thing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from plastic.rule import InputError, PlasticityRule, share


@dataclass(frozen=True)
class Variant(PlasticityRule):
    """A rule that is another rule but for one thing."""

    rule: PlasticityRule

    def __post_init__(self) -> None:
        if not isinstance(self.rule, PlasticityRule):
            raise InputError(f"rule of {type(self).__name__} is {self.rule!r}; give the rule to wrap")
        for fact in ("gate_axis", "positive_keys", "positive_values"):
            object.__setattr__(self, fact, getattr(self.rule, fact))
        super().__post_init__()

    @property
    def name(self) -> str:
        return f"{self.rule.name}+{next(key for key, made in VARIANTS.items() if isinstance(self, made))}"

    @property
    def writes(self) -> int:
        return self.rule.writes

    def flow(self, s: Any) -> Any:
        return self.rule.flow(s)

    def efficacy(self, s: Any) -> Any:
        return self.rule.efficacy(s)

    def normaliser(self, s: Any) -> Any:
        return self.rule.normaliser(s)

    def absorb(self, s: Any, change: Any) -> Any:
        return self.rule.absorb(s, change)

    def start(self) -> dict[str, float]:
        return self.rule.start()


@dataclass(frozen=True)
class HardBound(Variant):
    """The weight stops at a floor and at a ceiling."""

    cite = "Song, Miller & Abbott (2000), Nature Neuroscience 3:919"
    biology = "a synapse has only so many receptors"
    lowest: float = -1.0
    highest: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_interval(self.name, self.lowest, self.highest)

    def absorb(self, s, change):
        return s.clip(self.rule.absorb(s, change), self.lowest, self.highest)


@dataclass(frozen=True)
class SoftBound(Variant):
    """The weight grows in proportion to the room left above it, and shrinks to that below it."""

    cite = "van Rossum, Bi & Turrigiano (2000), J. Neuroscience 20:8812"
    biology = "strong synapses are harder to potentiate"
    lower: float = -1.0
    upper: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_interval(self.name, self.lower, self.upper)

    def absorb(self, s, change):
        wanted = self.rule.absorb(s, change) - s.w
        up = s.positive(wanted)
        room = up * (self.upper - s.w) + (1 - up) * (s.w - self.lower)
        return s.clip(s.w + wanted * room / ((self.upper - self.lower) / 2), self.lower, self.upper)


@dataclass(frozen=True)
class Dale(Variant):
    """The weight keeps its sign: excitatory (+1) or inhibitory (-1)."""

    cite = "Eccles, Fatt & Koketsu (1954), J. Physiology 126:524"
    biology = "a neuron releases one transmitter"
    polarity: int = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        if isinstance(self.polarity, (int, float)) and self.polarity not in (1, -1):
            raise InputError(f"polarity of {self.name} is {self.polarity}; give 1 (excitatory) or -1 (inhibitory)")

    def absorb(self, s, change):
        wanted = self.rule.absorb(s, change)
        return wanted * s.positive(self.polarity * wanted)


@dataclass(frozen=True)
class Stochastic(Variant):
    """Each event writes with some probability, and the more strongly the rarer it does."""

    cite = "Branco & Staras (2009), Nature Reviews Neuroscience 10:373"
    biology = "stochastic release of transmitter: multiplicative noise on the write, its mean unchanged"
    probability: float = share(0.5)

    def __post_init__(self) -> None:
        super().__post_init__()
        if isinstance(self.probability, (int, float)) and self.probability == 0:
            raise InputError(f"probability of {self.name} is 0; give a value above 0")

    def flow(self, s):
        released = s.positive(self.probability - s.chance) / self.probability
        return {z: flow._replace(write=flow.write * released) for z, flow in self.rule.flow(s).items()}


VARIANTS: dict[str, type[Variant]] = {
    "hard_bound": HardBound, "soft_bound": SoftBound, "dale": Dale, "stochastic": Stochastic,
}  # fmt: skip


def varied(rule: PlasticityRule, variants: Iterable[str]) -> PlasticityRule:
    """The rule with the named variants around it, the first innermost."""
    for name in variants:
        if name not in VARIANTS:
            raise InputError(f"variant {name!r} is not known; choose from {', '.join(VARIANTS)}")
        rule = VARIANTS[name](rule)
    return rule


def check_interval(rule: str, low: Any, high: Any) -> None:
    """Refuse bounds that leave no room."""
    if isinstance(low, (int, float)) and not low < high:
        raise InputError(f"the bounds of {rule} run from {low:g} to {high:g}; give a lower one below the upper")
