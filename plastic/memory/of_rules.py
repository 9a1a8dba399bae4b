"""Rules as memories: on rates, in a layer and in spikes, all shown the same pairs.

What a rule needs of keys and values (positive ones, unit ones, silence for a trace) it gets here, so that the same
pairs can be shown to every rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from plastic import symbols
from plastic.checkout import part
from plastic.memory.codes import unit
from plastic.memory.features import elu_plus_one
from plastic.memory.protocol import PairMemory
from plastic.rule import PlasticityRule
from plastic.substrates.layer import PlasticLayer, signals_of, unwrites
from plastic.substrates.rate import State, read, recall

NEEDS = {"pre", "post"}
GATE = 1 / 64  # leak of the gated rules per write: that of RetNet, so that their curves can be told by eye
AFTERGLOW = 6  # silent steps after each pair, for rules whose weight is written from a trace


def cannot_store(rule: Any, substrate: str) -> str | None:
    """Why a rule (or a memory without synapses) cannot be shown pairs on a substrate, or None."""
    deaf = NEEDS - set(signals_of(rule))
    if deaf:
        return f"does not listen to {', '.join(sorted(deaf))}"
    if substrate != "spiking":
        return None
    if not isinstance(rule, PlasticityRule):
        return "has no synapses"
    if symbols.normaliser(rule) is not None:
        return "is read through a divisive normaliser, which the spiking circuit lacks"
    return None


def stored(rule: Any, load: int, d: int, d_v: int) -> int:
    """How many numbers a rule's synapses hold, or a memory that keeps every pair."""
    if not isinstance(rule, PlasticityRule):
        return load * (d + d_v)
    return sum(copies(rule, z, d, d_v) for z in symbols.flows(rule))


def copies(rule: PlasticityRule, z: str, d: int, d_v: int) -> int:
    """How many different values a synaptic variable takes: one a synapse, or only one a cell."""
    flow = symbols.flows(rule)[z]
    felt = set().union(*(symbols.axes(rule, part) for part in (flow.write, flow.leak)))
    felt |= {"pre", "post"} if z == "w" or flow.erase != 0 or flow.unwrite != 0 else set()
    return (d if "pre" in felt else 1) * (d_v if "post" in felt else 1)


@dataclass(frozen=True)
class RateMemory(PairMemory):
    """A rule on the rate substrate."""

    rule: Any
    seeds: tuple[int, ...]
    device: str = "cpu"

    def answers(self, keys: np.ndarray, values: np.ndarray, cues: np.ndarray) -> np.ndarray:
        """Show pairs [S, n, d], [S, n, d_v] in order, then ask [S, m, d] with plasticity off: [S, m, d_v]."""
        return self.asked(self.written(keys, values), cues)

    def written(
        self, keys: np.ndarray, values: np.ndarray, state: State | None = None, mod: np.ndarray | None = None
    ) -> State:
        """The synapses after these pairs, from rest or from a state; mod [n] multiplies eta, pair by pair."""
        signals = {"pre": self.coded(keys), "post": self.taught(values)}
        return self.lived(signals if mod is None else signals | {"mod": np.broadcast_to(mod, keys.shape[:2])}, state)

    def lived(self, signals: dict[str, np.ndarray], state: State | None = None) -> State:
        """The synapses after signals as they are, one a step: pre [S, T, d], post [S, T, d_v], mod [S, T]."""
        shown = {name: then_silence(self.rule, head(signals[name]).to(self.device)) for name in ("pre", "post")}
        if "mod" in signals:  # it lasts through the silence after a pair, in which traces are cashed in
            each = shown["pre"].shape[1] // signals["mod"].shape[1]
            shown["mod"] = head(signals["mod"].repeat(each, 1)).to(self.device)
        shown["gate"] = torch.full_like(shown["pre"][..., 0], GATE)
        return read(self.rule, shown, state=state)[1]

    def asked(self, state: State, cues: np.ndarray) -> np.ndarray:
        """The answers [S, m, d_v] of synapses in this state to cues [S, m, d], with plasticity off."""
        query = head(self.coded(cues)).to(self.device)
        return read_out(self.rule, recall(self.rule, state, query)[:, :, 0].cpu().numpy())

    def scalars(self, load: int, d: int, d_v: int) -> int:
        return stored(self.rule, load, d, d_v)

    def coded(self, keys: np.ndarray) -> np.ndarray:
        """Keys as the rule needs them: as they are, or through ELU + 1 where they must not be negative."""
        return elu_plus_one(keys * np.sqrt(keys.shape[-1])) if self.rule.positive_keys else keys

    def taught(self, values: np.ndarray) -> np.ndarray:
        """Values as the rule needs them: as they are, 0 and 1, or unit vectors where their length is a step size."""
        if self.rule.positive_values:
            return (1 + values) / 2
        return unit(values) if unwrites(self.rule) else values


