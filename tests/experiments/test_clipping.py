"""On-off synapses hold what Willshaw's theory says, a little less than independent cells would."""

import pytest

from experiments import clipping
from plastic.lab.summary import column
from plastic.memory.theory import willshaw_bits, willshaw_false_alarm, willshaw_fill

SETTINGS = clipping.settings("model", False)
SIZES = clipping.sizes(SETTINGS)
PUBLISHED = {2243: (0.0027, 0.51), 2915: (0.0112, 0.57)}


def measured(load, seeds=range(3)):
    rows = clipping.measure(clipping.memory("willshaw", "model", SETTINGS, seeds), seeds, SETTINGS, load)
    return {name: column(rows, name).mean() for name in clipping.MEASURES}


@pytest.mark.parametrize("load", PUBLISHED)
def test_willshaws_matrix_holds_half_a_bit_a_synapse(load):
    found, (false_alarms, bits) = measured(load), PUBLISHED[load]
    assert found["fill"] == pytest.approx(float(willshaw_fill(load, *SIZES)), abs=0.002)
    assert found["misses"] == 0
    assert found["false_alarms"] == pytest.approx(false_alarms, rel=0.1)
    assert found["bits"] == pytest.approx(bits, abs=0.01)
    independent = willshaw_false_alarm(load, *SIZES)
    assert independent <= found["false_alarms"] <= 2 * independent
    assert found["bits"] == pytest.approx(float(willshaw_bits(load, *SIZES)), rel=0.1)


def test_nothing_is_told_by_answers_of_chance():
    assert clipping.told(0.1, 0.3, 0.7) == pytest.approx(0)
    assert clipping.told(0.5, 0.0, 0.0) == pytest.approx(1)
