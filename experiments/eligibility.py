"""How far apart may a key, its value and the modulator that stores them come?

One pair: the value comes `lag` items of 0.2 s after the key, and a modulator of 10 ms comes when the value has been
over for `delay` time constants tau of the eligibility trace. amplitude: of the value that the key would then recall,
relative to a trace that does not fade. spiking: key cells fire by chance; rate: the same rule on their rates.

expected, of the three-factor rule: key and value are on together for O = T - lag, T an item (0 if the lag is longer).
There dE/dt = c - E/tau leaves E = c tau (1 - e^(-O/tau)), which fades for lag + delay; then the modulator writes k E
for its P seconds. What stays of k c T P is O/T f(O/tau) f(P/tau) e^(-(lag + delay)/tau), with f(x) = (1 - e^-x)/x, and
a little more in steps (`plastic.memory.theory.eligible_write`): however long an item, the delay is an exponential. The
trace is of coincidences, so a value that comes when its key is over leaves nothing, whatever the delay; and a rule
without a trace writes nothing once the pair is over.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import torch

from models import key_value_memory as model
from plastic import symbols
from plastic.circuit import Circuit, Input, Phase, Population, Projection, Weights, simulate
from plastic.lab.summary import Row, grouped, with_intervals
from plastic.memory.codes import drawn, generator, sparse_keys
from plastic.memory.of_rules import cannot_store
from plastic.memory.theory import eligible_write
from plastic.rule import PlasticityRule
from plastic.rules import as_rule
from plastic.rules.three_factor import ThreeFactor
from plastic.substrates import rate
from plastic.substrates.layer import rule_or_memory

__all__ = ["NEEDS", "UNITS", "cannot", "draw", "grid", "measure", "memory", "rules", "settings", "summarise"]

NEEDS = {"pre", "post", "mod"}
UNITS = {"tau": "second"}
BY = ("rule", "substrate", "tau", "lag", "delay")


def rules(substrate: str) -> list[str]:
    """The rule with a trace, and one whose modulator multiplies the write itself."""
    return ["three_factor", "delta"] if substrate in ("rate", "spiking") else []


def cannot(rule: str, substrate: str) -> str | None:
    """Why a rule cannot take part, or None."""
    if substrate not in ("rate", "spiking"):
        return "is asked about spikes and rates alone"
    found = rule_or_memory(rule)
    deaf = isinstance(found, PlasticityRule) and "mod" not in symbols.signals(found)
    return cannot_store(found, "spiking") or ("does not listen to mod" if deaf else None)


def grid(substrate: str, quick: bool) -> dict[str, list[Any]]:
    """Time constants, items by which the value is late, and time constants until the modulator."""
    if substrate not in ("rate", "spiking"):
        return {}
    if quick:
        return {"tau": [0.1], "lag": [0.0, 0.5, 1.0], "delay": [0.0, 0.5, 1.0, 2.0]}
    return {"tau": [0.1, 1.0], "lag": [0.0, 0.5, 1.0, 1.5], "delay": [0.0, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0]}


def settings(substrate: str, quick: bool) -> dict[str, Any]:
    """Key cells, of which a tenth is on, and value cells."""
    return {"d": 1000, "d_v": 10}


def memory(rule: str, substrate: str, settings: dict[str, Any], seeds: Any) -> Memory:
    """A rule, and what shows it a pair."""
    return Memory(as_rule(rule), {"rate": on_rates, "spiking": in_spikes}[substrate])


class Pair(NamedTuple):
    """What is shown to S seeds, and when."""

    seeds: list[int]
    rates: np.ndarray  # of key cells while the key is on, Hz, [S, d]
    values: np.ndarray  # [S, d_v]
    on: np.ndarray  # whether key, value and modulator are there, [3, steps] of 0 and 1
    rngs: list[np.random.Generator]  # of the key cells' spikes


class Memory(NamedTuple):
    """A rule, and how it learns a pair on its substrate: weights [S, d_v, d]."""

    rule: PlasticityRule
    learn: Callable[[PlasticityRule, Pair, model.Circuit], np.ndarray]


def measure(store: Memory, seeds: Any, settings: dict[str, Any], tau: float, lag: float, delay: float) -> list[Row]:
    """What is written, and what is expected of rules that have a closed form, by seed."""
    circuit = model.Circuit(tau_trace=tau)
    keys = drawn(seeds, lambda rng: sparse_keys(rng, 1, settings["d"])[0], "eligibility", "keys")
    values = drawn(seeds, lambda rng: rng.random(settings["d_v"]), "eligibility", "values")
    rngs = [generator(seed, "eligibility", "spikes", tau, lag, delay) for seed in seeds]
    pair = Pair([*seeds], circuit.rates(keys), values, timetable(lag, delay, circuit), rngs)
    timed = model.timed(store.rule, model.energy(pair.rates), circuit)
    found = amplitude(store.learn(timed, pair, circuit), pair, circuit)
    closed_form = expected(store.rule, lag, delay, circuit)
    about = {} if closed_form is None else {"expected": closed_form}
    return [{"seed": seed, "amplitude": float(a)} | about for seed, a in zip(seeds, found, strict=True)]


def timetable(lag: float, delay: float, circuit: model.Circuit) -> np.ndarray:
    """When key, value and modulator are there, [3, steps] of 0 and 1."""
    late, item = lag * circuit.item, circuit.item
    modulated = late + item + delay * circuit.tau_trace
    edges = np.array([[0, item], [late, late + item], [modulated, modulated + circuit.pulse]]) / circuit.dt
    first, end = np.rint(edges).T[..., None]
    step = np.arange(end.max())
    return ((first <= step) & (step < end)).astype(float)


def on_rates(rule: PlasticityRule, pair: Pair, circuit: model.Circuit) -> np.ndarray:
    """The weights on rates, in steps of dt."""
    key, value, modulator = pair.on
    shown = {
        "pre": key[:, None] * pair.rates[:, None],
        "post": circuit.unit * value[:, None] * pair.values[:, None],
        "mod": np.broadcast_to(modulator, (len(pair.rates), len(key))),
        "gate": np.full((len(pair.rates), len(key)), circuit.leak),
    }
    signals = {name: torch.from_numpy(a.copy())[:, :, None] for name, a in shown.items()}
    return rate.read(rule, signals, dt=circuit.dt)[1]["w"][:, 0].numpy()


def in_spikes(rule: PlasticityRule, pair: Pair, circuit: model.Circuit) -> np.ndarray:
    """The weights in the spiking key-value memory."""
    key, value, modulator = pair.on
    seconds, dt = len(key) * circuit.dt, circuit.dt
    each = zip(pair.rates, pair.rngs, strict=True)
    fired = np.stack([model.poisson(np.outer(key, rates), rng, dt) for rates, rng in each])
    heard = {
        "taught": Input(pair.values[:, None], seconds),
        "teaching": Input(value[None, :, None], dt),
        "modulating": Input(modulator[None, :, None], dt),
    }
    populations = {
        "key": Population(model.KeyCells(leak=circuit.leak), fired.shape[2], {"fired": Input(fired, dt)}),
        "value": replace(model.value_cells(rule, pair.values[:, None], circuit), inputs=heard),
    }
    learned = Projection("key", "value", "pred", gain=1 / circuit.tau_s, rule=rule)
    made = Circuit(populations, {"fast": learned}, [Phase(seconds)], dt)
    return simulate(made, pair.seeds, {"w": Weights("fast")}, "torch")["w"][:, -1]


def amplitude(w: np.ndarray, pair: Pair, circuit: model.Circuit) -> np.ndarray:
    """The share of the value in what the key's rates recall, [S]; 1 where a trace that does not fade is cashed in."""
    recalled = np.einsum("sij,sj->si", w, pair.rates) / circuit.unit
    of_an_item = circuit.item / circuit.window  # the rule's eta is made for a teacher that comes later than the key
    return (recalled * pair.values).sum(-1) / (pair.values**2).sum(-1) / of_an_item


