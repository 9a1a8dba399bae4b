"""Networks learn from rewards alone, and a training that was cut goes on to the same bits."""

from dataclasses import dataclass, replace

import pytest
import torch

from plastic import InputError
from plastic.slow import runs
from plastic.slow.environment import Environment
from plastic.slow.network import Network
from plastic.slow.programmer import PROGRAMMERS
from plastic.slow.reinforcement import ENTROPY, VALUE, ActorCritic, Played, loss, returns
from plastic.slow.task import Batch, numbers, size, task
from plastic.slow.training import Plan, Training

PLAN = Plan(steps=90, batch=32, rate=2e-2, warm_up=5, every=30, held_out=200, decay=0.0)


@dataclass(frozen=True)
class Guess(Environment):
    """One answer is right throughout an episode; nothing but the first outcome tells which."""

    length: int = size(4)
    inputs, outputs, chance = 3, 2, 0.5

    def batch(self, size, generator):
        return Batch(torch.zeros(size, self.length, 3), numbers(generator, 2, size, 1).expand(-1, self.length).clone())


def network(made):
    return Network(made.inputs, made.outputs + 1, PROGRAMMERS["rnn"](16), tokens=False)


def training(file=None, plan=PLAN, **sizes):
    return ActorCritic(Guess(**sizes), network, plan, file=file)


def trained(run):
    while run.over is None:
        run.advance()
    return run


def test_network_learns_from_outcomes_what_no_input_tells():
    assert trained(training()).history[-1]["accuracy"] == pytest.approx((0.5 + 3) / 4, abs=0.05)


def test_returns_are_discounted_sums_of_later_rewards():
    found = returns(torch.tensor([[1.0, 0, 2], [0, 4, 0]]), 0.5)
    torch.testing.assert_close(found, torch.tensor([[1.5, 1, 2], [2, 4, 0]]))


def test_loss_is_that_of_actor_and_critic_where_something_is_asked():
    outputs = torch.tensor([[[1.0, 0.0, 0.3], [9.0, 9.0, 9.0], [0.0, 0.0, 0.5]]], requires_grad=True)
    played = Played(outputs, torch.tensor([[0, 1, 1]]), torch.tensor([[0.0, 0, 1]]))
    found = loss(played, torch.tensor([[True, False, True]]), discount=0.9)
    first, last = outputs[0, 0, :2].softmax(0), outputs[0, 2, :2].softmax(0)
    error, entropy = (0.81 - 0.3, 1 - 0.5), [-(p * p.log()).sum() for p in (first, last)]
    expected = -error[0] * first[0].log() - error[1] * last[1].log()
    expected = expected + VALUE * (error[0] ** 2 + error[1] ** 2) - ENTROPY * sum(entropy)
    torch.testing.assert_close(found, expected)
    found.backward()
    torch.testing.assert_close(outputs.grad[0, :, 2], torch.tensor([-2 * VALUE * 0.51, 0, -2 * VALUE * 0.5]))


def test_answers_are_drawn_in_training_and_the_likeliest_when_held_out():
    run = training()
    scores = torch.tensor([[0.0, 1.0]]).expand(1000, 2)
    drawn = run.chosen(scores).double().mean()
    assert abs(drawn - torch.tensor([0.0, 1.0]).softmax(0)[1]) < 0.06
    run.network.eval()
    assert run.chosen(scores).double().mean() == 1


def test_training_taken_up_again_gives_the_same_bits(tmp_path):
    whole = trained(training(tmp_path / "whole.npz"))
    training(tmp_path / "parts.npz").advance()
    parts = trained(training(tmp_path / "parts.npz"))
    assert parts.history == whole.history
    for name, weight in whole.network.state_dict().items():
        assert torch.equal(parts.network.state_dict()[name], weight)


def test_checkpoint_of_another_discount_is_refused(tmp_path):
    training(tmp_path / "a.npz").advance()
    with pytest.raises(InputError, match=r"is of sizes discount 0\.9, not 0\.5"):
        training(tmp_path / "a.npz", discount=0.5)


@pytest.mark.parametrize("programmer", ["backpropamine", "rnn", "lstm", "recurrent", "transformer"])
def test_every_kind_of_programmer_can_be_trained_by_reward(tmp_path, programmer):
    plan = replace(PLAN, steps=1, warm_up=0, batch=4, held_out=4)
    found = runs.run("target_discovery", tmp_path, programmer, width=8, sizes={"trials": 2}, plan=plan)
    assert 0 <= found["rows"][0]["accuracy"] <= 1
    assert found["rows"][0]["chance"] == 0.5


def test_loss_of_mixed_precision_is_in_single():
    torch.set_default_dtype(torch.float32)
    try:
        run, seen = training(plan=replace(PLAN, precision="bfloat16")), []
        run.network.asked.register_forward_hook(lambda module, x, output: seen.append(output.dtype))
        assert run.train_step(0).dtype == torch.float32
    finally:
        torch.set_default_dtype(torch.float64)
    assert set(seen) == {torch.bfloat16}


def test_environments_are_trained_by_reward_and_tasks_by_right_answers():
    assert runs.kind(task("target_discovery")) is ActorCritic
    assert runs.kind(task("reversal")) is Training
