"""What do time and activity do to a memory?

A few pairs are shown, one an item of 0.2 s, then time passes; distracting items in it, evenly spread, drive key
cells alone, value cells alone, or both (other pairs). kept: signal relative to that at the end of the list.
A purely presynaptic trace (Tsodyks-Markram) holds no value: its signal is the facilitation of the cells of the
keys less that of the others. Activity of the key cells overwrites it, since any key shares it, and does not touch
a Hebbian trace, which needs both sides.

On rates alone: the spiking circuit gives every item the same number of active cells, and has no empty ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import torch

from experiments.tasks import pairs
from experiments.tasks.pairs import GATE, decoded, moments, rules, shown, sizes
from plastic import symbols
from plastic.lab.summary import Row, column, grouped, interval
from plastic.memory.features import winners
from plastic.memory.metrics import delay_time_constant
from plastic.memory.of_rules import RateMemory
from plastic.memory.rows import linear_row
from plastic.rule import PlasticityRule
from plastic.substrates.layer import rule_or_memory
from plastic.substrates.rate import State, step

__all__ = ["NEEDS", "UNITS", "cannot", "draw", "grid", "measure", "memory", "rules", "settings", "summarise"]

NEEDS = {"pre"}
UNITS = {"delay": "second", "tau": "second"}
DELAYS = (0, 1, 2, 4, 8, 16)  # items
ACTIVE = 0.1  # share of the key cells that a presynaptic trace is driven through


def grid(substrate: str, quick: bool) -> dict[str, Any]:
    """Which cells the distracting items drive, and how many of these there are in the longest delay."""
    if substrate != "rate":
        return {}
    return {"driven": ["keys", "values", "pairs"], "distractors": [0, 16] if quick else [0, 4, 8, 16]}


def settings(substrate: str, quick: bool) -> dict[str, Any]:
    """Sizes and codes, pairs in the list, seconds an item lasts, and hertz of an active presynaptic cell."""
    return sizes(substrate, quick) | {"items": 4, "item": 0.2, "rate": 50.0}


def cannot(rule: str, substrate: str) -> str | None:
    """Why no delay can be put to a rule, or None."""
    found = None if substrate == "model" else rule_or_memory(rule)
    if substrate == "model" or not isinstance(found, PlasticityRule):
        return "has no synapses that time could change"
    return None if facilitates(found) else pairs.cannot(rule, substrate)


def facilitates(rule: PlasticityRule) -> bool:
    """Whether the trace is in the presynaptic terminal."""
    return "post" not in symbols.signals(rule) and "u" in symbols.flows(rule)


def memory(rule: str, substrate: str, settings: dict[str, Any], seeds: Any) -> Any:
    """The synapses that are shown pairs: of a rule, or the terminals of a presynaptic one."""
    found = rule_or_memory(rule)
    if isinstance(found, PlasticityRule) and facilitates(found):
        return Terminals(found, settings["item"], settings["rate"], settings.get("device", "cpu"))
    return pairs.memory(rule, substrate, settings, seeds)


# Two kinds of memory: a state, what items make of it, and its signal


@dataclass(frozen=True)
class Terminals:
    """A presynaptic rule in real time; u relaxes to U, so that facilitation decays to nothing."""

    rule: Any
    item: float
    rate: float
    device: str = "cpu"
    steps = 10  # an item with activity

    @property
    def resting_at_U(self) -> Any:
        return replace(self.rule, rest=self.rule.U)

    def lived(self, keys: np.ndarray, values: np.ndarray, state: State | None) -> State:
        """After items [S, T, d], silent ones where a key is 0; the values reach no terminal."""
        for key in torch.from_numpy(np.ascontiguousarray(keys)).to(self.device).unbind(1):  # [S, d]
            busy = bool(key.any())
            active = torch.from_numpy(winners(key.cpu().numpy(), ACTIVE)).to(self.device) * self.rate if busy else key
            for _ in range(self.steps if busy else 1):
                dt = self.item / self.steps if busy else self.item
                state = step(self.resting_at_U, state, {"pre": active, "post": active[:, :1]}, dt=dt)
        assert state is not None
        return state

    def scored(self, state: State, keys: np.ndarray, values: np.ndarray) -> dict[str, np.ndarray]:
        """Facilitation of the cells of the keys less that of all others, [S]."""
        raised = state["u"][:, 0].cpu().numpy()  # [S, d]
        used = winners(keys, ACTIVE).max(1)
        inside, outside = used.sum(-1), np.maximum((1 - used).sum(-1), 1)
        return {"signal": (raised * used).sum(-1) / inside - (raised * (1 - used)).sum(-1) / outside}


def lived(store: Any, keys: np.ndarray, values: np.ndarray, state: State | None) -> State:
    """The synapses after items in which the cells that are 0 are silent."""
    if isinstance(store, Terminals):
        return store.lived(keys, values, state)
    busy = [np.any(a != 0, -1, keepdims=True) for a in (keys, values)]
    pre, post = store.coded(keys) * busy[0], store.taught(np.where(busy[1], values, 1.0)) * busy[1]
    return store.lived({"pre": pre, "post": post}, state)


def scores(store: Any, state: State, keys: np.ndarray, values: np.ndarray) -> dict[str, np.ndarray]:
    """Signal, and bits right where there are values, [S]."""
    if isinstance(store, Terminals):
        return store.scored(state, keys, values)
    recalled = store.asked(state, keys)
    bits = (decoded(recalled, values) == values).mean((1, 2))
    return {"signal": moments(recalled, values)[0].mean(-1), "bits": bits}


def measure(store: Any, seeds: Any, settings: dict[str, Any], driven: str, distractors: int) -> list[Row]:
    """Signal and bits right after each delay, by seed."""
    keys, values = shown(store, seeds, settings["items"], settings, "delay")
    at_first = store.written(keys, values) if isinstance(store, RateMemory) else lived(store, keys, values, None)
    rows = []
    for passed, state in through_delay(store, seeds, settings, driven, distractors, at_first):
        found = scores(store, state, keys, values)
        about = {"delay": round(passed * settings["item"], 6), "passed": passed}
        rows += pairs.by_seed(seeds, found, **about)
    return rows


def through_delay(
    store: Any, seeds: Any, settings: dict[str, Any], driven: str, distractors: int, state: State
) -> Iterator[tuple[int, State]]:
    """Items passed and the synapses, at each of the delays."""
    keys, values = distracting(store, seeds, settings, driven, distractors)
    yield 0, state
    for start, end in pairwise(DELAYS):
        state = lived(store, keys[:, start:end], values[:, start:end], state)
        yield end, state


def distracting(
    store: Any, seeds: Any, settings: dict[str, Any], driven: str, distractors: int
) -> tuple[np.ndarray, np.ndarray]:
    """Key and value cells during the longest delay, [S, T, d] and [S, T, d_v]; 0 where they are silent."""
    keys, values = shown(store, seeds, DELAYS[-1], settings, "distractors")
    busy = np.diff(np.arange(DELAYS[-1] + 1) * distractors // DELAYS[-1]) > 0
    parts = {"keys": (1, 0), "values": (0, 1), "pairs": (1, 1)}[driven]
    return keys * busy[:, None] * parts[0], values * busy[:, None] * parts[1]


# What it comes to


def summarise(rows: list[Row]) -> dict[str, Any]:
    """Share kept after each delay, the time constant of what is lost without distractors, and the distractors' cost."""
    by = ("rule", "substrate", "driven", "distractors")
    kept = [
        dict(zip(by, key, strict=True)) | line for key, group in grouped(rows, by).items() for line in kept_by(group)
    ]
    return {"by_delay": kept, "passive": passive(kept), "distraction": [cost(kept, *key) for key in sorted(ends(kept))]}


