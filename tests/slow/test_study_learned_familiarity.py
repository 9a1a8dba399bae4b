"""The study of learned familiarity tells the sign of plasticity, and what the idealised network does."""

from experiments.studies import learned_familiarity
from tests.slow.small import holds, replaced


def test_the_idealised_network_is_near_theory_up_to_its_usable_interval():
    row = learned_familiarity.idealised_row(50, 3)
    assert row["synapses"] == 400
    assert row["error"] < 0.02 < row["error_beyond"]


def test_it_holds_where_plasticity_is_anti_hebbian_and_reach_is_linear():
    rows = [
        {"condition": "HebbFF", "eta": -0.1, "right_3": 0.97, "right_6": 0.9},
        {"condition": "LSTM", "right_6": 0.7, "stage": 0},
        *(
            {"condition": "idealised", "synapses": n, "reach": n / 30, "error": 0.01, "error_beyond": 0.1}
            for n in (9, 99)
        ),
    ]
    assert holds(learned_familiarity.claims(rows)) == [True] * 5
    assert holds(learned_familiarity.claims(replaced(rows, "HebbFF", eta=0.1)))[0] is False
    assert holds(learned_familiarity.claims(replaced(rows, "idealised", synapses=5)))[-1] is False
