"""Does a network that modulates its own plasticity learn more from reward than one that does not?

Target discovery: every episode has new cues, and the rewards alone tell which is the target. All networks have as many
cells and see the same episodes, seed by seed. Miconi et al. (2019), ICLR, arXiv:2002.10585.
"""

from __future__ import annotations

from typing import Any, cast

import torch

from plastic.slow.reinforcement import ActorCritic
from plastic.slow.study import Claim, Condition, Row, interval, values
from plastic.slow.task import IGNORED, Batch
from plastic.slow.training import Plan, Training, generator

MODULATED, UNMODULATED = ("retroactive", "simple"), ("none", "rnn")
EPISODES = 500
LEVEL = 0.05  # of significance


def conditions(full: bool) -> dict[str, Condition]:
    """Three kinds of modulation and no plasticity at all; published: pairs of 4 cues, 30 trials, 200 cells."""
    plan = Plan(steps=900, batch=30, rate=7e-3, warm_up=30, decay=0.0, clip=2.0, every=150, held_out=300, solved=1.0)
    width, sizes = 40, {}
    if full:
        plan = Plan(steps=200_000, batch=30, rate=1e-4, decay=0.0, clip=2.0, every=1000, patience=200, solved=1.0)
        width, sizes = 200, {"cues": 4, "bits": 20, "shown": 2, "held": False, "trials": 30}
    networks: dict[str, tuple[str, dict[str, str]]] = {
        **{kind: ("backpropamine", {"modulation": kind}) for kind in ("retroactive", "simple", "none")},
        "rnn": ("rnn", {}),
    }
    return {
        name: Condition("target_discovery", programmer, None, width, sizes, options, plan, seeds=7)
        for name, (programmer, options) in networks.items()
    }


@torch.no_grad()
def measure(name: str, training: Training) -> Row:
    """The share of answers that are rewarded in each trial of an episode."""
    training.network.eval()
    drawn = training.task.batch(EPISODES, generator(training.seed, "neuromodulation"))
    batch = Batch(*(part.to(training.device) for part in drawn))
    rewards = cast(ActorCritic, training).played(batch).rewards[:, batch.y[0] != IGNORED]
    return {f"trial {number}": float(share) for number, share in enumerate(rewards.mean(0), 1)}


def claims(rows: list[Row]) -> list[Claim]:
    """Each modulated network against each that is not, seed by seed."""
    from scipy.stats import wilcoxon

    found = []
    for one in MODULATED:
        for other in UNMODULATED:
            more, less = (values(rows, name, "accuracy") for name in (one, other))
            p = float(wilcoxon(more, less, alternative="greater").pvalue)
            numbers = f"{interval(more)} against {interval(less)}, p = {p:.3f}"
            found.append(Claim(f"target discovery: {one} is rewarded more often than {other}", numbers, p < LEVEL))
    return found


def draw(axes: Any, rows: list[Row]) -> None:
    """The share of rewarded answers over the trials of an episode; a thin line is a seed, the thick one their mean."""
    from plastic.lab.plots import COLOURS

    trials = [column for column in rows[0] if column.startswith("trial ")]
    number = range(1, len(trials) + 1)
    for name, colour in zip((*MODULATED, *UNMODULATED), COLOURS, strict=False):
        seeds = [[row[trial] for trial in trials] for row in rows if row["condition"] == name]
        mean = [sum(shares) / len(shares) for shares in zip(*seeds, strict=True)]
        for shares in seeds:
            axes.plot(number, shares, color=colour, lw=0.3, alpha=0.6)
        axes.plot(number, mean, color=colour, lw=1.2, label=name)
    axes.axhline(rows[0]["chance"], color="0.6", lw=0.5, ls=":")
    axes.set(xlabel="trial of an episode", ylabel="rewarded answers", ylim=(0.4, 1.02))
    axes.legend(fontsize=5)
