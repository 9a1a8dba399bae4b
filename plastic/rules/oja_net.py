"""The delta rule run backwards: OjaNet."""

from dataclasses import dataclass

from plastic.rule import Flow, PlasticityRule, seconds


@dataclass(frozen=True)
class OjaNet(PlasticityRule):
    """Write what the targets of an input do not yet predict of it."""

    cite = "Oja (1982), J. Math. Biology 15:267; Irie, Faccio & Schmidhuber (2022), arXiv:2206.01649"
    row = "OjaNet"
    biology = "depression driven by postsynaptic activity through back-propagating spikes (our reading)"
    eta: float = seconds(1.0)

    def flow(self, s):
        dose = self.eta * s.mod * s.post
        return {"w": Flow(write=dose * s.pre, unwrite=dose)}

    def objective(self, s):
        return self.eta * s.mod * (s.back**2 / 2 - s.post * s.pred)
