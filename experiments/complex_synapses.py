"""Do synapses with a past forget by a power law where simple ones forget exponentially?

A stream of random pairs of sign patterns is shown once to d times d_v synapses. signal: of the pair at each lag
(pairs since), the mean over synapses of strength times the sign wanted then, what an ideal observer reads; foil: the
same for pairs that were never shown, whose spread is the noise. snr is the amplitude: mean signal over that spread.
Amit & Fusi (1994); Fusi, Drew & Abbott (2005); Benna & Fusi (2016).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from experiments.tasks.models import NEEDS, left_out, plot_line, plot_marks, taking_part
from plastic.lab.summary import column, grouped, interval
from plastic.memory.catalogue import memory_of
from plastic.memory.codes import pairs

__all__ = ["NEEDS", "cannot", "draw", "grid", "measure", "memory", "rules", "settings", "summarise"]

KINDS = ("binary_synapse", "fusi_cascade", "benna_fusi")
FOILS = 50
TAIL = 2  # lag from which a law is fitted: a cascade's first level flips at every contrary event, a dip at lag 1


def rules(substrate: str) -> list[str]:
    """Kinds of synapse."""
    return taking_part(KINDS, substrate)


def cannot(rule: str, substrate: str) -> str | None:
    """Why something is not measured, or None."""
    return left_out(KINDS, rule, substrate)


def grid(substrate: str, quick: bool) -> dict[str, list[int]]:
    """Length of the stream."""
    return {"length": [64 if quick else 1000]} if substrate == "model" else {}


def settings(substrate: str, quick: bool) -> dict[str, Any]:
    """Sizes and codes: d times d_v synapses."""
    size = 32 if quick else 100
    return {"d": size, "d_v": size, "keys": "unit_signs", "values": "signs"}


def memory(rule: str, substrate: str, settings: dict[str, Any], seeds: Any) -> Any:
    """A matrix of such synapses, with the parameters of its paper."""
    return memory_of(rule, "model", seeds, settings.get("device", "cpu"))


def lags(length: int) -> np.ndarray:
    """Lags to report: all the recent ones, then ever fewer."""
    return np.unique(np.geomspace(1, length, 30).astype(int) - 1)


def measure(store: Any, seeds: Any, settings: dict[str, Any], length: int) -> list[dict[str, Any]]:
    """Signal by lag and the spread of foils, by seed."""
    keys, values = pairs(seeds, length, settings, "complex synapses")
    foils, unseen = pairs(seeds, FOILS, settings, "complex synapses", "foils")
    answers = store.answers(keys, values, np.concatenate([keys, foils], 1))
    read = (answers * np.concatenate([values, unseen], 1)).mean(-1) / np.sqrt(settings["d"])  # per synapse
    spread = np.square(read[:, length:]).mean(1)
    return [
        {"seed": seed, "lag": int(lag), "signal": float(read[s, length - 1 - lag]), "foil": float(spread[s])}
        for s, seed in enumerate(seeds)
        for lag in lags(length)
    ]


def snr(signal_and_foil: np.ndarray, axis: int = 0) -> Any:
    """Amplitude SNR of values [..., 2]: mean signal over the root of the foils' mean square."""
    signal, foil = np.moveaxis(signal_and_foil.mean(axis), -1, 0)
    return signal / np.sqrt(np.maximum(foil, 1e-300))


def summarise(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """SNR by lag, with intervals over seeds, and which law of forgetting fits better."""
    by_lag = [
        dict(zip(("rule", "substrate", "lag"), key, strict=True))
        | {"seeds": len(group)}
        | interval("snr", both(group), snr)
        for key, group in grouped(rows, ("rule", "substrate", "lag")).items()
    ]
    tails = [{"rule": rule} | tail(group) for (rule,), group in grouped(rows, ("rule",)).items()]
    return {"by_lag": by_lag, "tail": tails}


def both(rows: list[dict[str, Any]]) -> np.ndarray:
    """Signal and foil, [rows, 2]."""
    return np.stack([column(rows, "signal"), column(rows, "foil")], -1)


def tail(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Akaike's criterion of an exponential and of a power law in lag, and how much better the better one is.

    Least squares on the mean signal at lags from 2, with the foils' spread as its error; both laws have two
    parameters.
    """
    by_lag = {lag: both(group) for (lag,), group in grouped(rows, ("lag",)).items() if lag >= TAIL}
    at = np.array([*by_lag], float)
    signal = np.array([found[:, 0].mean() for found in by_lag.values()])
    error = np.sqrt(np.array([found[:, 1].mean() / len(found) for found in by_lag.values()]))
    misfit = {"exponential": misfit_of(at, signal, error), "power": misfit_of(np.log(at), signal, error)}
    better = min(misfit, key=misfit.__getitem__)
    aic = {f"aic_{name}": value + 2 * 2 for name, value in misfit.items()}
    return aic | {"tail": better, "aic_difference": abs(misfit["power"] - misfit["exponential"])}


def misfit_of(x: np.ndarray, signal: np.ndarray, error: np.ndarray) -> float:
    """Least sum of squared errors of signal = c exp(-x / tau); for x = ln lag that is a power law."""
    rates = np.geomspace(1e-3, 10, 4000)
    curves = np.exp(-rates[:, None] * (x - x[0])) / error
    wanted = signal / error
    scale = np.maximum((curves @ wanted) / (curves**2).sum(1), 0)
    return float(np.square(wanted - scale[:, None] * curves).sum(1).min())


def expected(rule: str, lag: Any, synapses: int, length: int) -> np.ndarray:
    """Amplitude SNR that theory expects after a stream, which for the bounded synapses is as long as any."""
    from plastic.memory import theory

    if rule == "benna_fusi":
        left = theory.benna_fusi_signal(theory.BennaFusi(), np.arange(length))
        return np.sqrt(synapses / np.square(left).sum()) * left[lag]
    states = {"binary_synapse": theory.binary_synapse(0.1), "fusi_cascade": theory.cascade(16)}
    return theory.synaptic_snr(states[rule], lag, synapses)


def draw(axes: Any, rows: list[dict[str, Any]], look: Any = None) -> None:
    """Amplitude SNR against lag, both logarithmic, with the exact expectation."""
    from plastic.lab import plots

    data = [row | {"place": row["lag"] + 1} for row in summarise(rows)["by_lag"]]
    synapses = rows[0]["d"] ** 2  # as many inputs as outputs
    look = plots.looks_for(data, "place", "snr", look)
    plot_marks(axes, data, "place", "snr", look)
    lag = np.unique(np.geomspace(1, max(row["place"] for row in data), 60).astype(int)) - 1
    for rule in dict.fromkeys(row["rule"] for row in data):
        plot_line(axes, lag + 1, expected(rule, lag, synapses, rows[0]["length"]), look[rule].colour)
    plots.log_axis(axes, [row["place"] for row in data])
    axes.set(
        yscale="log",
        ylim=(0.1, None),
        xlabel="lag + 1 (1: the last pair written)",
        ylabel=f"signal over noise, {synapses} synapses",
    )
