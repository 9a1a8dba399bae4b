"""What no learning rule exceeds: patterns n that one neuron with d synapses can be taught to tell apart.

Random +-1 patterns with independent wanted answers, alpha = n / d; large d unless said otherwise.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import bdtr

from plastic.memory.theory.arguments import (
    Array,
    at_least,
    bisect,
    checked,
    entropy,
    rectified_mean,
    rectified_square,
    whole,
)

BINARY_WEIGHTS_LOAD = 0.83  # weights of +-1 (Krauth & Mezard 1989)
SILENT_SHARE = 0.5  # of synapses of fixed sign, at least, at capacity (Brunel et al. 2004)


def gardner_load(stability: ArrayLike = 0.0, active: ArrayLike = 0.5) -> Array:
    """Largest load alpha at which a perceptron with a free threshold can meet every wanted answer (Gardner 1988).

    Each with a margin of at least `stability` (in units of the weights' length over sqrt d); `active` is the share of
    answers +1. For equal shares 1 / integral from -kappa of Dz (z + kappa)^2, which is 2 at kappa = 0. Exact for
    large d; without margin and with few answers +1 it grows as 1 / (f |ln f|), which is approached slowly.
    """
    kappa = at_least(0, "stability", stability)
    f = checked("active", active, lambda x: (x > 0) & (x < 1), "give a value between 0 and 1")
    far = np.zeros(np.broadcast(kappa, f).shape) + 40.0
    threshold = bisect(lambda x: f * rectified_mean(kappa + x) < (1 - f) * rectified_mean(kappa - x), -far, far)
    return 1 / (f * rectified_square(kappa + threshold) + (1 - f) * rectified_square(kappa - threshold))


def gardner_bits(stability: ArrayLike = 0.0, active: ArrayLike = 0.5) -> Array:
    """Bits per synapse at `gardner_load`: alpha H2(active), which is 2 for equal shares without margin."""
    return gardner_load(stability, active) * entropy(np.asarray(active, dtype=float))


def fixed_sign_load(stability: ArrayLike = 0.0) -> Array:
    """Largest load when every weight keeps the sign it was given (Dale's law): half, so 1 (Amit et al. 1989)."""
    return gardner_load(stability) / 2


def sparse_answer_load(active: ArrayLike) -> Array:
    """Asymptote of `gardner_load` for a share f of answers +1: 1 / (f |ln f|), f -> 0."""
    f = checked("active", active, lambda x: (x > 0) & (x < 1), "give a value between 0 and 1")
    return 1 / (f * np.abs(np.log(f)))


def separable_probability(load: ArrayLike, d: ArrayLike) -> Array:
    """Probability that a plane through 0 parts n points in general position as wanted: Cover (1965).

    2^(1 - n) sum of C(n - 1, k) over k < d; exact for any n and d.
    """
    load, d = whole(1, "load", load), whole(1, "d", d)
    return np.where(load <= d, 1.0, bdtr(np.minimum(d, load) - 1.0, load - 1, 0.5))[()]
