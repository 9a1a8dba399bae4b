"""Codes of keys: what an expansion and a feature map change."""

import numpy as np
import pytest

from experiments import codes
from plastic import RULES
from tests.experiments.measured import mean, rate, settings

SEEDS = range(20)


def measured(rule, code, alpha=1.0, d=32):
    return codes.measure(rate(rule), SEEDS, settings(d), code=code, alpha=alpha)


@pytest.mark.parametrize("code", codes.CODES)
@pytest.mark.parametrize("rule", ["vanilla", "retnet"])
def test_bits_of_rules_without_an_error_follow_from_the_overlap_of_the_keys(rule, code):
    rows = measured(rule, code)
    expected = codes.predicted(RULES[rule](), [32], [mean(rows, "overlap")])[0]
    assert mean(rows, "bits") == pytest.approx(expected, abs=0.03)


@pytest.mark.parametrize(("code", "cells"), [("dense", 32), ("dpfp-1", 64), ("dpfp-3", 192), ("expansion 5", 160)])
def test_a_map_has_its_number_of_cells(code, cells):
    assert mean(measured("vanilla", code, alpha=0.25), "cells") == cells


def test_dense_keys_overlap_by_one_over_d():
    assert mean(measured("vanilla", "dense", 4.0), "overlap") == pytest.approx(1 / 32, rel=0.05)


def test_dpfp_separates_keys_that_rectification_makes_similar():
    overlap = {code: mean(measured("vanilla", code), "overlap") for code in ("relu", "elu+1", "dpfp-1", "dpfp-3")}
    assert overlap["dpfp-3"] < overlap["dpfp-1"] < overlap["relu"] < overlap["elu+1"]


def test_a_sparse_expansion_lets_delta_recall_more_pairs_than_there_are_key_cells():
    bits = {code: mean(measured("delta", code, 4.0), "bits") for code in ("dense", "expansion 5", "expansion 20")}
    assert bits["dense"] + 0.1 < bits["expansion 5"] < bits["expansion 20"]


def test_a_seeds_expansion_does_not_depend_on_the_others():
    keys = np.random.default_rng(0).standard_normal((3, 5, 16))
    np.testing.assert_array_equal(codes.expanded(5, keys, [4, 1, 2])[1:2], codes.expanded(5, keys[1:2], [1]))
