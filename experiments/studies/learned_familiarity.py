"""Does learning choose anti-Hebbian synapses to know what was seen before?

HebbFF, 25 cells that hear 25 bits, is trained on streams of items whose repeats come 1, then 2, then 3 places later;
the sign of its plasticity, eta, is trained too. right_R: accuracy at interval R, beyond 3 untrained. Beside it the
idealised network, which is not trained: its accuracy against theory, and how its reach grows with its synapses.
Tyulmankov, Yang & Abbott (2022), Neuron 110:544.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import numpy as np
import torch

from experiments import familiarity as idealised
from models.hebb_ff import HebbFF as IdealisedHebbFF
from plastic.lab.plots import COLOURS
from plastic.memory.theory.familiarity import familiarity_accuracy, longest_interval
from plastic.slow.hebb_ff import HebbFF
from plastic.slow.study import Claim, Condition, Row, interval, values
from plastic.slow.training import Plan, Training, generator, score

BITS, LONGEST = 25, 3
INTERVALS = (1, 2, 3, 4, 5, 6, 8)
IDEALISED = "idealised"
SEEDS = tuple(range(20))


def conditions(full: bool) -> dict[str, Condition]:
    """The network, and one of torch's without plasticity; full: more seeds."""
    sizes = {"bits": BITS, "items": 40, "longest": LONGEST}
    plan = Plan(steps=1500, batch=32, rate=1e-2, every=50, held_out=256, solved=0.97, warm_up=20)
    return {
        "HebbFF": Condition("continual_familiarity", "hebb_ff", None, BITS, sizes, {}, plan, 20 if full else 5),
        "LSTM": Condition("continual_familiarity", "lstm", None, BITS, sizes, {}, plan, 3),
    }


@torch.no_grad()
def measure(name: str, training: Training) -> Row:
    """Accuracy at every interval, and what the network has learned of its plasticity."""
    training.network.eval()
    found = {}
    for interval_ in INTERVALS:
        made = replace(cast(Any, training.task), interval=interval_)
        x, y = made.batch(256, generator(training.seed, "familiarity", interval_))
        found[f"right_{interval_}"] = float(score(training.network(x.to(training.device)).cpu(), y).accuracy)
    programmer = cast(Any, training.network).programmer
    if isinstance(programmer, HebbFF):
        found |= {"eta": float(programmer.eta), "decay": float(programmer.decay)}
    return found


def untrained() -> list[Row]:
    """The idealised network by size: its reach, and how far accuracy is from theory, up to the usable interval R*."""
    return [idealised_row(inputs, address) for inputs in (50, 100) for address in (3, 4, 5)]


def idealised_row(inputs: int, address: int) -> Row:
    settings = idealised.settings("model", False)
    net = idealised.net_of(settings, inputs, address)
    found = idealised.measure(lambda net: IdealisedHebbFF(net, SEEDS), SEEDS, settings, inputs, address)
    about = {"rule": "hebb_ff", "substrate": "model", "inputs": inputs, "address": address}
    summary = idealised.summarise([row | about for row in found])
    errors = {
        line["interval"]: abs(line["right"] - float(familiarity_accuracy(net, line["interval"])))
        for line in summary["by_interval"]
    }
    usable = max(error for at, error in errors.items() if at <= longest_interval(net))
    reach = {name: summary["reach"][0][name] for name in ("synapses", "reach")}
    return {"condition": IDEALISED, **reach, "error": usable, "error_beyond": max(errors.values())}


def claims(rows: list[Row]) -> list[Claim]:
    """The sign that is learned, how well it serves, and the idealised network."""
    eta, right = values(rows, "HebbFF", "eta"), values(rows, "HebbFF", "right_3")
    beyond, lstm = values(rows, "HebbFF", "right_6"), values(rows, "LSTM", "right_6")
    came = sorted({1 + int(stage) for stage in values(rows, "LSTM", "stage")})
    negative = sum(each < 0 for each in eta)
    ideal = [row for row in rows if row["condition"] == IDEALISED]
    error, beyond_it = (max(row[name] for row in ideal) for name in ("error", "error_beyond"))
    slope = idealised.exponent(ideal) or float("nan")
    return [
        Claim("HebbFF learns eta < 0 in four of five seeds", f"{negative} of {len(eta)}", negative >= 0.8 * len(eta)),
        Claim("HebbFF, 25 x 25: right in more than .95 at R = 3", interval(right), min(right) > 0.95),
        Claim(
            "HebbFF is right at untrained R = 6 more often than an LSTM after the same curriculum",
            f"{interval(beyond)} against {interval(lstm)} (which came to train at R = {', '.join(map(str, came))})",
            min(beyond) > max(lstm),
        ),
        Claim(
            "idealised network: accuracy within .02 of theory up to the usable interval R*",
            f"furthest by {error:.3f} (by {beyond_it:.3f} up to 2.5 R*, where misses write again)",
            error < 0.02,
        ),
        Claim("its reach is linear in synapses: exponent 1 ± .05", f"{slope:.3f}", abs(slope - 1) <= 0.05),
    ]


def draw(axes: Any, rows: list[Row]) -> None:
    """Accuracy by interval."""
    for name, colour in zip(("HebbFF", "LSTM"), COLOURS, strict=False):
        right = np.array([values(rows, name, f"right_{each}") for each in INTERVALS])
        axes.plot(INTERVALS, right, "o", ms=2, color=colour)
        axes.plot(INTERVALS, right.mean(1), lw=0.9, color=colour, label=name)
    axes.axvspan(0.5, LONGEST + 0.5, color="0.92", lw=0, zorder=0)
    axes.text(2, 0.56, "trained", fontsize=5, ha="center", color="0.4")
    axes.set(xlabel="items since it was seen", ylabel="accuracy", ylim=(0.5, 1.02), xlim=(0.5, INTERVALS[-1] + 0.5))
    axes.legend(fontsize=5, loc="lower right")
