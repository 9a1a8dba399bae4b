"""The machine-learning substrate: a slow network emits the signals that program fast synapses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isfinite, log
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import elu, normalize, relu, silu, softplus

from plastic import symbols
from plastic.rule import InputError, PlasticityRule
from plastic.rules import as_rule
from plastic.substrates.inputs import precise
from plastic.substrates.memories import MEMORIES, Memory
from plastic.substrates.rate import State, read, recall


def signals_of(rule: PlasticityRule | Memory) -> list[str]:
    """What a rule or a memory listens to."""
    return list(rule.hears) if isinstance(rule, Memory) else symbols.signals(rule)


def rule_or_memory(given: Any) -> PlasticityRule | Memory:
    """The rule or the memory that is meant, from itself, its class or its name."""
    if isinstance(given, Memory):
        return given
    if isinstance(given, str) and given in MEMORIES:
        return MEMORIES[given]()
    return as_rule(given)


class Keys(NamedTuple):
    """A feature map of keys: the map, and how many features it makes of each number."""

    of: Callable[[Tensor], Tensor]
    of_each: int = 1


def dpfp(x: Tensor) -> Tensor:
    """Products of neighbours among relu(x) and relu(-x), [..., 2 d]: `plastic.memory.features.dpfp` with nu = 1."""
    rectified = relu(torch.cat([x, -x], -1))
    return rectified * rectified.roll(1, -1)


KEYS = {"silu": Keys(silu), "relu": Keys(relu), "dpfp": Keys(dpfp, 2)}


class SlowWeights(nn.Module):
    """The linear maps that emit what a rule listens to, for a fast matrix per head.

    rule: a rule or a memory (`Softmax`, `Ridge`), its class or its name. width: features of x.
    heads: fast matrices in parallel. pre, post: cells on either side of each, width // heads if left out.
    rates: learning rates lie in (0, rates): 1, or 2, where a step of the delta rule may reverse what it unlearns.
    keys: what makes keys and queries of what the slow weights emit: "silu"; "relu", keys that can be firing rates;
    "dpfp", two of them for every number emitted. All are L2-normalised (ELU + 1 where the rule needs keys >= 0).
    mod = rates * sigmoid; gate = softplus, so that lambda = exp(-gate) lies in (0, 1) and starts near 0.98.
    Errors: InputError.
    """

    def __init__(
        self,
        rule: Any,
        width: int,
        heads: int = 1,
        pre: int | None = None,
        post: int | None = None,
        rates: int = 2,
        keys: str = "silu",
    ) -> None:
        super().__init__()
        self.rule = rule_or_memory(rule)
        self.heads = positive("heads", heads)
        positive("width", width)
        if (pre is None or post is None) and width % heads:
            raise InputError(f"width {width} is no multiple of heads {heads}; choose one that is, or give pre and post")
        self.pre, self.post = (
            positive(name, width // heads if size is None else size) for name, size in (("pre", pre), ("post", post))
        )
        if rates not in (1, 2):
            raise InputError(f"rates is {rates!r}; give 1 for learning rates in (0, 1), or 2 for (0, 2)")
        if keys not in KEYS:
            raise InputError(f"keys is {keys!r}; choose from {', '.join(KEYS)}")
        if self.pre % KEYS[keys].of_each:
            raise InputError(f"pre is {self.pre}; give a multiple of {KEYS[keys].of_each} with keys={keys!r}")
        self.rates, self.keys = rates, keys
        sizes = {"pre": self.key_size(), "post": self.post, "mod": 1, "gate": self.gate_size()}
        self.sizes = {name: sizes[name] for name in signals_of(self.rule)}
        check_hears_values(self.rule)
        emitted = heads * self.rule.writes  # a rule with several writes a read gets as many of each signal
        linear = {name: nn.Linear(width, emitted * d) for name, d in self.sizes.items()}
        self.slow = nn.ModuleDict(linear)
        if "gate" in linear:
            nn.init.constant_(linear["gate"].bias, log(torch.expm1(torch.tensor(0.02)).item()))

    def key_size(self) -> int:
        """How many numbers are emitted for a key."""
        return self.pre if self.rule.positive_keys else self.pre // KEYS[self.keys].of_each

    def gate_size(self) -> int:
        """How many gates a head has."""
        return {"head": 1, "pre": self.pre, "post": self.post}[self.rule.gate_axis]

    def features(self, x: Tensor) -> Tensor:
        """Keys and queries, [..., pre]."""
        if self.rule.positive_keys:
            return elu(x) + 1
        return normalize(KEYS[self.keys].of(x), dim=-1)

    def values(self, x: Tensor) -> Tensor:
        """Values, [..., post]; unit vectors where their length is a step size, rectified where they must be >= 0."""
        if self.rule.positive_values:
            return relu(x)
        return normalize(x, dim=-1) if unwrites(self.rule) else x

    def rate(self, x: Tensor) -> Tensor:
        """Learning rates, in (0, rates)."""
        return self.rates * torch.sigmoid(x)

    def signals(self, x: Tensor) -> dict[str, Tensor]:
        """What the slow network emits for x [B, T, width]: the signals that `plastic.read` takes."""
        return self.shaped({name: slow(x) for name, slow in self.slow.items()})

    def shaped(self, emitted: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Signals, from what the linear maps give, each [B, T, writes * heads * D]."""
        shape: dict[str, Callable[[Tensor], Tensor]] = {
            "pre": self.features,
            "post": self.values,
            "mod": self.rate,
            "gate": softplus,
        }
        raw = {name: precise(a).unflatten(-1, (-1, self.heads, self.sizes[name])) for name, a in emitted.items()}
        made = {name: shape[name](a).flatten(1, 2) for name, a in raw.items()}  # [B, T * writes, H, D]
        return {
            name: a[..., 0] if name == "mod" or (name == "gate" and a.shape[-1] == 1) else a for name, a in made.items()
        }

    def state_size(self) -> int:
        """Numbers that a sequence carries on: the rule's variables, or all that a memory keeps of one step."""
        if isinstance(self.rule, Memory):
            return self.heads * self.rule.writes * sum(self.sizes.values())
        return len(symbols.flows(self.rule)) * self.heads * self.post * self.pre


