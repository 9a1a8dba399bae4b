"""The scorecard gives every memory the marks that theory expects of it, with seeds added where they are needed."""

import numpy as np
import pytest

from plastic.lab.capacity import as_markdown, as_text, measured, yardstick
from plastic.memory.bench import MOST_CUES, Bench, Yardstick, asked_of
from plastic.memory.catalogue import memory_of
from plastic.memory.scorecard import by_load, marks, near_to, recalled, scorecard
from plastic.memory.statistics import enough
from plastic.memory.theory import HEBB_SIGN_BITS
from plastic.rule import InputError

ROD = Yardstick(d=32, d_v=32)


def bench(rule, substrate="rate", rod=ROD):
    return Bench(lambda seeds: memory_of(rule, substrate, seeds), rod)


def card(rule, substrate=None, **told):
    document = measured(rule, yardstick(rule, substrate, **{"d": 32} | told), substrate)
    return {mark["mark"]: mark for mark in document["marks"]}


@pytest.fixture(scope="module")
def hebb():
    return card("vanilla")


@pytest.fixture(scope="module")
def delta():
    return card("delta")


@pytest.mark.parametrize("rule", ["vanilla", "delta", "retnet", "gated_delta"])
def test_capacities_of_linear_rules_lie_where_theory_expects(rule):
    found = card(rule, d=64)
    for name in ("n50", "n90", "n50_all", "n90_all", "bits at d", "bits at d/4"):
        assert found[name]["value"] == pytest.approx(found[name]["theory"], rel=0.06), name


def test_on_random_keys_one_pass_of_delta_holds_less_than_hebb(hebb, delta):
    for name in ("n50", "n90", "n50_all", "n90_all"):
        assert delta[name]["high"] < hebb[name]["low"]


def test_delta_wins_on_fidelity_similar_keys_and_overwriting(hebb, delta):
    assert delta["cosine at d/4"]["low"] > hebb["cosine at d/4"]["high"]
    assert delta["interference, rho = 0.3"]["high"] < hebb["interference, rho = 0.3"]["low"]
    assert delta["overwriting index"]["low"] > 0.9
    assert hebb["overwriting index"]["low"] < 0 < hebb["overwriting index"]["high"]


def test_seeds_are_added_until_the_interval_is_narrow(hebb):
    for name in ("n50", "n90"):
        half = (hebb[name]["high"] - hebb[name]["low"]) / 2
        assert half < 0.05 * hebb[name]["value"]


def test_hebb_holds_no_more_bits_than_its_limit(hebb):
    assert 0.9 * HEBB_SIGN_BITS < hebb["bits_sign"]["value"] < 1.05 * HEBB_SIGN_BITS


def test_a_memory_that_keeps_every_pair_is_beyond_what_is_tried():
    found = card("softmax", d=16)
    assert found["n90"]["value"] == np.inf
    assert "beyond" in as_text(measured("softmax", yardstick("softmax", None, d=16)))


def test_on_off_synapses_hold_at_most_a_bit_each():
    found = card("willshaw", d=64)
    assert 0.4 < found["bits_sign"]["value"] < np.log(2)


@pytest.mark.parametrize(("rule", "thresholds"), [("delta", (1, 4)), ("retnet", (1,))])
def test_lifetimes_follow_theory(rule, thresholds):
    found = card(rule, d=64, seeds=80, most_seeds=80)
    for threshold in thresholds:
        mark = found[f"lifetime, SNR {threshold}"]
        assert mark["value"] == pytest.approx(mark["theory"], rel=0.08)


def test_marks_of_a_seed_do_not_depend_on_the_other_seeds():
    few, many = (marks(recalled(bench("delta"), tuple(range(n)), 24), 64) for n in (2, 5))
    for a, b in zip(few, many, strict=False):
        assert a == pytest.approx(b, abs=1e-12)


def test_what_was_measured_is_not_measured_again():
    one = bench("delta")
    by_load(one, 3, 16)
    before = list(one.lists[16])
    by_load(one, 5, 16)
    assert one.lists[16][:3] == before
    assert len(one.lists[16]) == 5


def test_seeds_go_in_blocks_that_fit_the_room(monkeypatch):
    monkeypatch.setattr("plastic.memory.bench.ROOM", {"cpu": 1, "cuda": 1})
    small, whole = (by_load(bench("delta"), 4, 16) for _ in range(2))
    assert list(bench("delta").blocks(range(3), 16)) == [(0,), (1,), (2,)]
    for name in small:
        np.testing.assert_array_equal(small[name], whole[name])


def test_of_heavy_loads_evenly_spaced_pairs_are_asked():
    own = asked_of(10 * MOST_CUES)
    assert len(own) == MOST_CUES
    assert (own[0], own[-1]) == (0, 10 * MOST_CUES - 1)
    np.testing.assert_array_equal(asked_of(50), np.arange(50))


def test_identification_among_all_is_the_same_where_not_all_are_asked(monkeypatch):
    whole = np.mean([row["identified_all"] for row in marks(recalled(bench("vanilla"), tuple(range(40)), 128), 64)])
    monkeypatch.setattr("plastic.memory.bench.MOST_CUES", 64)
    part = np.mean([row["identified_all"] for row in marks(recalled(bench("vanilla"), tuple(range(40)), 128), 64)])
    assert part == pytest.approx(whole, abs=0.03)


def test_loads_near_a_crossing_are_few_and_at_least_three():
    assert near_to(100) == [70, 85, 100, 118, 140]
    assert len(near_to(2)) >= 3


