"""When a list is learnt again with new values, what is left of the old ones, and what does it cost the others?

AB-AC: a list of pairs is shown, then a share of its keys is shown again with new values, the whole second list
`repeats` times. Answers to the changed keys are projected on their old and new value (least squares on both).
perseveration: old / (old + new); overwriting index: (new - old) / (new + old); cost: share of the signal of
the unchanged pairs that the second list took. `overwriting` asks the same of a single key.

A delta rule with eta = 1 leaves nothing of an old value at the moment it is replaced. Each change that follows at
another key brings nearly 1 / d of it back, as it undoes a correction that the old list had made.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from experiments.tasks.pairs import (
    GATE,
    NEEDS,
    by_seed,
    cannot,
    decoded,
    load_of,
    memory,
    moments,
    projections,
    rules,
    shown,
    sizes,
)
from plastic.lab.summary import column, grouped, interval, with_intervals
from plastic.memory.metrics import overwriting_index
from plastic.memory.rows import linear_row
from plastic.memory.theory import LinearRow

__all__ = ["NEEDS", "cannot", "draw", "grid", "measure", "memory", "rules", "settings", "summarise"]


def grid(substrate: str, quick: bool) -> dict[str, Any]:
    """The share of the keys that get a new value, and how often the second list is shown."""
    if quick or substrate == "spiking":
        return {"share": [0.5], "repeats": [1]}
    return {"share": [0.25, 0.5], "repeats": [1, 2, 4]}


def settings(substrate: str, quick: bool) -> dict[str, Any]:
    """Sizes and codes of keys and values, and pairs in the first list per key cell."""
    return sizes(substrate, quick) | {"alpha": 0.1 if substrate == "spiking" else 0.25}


def changed_keys(load: int, share: float) -> np.ndarray:
    """Which keys get a new value: evenly spread over the first list, so that their age is that of the others."""
    changed = max(1, round(share * load))
    return (np.arange(changed) * load) // changed


def measure(store: Any, seeds: Any, settings: dict[str, Any], share: float, repeats: int) -> list[dict[str, Any]]:
    """Projections on old and new values, choices between them, and the unchanged pairs before and after."""
    load = load_of(settings["alpha"], settings)
    changed = changed_keys(load, share)
    kept = np.setdiff1d(np.arange(load), changed)
    keys, values = shown(store, seeds, load + len(changed), settings, "reversal")
    keys, first, second = keys[:, :load], values[:, :load], values[:, load:]
    again = np.tile(keys[:, changed], (1, repeats, 1)), np.tile(second, (1, repeats, 1))
    before = store.answers(keys, first, keys)
    after = store.answers(*(np.concatenate(lists, 1) for lists in zip((keys, first), again, strict=True)), keys)
    old, new = projections(after[:, changed], first[:, changed], second)
    found = {
        "old": old.mean(-1),
        "new": new.mean(-1),
        "chosen_new": (new > old).mean(-1),
        "bits_new": (decoded(after[:, changed], second) == second).mean((1, 2)),
    }
    if len(kept):
        found |= {
            "untouched_before": moments(before[:, kept], first[:, kept])[0].mean(-1),
            "untouched": moments(after[:, kept], first[:, kept])[0].mean(-1),
            "bits_untouched": (decoded(after[:, kept], first[:, kept]) == first[:, kept]).mean((1, 2)),
        }
    return by_seed(seeds, found, load=load)


def perseveration(old_and_new: np.ndarray, axis: int = 0) -> Any:
    """The old value's share of values [..., 2] after a mean over seeds."""
    return (1 - index(old_and_new, axis)) / 2


def index(old_and_new: np.ndarray, axis: int = 0) -> Any:
    """(new - old) / (new + old) of values [..., 2] after a mean over seeds."""
    old, new = np.moveaxis(old_and_new.mean(axis), -1, 0)
    return overwriting_index(new, old)


def lost(before_and_after: np.ndarray, axis: int = 0) -> Any:
    """Share lost between values [..., 2] after a mean over seeds."""
    before, after = np.moveaxis(before_and_after.mean(axis), -1, 0)
    return 1 - after / before


