"""How many spikes does a cue need?

As many as it takes until cross-talk limits recall, and not the chance of their counts. Pairs are written on rates by
the covariance rule (Hebb's on keys less their mean); then every key is a cue, shown as Poisson counts: c spikes on
average in a cell that is on, none in the others. In spikes the cue is shown by Poisson cells for 200 ms to value cells
that add up what arrives (models/poisson_readout.py). noise: 1/SNR of the answers by regression on the stored values.

For Hebb's rule it is [(n - 1) f ((1 - f) + 1/c) + (1 - f)/c] / (a (1 - f)), with a = f d cells on: cross-talk, shot
noise, and a term of both, 1/SNR = A (n - 1) + B/c + C (n - 1)/c with A = 1/d, B = 1/a, C = 1/(d (1 - f)). Without the
last term no A and B fit: spikes make the cross-talk of every other pair worse too, and with c < C/A = 1/(1 - f) spikes
a cell they cost more than cross-talk at any load.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from experiments.tasks.pairs import NEEDS, cannot, memory
from plastic.checkout import part
from plastic.lab.summary import column, grouped, interval, with_intervals
from plastic.memory.codes import generator, signs, sparse_keys
from plastic.rule import InputError

__all__ = ["NEEDS", "cannot", "draw", "grid", "measure", "memory", "rules", "settings", "summarise"]

LOADS, SPIKES = [10, 25, 50, 100, 200], [0.1, 0.2, 0.5, 1.0, 2.0, 5.0]


def rules(substrate: str) -> list[str]:
    """Hebb's rule, of which the law holds, and two that it is not made for."""
    return {"rate": ["vanilla", "retnet", "delta"], "spiking": ["vanilla"]}.get(substrate, [])


def grid(substrate: str, quick: bool) -> dict[str, list[Any]]:
    """Pairs written, and mean spikes of an active cell in a cue."""
    if substrate == "spiking":
        return {"load": [50, 200], "spikes": [0.2, 1.0, 5.0]}
    if substrate != "rate":
        return {}
    return {"load": [50, 200] if quick else LOADS, "spikes": [0.2, 1.0, 5.0] if quick else SPIKES}


def settings(substrate: str, quick: bool) -> dict[str, Any]:
    """Sizes of keys and values, and how many of the key's cells are on."""
    return {"d": 400, "d_v": 50, "active": 40, "by_cells": substrate == "spiking"}


def measure(store: Any, seeds: Any, settings: dict[str, Any], load: int, spikes: float) -> list[dict[str, Any]]:
    """Noise over signal power of the answers to spiking cues, by seed."""
    from plastic.memory.metrics import fidelity

    keys, values, counts = presented(seeds, settings, load, spikes)
    if settings["by_cells"]:
        answers = added_up(seeds, keys, values, spikes, settings)
    else:
        answers = store.answers(covariant(keys, settings), values, covariant(counts / spikes, settings))
    error = fidelity(answers, values).error
    with np.errstate(divide="ignore"):
        noise = error / (1 - error)  # infinite where there is no signal
    return [{"seed": seed, "noise": float(noise[s])} for s, seed in enumerate(seeds)]