def kept_by(rows: list[Row]) -> list[Row]:
    """Share of the signal that is kept at each delay of one condition, with intervals over seeds."""
    by_delay = grouped(rows, ("delay",))
    first = column(by_delay[0.0,], "signal")
    return [
        {"delay": delay, "seeds": len(group)}
        | interval("kept", np.stack([first, column(group, "signal")], -1), share)
        | (interval("bits", column(group, "bits")) if "bits" in group[0] else {})
        for (delay,), group in by_delay.items()
    ]


def share(first_and_now: np.ndarray, axis: int = 0) -> Any:
    """Signal now over signal at first, values [..., 2], after a mean over seeds."""
    first, now = np.moveaxis(first_and_now.mean(axis), -1, 0)
    return now / np.where(first == 0, np.nan, first)


def passive(kept: list[Row]) -> list[Row]:
    """Time constants without distractors."""
    quiet = [line for line in kept if line["distractors"] == 0]
    return [
        {"rule": rule, "substrate": substrate, "tau": time_constant(group)}
        for (rule, substrate), group in grouped(quiet, ("rule", "substrate")).items()
    ]


def time_constant(lines: list[Row]) -> float | None:
    """Of an exponential through the shares kept, in seconds; None where less than .01 is lost, or nothing left."""
    delays, shares = column(lines, "delay"), column(lines, "kept")
    usable = shares > 1e-4
    if usable.sum() < 2 or shares.min() > 0.99:
        return None
    found = delay_time_constant(delays[usable], shares[usable])
    return found if np.isfinite(found) else None


