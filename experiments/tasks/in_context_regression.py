"""Points and their values under an unknown linear map, then points whose values are asked."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from plastic.slow.task import Batch, Task, gaussian, size, strength


@dataclass(frozen=True)
class InContextRegression(Task):
    """y = w'x + noise for a new w in every sequence; first with their y, then points alone, whose w'x is asked.

    x: (x1, y1)  (x2, y2)  (x3, 0)
    y:                     w'x3

    x and w are Gaussian, w of variance 1 / dimensions, so that w'x has variance 1. Without noise least squares is
    right from as many points as dimensions on; of fewer, its answer of least norm explains points / dimensions.
    """

    cite = "Garg et al. (2022), arXiv:2208.01066; von Oswald et al. (2023), arXiv:2212.07677"
    tokens = False
    dimensions: int = size(8)
    points: int = size(16)
    asked: int = size(4)
    noise: float = strength(0.0)

    inputs = property(lambda self: self.dimensions + 1)
    outputs = 1
    chance = 0.0

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        x = gaussian(generator, size, self.points + self.asked, self.dimensions)
        w = gaussian(generator, size, self.dimensions, 1) / self.dimensions**0.5
        told = x @ w + self.noise * gaussian(generator, size, self.points + self.asked, 1)
        told[:, self.points :] = 0
        y = x @ w
        y[:, : self.points] = torch.nan
        return Batch(torch.cat([x, told], -1), y)
