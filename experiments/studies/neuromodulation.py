"""Does a network that modulates its own plasticity learn sooner from reward than one that does not?

Target discovery: every episode has new cues, and the rewards alone tell which is the target. All networks have as many
cells and see the same episodes, seed by seed. This reduced task can be learnt without modulation too, but later: so
networks are compared by the share of answers rewarded over all evaluations of 20,000 episodes of training, not by the
last alone. Plasticity starts weak where nothing modulates it (alpha below .01, else below .05), from which those
networks learn sooner. Miconi et al. (2019), ICLR, arXiv:2002.10585.
"""

from __future__ import annotations

from typing import Any

from plastic.slow.study import Claim, Condition, Row, interval, values
from plastic.slow.training import Plan, Training

MODULATED, UNMODULATED = ("retroactive", "simple"), ("none", "rnn")
LEVEL = 0.05  # of significance


def conditions(full: bool) -> dict[str, Condition]:
    """Three kinds of modulation and no plasticity at all; published: pairs of 4 cues, 30 trials, 200 cells."""
    plan = Plan(steps=660, batch=30, rate=7e-3, warm_up=30, decay=0.0, clip=2.0, every=60, held_out=300, solved=1.0)
    width, sizes = 40, {}
    if full:
        plan = Plan(steps=200_000, batch=30, rate=1e-4, decay=0.0, clip=2.0, every=1000, patience=200, solved=1.0)
        width, sizes = 200, {"cues": 4, "bits": 20, "shown": 2, "trials": 30}
    networks: dict[str, tuple[str, dict[str, Any]]] = {
        **{kind: ("backpropamine", {"modulation": kind, "alpha": 0.05}) for kind in MODULATED},
        "none": ("backpropamine", {"modulation": "none", "alpha": 0.01}),
        "rnn": ("rnn", {}),
    }
    return {
        name: Condition("target_discovery", programmer, None, width, sizes, options, plan, seeds=10)
        for name, (programmer, options) in networks.items()
    }


def measure(name: str, training: Training) -> Row:
    """The share of rewarded answers at every evaluation, and over all of them."""
    shares = {f"step {row['step']}": float(row["accuracy"] or 0) for row in training.history}
    return {"rewarded": sum(shares.values()) / len(shares), **shares}


def claims(rows: list[Row]) -> list[Claim]:
    """Each modulated network against each that is not, seed by seed."""
    from scipy.stats import wilcoxon

    found = []
    for one in MODULATED:
        for other in UNMODULATED:
            more, less = (values(rows, name, "rewarded") for name in (one, other))
            p = float(wilcoxon(more, less, alternative="greater").pvalue)
            numbers = f"{interval(more)} against {interval(less)}, p = {p:.3f}"
            what = f"target discovery: {one} is rewarded more often than {other}, over all of training"
            found.append(Claim(what, numbers, p < LEVEL))
    return found


def draw(axes: Any, rows: list[Row]) -> None:
    """The share of rewarded answers over training; a thin line is a seed, the thick one their mean."""
    from plastic.lab.plots import COLOURS

    columns = [column for column in rows[0] if column.startswith("step ") and all(column in row for row in rows)]
    steps = [int(column.removeprefix("step ")) for column in columns]
    for name, colour in zip((*MODULATED, *UNMODULATED), COLOURS, strict=False):
        seeds = [[row[column] for column in columns] for row in rows if row["condition"] == name]
        mean = [sum(shares) / len(shares) for shares in zip(*seeds, strict=True)]
        for shares in seeds:
            axes.plot(steps, shares, color=colour, lw=0.3, alpha=0.6)
        axes.plot(steps, mean, color=colour, lw=1.2, label=name)
    axes.axhline(rows[0]["chance"], color="0.6", lw=0.5, ls=":")
    axes.set(xlabel="steps of training", ylabel="rewarded answers", ylim=(0.4, 1.02))
    axes.legend(fontsize=5)