def ends(kept: list[Row]) -> dict[tuple[str, str, str], dict[int, float]]:
    """Share kept at the end of the longest delay: {(rule, substrate, driven): {distractors: share}}."""
    last = max((line["delay"] for line in kept), default=0)
    found: dict[tuple[str, str, str], dict[int, float]] = {}
    for line in kept:
        if line["delay"] == last:
            key = line["rule"], line["substrate"], line["driven"]
            found.setdefault(key, {})[line["distractors"]] = line["kept"]
    return found


def cost(kept: list[Row], rule: str, substrate: str, driven: str) -> Row:
    """Share of what time leaves that one distractor takes: the mean over the first few."""
    shares = ends(kept)[rule, substrate, driven]
    few = min((number for number in shares if number), default=None)
    about = {"rule": rule, "substrate": substrate, "driven": driven}
    if few is None or 0 not in shares or not shares[0] > 0:
        return about | {"cost": None}
    return about | {"cost": (1 - shares[few] / shares[0]) / few}


def predicted(rule: Any, d: int, distractors: Any) -> np.ndarray | None:
    """Share of what time leaves that a linear rule keeps after driven key cells without a teacher: extinction."""
    row = linear_row(rule, gate=GATE) if isinstance(rule, PlasticityRule) else None
    return None if row is None else (1 - row.erase / d) ** np.asarray(distractors, float)


def draw(axes: Any, rows: list[Row], look: Any = None) -> None:
    """What driven key cells leave of each memory, relative to the same delay without them."""
    from plastic.lab import plots

    last = max(row["delay"] for row in rows)
    keyed = [row for row in rows if row["driven"] == "keys" and row["delay"] in (0.0, last)]
    quiet = {line["rule"]: line["kept"] for line in at(keyed, last) if line["distractors"] == 0}
    data = [relative(line, quiet[line["rule"]]) for line in at(keyed, last) if quiet.get(line["rule"], 0) > 0.02]
    look = plots.looks_for(data, "distractors", "kept", look)
    plots.plot_theory(axes, data, "distractors", lambda rule, number: predicted(rule, rows[0]["d"], number), look)
    plots.plot_measured(axes, data, "distractors", "kept", look)
    axes.set(xlabel=f"distracting keys in {last:g} s", ylabel="signal kept", ylim=(-0.2, 1.3))


def at(rows: list[Row], delay: float) -> list[Row]:
    return [line for line in summarise(rows)["by_delay"] if line["delay"] == delay]


def relative(line: Row, to: float) -> Row:
    """The share kept and its interval, over what time alone leaves."""
    names = [f"kept{end}" for end in ("", "_low", "_high")]
    return line | {name: None if line[name] is None else line[name] / to for name in names}
