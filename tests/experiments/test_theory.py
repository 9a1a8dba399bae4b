"""The rate substrate, measured by the experiments, against the theory of fast weight memories."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from experiments import overwriting, recall, stream
from plastic import RULES
from plastic.lab.summary import column
from plastic.memory.codes import dense_keys, generator, signs
from plastic.memory.of_rules import RateMemory
from plastic.memory.rows import linear_row
from plastic.memory.statistics import capacity, crossings, exponent
from plastic.memory.theory import (
    LinearRow,
    argmax_accuracy,
    bit_accuracy_by_lag,
    crosstalk,
    delta_overlap,
    hebbian_snr,
    mean_argmax_accuracy,
    mean_bit_accuracy,
    ridge_bit_accuracy,
)
from plastic.memory.theory import bit_accuracy as bits_at

SEEDS, MANY = range(20), range(200)
LINEAR = [name for name, rule in RULES.items() if linear_row(rule(), gate=recall.GATE) is not None]


def settings(d, d_v=None):
    return {"d": d, "d_v": d_v or d, "keys": "dense"}


def rate(rule, seeds=SEEDS):
    made = RULES[rule]() if isinstance(rule, str) else rule
    return RateMemory(made, tuple(seeds))


def mean(rows, name):
    return column(rows, name).mean()


def shown(n, d, d_v=None, seeds=SEEDS):
    rngs = [generator(seed, "theory", n, d) for seed in seeds]
    keys = np.stack([dense_keys(rng, n, d) for rng in rngs])
    return keys, np.stack([signs(rng, n, d_v or d) for rng in rngs])


def test_hebbian_crosstalk_is_n_minus_one_over_d():
    for n, d in ((16, 64), (64, 64), (128, 32)):
        keys, values = shown(n, d)
        error = rate("vanilla").answers(keys, values, keys) - values
        assert (error**2).mean() == pytest.approx(crosstalk(n, d), rel=0.05)


def test_delta_keeps_one_minus_one_over_d_per_later_pair():
    d = 32
    keys, values = shown(96, d, 64, range(1000))
    kept = (rate("delta", range(1000)).answers(keys, values, keys) * values).mean((0, 2))[::-1]
    assert_allclose(kept, delta_overlap(np.arange(96), d), atol=0.02)


def test_delta_loses_nothing_between_orthogonal_keys():
    keys = np.stack([np.linalg.qr(generator(seed, "orthogonal").standard_normal((16, 16)))[0] for seed in SEEDS])
    values = shown(16, 16)[1]
    assert_allclose(rate("delta").answers(keys, values, keys), values, atol=1e-12)


@pytest.mark.parametrize("n", [16, 23, 32, 64, 128, 256])
def test_hebbian_bits_follow_the_signal_to_noise_ratio(n):
    rows = recall.measure(rate("vanilla"), SEEDS, settings(64), load=n)
    assert mean(rows, "bits") == pytest.approx(bits_at(hebbian_snr(n, 64)), abs=0.01)


@pytest.mark.parametrize("n", [16, 64, 192])
@pytest.mark.parametrize("name", LINEAR)
def test_bits_by_load_follow_the_recursion_for_every_linear_rule(name, n):
    row = linear_row(RULES[name](), gate=recall.GATE)
    rows = recall.measure(rate(name), SEEDS, settings(64), load=n)
    assert mean(rows, "bits") == pytest.approx(mean_bit_accuracy(row, 64, n), abs=0.015)


@pytest.mark.parametrize("eta", [1.0, 0.5])
def test_bits_of_the_delta_rule_are_the_published_ones(eta):
    known = {1.0: (0.986, 0.931, 0.829, 0.706), 0.5: (0.990, 0.951, 0.872, 0.769)}[eta]
    for n, expected in zip((16, 32, 64, 128), known, strict=True):
        rows = recall.measure(rate(RULES["delta"](eta=eta)), SEEDS, settings(64), load=n)
        assert mean(rows, "bits") == pytest.approx(expected, abs=0.015)


@pytest.mark.parametrize("name", LINEAR)
def test_bits_by_lag_follow_the_recursion_for_every_linear_rule(name):
    d, length, seeds = 64, 160, MANY
    row = linear_row(RULES[name](), gate=stream.GATE)
    rows = stream.measure(rate(name, seeds), seeds, settings(d, 256), length=length)
    lags = stream.lags(length)
    measured = np.array([mean([r for r in rows if r["lag"] == lag], "bits") for lag in lags])
    difference = measured - bit_accuracy_by_lag(row, d, lags, writes=length)
    assert abs(difference).max() < 0.015
    assert abs(difference.mean()) < 0.003


def recency_slope(name, exponential):
    """Slope against lag of the logarithm of what theory says is exponential in lag."""
    rows = stream.measure(rate(name, MANY), MANY, settings(64, 256), length=160)
    lines = stream.summarise([{"rule": name, "substrate": "rate"} | row for row in rows])["by_lag"]
    near = [line for line in lines if 0 < line["lag"] < 96]
    return np.polyfit([line["lag"] for line in near], [np.log(exponential(line["snr"])) for line in near], 1)[0]


def test_with_decay_the_signal_to_noise_ratio_falls_at_twice_the_decay_rate():
    assert recency_slope("retnet", lambda snr: snr) == pytest.approx(-2 / RULES["retnet"]().tau, rel=0.1)


def test_with_delta_the_share_of_signal_falls_at_two_over_d():
    assert recency_slope("delta", lambda snr: snr / (1 + snr)) == pytest.approx(-2 / 64, rel=0.1)


@pytest.mark.parametrize(("n", "d", "d_v"), [(128, 64, 64), (256, 64, 64), (256, 128, 64)])
def test_hebbian_identification_follows_the_argmax_theory(n, d, d_v):
    rows = recall.measure(rate("vanilla"), SEEDS, settings(d, d_v), load=n)
    assert mean(rows, "identified") == pytest.approx(float(argmax_accuracy(n, d, d_v)), abs=0.05)


def test_least_squares_recall_everything_up_to_d_pairs_and_then_by_theory():
    from plastic.memory.of_rules import LayerMemory
    from plastic.substrates.memories import Ridge

    memory = LayerMemory(Ridge(), tuple(SEEDS))
    for n in (16, 32, 64):
        assert mean(recall.measure(memory, SEEDS, settings(64), load=n), "bits") > 0.999
    for n in (128, 256):
        rows = recall.measure(memory, SEEDS, settings(64), load=n)
        assert mean(rows, "bits") == pytest.approx(float(ridge_bit_accuracy(n, 64)), abs=0.01)


LOADS = np.unique(np.geomspace(8, 325, 14).astype(int))
REFERENCE = {"vanilla": (123.1, 48.6), "delta": (63.0, 16.5), "half delta": (102.9, 32.9)}


@pytest.fixture(scope="module")
def identified():
    """Correct identifications [seeds, loads], d = d_v = 32, M = n."""
    rules = {"vanilla": RULES["vanilla"](), "delta": RULES["delta"](), "half delta": RULES["delta"](eta=0.5)}
    return {
        name: np.stack(
            [n * column(recall.measure(rate(rule), SEEDS, settings(32), load=int(n)), "identified") for n in LOADS], -1
        )
        for name, rule in rules.items()
    }


@pytest.mark.parametrize("name", REFERENCE)
def test_fitted_capacities_are_the_reference_ones(name, identified):
    found = capacity(LOADS, identified[name], LOADS, 1 / LOADS)
    assert_allclose([found[0.5].value, found[0.9].value], REFERENCE[name], rtol=0.05)


def test_on_random_keys_a_single_pass_of_delta_identifies_less_than_hebb(identified):
    hebb, delta = (crossings(LOADS, identified[name], LOADS) for name in ("vanilla", "delta"))
    assert delta[0.5].high < hebb[0.5].low
    assert delta[0.9].high < hebb[0.9].low


def test_the_capacity_of_hebb_grows_in_proportion_to_the_key_cells():
    sizes, n90 = (16, 32, 64, 128), []
    for d in sizes:
        loads = np.unique((2.9 * d * np.geomspace(0.5, 1.8, 6)).astype(int))
        rows = [recall.measure(rate("vanilla"), SEEDS, settings(d, 64), load=int(n)) for n in loads]
        right = np.stack([n * column(r, "identified") for n, r in zip(loads, rows, strict=True)], -1)
        n90.append(crossings(loads, right, loads)[0.9].value)
    assert 0.9 < exponent(sizes, n90) < 1.1


def test_among_sixty_four_candidates_more_pairs_are_identified_than_among_all():
    row = recall.measure(rate("vanilla"), SEEDS, settings(64), load=256)
    assert mean(row, "identified64") > mean(row, "identified") + 0.1
    assert mean(row, "identified64") == pytest.approx(mean_argmax_accuracy(LinearRow(), 64, 256, 64, 64), abs=0.05)


def test_the_error_of_hebb_at_the_best_gain_follows_the_signal_to_noise_ratio():
    row = recall.measure(rate("vanilla"), SEEDS, settings(64), load=64)
    assert mean(row, "mse") == pytest.approx(1 / (1 + hebbian_snr(64, 64)), rel=0.03)
    assert mean(row, "cosine") == pytest.approx(np.sqrt(hebbian_snr(64, 64) / (1 + hebbian_snr(64, 64))), abs=0.02)


@pytest.mark.parametrize(("name", "repeats", "old", "new"), [
    ("vanilla", 1, 1, 1), ("vanilla", 2, 1, 2), ("delta", 1, 0, 1), ("delta", 2, 0, 1),
])  # fmt: skip
def test_overwriting_leaves_of_the_old_value_what_theory_says(name, repeats, old, new):
    rows = overwriting.measure(rate(name), SEEDS, settings(256) | {"shown": 2}, repeats)
    assert mean(rows, "new") == pytest.approx(new, abs=0.02)
    assert mean(rows, "old") == pytest.approx(old, abs=0.02)


def test_one_overwriting_leaves_half_to_hebb_and_nothing_to_delta():
    for name, share in (("vanilla", 0.5), ("delta", 0.0)):
        rows = overwriting.measure(rate(name), SEEDS, settings(64) | {"shown": 8}, 1)
        line = overwriting.summarise([{"rule": name, "substrate": "rate", "repeats": 1} | r for r in rows])
        assert line["by_repeats"][0]["old_share"] == pytest.approx(share, abs=0.02)


def test_overwriting_with_half_the_learning_rate_halves_the_old_value_each_time():
    half = RULES["delta"](eta=0.5)
    for repeats in (1, 2, 4):
        rows = overwriting.measure(rate(half), SEEDS, settings(512) | {"shown": 1 + 1}, repeats)
        old, new = mean(rows, "old"), mean(rows, "new")
        assert old / (old + new) == pytest.approx(0.5**repeats * 0.5 / (1 - 0.5 ** (repeats + 1)), abs=0.02)


def test_the_row_of_a_rule_is_read_off_its_equation():
    assert linear_row(RULES["vanilla"]()) == LinearRow(1.0, 0.0, 1.0)
    assert linear_row(RULES["delta"](eta=0.5)) == LinearRow(1.0, 0.5, 0.5)
    assert linear_row(RULES["retnet"](tau=10.0)).decay == pytest.approx(np.exp(-0.1))
    assert linear_row(RULES["btsp"]()) is None