@dataclass(frozen=True)
class LayerMemory(RateMemory):
    """A rule or a memory in a `PlasticLayer` whose slow weights are set by hand, in single precision."""

    def answers(self, keys: np.ndarray, values: np.ndarray, cues: np.ndarray) -> np.ndarray:
        layer = programmed(self.rule, keys.shape[-1], values.shape[-1]).to(self.device)
        scale = np.sqrt(keys.shape[-1]) if self.rule.positive_keys else 1.0
        shown = torch.from_numpy(np.concatenate([scale * keys, self.taught(values)], -1)).float()
        asked = torch.from_numpy(np.concatenate([scale * cues, 0 * values[:, :1].repeat(cues.shape[1], 1)], -1)).float()
        quiet = torch.zeros(shown.shape[-1])
        quiet[: keys.shape[-1]] = -50.0 if self.rule.positive_keys else 0.0  # where ELU + 1 is 0
        with torch.no_grad():
            _, state = layer(then_silence(self.rule, shown, quiet).to(self.device))
            recalled = layer.recall(asked.to(self.device), state)[..., -values.shape[-1] :]
            return read_out(self.rule, recalled.double().cpu().numpy())


@dataclass(frozen=True)
class SpikingMemory(PairMemory):
    """A rule in the spiking key-value memory (models/key_value_memory.py).

    how: what is not as usual there: circuit, read, writing, asking or engine, as that file's `answers` takes them. It
    runs on the batched engine, whose spikes are those of Brian2 and whose trials share a step's cost.
    """

    rule: Any
    seeds: tuple[int, ...]
    device: str = "cpu"  # the circuit runs on no other
    how: Mapping[str, Any] = field(default_factory=dict)
    keys = "sparse"

    def answers(self, keys: np.ndarray, values: np.ndarray, cues: np.ndarray) -> np.ndarray:
        """As of every memory; keys and cues of 0 and 1."""
        return self.recalled(keys, values, cues).values

    def recalled(self, keys: np.ndarray, values: np.ndarray, cues: np.ndarray) -> Any:
        """The answers, with the spikes of a read."""
        how = {"engine": "torch", **self.how}
        return self.model.recalled(self.rule, keys, (1 + values) / 2, cues, self.seeds, **how)

    def without_spikes(self, keys: np.ndarray, values: np.ndarray, cues: np.ndarray) -> np.ndarray:
        """What the same rule answers to the same pairs on rates, without noise."""
        circuit = self.how.get("circuit", self.model.Circuit())
        return self.model.without_spikes(self.rule, keys, (1 + values) / 2, cues, circuit)

    def scalars(self, load: int, d: int, d_v: int) -> int:
        return stored(self.rule, load, d, d_v)

    @property
    def model(self) -> Any:
        return part("models", "key_value_memory")


MEMORY_ON = {"rate": RateMemory, "layer": LayerMemory, "spiking": SpikingMemory}


def head(a: np.ndarray) -> Tensor:
    """[S, T, ...] -> [S, T, 1, ...]."""
    return torch.from_numpy(np.ascontiguousarray(a))[:, :, None]


def then_silence(rule: Any, a: Tensor, silence: Any = 0.0) -> Tensor:
    """The sequence [S, T, ..., D], with silence (a number or [D]) after every pair for a rule that writes late."""
    if not (isinstance(rule, PlasticityRule) and symbols.writes_late(rule)):
        return a
    spaced = a.new_empty(a.shape[0], a.shape[1], 1 + AFTERGLOW, *a.shape[2:])
    spaced[:] = torch.as_tensor(silence, dtype=a.dtype)
    spaced[:, :, 0] = a
    return spaced.flatten(1, 2)


def read_out(rule: Any, outputs: np.ndarray) -> np.ndarray:
    """Outputs about 0: where keys are all positive they share a mean, which the read-out takes off."""
    return outputs - outputs.mean(-1, keepdims=True) if rule.positive_keys else outputs


def programmed(rule: Any, d: int, d_v: int) -> PlasticLayer:
    """A layer that writes the pair (first d, last d_v inputs) as it is, with eta = 1 and the experiments' gate.

    Keys pass through SiLU where it is linear (x / 2 near 0), so that their direction is kept.
    """
    layer = PlasticLayer(rule, d + d_v, 1, pre=d, post=d_v).float()
    small = 1.0 if layer.rule.positive_keys else 1e-4
    select = {"pre": small * torch.eye(d, d + d_v), "post": torch.eye(d + d_v)[d:]}
    with torch.no_grad():
        layer.query.weight.copy_(select["pre"])
        layer.out.weight.copy_(select["post"].mT)
        for name, slow in layer.slow.items():
            assert isinstance(slow, torch.nn.Linear)
            rows = select.get(name, torch.zeros(1, d + d_v))
            slow.weight.copy_(rows.repeat(len(slow.weight) // len(rows), 1))
            slow.bias.fill_(float(np.log(np.expm1(GATE))) if name == "gate" else 0.0)
    return layer
