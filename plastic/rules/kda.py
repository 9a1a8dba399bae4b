"""Kimi delta attention: the gated delta rule with one gate per presynaptic neuron."""

from dataclasses import dataclass

from plastic.rule import PlasticityRule
from plastic.rules.gated_delta import GatedDelta


@dataclass(frozen=True)
class KDA(GatedDelta):
    """Forget each input at its own rate, then write the error of the synapses' own prediction."""

    cite = "Kimi Team (2025), arXiv:2510.26692"
    biology = "terminals that forget at their own rates, under one error (our reading)"
    gate_axis = "pre"

    objective = PlasticityRule.objective  # with unequal decays the step is no gradient at the weights before it
