"""Gated linear attention, one gate per postsynaptic neuron (the Primer's axis)."""

from dataclasses import dataclass
from typing import ClassVar

from plastic.rule import Axis, Flow, PlasticityRule, seconds


@dataclass(frozen=True)
class GLA(PlasticityRule):
    """Hebbian growth that fades at a rate of each postsynaptic neuron's own."""

    cite = "Yang et al. (2024), arXiv:2312.06635; rows decay, as in Irie & Gershman (2025), arXiv:2508.08435"
    row: ClassVar[str | None] = "GLA"
    biology = "one decay rate per postsynaptic neuron"
    gate_axis: ClassVar[Axis] = "post"
    eta: float = seconds(1.0)

    def flow(self, s):
        return {"w": Flow(write=self.eta * s.post * s.pre, leak=s.gate)}

    def objective(self, s):
        return -self.eta * s.post * s.pred + s.forget(s.gate) * s.w**2 / 2
