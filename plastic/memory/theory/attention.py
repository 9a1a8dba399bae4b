"""Softmax attention and modern Hopfield networks: memories whose weights compete.

The answer is sum of w_i v_i, w the softmax of beta k_i . q. A whole cue has the logit beta at its own key; the others
are about N(0, beta^2 / d) for unit keys in d dimensions.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import lambertw

from plastic.memory.theory.arguments import Array, at_least, checked, positive, ratio, whole


def target_weight(load: ArrayLike, d: ArrayLike, beta: ArrayLike) -> Array:
    """Softmax weight of the right pair among n: 1 / (1 + (n - 1) exp(beta^2 / (2 d) - beta)).

    For unit keys and ln n well above beta^2 / (2 d), where many others share the rest (no freezing on one).
    """
    log_others = square_over(beta, d) / 2 - positive("beta", beta)
    return 1 / (1 + (at_least(1, "load", load) - 1) * np.exp(log_others))


def square_over(beta: ArrayLike, d: ArrayLike) -> Array:
    """Variance of another pair's logit, beta^2 / d."""
    return positive("beta", beta) ** 2 / at_least(1, "d", d)


def softmax_load(d: ArrayLike, beta: ArrayLike) -> Array:
    """Load at which the right pair has half the softmax weight: n50 = 1 + exp(beta - beta^2 / (2 d)).

    At most 1 + exp(d / 2), at beta = d. Where valid see `target_weight`.
    """
    return 1 + np.exp(positive("beta", beta) - square_over(beta, d) / 2)


def scaled_softmax_load(d: ArrayLike) -> Array:
    """That load for keys of N(0, I) and logits k . q / sqrt(d), as in transformers: 1 + exp(sqrt(d) - 1/2); d >= 16."""
    return softmax_load(d, np.sqrt(at_least(1, "d", d)))


def softmax_snr(load: ArrayLike, d: ArrayLike, beta: ArrayLike) -> Array:
    """Signal over noise power of the softmax answer: exp(2 beta - 2 beta^2 / d) / (n - 1).

    For unit keys, values of mean 0 and variance 1, and ln n well above 2 beta^2 / d. Best at beta = d / 2, where it
    is exp(d / 2) / (n - 1); as beta -> 0 it is a Hebbian matrix without its d: every pair counts alike.
    """
    log_signal = 2 * positive("beta", beta) - 2 * square_over(beta, d)
    return ratio(np.exp(log_signal), at_least(1, "load", load) - 1)


# Modern Hopfield networks


def polynomial_hopfield_load(neurons: ArrayLike, order: ArrayLike) -> Array:
    """Patterns a network with the energy sum of (k . x)^p holds without error: N^(p - 1) / (2 (2 p - 3)!! ln N).

    Krotov & Hopfield (2016); large N. p = 2 is Hopfield's network, N / (2 ln N).
    """
    p = whole(2, "order", order)
    odd = np.vectorize(lambda q: np.prod(np.arange(1, 2 * q - 2, 2, dtype=float)), otypes=[float])(p)
    return at_least(2, "neurons", neurons) ** (p - 1.0) / (2 * odd * np.log(neurons))


def exponential_hopfield_load(neurons: ArrayLike) -> Array:
    """Patterns of +-1 that a network with an exponential energy holds: 2^(N / 2) (Demircigil et al. 2017); large N."""
    return 2 ** (at_least(1, "neurons", neurons) / 2)


def ramsauer_load(d: ArrayLike, failure: ArrayLike = 0.001, radius: ArrayLike = 1.0, beta: ArrayLike = 1.0) -> Array:
    """Patterns that a continuous modern Hopfield network surely holds: sqrt(p) c^((d - 1) / 4) (Ramsauer et al. 2021).

    Random patterns on a sphere of radius K sqrt(d - 1), K = `radius`, with probability 1 - `failure`. c = b / W(exp(a +
    ln b)), W Lambert's function, a = 2 (1 + ln(2 beta K^2 p (d - 1))) / (d - 1), b = 2 K^2 beta / 5. A lower bound.
    """
    d, p = at_least(2, "d", d), checked("failure", failure, lambda x: (x > 0) & (x <= 1), "give a value in (0, 1]")
    return np.sqrt(p) * ramsauer_base(d, p, positive("radius", radius) ** 2 * positive("beta", beta)) ** ((d - 1) / 4)


def ramsauer_base(d: Array, failure: Array, sharpness: Array) -> Array:
    """The c of `ramsauer_load`, sharpness = beta K^2."""
    a = 2 * (1 + np.log(2 * sharpness * failure * (d - 1))) / (d - 1)
    b = 2 * sharpness / 5
    return b / np.real(lambertw(b * np.exp(a)))
