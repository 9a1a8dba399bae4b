"""Facilitation knows which keys were active and not with what; Hebb's rule knows both."""

import pytest
from scipy.stats import binomtest

from models.binding_circuit import Binding, answers, familiarity, right
from plastic.memory.codes import drawn
from plastic.memory.statistics import interval_over_seeds
from plastic.rule import InputError

SEEDS = range(20)
NET = Binding()


@pytest.fixture(scope="module")
def found():
    return {kind: answers(NET, kind, SEEDS) for kind in ("facilitating", "hebbian")}


def share_right(answered):
    """Interval of the share of pairs recalled."""
    lots = drawn(SEEDS, lambda rng: rng.random((NET.pairs, NET.groups)), "ties")
    hits = right(answered, lots)
    return binomtest(int(hits.sum()), hits.size).proportion_ci()


def test_facilitation_recalls_new_pairs_at_chance(found):
    low, high = share_right(found["facilitating"])
    assert low < 1 / NET.groups < high
    assert high < 0.3


def test_facilitation_knows_which_keys_were_active(found):
    known = interval_over_seeds(familiarity(found["facilitating"]))
    assert known.low > 0.9


def test_hebbs_rule_of_the_same_time_constant_binds(found):
    assert share_right(found["hebbian"])[0] > 0.9


def test_what_cannot_be_is_refused():
    with pytest.raises(InputError, match="leave a key that is not shown"):
        Binding(pairs=8)
    with pytest.raises(InputError, match=r"dt is 0\.01 s, too coarse"):
        Binding(dt=0.01)
    with pytest.raises(InputError, match="kind is 'delta'"):
        answers(NET, "delta", [0])
