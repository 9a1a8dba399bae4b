"""Hebb's rule: the vanilla fast weight programmer, linear attention."""

from dataclasses import dataclass

from plastic.rule import Flow, PlasticityRule, seconds


@dataclass(frozen=True)
class Vanilla(PlasticityRule):
    """Neurons that are active together strengthen their synapse."""

    cite = "Hebb (1949), The Organization of Behavior; Schmidhuber (1992), Neural Computation 4:131"
    row = "Vanilla FWP"
    biology = "fast AMPA potentiation by presynaptic activity and postsynaptic calcium"
    eta: float = seconds(1.0)

    def flow(self, s):
        return {"w": Flow(write=self.eta * s.post * s.pre)}

    def objective(self, s):
        return -self.eta * s.post * s.pred
