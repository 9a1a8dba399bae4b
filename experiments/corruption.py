"""How much of a cue must be intact?

Pairs are shown once, then every key is a cue of which a share of the entries is wrong: zeroed, or replaced by those
of another key ("replaced"). alpha: pairs per key cell. n50, n90: loads at which half and nine tenths of the values
are identified among all shown; halving: the share at which n90 is half of that with clean cues.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from experiments.recall import capacity
from experiments.tasks.pairs import (
    GATE,
    NEEDS,
    by_seed,
    cannot,
    codes_for,
    load_of,
    memory,
    rules,
    scores,
    shown,
    sizes,
)
from plastic.lab.summary import Row, grouped, with_intervals
from plastic.memory.codes import code, generator
from plastic.memory.metrics import halving_corruption
from plastic.memory.rows import linear_row
from plastic.memory.theory import LinearRow, bit_accuracy, snr_from_corrupted_cue

__all__ = ["NEEDS", "cannot", "draw", "grid", "measure", "memory", "rules", "settings", "summarise"]

ALPHAS = [0.125, 0.25, 0.35, 0.5, 0.71, 1.0, 1.41, 2.0, 2.83, 4.0, 5.66, 8.0]


def grid(substrate: str, quick: bool) -> dict[str, Any]:
    """Load per key cell; every load is asked with all kinds of cues."""
    if substrate == "spiking":
        return {"alpha": [0.05] if quick else [0.05, 0.1, 0.2]}
    return {"alpha": [0.25, 0.5, 1.0] if quick else ALPHAS}


def settings(substrate: str, quick: bool) -> dict[str, Any]:
    """Sizes and codes of keys and values, and the shares of a cue that are wrong."""
    return sizes(substrate, quick) | {"shares": [0.0, 0.1, 0.2, 0.4, 0.6]}


def conditions(settings: dict[str, Any]) -> list[tuple[str, float]]:
    """Kinds of cues; a clean cue is of both kinds."""
    return [(kind, share) for kind in ("zeroed", "replaced") for share in settings["shares"]]


def measure(store: Any, seeds: Any, settings: dict[str, Any], alpha: float) -> list[Row]:
    """Bits right, identification and fidelity with each kind of cue, by seed."""
    load = load_of(alpha, settings)
    keys, values = shown(store, seeds, load, settings, "corruption")
    kinds = conditions(settings)
    cues = corrupted(store, seeds, settings, keys, kinds)  # [S, kinds, n, d]
    recalled = store.answers(keys, values, cues.reshape(len(keys), -1, keys.shape[-1]))
    answers = recalled.reshape(*cues.shape[:3], -1)
    return [
        row
        for place, (kind, share) in enumerate(kinds)
        for row in by_seed(seeds, scores(answers[:, place], values), load=load, cue=kind, wrong=share)
    ]


def corrupted(
    store: Any, seeds: Any, settings: dict[str, Any], keys: np.ndarray, kinds: list[tuple[str, float]]
) -> np.ndarray:
    """Cues of each kind, [S, kinds, n, d]; the entries that are wrong are nested, so that more are always worse."""
    draw = code(codes_for(store, settings)["keys"])
    rngs = [generator(seed, "corruption of cues", keys.shape[1]) for seed in seeds]
    others = np.stack([draw(rng, *keys.shape[1:]) for rng in rngs])
    order = np.stack([rng.random(keys.shape[1:]).argsort(-1).argsort(-1) for rng in rngs])  # [S, n, d]
    wrong = [order < round(share * keys.shape[-1]) for _, share in kinds]
    made = [np.where(w, 0.0 if kind == "zeroed" else others, keys) for w, (kind, _) in zip(wrong, kinds, strict=True)]
    return np.stack(made, 1)


def summarise(rows: list[Row]) -> dict[str, Any]:
    """Means by load and kind of cue, capacities with each, and the share that halves them."""
    by = ("rule", "substrate", "cue", "wrong")
    measures = ("load", "bits", "identified", "cosine", "mse")
    capacities = [dict(zip(by, key, strict=True)) | capacity(group) for key, group in grouped(rows, by).items()]
    halvings = [
        dict(zip(by[:3], key, strict=True)) | {"halving": halving(group)}
        for key, group in grouped(capacities, by[:3]).items()
    ]
    return {"by_load": with_intervals(rows, (*by, "alpha"), measures), "capacity": capacities, "robustness": halvings}


def halving(lines: list[Row]) -> float | None:
    """The share of wrong entries at which n90 is half of that with clean cues; None if it is not reached."""
    known = [(line["wrong"], line["n90"] or 0.0) for line in lines if "n90" in line]
    # wrong cues never hold more than clean ones: no n90 beside a clean one lies below the lightest load
    if not known or known[0][0] != 0 or not known[0][1]:
        return None
    found = halving_corruption(*np.array(known).T)
    return found if np.isfinite(found) else None


def predicted(row: LinearRow, d: int, load: int, cue: str, wrong: float) -> float:
    """Bits right that theory expects of a linear rule: entries of another key are silence and then noise."""
    share = round(wrong * d) / d
    noise = share / d if cue == "replaced" else 0.0
    return float(bit_accuracy(snr_from_corrupted_cue(row, d, np.arange(load), load, noise, share)).mean())


def predicted_bits(rule: Any, d: int, load: int, cue: str, shares: Any) -> np.ndarray | None:
    """Bits right that theory expects of a linear rule at each share of wrong entries."""
    row = linear_row(rule, gate=GATE)
    return None if row is None else np.array([predicted(row, d, load, cue, float(share)) for share in shares])


def draw(axes: Any, rows: list[Row], look: Any = None) -> None:
    """Bits right against the share of the cue that is replaced, at about half a pair a key cell."""
    from plastic.lab import plots

    alpha = min({row["alpha"] for row in rows}, key=lambda a: abs(np.log(2 * a)))
    rows = [row for row in rows if row["alpha"] == alpha and row["cue"] == "replaced"]
    data = with_intervals(rows, ("rule", "substrate", "wrong"), ("bits",))
    d, load = rows[0]["d"], rows[0]["load"]
    look = plots.looks_for(data, "wrong", "bits", look)
    plots.plot_theory(axes, data, "wrong", lambda rule, wrong: predicted_bits(rule, d, load, "replaced", wrong), look)
    plots.plot_measured(axes, data, "wrong", "bits", look)
    axes.set(xlabel="share of the cue replaced", ylabel=f"bits right at {alpha:g} pairs a cell", ylim=(0.45, 1.02))
