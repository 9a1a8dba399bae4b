"""Seeds that are trained together find what they find alone, and each goes on from where it is."""

import pytest
import torch
from torch.testing import assert_close

from plastic import InputError
from plastic.slow import PROGRAMMERS, Network
from plastic.slow.reinforcement import ActorCritic
from plastic.slow.task import task
from plastic.slow.together import Together
from plastic.slow.training import Plan, Training

PLAN = Plan(steps=6, batch=8, every=2, warm_up=1, held_out=12, solved=1.0)
CASES = {
    "feedforward": ("parity", {"length": 5}, "delta", {"layers": 1}),
    "recurrent": ("parity", {"length": 5}, "delta", {"layers": 1}),
    "ba_2016": ("associative_retrieval", {"pairs": 2}, None, {}),
    "hebb_ff": ("continual_familiarity", {"bits": 4, "items": 6}, None, {}),
    "backpropamine": ("parity", {"length": 5}, None, {}),
}


def trainings(name, folder=None, plan=PLAN, seeds=3):
    of, sizes, rule, options = CASES[name]

    def network(made):
        return Network(made.inputs, made.outputs, PROGRAMMERS[name](6, rule, **options), made.tokens)

    file = (lambda seed: None) if folder is None else (lambda seed: folder / f"{seed}.npz")
    return [Training(task(of, sizes), network, plan, seed, file=file(seed)) for seed in range(seeds)]


def to_the_end(runs):
    group = Together(runs)
    while not group.over:
        group.advance()
    return runs


def alone(runs):
    for run in runs:
        while run.over is None:
            run.advance()
    return runs


def assert_same(one, other):
    for a, b in zip(one, other, strict=True):
        assert [row["step"] for row in a.history] == [row["step"] for row in b.history]
        assert_close(dict(a.network.named_parameters()), dict(b.network.named_parameters()), rtol=1e-6, atol=1e-8)
        assert_close([row["loss"] for row in a.history], [row["loss"] for row in b.history], rtol=1e-6, atol=0)


@pytest.mark.parametrize("name", CASES)
def test_seeds_find_together_what_they_find_alone(name):
    assert_same(to_the_end(trainings(name)), alone(trainings(name)))


def test_what_began_together_goes_on_alone_and_back(tmp_path):
    Together(trainings("feedforward", tmp_path)).advance()
    trainings("feedforward", tmp_path)[1].advance()
    runs = trainings("feedforward", tmp_path)
    assert [run.step for run in runs] == [2, 4, 2]
    assert_same(to_the_end(runs), alone(trainings("feedforward")))


def test_a_seed_that_is_over_leaves_the_others_to_go_on():
    runs = trainings("feedforward", plan=Plan(steps=300, batch=32, every=50, warm_up=5, held_out=64, solved=0.95))
    to_the_end(runs)
    assert {run.over for run in runs} <= {"solved", "all steps are done"}
    assert len({run.step for run in runs}) > 1


def test_seeds_at_different_stages_of_a_curriculum_go_on():
    runs = trainings("feedforward", seeds=2)
    runs[1].task = task("parity", {"length": 7})
    runs[1].held_out = runs[1].drawn_held_out()
    assert [run.step for run in to_the_end(runs)] == [6, 6]


def test_networks_that_cannot_be_stacked_are_refused():
    made = task("parity", {"length": 5})

    def network(name, **options):
        return lambda made: Network(made.inputs, made.outputs, PROGRAMMERS[name](6, None, **options), made.tokens)

    for build in (network("lstm"), network("masse_2019")):
        with pytest.raises(InputError, match=r"cannot be trained together \(.*\); leave --together out"):
            Together([Training(made, build, PLAN, seed) for seed in range(2)])
    with pytest.raises(InputError, match="whose rates cost something cannot be trained together"):
        Together([Training(made, network("masse_2019", noise=0.0), PLAN, seed) for seed in range(2)])


def test_training_by_reward_is_refused():
    made = task("target_discovery")

    def network(made):
        return Network(made.inputs, made.outputs + 1, PROGRAMMERS["rnn"](4), made.tokens)

    with pytest.raises(InputError, match="target_discovery is trained by reward, one seed at a time"):
        Together([ActorCritic(made, network, PLAN)])


def test_mixed_precision_is_that_of_each_alone():
    plan = Plan(steps=2, batch=8, every=2, warm_up=1, held_out=12, precision="bfloat16")
    together, one = to_the_end(trainings("feedforward", plan=plan)), alone(trainings("feedforward", plan=plan))
    assert_close(
        [run.history[-1]["loss"] for run in together], [run.history[-1]["loss"] for run in one], rtol=0.02, atol=0
    )
    assert torch.get_autocast_dtype("cpu") == torch.bfloat16