class SlowNetwork(SlowWeights):
    """Slow weights with a linear map for the query, shaped like a key, and one for the output. Options the same."""

    def __init__(
        self,
        rule: Any,
        width: int,
        heads: int = 1,
        pre: int | None = None,
        post: int | None = None,
        rates: int = 2,
        keys: str = "silu",
    ) -> None:
        super().__init__(rule, width, heads, pre, post, rates, keys)
        self.query = nn.Linear(width, heads * self.key_size(), bias=False)
        self.out = nn.Linear(heads * self.post, width, bias=False)

    def check(self, x: Tensor) -> None:
        """Refuse what is no sequence of this width."""
        check_sequence(x, self.query.in_features)

    def asked(self, emitted: Tensor) -> Tensor:
        """The query [B, T, heads, pre], from what its linear map gives."""
        return self.features(precise(emitted).unflatten(-1, (self.heads, self.key_size())))

    def told(self, answers: Tensor, x: Tensor) -> Tensor:
        """Outputs [B, T, width] in the precision of x, from answers [B, T, heads, post]."""
        return self.out(answers.flatten(-2).to(x.dtype))


class PlasticLayer(SlowNetwork):
    """A sequence layer whose memory is a fast matrix per head, written by a plasticity rule.

    Options as in `SlowWeights`; width: features in and out. The slow weights are one linear map for each
    signal the rule listens to, one for the query and one for the output.
    """

    def forward(self, x: Tensor, state: State | None = None, mode: str = "chunk") -> tuple[Tensor, State]:
        """x [B, T, width] -> outputs [B, T, width] and the fast weights, to go on from later."""
        self.check(x)
        answers, state = written(self.rule, self.signals(x), self.asked(self.query(x)), state, mode)
        return self.told(answers, x), state

    def recall(self, x: Tensor, state: State) -> Tensor:
        """x [B, T, width] -> outputs [B, T, width] from the fast weights as they are: plasticity off."""
        self.check(x)
        return self.told(recall(self.rule, state, self.asked(self.query(x))), x)


def written(
    rule: Any, signals: Mapping[str, Tensor], query: Tensor, state: State | None, mode: str
) -> tuple[Tensor, State]:
    """What `read` gives, in full precision whatever the slow weights have: fast weights add up many small writes."""
    with torch.autocast(query.device.type, enabled=False):
        answers, state = read(rule, signals, query, state, mode=mode, strict=False)
    assert answers is not None
    return answers, state


def check_hears_values(rule: PlasticityRule | Memory) -> None:
    """Refuse a rule that hears nothing that could be a value."""
    if "post" not in signals_of(rule):
        raise InputError(f"rule {rule.name} listens to no post, so no layer can write values with it; choose another")


def check_sequence(x: Any, width: int) -> None:
    """Refuse what is no sequence of this width."""
    if not isinstance(x, Tensor) or x.ndim != 3 or x.shape[-1] != width or 0 in x.shape:
        found = f"shape {tuple(x.shape)}" if isinstance(x, Tensor) else f"type {type(x).__name__}"
        raise InputError(f"x has {found}; give a tensor [batch, time, {width}]")


def unwrites(rule: PlasticityRule | Memory) -> bool:
    """Whether a step takes back a share |post|^2 of the weights, as OjaNet's does."""
    return isinstance(rule, PlasticityRule) and any(flow.unwrite != 0 for flow in symbols.flows(rule).values())


def fitting(name: str, number: Any, fits: Callable[[float], bool], remedy: str) -> float:
    """The number, refused with its remedy if it is none, not finite or does not fit."""
    known = isinstance(number, (int, float)) and not isinstance(number, bool) and isfinite(number)
    if not (known and fits(number)):
        raise InputError(f"{name} is {number!r}; {remedy}")
    return float(number)


def positive(name: str, number: int) -> int:
    """The number, refused if it is no positive whole one."""
    if not isinstance(number, int) or number < 1:
        raise InputError(f"{name} is {number!r}; give a whole number of at least 1")
    return number
