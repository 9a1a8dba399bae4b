"""A small network to train, and its training as a process of its own: python -m tests.slow.small FILE."""

import sys
from pathlib import Path

import torch
from torch import nn

from plastic.slow.task import task
from plastic.slow.training import Plan, Training

PLAN = Plan(steps=300, batch=16, every=20, warm_up=10, rate=1e-2, held_out=50, solved=1.0)


class Small(nn.Module):
    """An LSTM of a few cells, with dropout, so that it draws random numbers of its own."""

    kind = nn.LSTM

    def __init__(self, made, width=12):
        super().__init__()
        self.shown = nn.Embedding(made.inputs, width) if made.tokens else nn.Linear(made.inputs, width)
        self.cells, self.dropout = self.kind(width, width, batch_first=True), nn.Dropout(0.1)
        self.asked = nn.Linear(width, made.outputs)

    def forward(self, x):
        return self.asked(self.dropout(self.cells(self.shown(x))[0]))


class SmallGRU(Small):
    """The same with gated units, which every processor has in half precision."""

    kind = nn.GRU


def training(file=None, seed=0, made=None, plan=PLAN, network=Small, **about):
    return Training(made or task("parity", {"length": 6}), network, plan, seed, file=file, about=about)


def holds(claims):
    """Which claims of a study hold."""
    return [claim.holds for claim in claims]


def replaced(rows, condition, **numbers):
    """Rows of a study with other numbers for one condition."""
    return [row | numbers if row["condition"] == condition else row for row in rows]


if __name__ == "__main__":
    torch.set_num_threads(1)
    run = training(Path(sys.argv[1]))
    while run.over is None:
        run.advance()
