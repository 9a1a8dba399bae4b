"""Where do spikes lose what rates keep?

The spiking key-value memory (models/key_value_memory.py) with synapses that obey Dale's law is measured as it is,
without one source of loss, with one source alone, and without any. Noise is 1/SNR: what of the answers is not the
stored value, over what is, at the best single gain.

cross-talk       keys that share cells, and cells at rest that fire at 1 Hz; without: no cell serves two keys, rest is 0
encoding noise   Poisson spikes while pairs are written; without: evenly spaced ones
read-out noise   Poisson spikes while cues are asked; without: evenly spaced ones
Dale             weights of one sign; without: of both
filtering        of a dendrite still moved by the item before; without: a pause lets it forget
membrane         the output is spikes of a noisy, thresholded membrane, counted; without: the drive it receives

Switched off alone, the sources save more in all than there is to save, for one makes another worse; alone in an
otherwise clean circuit they cost less. The mean of the two is the source's share (its Shapley value where sources meet
in pairs only): shares add up to the noise, less what is left without any source and a remainder of three at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from experiments.tasks.pairs import NEEDS, SPIKING, cannot, memory
from plastic.lab.summary import column, grouped, with_intervals
from plastic.memory.codes import generator, signs, sparse_keys
from plastic.rule import InputError
from plastic.variants import varied

__all__ = ["NEEDS", "UNITS", "cannot", "draw", "grid", "measure", "memory", "rules", "settings", "summarise"]

UNITS = {"bits_per_spike": "bit", "spikes": "spikes a read"}


def disjoint_keys(rng: np.random.Generator, n: int, d: int, active: float = 0.1) -> np.ndarray:
    """Keys of a fixed share of active cells of which no two share one, [n, d] of 0 and 1."""
    size = round(active * d)
    if n * size > d:
        raise InputError(f"load is {n}, but {d} cells hold {d // size} keys that share none; give a smaller load")
    keys = np.zeros((n, d))
    np.put_along_axis(keys, rng.permutation(d)[: n * size].reshape(n, size), 1.0, -1)
    return keys


@dataclass(frozen=True)
class Setup:
    """How the memory is built and asked; times in seconds, rates in hertz."""

    keys: Callable[..., np.ndarray] = sparse_keys
    background: float = 1.0  # rate of a cell that is off
    writing: str = "poisson"
    asking: str = "poisson"
    sign: tuple[str, ...] = ("dale",)  # variants of the rule
    pause: float = 0.0  # longer settling, at the onset of every item
    read: str = "spikes"

    def of(self, store: Any) -> Any:
        """The spiking memory, so built and asked."""
        model = store.model
        usual = model.Circuit()
        times = {name: round(getattr(usual, name) + self.pause, 6) for name in ("item", "settle", "read_from")}
        circuit = replace(usual, background=self.background, **times)
        firing = {name: getattr(model, getattr(self, name)) for name in ("writing", "asking")}
        how = {"circuit": circuit, "read": self.read, **firing}
        return replace(store, rule=varied(store.rule, self.sign), how=how)


AS_IT_IS = Setup()
CLEAN = Setup(disjoint_keys, 0.0, "regular", "regular", (), 0.1, "drive")
SOURCES = {
    "cross-talk": ("keys", "background"),
    "encoding noise": ("writing",),
    "read-out noise": ("asking",),
    "Dale": ("sign",),
    "filtering": ("pause",),
    "membrane": ("read",),
}


def swapped(setup: Setup, source: str, donor: Setup) -> Setup:
    """A setup whose one source of loss is that of another."""
    return replace(setup, **{name: getattr(donor, name) for name in SOURCES[source]})


SETUPS = (
    {"nothing": AS_IT_IS}
    | {source: swapped(AS_IT_IS, source, CLEAN) for source in SOURCES}
    | {f"all but {source}": swapped(CLEAN, source, AS_IT_IS) for source in SOURCES}
    | {"all": CLEAN}
)
SCORES = ("noise", "correlation", "bits", "identified", "bits_per_spike", "spikes", "noise_without_spikes", "agreement")


def rules(substrate: str) -> list[str]:
    """Rules that tell growth, decay, error and delay apart."""
    return SPIKING if substrate == "spiking" else []


def grid(substrate: str, quick: bool) -> dict[str, list[Any]]:
    """Loads, and what is switched off."""
    if substrate != "spiking":
        return {}
    return {"load": [5] if quick else [2, 10], "without": list(SETUPS)}


def settings(substrate: str, quick: bool) -> dict[str, Any]:
    """Sizes of keys and values; a tenth of the key's cells is on."""
    return {"d": 100, "d_v": 50}


