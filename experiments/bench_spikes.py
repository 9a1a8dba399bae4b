"""What a spiking trial costs on each engine: `python -m experiments.bench_spikes`.

A key-value memory of N x N synapses that learn by the error of their prediction, 4 s of biological time in steps of
1 ms: a tenth of the key cells fire at 100 Hz and the others at 1 Hz, the targets are leaky integrate-and-fire cells
with refractoriness and white noise. Time is that of a whole call, building included, on one thread.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import torch

from plastic.cells import Cells, Poisson, quantity, volts
from plastic.circuit import Circuit, Input, Phase, Population, Projection, Spikes, simulate
from plastic.rules import RULES

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


def torch_in(method: str, dtype: torch.dtype) -> Any:
    """The batched engine in one form of plasticity and precision."""
    return lambda circuit, seeds, record: simulate(circuit, seeds, record, engine="torch", method=method, dtype=dtype)


def brian2(circuit: Circuit, seeds: Sequence[int], record: Any) -> dict[str, Any]:
    """The reference."""
    return simulate(circuit, seeds, record)


# engine, form, how it runs, largest batch that is worth the wait
ENGINES = [
    ("torch", "rows, float32", torch_in("rows", torch.float32), 64),
    ("torch", "rows, float64", torch_in("rows", torch.float64), 64),
    ("torch", "dense, float64", torch_in("dense", torch.float64), 1),
    ("brian2", "numpy", brian2, 1),
]


def measured(run: Any, cells: int, trials: int, seconds: float) -> tuple[float, float]:
    """Seconds a trial, and nanoseconds a synaptic event."""
    circuit = memory(cells, trials, seconds)
    start = time.perf_counter()
    found = run(circuit, list(range(trials)), {"spikes": Spikes("keys")})
    wall = time.perf_counter() - start
    return wall / trials, 1e9 * wall / (len(found["spikes"].cell) * cells)


def main() -> None:
    """Print one line for each engine and form."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cells", type=int, default=500)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--only", default="", help="engines whose name and form contain this")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    print("engine   form              N   batch   s a trial   ns an event")
    for engine, form, run, most in ENGINES:
        if chosen.only not in f"{engine} {form}":
            continue
        trials = min(chosen.batch, most)
        seconds, event = measured(run, chosen.cells, trials, chosen.seconds)
        print(f"{engine:8} {form:14} {chosen.cells:5} {trials:6} {seconds:11.3f} {event:13.1f}", flush=True)


if __name__ == "__main__":
    main()
