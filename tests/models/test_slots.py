"""A slot memory holds what the gate let in last."""

import numpy as np
import pytest

from models.slots import Slots, at_random, kept, last_opened, sequential
from plastic.memory import codes

SEEDS = (0, 1, 2)


def test_slots_in_turn_hold_the_last_pairs():
    last = last_opened(sequential(SEEDS, 7, 4))
    np.testing.assert_array_equal(last, np.tile([4, 5, 6, 3], (3, 1)))


def test_slots_of_flagged_pairs_do_not_open_again():
    last = last_opened(sequential(SEEDS, 7, 4, (1, 4)))
    np.testing.assert_array_equal(last[0], [4, 1, 5, 6])
    opened = at_random(SEEDS, 30, 12, (3,))
    assert not (opened[:, 4:] & opened[:, 3, None]).any()


def test_slots_by_chance_open_four_at_once_on_average():
    opened = at_random(tuple(range(20)), 50, 40)
    assert opened.sum(-1).mean() == pytest.approx(4, abs=0.2)


def test_slots_hold_what_writing_pair_by_pair_leaves():
    opened = at_random(SEEDS, 30, 12)
    keys = codes.drawn(SEEDS, lambda rng: codes.signs(rng, 30, 5), "keys")
    slots = np.zeros((3, 12, 5))
    for pair in range(30):
        slots = np.where(opened[:, pair, :, None], keys[:, pair, None], slots)
    np.testing.assert_array_equal(kept(keys, last_opened(opened)), slots)


def test_a_slot_never_opened_holds_nothing():
    assert not kept(np.ones((3, 2, 5)), last_opened(sequential(SEEDS, 2, 4)))[:, 2:].any()


def test_the_capacity_is_the_number_of_slots_whatever_the_size_of_values():
    for d_v in (8, 100):
        keys, values = codes.pairs(SEEDS, 60, {"d": 40, "d_v": d_v, "keys": "signs"}, "slots")
        recalled = np.sign(Slots(SEEDS, slots=30).answers(keys, values, keys)) == values
        assert recalled[:, 30:].all()
        assert recalled[:, :30].mean() == pytest.approx(0.5, abs=0.06)
    assert Slots(slots=30).scalars(5, 40, 8) == Slots(slots=30).scalars(500, 40, 8) == 30 * 48
