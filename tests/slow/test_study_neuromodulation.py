"""The study of neuromodulation compares seed by seed, over all of training."""

from dataclasses import replace

from experiments.studies.neuromodulation import claims, conditions, measure
from plastic.slow import study


def rows(**shares):
    return [
        {"condition": name, "seed": seed, "rewarded": share}
        for name, found in shares.items()
        for seed, share in enumerate(found)
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


def test_reward_is_that_over_all_evaluations():
    plan = replace(conditions(False)["rnn"].plan, steps=2, warm_up=0, held_out=2, every=1)
    condition = replace(conditions(False)["rnn"], width=4, sizes={"trials": 3}, plan=plan)
    training = study.prepared(study.Job("neuromodulation", "rnn", condition, 0))
    one, two = (training.advance()["accuracy"] for _ in range(2))
    assert measure("rnn", training) == {"rewarded": (one + two) / 2, "step 1": one, "step 2": two}