RATIOS = {
    "perseveration": (perseveration, ("old", "new")),
    "overwriting_index": (index, ("old", "new")),
    "cost": (lost, ("untouched_before", "untouched")),
}


def summarise(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Projections, perseveration, overwriting index and retroactive cost, with intervals over seeds."""
    by = ("rule", "substrate", "share", "repeats")
    means = with_intervals(rows, by, ("old", "new", "chosen_new", "bits_new", "untouched", "bits_untouched"))
    for line, group in zip(means, grouped(rows, by).values(), strict=True):
        for name, (statistic, of) in RATIOS.items():
            if of[0] in group[0]:
                line |= interval(name, np.stack([column(group, part) for part in of], -1), statistic)
    return {"by_repeats": means}


class Felt(NamedTuple):
    """Of values tracked through the writes: mean projection on the own key, and how it is felt along every other.

    along[i, j] = E[(u_i . k_j)(k_i . k_j)], where u_i is what W holds of value i: what a write at key j takes.
    """

    own: np.ndarray  # [tracked]
    along: np.ndarray  # [tracked, keys]


def written_at(felt: Felt, key: int, of: np.ndarray, writes: np.ndarray, row: LinearRow, d: int) -> Felt:
    """After a write at one key; `of` [tracked]: the key of each value, `writes` [tracked]: whether it is written."""
    here, every = of == key, np.arange(felt.along.shape[1])
    added = row.write * (here & writes)
    own = np.where(here, (1 - row.erase) * felt.own, felt.own - row.erase * felt.along[:, key])
    along = np.where(every == key, (1 - row.erase) * felt.along, felt.along)
    along = np.where(here[:, None], felt.along - row.erase * felt.own[:, None] / d, along)
    return Felt(row.decay * own + added, row.decay * along + added[:, None] / d)


def predicted(row: LinearRow, d: int, load: int, share: float, repeats: int) -> tuple[float, float, float]:
    """Mean projections on old, new and untouched values, for a linear rule, to first order in load / d.

    A write at a key takes along what a value holds there. A fresh key takes erase / d. A key that comes again
    takes nothing more (erase = 1) unless the value was written since.
    """
    changed = changed_keys(load, share)
    of = np.concatenate([np.arange(load), changed])  # old values, then new ones
    is_new = np.arange(len(of)) >= load
    felt = Felt(np.zeros(len(of)), np.zeros((len(of), load)))
    for key in range(load):
        felt = written_at(felt, key, of, ~is_new, row, d)
    for key in np.tile(changed, repeats):
        felt = written_at(felt, key, of, is_new, row, d)
    others = np.setdiff1d(np.arange(load), changed)
    untouched = felt.own[others].mean() if len(others) else np.nan
    return felt.own[changed].mean(), felt.own[load:].mean(), untouched


def predicted_perseveration(rule: Any, d: int, load: int, share: float, repeats: Any) -> np.ndarray | None:
    """The old values' share that theory expects of a linear rule after each number of repeats."""
    row = linear_row(rule, gate=GATE)
    if row is None:
        return None
    found = np.array([predicted(row, d, load, share, int(m))[:2] for m in repeats])
    return found[:, 0] / found.sum(-1)


def draw(axes: Any, rows: list[dict[str, Any]], look: Any = None) -> None:
    """What is left of the old values against how often the new list is shown, measured and predicted."""
    from plastic.lab import plots

    share = max(row["share"] for row in rows)
    d, load = rows[0]["d"], rows[0]["load"]
    data = summarise([row for row in rows if row["share"] == share])["by_repeats"]
    data = [line for line in data if line["untouched"] is None or line["untouched"] > 0]  # the others recall nothing
    look = plots.looks_for(data, "repeats", "perseveration", look)
    plots.plot_theory(
        axes, data, "repeats", lambda rule, repeats: predicted_perseveration(rule, d, load, share, repeats), look
    )
    plots.plot_measured(axes, data, "repeats", "perseveration", look)
    most = max(row["repeats"] for row in rows)
    axes.set(xlim=(0.5, most + 0.5), ylim=(-0.1, 0.65))
    axes.set(xlabel="presentations of the new list", ylabel="old / (old + new)")
