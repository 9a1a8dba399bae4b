"""Which rule recalls many tokens when all have a state of the same size?

MQAR, two layers of 64 features behind a convolution over 4 steps, without perceptrons; every rule has one matrix of
64 x 64 in a layer. Trained until 99 % of the answers are right, or for all steps. Arora et al. (2024), ICLR,
arXiv:2312.04927.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from plastic.slow.study import Claim, Condition, Row, interval, values
from plastic.slow.training import Plan, Training

RULES = ("delta", "gated_delta", "retnet", "vanilla")
SIZES = {"64, 4": {"length": 64, "pairs": 4}, "128, 8": {"length": 128, "pairs": 8}}


def conditions(full: bool) -> dict[str, Condition]:
    """Every rule at both sizes; published: 8192 tokens, more steps."""
    vocabulary = {"vocabulary": 8192 if full else 64}
    plan = Plan(steps=20_000 if full else 600, rate=3e-3 if full else 1e-2, held_out=256, solved=0.99)
    options = {"layers": 2, "convolution": 4, "mlp": 0}
    return {
        f"{rule}, {name}": Condition(
            "mqar", "feedforward", rule, 64, sizes | vocabulary, options, of_steps(plan, sizes["length"])
        )
        for name, sizes in SIZES.items()
        for rule in RULES
    }


def of_steps(plan: Plan, length: int) -> Plan:
    """The plan, with 4096 steps of sequences in a batch."""
    return replace(plan, batch=4096 // length)


def measure(name: str, training: Training) -> Row:
    """Nothing more."""
    return {}


def claims(rows: list[Row]) -> list[Claim]:
    """The delta rule recalls; how the others compare is told as it is."""
    sizes = {row["state_size"] for row in rows}
    found = [Claim("every rule has a state of the same size", f"{', '.join(map(str, sizes))} numbers", len(sizes) == 1)]
    for name in SIZES:
        right = {rule: values(rows, f"{rule}, {name}", "accuracy") for rule in RULES}
        others = "; ".join(f"{rule} {interval(right[rule], 2)}" for rule in RULES[1:])
        what = f"MQAR ({name}): delta at least .95 (beside it: {others})"
        found.append(Claim(what, interval(right["delta"]), min(right["delta"]) >= 0.95))
    return found


def draw(axes: Any, rows: list[Row]) -> None:
    """Accuracy by rule at both sizes."""
    from plastic.lab.plots import COLOURS

    for (name, marker), colour in zip(zip(SIZES, "os", strict=True), COLOURS, strict=False):
        for place, rule in enumerate(RULES):
            own = values(rows, f"{rule}, {name}", "accuracy")
            axes.plot([place] * len(own), own, marker, ms=3, color=colour, fillstyle="none", mew=0.7, label=name)
    axes.set_xticks(range(len(RULES)), [rule.replace("_", " ") for rule in RULES], fontsize=5)
    axes.set(ylabel="accuracy", ylim=(0, 1.03))
    handles, labels = axes.get_legend_handles_labels()
    once = dict(zip(labels, handles, strict=True))
    axes.legend(once.values(), [f"{name.replace(', ', ' steps, ')} pairs" for name in once], fontsize=5)
