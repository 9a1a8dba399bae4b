"""A spiking memory that a slow network programs: keys, values, learning rates and gates become rates and currents.

Every unit of a key is a group of Poisson cells that fire at `active` times the unit's activity; every unit of a value
is a group of leaky integrate-and-fire cells, half of which are taught the value and half its negative, so that a value
of either sign is read as a difference of rates. A step of the slow network lasts one item. What it asks of the synapses
in a step is spread over the item, so that on average they end where the rule's own step would take them: the gate acts
while the dendrite settles, then the teacher comes, and a learning rate eta of a rule that corrects its prediction is a
modulator that takes the share eta of the error away in the window that is left. Then queries are shown with plasticity
off, and spikes are counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from math import exp, gcd
from typing import ClassVar

import numpy as np
import torch

from models import key_value_memory as memory
from plastic import circuit as spiking
from plastic import symbols
from plastic.cells import Poisson
from plastic.circuit import Input, Phase, Population, Projection, Spikes
from plastic.rule import InputError, PlasticityRule
from plastic.rules import as_rule
from plastic.substrates import rate

HEARS = {"pre", "post", "mod", "gate"}


@dataclass(frozen=True)
class Circuit(memory.Circuit):
    """As the key-value memory's, with groups of cells for a unit, longer items and a time of reading of its own."""

    neurons: int = 20  # cells a unit, even
    item: float = 0.4  # a step of the slow network
    read: float = 0.2  # how long spikes of an answer are counted
    active: float = 200.0  # rate of a key's cell at activity 1
    rheobase: float = 0.01  # with so much noise a difference of rates is nearly linear in the drive
    noise: float = 0.01
    gain: float = 0.045

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.neurons < 2 or self.neurons % 2:
            raise InputError(f"neurons is {self.neurons}; give an even number of at least 2")
        memory.check_whole_steps("read", self.read, self.dt)

    @property
    def fastest(self) -> float:
        """The largest share of an error that an item corrects without overshooting."""
        return 1 - exp(-self.window / self.tau_learn)


@dataclass(frozen=True, kw_only=True)
class ValueCells(memory.ValueCells):
    """The cells of the key-value memory, with a gate from outside."""

    units: ClassVar[Mapping[str, str]] = {"v": "volt", "pred": "hertz", "gating": "hertz"}

    def hears(self, s):
        return {"post": self.unit * s.taught, "mod": s.modulating, "gate": s.gating}


