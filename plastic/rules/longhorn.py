"""The implicit delta rule: Longhorn."""

from dataclasses import dataclass

from plastic.rule import Flow, PlasticityRule, seconds


@dataclass(frozen=True)
class Longhorn(PlasticityRule):
    """Write the error that would be left after writing it: stable for every key and every eta."""

    cite = "Liu et al. (2024), arXiv:2407.14207"
    biology = "divisive normalisation of plasticity by the summed input (our reading)"
    eta: float = seconds(1.0)

    def flow(self, s):
        dose = self.normalised(s) * s.pre
        return {"w": Flow(write=dose * s.post, erase=dose)}

    def objective(self, s):
        return self.normalised(s) * (s.post - s.pred) ** 2 / 2

    def normalised(self, s):
        """The learning rate that the summed drive leaves."""
        return self.eta * s.mod / (1 + self.eta * s.mod * s.energy)
