"""Is a sample kept in synapses while its cells are silent about it?

A recurrent network whose synapses facilitate and depress learns to say whether a test matches a sample shown a second
before. At the end of the delay the sample, one of eight directions, is decoded linearly from the efficacy of synapses
(use times resources) and from the rates of cells, with the noise of the network on; then either is exchanged between
trials before the test comes. High rates cost in training, in full after a warm-up (of 200 steps: of 100, one network of
five falls silent before it learns). Masse et al. (2019), Nat. Neurosci. 22:1159.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, cast

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from experiments.tasks.delayed_match import DelayedMatch
from plastic.lab.plots import COLOURS
from plastic.slow.network import Network
from plastic.slow.study import Claim, Condition, Row, interval, values
from plastic.slow.training import Plan, Training, generator

TRIALS = 2048
SYNAPSES, CELLS = ("use", "resources"), ("rate",)


def conditions(full: bool) -> dict[str, Condition]:
    """One network with less noise than published, and a tenth of a second of fixation; full: as published."""
    per_second = 100 if full else 20
    sizes = {"fixation": per_second // 2 if full else 2, "sample": per_second // 2, "delay": per_second}
    options = {"cells": 100 if full else 60, "dt": 1 / per_second, "noise": 0.5 if full else 0.2, "cost": 0.02}
    plan = Plan(2000, 1024, every=50) if full else Plan(1500, 128, warm_up=200, every=50, solved=1.0)
    sizes["test"] = per_second // 2
    return {"STP": Condition("delayed_match", "masse_2019", None, 24, sizes, options, plan, 5)}


@torch.no_grad()
def measure(name: str, training: Training) -> Row:
    """What is decoded at the end of the delay, and accuracy as it is and after each exchange."""
    made, network = cast(DelayedMatch, training.task), cast(Network, training.network)
    draws = generator(training.seed, "silent delay")
    x, y = (a.to(training.device) for a in made.batch(TRIALS, draws))
    test = made.fixation + made.sample + made.delay
    order = torch.rand(TRIALS, generator=draws).argsort().to(x.device)
    network.train()
    with training.own_noise():
        _, state = network.go_on(x[:, :test])
        efficacy, sample = state["use"] * state["resources"], direction(x, made)
        found = {"decoded_synapses": decoded(efficacy, sample), "decoded_cells": decoded(state["rate"], sample)}
        for what, shuffled in (("intact", ()), ("synapses", SYNAPSES), ("cells", CELLS)):
            output, _ = network.go_on(x[:, test:], exchanged(state, shuffled, order))
            right = output[:, 1:].argmax(-1) == y[:, test + 1 :]
            found[f"right_{what}"] = float(right.double().mean())
    return found


def direction(x: Tensor, made: DelayedMatch) -> Tensor:
    """The number of each trial's sample, [B], from what the cells tuned to it were shown."""
    shown = x[:, made.fixation : made.fixation + made.sample].mean(1)
    angle = 2 * math.pi * torch.arange(made.cells, device=x.device) / made.cells
    mean = torch.atan2(shown @ angle.sin(), shown @ angle.cos()) / (2 * math.pi)
    return (mean * made.directions).round().long() % made.directions


def exchanged(state: dict[str, Tensor], names: Iterable[str], order: Tensor) -> dict[str, Tensor]:
    """The state with these of its variables taken from other trials."""
    return {name: a[order] if name in names else a for name, a in state.items()}


def decoded(features: Tensor, label: Tensor, penalty: float = 1e-2) -> float:
    """Share of labels [B] that ridge regression on features [B, n] of one half of the trials finds in the other."""
    features, label = features.cpu(), label.cpu()
    centred = features.double() - features.double().mean(0)
    scaled = torch.cat([centred / (centred.std(0) + 1e-9), torch.ones(len(centred), 1).double()], 1)
    fit, test = scaled[::2], scaled[1::2]
    wanted = one_hot(label[::2]).double()
    gram = fit.mT @ fit + penalty * len(fit) * torch.eye(fit.shape[1]).double()
    weights = torch.linalg.solve(gram, fit.mT @ wanted)
    return float(((test @ weights).argmax(-1) == label[1::2]).double().mean())


def claims(rows: list[Row]) -> list[Claim]:
    """The network does the task with its synapses."""
    right = values(rows, "STP", "right_intact")
    apart = differences(rows, "decoded_synapses", "decoded_cells")
    cost = differences(rows, "right_cells", "right_synapses")
    synapses, cells = (interval(values(rows, "STP", f"decoded_{where}")) for where in ("synapses", "cells"))
    return [
        Claim("the network is right in more than .85, noise on", interval(right), min(right) > 0.85),
        Claim(
            "after the delay the sample is decoded better from synapses than from rates, by at least .1 on average",
            f"{interval(apart)}, least {min(apart):.3f}: {synapses} against {cells}",
            sum(apart) >= 0.1 * len(apart),
        ),
        Claim("exchanging synapses costs more than exchanging rates, on average", interval(cost), sum(cost) > 0),
    ]


def differences(rows: list[Row], first: str, second: str) -> list[float]:
    """By seed."""
    return [a - b for a, b in zip(values(rows, "STP", first), values(rows, "STP", second), strict=True)]


def draw(axes: Any, rows: list[Row]) -> None:
    """Decoding from synapses and rates, and accuracy after each exchange."""
    shown = {
        "decoded\nsynapses": "decoded_synapses",
        "decoded\nrates": "decoded_cells",
        "right\nintact": "right_intact",
        "synapses\nswapped": "right_synapses",
        "rates\nswapped": "right_cells",
    }
    for place, column in enumerate(shown.values()):
        own = values(rows, "STP", column)
        axes.plot([place] * len(own), own, "o", ms=3, color=COLOURS[place > 1], fillstyle="none", mew=0.7)
    for chance, span, colour in ((1 / 8, (-0.4, 1.4), COLOURS[0]), (0.5, (1.6, 4.4), COLOURS[1])):
        axes.plot(span, (chance, chance), ls=":", lw=0.7, color=colour)
    axes.set_xticks(range(len(shown)), list(shown), fontsize=4.5)
    axes.set(ylabel="share right (dotted: chance)", ylim=(0, 1.03))
