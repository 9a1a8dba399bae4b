"""Sequences are what their papers say, and what is asked can be worked out from what was shown."""

import math

import pytest
import torch

from plastic import InputError
from plastic.slow.task import IGNORED, task, tasks

TASKS = (
    "associative_retrieval",
    "continual_familiarity",
    "delayed_match",
    "in_context_regression",
    "key_value_recall",
    "modular_arithmetic",
    "mqar",
    "parity",
    "reversal",
    "target_discovery",
)
VARIANTS = [
    *((name, {}) for name in TASKS),
    ("continual_familiarity", {"interval": 7, "items": 60, "repeated": 0.9}),
    ("delayed_match", {"rotated": True}),
    ("in_context_regression", {"noise": 0.5}),
    ("key_value_recall", {"overwriting": True}),
    ("modular_arithmetic", {"operands": 3, "modulus": 4}),
    ("mqar", {"updates": 3, "power": 1.0}),
    ("target_discovery", {"cues": 4, "bits": 20, "shown": 2}),
]
every_variant = pytest.mark.parametrize(("name", "sizes"), VARIANTS)


def drawn(name, seed=0, size=64, **sizes):
    made = task(name, sizes)
    return made, made.batch(size, torch.Generator().manual_seed(seed))


def asked(batch):
    """Which steps are asked, [B, T]."""
    return ~batch.y.isnan().all(-1) if batch.y.is_floating_point() else batch.y != IGNORED


def test_tasks_are_found_and_nothing_else_is():
    assert tasks() == TASKS


@every_variant
def test_same_seed_gives_the_same_sequences_and_another_seed_others(name, sizes):
    (_, one), (_, same), (_, other) = (drawn(name, seed, **sizes) for seed in (1, 1, 2))
    assert all(torch.equal(a.nan_to_num(), b.nan_to_num()) for a, b in zip(one, same, strict=True))
    assert not torch.equal(one.x, other.x)


@every_variant
def test_sequences_do_not_touch_the_global_generator(name, sizes):
    before = torch.get_rng_state()
    drawn(name, **sizes)
    assert torch.equal(before, torch.get_rng_state())


@every_variant
def test_sequences_have_the_shape_the_task_says(name, sizes):
    made, (x, y) = drawn(name, **sizes)
    if made.tokens:
        assert x.dtype == torch.int64
        assert 0 <= x.min() <= x.max() < made.inputs
    else:
        assert x.dtype == torch.get_default_dtype()
        assert x.shape[2:] == (made.inputs,)
    assert y.shape[:2] == x.shape[:2]
    if y.is_floating_point():
        assert y.shape[2:] == (made.outputs,)
    else:
        assert set(y.unique().tolist()) - {IGNORED} <= set(range(made.outputs))


@every_variant
def test_chance_is_what_the_best_constant_answer_reaches(name, sizes):
    made, batch = drawn(name, size=20_000 if name != "continual_familiarity" else 1000, **sizes)
    if batch.y.is_floating_point():
        shown = batch.y[asked(batch)]
        assert made.chance == 0
        assert abs(shown.mean()) < 4 * shown.std() / math.sqrt(len(batch.y))
        return
    often = batch.y[asked(batch)].bincount().argmax()
    _, fresh = drawn(name, 1, size=len(batch.y), **sizes)
    right = ((fresh.y == often).sum(1) / asked(fresh).sum(1)).double()
    assert abs(right.mean() - made.chance) < 4 * right.std() / math.sqrt(len(right))


@pytest.mark.parametrize(
    ("name", "sizes", "says"),
    [
        ("parrity", {}, "task 'parrity' is not known; did you mean 'parity'?"),
        ("pairs", {}, "task 'pairs' is not known"),
        ("parity", {"size": 3}, "task 'parity' has no size 'size'; choose from length"),
        ("parity", {"length": 0}, "length of parity is 0; give a whole number of at least 1"),
        ("parity", {"length": 2.5}, "length of parity is 2.5; give a whole number"),
        ("parity", {"length": True}, "length of parity is True; give a whole number"),
        ("delayed_match", {"rotated": 1}, "rotated of delayed_match is 1; give True or False"),
        ("delayed_match", {"rotated": True, "directions": 6}, "give a multiple of 4"),
        ("delayed_match", {"noise": -1.0}, "give a number of at least 0"),
        ("continual_familiarity", {"repeated": 1.5}, "give a number from 0 to 1"),
        ("continual_familiarity", {"interval": 100}, "give more than the longest interval"),
        ("associative_retrieval", {"pairs": 27}, "give at most as many as letters (26)"),
        ("mqar", {"pairs": 128}, "give a vocabulary above 257"),
        ("mqar", {"updates": 5}, "give at most as many"),
        ("mqar", {"length": 14}, "give an even number of at least 16"),
        ("mqar", {"length": 63}, "give an even number of at least 16"),
    ],
)
def test_sizes_that_do_not_fit_are_refused_in_one_sentence(name, sizes, says):
    with pytest.raises(InputError) as refused:
        task(name, sizes)
    assert says in str(refused.value)


