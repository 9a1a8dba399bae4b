"""Oja's single-neuron rule."""

from dataclasses import dataclass

from plastic.rule import Flow, PlasticityRule, seconds


@dataclass(frozen=True)
class Oja(PlasticityRule):
    """Hebbian growth, normalised by a leak that grows with the neuron's own activity squared."""

    cite = "Oja (1982), J. Math. Biology 15:267"
    biology = "heterosynaptic depression in an active neuron"
    eta: float = seconds(0.1)

    def flow(self, s):
        return {"w": Flow(write=self.eta * s.post * s.pre, leak=self.eta * s.post**2)}
