"""Does a Hebbian layer that is trained on in-context regression become the best learner of one step?

Every sequence has its own w ~ N(0, I/d), n examples (x, y = w'x + noise), x ~ N(0, I), noise of variance s^2, and
queries q. The layer has one vanilla fast matrix and no layer norms: its answer is a sum over the examples. Loss is the
mean squared error; answering 0 gives 1. Learners of one step from zero, W = sum of c(x) y x':

* gradient, c(x) = c, one rate for all: the loss is 1 - 2nc + nc^2 (d + 2 + ds^2) + n(n - 1)c^2, smallest at
  c = 1/(n + d + 1 + ds^2), where it is 1 - nc.
* unit keys, c(x) = c/|x|: with m = E|x|/d it is 1 - 2ncm + nc^2 (1 + s^2) + n(n - 1)c^2 m^2, smallest at
  c = m/(1 + s^2 + (n - 1)m^2), where it is 1 - ncm. A layer whose keys are L2-normalised is made for this.
* best sum: no sum of g(x, y, q) over the examples, whatever g, is better than c(x) = c/(|x|^2 + ds^2). The answer
  nearest to w'q obeys E[w'q | x1, y1] = g(x1, y1) + (n - 1) E[g(x2, y2) | x1, y1]; Bayes' rule gives y1 x1'q/(|x1|^2 +
  ds^2) for the left side, so this g solves it with c = 1/(1 + (n - 1)a), a = E[|x|^2/(|x|^2 + ds^2)]/d, and its loss is
  1 - nac: (d - 1)/(n + d - 1) without noise.

Bounds that are no sums: one pass of the delta rule with unit keys, (1 - 1/d)^n without noise (Kaczmarz), and ridge
regression, the optimum. Layer norms divide by what was summed, so a layer with them may pass the best sum.
von Oswald et al. (2023), arXiv:2212.07677; Ahn et al. (2023), arXiv:2306.00297; Zhang et al. (2024), JMLR 25:49.
"""

from __future__ import annotations

from collections.abc import Callable
from math import gamma, sqrt
from typing import Any

import torch
from torch import Tensor

from plastic.slow.study import Claim, Condition, Row, interval, values
from plastic.slow.task import Batch
from plastic.slow.training import Plan, Training

DIMENSIONS, POINTS = 4, 8
FULL = {"dimensions": 8, "points": 16}


# Losses in closed form, of n examples in d dimensions with noise of standard deviation s


def gradient(n: int, d: int, s: float = 0.0) -> float:
    """One step of gradient descent at the best rate."""
    return 1 - n / (n + d + 1 + d * s**2)


def unit_keys(n: int, d: int, s: float = 0.0) -> float:
    """One step at the best rate, keys of unit length."""
    m = mean_length(d) / d
    return 1 - n * m**2 / (1 + s**2 + (n - 1) * m**2)


def best_sum(n: int, d: int, s: float = 0.0) -> float:
    """The least that a sum over the examples can have."""
    a = explained(d, s) / d
    return 1 - n * a / (1 + (n - 1) * a)


def kaczmarz(n: int, d: int) -> float:
    """One pass of the delta rule with unit keys at rate 1, without noise."""
    return (1 - 1 / d) ** n


def mean_length(d: int) -> float:
    """E|x|."""
    return sqrt(2) * gamma((d + 1) / 2) / gamma(d / 2)


def explained(d: int, s: float) -> float:
    """E[|x|^2 / (|x|^2 + d s^2)]."""
    from scipy.stats import chi2

    return float(chi2(d).expect(lambda u: u / (u + d * s**2))) if s else 1.0


# The same learners on given sequences


def one_step(batch: Batch, points: int, rates: Callable[[Tensor], Tensor]) -> Tensor:
    """What W = sum of rates(x) y x' answers after the examples, [B, asked, 1]; rates of x [B, n, d] -> [B, n, 1]."""
    x, y, asked = parts(batch, points)
    return asked @ (rates(x) * y * x).sum(1).unsqueeze(-1)


def ridge(batch: Batch, points: int, s: float = 0.0) -> Tensor:
    """The optimum: least squares with as much regularisation as there is noise, [B, asked, 1]."""
    x, y, asked = parts(batch, points)
    d = x.shape[-1]
    return asked @ torch.linalg.pinv(x.mT @ x + d * s**2 * torch.eye(d, dtype=x.dtype), hermitian=True) @ x.mT @ y


def parts(batch: Batch, points: int) -> tuple[Tensor, Tensor, Tensor]:
    """x [B, n, d] and y [B, n, 1] of the examples, x [B, asked, d] of the questions, in double precision."""
    shown = batch.x.double()
    return shown[:, :points, :-1], shown[:, :points, -1:], shown[:, points:, :-1]


