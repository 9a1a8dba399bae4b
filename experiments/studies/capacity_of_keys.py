"""How many pairs does a fast matrix hold whose keys are trained, and can it replace a value?

Every key of S comes once with a value of its own, as a one-hot vector; keys of d_dot features are trained by squared
error. Keys that are as far apart as they can be span d_dot of S directions, so loss = 1/2 max(0, 1 - d_dot / S), the
distance of a projection from the identity. Overwriting: twice as many pairs, keys drawn with replacement; growth adds
old values to the new one, the delta rule takes them back. Schlag, Irie & Schmidhuber (2021), arXiv:2102.11174.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from plastic.rules import as_rule
from plastic.slow.study import Claim, Condition, Row, interval, values
from plastic.slow.task import Task
from plastic.slow.training import Plan, Training
from plastic.substrates.layer import KEYS, signals_of, written

PAIRS = (20, 60, 100, 150, 200)
FEATURES = {"silu": 64, "dpfp": 128}  # of keys, from 64 numbers each
TOLERANCE = 0.05


class KeysAlone(nn.Module):
    """Values are written as they are given, under keys and at learning rates that are trained; what is read is told.

    Of x [B, T, 2 S], the first half says the key and the rest is the value; answers [B, T, S].
    """

    def __init__(self, pairs: int, rule: str, keys: str, emitted: int = 64) -> None:
        super().__init__()
        self.pairs, self.rule, self.features = pairs, as_rule(rule), KEYS[keys].of
        self.key, self.query = (nn.Linear(pairs, emitted, bias=False) for _ in range(2))
        for linear in (self.key, self.query):
            nn.init.normal_(linear.weight)
        self.cells = emitted * KEYS[keys].of_each
        self.rate = nn.Linear(2 * pairs, 1)
        self.gain = nn.Parameter(torch.ones(()))

    def forward(self, x: Tensor) -> Tensor:
        named, value = x[..., : self.pairs], x[..., self.pairs :]
        key, query = (normalize(self.features(linear(named)), dim=-1) for linear in (self.key, self.query))
        emitted = {"pre": key, "post": value, "mod": 2 * self.rate(x)[..., 0].sigmoid()}
        signals = {name: emitted[name].unsqueeze(2) for name in signals_of(self.rule)}  # of the one head
        answers, _ = written(self.rule, signals, query.unsqueeze(2), None, "chunk")
        return self.gain * answers[:, :, 0]

    def state_size(self) -> int:
        """Synapses."""
        return self.pairs * self.cells


def build(made: Task, condition: Condition) -> nn.Module:
    """Trained keys for a fast matrix."""
    return KeysAlone(made.outputs, condition.rule or "vanilla", condition.options["keys"])


def conditions(full: bool) -> dict[str, Condition]:
    """Numbers of pairs by feature map, and both rules overwriting."""
    pairs = (*range(20, 601, 20),) if full else PAIRS
    found = {f"{keys}-{number}": condition(number, "vanilla", keys) for keys in FEATURES for number in pairs}
    return found | {f"overwriting-{rule}": condition(20, rule, "silu", True) for rule in ("vanilla", "delta")}


def condition(pairs: int, rule: str, keys: str, overwriting: bool = False) -> Condition:
    sizes = {"keys": pairs, "asked": 50, "vectors": True, "overwriting": overwriting}
    plan = Plan(steps=800, batch=4, rate=0.1, every=100, held_out=64, solved=1.0, decay=0.0)
    return Condition("key_value_recall", "feedforward", rule, 2 * pairs, sizes, {"keys": keys}, plan, 5, build)


def measure(name: str, training: Training) -> Row:
    """Half the squared error of an answer; accuracy is the share of its square, 1, that is explained."""
    explained = training.history[-1]["accuracy"]
    return {"half_error": None if explained is None else (1 - explained) / 2}


def expected(condition: str) -> float:
    """The least half_error of keys that do not overwrite."""
    keys, pairs = condition.split("-")
    return max(0.0, 1 - FEATURES[keys] / int(pairs)) / 2


def claims(rows: list[Row]) -> list[Claim]:
    """The law of capacity for each feature map, and overwriting."""
    found = []
    for keys, features in FEATURES.items():
        names = list(dict.fromkeys(row["condition"] for row in rows if row["condition"].startswith(f"{keys}-")))
        errors = {name: values(rows, name, "half_error") for name in names}
        worst = max(names, key=lambda name: max(abs(x - expected(name)) for x in errors[name]))
        furthest = max(abs(x - expected(worst)) for x in errors[worst])
        what = f"loss is ½ max(0, 1 - d_dot / S) within {TOLERANCE} with d_dot = {features}, at every S and seed"
        found.append(Claim(what, f"furthest by {furthest:.3f}, at {worst}", furthest <= TOLERANCE))
    grown, corrected = (values(rows, f"overwriting-{rule}", "half_error") for rule in ("vanilla", "delta"))
    return [
        *found,
        Claim("overwriting at S = 20: growth is wrong by at least .09", interval(grown, 4), min(grown) >= 0.09),
        Claim("overwriting at S = 20: delta by at most .002", interval(corrected, 4), max(corrected) <= 0.002),
    ]


def draw(axes: Any, rows: list[Row]) -> None:
    """Loss by pairs, measured and expected; at S = 20, overwriting."""
    import numpy as np

    from plastic.lab.plots import COLOURS

    for (keys, features), colour in zip(FEATURES.items(), COLOURS, strict=False):
        own = [row for row in rows if row["condition"].startswith(f"{keys}-")]
        pairs = [int(row["condition"].split("-")[1]) for row in own]
        axes.plot(
            pairs,
            [row["half_error"] for row in own],
            "o",
            ms=2.5,
            color=colour,
            label=f"$d_{{dot}}$ = {features}",
        )
        line = np.arange(20, max(pairs) + 1)
        axes.plot(line, np.maximum(0, 1 - features / line) / 2, lw=0.8, color=colour)
    for rule, marker, colour in (("vanilla", "x", COLOURS[2]), ("delta", "+", COLOURS[3])):
        errors = values(rows, f"overwriting-{rule}", "half_error")
        axes.plot([20] * len(errors), errors, marker, ms=4, color=colour, ls="none", label=f"{rule}, overwriting")
    axes.set(xlabel="pairs S", ylabel="loss (half the squared error)")
    axes.legend(fontsize=5, loc="upper left", bbox_to_anchor=(0.1, 1.06))
