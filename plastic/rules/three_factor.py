"""The three-factor rule: an eligibility trace, cashed in by a later modulator."""

from dataclasses import dataclass

from plastic.rule import Flow, PlasticityRule, hertz, seconds, time_constant


@dataclass(frozen=True)
class ThreeFactor(PlasticityRule):
    """Coincidence leaves an eligibility trace, which a later neuromodulator cashes in.

    The same algebra as momentum (Titans): the trace is the velocity of the weight, S = lambda S + v k',
    and the modulator the step along it. A step of the weight uses the trace as the step finds it.
    """

    cite = "Izhikevich (2007), Cerebral Cortex 17:2443; Fremaux & Gerstner (2016), Front. Neural Circuits 9:85"
    biology = "eligibility of a coincidence, converted by dopamine within seconds"
    eta: float = seconds(1.0)
    tau_eligible: float = time_constant(1.0)
    conversion: float = hertz(1.0)

    def flow(self, s):
        return {
            "eligible": Flow(write=self.eta * s.post * s.pre, leak=1 / self.tau_eligible),
            "w": Flow(write=self.conversion * s.mod * s.eligible),
        }
