"""The gated delta rule in the Primer's order: the error is that of the weights before they decay."""

from dataclasses import dataclass

from plastic.rule import Flow, PlasticityRule, seconds


@dataclass(frozen=True)
class GatedDeltaPrimer(PlasticityRule):
    """Write the error made before forgetting; diverges for eta |k|^2 > 1 + lambda."""

    cite = "Irie & Gershman (2025), arXiv:2508.08435, Table 1"
    row = "Gated DeltaNet"
    biology = "calcium threshold and decay, the threshold set before the decay (our reading)"
    eta: float = seconds(1.0)

    def flow(self, s):
        dose = self.eta * s.mod * s.pre
        return {"w": Flow(write=dose * s.post, erase=dose / s.keep(s.gate), leak=s.gate)}

    def objective(self, s):
        return self.eta * s.mod * (s.post - s.pred) ** 2 / 2 + s.forget(s.gate) * s.w**2 / 2