# What each asks, worked out again from what it shows


def test_parity_counts_ones():
    _, (x, y) = drawn("parity")
    for bits, answers in zip(x.tolist(), y.tolist(), strict=True):
        assert answers == [sum(bits[: t + 1]) % 2 for t in range(len(bits))]


@pytest.mark.parametrize(("operands", "modulus"), [(1, 5), (2, 5), (10, 5), (7, 3)])
def test_modular_arithmetic_is_what_python_calculates(operands, modulus):
    _, (x, y) = drawn("modular_arithmetic", operands=operands, modulus=modulus)
    signs = [*map(str, range(modulus)), "+", "-", "*", ""]
    for tokens, answers in zip(x.tolist(), y.tolist(), strict=True):
        assert answers[-1] == eval("".join(signs[token] for token in tokens)) % modulus
        assert set(answers[:-1]) <= {IGNORED}


def test_values_of_expressions_come_as_often_as_counted():
    from itertools import product

    made = task("modular_arithmetic", {"operands": 3, "modulus": 3})
    digits, signs = "012", "+-*"
    counts = torch.zeros(3)
    for a, f, b, g, c in product(digits, signs, digits, signs, digits):
        counts[eval(a + f + b + g + c) % 3] += 1
    torch.testing.assert_close(made.values(), (counts / counts.sum()).double())


@pytest.mark.parametrize("overwriting", [False, True])
def test_key_value_recall_asks_the_last_value_of_a_key(overwriting):
    _, (x, y) = drawn("key_value_recall", keys=6, overwriting=overwriting)
    for steps, answers in zip(x, y.tolist(), strict=True):
        keys, values = steps[:, :6].argmax(-1).tolist(), steps[:-1, 6:].argmax(-1).tolist()
        assert answers[-1] == dict(zip(keys[:-1], values, strict=True))[keys[-1]]
        assert not steps[-1, 6:].any()
        assert set(answers[:-1]) == {IGNORED}


def test_key_value_recall_shows_as_many_pairs_as_in_the_paper():
    once, twice = (drawn("key_value_recall", keys=20, overwriting=over)[1].x for over in (False, True))
    assert (once.shape[1], twice.shape[1]) == (21, 41)
    assert (once[:, :-1].sum(1) == 1).all()  # every key and every value comes once
    seen = (twice[:, :-1, :20].sum(1) > 0).double().mean()
    assert abs(seen - (1 - (1 - 1 / 20) ** 40)) < 0.02  # drawn with replacement


@pytest.mark.parametrize("updates", [0, 3])
def test_mqar_asks_every_key_once_for_its_last_value(updates):
    made, (x, y) = drawn("mqar", updates=updates, pairs=5)
    for tokens, answers in zip(x.tolist(), y.tolist(), strict=True):
        shown = tokens[: made.shown]
        held = dict(zip(shown[::2], shown[1::2], strict=True))
        first = dict(zip(shown[:10:2], shown[1:10:2], strict=True))
        places = [t for t, answer in enumerate(answers) if answer != IGNORED]
        assert [answers[t] for t in places] == [held[tokens[t]] for t in places]
        assert sorted(tokens[t] for t in places) == sorted(held)
        assert all(t >= made.shown and t % 2 == 0 for t in places)
        assert sum(first[key] != held[key] for key in held) == updates
        assert all(0 < key < 128 <= value for key, value in held.items())
        assert len(set(first.values())) == 5


def test_gaps_of_mqar_follow_a_power_law():
    made = task("mqar", {"pairs": 1, "length": 42})
    _, y = made.batch(40_000, torch.Generator().manual_seed(0))
    slots = ((y != IGNORED).int().argmax(1) - made.shown) // 2
    counted = slots.bincount(minlength=20) / len(slots)
    expected = torch.arange(1, 21).double() ** -0.99
    torch.testing.assert_close(counted, expected / expected.sum(), rtol=0, atol=0.01)


def test_associative_retrieval_asks_the_digit_of_a_letter():
    _, (x, y) = drawn("associative_retrieval")
    assert x.shape[1] == len("c9k8j3f1??c")
    for tokens, answers in zip(x.tolist(), y.tolist(), strict=True):
        held = dict(zip(tokens[:8:2], tokens[1:8:2], strict=True))
        assert len(held) == 4
        assert tokens[8:10] == [36, 36]
        assert answers == 10 * [IGNORED] + [held[tokens[10]] - 26]


