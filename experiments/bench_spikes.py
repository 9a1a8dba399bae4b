"""What a spiking trial costs on each engine: `python -m experiments.bench_spikes`.

A key-value memory of N x N synapses that learn by the error of their prediction, 4 s of biological time in steps of
1 ms: a tenth of the key cells fire at 100 Hz and the others at 1 Hz, the targets are leaky integrate-and-fire cells
with refractoriness and white noise. Everything runs on one thread. Building (code made, compiled or found compiled,
state laid out) is timed apart from running, by the wall clock: in C++ with starting and reading its results, elsewhere
as a call of one step.
`by hand` is the same network in plain Brian2 and C++, with Brian2's own random numbers; `--pairs` repeats it and the
engine side by side for the ratio of their times of running.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import torch

from plastic.cells import Cells, Poisson, quantity, volts
from plastic.circuit import Circuit, Input, Phase, Population, Projection, Request, Spikes, simulate
from plastic.rules import RULES
from plastic.substrates.spiking_network import EXACT

ITEM = 0.2  # seconds
RATES = (1.0, 100.0)  # of a key cell that is off, and on
ACTIVE = 0.1
SYNAPTIC, LEARNING, UNIT = 0.02, 0.06, 100.0


@dataclass(frozen=True, kw_only=True)
class ValueCells(Cells):
    """Leaky integrate-and-fire cells with a dendritic prediction and a teacher."""

    units: ClassVar[Mapping[str, str]] = {"v": "volt", "pred": "hertz", "taught": "hertz", "modulating": "1"}
    held = ("v",)
    refractory: float = quantity(0.002, "second")
    tau_m: float = quantity(0.02, "second", positive=True)
    tau_s: float = quantity(SYNAPTIC, "second", positive=True)
    rest: float = volts(-0.07)
    threshold: float = volts(-0.05)
    rheobase: float = volts(0.02)
    gain: float = volts(0.04)
    shaking: float = volts(0.0126)
    unit: float = quantity(UNIT, "hertz", positive=True)

    def flow(self, s):
        driven = self.rest + self.rheobase + self.gain * s.pred / self.unit + self.shaking * s.white
        return {"v": (driven - s.v) / self.tau_m, "pred": -s.pred / self.tau_s}

    def fires(self, s):
        return s.v > self.threshold

    def reset(self, s):
        return {"v": self.rest}

    def hears(self, s):
        return {"post": s.taught, "mod": s.modulating}

    def start(self):
        return {"v": -0.07}


def memory(cells: int, trials: int, seconds: float) -> Circuit:
    """Pairs of keys and values of each trial's own, one every 0.2 s."""
    rng, items = np.random.default_rng(0), round(seconds / ITEM)
    on = rng.random((trials, items, cells)).argsort(-1) < ACTIVE * cells
    rates = np.where(on, RATES[1], RATES[0])
    keys = Population(Poisson(), cells, {"rate": Input(rates, ITEM)})
    taught = Input(UNIT * rng.random((trials, items, cells)), ITEM)
    values = Population(ValueCells(), cells, {"taught": taught, "modulating": Input(np.ones((1, items, 1)), ITEM)})
    eta = 1 / (LEARNING * SYNAPTIC * float(np.square(rates[0, 0]).sum()))
    rule = replace(RULES["delta"](), eta=eta)  # type: ignore[call-arg]
    learned = Projection("keys", "values", into="pred", gain=1 / SYNAPTIC, rule=rule, weights=0.0)
    return Circuit({"keys": keys, "values": values}, {"memory": learned}, [Phase(items * ITEM)])


Timed = tuple[float, float, int]  # seconds of building, seconds of running, presynaptic spikes
RECORD: dict[str, Request] = {"spikes": Spikes("keys")}


def called(engine: str, **options: Any) -> Any:
    """An engine that builds and runs in one call: a call of one step tells what building takes."""

    def timed(circuit: Circuit, seeds: Sequence[int]) -> Timed:
        walls, found = [], {}
        for course in ([Phase(circuit.dt)], [Phase(circuit.dt)], circuit.course):  # the first call also compiles
            start = time.perf_counter()
            found = simulate(replace(circuit, course=course), seeds, RECORD, engine=engine, **options)
            walls.append(time.perf_counter() - start)
        return walls[1], walls[2] - walls[1], len(found["spikes"].cell)

    return timed


def standalone(circuit: Circuit, seeds: Sequence[int]) -> Timed:
    """The engine in C++."""
    from plastic.substrates.spiking_standalone import Program

    with Program(circuit, seeds, RECORD) as program:
        found = program.run()
        return program.build_seconds, program.run_seconds, len(found["spikes"].cell)


# The same network by hand

KEYS = """
rate = rates(t, i) : Hz
"""
VALUES = """
dv/dt = (rest + rheobase + gain * pred / unit + shaking * white - v) / tau_m : volt (unless refractory)
dpred/dt = -pred / tau_s : Hz
white = randn() : 1 (constant over dt)
taught = teacher(t, i) : Hz (constant over dt)
mod = modulator(t) : 1 (constant over dt)
"""


