"""Eligibility: what a modulator writes of a coincidence that is over, by the three-factor rule."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import exprel

from plastic.memory.theory.arguments import Array, at_least, positive


def eligible_write(
    delay: ArrayLike,
    item: ArrayLike,
    pulse: ArrayLike,
    tau: ArrayLike,
    lag: ArrayLike = 0.0,
    step: ArrayLike = 0.0,
) -> Array:
    """Weight written, relative to a trace that does not fade; exact for constant rates, the mean over Poisson spikes.

    O/T f(O/tau) f(P/tau) e^(-delay/tau) / f(step/tau)^2, with f(x) = (1 - e^-x)/x and all times in one unit. A key
    and its value last T = `item` each, the value `lag` after the key, so they are on together for O = max(T - lag, 0).
    There dE/dt = c - E/tau leaves E = c tau (1 - e^(-O/tau)); it fades until, `delay` after, a modulator writes the
    integral of k E over P = `pulse`. Without fading that is k c T P. In steps of `step` both integrals are sums, each
    larger by 1/f(step/tau).
    """
    item, tau = positive("item", item), positive("tau", tau)
    together = np.maximum(item - at_least(0, "lag", lag), 0)
    faded = np.exp(-at_least(0, "delay", delay) / tau) / exprel(-at_least(0, "step", step) / tau) ** 2
    return together / item * exprel(-together / tau) * exprel(-positive("pulse", pulse) / tau) * faded
