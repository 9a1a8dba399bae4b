"""How many neurons, and how long a read, does a trained slow network need to program fast synapses in spikes?

A network is trained in torch on `key_value_recall`: one plastic layer with one head, keys that can be firing rates and
learning rates from 0 to 1. Then what it emits for new sequences, keys, values, learning rates and gates, programs the
synapses of a spiking memory (models/programmed_memory.py); the last step's key is asked, plasticity off, and what
spikes answer goes on through the rest of the trained network. accuracy: of its answers; in_torch: of the network as it
was trained, on the same sequences. neurons: cells a unit; read: seconds in which spikes are counted.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any, NamedTuple, cast

import numpy as np
import torch
from torch import Tensor

from models import programmed_memory as model
from plastic.lab.summary import column, grouped, with_intervals
from plastic.memory.of_rules import cannot_store
from plastic.rule import PlasticityRule
from plastic.rules import as_rule
from plastic.slow.feedforward import FeedForward
from plastic.slow.network import Network
from plastic.slow.task import Task, task
from plastic.slow.training import Plan, Training, generator
from plastic.substrates.layer import PlasticLayer, rule_or_memory

__all__ = ["NEEDS", "UNITS", "cannot", "draw", "grid", "measure", "memory", "rules", "settings", "summarise"]

NEEDS = {"pre", "post"}
UNITS = {"read": "second"}
MEASURES = ("accuracy", "in_torch")
PLAN = Plan(steps=2000, solved=0.999, held_out=1024)


class Trained(NamedTuple):
    """A task, and networks trained on it, one a seed."""

    task: Task
    networks: dict[int, Network]


def rules(substrate: str) -> list[str]:
    """An error, and growth."""
    return ["delta", "vanilla"] if substrate == "spiking" else []


def cannot(rule: str, substrate: str) -> str | None:
    """Why a rule takes no part, or None."""
    if substrate != "spiking":
        return "is asked about spikes alone"
    return cannot_store(rule_or_memory(rule), substrate) or model.not_programmed(as_rule(rule))


def grid(substrate: str, quick: bool) -> dict[str, list[Any]]:
    """Cells a unit, and seconds of reading."""
    if substrate != "spiking":
        return {}
    return {"neurons": [20], "read": [0.2]} if quick else {"neurons": [2, 4, 10, 20], "read": [0.02, 0.05, 0.1, 0.2]}


def settings(substrate: str, quick: bool) -> dict[str, Any]:
    """Keys of the task, features of the network, and sequences that are tried."""
    return {"keys": 4, "width": 16, "sequences": 40} if quick else {"keys": 16, "width": 32, "sequences": 32}


def memory(rule: str, substrate: str, settings: dict[str, Any], seeds: Any) -> Trained:
    """A network for every seed."""
    networks = {seed: trained(rule, settings["keys"], settings["width"], seed) for seed in seeds}
    return Trained(task("key_value_recall", {"keys": settings["keys"]}), networks)


@cache
def trained(rule: str, keys: int, width: int, seed: int) -> Network:
    """A network of one plastic layer, trained on the task."""
    training = Training(task("key_value_recall", {"keys": keys}), lambda made: untrained(made, rule, width), PLAN, seed)
    while training.over is None:
        training.advance()
    return cast(Network, training.network.eval())


def untrained(made: Task, rule: str, width: int) -> Network:
    programmer = FeedForward(width, rule, layers=1, rates=1, keys="relu")
    return Network(made.inputs, made.outputs, programmer, made.tokens)


@torch.no_grad()
def measure(store: Trained, seeds: Any, settings: dict[str, Any], neurons: int, read: float) -> list[dict[str, Any]]:
    """Accuracy in spikes and in torch, by seed."""
    rows = []
    for seed in seeds:
        x, y = store.task.batch(settings["sequences"], generator(seed, "transfer"))
        network, wanted = store.networks[seed], y[:, -1]
        found = {"accuracy": in_spikes(network, x, seed, neurons, read), "in_torch": network(x)[:, -1]}
        rows.append(
            {"seed": seed} | {name: float((a.argmax(-1) == wanted).double().mean()) for name, a in found.items()}
        )
    return rows


def in_spikes(network: Network, x: Tensor, seed: int, neurons: int, read: float) -> Tensor:
    """What the network answers at its last step if its fast synapses are spiking ones, [B, outputs]."""
    block = cast(Any, network.programmer).blocks[0]
    layer: PlasticLayer = block.memory
    shown = network.shown(x)
    heard = block.norm(shown)
    signals = {name: a[:, :, 0].double().numpy() for name, a in layer.signals(heard).items()}
    query = layer.asked(layer.query(heard))[:, -1:, 0].double().numpy()
    size = 2 * np.sqrt(np.square(signals["post"]).mean())  # values within the range of the cells
    signals["post"] = signals["post"] / size
    trials = [seed * len(x) + n for n in range(len(x))]
    circuit = replace(model.Circuit(), neurons=neurons, read=read)
    answers = size * model.answers(cast(PlasticityRule, layer.rule), signals, query, trials, circuit)[:, 0]
    y = shown[:, -1] + layer.out(torch.as_tensor(answers, dtype=x.dtype))
    return network.asked(cast(Any, network.programmer).norm(y + block.perceptron(y)))


def summarise(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Means and intervals over seeds by neurons and time of reading."""
    return {"by_reading": with_intervals(rows, ("rule", "substrate", "neurons", "read"), MEASURES)}


def draw(axes: Any, rows: list[dict[str, Any]], look: Any = None) -> None:
    """Accuracy by neurons, a colour for each time of reading, of the first rule; dashed: in torch."""
    from plastic.lab import plots

    first = rows[0]["rule"]
    data = [row for row in summarise(rows)["by_reading"] if row["rule"] == first]
    for colour, ((read,), group) in zip(plots.COLOURS, grouped(data, ("read",)).items(), strict=False):
        own = sorted(group, key=lambda row: row["neurons"])
        x, accuracy = column(own, "neurons"), column(own, "accuracy")
        axes.plot(x, accuracy, "o-", ms=3, lw=0.8, color=colour, label=f"read for {1000 * read:g} ms")
        if own[0]["accuracy_low"] is not None:
            axes.vlines(x, column(own, "accuracy_low"), column(own, "accuracy_high"), color=colour, lw=0.7)
    axes.axhline(float(column(data, "in_torch").mean()), color="0.3", ls="--", lw=0.8)
    axes.set_xticks(sorted({row["neurons"] for row in data}))
    axes.set(xlabel="neurons a unit", ylabel=f"accuracy, {first.replace('_', ' ')}", ylim=(0, 1.03))
    axes.legend(fontsize=5.5, loc="lower right")
