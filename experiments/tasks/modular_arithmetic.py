"""The value of a sum of products, modulo a small number."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from plastic.slow.task import Batch, Task, numbers, size, unasked

OPERATORS = ("+", "-", "×")


@dataclass(frozen=True)
class ModularArithmetic(Task):
    """An expression without brackets, in which products come before sums; its value is asked at the sign "=".

    x: 2 + 3 × 4 - 1 =      (operands 4, modulus 5)
    y:               3      (2 + 12 - 1 = 13)

    Tokens: the numbers below the modulus, then +, -, × and =. Once it is solved, operands grow by one up to `longest`
    (a curriculum).
    """

    cite = "Deletang et al. (2023), ICLR, arXiv:2207.02098: modular arithmetic, simple"
    operands: int = size(10)
    modulus: int = size(5, least=2)
    longest: int = size(1)

    @property
    def inputs(self) -> int:
        return self.modulus + len(OPERATORS) + 1

    @property
    def outputs(self) -> int:
        return self.modulus

    @property
    def chance(self) -> float:
        """How often the most frequent value comes: 0, as products are more often 0 than anything else."""
        return float(self.values().max())

    def values(self) -> Tensor:
        """How often each value comes, [modulus]: exact, from the law of (sum so far, last product)."""
        m = self.modulus
        each = torch.arange(m)
        joint = torch.zeros(m, m, dtype=torch.float64)  # [sum, product]
        joint[0] = 1 / m
        for _ in range(self.operands - 1):
            products = torch.zeros_like(joint)
            for number in range(m):
                products.index_add_(1, each * number % m, joint / m)
            sums = added(joint)[:, None].expand(m, m) / m  # the next product begins with any number
            joint = products / len(OPERATORS) + sums * (1 - 1 / len(OPERATORS))
        return added(joint)

    def harder(self) -> ModularArithmetic | None:
        return replace(self, operands=self.operands + 1) if self.operands < self.longest else None

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        operands = numbers(generator, self.modulus, size, self.operands)
        operators = numbers(generator, len(OPERATORS), size, self.operands - 1)
        x = torch.full((size, 2 * self.operands), self.modulus + len(OPERATORS))
        x[:, ::2] = operands
        x[:, 1:-1:2] = self.modulus + operators
        y = unasked(size, 2 * self.operands)
        y[:, -1] = value(operands, operators, self.modulus)
        return Batch(x, y)


def value(operands: Tensor, operators: Tensor, modulus: int) -> Tensor:
    """The value of each expression, [B]; operands [B, n], operators [B, n - 1]."""
    total, product = torch.zeros_like(operands[:, 0]), operands[:, 0]
    for operand, operator in zip(operands.T[1:], operators.T, strict=True):
        times = operator == OPERATORS.index("×")
        signed = torch.where(operator == OPERATORS.index("-"), -operand, operand)
        total = torch.where(times, total, total + product)
        product = torch.where(times, product * operand % modulus, signed)
    return (total + product) % modulus


def added(joint: Tensor) -> Tensor:
    """The law of the sum and the last product together, from their joint law [m, m]."""
    m = len(joint)
    total = torch.arange(m)[:, None] + torch.arange(m)
    return torch.zeros(m, dtype=joint.dtype).index_add_(0, (total % m).flatten(), joint.flatten())
