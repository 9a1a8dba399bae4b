"""What a programmer is: a slow network and the fast state that it programs; and every programmer by name."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from difflib import get_close_matches
from functools import partial
from importlib import import_module
from inspect import signature
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from plastic.rule import InputError
from plastic.substrates.inputs import precise
from plastic.substrates.layer import check_sequence, positive


class Programmer(nn.Module, ABC):
    """A sequence model whose weights are slow and whose state is fast.

    width: features in and out. State: tensors of one sequence each along their batch axis, in dicts, lists and tuples.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.width = positive("width", width)

    @abstractmethod
    def forward(self, x: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        """x [B, T, width] -> outputs [B, T, width] and the state to go on from (None: at rest). Errors: InputError."""

    @abstractmethod
    def state_size(self) -> int:
        """Numbers that a sequence carries from one step to the next; a memory that grows says how many a step adds."""


class Stepped(Programmer):
    """A programmer that must wait for its last step; its output is a linear map of its cells' rates.

    cells: how many (width if left out).
    """

    def __init__(self, width: int, cells: int | None = None) -> None:
        super().__init__(width)
        self.cells = self.width if cells is None else positive("cells", cells)
        self.out = nn.Linear(self.cells, width)

    @abstractmethod
    def rest(self, x: Tensor) -> dict[str, Any]:
        """The state before the first step, for as many sequences as x [B, width] has, in its precision."""

    @abstractmethod
    def step(self, x: Tensor, state: dict[str, Any]) -> tuple[Tensor, dict[str, Any]]:
        """The rates [B, cells] that an input [B, width] calls up, and the state after it."""

    def forward(self, x: Tensor, state: dict[str, Any] | None = None) -> tuple[Tensor, dict[str, Any]]:
        check_sequence(x, self.width)
        state = self.rest(precise(x[:, 0])) if state is None else state
        rates = []
        for now in x.unbind(1):
            rate, state = self.step(now, state)
            rates.append(rate)
        return self.told(torch.stack(rates, 1)), state

    def told(self, rates: Tensor) -> Tensor:
        """Outputs [B, T, width] from rates [B, T, cells]."""
        return self.out(rates)

    def state_size(self) -> int:
        return numbers(self.rest(self.out.weight.new_zeros(1, self.width)))


def numbers(state: Any) -> int:
    """How many numbers a state holds."""
    if isinstance(state, Tensor):
        return state.numel()
    return sum(map(numbers, state.values() if isinstance(state, dict) else state))


class Home(NamedTuple):
    """Where a programmer lives."""

    module: str
    name: str


RULE = "delta"  # of a programmer that has none of its own

HOMES = {
    "feedforward": Home("feedforward", "FeedForward"),
    "recurrent": Home("recurrent", "Recurrent"),
    "delta_rnn": Home("recurrent", "DeltaRNN"),
    "self_referential": Home("self_referential", "SelfReferential"),
    "ba_2016": Home("ba_2016", "Ba2016"),
    "hebb_ff": Home("hebb_ff", "HebbFF"),
    "masse_2019": Home("masse_2019", "STPRNN"),
    "backpropamine": Home("backpropamine", "Backpropamine"),
    "transformer": Home("baselines", "Transformer"),
    "lstm": Home("baselines", "LSTM"),
    "rnn": Home("baselines", "RNN"),
}


def built(home: Home, width: int, rule: Any = None, **options: Any) -> Programmer:
    """A programmer, from its width, the rule that writes its fast weights (None: its own) and its options."""
    kind = getattr(import_module(f"plastic.slow.{home.module}"), home.name)
    takes = signature(kind).parameters
    if rule is not None and "rule" not in takes:
        raise InputError(f"{home.name} has no fast weights that a rule could write; leave rule out")
    if rule is None and "rule" in takes and takes["rule"].default is takes["rule"].empty:
        raise InputError(f"{home.name} has no rule of its own; give one, such as rule='delta'")
    known = [name for name in takes if name not in ("width", "rule")]
    for name in options:
        if name not in known:
            raise InputError(f"{home.name} has no option {name!r}; choose from {', '.join(known)}")
    return kind(width, **({} if rule is None else {"rule": rule}), **options)


class Programmers(dict[str, Callable[..., Programmer]]):
    """Builders `(width, rule=None, **options)` by name; a builder imports its programmer when it is called."""

    def __missing__(self, name: str) -> Callable[..., Programmer]:
        near = get_close_matches(str(name), self, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]!r}?" if near else f"choose from {', '.join(self)}"
        raise InputError(f"programmer {name!r} is not known; {hint}")


PROGRAMMERS = Programmers({name: partial(built, home) for name, home in HOMES.items()})


def own_rule(name: str) -> Any:
    """The rule that writes this programmer's fast weights unless another is chosen; None where none can be chosen."""
    home = HOMES[name]
    taken = signature(getattr(import_module(f"plastic.slow.{home.module}"), home.name)).parameters.get("rule")
    return None if taken is None else RULE if taken.default is taken.empty else taken.default


def writable(name: str) -> bool:
    """Whether a rule can be chosen for the fast weights of this programmer."""
    return own_rule(name) is not None
