"""Key-value pairs, and the memories that are shown them: a rule on a substrate, or a memory without synapses.

Every experiment on pairs shares this. Seeds are batched: arrays are [seeds, pairs, cells].
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from zlib import crc32

import numpy as np
import torch
from torch import Tensor

from plastic import symbols
from plastic.rule import PlasticityRule
from plastic.rules import RULES
from plastic.substrates.layer import PlasticLayer, rule_or_memory, signals_of, unwrites
from plastic.substrates.memories import MEMORIES
from plastic.substrates.rate import read, recall

NEEDS = {"pre", "post"}
SPIKING = ["vanilla", "retnet", "delta", "three_factor"]  # enough to tell growth, decay, error and delay apart
GATE = 1 / 64  # leak of the gated rules per write: that of RetNet, so that their curves can be told by eye
AFTERGLOW = 6  # silent steps after each pair, for rules whose weight is written from a trace


def rules(substrate: str) -> list[str]:
    """The rules an experiment runs unless told otherwise."""
    return SPIKING if substrate == "spiking" else [*RULES, *(MEMORIES if substrate == "layer" else ())]


def cannot(rule: str, substrate: str) -> str | None:
    """Why a rule cannot be shown pairs on a substrate, or None."""
    made = rule_or_memory(rule)
    deaf = NEEDS - set(signals_of(made))
    if deaf:
        return f"does not listen to {', '.join(sorted(deaf))}"
    if substrate != "spiking":
        return None
    if not isinstance(made, PlasticityRule):
        return "has no synapses"
    if symbols.normaliser(made) is not None:
        return "is read through a divisive normaliser, which the spiking circuit lacks"
    return None


def generator(seed: int, *path: Any) -> np.random.Generator:
    """Random numbers that depend on the seed and on what they are for, and on nothing else."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=[crc32(str(p).encode()) for p in path]))


def unit(a: np.ndarray) -> np.ndarray:
    return a / np.linalg.norm(a, axis=-1, keepdims=True)


def dense_keys(rng: np.random.Generator, n: int, d: int) -> np.ndarray:
    """Uniform on the unit sphere, [n, d]."""
    return unit(rng.standard_normal((n, d)))


def sparse_keys(rng: np.random.Generator, n: int, d: int, active: float = 0.1) -> np.ndarray:
    """A fixed share of the cells is active, [n, d] of 0 and 1."""
    return (rng.random((n, d)).argsort(-1) < round(active * d)).astype(float)


def signs(rng: np.random.Generator, n: int, d: int) -> np.ndarray:
    """Independent -1 and 1, [n, d]."""
    return rng.choice([-1.0, 1.0], (n, d))


def pairs(seeds: Any, n: int, settings: dict[str, Any], *path: Any) -> tuple[np.ndarray, np.ndarray]:
    """Keys [seeds, n, d] in the substrate's own code, and values -1 or 1 [seeds, n, d_v]."""
    draw_keys = {"dense": dense_keys, "sparse": sparse_keys}[settings["keys"]]
    draws = [generator(seed, *path, n) for seed in seeds]
    keys = np.stack([draw_keys(rng, n, settings["d"]) for rng in draws])
    return keys, np.stack([signs(rng, n, settings["d_v"]) for rng in draws])


def memory(rule: str, substrate: str, settings: dict[str, Any], seeds: Any) -> Any:
    """What is shown pairs and asked cues."""
    made = {"rate": RateMemory, "layer": LayerMemory, "spiking": SpikingMemory}[substrate]
    return made(rule_or_memory(rule), tuple(seeds), settings.get("device", "cpu"))


@dataclass(frozen=True)
class RateMemory:
    """A rule on the rate substrate."""

    rule: Any
    seeds: tuple[int, ...]
    device: str = "cpu"

    def answers(self, keys: np.ndarray, values: np.ndarray, cues: np.ndarray) -> np.ndarray:
        """Show pairs [S, n, d], [S, n, d_v] in order, then ask [S, m, d] with plasticity off: [S, m, d_v]."""
        pre, post, query = (head(a).to(self.device) for a in (self.coded(keys), self.taught(values), self.coded(cues)))
        shown = {"pre": then_silence(self.rule, pre), "post": then_silence(self.rule, post)}
        shown["gate"] = torch.full_like(shown["pre"][..., 0], GATE)
        _, state = read(self.rule, shown)
        return read_out(self.rule, recall(self.rule, state, query)[:, :, 0].cpu().numpy())

    def coded(self, keys: np.ndarray) -> np.ndarray:
        """Keys as the rule needs them: as they are, or through ELU + 1 where they must not be negative."""
        if not self.rule.positive_keys:
            return keys
        x = keys * np.sqrt(keys.shape[-1])
        return np.where(x > 0, x + 1, np.exp(np.minimum(x, 0)))

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
class SpikingMemory:
    """A rule in the spiking key-value memory."""

    rule: Any
    seeds: tuple[int, ...]
    device: str = "cpu"  # Brian2 has no other

    def answers(self, keys: np.ndarray, values: np.ndarray, cues: np.ndarray) -> np.ndarray:
        from models.key_value_memory import answers

        return answers(self.rule, keys, (1 + values) / 2, cues, self.seeds)

    def without_spikes(self, keys: np.ndarray, values: np.ndarray, cues: np.ndarray) -> np.ndarray:
        """What the same rule answers to the same pairs on rates, without noise."""
        from models.key_value_memory import without_spikes

        return without_spikes(self.rule, keys, (1 + values) / 2, cues)


def scored(store: Any, keys: np.ndarray, values: np.ndarray, score: Any) -> dict[str, np.ndarray]:
    """Scores of every key's answer once all pairs were shown; of spikes also what is expected without them."""
    found = score(store.answers(keys, values, keys))
    if isinstance(store, SpikingMemory):
        expected = score(store.without_spikes(keys, values, keys))
        found |= {f"{name}_without_spikes": value for name, value in expected.items()}
    return found


def head(a: np.ndarray) -> Tensor:
    """[S, T, D] -> [S, T, 1, D]."""
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
