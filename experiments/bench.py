"""Speed and memory of reading a sequence: `python -m experiments.bench` (`make bench`).

One run times, in turn, a plain einsum loop, plastic's reference loop, plastic's chunks and
flash-linear-attention's naive chunk (float32, one thread), and prints medians and ratios. Peak memory
is that of a fresh process for each. On a machine with a GPU the same on "cuda" follows.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import normalize

from plastic import RULES, read

STEPS, SIZE, DECAY = 1024, 64, 0.98
METHODS = ("einsum loop", "loop", "chunk", "fla naive chunk")
RULE = {"delta": RULES["delta"](), "decayed Hebb": RULES["mamba2"]()}


def inputs(streams: int, device: str, steps: int) -> dict[str, Tensor]:
    """Keys, values, queries [1, T, H, D], learning rates and log decays [1, T, H]."""
    make = torch.Generator().manual_seed(0)
    key, value, query = (torch.randn(1, steps, streams, SIZE, generator=make) for _ in range(3))
    rate = torch.rand(1, steps, streams, generator=make)
    leak = torch.full_like(rate, -torch.log(torch.tensor(DECAY)).item())
    made = {"key": normalize(key, dim=-1), "value": value, "query": query, "rate": rate, "leak": leak}
    return {name: a.to(device).requires_grad_() for name, a in made.items()}


def einsum_loop(rule: str, a: dict[str, Tensor]) -> Tensor:
    """What one writes by hand."""
    w = a["key"].new_zeros(1, a["key"].shape[2], SIZE, SIZE)
    outputs = []
    for t in range(a["key"].shape[1]):
        k, v, q = (a[name][:, t] for name in ("key", "value", "query"))
        if rule == "delta":
            error = a["rate"][:, t, :, None] * (v - torch.einsum("bhvk,bhk->bhv", w, k))
            w = w + torch.einsum("bhv,bhk->bhvk", error, k)
        else:
            w = torch.exp(-a["leak"][:, t, :, None, None]) * w + torch.einsum("bhv,bhk->bhvk", v, k)
        outputs.append(torch.einsum("bhvk,bhk->bhv", w, q))
    return torch.stack(outputs, 1)


def ours(rule: str, a: dict[str, Tensor], mode: str) -> Tensor:
    signals = {"pre": a["key"], "post": a["value"], "mod": a["rate"], "gate": a["leak"]}
    out, _ = read(RULE[rule], signals, a["query"], mode=mode)
    assert out is not None
    return out


def fla(rule: str, a: dict[str, Tensor]) -> Tensor:
    """flash-linear-attention's readable chunked reference, by file path (its package needs triton)."""
    q, k, v = (a[name].transpose(1, 2) for name in ("query", "key", "value"))  # [1, H, T, D]
    if rule == "delta":
        found = naive("delta_rule").delta_rule_chunkwise(q, k, v, a["rate"].transpose(1, 2))
        return (found[0] if isinstance(found, tuple) else found).transpose(1, 2)
    return naive("simple_gla").naive_chunk_simple_gla(a["query"], a["key"], a["value"], -a["leak"])[0]


def naive(name: str) -> Any:
    """One of its reference files as a module."""
    spec = find_spec("fla")
    if spec is None or spec.submodule_search_locations is None:
        raise SystemExit("fla-core is not installed; install the extra plastic[test]")
    path = Path(next(iter(spec.submodule_search_locations))) / "ops" / name / "naive.py"
    file = spec_from_file_location(f"fla_naive_{name}", path)
    assert file is not None
    assert file.loader is not None
    module = module_from_spec(file)
    file.loader.exec_module(module)
    return module


def run(method: str, rule: str, a: dict[str, Tensor], backward: bool) -> Tensor:
    """One pass, forward or forward and backward."""
    call: dict[str, Callable[[], Tensor]] = {
        "einsum loop": lambda: einsum_loop(rule, a),
        "loop": lambda: ours(rule, a, "loop"),
        "chunk": lambda: ours(rule, a, "chunk"),
        "fla naive chunk": lambda: fla(rule, a),
    }
    with torch.set_grad_enabled(backward):
        out = call[method]()
    if backward:
        out.square().mean().backward()
    return out


def seconds(method: str, rule: str, streams: int, backward: bool, device: str, repeats: int, steps: int) -> float:
    """Median wall time of a pass."""
    a = inputs(streams, device, steps)
    times = []
    for _ in range(repeats + 1):
        start = time.perf_counter()
        run(method, rule, a, backward)
        if device == "cuda":
            torch.cuda.synchronize()
        times.append(time.perf_counter() - start)
    return statistics.median(times[1:])


def peak(method: str, rule: str, streams: int, backward: bool, device: str, steps: int) -> float:
    """Peak memory of a pass beyond what was there before it, MiB."""
    torch.set_num_threads(1)
    run(method, rule, inputs(streams, device, 64), backward)  # libraries and their workspaces
    a = inputs(streams, device, steps)
    if device == "cuda":
        torch.cuda.reset_peak_memory_stats()
        held = torch.cuda.memory_allocated()
        run(method, rule, a, backward)
        return (torch.cuda.max_memory_allocated() - held) / 2**20
    before = resident()
    run(method, rule, a, backward)
    return resident("VmHWM:") - before


def resident(what: str = "VmRSS:") -> float:
    """Resident memory now, or its peak since this was last asked for now, MiB; NaN where Linux does not tell."""
    status = Path("/proc/self/status")
    if not status.exists():
        return float("nan")
    if what == "VmRSS:":
        Path("/proc/self/clear_refs").write_text("5")  # the peak starts again from here
    lines = dict(line.split(maxsplit=1) for line in status.read_text().splitlines() if len(line.split()) > 1)
    return int(lines[what].split()[0]) / 2**10


def in_fresh_process(*arguments: Any) -> float:
    with get_context("spawn").Pool(1) as pool:
        return float(pool.apply(peak, arguments))


def line(rule: str, streams: int, backward: bool, device: str, repeats: int, steps: int) -> dict[str, Any]:
    """All methods on one case: seconds, and MiB."""
    case = (rule, streams, backward, device)
    timed = {method: seconds(method, *case, repeats, steps) for method in METHODS}
    held = {method: in_fresh_process(method, *case, steps) for method in METHODS}
    return {"rule": rule, "streams": streams, "backward": backward, "device": device, "seconds": timed, "MiB": held}


def shown(row: dict[str, Any]) -> str:
    s, m = row["seconds"], row["MiB"]
    times = "  ".join(f"{name} {1e3 * s[name]:8.1f} ms {m[name]:7.1f} MiB" for name in METHODS)
    what = f"{row['rule']:<12} B*H={row['streams']:<3} {'forward+backward' if row['backward'] else 'forward':<16}"
    ratios = (
        f"chunk: {s['einsum loop'] / s['chunk']:.1f}x the einsum loop, {s['fla naive chunk'] / s['chunk']:.1f}x fla"
    )
    return f"{row['device']:<4} {what} {times}  | {ratios}"


def main() -> None:
    """Print one line a case; with --json one document."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--steps", type=int, default=STEPS)
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    rows = []
    print(f"T = {chosen.steps}, d = {SIZE}, float32, one thread, torch {torch.__version__}", file=sys.stderr)
    for device in ("cpu", *(["cuda"] if torch.cuda.is_available() else [])):
        for streams in (1, 16):
            for rule in RULE:
                for backward in (False, True):
                    rows.append(line(rule, streams, backward, device, chosen.repeats, chosen.steps))
                    print(shown(rows[-1]), file=sys.stderr if chosen.json else sys.stdout, flush=True)
    if chosen.json:
        print(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
