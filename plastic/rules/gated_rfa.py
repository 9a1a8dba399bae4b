"""A gated average of associations: Gated RFA."""

from dataclasses import dataclass

from plastic.rule import Flow, PlasticityRule, hertz


@dataclass(frozen=True)
class GatedRFA(PlasticityRule):
    """Relax towards the present association as fast as the gate forgets the past."""

    cite = "Peng et al. (2021), arXiv:2103.02143"
    row = "Gated RFA"
    biology = "turnover: what replaces a lost receptor follows present activity (our reading)"
    r_0: float = hertz(1.0)

    def flow(self, s):
        association = (s.post / self.r_0) * (s.pre / self.r_0)
        return {"w": Flow(write=s.forget(s.gate) * association, leak=s.gate)}

    def objective(self, s):
        association = (s.post / self.r_0) * (s.pred / self.r_0)
        return s.forget(s.gate) * (s.w**2 / 2 - association)