def measure(store: Any, seeds: Any, settings: dict[str, Any], load: int, without: str) -> list[dict[str, Any]]:
    """Scores of the answers, of the same memory on rates, and the spikes of a read, by seed."""
    setup = chosen(without)
    draws = [(generator(seed, "shortfall", load, "keys"), generator(seed, "shortfall", load)) for seed in seeds]
    keys = np.stack([setup.keys(rng, load, settings["d"]) for rng, _ in draws])
    values = np.stack([signs(rng, load, settings["d_v"]) for _, rng in draws])
    made = setup.of(store)
    recalled, spikes = made.recalled(keys, values, keys)
    found = scores(recalled, values, spikes.sum(1)) | beside(made.without_spikes(keys, values, keys), recalled, values)
    return [{"seed": seed} | {name: float(a[s]) for name, a in found.items()} for s, seed in enumerate(seeds)]


def chosen(without: str) -> Setup:
    """The setup that lacks something."""
    if without not in SETUPS:
        raise InputError(f"without is {without!r}; choose from {', '.join(SETUPS)}")
    return SETUPS[without]


def scores(recalled: np.ndarray, values: np.ndarray, spikes: np.ndarray) -> dict[str, np.ndarray]:
    """What answers [S, n, d_v] about 0 hold of the values, each [S]; spikes [S] of one read."""
    from plastic.memory.metrics import bits_per_spike, sign_bits

    bits = (np.sign(recalled) == values).mean((1, 2))
    named = (recalled @ values.transpose(0, 2, 1)).argmax(-1) == np.arange(values.shape[1])
    held = sign_bits(1, values.shape[-1], bits, scalars=1)  # of one read
    return similarity(recalled, values) | {
        "bits": bits,
        "identified": named.mean(-1),
        "spikes": spikes,
        "bits_per_spike": bits_per_spike(held, spikes),
    }


def similarity(recalled: np.ndarray, values: np.ndarray) -> dict[str, np.ndarray]:
    """Noise over signal power at the best single gain, its inverse, and the mean correlation with the value, [S]."""
    from plastic.memory.metrics import fidelity

    found = fidelity(recalled, values - values.mean(-1, keepdims=True))
    error = np.maximum(found.error, 0)  # rounding
    with np.errstate(divide="ignore"):
        return {"noise": error / (1 - error), "snr": (1 - error) / error, "correlation": found.cosine}


def beside(rates: np.ndarray, recalled: np.ndarray, values: np.ndarray) -> dict[str, np.ndarray]:
    """Of the same memory on rates: its noise, and how its answers agree with those of spikes (correlation), [S]."""
    a, b = (x.reshape(len(x), -1) for x in (rates, recalled))
    agreement = (a * b).sum(1) / np.sqrt((a**2).sum(1) * (b**2).sum(1))
    return {"noise_without_spikes": similarity(rates, values)["noise"], "agreement": agreement}


# What the rows say


