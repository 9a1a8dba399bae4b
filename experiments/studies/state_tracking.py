"""Which networks track a state that every input may change?

Parity at length 40, and untrained at 256; and sums of products modulo 3. A delta step with a learning rate below 1
shrinks what lies along its key; only above 1 does it turn it round, as parity needs (Grazzi et al. 2025,
arXiv:2411.12537). Two steps a write make rotations, as arithmetic needs (Siems et al. 2025, arXiv:2502.10297).
late: accuracy in the last eighth of a sequence, as the first few parities can be learned by heart. Expressions have
five numbers; for the recurrent network they grow from two, each length once the last is solved.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from statistics import fmean
from typing import Any

import torch
from torch import Tensor

from plastic.lab.plots import COLOURS
from plastic.slow.study import Claim, Condition, Row, interval, values
from plastic.slow.task import Task, task
from plastic.slow.training import Plan, Training, generator, score

CHANCE = 0.55  # at most, to be called chance: the true value is .5, and a network may know a little of the ends
LENGTHS = (40, 256)
SEQUENCES, OPERANDS = 512, 5
PARITY = Plan(steps=1000, rate=5e-3, held_out=256, solved=0.9999)
BEYOND = Plan(steps=500, rate=5e-3, every=500, held_out=256)  # on after parity is solved, for untrained lengths
MARKS: dict[str, dict[str, Any]] = {
    column: {"marker": marker, "color": colour, "ms": 3, "fillstyle": "none", "mew": 0.7}
    for column, marker, colour in zip(("late_40", "late_256", "longest"), "oso", COLOURS, strict=False)
}
ARITHMETIC = Plan(steps=3000, rate=5e-3, every=250, solved=0.995)
GROWING = Plan(steps=8000, rate=5e-3, solved=0.995)


def conditions(full: bool) -> dict[str, Condition]:
    """Networks by task: those that should solve it, and those that cannot."""
    able, unable = {"seeds": 20}, {"seeds": 3}
    one = {"layers": 1, "rates": 2}
    found = {
        "parity, delta to 2": replace(of("parity", "feedforward", "delta", one, **able), plan=BEYOND),
        "parity, delta to 1": of("parity", "feedforward", "delta", one | {"rates": 1}, **unable),
        "parity, RetNet": of("parity", "feedforward", "retnet", {"layers": 1}, **unable),
        "parity, softmax": of("parity", "transformer", None, {"layers": 1}, **unable),
        "parity, recurrent": of("parity", "recurrent", "delta", one | {"rates": 1}, **unable),
        "arithmetic, delta": of("modular_arithmetic", "feedforward", "delta", one, **unable),
        "arithmetic, two steps": of("modular_arithmetic", "feedforward", "delta_product", one, **unable),
        "arithmetic, recurrent": growing(of("modular_arithmetic", "recurrent", "delta", one, **unable)),
    }
    return {name: at_full_size(condition) for name, condition in found.items()} if full else found


def of(name: str, programmer: str, rule: str | None, options: dict[str, Any], seeds: int) -> Condition:
    sizes, plan = (
        ({}, PARITY) if name == "parity" else ({"operands": OPERANDS, "longest": OPERANDS, "modulus": 3}, ARITHMETIC)
    )
    return Condition(name, programmer, rule, 32, sizes, options, plan, seeds)


def growing(condition: Condition) -> Condition:
    """The same, from short expressions on."""
    return replace(condition, sizes=dict(condition.sizes) | {"operands": 2}, plan=GROWING)


def at_full_size(condition: Condition) -> Condition:
    """Two layers of 128 features, ten times the steps, and expressions of ten numbers modulo 5."""
    longer = {name: 10 if size == OPERANDS else size for name, size in condition.sizes.items()}
    sizes = longer | ({"modulus": 5} if longer else {})
    options = dict(condition.options) | {"layers": 2}
    plan = replace(condition.plan, steps=10 * condition.plan.steps, every=10 * condition.plan.every, rate=1e-3)
    return replace(condition, width=128, sizes=sizes, options=options, plan=plan)


@torch.no_grad()
def measure(name: str, training: Training) -> Row:
    """Accuracy on new sequences: parity at each length, at all steps and at the last; arithmetic at full length."""
    training.network.eval()
    if training.task.name != "parity":
        sizes = asdict(training.task)
        wanted, answers = answered(training, task("modular_arithmetic", sizes | {"operands": sizes["longest"]}))
        return {"longest": float(score(answers, wanted).accuracy)}
    found = {}
    for length in LENGTHS:
        wanted, answers = answered(training, task("parity", {"length": length}))
        found[f"all_{length}"] = float(score(answers, wanted).accuracy)
        late = length - length // 8
        found[f"late_{length}"] = float(score(answers[:, late:], wanted[:, late:]).accuracy)
    return found


def answered(training: Training, made: Task) -> tuple[Tensor, Tensor]:
    """What is asked of new sequences, and what the network answers."""
    x, y = made.batch(SEQUENCES, generator(training.seed, "state tracking", *asdict(made).values()))
    return y, training.network(x.to(training.device)).cpu()


def claims(rows: list[Row]) -> list[Claim]:
    """Who solves what."""
    found = []
    for name, length, least in (("delta to 2", 40, 0.99), ("delta to 2", 256, 0.95), ("recurrent", 40, 0.99)):
        right = values(rows, f"parity, {name}", f"all_{length}")
        trained = "trained" if length == LENGTHS[0] else "untrained"
        what = f"parity at length {length} ({trained}), {name}: at least {least} of all steps, on average"
        found.append(Claim(what, interval(right), fmean(right) >= least))
    for name in ("delta to 1", "RetNet", "softmax"):
        late = values(rows, f"parity, {name}", "late_40")
        found.append(Claim(f"parity, {name}: chance late in the sequence", interval(late), fmean(late) <= CHANCE))
    one, two, recurrent = (
        values(rows, f"arithmetic, {name}", "longest") for name in ("delta", "two steps", "recurrent")
    )
    versus = f"{interval(two)} against {interval(one)}"
    found.append(
        Claim(
            "modular arithmetic: two delta steps a write above one, every seed above every seed",
            versus,
            min(two) > max(one),
        )
    )
    found.append(
        Claim("modular arithmetic, recurrent: at least .95 on average", interval(recurrent), fmean(recurrent) >= 0.95)
    )
    return found


def draw(axes: Any, rows: list[Row]) -> None:
    """Accuracy by network: late in parity of both lengths, and of expressions."""
    names = list(dict.fromkeys(row["condition"] for row in rows))
    for place, name in enumerate(names):
        for column in ("late_40", "late_256") if name.startswith("parity") else ("longest",):
            own = values(rows, name, column)
            axes.plot(own, [place] * len(own), ls="none", **MARKS[column])
    for column, label in (("late_40", "length 40"), ("late_256", "length 256"), ("longest", "expressions")):
        axes.plot([], [], ls="none", label=label, **MARKS[column])
    axes.set_yticks(range(len(names)), names, fontsize=5)
    axes.set(xlabel="accuracy", xlim=(0, 1.03))
    axes.invert_yaxis()
    axes.legend(fontsize=5, loc="lower left")
