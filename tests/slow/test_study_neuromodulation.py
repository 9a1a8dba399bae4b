"""The study of neuromodulation compares seed by seed, and measures an episode trial by trial."""

from dataclasses import replace

from experiments.studies.neuromodulation import claims, conditions, measure
from plastic.slow import study


def rows(**accuracies):
    return [
        {"condition": name, "seed": seed, "accuracy": accuracy}
        for name, found in accuracies.items()
        for seed, accuracy in enumerate(found)
    ]


def test_claims_hold_where_every_seed_is_better_and_fail_where_seeds_disagree():
    low, high, mixed = [0.5, 0.49, 0.51, 0.52, 0.48], [0.95] * 5, [0.95, 0.4, 0.95, 0.3, 0.4]
    found = claims(rows(retroactive=mixed, simple=high, none=low, rnn=low))
    assert [claim.holds for claim in found] == [False, False, True, True]
    assert "p = 0.031" in found[-1].found


def test_networks_differ_in_their_plasticity_alone():
    for full in (False, True):
        every = conditions(full).values()
        assert len({str((c.task, c.width, c.sizes, c.plan, c.seeds)) for c in every}) == 1


def test_trials_of_an_episode_are_measured_one_by_one():
    plan = replace(conditions(False)["rnn"].plan, steps=1, warm_up=0, held_out=2)
    condition = replace(conditions(False)["rnn"], width=4, sizes={"trials": 3}, plan=plan)
    training = study.prepared(study.Job("neuromodulation", "rnn", condition, 0))
    found = measure("rnn", training)
    assert list(found) == ["trial 1", "trial 2", "trial 3"]
    assert all(0.3 < share < 0.7 for share in found.values())  # untrained
