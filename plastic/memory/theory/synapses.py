"""Bounded and complex synapses: how long many synapses of several states remember one of a stream of events.

Every event potentiates or depresses each synapse with equal chance, independently. The signal of an event is the mean
over synapses of strength times the sign wanted then; its lag is the number of later events. The SNR here is one of
amplitudes (its square is one of powers): sqrt(N) times the signal per standard deviation of the strength.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from plastic.memory.theory.arguments import Array, at_least, between, checked, positive, whole
from plastic.rule import InputError

# A binary synapse that flips by chance


def binary_synapse_snr(lag: ArrayLike, synapses: ArrayLike, flip: ArrayLike) -> Array:
    """Amplitude SNR of N binary synapses that take the wanted sign with probability q: sqrt(N) q (1 - q)^lag; exact."""
    q = between(0, 1, "flip", flip)
    return np.sqrt(at_least(1, "synapses", synapses)) * q * (1 - q) ** at_least(0, "lag", lag)


def binary_synapse_lifetime(synapses: ArrayLike, flip: ArrayLike, threshold: ArrayLike = 1.0) -> Array:
    """Lag at which that SNR has fallen to `threshold`, 0 if never above; about ln(q sqrt(N) / threshold) / q."""
    q = checked("flip", flip, lambda x: (x > 0) & (x < 1), "give a value between 0 and 1")
    newest = binary_synapse_snr(0, synapses, q)
    return np.maximum(np.log(newest / positive("threshold", threshold)) / -np.log1p(-q), 0)


def best_flip(synapses: ArrayLike, threshold: ArrayLike = 1.0) -> Array:
    """Flip probability with the longest lifetime, e threshold / sqrt(N), for N well above threshold^2.

    That lifetime is sqrt(N) / (e threshold) events.
    """
    return math.e * positive("threshold", threshold) / np.sqrt(at_least(1, "synapses", synapses))


# Any synapse of several states


@dataclass(frozen=True)
class SynapticStates:
    """A synapse of several states: its chances to change at either event, and its strengths.

    potentiate and depress [states, states] have rows that sum to 1; strength [states].
    """

    potentiate: Array
    depress: Array
    strength: Array

    def __post_init__(self) -> None:
        states = (len(self.strength),) * 2
        for name in ("potentiate", "depress"):
            chances = getattr(self, name)
            if chances.shape != states or np.any(chances < 0) or not np.allclose(chances.sum(1), 1):
                raise InputError(f"{name} holds no chances of change; give [states, states], each row of sum 1")


def mirrored(potentiate: Array, strength: Array) -> SynapticStates:
    """A synapse whose depression is its potentiation with all states in reverse order."""
    return SynapticStates(potentiate, potentiate[::-1, ::-1].copy(), strength)


def binary_synapse(flip: float) -> SynapticStates:
    """Two strengths, -1 and 1; the wanted one is taken with probability `flip`."""
    q = float(between(0, 1, "flip", flip))
    return mirrored(np.array([[1 - q, q], [0, 1]]), np.array([-1.0, 1.0]))


def graded_synapse(levels: int, step: float = 1.0) -> SynapticStates:
    """Evenly spaced strengths from -1 to 1 between hard bounds; one level up or down with probability `step`.

    Fusi & Abbott (2007): in balance, as here, the lifetime grows as the square of the levels.
    """
    levels, p = int(whole(2, "levels", levels)), float(between(0, 1, "step", step))
    up = (1 - p) * np.eye(levels) + p * np.eye(levels, k=1)
    up[-1, -1] = 1
    return mirrored(up, np.linspace(-1, 1, levels))


def cascade(levels: int, x: float = 0.5) -> SynapticStates:
    """Fusi, Drew & Abbott's (2005) cascade: two strengths, each with `levels` states ever harder to leave.

    Flips to the shallowest state of the other strength happen with chances x^(i - 1) from level i (the last
    x^(n - 1) / (1 - x)), steps deeper with x^i / (1 - x): all states are then equally occupied. x in (0, .5].
    """
    n = int(whole(2, "levels", levels))
    x = float(checked("x", x, lambda v: (v > 0) & (v <= 0.5), "give a value above 0 and up to .5"))
    flips = x ** np.arange(n)
    flips[-1] /= 1 - x
    deeper = np.append(x ** np.arange(1, n) / (1 - x), 0)
    up = np.zeros((2 * n, 2 * n))  # weak: deepest to shallowest; strong: shallowest to deepest
    weak, strong = np.arange(n)[::-1], n + np.arange(n)
    up[weak, n], up[weak, weak] = flips, 1 - flips
    up[strong[:-1], strong[1:]], up[strong, strong] = deeper[:-1], 1 - deeper
    return mirrored(up, np.repeat([-1.0, 1.0], n))


def occupancy(synapse: SynapticStates) -> Array:
    """Share of time in each state under endless random events, [states]."""
    states = len(synapse.strength)
    equations = np.vstack([(step_matrix(synapse) - np.eye(states)).T, np.ones(states)])
    return np.linalg.lstsq(equations, np.append(np.zeros(states), 1), rcond=None)[0]


def step_matrix(synapse: SynapticStates) -> Array:
    """Chances from state to state at a random event."""
    return (synapse.potentiate + synapse.depress) / 2


def synaptic_signal(synapse: SynapticStates, lag: ArrayLike) -> Array:
    """Signal of an event, per synapse, at whole lags: (pi P - pi D) / 2 . M^lag . strength; exact.

    M = (P + D) / 2, pi the occupancy.
    """
    lag = whole(0, "lag", lag)
    change = occupancy(synapse) @ (synapse.potentiate - synapse.depress) / 2
    steps, at = np.unique(lag, return_inverse=True)
    signals, done = np.zeros(steps.size), 0
    for i, until in enumerate(steps):
        change = change @ np.linalg.matrix_power(step_matrix(synapse), int(until) - done)
        signals[i], done = change @ synapse.strength, int(until)
    return signals[at].reshape(lag.shape)


def synaptic_snr(synapse: SynapticStates, lag: ArrayLike, synapses: ArrayLike) -> Array:
    """Amplitude SNR of N such synapses at whole lags; exact, with the noise of the steady state."""
    held = occupancy(synapse)
    spread = held @ synapse.strength**2 - (held @ synapse.strength) ** 2
    return np.sqrt(at_least(1, "synapses", synapses) / spread) * synaptic_signal(synapse, lag)


def synaptic_lifetime(synapse: SynapticStates, synapses: float, threshold: float = 1.0) -> float:
    """Lag at which the amplitude SNR of N such synapses falls to `threshold`, between whole lags; 0 if never above."""
    positive("threshold", threshold)
    if synaptic_snr(synapse, 0, synapses) < threshold:
        return 0.0
    low, high = 0, 1
    while synaptic_snr(synapse, high, synapses) >= threshold:
        low, high = high, 2 * high
        if high > 2**50:
            return math.inf
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if synaptic_snr(synapse, middle, synapses) >= threshold else (low, middle)
    above, below = synaptic_snr(synapse, [low, high], synapses)
    return low + float(np.log(above / threshold) / np.log(above / below)) if below > 0 else float(low)


# A chain of variables that hand their content down: Benna & Fusi (2016)


@dataclass(frozen=True)
class BennaFusi:
    """A chain of m variables with capacities 2^(k - 1), joined by conductances alpha 2^-k; the first is the strength.

    The last leaks through its conductance to 0. Events of +-1 are added to the first; between two the chain makes
    one step of length 1 (Euler), which needs alpha <= .5. The signal falls as lag^-1/2 up to about 4^m / alpha lags.
    """

    variables: int = 12
    alpha: float = 0.25

    def __post_init__(self) -> None:
        whole(1, "variables", self.variables)
        checked("alpha", self.alpha, lambda x: (x > 0) & (x <= 0.5), "give a value above 0 and up to .5")


def chain_modes(chain: BennaFusi) -> tuple[Array, Array]:
    """What each mode of the chain keeps in a step, and its part in the first variable's impulse response, [m] each."""
    capacity = 2.0 ** np.arange(chain.variables)
    conductance = chain.alpha * 2.0 ** -np.arange(1, chain.variables + 1)
    leaves = (conductance + np.append(0, conductance[:-1])) / capacity
    shared = conductance[:-1] / np.sqrt(capacity[:-1] * capacity[1:])
    symmetric = np.diag(1 - leaves) + np.diag(shared, 1) + np.diag(shared, -1)
    kept, modes = np.linalg.eigh(symmetric)
    return kept, modes[0] ** 2


def benna_fusi_signal(chain: BennaFusi, lag: ArrayLike) -> Array:
    """What is left in the first variable of an event of 1 at each lag: the exact impulse response of the chain."""
    kept, part = chain_modes(chain)
    return kept ** at_least(0, "lag", lag)[..., None] @ part


def benna_fusi_snr(chain: BennaFusi, lag: ArrayLike, synapses: ArrayLike) -> Array:
    """Amplitude SNR of N such synapses in the steady state: sqrt(N) signal over the root of the sum of its squares.

    Exact for unbounded variables; about sqrt(N / (lag ln T)) over the chain's time span T.
    """
    kept, part = chain_modes(chain)
    variance = (part[:, None] * part / (1 - kept[:, None] * kept)).sum()
    return np.sqrt(at_least(1, "synapses", synapses) / variance) * benna_fusi_signal(chain, lag)
