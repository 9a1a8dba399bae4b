"""Several seeds trained at once against one after another: `python -m experiments.bench_seeds` (part of `make bench`).

Five networks of each kind; seconds for a step of all of them, the two ways measured in turn, and their ratio: above 1
where together is faster. One thread.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from typing import Any

import torch

from plastic.slow import runs
from plastic.slow.task import task
from plastic.slow.together import Together
from plastic.slow.training import Plan, Training

SEEDS, REPEATS = 5, 5
Case = tuple[str, dict[str, Any], int, dict[str, Any], int]
CASES: dict[str, Case] = {  # task, its sizes, width, options, batch
    "hebb_ff": ("continual_familiarity", {"items": 40}, 25, {}, 32),
    "backpropamine": ("parity", {"length": 40}, 40, {}, 30),
    "feedforward": ("parity", {"length": 40}, 32, {"layers": 1}, 64),
    "ba_2016": ("associative_retrieval", {}, 100, {"cells": 50}, 128),
}


def trainings(programmer: str, case: Case, device: str) -> list[Training]:
    """One a seed, untrained."""
    name, sizes, width, options, batch = case
    about = runs.described(programmer, None, width, options)
    plan = Plan(batch=batch, held_out=batch)
    return [
        Training(task(name, sizes), lambda made: runs.network(made, about), plan, seed, device) for seed in range(SEEDS)
    ]


def measured(programmer: str, device: str) -> dict[str, Any]:
    """Seconds a step, one after another and together: medians of repeats in turn."""
    alone = trainings(programmer, CASES[programmer], device)
    group = trainings(programmer, CASES[programmer], device)
    together = Together(group)

    def one_by_one() -> None:
        for training in alone:
            training.train_step(0)

    ways = {"one by one": one_by_one, "together": lambda: together.train_step(group, 0)}
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(REPEATS + 1):
        for name, way in ways.items():
            times[name].append(seconds(way, device))
    found = {name: statistics.median(each[1:]) for name, each in times.items()}  # the first warms up
    return {"programmer": programmer, "device": device, **found, "ratio": found["one by one"] / found["together"]}


def seconds(way: Callable[[], Any], device: str) -> float:
    """How long one step of all seeds takes."""
    start = time.perf_counter()
    way()
    if device == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - start


def main() -> None:
    """Print one line a programmer; with --json one document."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    devices = ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]
    found = [measured(programmer, device) for device in devices for programmer in CASES]
    if chosen.json:
        print(json.dumps(found, indent=1))
        return
    for line in found:
        print("  ".join(f"{name} {value:.4g}" if isinstance(value, float) else value for name, value in line.items()))


if __name__ == "__main__":
    main()
