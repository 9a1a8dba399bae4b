"""The spiking key-value memory recalls, keeps seeds apart, only reads when it reads, and says what it cannot use."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from plastic import circuit as spiking
from plastic.circuit import Spikes, Weights
from plastic.rule import InputError
from plastic.rules import as_rule
from plastic.symbols import flows

pytest.importorskip("brian2", reason="Brian2 is not installed")
memory = pytest.importorskip("models.key_value_memory")
answers, without_spikes, Circuit = memory.answers, memory.without_spikes, memory.Circuit

RULES = ["vanilla", "retnet", "delta", "three_factor"]  # growth, decay, error, delay
CELLS = 60


def task(seeds, n=4, d=CELLS, d_v=CELLS):
    """Keys of which a tenth of the cells is on, values in [0, 1], and every key as a cue."""
    rngs = [np.random.default_rng([seed, n]) for seed in seeds]
    keys = np.stack([(rng.random((n, d)).argsort(-1) < d // 10).astype(float) for rng in rngs])
    values = np.stack([rng.random((n, d_v)) for rng in rngs])
    return keys, values, keys


def correlations(recalled, values):
    """Of every recalled with every stored vector, [S, m, n]."""
    a, b = (x - x.mean(-1, keepdims=True) for x in (recalled, values))
    a, b = (x / np.linalg.norm(x, axis=-1, keepdims=True) for x in (a, b))
    return a @ b.swapaxes(1, 2)


def own(correlations):
    """With the value that was stored, the mean."""
    return np.diagonal(correlations, axis1=1, axis2=2).mean()


@pytest.fixture(scope="module")
def recalled():
    """Answers of every rule to three seeds."""
    return {rule: answers(rule, *task(range(3)), range(3)) for rule in RULES}


# It remembers.


@pytest.mark.parametrize("rule", RULES)
def test_few_pairs_are_recalled(recalled, rule):
    assert own(correlations(recalled[rule], task(range(3))[1])) > 0.88


@pytest.mark.parametrize("rule", RULES)
def test_every_cue_is_identified(recalled, rule):
    found = correlations(recalled[rule], task(range(3))[1]).argmax(-1)
    assert_array_equal(found, np.tile(np.arange(4), (3, 1)))


@pytest.mark.parametrize("rule", RULES)
def test_the_drive_comes_within_noise_of_the_memory_without_spikes(rule):
    drive = answers(rule, *task(range(3)), range(3), read="drive")
    assert own(correlations(drive, without_spikes(rule, *task(range(3))))) > 0.96


def test_a_value_shown_once_is_recalled_at_its_own_strength():
    keys, values, cues = task(range(12), n=1, d_v=10)
    for rule in RULES:
        drive = answers(rule, keys, values, cues, range(12), read="drive")
        centred = values - values.mean(-1, keepdims=True)
        assert_allclose((drive * centred).sum() / (centred**2).sum(), 1, atol=0.2, err_msg=rule)


def test_answers_are_relative_to_the_population(recalled):
    assert recalled["delta"].shape == (3, 4, CELLS)
    assert_allclose(recalled["delta"].mean(-1), 0, atol=1e-12)


def test_the_last_pair_is_worth_as_much_as_the_first_to_a_rule_that_writes_late():
    keys, values, _ = task(range(12), n=2, d_v=10)
    keys[:], keys[:, 0, :6], keys[:, 1, 6:12] = 0, 1, 1
    first, last = answers("three_factor", keys, values, keys, range(12), read="drive").std((0, 2))
    assert_allclose(last / values[:, 1].std(), first / values[:, 0].std(), rtol=0.1)


def test_an_error_correcting_rule_forgets_the_value_a_key_had_before():
    keys, values, _ = task(range(3), n=2)
    keys[:, 1] = keys[:, 0]
    old, new = (
        correlations(answers("delta", keys, values, keys[:, :1], range(3)), values).mean(0)[0, k] for k in (0, 1)
    )
    assert new > 0.9
    assert abs(old) < 0.3


def test_a_key_that_was_never_shown_recalls_little():
    keys, values, _ = task(range(3), n=2)
    keys[:, 0], keys[:, 1], cues = 0, 0, 0 * keys[:, :1]
    keys[:, 0, :6], keys[:, 1, 6:12], cues[:, 0, 12:18] = 1, 1, 1
    known, unknown = (answers("delta", keys, values, asked, range(3), read="drive") for asked in (keys, cues))
    assert unknown.std() < 0.2 * known.std()


# A seed's answers are its own.


@pytest.mark.parametrize("rule", ["delta", "delta+stochastic"])
def test_a_seed_does_not_depend_on_its_neighbours(rule):
    keys, values, cues = task(range(3), n=2, d=30, d_v=20)
    together = answers(rule, keys, values, cues, [7, 8, 9])
    alone = answers(rule, keys[1:2], values[1:2], cues[1:2], [8])
    assert_array_equal(together[1:2], alone)


def test_the_same_seed_gives_the_same_answers():
    shown = task([0, 0], n=2, d=30, d_v=20)
    first, second = answers("delta", *shown, [5, 5])
    assert_array_equal(first, second)
    assert (first != answers("delta", *shown, [5, 6])[1]).any()


def test_brian2_is_left_as_it_was():
    import brian2

    before, state = brian2.prefs.codegen.target, np.random.get_state()[1].copy()  # noqa: NPY002
    answers("delta+stochastic", *task([0], n=1, d=20, d_v=5), [0])
    assert brian2.prefs.codegen.target == before
    assert_array_equal(np.random.get_state()[1], state)  # noqa: NPY002


# Reading.


@pytest.mark.parametrize("rule", [*RULES, "gated_delta"])
def test_reading_writes_nothing_and_nothing_decays(rule):
    keys, values, cues = task([0, 1], n=2, d=20, d_v=10)
    shown, rule = memory.checked(keys, values, cues, 2), as_rule(rule)
    made = memory.built(rule, shown, [0, 1], Circuit())
    found = spiking.simulate(made, [0, 1], {"cells": Spikes("value"), **{z: Weights("fast", z) for z in flows(rule)}})
    assert len(found["cells"].step) > 0
    assert np.abs(found["w"]).max() > 0
    for z in flows(rule):
        assert_array_equal(found[z][:, 1], found[z][:, 0])


# What spikes cost is found by taking one thing away.


def clean(rule, keys, values, cues, seeds, **how):
    """Read from the drive, with evenly spaced spikes and a pause in which the item before is forgotten."""
    circuit = Circuit(item=0.3, settle=0.14, read_from=0.15)
    return answers(rule, keys, values, cues, seeds, circuit, "drive", memory.regular, memory.regular, **how)


@pytest.mark.parametrize("rule", RULES)
def test_without_noise_in_time_or_space_spikes_answer_as_rates_do(rule):
    drive, rates = clean(rule, *task(range(3)), range(3)), without_spikes(rule, *task(range(3)))
    assert own(correlations(drive, rates)) > 0.995


def test_evenly_spaced_spikes_have_no_counting_noise():
    rates, rng = np.full((2000, 50), 100.0), np.random.default_rng(0)
    rates[:, 25:] = 1.0
    even, chance = (fired(rates, rng, 1e-3).reshape(10, 200, 50).sum(1) for fired in (memory.regular, memory.poisson))
    assert_array_equal(even[:, :25], 20)
    assert_array_equal(even[:, 25:].sum(0), 2)
    assert chance[:, :25].var() > 10


def test_writing_and_asking_are_noisy_each_on_its_own():
    keys, values, cues = task([0], n=1, d=20, d_v=5)
    cues = cues.repeat(3, 1)
    noisy, even = ({"asking": fired, "writing": memory.regular} for fired in (memory.poisson, memory.regular))
    sizes = [answers("vanilla", keys, values, cues, [0], read="drive", **how)[0].std(-1) for how in (noisy, even)]
    assert np.std(sizes[0]) > 10 * np.std(sizes[1])


def test_the_spikes_of_a_read_are_counted():
    keys, values, cues = task([0, 1], n=2, d=40, d_v=30)
    found = memory.recalled("delta", keys, values, cues, [0, 1], Circuit(background=0.0), asking=memory.regular)
    assert_array_equal(
        found.values, answers("delta", keys, values, cues, [0, 1], Circuit(background=0.0), asking=memory.regular)
    )
    assert_array_equal(found.spikes[:, 0], 4 * 20)
    assert (found.spikes[:, 1] > 30).all()


def test_inhibition_that_feeds_forward_gives_back_what_dales_law_takes():
    rngs = [np.random.default_rng(seed) for seed in range(3)]
    keys = np.stack([(rng.random((5, CELLS)).argsort(-1) < CELLS // 2).astype(float) for rng in rngs])  # dense
    values = task(range(3), n=5)[1]
    signed, dale, repaired = (
        own(correlations(answers(rule, keys, values, keys, range(3), read="drive"), values))
        for rule in ("delta", "delta+dale", memory.inhibited(as_rule("delta")))
    )
    assert dale < signed - 0.05
    assert_allclose(repaired, signed, atol=0.005)


# What a rule is decides how it is taught.


def test_any_rule_that_hears_pre_and_post_can_be_tried():
    keys, values, cues = task([0], n=2, d=40, d_v=30)
    for rule in ("gla_pre", "gated_rfa", "longhorn", "oja", "oja_net", "delta+dale", "vanilla+soft_bound"):
        assert own(correlations(answers(rule, keys, values, cues, [0], read="drive"), values)) > 0.7, rule


def test_the_modulator_comes_with_the_teacher_or_after_it():
    circuit = Circuit()
    assert_array_equal(memory.modulating(as_rule("delta"), circuit), memory.teaching(circuit))
    late = memory.modulating(as_rule("three_factor"), circuit)
    assert_array_equal(late.nonzero()[0], np.arange(190, 200))


def test_time_is_scaled_from_items_to_seconds():
    timed = memory.timed(as_rule("retnet"), 1e5, Circuit())
    assert_allclose([timed.eta, timed.tau], [1 / (0.16 * 1e5), 64 * 0.2])
    bounded = memory.timed(as_rule("delta+hard_bound"), 1e5, Circuit())
    assert_allclose(bounded.rule.eta, 1 / (0.08 * 1e5))


def test_membrane_noise_has_the_stated_size():
    circuit = Circuit(rheobase=1e-9)
    cells = memory.value_cells(as_rule("vanilla"), np.zeros((1, 1, 400)), circuit)
    alone = spiking.Circuit({"value": cells}, {}, [spiking.Phase(0.2)], circuit.dt)
    v = spiking.simulate(alone, [0], {"v": spiking.Trace("value", "v", 0.001)})["v"]
    assert_allclose(np.std(v[:, -1]), circuit.noise, rtol=0.15)


# Whatever simulates it.


@pytest.mark.parametrize("rule", [*RULES, "gated_delta", "delta+dale", "delta+stochastic"])
def test_engines_give_the_same_answers(rule):
    shown = task([0, 1], n=2, d=40, d_v=20)
    here, there = (answers(rule, *shown, [3, 4], engine=engine) for engine in ("brian2", "torch"))
    assert_allclose(here, there, atol=1e-12)


def test_finer_steps_recall_as_well():
    seeds = range(10)
    shown = task(seeds, n=3)
    coarse, fine = (
        own(correlations(answers("delta", *shown, seeds, Circuit(dt=dt), engine="torch"), shown[1])).mean()
        for dt in (1e-3, 1e-4)
    )
    assert abs(coarse - fine) < 0.03  # of 60 cells; of 500 the test below


# What is refused.


def refused(match, rule="delta", circuit=None, read="spikes", seeds=(0,), **arrays):
    shown = dict(zip(("keys", "values", "cues"), task([0], n=2, d=20, d_v=5), strict=True)) | arrays
    with pytest.raises(InputError, match=match):
        answers(rule, **shown, seeds=seeds, circuit=circuit or Circuit(), read=read)


def test_bad_arrays_are_refused():
    keys, values, _ = task([0], n=2, d=20, d_v=5)
    refused("keys have shape .2, 20.; give .seeds, items, cells.", keys=keys[0])
    refused("values have shape .1, 0, 5.", values=values[:, :0])
    refused("do not fit; give", values=values[:, :1])
    refused("do not fit; give", cues=keys[..., :10])
    refused("there are 2 seeds", seeds=(0, 1))
    refused("values run from 0.* to 2", values=np.where(values == values.max(), 2, values))
    refused("keys run from -1 to 0.5; give entries from 0 to 1", keys=0.5 - 1.5 * keys)
    refused("cues run from nan", cues=np.full_like(keys, np.nan))


def test_keys_of_different_sizes_are_refused():
    keys, _, _ = task([0], n=2, d=20, d_v=5)
    keys[0, 0, :] = 1
    refused("give every key the same number", keys=keys)


def test_bad_seeds_and_reads_are_refused():
    refused("give whole numbers", seeds=[-1])
    refused("give whole numbers", seeds=[0.5])
    refused("read is 'voltage'; give one of 'spikes', 'drive'", read="voltage")


@pytest.mark.parametrize(
    ("parameters", "match"),
    [
        ({"dt": 0.005}, "too coarse for cells that fire at 100 Hz; give at most 0.0025"),
        ({"dt": 3e-4}, "not a whole number of steps"),
        ({"item": 0.04}, "leaves no time"),
        ({"tau_m": 0.0}, "tau_m of the circuit is 0.0; give a value above 0"),
        ({"release": 1.5}, "release of the circuit is 1.5; give a probability above 0, at most 1"),
    ],
)
def test_a_circuit_that_cannot_be_simulated_is_refused(parameters, match):
    with pytest.raises(InputError, match=match):
        Circuit(**parameters)


def test_firing_that_is_none_is_refused():
    def as_numbers(rates, rng, dt):
        return rates * dt

    with pytest.raises(InputError, match=r"gave float64 of shape .400, 20.; give whether each cell fires"):
        answers("delta", *task([0], n=2, d=20, d_v=5), [0], writing=as_numbers)


def test_inhibition_of_nothing_is_refused():
    with pytest.raises(InputError, match="w_0 is 0; give a weight above 0"):
        memory.inhibited(as_rule("delta"), 0)


def test_rules_that_cannot_store_pairs_are_refused():
    refused("tsodyks_markram does not hear post", rule="tsodyks_markram")
    refused("divisive normaliser", rule="linear_transformer")
