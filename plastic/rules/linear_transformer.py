"""The linear transformer: Hebb's rule, read through a normaliser."""

from dataclasses import dataclass

from plastic.rule import Flow, PlasticityRule, seconds


@dataclass(frozen=True)
class LinearTransformer(PlasticityRule):
    """Hebbian growth, read relative to how much of each input was ever stored."""

    cite = "Katharopoulos et al. (2020), arXiv:2006.16236"
    biology = "divisive inhibition through a copy of the summed keys (our reading)"
    positive_keys = True
    eta: float = seconds(1.0)

    def flow(self, s):
        return {"w": Flow(write=self.eta * s.post * s.pre), "seen": Flow(write=s.pre)}

    def normaliser(self, s):
        return s.seen
