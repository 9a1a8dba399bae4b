"""The scorecard of a memory: how much it holds, how well and for how long, with intervals over seeds.

Everything is measured through `PairMemory.answers`, so that a rule, a layer, a spiking circuit, a network of
models/ and a class of one's own get the same marks. Seeds are batched; seeds are added until the intervals of n50
and n90 are narrow enough.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import ceil, sqrt
from typing import Any, NamedTuple

import numpy as np

from plastic.memory import metrics
from plastic.memory.bench import THRESHOLDS, Bench, Recalled, Yardstick, asked_of, recalled
from plastic.memory.codes import generator, unit
from plastic.memory.protocol import PairMemory
from plastic.memory.statistics import (
    Interval,
    cluster_bootstrap,
    crossings,
    enough,
    interval_over_seeds,
    overdispersion,
)

STEP = sqrt(2)  # between the loads of the first look
NEAR = (0.7, 0.85, 1.0, 1.18, 1.4)  # loads around a crossing, relative to it
SHOWN = 8  # pairs before one of them gets a new value
SIMILAR = 0.3  # of correlated keys
EXACT = 1e-4  # relative error below which no noise limits what is told
STANDARD = Yardstick()


class Mark(NamedTuple):
    """One line of the scorecard."""

    name: str
    found: Interval
    unit: str
    meaning: str


# Capacity


def by_load(bench: Bench, seeds: int, load: int) -> dict[str, np.ndarray]:
    """Marks of the lists of a load, each [seeds]: identified among M and among all n, and fidelity."""
    rows = bench.lists.setdefault(load, [])
    for block in bench.blocks(range(len(rows), seeds), load):
        rows += marks(recalled(bench, block, load), bench.rod.candidates)
    return {name: np.array([row[name] for row in rows[:seeds]]) for name in rows[0]}


def marks(found: Recalled, candidates: int) -> list[dict[str, float]]:
    """The marks of each seed."""
    by_seed = {
        "identified": metrics.identify(found.answers, found.wanted, candidates).mean(-1),
        "identified_all": among_all(found).mean(-1),
        **metrics.fidelity(*found.levelled())._asdict(),
        "active": (found.wanted > 0).mean((1, 2)),
        "hit": share_on(found, found.wanted > 0),
        "false_alarm": share_on(found, found.wanted <= 0),
    }
    return [{name: float(a[s]) for name, a in by_seed.items()} for s in range(len(found.answers))]


def share_on(found: Recalled, of: np.ndarray) -> np.ndarray:
    """Share of these components that the answers say are on, [S]."""
    answers, _ = found.levelled()
    return ((answers > 0) & of).sum((1, 2)) / np.maximum(of.sum((1, 2)), 1)


def among_all(found: Recalled) -> np.ndarray:
    """Whether each pair asked for is identified among all the values shown, [S, m]."""
    if len(found.own) == found.values.shape[1]:
        return metrics.identify(found.answers, found.values, None)
    answers, stored = metrics.normalised(found.answers), found.values.transpose(0, 2, 1)
    right = [a @ v == (a @ v).max(-1, keepdims=True) for a, v in zip(answers, stored, strict=True)]  # [m, n] each
    return np.stack([best[np.arange(len(best)), found.own] / best.sum(-1) for best in right])


def first_look(bench: Bench) -> list[int]:
    """Loads a factor sqrt(2) apart, from where nearly all is identified to where less than half is."""
    rod = bench.rod
    loads = [max(2, rod.d // 8)]
    while loads[0] > 2 and min(shares(bench, loads[0])) < 0.95:
        loads.insert(0, max(2, int(loads[0] / STEP)))
    while loads[-1] < rod.farthest and max(shares(bench, loads[-1])) > 0.42:
        loads.append(min(ceil(loads[-1] * STEP), rod.farthest))
    return sorted({*loads, 2, 3, 4}) if len(loads) < 3 else loads


def shares(bench: Bench, load: int) -> tuple[float, float]:
    """Mean shares identified, among M and among all."""
    found = by_load(bench, bench.rod.seeds, load)
    return float(found["identified"].mean()), float(found["identified_all"].mean())


def capacity(bench: Bench, loads: Sequence[int], name: str, level: float) -> Interval:
    """The load at which a share is identified; seeds are added until its interval is narrow.

    0 if even two pairs are too many; infinite if the heaviest load tried is still within it.
    """
    rod, seeds = bench.rod, bench.rod.seeds
    rough = crossing(bench, seeds, loads, name, level)
    if not 0 < rough.value < np.inf:
        return rough
    near = near_to(rough.value)
    found = crossing(bench, seeds, near, name, level)
    while not enough(found, rod.precision) and seeds < rod.most_seeds:
        seeds = min(2 * seeds, rod.most_seeds)
        found = crossing(bench, seeds, near, name, level)
    return found


def near_to(load: float) -> list[int]:
    """A few loads around one."""
    near = {max(2, round(factor * load)) for factor in NEAR}
    return sorted(near if len(near) > 2 else {2, 3, 4, *near})


def crossing(bench: Bench, seeds: int, loads: Sequence[int], name: str, level: float) -> Interval:
    """Where the share identified passes the level, read off between loads."""
    share = np.stack([by_load(bench, seeds, load)[name] for load in loads], -1)  # [seeds, loads]
    asked = np.array([len(asked_of(load)) for load in loads])
    return crossings(loads, share * asked, asked, levels=(level,), resamples=1000)[level]


def capacity_marks(bench: Bench, loads: Sequence[int]) -> list[Mark]:
    """n50, n90 among M and among all values shown, and n90 by key cell and by stored number."""
    rod = bench.rod
    found = {
        key + tail: Mark(key + tail, capacity(bench, loads, name, level), "pairs", f"{level:.0%} identified, {among}")
        for name, tail, among in (("identified", "", f"M = {rod.candidates}"), ("identified_all", "_all", "M = n"))
        for key, level in (("n50", 0.5), ("n90", 0.9))
    }
    n90 = found["n90"].found
    held = bench.scalars(max(2, round(n90.value)) if n90.value < np.inf else loads[-1])
    return [
        *found.values(),
        Mark("alpha90", relative(n90, rod.d), "pairs/cell", "n90 / d"),
        Mark("n90/N_syn", relative(n90, held), "pairs/number", f"n90 over the {held} numbers stored"),
        scatter(bench, n90.value),
    ]


def relative(found: Interval, to: float) -> Interval:
    """An interval divided by a number."""
    return Interval(*(float(part) / to for part in found))


def scatter(bench: Bench, n90: float) -> Mark:
    """How much more seeds differ at n90 than if the items were independent."""
    load = max(2, round(n90)) if n90 < np.inf else bench.rod.d
    right = by_load(bench, bench.rod.seeds, load)["identified"][:, None] * len(asked_of(load))
    found = overdispersion(right, [len(asked_of(load))])
    says = f"variance over seeds, relative to that of independent items (p = {found.p:.2g})"
    return Mark("over-dispersion", Interval(found.factor, np.nan, np.nan), "", says)


def information_marks(bench: Bench, loads: Sequence[int]) -> list[Mark]:
    """The most bits for each stored number over the loads, by several ways of counting, with the interval there."""
    told = {n: bits_told(bench.rod, n, by_load(bench, bench.rod.seeds, n), bench.scalars(n)) for n in loads}
    noisy = {n: of for n, of in told.items() if by_load(bench, bench.rod.seeds, n)["error"].min() > EXACT}
    counted = {name: noisy if name == "bits_SNR" else told for name in COUNTED}
    if bench.codes[0] != "dense":  # a signal-to-noise ratio tells bits of real numbers alone
        del counted["bits_SNR"]
    held = [densest(name, {n: bits[name] for n, bits in of.items()}) for name, of in counted.items() if of]
    precision = getattr(bench.make((0,)), "bits_per_scalar", 32)
    per_bit = Mark("bits per bit", relative(held[0].found, precision), "", f"bits_sign over {precision} bits a number")
    return [*held, per_bit]


def bits_told(rod: Yardstick, load: int, of: Mapping[str, Any], scalars: int) -> dict[str, Any]:
    """Bits for each of the numbers stored that marks of a load (of `marks`, by seed or of one seed) tell."""
    snr = 1 / np.clip(of["error"], 2.0**-104, 1) - 1  # no more than double precision can tell
    return {
        "bits_sign": metrics.on_off_bits(load, rod.d_v, of["active"], of["hit"], of["false_alarm"], scalars),
        "bits_M": metrics.candidate_bits(load, of["identified"], rod.candidates, scalars),
        "bits_SNR": metrics.gaussian_bits(load, rod.d_v, snr, scalars),
    }


COUNTED = {
    "bits_sign": "from signs",
    "bits_M": "from values identified among M",
    "bits_SNR": "from the signal-to-noise ratio",
}


def densest(name: str, bits: Mapping[int, np.ndarray]) -> Mark:
    """The load with most bits [seeds] for each stored number."""
    best = max(bits, key=lambda load: float(bits[load].mean()))
    where = "still growing" if best == max(bits) else "most"
    return Mark(name, interval_over_seeds(bits[best]), "bits/number", f"{COUNTED[name]}; {where} at n = {best}")


# Fidelity


def fidelity_marks(bench: Bench) -> list[Mark]:
    """How well pairs are recalled at a light load, d / 4, and at d."""
    meanings = {"bits": "signs right", "cosine": "cosine of answer and value", "error": "squared error at best gain"}
    found = {where: by_load(bench, bench.rod.seeds, n) for where, n in (("d/4", bench.rod.d // 4), ("d", bench.rod.d))}
    return [
        Mark(f"{name} at {where}", interval_over_seeds(of[name]), "", says)
        for where, of in found.items()
        for name, says in meanings.items()
    ]


# Forgetting


def by_lag(bench: Bench, length: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Lags asked for [m], and signal and power of a stream, [seeds, m], newest first."""
    parts = []
    for block in bench.blocks(range(bench.rod.seeds), length):
        found = recalled(bench, block, length, "stream")
        parts.append(metrics.signal_and_power(*found.levelled_each()))
    signal, power = (np.concatenate(part) for part in zip(*parts, strict=True))
    return length - 1 - found.own[::-1], signal, power


