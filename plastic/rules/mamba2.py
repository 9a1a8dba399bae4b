"""Hebb's rule with gated decay: Mamba2."""

from dataclasses import dataclass

from plastic.rule import Flow, PlasticityRule, seconds


@dataclass(frozen=True)
class Mamba2(PlasticityRule):
    """Hebbian growth that fades as fast as one gate allows at each moment."""

    cite = "Dao & Gu (2024), arXiv:2405.21060"
    row = "Mamba2"
    biology = "activity-dependent decay: active forgetting set by a broadcast signal"
    eta: float = seconds(1.0)

    def flow(self, s):
        return {"w": Flow(write=self.eta * s.post * s.pre, leak=s.gate)}

    def objective(self, s):
        return -self.eta * s.post * s.pred + s.forget(s.gate) * s.w**2 / 2
