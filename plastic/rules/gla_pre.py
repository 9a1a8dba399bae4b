"""Gated linear attention, one gate per presynaptic neuron (the published axis)."""

from dataclasses import dataclass

from plastic.rules.gla import GLA


@dataclass(frozen=True)
class GLAPre(GLA):
    """Hebbian growth that fades at a rate of each presynaptic terminal's own."""

    cite = "Yang et al. (2024), arXiv:2312.06635"
    row = None
    biology = "one decay rate per presynaptic terminal, as its calcium and vesicle pools have (our reading)"
    gate_axis = "pre"
