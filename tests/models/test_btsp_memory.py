"""Plateaus pick an item's cells, flips commute, and the trace of an item brings its value back."""

import numpy as np
import pytest
import torch

from models.btsp_memory import BTSPMemory
from plastic.memory import codes

SEEDS = (0, 1, 2)


def shown(n, d=200):
    return codes.pairs(SEEDS, n, {"d": d, "d_v": 30, "keys": "sparse"}, "btsp")


@pytest.mark.parametrize("variant", ["core", "full"])
def test_the_order_of_items_leaves_no_mark(variant):
    keys = torch.from_numpy(shown(30)[0]).float()
    memory = BTSPMemory(SEEDS, variant=variant)
    plateaus = memory.plateaus(30)
    there, back = memory.synapses(keys, plateaus), memory.synapses(keys.flip(1), plateaus.flip(1))
    assert torch.equal(there, back)


def test_synapses_flipped_item_by_item_are_the_parity_of_their_events():
    keys = torch.from_numpy(shown(30)[0]).float()
    memory = BTSPMemory(SEEDS, cells=500, plateau=0.2)
    plateaus = memory.plateaus(30)
    state = torch.zeros(3, 200, 500)
    for key, plateau in zip(keys.unbind(1), plateaus.unbind(1), strict=True):
        event = key[:, :, None] * plateau[:, None]
        state = torch.where(event > 0, 1 - state, state)
    contacts = codes.drawn(SEEDS, lambda rng: rng.random((200, 500), "float32") < 0.6, "btsp", "contacts")
    assert torch.equal(memory.synapses(keys, plateaus), state * torch.from_numpy(contacts))


def test_full_flips_leave_half_of_the_synapses_on_that_had_an_event():
    keys = torch.from_numpy(shown(30)[0]).float()
    memory = BTSPMemory(SEEDS, variant="full", cells=500, plateau=0.2, connected=1.0)
    plateaus = memory.plateaus(30)
    on, events = memory.synapses(keys, plateaus), keys.mT @ plateaus
    assert not on[events == 0].any()
    assert on[events > 0].mean().item() == pytest.approx(0.5, abs=0.02)


def test_as_many_cells_have_a_plateau_as_the_variant_says():
    for variant, cells in (("core", 5), ("full", 10)):
        had = BTSPMemory(tuple(range(10)), variant=variant).plateaus(100)
        assert had.sum(-1).mean().item() == pytest.approx(cells, rel=0.05)


def test_values_come_back_to_cues_that_lack_a_third():
    keys, values = shown(100)
    silent = codes.drawn(SEEDS, lambda rng: rng.random(keys.shape[1:]) < 1 / 3, "silent")
    cues = np.where(keys * ~silent == 0, 0.0, 1.0)
    answers = BTSPMemory(SEEDS).answers(keys, values, cues)
    assert (np.sign(answers) == values).mean() > 0.9


@pytest.mark.parametrize("load", [20, 100, 400])
def test_inhibition_keeps_traces_at_the_size_of_plateaus_whatever_the_load(load):
    keys = codes.drawn(SEEDS, lambda rng: codes.sparse_keys(rng, load, 2000, 0.025), "load", load)
    memory = BTSPMemory(SEEDS, cells=3000)
    shown, plateaus = torch.from_numpy(keys).float(), memory.plateaus(load)
    fires = memory.traces(shown @ memory.synapses(shown, plateaus))
    assert fires.sum(-1).mean().item() == pytest.approx(3000 * 0.0025, rel=0.4)
    assert (fires * plateaus).sum().item() / plateaus.sum().item() > 0.7


def test_a_silent_cue_has_an_answer():
    keys, values = shown(10)
    assert np.isfinite(BTSPMemory(SEEDS).answers(keys, values, 0 * keys)).all()


def test_stored_bits_count_contacts_and_outgoing_synapses():
    memory = BTSPMemory(cells=1000)
    assert memory.scalars(7, 100, 10) == 60_000 + 10_000
    assert memory.bits_per_scalar == 1