def test_a_spiking_memory_gets_a_scorecard():
    found = card("vanilla", "spiking", d=20, seeds=2, most_seeds=2, candidates=8)
    assert found["bits at d/4"]["value"] > 0.8


def test_the_stop_rule_is_the_one_of_the_statistics():
    assert enough((100.0, 96.0, 104.0), 0.05)
    assert not enough((100.0, 90.0, 110.0), 0.05)


def test_the_caption_says_what_n90_depends_on():
    document = measured("delta", yardstick("delta", None, d=16, seeds=3, most_seeds=3))
    for said in ("d = 16, d_v = 16", "3 seeds", "M = 64", "largest dot product", "one presentation", "clean cues"):
        assert said in as_text(document)
    assert as_markdown(document).count("\n| ") > 20


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({"d": 2}, "d is 2; give 8 or more"),
        ({"d_v": 1}, "d_v is 1; give 2 or more"),
        ({"candidates": 1}, "candidates is 1; give 2 or more"),
        ({"seeds": 1}, "seeds is 1; give 2 or more"),
        ({"most_seeds": 5}, "most_seeds is 5, below seeds"),
        ({"precision": 0.0}, "precision is 0; give a share"),
        ({"heaviest": 9}, "heaviest is 9, fewer pairs than d"),
        ({"candidates": 10**9}, "candidates is 1000000000; give 4096 or less"),
        ({"device": "meta"}, "device is 'meta'; give cpu or cuda"),
    ],
)
def test_a_yardstick_that_measures_nothing_is_refused(told, says):
    with pytest.raises(InputError, match=says):
        Yardstick(**told)


def test_a_failing_memory_of_ones_own_is_named(tmp_path, monkeypatch):
    (tmp_path / "faulty.py").write_text(
        "class Memory:\n"
        "    def __init__(self, d, d_v, seed): pass\n"
        "    def write(self, key, value): raise KeyError('lost')\n"
        "    def read(self, cue): return cue\n"
        "    def scalars(self): return 1\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(InputError, match=r"memory 'faulty:Memory' failed \(KeyError: 'lost'\); mend it"):
        measured("faulty:Memory", Yardstick(d=8, d_v=8))


class Exact:
    """Keeps every pair and answers with the nearest, at some gain and from some baseline."""

    keys, values = "dense", "signs"
    gain, baseline = 1.0, 0.0

    def __init__(self, seeds=(0,), device="cpu"):
        pass

    def answers(self, keys, values, cues):
        nearest = (cues @ keys.transpose(0, 2, 1)).argmax(-1)
        return self.gain * np.take_along_axis(values, nearest[..., None], 1) + self.baseline

    def scalars(self, load, d, d_v):
        return load * (d + d_v)


class ExactSparse(Exact):
    keys, values = "sparse", "sparse"
    gain, baseline = 2.0, -1.0


@pytest.mark.parametrize("kind", [Exact, ExactSparse])
def test_exact_recall_has_no_noise_in_any_code(kind):
    found = {mark.name: mark.found.value for mark in scorecard(kind, Yardstick(d=32, d_v=32, heaviest=64)).marks}
    assert found["SNR, lag 0"] == np.inf
    assert found["lifetime, SNR 9"] == np.inf
    assert found["error at d"] == pytest.approx(0, abs=1e-9)
    assert found["bits at d"] == 1


class Hebb(Exact):
    def answers(self, keys, values, cues):
        return self.gain * cues @ (keys.transpose(0, 2, 1) @ values) + self.baseline


class HebbFromABaseline(Hebb):
    gain, baseline = 0.1, 30.0


def test_no_mark_depends_on_the_gain_or_on_the_baseline_of_the_answers():
    plain, moved = (scorecard(kind, Yardstick(d=32, d_v=32, heaviest=128)).marks for kind in (Hebb, HebbFromABaseline))
    for a, b in zip(plain, moved, strict=True):
        np.testing.assert_allclose(a.found, b.found, rtol=1e-6, atol=1e-9, err_msg=a.name)


def test_a_memory_at_chance_holds_nothing():
    class Constant(Exact):
        def answers(self, keys, values, cues):
            return np.ones((*cues.shape[:2], values.shape[-1]))

    found = {mark.name: mark.found.value for mark in scorecard(Constant, Yardstick(d=16, d_v=16)).marks}
    assert found["n50"] == found["n90"] == 0
    assert found["bits_sign"] == 0


def test_a_memory_that_changes_what_it_is_shown_changes_no_truth():
    class Greedy(Exact):
        def answers(self, keys, values, cues):
            told = super().answers(keys, values, cues)
            values[:] = 0
            return told

    found = {mark.name: mark.found.value for mark in scorecard(Greedy, Yardstick(d=16, d_v=16, heaviest=32)).marks}
    assert found["bits at d"] == 1


def test_too_few_cells_for_a_sparse_code_are_told():
    with pytest.raises(InputError, match="d_v is 4, too few cells for a sparse code"):
        measured("willshaw", Yardstick(d=16, d_v=4))


def test_a_scorecard_is_the_same_twice():
    one, two = (scorecard(lambda seeds: memory_of("delta", "rate", seeds), Yardstick(d=16, d_v=16)) for _ in range(2))
    np.testing.assert_equal([tuple(m) for m in one.marks], [tuple(m) for m in two.marks])
    assert one.curve == two.curve