def expected(rule: PlasticityRule, lag: float, delay: float, circuit: model.Circuit) -> float | None:
    """The amplitude by the closed form, where there is one."""
    if not symbols.writes_late(rule):
        return 0.0
    if not isinstance(model.bare(rule), ThreeFactor):
        return None
    item, tau, late = circuit.item, circuit.tau_trace, lag * circuit.item
    return float(eligible_write(late + delay * tau, item, circuit.pulse, tau, late, circuit.dt))


def summarise(rows: list[Row]) -> dict[str, Any]:
    """Amplitude in every condition, with intervals over seeds, beside the closed form."""
    return {"by_delay": with_intervals(rows, BY, ("amplitude", "expected"))}


def draw(axes: Any, rows: list[Row], look: Any = None) -> None:
    """Amplitude by delay at the shortest time constant, a colour a lag; lines are the closed form.

    Filled marks are spikes, open ones rates; a second rule is drawn without a lag.
    """
    from plastic.lab.plots import COLOURS

    shortest, first = min(row["tau"] for row in rows), rows[0]["rule"]
    data = [r for r in summarise(rows)["by_delay"] if r["tau"] == shortest and (r["rule"] == first or r["lag"] == 0)]
    for colour, ((rule, lag), group) in zip(COLOURS, grouped(data, ("rule", "lag")).items(), strict=False):
        for (substrate,), own in grouped(sorted(group, key=lambda row: row["delay"]), ("substrate",)).items():
            spikes, at = substrate == "spiking", [row["delay"] for row in own]
            mark = {"ms": 3.0 if spikes else 5.5, "fillstyle": "full" if spikes else "none", "color": colour}
            axes.plot(
                at, [row["amplitude"] for row in own], "o", mew=0.6, label=f"{rule}, lag {lag:g}, {substrate}", **mark
            )
            if own[0]["amplitude_low"] is not None:
                axes.vlines(at, *([row[f"amplitude_{end}"] for row in own] for end in ("low", "high")), colour, lw=0.7)
            if "expected" in own[0]:
                axes.plot(at, [row["expected"] for row in own], color=colour, lw=0.8)
    axes.set(xlabel="delay of the modulator (time constants of the trace)", ylabel="amplitude written", ylim=(0, None))
