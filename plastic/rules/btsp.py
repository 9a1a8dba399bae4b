"""Behavioural-timescale synaptic plasticity."""

from dataclasses import dataclass

from plastic.rule import Flow, PlasticityRule, hertz, time_constant


@dataclass(frozen=True)
class BTSP(PlasticityRule):
    """A plateau potential moves each eligible synapse towards its ceiling or its floor.

    post is the plateau, not the firing of the cell. Both traces are scaled to peak at 1 after a drive of
    r_0 that lasts `plateau`; weights are in units of the baseline.
    """

    cite = "Milstein et al. (2021), eLife 10:e73046"
    biology = "input trace (~1 s) meets a dendritic plateau; weak synapses grow, strong ones shrink"
    positive_keys = True
    positive_values = True
    w_max: float = 3.03
    k_up: float = hertz(4.25)
    k_down: float = hertz(0.0418)
    tau_eligible: float = time_constant(1.011)
    tau_instruct: float = time_constant(0.717)
    plateau: float = time_constant(0.3)
    half_up: float = 0.128
    width_up: float = 0.050
    half_down: float = 0.00133
    width_down: float = 0.00374
    r_0: float = hertz(1.0)

    def flow(self, s):
        overlap = s.eligible * s.instruct
        up = self.k_up * s.mod * s.activation(overlap, self.half_up, self.width_up)
        down = self.k_down * s.mod * s.activation(overlap, self.half_down, self.width_down)
        return {
            "eligible": self.trace(s, s.pre, self.tau_eligible),
            "instruct": self.trace(s, s.post, self.tau_instruct),
            "w": Flow(write=up * self.w_max, leak=up + down),
        }

    def trace(self, s, drive, tau):
        """A low-pass of the drive that peaks at 1 at the end of a plateau."""
        peak = 1 - s.exp(-self.plateau / tau)
        return Flow(write=drive / (self.r_0 * tau * peak), leak=1 / tau)
