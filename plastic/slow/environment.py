"""What an environment is: a task that tells no right answer, but rewards it, and shows what came of the last one."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from plastic.slow.task import IGNORED, Batch, Task, share


@dataclass(frozen=True)
class Environment(Task):
    """A task of episodes. What it draws, as a `Batch`: x, what is shown whatever is answered; y, what is rewarded.

    An episode begins with x[:, 0] and goes on by `act`. The last inputs of a step, outputs + 1 of them, are 0 in x:
    there it is told which answer was given at the step before, and its reward. discount: of a reward, a step.
    """

    tokens = False
    discount: float = share(0.9)

    def act(self, batch: Batch, step: int, actions: Tensor) -> tuple[Tensor, Tensor]:
        """Answers [B] at a step -> what is shown at the next [B, inputs], and the reward [B].

        The reward is 1 for the right answer, else 0; where nothing is asked, nothing comes of an answer. What follows
        the last step shows its outcome alone.
        """
        x, y = batch
        reward = (actions == y[:, step]).to(x.dtype)
        answered = one_hot(actions, self.outputs) * (y[:, step] != IGNORED)[:, None]
        outcome = torch.cat([answered, reward[:, None]], 1)
        shown = x[:, step + 1] if step + 1 < x.shape[1] else torch.zeros_like(x[:, step])
        return torch.cat([shown[:, : -outcome.shape[1]], outcome], 1), reward