@pytest.mark.parametrize("interval", [1, 3, 8])
def test_familiar_items_are_those_shown_an_interval_before(interval):
    _, (x, y) = drawn("continual_familiarity", interval=interval, bits=40)
    assert set(x.unique().tolist()) == {-1, 1}
    for items, answers in zip(x.tolist(), y.tolist(), strict=True):
        seen = [items.index(item) for item in items]
        assert [t - first for t, first in enumerate(seen)] == [interval * answer for answer in answers]


def test_half_of_the_items_that_can_be_are_repeats():
    _, (_, y) = drawn("continual_familiarity", interval=4, size=500)
    could = ~y[:, :-4].bool()
    assert abs(y[:, 4:][could].double().mean() - 0.5) < 4 * 0.5 / math.sqrt(could.sum())


def test_curriculum_of_familiarity_goes_up_to_its_end():
    stages = [task("continual_familiarity", {"interval": 2, "longest": 4})]
    while harder := stages[-1].harder():
        stages.append(harder)
    assert [stage.interval for stage in stages] == [2, 3, 4]
    assert task("parity").harder() is None


@pytest.mark.parametrize("rotated", [False, True])
def test_match_is_the_sample_turned_as_the_rule_says(rotated):
    _, (x, y) = drawn("delayed_match", noise=0.0, rotated=rotated, size=400)
    sample, test = x[:, 5].argmax(-1), x[:, 20].argmax(-1)  # the cell that likes it best: 24 cells, 8 directions
    quarter = 6 if rotated else 0
    assert torch.equal(y[:, -1].bool(), test == (sample + quarter) % 24)
    assert (y[:, :21] == IGNORED).all()
    assert (y[:, 21:] == y[:, 21:22]).all()
    assert not x[:, :5].any()
    assert not x[:, 10:20].any()
    assert set(sample.tolist()) == set(range(0, 24, 3))


def test_rates_of_direction_cells_are_von_mises():
    _, (x, _) = drawn("delayed_match", noise=0.0, size=1)
    rates = x[0, 5].roll(-int(x[0, 5].argmax()))
    assert abs(rates[0] - 4 * (1 - math.exp(-4))) < 1e-6
    assert abs(rates[12]) < 1e-6
    assert abs((rates[0] - rates[6]) - 4 * (1 - math.exp(-2))) < 1e-6  # a quarter turn away


def test_rewards_of_all_cues_are_reversed_together():
    _, (x, y) = drawn("reversal", cues=3, trials=400, block=8)
    _, (same, always) = drawn("reversal", cues=3, trials=400, block=10**12)  # the same, but never reversed
    assert torch.equal(x[..., :3], same[..., :3])
    for cue in range(3):
        shown = x[:, ::2, cue].bool()
        assert ((always[:, ::2] == 1) & shown).any(1).logical_xor(((always[:, ::2] == 0) & shown).any(1)).all()
    reversed_now = y[:, ::2] != always[:, ::2]  # whatever the cue
    flips = (reversed_now[:, 1:] != reversed_now[:, :-1]).double()
    assert abs(flips.mean() - 1 / 8) < 4 * math.sqrt(7 / 64 / flips.numel())
    assert not reversed_now[:, 0].any()


def test_outcome_of_a_trial_comes_after_its_cue():
    _, (x, y) = drawn("reversal")
    assert torch.equal(x[:, ::2, :2], x[:, 1::2, :2])
    assert not x[:, ::2, 2].any()
    assert torch.equal(x[:, 1::2, 2], (2 * y[:, ::2] - 1).to(x.dtype))
    assert (y[:, 1::2] == IGNORED).all()


def test_least_squares_answers_the_regression_from_as_many_points_as_dimensions():
    for points, explains in ((8, 1.0), (4, 0.5)):
        _, (x, y) = drawn("in_context_regression", points=points, size=2000)
        shown, told, new = x[:, :points, :-1], x[:, :points, -1:], x[:, points:, :-1]
        left = new @ torch.linalg.pinv(shown) @ told - y[:, points:]
        assert abs(1 - left.square().mean() / y[:, points:].square().mean() - explains) < (
            0.05 if explains < 1 else 1e-6
        )
        assert not x[:, points:, -1].any()
        assert abs(y[:, points:].square().mean() - 1) < 0.1
        assert y[:, :points].isnan().all()


def test_noise_of_the_regression_is_in_what_is_told_alone():
    _, (clean, wanted) = drawn("in_context_regression", size=500)
    _, (noisy, same) = drawn("in_context_regression", size=500, noise=0.5)
    assert torch.equal(wanted.nan_to_num(), same.nan_to_num())
    assert abs((noisy - clean)[:, :16, -1].std() - 0.5) < 0.02
