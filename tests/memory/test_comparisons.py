"""Comparing memories, few seeds, correlated items, enough seeds and scaling: against known answers and coverage."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import bootstrap, norm

from plastic.memory.statistics import (
    Curve,
    Interval,
    bca_interval,
    bootstrap_interval,
    bootstrap_p,
    capacity,
    cluster_bootstrap,
    compare_all,
    compare_capacities,
    crossings,
    enough,
    exponent,
    holm,
    interval_over_seeds,
    overdispersion,
    paired_difference,
    paired_ratio,
    scaling_exponent,
    until_sure,
)

LOADS = np.geomspace(8, 200, 9)


def counts(rng, centre, seeds=20, trials=64, spread=0.15, width=0.6):
    """Correct answers [seeds, loads] where capacity differs between seeds; centre may be one a seed."""
    centres = np.asarray(centre) * np.exp(spread * rng.normal(size=(seeds, 1)))
    return rng.binomial(trials, norm.cdf(np.log(centres / LOADS) / width))


# Two memories, the same seeds


def paired_counts(seed, ratio, seeds=20):
    """Counts of A and B that share most of what differs between seeds."""
    rng = np.random.default_rng(seed)
    shared = np.exp(0.3 * rng.normal(size=(seeds, 1)))
    return [counts(rng, 40 * r * shared, seeds, spread=0.0) for r in (ratio, 1.0)]


def test_a_larger_capacity_is_found_larger():
    found = compare_capacities(LOADS, *paired_counts(1, 1.5), 64)
    assert found.ratio.low < 1.5 < found.ratio.high
    assert found.ratio.low > 1.2
    assert found.p < 0.01


def test_ratio_of_capacities_is_that_of_the_crossings():
    a, b = paired_counts(2, 1.3)
    expected = crossings(LOADS, a, 64)[0.9].value / crossings(LOADS, b, 64)[0.9].value
    assert compare_capacities(LOADS, a, b, 64).ratio.value == pytest.approx(expected)
    swapped = compare_capacities(LOADS, b, a, 64)
    assert swapped.ratio.value == pytest.approx(1 / expected)
    assert swapped.p == compare_capacities(LOADS, a, b, 64).p


def test_pairing_narrows_the_interval():
    a, b = paired_counts(3, 1.0)
    together = compare_capacities(LOADS, a, b, 64).ratio
    apart = compare_capacities(LOADS, a, b[::-1], 64).ratio
    assert math.log(together.high / together.low) < 0.7 * math.log(apart.high / apart.low)


def test_equal_memories_differ_as_often_as_the_level_says():
    p = [compare_capacities(LOADS, *paired_counts(seed, 1.0), 64, resamples=300).p for seed in range(200)]
    assert np.mean(np.less(p, 0.05)) < 0.1
    assert np.median(p) > 0.3


def test_a_memory_compared_with_itself_is_equal():
    a, _ = paired_counts(4, 1.0)
    found = compare_capacities(LOADS, a, a, 64)
    assert found.ratio == (1, 1, 1)
    assert found.p == 1


def test_capacity_beyond_the_loads_leaves_the_ratio_open():
    a, b = paired_counts(5, 30.0)
    found = compare_capacities(LOADS, a, b, 64)
    assert found.ratio.value == found.ratio.high == np.inf
    assert found.p < 0.01


def test_several_memories_against_one_are_corrected_for_their_number():
    a, b = paired_counts(6, 1.4)
    found = compare_all(LOADS, {"delta": a, "hebb": b, "oja": b}, 64, "hebb")
    alone = compare_capacities(LOADS, a, b, 64)
    assert found["delta"].ratio == alone.ratio
    assert found["delta"].p == pytest.approx(min(1, 2 * alone.p))
    assert found["oja"].p == 1
    assert compare_all(LOADS, {"hebb": b}, 64, "hebb") == {}


def test_holm_is_the_known_correction():
    assert_allclose(holm([0.01, 0.04, 0.03, 0.005]), [0.03, 0.06, 0.06, 0.02])
    assert_allclose(holm([0.5, 0.9]), [1, 1])
    assert holm([]).shape == (0,)


def test_paired_ratio_and_difference_of_measures_by_seed():
    rng = np.random.default_rng(7)
    b = np.exp(rng.normal(size=40))
    found = paired_ratio(1.2 * b * np.exp(0.05 * rng.normal(size=40)), b)
    assert found.ratio.low < 1.2 < found.ratio.high
    assert found.p < 0.01
    apart, p = paired_difference(b + 0.01 * rng.normal(size=40), b)
    assert apart.low < 0 < apart.high or p < 0.05
    assert paired_difference(b + 1, b)[0] == pytest.approx((1, 1, 1))


def test_p_is_never_zero():
    assert bootstrap_p(np.ones(999)) == pytest.approx(2 / 1000)


# Few seeds


def test_corrected_interval_is_scipys():
    values = np.random.default_rng(8).exponential(size=15)
    known = bootstrap((values,), np.mean, n_resamples=20_000, rng=np.random.default_rng(9)).confidence_interval
    found = bca_interval(values, resamples=20_000)
    assert_allclose([found.low, found.high], [known.low, known.high], rtol=0.02)


def test_corrected_interval_covers_a_skewed_mean_more_often():
    rng, covered = np.random.default_rng(10), np.zeros(2)
    for _ in range(400):
        values = rng.exponential(size=12)
        for i, interval in enumerate((bca_interval, bootstrap_interval)):
            _, low, high = interval(values, resamples=400)
            covered[i] += low <= 1 <= high
    assert covered[0] >= covered[1]
    assert covered[0] > 0.88 * 400


def test_few_seeds_are_corrected_and_many_are_not():
    rng = np.random.default_rng(11)
    few, many = rng.exponential(size=(12, 3)), rng.exponential(size=(40, 3))
    assert_allclose(interval_over_seeds(few), bca_interval(few))
    assert_allclose(interval_over_seeds(many), bootstrap_interval(many))


def test_seeds_that_agree_give_a_point():
    assert bca_interval(np.ones(5)) == (1, 1, 1)


@pytest.mark.parametrize("seeds", [15, 50])
def test_cluster_bootstrap_of_a_mean_is_that_of_the_seeds(seeds):
    values = np.random.default_rng(12).normal(5, 1, size=(seeds, 30)) + np.arange(seeds)[:, None] % 3
    found = cluster_bootstrap(lambda x: x.mean(), values, resamples=2000)
    assert_allclose(found, interval_over_seeds(values.mean(1)), rtol=0.01)


def test_cluster_bootstrap_draws_the_seeds_of_all_arrays_together():
    x = np.random.default_rng(13).normal(size=20)
    found = cluster_bootstrap(lambda a, b: (a - b).mean(), x + 2, x)
    assert_allclose(found, 2)


# Items of one seed


def test_independent_items_show_no_overdispersion():
    rng = np.random.default_rng(14)
    found = [overdispersion(counts(rng, 40, spread=0.0), 64) for _ in range(100)]
    assert np.mean([f.factor for f in found]) == pytest.approx(1, abs=0.05)
    assert np.mean([f.p < 0.05 for f in found]) < 0.12
    assert np.median([f.correlation for f in found]) < 0.003


def test_items_that_share_a_seed_are_overdispersed():
    rng, rho = np.random.default_rng(15), 0.05
    shares = rng.beta(0.6 * (1 / rho - 1), 0.4 * (1 / rho - 1), size=(200, 5))
    found = overdispersion(rng.binomial(64, shares), 64)
    assert found.correlation == pytest.approx(rho, rel=0.15)
    assert found.factor == pytest.approx(1 + 63 * rho, rel=0.15)
    assert found.p < 1e-6


def test_certain_answers_tell_nothing_about_dispersion():
    assert overdispersion([[5, 0], [5, 0]], 5) == (0, 1, 1)


# Enough seeds


def test_an_interval_is_enough_below_five_percent():
    assert enough(Interval(100, 96, 104))
    assert not enough(Interval(100, 90, 104))
    assert not enough(Interval(np.inf, np.inf, np.inf))
    assert not enough(Interval(np.array([100, 0]), np.array([99, -1]), np.array([101, 1])))


def measured_block(seeds):
    return np.array([10 + 2 * np.random.default_rng(seed).normal() for seed in seeds])


def test_seeds_are_added_until_it_is_sure():
    found = until_sure(measured_block, bootstrap_interval, first=10, block=10, most=500)
    assert found.sure
    assert 20 < len(found.values) < 200
    assert_allclose(found.values, measured_block(range(len(found.values))))
    assert not enough(bootstrap_interval(found.values[:-10]))


def test_seeds_end_at_the_most_allowed():
    found = until_sure(measured_block, bootstrap_interval, first=10, block=7, most=15, share=0.001)
    assert not found.sure
    assert len(found.values) == 15


def test_capacity_is_measured_until_it_is_sure():
    def block(seeds):
        return np.concatenate([counts(np.random.default_rng(seed), 40, seeds=1) for seed in seeds])

    found = until_sure(block, lambda c: crossings(LOADS, c, 64)[0.9], first=10, block=10)
    assert found.sure
    assert found.values.shape[1] == LOADS.size


# Scaling


def curves_of(power, seeds=20, sizes=(16, 32, 64, 128)):
    rng = np.random.default_rng(16)
    return [Curve(LOADS / 40 * d**power, counts(rng, 40, seeds), 64) for d in sizes], sizes


@pytest.mark.parametrize("power", [1.0, 0.5])
def test_scaling_exponent_is_found(power):
    curves, sizes = curves_of(power)
    found = scaling_exponent(sizes, curves)
    assert found.low < power < found.high
    assert found.value == pytest.approx(power, abs=0.1)


def test_exponent_of_an_exact_power():
    assert exponent([1, 2, 4, 8], [[3, 6, 12, 24], [5, 20, 80, 320]]) == pytest.approx([1, 2])


def test_fitted_and_read_off_capacities_agree_on_what_is_larger():
    a, b = paired_counts(17, 1.6)
    fitted = [capacity(LOADS, x, 64, 0)[0.5].value for x in (a, b)]
    assert fitted[0] / fitted[1] == pytest.approx(compare_capacities(LOADS, a, b, 64, level=0.5).ratio.value, rel=0.1)


BAD = {
    "correct_a and correct_b differ in shape": lambda: compare_capacities(LOADS, np.ones((3, 9)), np.ones((4, 9)), 64),
    "a_by_seed is 0": lambda: paired_ratio([0, 1], [1, 1]),
    "p is 2": lambda: holm([2]),
    "p is no list": lambda: holm([[0.5]]),
    "reference 'oja' is not among": lambda: compare_all(LOADS, {}, 64, "oja"),
    "by_seed holds arrays of different numbers": lambda: cluster_bootstrap(np.mean, [1, 2], [1, 2, 3]),
    "correct is no count": lambda: overdispersion([[9], [1]], 4),
    "measure_block gave no array of 20 seeds": lambda: until_sure(lambda seeds: [1.0], bootstrap_interval),
    "sizes holds fewer than 4": lambda: exponent([1, 2, 3], [1, 2, 3]),
    "curves holds not one for each": lambda: scaling_exponent([1, 2, 3, 4], []),
}


@pytest.mark.parametrize("message", BAD)
def test_a_bad_argument_is_named_with_its_remedy(message):
    with pytest.raises(ValueError, match=message):
        BAD[message]()
