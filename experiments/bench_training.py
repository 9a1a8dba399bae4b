"""Peak memory of training, step by step and in chunks: `python -m experiments.bench_training` (part of `make bench`).

One forward and backward pass of a `PlasticLayer` (batch 8, one head, 64 x 64 synapses, float32, one thread), and one
training step of a feed-forward programmer (two such layers, each with a perceptron), for longer and longer sequences.
"loop" steps through a sequence, "chunk" solves 32 steps at once. Each case has a process of its own, whose peak is
what it holds beyond what was resident before. "kept" counts the fast weights (one of each sequence) among what
autograd keeps for the backward pass. On a machine with a GPU the same on "cuda" follows, in chunks of 64.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from functools import partial
from multiprocessing import get_context
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.graph import saved_tensors_hooks

from experiments.bench import resident
from plastic.slow.feedforward import FeedForward
from plastic.substrates.layer import PlasticLayer

BATCH, SIZE = 8, 64
STATE = BATCH * SIZE * SIZE  # numbers that are the fast weights of a batch
LENGTHS = (256, 512, 1024, 2048)
MODES = ("loop", "chunk")
NETWORKS: dict[str, Callable[[], nn.Module]] = {
    "delta layer": partial(PlasticLayer, "delta", SIZE),
    "gated_delta layer": partial(PlasticLayer, "gated_delta", SIZE),
    "vanilla layer": partial(PlasticLayer, "vanilla", SIZE),
    "delta programmer": partial(FeedForward, SIZE, "delta"),
}


def network(name: str, mode: str, device: str) -> nn.Module:
    """A network whose plastic layers go through a sequence in one mode."""
    torch.manual_seed(0)
    made = NETWORKS[name]().to(device)
    for layer in made.modules():
        if isinstance(layer, PlasticLayer):
            layer.forward = partial(layer.forward, mode=mode)  # type: ignore[method-assign]
    return made


class Pass:
    """Forward and backward once; of a programmer also the optimiser's step."""

    def __init__(self, name: str, mode: str, device: str) -> None:
        self.network, self.device = network(name, mode, device), device
        trained = isinstance(self.network, FeedForward)
        self.optimiser = torch.optim.AdamW(self.network.parameters()) if trained else None

    def __call__(self, length: int) -> None:
        y, _ = self.network(torch.randn(BATCH, length, SIZE, device=self.device))
        y.square().mean().backward()
        if self.optimiser is not None:
            self.optimiser.step()
        self.network.zero_grad()
        if self.device == "cuda":
            torch.cuda.synchronize()


def kept(run: Pass, length: int) -> float:
    """How many times the fast weights are kept for the backward pass."""
    found: dict[int, Tensor] = {}

    def noted(a: Tensor) -> Tensor:
        if a.shape[-2:] == (SIZE, SIZE) and a.numel() >= STATE:
            found[a.untyped_storage().data_ptr()] = a
        return a

    with saved_tensors_hooks(noted, lambda a: a):
        run(length)
    return sum(a.untyped_storage().nbytes() / a.element_size() for a in found.values()) / STATE


def measured(name: str, mode: str, length: int, device: str) -> dict[str, float]:
    """Peak memory (MiB beyond what was there before), what is kept, and seconds of a pass."""
    torch.set_num_threads(1)
    run = Pass(name, mode, device)
    run(64)  # libraries and their workspaces
    held = now(device)
    start = time.perf_counter()
    run(length)
    seconds, most = time.perf_counter() - start, peak(device)
    return {"MiB": most - held, "kept": kept(run, length), "seconds": seconds}


def now(device: str) -> float:
    """Memory in use, MiB; the peak starts again from here."""
    if device != "cuda":
        return resident()
    torch.cuda.reset_peak_memory_stats()
    return torch.cuda.memory_allocated() / 2**20


def peak(device: str) -> float:
    """The most that was in use since, MiB."""
    return torch.cuda.max_memory_allocated() / 2**20 if device == "cuda" else resident("VmHWM:")


def in_fresh_process(*arguments: Any) -> dict[str, float]:
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(measured, arguments)


def line(name: str, length: int, device: str) -> dict[str, Any]:
    """Both modes on one case."""
    return {
        "network": name,
        "T": length,
        "device": device,
        **{mode: in_fresh_process(name, mode, length, device) for mode in MODES},
    }


def shown(row: dict[str, Any]) -> str:
    loop, chunk, length = row["loop"], row["chunk"], row["T"]
    parts = (
        f"{mode}: {row[mode]['MiB']:7.1f} MiB ({1024 * row[mode]['MiB'] / length:6.1f} KiB a step), "
        f"kept {row[mode]['kept']:6.0f} ({row[mode]['kept'] / length:5.3f} a step)"
        for mode in MODES
    )
    ratios = f"loop / chunk: {loop['MiB'] / chunk['MiB']:.0f}x memory, {loop['seconds'] / chunk['seconds']:.0f}x time"
    return f"{row['device']:<4} {row['network']:<17} T={length:<5} {'  '.join(parts)}  | {ratios}"


def main() -> None:
    """Print one line a case; with --json one document."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    chosen = parser.parse_args()
    about = f"batch {BATCH}, d = {SIZE}, one head, float32, one thread, torch {torch.__version__}"
    print(f"{about}; the fast weights of the batch are {4 * STATE / 2**10:.0f} KiB", file=sys.stderr)
    rows = []
    for device in ("cpu", *(["cuda"] if torch.cuda.is_available() else [])):
        for name in NETWORKS:
            for length in LENGTHS:
                rows.append(line(name, length, device))
                print(shown(rows[-1]), file=sys.stderr if chosen.json else sys.stdout, flush=True)
    if chosen.json:
        print(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
