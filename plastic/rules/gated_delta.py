"""The gated delta rule as published: decay first, then the error."""

from dataclasses import dataclass

from plastic.rule import Flow, PlasticityRule, seconds


@dataclass(frozen=True)
class GatedDelta(PlasticityRule):
    """Forget at the gate's rate, then write the error of the synapses' own prediction."""

    cite = "Yang, Kautz & Hatamizadeh (2025), arXiv:2412.06464"
    biology = "active forgetting together with an error: a reset and a calcium threshold (our reading)"
    eta: float = seconds(1.0)

    def flow(self, s):
        dose = self.eta * s.mod * s.pre
        return {"w": Flow(write=dose * s.post, erase=dose, leak=s.gate)}

    def objective(self, s):
        left = s.keep(s.gate)
        return self.eta * s.mod * (s.post - left * s.pred) ** 2 / (2 * left) + s.forget(s.gate) * s.w**2 / 2
