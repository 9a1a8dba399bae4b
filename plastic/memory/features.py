"""Feature maps: what keys pass through on their way to the synapses, as pure functions.

A map takes arrays [..., d] to [..., D]. In a network it is the projection into a larger layer: of the dentate
gyrus, of Kenyon cells or of cerebellar granule cells.
"""

from __future__ import annotations

import numpy as np

from plastic.rule import InputError


def elu_plus_one(x: np.ndarray) -> np.ndarray:
    """x + 1 above 0, exp(x) below: positive everywhere, [..., d]. Katharopoulos et al. (2020), arXiv:2006.16236."""
    return np.where(x > 0, x + 1, np.exp(np.minimum(x, 0)))


def relu(x: np.ndarray) -> np.ndarray:
    """The positive part, [..., d]. Nair & Hinton (2010), ICML."""
    return np.maximum(x, 0)


def dpfp(x: np.ndarray, nu: int = 1) -> np.ndarray:
    """Deterministic parameter-free projection, [..., 2 nu d]: products of r = (relu(x), relu(-x)) with its shifts.

    Feature i of shift j is r_i r_{i - j}, for j = 1 ... nu. Schlag, Irie & Schmidhuber (2021), arXiv:2102.11174.
    Errors: InputError unless nu is a whole number from 1 to 2 d - 1.
    """
    rectified = np.concatenate([relu(x), relu(-x)], -1)
    if nu != int(nu) or not 1 <= nu < rectified.shape[-1]:
        raise InputError(f"nu is {nu}; give a whole number from 1 to {rectified.shape[-1] - 1}")
    shifts = [rectified * np.roll(rectified, shift, -1) for shift in range(1, int(nu) + 1)]
    return np.concatenate(shifts, -1)


def expansion(rng: np.random.Generator, d: int, size: int, inputs: int = 7) -> np.ndarray:
    """Random sparse connections from d cells to `size` cells, each with a few inputs of weight 1, [size, d].

    Seven inputs as in a fly's Kenyon cells: Litwin-Kumar et al. (2017), Neuron 93:1153. Errors: InputError if
    there are fewer cells than inputs.
    """
    if not 1 <= inputs <= d:
        raise InputError(f"inputs is {inputs}; give 1 to {d}, as many as there are cells")
    chosen = rng.random((size, d)).argsort(-1)[:, :inputs]
    weights = np.zeros((size, d))
    np.put_along_axis(weights, chosen, 1.0, -1)
    return weights


def winners(x: np.ndarray, share: float) -> np.ndarray:
    """1 for the cells with the largest input, a share of all but at least one, 0 for the others, [..., D].

    The k-winners-take-all of feed-forward inhibition: Dasgupta, Stevens & Navlakha (2017), Science 358:793.
    Errors: InputError unless the share lies in (0, 1].
    """
    if not 0 < share <= 1:
        raise InputError(f"share is {share}; give a value above 0, up to 1")
    number = max(1, round(share * x.shape[-1]))
    active = np.zeros(x.shape)
    np.put_along_axis(active, np.argpartition(-x, number - 1, -1)[..., :number], 1.0, -1)
    return active
