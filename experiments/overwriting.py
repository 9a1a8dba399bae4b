"""When a key gets a new value, what is left of the old one?

A few pairs are shown, then the first key is shown again with a new value, once or more often. The answer to
that key is projected on the old and on the new value (least squares on both); untouched: the projection of
the other answers on their own values.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from experiments.tasks.pairs import GATE, NEEDS, by_seed, cannot, memory, moments, projections, rules, shown, sizes
from plastic.lab.summary import column, grouped, interval, with_intervals

__all__ = ["NEEDS", "cannot", "draw", "grid", "measure", "memory", "rules", "settings", "summarise"]

SHOWN = 8  # pairs before the new value


def grid(substrate: str, quick: bool) -> dict[str, list[int]]:
    """How often the new value is shown."""
    return {"repeats": [1] if quick or substrate == "spiking" else [1, 2, 4]}


def settings(substrate: str, quick: bool) -> dict[str, Any]:
    """Sizes and codes of keys and values."""
    few = 4 if quick and substrate == "spiking" else SHOWN
    return sizes(substrate, quick) | {"shown": few}


def measure(store: Any, seeds: Any, settings: dict[str, Any], repeats: int) -> list[dict[str, Any]]:
    """Projections on the old, the new and the untouched values, by seed."""
    n = settings["shown"]
    keys, values = shown(store, seeds, n + 1, settings, "overwriting")
    first, changed = keys[:, :1], values[:, n:]
    keys = keys[:, :n]
    sequence = (
        np.concatenate([keys, first.repeat(repeats, 1)], 1),
        np.concatenate([values[:, :n], changed.repeat(repeats, 1)], 1),
    )
    recalled = store.answers(*sequence, keys)  # [S, n, d_v]
    untouched = moments(recalled[:, 1:], values[:, 1:n])[0].mean(-1)
    old, new = (p[:, 0] for p in projections(recalled[:, :1], values[:, :1], values[:, n:]))
    return by_seed(seeds, {"old": old, "new": new, "untouched": untouched})


def old_share(old_and_new: np.ndarray, axis: int = 0) -> Any:
    """The old value's share of the answer, [..., 2] after a mean over seeds."""
    old, new = np.moveaxis(old_and_new.mean(axis), -1, 0)
    return old / (old + new)


def summarise(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Projections and the old value's share, with intervals over seeds."""
    by = ("rule", "substrate", "repeats")
    means = with_intervals(rows, by, ("old", "new", "untouched"))
    for line, group in zip(means, grouped(rows, by).values(), strict=True):
        line |= interval("old_share", np.stack([column(group, "old"), column(group, "new")], -1), old_share)
    return {"by_repeats": means}


def predicted(rule: Any, d: int, repeats: int) -> tuple[float, float] | None:
    """Old and new projection that theory expects of a linear rule."""
    from plastic.memory.rows import linear_row
    from plastic.memory.theory import overwriting, signal_and_power

    row = linear_row(rule, gate=GATE)
    if row is None:
        return None
    before = float(signal_and_power(row, d, [SHOWN - 1], writes=SHOWN)[0][0])
    old, new = overwriting(row, repeats, old=before)
    return float(old), float(new)


def draw(axes: Any, rows: list[dict[str, Any]], look: Any = None, order: Any = None) -> None:
    """Old against new value in the answer, one mark a rule; the dotted line is half and half."""
    from plastic.lab import plots

    data = summarise([row for row in rows if row["repeats"] == 1])["by_repeats"]
    look = plots.looks_for(data, "repeats", "old_share", look)
    order = order or [[rule] for rule in dict.fromkeys(row["rule"] for row in data)]
    plots.plot_pairs(axes, data, look, order)