def by_hand(circuit: Circuit, seeds: Sequence[int]) -> Timed:
    """Plain Brian2 in C++, built once and run for every seed, with the engine's flags of the compiler."""
    import brian2

    before = brian2.prefs["codegen.cpp.extra_compile_args"]
    brian2.prefs["codegen.cpp.extra_compile_args"] = EXACT
    brian2.set_device("cpp_standalone", build_on_run=False)
    try:
        with tempfile.TemporaryDirectory() as folder:
            return written(circuit, seeds, folder)
    finally:
        brian2.device.reinit()
        brian2.set_device("runtime")
        brian2.prefs["codegen.cpp.extra_compile_args"] = before


def written(circuit: Circuit, seeds: Sequence[int], folder: str) -> Timed:
    """Build the network in this folder and run it."""
    import brian2

    start = time.perf_counter()
    network, spikes = network_by_hand(circuit)
    network.run(circuit.seconds * brian2.second, namespace={})
    brian2.device.build(directory=folder, run=False, with_output=False)
    built, events = time.perf_counter(), 0
    for seed in seeds:
        brian2.device.run(results_directory=f"of_{seed}", with_output=False)
        events += len(spikes.i[:])
    return built - start, time.perf_counter() - built, events


def network_by_hand(circuit: Circuit) -> tuple[Any, Any]:
    """The key-value memory of the first trial in plain Brian2, and the monitor of its keys."""
    import brian2
    from brian2 import Hz, second

    keys, values = circuit.populations["keys"], circuit.populations["values"]
    timed = {x: a for p in (keys, values) for x, a in p.inputs.items()}
    own = {name: getattr(values.cells, name) * getattr(brian2, QUANTITIES[name]) for name in QUANTITIES}
    step = circuit.dt * second
    source = brian2.NeuronGroup(
        keys.size, KEYS, threshold="rand() < rate * dt", dt=step,
        namespace={"rates": brian2.TimedArray(timed["rate"].values[0] * Hz, ITEM * second)},
    )  # fmt: skip
    target = brian2.NeuronGroup(
        values.size, VALUES, threshold="v > threshold", reset="v = rest", refractory=values.cells.refractory * second,
        method="exponential_euler", dt=step,
        namespace=own | {
            "teacher": brian2.TimedArray(timed["taught"].values[0] * Hz, ITEM * second),
            "modulator": brian2.TimedArray(timed["modulating"].values[0, :, 0], ITEM * second),
        },
    )  # fmt: skip
    target.v = own["rest"]
    eta = circuit.projections["memory"].rule.eta * second  # type: ignore[union-attr]
    pathways = {"transmit": "pred_post += jump * w", "learn": "w += eta * mod_post * (taught_post - pred_post)"}
    synapses = brian2.Synapses(
        source, target, "w : 1", on_pre=pathways, namespace={"eta": eta, "jump": Hz / SYNAPTIC}, dt=step
    )
    synapses.learn.order = synapses.transmit.order + 1
    synapses.connect()
    spikes = brian2.SpikeMonitor(source)
    return brian2.Network(source, target, synapses, spikes), spikes


QUANTITIES = dict.fromkeys(("rest", "threshold", "rheobase", "gain", "shaking"), "volt") | {
    "tau_m": "second", "tau_s": "second", "unit": "Hz",
}  # fmt: skip


# What is printed

# engine, form, how it runs, largest batch that is worth the wait
ENGINES = [
    ("torch", "rows, float32", called("torch", method="rows", dtype=torch.float32), 64),
    ("torch", "rows, float64", called("torch", method="rows", dtype=torch.float64), 64),
    ("torch", "chunk, float64", called("torch", method="chunk", dtype=torch.float64), 8),
    ("torch", "dense, float64", called("torch", method="dense", dtype=torch.float64), 1),
    ("brian2", "numpy", called("brian2"), 1),
    ("cython", "", called("cython"), 1),
    ("standalone", "", standalone, 8),
    ("by hand", "", by_hand, 8),
]


def line(engine: str, form: str, timed: Timed, cells: int, trials: int) -> str:
    """A row of the table: an event is a presynaptic spike at one synapse."""
    build, run, spikes = timed
    event = 1e9 * run / (spikes * cells)
    return f"{engine:10} {form:14} {cells:5} {trials:6} {build:8.2f} {run / trials:12.3f} {event:12.2f}"


def paired(circuit: Circuit, pairs: int) -> list[float]:
    """Time of running an event by hand over that of the engine, in turn."""
    seeds, found = range(len(circuit.populations["keys"].inputs["rate"].values)), []
    for _ in range(pairs):
        ours, theirs = standalone(circuit, seeds), by_hand(circuit, seeds)
        found.append((theirs[1] / theirs[2]) / (ours[1] / ours[2]))
    return found


def main() -> None:
    """Print one line for each engine and form."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cells", type=int, default=500)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--only", default="", help="engines whose name and form contain this")
    parser.add_argument("--pairs", type=int, default=0, help="how often to pair standalone with the network by hand")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    print("engine     form               N  batch  build s  run s/trial  ns an event")
    for engine, form, run, most in ENGINES:
        if chosen.only in f"{engine} {form}":
            trials = min(chosen.batch, most)
            timed = run(memory(chosen.cells, trials, chosen.seconds), list(range(trials)))
            print(line(engine, form, timed, chosen.cells, trials), flush=True)
    if chosen.pairs:
        ratios = paired(memory(chosen.cells, min(chosen.batch, 8), chosen.seconds), chosen.pairs)
        print("by hand / standalone, running:", " ".join(f"{ratio:.2f}" for ratio in ratios))


if __name__ == "__main__":
    main()