def presented(
    seeds: Any, settings: dict[str, Any], load: int, spikes: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Keys [S, n, d] of 0 and 1, values [S, n, d_v], and the spikes of each key as a cue, [S, n, d]."""
    if not spikes > 0:
        raise InputError(f"spikes is {spikes:g}; give a mean count above 0")
    d, share = settings["d"], settings["active"] / settings["d"]
    keys = np.stack([sparse_keys(generator(s, "readout", load, "keys"), load, d, share) for s in seeds])
    values = np.stack([signs(generator(s, "readout", load), load, settings["d_v"]) for s in seeds])
    drawn = [generator(s, "readout", load, spikes).poisson(spikes * k) for s, k in zip(seeds, keys, strict=True)]
    return keys, values, np.stack(drawn)


def added_up(seeds: Any, keys: np.ndarray, values: np.ndarray, spikes: float, settings: dict[str, Any]) -> np.ndarray:
    """Answers [S, n, d_v] of spiking cells to Poisson cues; the weights of each value cell add up to 0."""
    weights = values.swapaxes(1, 2) @ covariant(keys, settings)
    return part("models", "poisson_readout").answers(weights, keys, spikes, list(seeds))


def covariant(patterns: np.ndarray, settings: dict[str, Any]) -> np.ndarray:
    """Less their mean, over the length of such a key."""
    a, d = settings["active"], settings["d"]
    return (patterns - a / d) / np.sqrt(a * (1 - a / d))


def summarise(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Noise by condition, its parts, and the load at which other pairs and the cue's own spikes cost the same."""
    by = ("rule", "substrate")
    groups = {key: group for key, group in grouped(rows, by).items() if enough(group)}
    return {
        "by_condition": with_intervals(rows, (*by, "load", "spikes"), ("noise",)),
        "fits": [dict(zip(by, key, strict=True)) | fitted(group) for key, group in groups.items()],
        "crossover": [
            dict(zip(by, key, strict=True)) | line for key, group in groups.items() for line in crossovers(group)
        ],
    }


def enough(rows: list[dict[str, Any]]) -> bool:
    """Whether the parts of the noise can be told apart: loads and spikes differ, and there is a signal."""
    varied = all(len({row[name] for row in rows}) > 1 for name in ("load", "spikes"))
    return varied and bool(np.isfinite(column(rows, "noise")).all())


TERMS = {"crosstalk": (1, 0), "shot": (0, 1), "both": (1, 1)}  # powers of n - 1 and of 1/c


def table(rows: list[dict[str, Any]]) -> tuple[list[tuple[int, float]], np.ndarray]:
    """Conditions (load, spikes), and the noise in each, [seeds, conditions]."""
    groups = grouped(rows, ("load", "spikes"))
    return [*groups], np.stack([column(group, "noise") for group in groups.values()], -1)


def fitted(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """A (crosstalk), B (shot) and C (both) with intervals, and the largest relative misfit with and without C."""
    conditions, noise = table(rows)
    found: dict[str, Any] = {}
    for i, name in enumerate(TERMS):
        found |= interval(name, noise, lambda a, axis, i=i: coefficients(conditions, a.mean(axis), [*TERMS])[..., i])
    for name, terms in (("misfit", [*TERMS]), ("misfit_without_both", ["crosstalk", "shot"])):
        expected = design(conditions, terms) @ coefficients(conditions, noise.mean(0), terms)
        found[name] = float(abs(expected / noise.mean(0) - 1).max())
    return found


def crossovers(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The load at which both cost the same, for each number of spikes: from the fit, and by theory of Hebb's rule."""
    from plastic.memory.theory import crossover_load

    conditions, noise = table(rows)

    def crossover(a: np.ndarray, axis: int, spikes: float) -> np.ndarray:
        crosstalk, shot, both = np.moveaxis(coefficients(conditions, a.mean(axis), [*TERMS]), -1, 0)
        return 1 + shot / (crosstalk * spikes + both)

    d, active = (settings("rate", False)[name] for name in ("d", "active"))
    return [
        {"spikes": c, "predicted": float(crossover_load(d, active, c))}
        | interval("load", noise, lambda a, axis, c=c: crossover(a, axis, c))
        for c in dict.fromkeys(c for _, c in conditions)
    ]


def design(conditions: list[tuple[int, float]], terms: list[str]) -> np.ndarray:
    """What each term is in each condition, [conditions, terms]."""
    load, spikes = np.array(conditions, float).T
    return np.stack([(load - 1) ** TERMS[term][0] / spikes ** TERMS[term][1] for term in terms], -1)


def coefficients(conditions: list[tuple[int, float]], noise: np.ndarray, terms: list[str]) -> np.ndarray:
    """Coefficients that fit noise [..., conditions] with the least relative error, [..., terms]."""
    relative = design(conditions, terms) / noise[..., None]
    return np.linalg.pinv(relative).sum(-1)


def predicted(settings: dict[str, Any], load: Any, spikes: float) -> np.ndarray:
    """Noise that theory expects of Hebb's rule."""
    from plastic.memory.theory import spiking_snr

    return 1 / spiking_snr(load, settings["d"], settings["active"], spikes)


def draw(axes: Any, rows: list[dict[str, Any]], look: Any = None) -> None:
    """Signal to noise of Hebb's rule against load, a colour for each number of spikes; lines are theory."""
    from plastic.lab import plots

    data = with_intervals(rows, ("rule", "load", "spikes"), ("noise",))
    rule = "vanilla" if any(row["rule"] == "vanilla" for row in data) else data[0]["rule"]
    shown = [row for row in data if row["rule"] == rule]
    for colour, ((spikes,), group) in zip(plots.COLOURS, grouped(shown, ("spikes",)).items(), strict=False):
        loads = np.array([row["load"] for row in group])
        axes.plot(loads, 1 / column(group, "noise"), "o", ms=3.5, color=colour, label=f"{spikes:g} spikes a cell")
        axes.plot(loads, 1 / predicted(settings("rate", False), loads, spikes), color=colour, lw=0.9)
    plots.log_axis(axes, [row["load"] for row in shown])
    axes.set_yscale("log")
    axes.set(xlabel="pairs written", ylabel="signal over noise power")
