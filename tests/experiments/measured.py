"""What the tests of the experiments share: rules on rates, small sizes, means over rows."""

from plastic.lab.summary import column
from plastic.memory.of_rules import RateMemory
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
