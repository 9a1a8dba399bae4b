"""Hebb's rule with passive decay: RetNet."""

from dataclasses import dataclass

from plastic.rule import Flow, PlasticityRule, seconds, time_constant


@dataclass(frozen=True)
class RetNet(PlasticityRule):
    """Hebbian growth that fades with one time constant."""

    cite = "Sun et al. (2023), arXiv:2307.08621"
    row = "RetNet"
    biology = "passive decay: receptor turnover and diffusion, kinase noise, homeostasis"
    eta: float = seconds(1.0)
    tau: float = time_constant(64.0)

    def flow(self, s):
        return {"w": Flow(write=self.eta * s.post * s.pre, leak=1 / self.tau)}

    def objective(self, s):
        return -self.eta * s.post * s.pred + s.forget(1 / self.tau) * s.w**2 / 2