def summarise(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Scores by condition, and each source's share of the noise and of the shortfall, where all was measured."""
    by = ("rule", "substrate", "load")
    return {
        "by_condition": with_intervals(rows, (*by, "without"), SCORES),
        "shares": [
            dict(zip(by, key, strict=True)) | line
            for key, group in grouped(rows, by).items()
            if complete(group)
            for line in split(group)
        ],
    }


def complete(rows: list[dict[str, Any]]) -> bool:
    """Whether every condition was measured, and there was a signal in each."""
    return {row["without"] for row in rows} == set(SETUPS) and bool(np.isfinite(column(rows, "noise")).all())


def split(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One line a part of the noise, with its size and shares, and their intervals over seeds."""
    noise = by_seed(rows)
    return [{"part": name, "seeds": len(noise)} | line for name, line in with_ends(noise).items()]


def by_seed(rows: list[dict[str, Any]]) -> np.ndarray:
    """Noise in every condition, and at last that of rates (without Dale's law), [seeds, conditions + 1]."""
    found = {without: group for (without,), group in grouped(rows, ("without",)).items()}
    measured = [column(found[without], "noise") for without in SETUPS]
    return np.stack([*measured, column(found["Dale"], "noise_without_spikes")], -1)


def parts(noise: np.ndarray, axis: int = 0) -> np.ndarray:
    """For each part: its noise, its share of the noise, of the shortfall, and what it saves switched off alone.

    noise [..., conditions + 1], averaged over the seeds at `axis`: [..., parts, 4]. The parts are the sources, what is
    left without them and the remainder. The shortfall is the noise beyond that of rates, all of which is cross-talk.
    """
    mean = noise.mean(axis)
    n, full, clean, rates = len(SOURCES), mean[..., :1], mean[..., -2:-1], mean[..., -1:]
    saved, added = full - mean[..., 1 : n + 1], mean[..., n + 1 : 2 * n + 1] - clean
    source = (saved + added) / 2
    remainder = full - clean - source.sum(-1, keepdims=True)
    size = np.concatenate([source, clean, remainder], -1)
    beyond = size - rates * (np.arange(n + 2) == list(SOURCES).index("cross-talk"))
    alone = np.concatenate([saved, np.full_like(remainder, np.nan).repeat(2, -1)], -1)
    return np.stack([size, size / full, beyond / (full - rates), alone / full], -1)


def with_ends(noise: np.ndarray) -> dict[str, dict[str, Any]]:
    """The columns of each part, each with its 95 % interval where there are seeds for one."""
    from plastic.memory.statistics import bootstrap_interval

    value = parts(noise)
    found = bootstrap_interval(noise, parts) if len(noise) > 1 else (value, value * np.nan, value * np.nan)
    columns = [
        f"{name}{end}" for name in ("noise", "share", "shortfall", "saved_alone") for end in ("", "_low", "_high")
    ]
    table = np.stack(found, -1).reshape(len(value), -1)  # [parts, columns]
    numbers = [[None if np.isnan(x) else float(x) for x in line] for line in table]
    return {
        name: dict(zip(columns, line, strict=True))
        for name, line in zip([*SOURCES, "none of them", "remainder"], numbers, strict=True)
    }


def draw(axes: Any, rows: list[dict[str, Any]], look: Any = None) -> None:
    """Noise of every rule and load, a bar stacked of its sources; a black line is what rates have."""
    from plastic.lab.plots import COLOURS

    by = ("rule", "load")
    groups = {key: by_seed(group) for key, group in grouped(rows, by).items() if complete(group)}
    named, colours = [*SOURCES, "none of them"], [*COLOURS[: len(SOURCES)], "0.7"]
    for place, noise in enumerate(groups.values()):
        left = 0.0
        for name, colour, size in zip(named, colours, parts(noise)[:, 0], strict=False):
            axes.barh(place, size, left=left, color=colour, height=0.7, label=name)
            left += size
        axes.plot([noise[:, -1].mean()] * 2, [place - 0.45, place + 0.45], color="black", lw=1.2, label="on rates")
    if groups:
        axes.invert_yaxis()
    axes.set_yticks(range(len(groups)), [f"{rule}, {load} pairs" for rule, load in groups], fontsize=5.5)
    axes.set(xlabel="noise over signal power, 1/SNR")
