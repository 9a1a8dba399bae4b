"""Training by reward: an actor that answers, a critic that foresees the reward, and the same loop around them."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.distributions import Categorical

from plastic.slow.environment import Environment
from plastic.slow.network import Network
from plastic.slow.task import IGNORED, Batch
from plastic.slow.training import Score, Training, score

VALUE = 0.1  # weight of the critic's squared error
ENTROPY = 0.1  # weight of the entropy of the answers, which keeps an actor from settling early


class Played(NamedTuple):
    """Episodes as they went: the network's outputs [B, T, actions + 1]; answers and rewards [B, T]."""

    outputs: Tensor
    actions: Tensor
    rewards: Tensor


class ActorCritic(Training):
    """Advantage actor-critic: the last of the network's outputs foresees the return, the others choose the answer.

    In training, answers are drawn from the softmax of the outputs, and the loss is the actor's and the critic's, summed
    over the steps at which something is asked. Episodes that are held out are answered by the largest output; their
    loss is the cross-entropy of the rewarded answers, and their accuracy the share of answers that are rewarded.
    Source: Mnih et al. (2016), ICML, arXiv:1602.01783.
    """

    task: Environment
    network: Network

    def scored(self, batch: Batch) -> Score:
        batch = Batch(*(a.to(self.device) for a in batch))
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.plan.precision == "bfloat16"):
            played = self.played(batch)
        found = score(played.outputs[..., :-1], batch.y)
        if not self.network.training:
            return found
        return found._replace(loss=loss(played, batch.y != IGNORED, self.task.discount))

    def played(self, batch: Batch) -> Played:
        """Episodes, answered step by step."""
        shown, state, steps = batch.x[:, :1], None, []
        for step in range(batch.x.shape[1]):
            output, state = self.network.go_on(shown, state)
            action = self.chosen(output[:, 0, :-1])
            following, reward = self.task.act(batch, step, action)
            shown = following[:, None]
            steps.append(Played(output[:, 0], action, reward))
        return Played(*(torch.stack(parts, 1) for parts in zip(*steps, strict=True)))

    @torch.no_grad()
    def chosen(self, scores: Tensor) -> Tensor:
        """Answers [B] from the actor's outputs [B, actions]."""
        if self.network.training:
            return scores.float().softmax(-1).multinomial(1)[:, 0]
        return scores.argmax(-1)


def loss(played: Played, asked: Tensor, discount: float) -> Tensor:
    """The loss of actor and critic, summed over what is asked, in single precision at least."""
    outputs = played.outputs.to(torch.promote_types(played.outputs.dtype, torch.float32))
    policy, value = Categorical(logits=outputs[..., :-1]), outputs[..., -1]
    error = returns(played.rewards, discount) - value
    actor = -error.detach() * policy.log_prob(played.actions)
    return (actor + VALUE * error.square() - ENTROPY * policy.entropy())[asked].sum()


def returns(rewards: Tensor, discount: float) -> Tensor:
    """Discounted sums of the rewards from each step on, [B, T]."""
    found = [rewards[:, -1]]
    for reward in reversed(rewards[:, :-1].unbind(1)):
        found.append(reward + discount * found[-1])
    return torch.stack(found[::-1], 1)