def stream_marks(bench: Bench) -> list[Mark]:
    """SNR of the newest pair, lifetimes and the shape of forgetting, in a stream of 5 d pairs if so many are tried."""
    length = min(5 * bench.rod.d, bench.rod.farthest)
    lags, signal, power = by_lag(bench, length)
    near = neighbours(lags)
    newest = cluster_bootstrap(lambda c, a: metrics.snr(c, a)[0], signal, power, resamples=200)

    lived = {
        s: cluster_bootstrap(lambda c, a, s=s: lifetime(c @ near, a @ near, s, lags), signal, power, resamples=200)
        for s in THRESHOLDS
    }
    half = cluster_bootstrap(lambda c: metrics.half_life(c.mean(0) @ near, lags), signal, resamples=200)
    return [
        Mark("SNR, lag 0", newest, "", "of the newest pair"),
        *(Mark(f"lifetime, SNR {s:g}", f, "pairs", f"lag at which the SNR is {s:g}") for s, f in lived.items()),
        Mark("half-life", half, "pairs", f"of the signal; {shape_of_forgetting(signal, lags)}"),
    ]


def lifetime(signal: np.ndarray, power: np.ndarray, threshold: float, lags: np.ndarray) -> float:
    """Lag at which the SNR of signal and power [seeds, lags] falls to a threshold."""
    return float(metrics.lifetimes(metrics.snr(signal, power), threshold, lags))


