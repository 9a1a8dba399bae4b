"""What the tests of the experiments share: rules on rates, small sizes, means over rows."""

import numpy as np

from plastic.lab.summary import column
from plastic.memory.of_rules import RateMemory
from plastic.memory.protocol import PairMemory
from plastic.rules import RULES


def settings(d, d_v=None, **more):
    return {"d": d, "d_v": d_v or d, "keys": "dense"} | more


def rate(rule, seeds=range(20)):
    """A rule, or its name, on the rate substrate."""
    return RateMemory(RULES[rule]() if isinstance(rule, str) else rule, tuple(seeds))


def mean(rows, name):
    return column(rows, name).mean()


def named(rows, rule="a rule", **about):
    """Rows as the engine hands them on."""
    return [{"rule": rule, "substrate": "rate", "d": None, **about} | row for row in rows]


class Table(PairMemory):
    """Keeps every pair, and answers with the value of the key most like the cue; it wants both sparse."""

    keys = "sparse"
    values = "sparse"

    def __init__(self, seeds, device):
        self.seeds = seeds

    def answers(self, keys, values, cues):
        assert set(np.unique(keys)) == set(np.unique(values)) == {0.0, 1.0}
        nearest = (cues @ keys.swapaxes(1, 2))[..., ::-1].argmax(-1)  # of equals the newest
        return np.take_along_axis(values[:, ::-1], nearest[..., None], 1)

    def scalars(self, load, d, d_v):
        return load * (d + d_v)
