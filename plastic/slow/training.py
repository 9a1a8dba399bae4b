"""Training by gradient: one loop for every task and network, which goes on after a kill as if there had been none."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from plastic.memory import codes
from plastic.rule import InputError
from plastic.slow import checkpoints
from plastic.slow.task import IGNORED, Batch, Task

Row = dict[str, Any]

PRECISIONS = ("float32", "bfloat16")


@dataclass(frozen=True)
class Plan:
    """How to train: AdamW, its learning rate warmed up and then lowered by a cosine, gradients clipped in norm.

    steps: at most. batch: sequences a step. rate: the highest learning rate. warm_up: steps in which it is reached, and
    in which what a network costs beside its loss comes to its full weight. decay: of weights. clip: the largest norm of
    a gradient. every: steps between two evaluations, each of which is followed by a checkpoint.
    held_out: sequences of an evaluation. solved: accuracy at which training ends, or a curriculum goes on. patience:
    evaluations without a lower loss after which training ends. precision: of activations; bfloat16 is mixed precision.
    """

    steps: int = 5000
    batch: int = 64
    rate: float = 3e-3
    warm_up: int = 100
    decay: float = 0.01
    clip: float = 1.0
    every: int = 100
    held_out: int = 512
    solved: float = 0.999
    patience: int = 50
    precision: str = "float32"

    def __post_init__(self) -> None:
        for name in ("steps", "batch", "every", "held_out", "patience"):
            if getattr(self, name) < 1:
                raise InputError(f"{name} is {getattr(self, name)}; give a whole number of at least 1")
        for name in ("rate", "clip"):
            if not 0 < getattr(self, name) < math.inf:
                raise InputError(f"{name} is {getattr(self, name):g}; give a number above 0")
        if not 0 <= self.warm_up < self.steps:
            raise InputError(f"warm_up is {self.warm_up}; give 0 or more, and fewer than steps ({self.steps})")
        if not 0 <= self.decay < 1:
            raise InputError(f"decay is {self.decay:g}; give a number from 0 to below 1")
        if not 0 < self.solved <= 1:
            raise InputError(f"solved is {self.solved:g}; give an accuracy above 0, at most 1")
        if self.precision not in PRECISIONS:
            raise InputError(f"precision is {self.precision!r}; choose from {', '.join(PRECISIONS)}")

    def rate_at(self, step: int) -> float:
        """The learning rate of a step, from 0."""
        if step < self.warm_up:
            return self.rate * (step + 1) / self.warm_up
        return self.rate * (1 + math.cos(math.pi * (step - self.warm_up) / (self.steps - self.warm_up))) / 2

    def warmth_at(self, step: int) -> float:
        """How far the warm-up has come, up to 1."""
        return min(1.0, (step + 1) / max(self.warm_up, 1))


class Score(NamedTuple):
    """Sums over all that was asked: of the loss; of the answers; of what was right of how much.

    Labels: cross-entropy, and right answers of all. Numbers: squared error, and what is explained of the square.
    """

    loss: Tensor
    answers: Tensor
    right: Tensor
    of: Tensor

    @property
    def mean_loss(self) -> Tensor:
        return self.loss / self.answers

    @property
    def accuracy(self) -> Tensor:
        return self.right / self.of


def score(output: Tensor, y: Tensor) -> Score:
    """How good outputs [B, T, outputs] are, in single precision at least; y as in `Batch`."""
    output = output.to(torch.promote_types(output.dtype, torch.float32))
    if y.is_floating_point():
        asked = ~y.isnan()
        wanted, error = y[asked], (output[asked] - y[asked]).square().sum()
        return Score(error, asked.sum(), wanted.square().sum() - error.detach(), wanted.square().sum())
    asked = y != IGNORED
    wanted, answers = y[asked], output[asked]
    right = (answers.argmax(-1) == wanted).sum()
    return Score(cross_entropy(answers, wanted, reduction="sum"), asked.sum(), right, asked.sum())


def total(parts: Sequence[Score]) -> Score:
    """The score of several batches."""
    return Score(*(torch.stack(sums).sum() for sums in zip(*parts, strict=True)))


class Training:
    """One seed's training of a network on a task, taken up again where its checkpoint lies.

    make: builds the network for the task, x -> [B, T, outputs]. file: of the checkpoint; none is kept without it.
    about: what else decides the result, such as the names of programmer and rule. On a CPU, training that was killed
    and taken up again gives the same bits as training that was not. A kill costs the steps since the last evaluation.
    Early stopping ends training; it does not bring earlier weights back.
    Errors: InputError for a checkpoint that is damaged or of something else.
    """

    def __init__(
        self,
        task: Task,
        make: Callable[[Task], nn.Module],
        plan: Plan,
        seed: int = 0,
        device: str = "cpu",
        file: Path | None = None,
        about: Mapping[str, Any] | None = None,
    ) -> None:
        self.task, self.plan, self.seed, self.device, self.file = task, plan, seed, torch.device(device), file
        self.of = {"task": task.name} | dict(about or {}) | {"sizes": asdict(task), "plan": asdict(plan), "seed": seed}
        self.draws, self.evaluations = generator(seed, "batches"), generator(seed, "held out")
        self.noise = generator(seed, "network").get_state()
        self.history: list[Row] = []
        self.stage = 0
        with self.own_noise():
            self.network = make(task).to(self.device)
        self.optimiser = torch.optim.AdamW(self.network.parameters(), lr=plan.rate, weight_decay=plan.decay)
        self.held_out = self.drawn_held_out()
        if file is not None and file.exists():
            self.restore(file)

    @property
    def step(self) -> int:
        """Steps done."""
        return self.history[-1]["step"] if self.history else 0

    @property
    def over(self) -> str | None:
        """Why training is over, or None if it goes on."""
        if not self.history:
            return None
        last = self.history[-1]
        if last["loss"] is None:
            return "the loss is not finite"
        if last["stage"] == self.stage and last["accuracy"] >= self.plan.solved:
            return "solved"
        if self.step >= self.plan.steps:
            return "all steps are done"
        losses = [row["loss"] for row in self.history if row["stage"] == self.stage]
        if losses and len(losses) - 1 - losses.index(min(losses)) >= self.plan.patience:
            return "the loss falls no more"
        return None

    def advance(self) -> Row:
        """Train up to the next evaluation, and keep what has come of it.

        Returns step, stage of the curriculum, training_loss (mean over these steps), loss and accuracy (held out); a
        loss that is not finite is None.
        """
        with self.own_noise():
            losses = [self.train_step(step) for step in self.ahead]
            found = self.evaluate()
        return self.concluded(losses, found)

    @property
    def ahead(self) -> range:
        """The steps up to the next evaluation."""
        return range(self.step, min(self.step + self.plan.every, self.plan.steps))

    def train_step(self, step: int) -> Tensor:
        """One step of the optimiser; its loss."""
        self.network.train()
        loss = self.scored(self.drawn()).mean_loss
        self.optimiser.zero_grad()
        (loss + self.plan.warmth_at(step) * spent(self.network)).backward()
        self.descend(step)
        return loss.detach()

    def drawn(self) -> Batch:
        """The next sequences to train on."""
        return self.task.batch(self.plan.batch, self.draws)

    def descend(self, step: int) -> None:
        """Follow the gradient, as far as the learning rate of this step goes."""
        for group in self.optimiser.param_groups:
            group["lr"] = self.plan.rate_at(step)
        nn.utils.clip_grad_norm_(self.network.parameters(), self.plan.clip)
        self.optimiser.step()

    @torch.no_grad()
    def evaluate(self) -> Score:
        """The score on the sequences that are held out."""
        self.network.eval()
        return total([self.scored(part) for part in self.held_out])

    def scored(self, batch: Batch) -> Score:
        """The network's score on a batch."""
        x, y = (a.to(self.device) for a in batch)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.plan.precision == "bfloat16"):
            output = self.network(x)
        return score(output, y)

    def concluded(self, losses: Sequence[Tensor], found: Score) -> Row:
        """What has come of the steps up to here, kept: the row of this evaluation."""
        row = {"step": self.ahead.stop, "stage": self.stage, "training_loss": finite(torch.stack(list(losses)).mean())}
        self.note(row | {"loss": finite(found.mean_loss), "accuracy": finite(found.accuracy)})
        self.save()
        return self.history[-1]

    def note(self, row: Row) -> None:
        """Go on from an evaluation: to the next stage where this one is solved."""
        self.history.append(row)
        harder = self.task.harder() if (row["accuracy"] or 0) >= self.plan.solved else None
        if harder is not None:
            self.task, self.stage = harder, self.stage + 1
            self.held_out = self.drawn_held_out()

    def drawn_held_out(self) -> Sequence[Batch]:
        """New sequences to evaluate on, in parts of the size of a batch."""
        x, y = self.task.batch(self.plan.held_out, self.evaluations)
        return [Batch(*part) for part in zip(x.split(self.plan.batch), y.split(self.plan.batch), strict=True)]

    @contextmanager
    def own_noise(self) -> Iterator[None]:
        """Random numbers that the network draws come from its own stream, whatever else runs in this process."""
        on_gpu = self.device.type == "cuda"
        with torch.random.fork_rng([self.device] if on_gpu else []):
            torch.set_rng_state(self.noise)
            if on_gpu:
                with torch.cuda.device(self.device):
                    torch.cuda.manual_seed(int(torch.randint(2**62, ())))
            yield
            self.noise = torch.get_rng_state()

    def save(self) -> None:
        """Keep all that it takes to go on."""
        if self.file is None:
            return
        moments = self.optimiser.state_dict()["state"]
        tensors = {f"network/{name}": tensor for name, tensor in self.network.state_dict().items()}
        tensors |= {f"optimiser/{i}/{name}": tensor for i, held in moments.items() for name, tensor in held.items()}
        tensors |= {"generator/batches": self.draws.get_state(), "generator/network": self.noise}
        checkpoints.save(self.file, self.of, {"history": self.history}, tensors)

    def restore(self, file: Path) -> None:
        """Go on from a checkpoint."""
        held, tensors = checkpoints.load(file, self.of)
        try:
            self.network.load_state_dict(under("network", tensors))
            state = moments_in(under("optimiser", tensors))
            self.optimiser.load_state_dict(self.optimiser.state_dict() | {"state": state})
            self.draws.set_state(tensors["generator/batches"])
            self.noise = tensors["generator/network"]
        except (RuntimeError, KeyError, ValueError) as error:
            reason = str(error).splitlines()[0]
            raise InputError(
                f"checkpoint {file} does not fit ({reason}); remove it, or give another --folder"
            ) from None
        for row in held["history"]:
            self.note(row)


def spent(network: nn.Module) -> Any:
    """What the network's last answers cost, beside their loss: the sum of what its parts have as `spent`."""
    return sum(part.spent for part in network.modules() if hasattr(part, "spent"))


def generator(seed: int, *path: Any) -> torch.Generator:
    """A stream of random numbers of its own for every seed and path."""
    return torch.Generator().manual_seed(int(codes.generator(seed, "training", *path).integers(2**62)))


def finite(number: Tensor) -> float | None:
    """The number, or None where it is not finite."""
    return float(number) if math.isfinite(number) else None


def under(folder: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Tensors whose name begins with a folder, by the rest of it."""
    return {name.removeprefix(f"{folder}/"): a for name, a in tensors.items() if name.startswith(f"{folder}/")}


def moments_in(tensors: Mapping[str, Tensor]) -> dict[int, dict[str, Tensor]]:
    """The state of an optimiser, {number of a parameter: {name: tensor}}, from "number/name"."""
    found: dict[int, dict[str, Tensor]] = {}
    for path, tensor in tensors.items():
        number, _, name = path.partition("/")
        found.setdefault(int(number), {})[name] = tensor
    return found