def neighbours(lags: np.ndarray) -> np.ndarray:
    """Weights [lags, lags] that average each lag with those within about a tenth of it, to still the noise."""
    near = np.exp(-(((lags - lags[:, None]) / (0.1 * (1 + lags))) ** 2) / 2)
    return near / near.sum(0)


def shape_of_forgetting(signal: np.ndarray, lags: np.ndarray) -> str:
    """none, exponential or power law, in words."""
    mean, tenth = signal.mean(0), max(1, len(lags) // 10)
    if mean[-tenth:].mean() > 0.9 * mean[:tenth].mean():
        return "no forgetting"
    tail = metrics.tail_class(signal, lags)
    return f"{tail.name} (difference in AIC {abs(tail.delta_aic):.0f})"


# Interference, overwriting, robustness


def interference_marks(bench: Bench) -> list[Mark]:
    """Noise that one more pair adds, for unrelated and for similar keys; only where keys are real vectors."""
    if bench.codes[0] != "dense":
        return []
    d = bench.rod.d
    return [
        Mark(
            f"interference, rho = {rho:g}",
            interval_over_seeds(metrics.interference((d // 2, d), *similar(bench, rho, (d // 2, d)))),
            "1/pair",
            "noise variance added by one more pair, relative to the squared signal",
        )
        for rho in (0.0, SIMILAR)
    ]


def similar(bench: Bench, rho: float, loads: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """Mean signal and power [seeds, loads] of lists whose keys have the cosine rho."""
    seeds, found = tuple(range(bench.rod.seeds)), []
    for load in loads:
        keys, values = bench.pairs(seeds, load + 1, "similar")
        common = keys[:, :1]
        across = keys[:, 1:] - (keys[:, 1:] * common).sum(-1, keepdims=True) * common
        keys, values = np.sqrt(rho) * common + np.sqrt(1 - rho) * unit(across), values[:, 1:]
        told = Recalled(values, np.arange(load), bench.answers(seeds, keys, values, keys))
        found.append([part.mean(-1) for part in metrics.signal_and_power(*told.levelled_each())])
    signal, power = zip(*found, strict=True)
    return np.stack(signal, -1), np.stack(power, -1)


def overwriting_marks(bench: Bench) -> list[Mark]:
    """What one new value for an old key leaves of the old one."""
    seeds = tuple(range(bench.rod.seeds))
    keys, values = bench.pairs(seeds, SHOWN, "overwriting")
    new = unlike(values[:, :1])
    shown = np.concatenate([keys, keys[:, :1]], 1), np.concatenate([values, new], 1)
    answers = bench.answers(seeds, *shown, keys)
    wanted = np.concatenate([new, values[:, 1:]], 1)
    recalled_now, fresh = Recalled(wanted, np.arange(SHOWN), answers).levelled_each()
    stale = values[:, 0] - (wanted - fresh)[:, 0]  # less the same mean
    kept, taken = metrics.projections(recalled_now[:, 0], stale, fresh[:, 0])
    index = cluster_bootstrap(lambda o, n: metrics.overwriting_index(n.mean(), o.mean()), kept, taken)
    return [Mark("overwriting index", index, "", "1: the new value alone; 0: half and half; -1: the old value alone")]


def unlike(values: np.ndarray) -> np.ndarray:
    """Values [..., d_v] of the same code, at right angles to these: every second sign turned, or other cells on."""
    if values.min() < 0:
        return values * np.resize([1.0, -1.0], values.shape[-1])
    return np.roll(values, values.shape[-1] // 2, -1)


def robustness_marks(bench: Bench, n90: float) -> list[Mark]:
    """The share of a cue that may be missing until n90 is halved."""
    if not 4 <= n90 < np.inf:
        return []
    load, grid = round(n90 / 2), np.linspace(0, 0.9, 10)
    right = np.stack([corrupted(bench, load, share) for share in grid], -1)  # [seeds, shares]
    halves = cluster_bootstrap(lambda r: last_above(grid, r.mean(0), 0.9), right)
    return [Mark("cue corruption", halves, "", "share of the cue set to 0 at which n90 is halved")]


def corrupted(bench: Bench, load: int, share: float) -> np.ndarray:
    """Share identified from cues of which a share of the entries is set to 0, [seeds]."""

    def spoil(cues: np.ndarray, seeds: Sequence[int]) -> np.ndarray:
        left = [generator(seed, "spoil", load).random(cues.shape[1:]) >= share for seed in seeds]
        return cues * np.stack(left)

    found = [recalled(bench, block, load, "spoilt", spoil) for block in bench.blocks(range(bench.rod.seeds), load)]
    return np.concatenate([metrics.identify(f.answers, f.wanted, bench.rod.candidates).mean(-1) for f in found])


def last_above(x: np.ndarray, falling: np.ndarray, level: float) -> float:
    """Where a curve that falls first passes a level, on a line between two points; infinite if it never does."""
    below = np.flatnonzero(falling < level)
    if not below.size:
        return np.inf
    first = int(below[0])
    if first == 0:
        return 0.0
    share = (falling[first - 1] - level) / (falling[first - 1] - falling[first])
    return float(x[first - 1] + share * (x[first] - x[first - 1]))


# All of it


class Scorecard(NamedTuple):
    """The marks of a memory, and accuracy by load: rows {load, identified, identified_all, bits, cosine, error}."""

    marks: list[Mark]
    curve: list[dict[str, float]]


def scorecard(make: Callable[[tuple[int, ...]], PairMemory], rod: Yardstick = STANDARD) -> Scorecard:
    """Measure a memory. make(seeds) gives one for a block of seeds.

    Errors: InputError where its answers are not finite or have the wrong shape.
    """
    bench = Bench(make, rod)
    loads = first_look(bench)
    held = capacity_marks(bench, loads)
    found = [
        *held,
        *information_marks(bench, loads),
        *fidelity_marks(bench),
        *stream_marks(bench),
        *interference_marks(bench),
        *overwriting_marks(bench),
        *robustness_marks(bench, held[1].found.value),
    ]
    curve = [{"load": n} | {k: float(a.mean()) for k, a in by_load(bench, rod.seeds, n).items()} for n in loads]
    return Scorecard(found, curve)
