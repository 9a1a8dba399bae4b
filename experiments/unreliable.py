"""What does it cost that synapses often fail?

A synapse of the cortex releases a vesicle for one spike in two to ten. In the spiking key-value memory every synapse
transmits a spike with the probability release, all or nothing and on its own; what it transmits is larger by as much,
so that the mean stays. Pairs are shown once and recalled as in `one_shot`, from the dendritic drive. correlation: of
the recalled with the stored value; noise: 1/SNR of the answers, what is not the stored value over what is.

With fixed synapses the law is exact: spikes that each synapse loses on its own are fewer Poisson spikes, so release p
and c spikes a cell are as c p spikes (`readout`, and its test). Here synapses also learn, and what a rule that corrects
its prediction (delta) hears is noisy; yet for both rules noise is a straight line in 1/release: cross-talk, which does
not change, and shot noise, which goes as 1/release.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from experiments.one_shot import correlations, own, shown
from experiments.tasks.pairs import NEEDS, cannot, memory
from plastic.lab.summary import column, grouped, with_intervals

__all__ = ["NEEDS", "cannot", "draw", "grid", "measure", "memory", "rules", "settings", "summarise"]

MEASURES = ("correlation", "noise")


def rules(substrate: str) -> list[str]:
    """One that adds, one that corrects."""
    return ["vanilla", "delta"] if substrate == "spiking" else []


def grid(substrate: str, quick: bool) -> dict[str, list[Any]]:
    """Probability of release."""
    return {"release": [1.0, 0.25] if quick else [1.0, 0.5, 0.25, 0.1]} if substrate == "spiking" else {}


def settings(substrate: str, quick: bool) -> dict[str, Any]:
    """Key cells, value cells and pairs."""
    return {"d": 100, "d_v": 100, "pairs": 5} if quick else {"d": 500, "d_v": 500, "pairs": 20}


def measure(store: Any, seeds: Any, settings: dict[str, Any], release: float) -> list[dict[str, Any]]:
    """Correlation and noise of recall, by seed."""
    from plastic.memory.metrics import fidelity

    keys, values = shown(seeds, settings["pairs"], settings)
    circuit = replace(store.model.Circuit(), release=release)
    options = {"circuit": circuit, "read": "drive", "engine": "torch"}
    recalled = store.model.answers(store.rule, keys, values, keys, list(seeds), **options)
    alike = own(correlations(recalled, values)).mean(1)
    error = fidelity(recalled, values - values.mean(-1, keepdims=True)).error
    found = zip(seeds, alike, error / (1 - error), strict=True)
    return [{"seed": seed, "correlation": float(r), "noise": float(noise)} for seed, r, noise in found]


def summarise(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Means and intervals over seeds by release."""
    return {"by_release": with_intervals(rows, ("rule", "substrate", "release"), MEASURES)}


def draw(axes: Any, rows: list[dict[str, Any]], look: Any = None) -> None:
    """Noise over signal against 1/release; a line through reliable synapses and those that fail half of the time."""
    from plastic.lab import plots

    data = summarise(rows)["by_release"]
    look = plots.looks_for(data, "release", "noise", look)
    for (rule,), group in grouped(data, ("rule",)).items():
        own = sorted(group, key=lambda row: -row["release"])
        x, noise, colour = 1 / column(own, "release"), column(own, "noise"), look[rule].colour
        axes.plot(x, noise, "o", ms=3, color=colour, label=rule.replace("_", " "))
        if own[0]["noise_low"] is not None:
            axes.vlines(x, column(own, "noise_low"), column(own, "noise_high"), color=colour, lw=0.7)
        if len(x) > 1:
            slope = (noise[1] - noise[0]) / (x[1] - x[0])
            axes.plot(x, noise[0] + slope * (x - x[0]), color=colour, lw=0.9)
    axes.set(xlabel="1 / probability of release", ylabel="noise over signal power", ylim=(0, None))
