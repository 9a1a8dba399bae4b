"""Gated write and gated decay: mLSTM, the matrix memory of xLSTM."""

from dataclasses import dataclass

from plastic.rule import Flow, PlasticityRule, seconds


@dataclass(frozen=True)
class MLSTM(PlasticityRule):
    """Hebbian growth with a gate on writing and a gate on forgetting."""

    cite = "Beck et al. (2024), arXiv:2405.04517"
    row = "mLSTM"
    biology = "a modulator scales the write, a second one the decay (our reading)"
    eta: float = seconds(1.0)

    def flow(self, s):
        return {"w": Flow(write=self.eta * s.mod * s.post * s.pre, leak=s.gate)}

    def objective(self, s):
        return -self.eta * s.mod * s.post * s.pred + s.forget(s.gate) * s.w**2 / 2
