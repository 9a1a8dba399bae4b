"""The measures of a memory, the same for spikes, rates and machine learning: functions of what was recalled.

A write is one pair shown once, a read one cue with plasticity off. `recalled` and `values` are [seeds, pairs, d_v], the
answers to the cues and the true values in the order of writing. What a seed's numbers are depends on that seed alone.

Capacities (n50, n90) are read off `identify` by `plastic.memory.statistics`; what theory expects is in
`plastic.memory.theory`.
"""

from plastic.memory.metrics.bits import (
    Best,
    bits_per_spike,
    candidate_bits,
    gaussian_bits,
    most_bits,
    sign_bits,
    stream_bits,
)
from plastic.memory.metrics.fidelity import (
    Fidelity,
    fidelity,
)
from plastic.memory.metrics.forgetting import (
    Tail,
    half_life,
    lifetimes,
    signal_and_power,
    snr,
    tail_class,
)
from plastic.memory.metrics.identification import (
    alpha,
    identify,
    normalised,
    per_synapse,
)
from plastic.memory.metrics.robustness import (
    delay_time_constant,
    distractor_slope,
    halving_corruption,
    interference,
    overwriting_index,
    projections,
)

__all__ = [
    "Best",
    "Fidelity",
    "Tail",
    "alpha",
    "bits_per_spike",
    "candidate_bits",
    "delay_time_constant",
    "distractor_slope",
    "fidelity",
    "gaussian_bits",
    "half_life",
    "halving_corruption",
    "identify",
    "interference",
    "lifetimes",
    "most_bits",
    "normalised",
    "overwriting_index",
    "per_synapse",
    "projections",
    "sign_bits",
    "signal_and_power",
    "snr",
    "stream_bits",
    "tail_class",
]
