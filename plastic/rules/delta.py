"""The delta rule: DeltaNet."""

from dataclasses import dataclass
from typing import ClassVar

from plastic.rule import Flow, PlasticityRule, seconds


@dataclass(frozen=True)
class Delta(PlasticityRule):
    """Write the error of the synapses' own prediction."""

    cite = (
        "Widrow & Hoff (1960), IRE WESCON Convention Record 4:96; Schlag, Irie & Schmidhuber (2021), arXiv:2102.11174"
    )
    row: ClassVar[str | None] = "DeltaNet"
    biology = "a calcium threshold set by recent activity, below which plasticity reverses sign"
    eta: float = seconds(1.0)

    def flow(self, s):
        dose = self.eta * s.mod * s.pre
        return {"w": Flow(write=dose * s.post, erase=dose)}

    def objective(self, s):
        return self.eta * s.mod * (s.post - s.pred) ** 2 / 2
