"""Linear programming finds the share of separable problems that Cover counted, and Dale's law halves the load."""

import pytest

from experiments import separability
from plastic.lab.summary import column

D = 20
COVER = {1.5: 0.969, 1.8: 0.750, 2.0: 0.500, 2.2: 0.271, 2.5: 0.076}


def solved(rule, alpha, problems=10, seeds=20):
    store = separability.memory(rule, "model", {}, range(seeds))
    rows = separability.measure(store, range(seeds), {"d": D, "problems": problems}, alpha)
    return column(rows, "separable").mean()


@pytest.mark.parametrize("alpha", COVER)
def test_problems_are_separable_as_often_as_cover_says(alpha):
    assert separability.expected("any_sign", alpha, D) == pytest.approx(COVER[alpha], abs=0.001)
    error = (COVER[alpha] * (1 - COVER[alpha]) / 200) ** 0.5
    assert solved("any_sign", alpha) == pytest.approx(COVER[alpha], abs=4 * error)


@pytest.mark.parametrize("alpha", [0.8, 1.0, 1.2])
def test_under_dales_law_the_axes_count_as_patterns(alpha):
    expected = float(separability.expected("dale", alpha, D))
    error = (expected * (1 - expected) / 200) ** 0.5
    assert solved("dale", alpha) == pytest.approx(expected, abs=4 * error)


def test_under_dales_law_half_are_separable_at_one_pattern_a_dimension():
    assert separability.expected("dale", 1.0, D) == pytest.approx(0.5)
    assert separability.expected("any_sign", 2.0, D) == pytest.approx(0.5)