def answers(
    rule: PlasticityRule | type[PlasticityRule] | str,
    signals: Mapping[str, np.ndarray],
    queries: np.ndarray,
    seeds: Sequence[int],
    circuit: Circuit = Circuit(),
    engine: str = "torch",
) -> np.ndarray:
    """Program the synapses step by step, then ask: what spikes answer to the queries, [S, m, d_v].

    signals: what a slow network emits, as `plastic.read` takes it without heads: pre [S, T, d] from 0 to 1, post [S, T,
    d_v], mod [S, T] (1 if left out), gate [S, T]. queries [S, m, d] from 0 to 1. Keys are meant to have length 1.
    Errors: InputError for a rule that hears anything else, or signals that do not fit.
    """
    rule = as_rule(rule)
    check(rule, signals, queries, len(seeds))
    made = built(rule, signals, queries, circuit)
    found = spiking.simulate(made, seeds, {"value": Spikes("value")}, engine)["value"]
    steps = [spiking.steps(time, circuit.dt) for time in (made.course[0].seconds, circuit.settle, circuit.read)]
    onsets = steps[0] + (steps[1] + steps[2]) * np.arange(queries.shape[1]) + steps[1]
    edges = np.stack([onsets, onsets + steps[2]], 1).ravel()
    counts = spiking.counts(found, len(seeds), made.populations["value"].size, edges.tolist())[:, ::2]
    halves = counts.reshape(*counts.shape[:2], signals["post"].shape[2], 2, circuit.neurons // 2).mean(-1)
    return (halves[..., 0] - halves[..., 1]) / (circuit.read * circuit.unit)


def not_programmed(rule: PlasticityRule) -> str | None:
    """Why no step of a slow network can program a rule here, or None."""
    if symbols.writes_late(rule) or set(symbols.signals(rule)) - HEARS:
        return "writes from a trace, later than the step that programs it"
    return None if rule.gate_axis == "head" or "gate" not in symbols.signals(rule) else "has a gate for each cell"


def check(rule: PlasticityRule, signals: Mapping[str, np.ndarray], queries: np.ndarray, trials: int) -> None:
    """Refuse what these cells cannot be programmed with."""
    memory.heard_by_both(rule)
    if why := not_programmed(rule):
        raise InputError(f"{rule.name} {why}; give a rule that writes at once, with one gate a head")
    keys, values = signals["pre"], signals["post"]
    if keys.shape[:2] != values.shape[:2] or len(keys) != trials or queries.shape[::2] != keys.shape[::2]:
        raise InputError(
            f"pre {keys.shape}, post {values.shape} and queries {queries.shape} do not fit {trials} seeds; give "
            "[seeds, steps, d], [seeds, steps, d_v] and [seeds, queries, d]"
        )
    for name, a in (("pre", keys), ("queries", queries)):
        if a.min() < 0 or a.max() > 1:
            raise InputError(
                f"{name} runs from {a.min():g} to {a.max():g}; give activities from 0 to 1, which can be rates"
            )


def built(
    rule: PlasticityRule, signals: Mapping[str, np.ndarray], queries: np.ndarray, circuit: Circuit
) -> spiking.Circuit:
    """Groups of key cells, groups of value cells, and a plastic synapse from each cell to each."""
    steps, asked = signals["pre"].shape[1], queries.shape[1]
    norm = circuit.neurons * circuit.active**2
    learning = memory.timed(rule, norm, circuit)
    gain = memory.amplitude(learning, norm, circuit) / circuit.tau_s
    course = [Phase(steps * circuit.item), Phase(asked * (circuit.settle + circuit.read), learning=False)]
    return spiking.Circuit(
        {"key": key_cells(signals["pre"], queries, circuit), "value": value_cells(rule, signals, circuit)},
        {"fast": Projection("key", "value", into="pred", gain=gain, rule=learning)},
        course,
        circuit.dt,
    )


def key_cells(keys: np.ndarray, queries: np.ndarray, circuit: Circuit) -> Population:
    """Poisson cells, `neurons` of them at the rate of a unit."""
    lasting = [spiking.steps(time, circuit.dt) for time in (circuit.item, circuit.settle + circuit.read)]
    grain = gcd(*lasting)
    rates = np.concatenate([a.repeat(n // grain, 1) for a, n in zip((keys, queries), lasting, strict=True)], 1)
    rates = circuit.active * rates.repeat(circuit.neurons, 2)
    return Population(Poisson(), rates.shape[2], {"rate": Input(rates, grain * circuit.dt)})


def value_cells(rule: PlasticityRule, signals: Mapping[str, np.ndarray], circuit: Circuit) -> Population:
    """Leaky integrate-and-fire cells, half of a unit's for its value and half for its negative."""
    own = {f.name for f in fields(ValueCells)} & {*dir(circuit)}
    cells = ValueCells(**{name: getattr(circuit, name) for name in own})
    values = np.stack([signals["post"], -signals["post"]], -1).repeat(circuit.neurons // 2, -1)
    taught = values.reshape(*values.shape[:2], -1)
    return Population(
        cells,
        taught.shape[2],
        {
            "taught": Input(taught, circuit.item),
            "modulating": in_time(modulators(rule, signals, circuit), circuit.after(circuit.settle), circuit),
            "gating": in_time(gates(signals, circuit), 1 - circuit.after(circuit.settle), circuit),
        },
    )


def modulators(rule: PlasticityRule, signals: Mapping[str, np.ndarray], circuit: Circuit) -> np.ndarray:
    """The modulator of every step, [S, T]."""
    mod = signals.get("mod", np.ones(signals["pre"].shape[:2]))
    if not memory.corrects(rule):
        return mod
    return -np.log1p(-np.clip(share(rule, mod), 0, circuit.fastest)) * circuit.tau_learn / circuit.window


def share(rule: PlasticityRule, mod: np.ndarray) -> np.ndarray:
    """What share of an error one step of the rule takes away, for a key of length 1."""
    one = torch.ones(mod.size, 1, 1, 1, dtype=torch.float64)
    given = {"pre": one, "post": one, "mod": torch.from_numpy(mod.reshape(-1, 1, 1)), "gate": 0 * one[..., 0]}
    _, state = rate.read(rule, given)
    return rate.recall(rule, state, one).numpy().reshape(mod.shape)


def gates(signals: Mapping[str, np.ndarray], circuit: Circuit) -> np.ndarray:
    """The gate of every step in Hz, while the dendrite settles, [S, T]."""
    return signals.get("gate", np.zeros(signals["pre"].shape[:2])) / circuit.settle


def in_time(a: np.ndarray, when: np.ndarray, circuit: Circuit) -> Input:
    """A number for every step [S, T], in the part of its item in which it acts [steps of an item]."""
    return Input((a[..., None] * when).reshape(len(a), -1, 1), circuit.dt)