def learners(n: int, d: int, s: float = 0.0) -> dict[str, tuple[float, Callable[[Tensor], Tensor]]]:
    """The best loss of each learner of one step, and the rates c(x) that have it."""
    m, a = mean_length(d) / d, explained(d, s) / d
    square = d * s**2
    return {
        "gradient": (gradient(n, d, s), lambda x: torch.ones_like(x[..., :1]) / (n + d + 1 + square)),
        "unit keys": (unit_keys(n, d, s), lambda x: m / (1 + s**2 + (n - 1) * m**2) / length(x)),
        "best sum": (best_sum(n, d, s), lambda x: 1 / (1 + (n - 1) * a) / (length(x) ** 2 + square)),
    }


def length(x: Tensor) -> Tensor:
    return x.norm(dim=-1, keepdim=True)


def loss(answers: Tensor, batch: Batch, points: int) -> float:
    """Mean squared error of answers [B, asked, 1]."""
    return float((answers - batch.y[:, points:].double()).square().mean())


# The study


def conditions(full: bool) -> dict[str, Condition]:
    """One layer, without and with layer norms; full: more dimensions, examples and steps."""
    sizes = FULL if full else {"dimensions": DIMENSIONS, "points": POINTS}
    steps = 10_000 if full else 2000
    plan = Plan(steps, batch=64, rate=2e-2, warm_up=50, decay=0.0, every=500, held_out=8192, patience=99, solved=1.0)

    def of(norm: bool) -> Condition:
        options = {"layers": 1, "mlp": 0, "norm": norm}
        return Condition("in_context_regression", "feedforward", "vanilla", 32, sizes, options, plan, seeds=4)

    return {"vanilla": of(False), "vanilla, layer norms": of(True)}


def measure(name: str, training: Training) -> Row:
    """The loss of the best learners on the same held-out sequences, and that of the network in units of them."""
    n, d = training.task.points, training.task.dimensions  # type: ignore[attr-defined]
    batch = Batch(*(torch.cat(part) for part in zip(*training.held_out, strict=True)))
    found = {of: loss(one_step(batch, n, rates), batch, n) for of, (_, rates) in learners(n, d).items()}
    last = training.history[-1]["loss"]
    ratios = {f"to {of}": None if last is None else last / best for of, best in found.items()}
    return found | {"ridge": loss(ridge(batch, n), batch, n), "points": n, "dimensions": d} | ratios


def claims(rows: list[Row]) -> list[Claim]:
    """The layer is as good as a step with unit keys, better than one rate for all, and no better than any sum."""

    def ratio(name: str, to: str) -> list[float]:
        return values(rows, name, f"to {to}")

    unit, plain, best = (ratio("vanilla", to) for to in ("unit keys", "gradient", "best sum"))
    normed = ratio("vanilla, layer norms", "best sum")
    near = all(abs(each - 1) <= 0.05 for each in unit)
    return [
        Claim("vanilla layer: loss within 5 % of the best step with unit keys", interval(unit), near),
        Claim("vanilla layer: below the best gradient step at one rate", interval(plain), max(plain) < 1),
        Claim("vanilla layer: not below the best sum over the examples", interval(best), min(best) >= 1),
        Claim("with layer norms: below the best sum over the examples", interval(normed), max(normed) < 1),
    ]


def draw(axes: Any, rows: list[Row]) -> None:
    """Loss by network; lines are the learners in closed form."""
    from plastic.lab.plots import COLOURS

    names = list(dict.fromkeys(row["condition"] for row in rows))
    for place, name in enumerate(names):
        own = values(rows, name, "loss")
        axes.plot([place] * len(own), own, "o", ms=3, color=COLOURS[place], fillstyle="none", mew=0.7)
        axes.plot([place - 0.15, place + 0.15], [sum(own) / len(own)] * 2, color=COLOURS[place], lw=1)
    n, d = rows[0]["points"], rows[0]["dimensions"]
    lines = {of: best for of, (best, _) in learners(n, d).items()} | {"one pass of delta": kaczmarz(n, d)}
    for of, best in lines.items():
        axes.axhline(best, color="0.5", lw=0.6, ls=":", zorder=0)
        axes.text(len(names) - 0.45, best, of, fontsize=5, va="bottom", ha="left", color="0.4")
    axes.set_xticks(range(len(names)), [name.replace(", ", ",\n") for name in names], fontsize=5)
    axes.set(ylabel="squared error", ylim=(0, None), xlim=(-0.5, len(names) + 0.5))
