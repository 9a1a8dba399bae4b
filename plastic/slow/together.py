"""Several seeds as one: their networks go through their batches side by side, in a single call of each operation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor
from torch.func import functional_call, vmap

from plastic.rule import InputError
from plastic.slow.training import Score, Training, score, total


class Together:
    """Trainings of one plan, a seed each, advanced at once; each keeps its own weights, optimiser and checkpoint.

    So a seed may go on alone where it stopped together with others, and the other way round. Small networks are faster
    so: what an operation costs whatever its size is paid once for all seeds. Errors: InputError for networks that
    cannot be stacked, such as those that draw noise of their own, and torch's LSTM.
    """

    def __init__(self, trainings: Sequence[Training]) -> None:
        self.trainings = trainings
        for training in trainings:
            if type(training) is not Training:
                raise InputError(f"{training.task.name} is trained by reward, one seed at a time; leave --together out")
        self.check()

    @property
    def over(self) -> bool:
        """Whether every training is."""
        return all(training.over is not None for training in self.trainings)

    def advance(self) -> list[Training]:
        """Train those that are furthest behind, and whose sequences are equally long, up to their next evaluation."""
        left = [training for training in self.trainings if training.over is None]
        first = min(left, key=lambda training: training.step)
        group = [training for training in left if place(training) == place(first)]
        if len(group) == 1:
            first.advance()
            return group
        losses = list(zip(*(self.train_step(group, step) for step in first.ahead), strict=True))
        for training, of_each, found in zip(group, losses, evaluated(group), strict=True):
            training.concluded(of_each, found)
        return group

    def train_step(self, group: Sequence[Training], step: int) -> list[Tensor]:
        """One step of every optimiser; the losses."""
        batches = [training.drawn() for training in group]
        for training in group:
            training.network.train()
            training.optimiser.zero_grad()
        found = outputs(group, [batch.x for batch in batches])
        losses = [
            score(output, batch.y.to(output.device)).mean_loss for output, batch in zip(found, batches, strict=True)
        ]
        torch.stack(losses).sum().backward()
        for training in group:
            training.descend(step)
        return [loss.detach() for loss in losses]

    def check(self) -> None:
        """Refuse networks that cannot be stacked, before any work."""
        first = self.trainings[0]
        first.network.train()
        try:
            with torch.no_grad():
                outputs([first, first], [first.held_out[0].x] * 2)  # others may have longer sequences
        except RuntimeError as error:
            raise InputError(
                f"these networks cannot be trained together ({str(error).splitlines()[0][:80]}); leave --together out"
            ) from None
        if any(hasattr(part, "spent") for part in self.trainings[0].network.modules()):
            raise InputError("networks whose rates cost something cannot be trained together; leave --together out")


def place(training: Training) -> tuple[int, torch.Size]:
    """What trainings must share to be advanced at once: how far they are, and the shape of their sequences."""
    return training.step, training.held_out[0].x.shape


@torch.no_grad()
def evaluated(group: Sequence[Training]) -> list[Score]:
    """The score of each on the sequences it holds out."""
    for training in group:
        training.network.eval()
    parts = [scores(group, place) for place in range(len(group[0].held_out))]
    return [total(of_one) for of_one in zip(*parts, strict=True)]


def scores(group: Sequence[Training], part: int) -> Iterator[Score]:
    """Of one part of what each holds out."""
    batches = [training.held_out[part] for training in group]
    for output, batch in zip(outputs(group, [batch.x for batch in batches]), batches, strict=True):
        yield score(output, batch.y.to(output.device))


def outputs(group: Sequence[Training], xs: Sequence[Tensor]) -> Tensor:
    """What each network answers to its own sequences, [seeds, B, T, outputs]."""
    networks = [training.network for training in group]
    weights = [dict(network.named_parameters()) | dict(network.named_buffers()) for network in networks]
    stacked = {name: torch.stack([own[name] for own in weights]) for name in weights[0]}
    device, half = group[0].device, group[0].plan.precision == "bfloat16"

    def answers(weights: dict[str, Tensor], x: Tensor) -> Tensor:
        return functional_call(networks[0], weights, (x,))

    with torch.autocast(device.type, torch.bfloat16, enabled=half):
        return vmap(answers)(stacked, torch.stack(list(xs)).to(device))
