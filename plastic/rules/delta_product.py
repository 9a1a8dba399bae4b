"""Several delta steps a write: DeltaProduct."""

from dataclasses import dataclass

from plastic.rule import InputError
from plastic.rules.delta import Delta


@dataclass(frozen=True)
class DeltaProduct(Delta):
    """Write several errors, one after another, before each read."""

    cite = "Siems et al. (2025), arXiv:2502.10297"
    row = None
    biology = "replay: several gamma cycles in one theta cycle, each with a key of its own (our reading)"
    steps: int = 2

    def __post_init__(self):
        super().__post_init__()
        if isinstance(self.steps, (int, float)) and (self.steps < 1 or self.steps != int(self.steps)):
            raise InputError(f"steps of {self.name} is {self.steps}; give a whole number of at least 1")

    @property
    def writes(self):
        return self.steps
