"""Recurrent fast weight programmers: what was read is fed back, to the slow network or through fast weights.

Source: Irie, Schlag, Csordas & Schmidhuber (2021), arXiv:2106.06295.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from plastic.slow.feedforward import Stack
from plastic.substrates.layer import SlowNetwork, SlowWeights, positive, written


class RecurrentLayer(SlowNetwork):
    """A plastic layer whose slow weights also hear the tanh of what was last read; options as in `PlasticLayer`."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.emitters: dict[str, Any] = {**self.slow, "query": self.query}
        self.emitted = [linear.out_features for linear in self.emitters.values()]
        self.back = nn.Linear(self.heads * self.post, sum(self.emitted), bias=False)

    def forward(self, x: Tensor, state: dict[str, Any] | None = None) -> tuple[Tensor, dict[str, Any]]:
        """x [B, T, width] -> outputs [B, T, width] and the state: fast weights, and what was last read."""
        self.check(x)
        fast, last = (None, None) if state is None else (state["fast"], state["last"])
        ahead = torch.cat([linear(x) for linear in self.emitters.values()], -1)
        answers = []
        for now in ahead.split(1, 1):
            emitted = now if last is None else now + self.back(last.flatten(-2).tanh().to(x.dtype))
            last, fast = self.once(emitted, fast)
            answers.append(last)
        return self.told(torch.cat(answers, 1), x), {"fast": fast, "last": last}

    def once(self, emitted: Tensor, fast: Any) -> tuple[Tensor, Any]:
        """One write and one read, [B, 1, heads, post], from all that the slow weights emit, [B, 1, .]."""
        parts = dict(zip(self.emitters, emitted.split(self.emitted, -1), strict=True))
        query = self.asked(parts.pop("query"))
        return written(self.rule, self.shaped(parts), query, fast, "loop")

    def state_size(self) -> int:
        return super().state_size() + self.heads * self.post


class SoftmaxKeys(SlowWeights):
    """Slow weights for a fast matrix that is asked with softmaxed rates."""

    def features(self, x: Tensor) -> Tensor:
        return x.softmax(-1)


class FeedbackLayer(SlowNetwork):
    """y_t = W_t q_t + R_t softmax(y_{t-1}): a second fast matrix reads the last answer; options as in `PlasticLayer`.

    The keys of R are softmaxed too. W is written and read in parallel, R step by step.
    """

    def __init__(
        self, rule: Any, width: int, heads: int = 1, pre: int | None = None, post: int | None = None, rates: int = 2
    ) -> None:
        super().__init__(rule, width, heads, pre, post, rates)
        self.feedback = SoftmaxKeys(rule, width, heads, self.post, self.post, rates)

    def forward(self, x: Tensor, state: dict[str, Any] | None = None) -> tuple[Tensor, dict[str, Any]]:
        """x [B, T, width] -> outputs [B, T, width] and the state: both fast matrices, and what was last read."""
        self.check(x)
        state = {"fast": None, "feedback": None, "last": None} if state is None else state
        ahead, fast = written(self.rule, self.signals(x), self.asked(self.query(x)), state["fast"], "chunk")
        signals, feedback, last = self.feedback.signals(x), state["feedback"], state["last"]
        last = ahead.new_zeros(ahead[:, :1].shape) if last is None else last
        answers = []
        for t, now in enumerate(ahead.split(1, 1)):
            every = slice(t * self.rule.writes, (t + 1) * self.rule.writes)
            emitted = {name: a[:, every] for name, a in signals.items()}
            again, feedback = written(self.rule, emitted, last.softmax(-1), feedback, "loop")
            last = now + again
            answers.append(last)
        return self.told(torch.cat(answers, 1), x), {"fast": fast, "feedback": feedback, "last": last}

    def state_size(self) -> int:
        return super().state_size() + self.feedback.state_size() + self.heads * self.post


class Recurrent(Stack):
    """The recurrent DeltaNet, with any rule for its fast weights: a stack of `RecurrentLayer`.

    Options as in `FeedForward`.
    """

    layer: type[SlowNetwork] = RecurrentLayer

    def __init__(
        self,
        width: int,
        rule: Any = "delta",
        layers: int = 2,
        heads: int = 1,
        pre: int | None = None,
        post: int | None = None,
        rates: int = 2,
        convolution: int = 0,
        mlp: int = 4,
    ) -> None:
        memories = [self.layer(rule, width, heads, pre, post, rates) for _ in range(positive("layers", layers))]
        super().__init__(width, memories, convolution, mlp)


class DeltaRNN(Recurrent):
    """The Delta RNN, or its like with another rule: a stack of `FeedbackLayer`. Options as in `FeedForward`."""

    layer = FeedbackLayer
