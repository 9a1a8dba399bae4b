"""The rate substrate (torch): a synapse is an entry of [..., post, pre], stepped, or solved in chunks."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from plastic import symbols
from plastic.rule import Flow, PlasticityRule, Synapse
from plastic.rules import as_rule
from plastic.substrates import inputs
from plastic.substrates.chunk import Writes, chunk_size, solve

State = dict[str, Tensor]


class TensorSynapse(Synapse):
    """A synapse whose signals and variables are tensors that broadcast against [..., post, pre]."""

    def __init__(self, values: Mapping[str, Any], dt: float):
        self.__dict__.update(values)
        self.dt = dt

    @staticmethod
    def exp(x):
        return torch.exp(x) if isinstance(x, Tensor) else math.exp(x)

    @staticmethod
    def logistic(x):
        return torch.sigmoid(x) if isinstance(x, Tensor) else 1 / (1 + math.exp(-x))

    @staticmethod
    def positive(x):
        return (x > 0).to(x.dtype)

    @staticmethod
    def clip(x, low, high):
        return x.clamp(low, high)


def step(
    rule: PlasticityRule | type[PlasticityRule] | str,
    state: Mapping[str, Tensor] | None,
    signals: Mapping[str, Tensor],
    dt: float = 1.0,
    strict: bool = True,
) -> State:
    """The synapses one step later: they flow for dt, then presynaptic events act. The reference.

    signals of one instant: pre [..., pre], post [..., post], mod [...], gate [...] or [..., post] or
    [..., pre] (the rule's gate_axis); rates in 1/dt units, so that with dt = 1 this is the published
    machine-learning rule. state: variables [..., post, pre]; None starts at rest.
    Errors: InputError for anything that does not fit. strict also looks at the values: NaN, a negative
    gate, and a delta rule that would diverge (eta |k|^2 > 2) are refused; strict=False lets them run.
    """
    rule = as_rule(rule)
    signals = inputs.instant(rule, signals, dt, strict)
    state = inputs.filled(rule, state, signals, strict)
    if strict:
        refuse_divergence(rule, sequence_of_one(signals), dt)
    return advance(rule, state, spread(rule, signals), dt)


def read(
    rule: Any,
    signals: Mapping[str, Tensor],
    query: Tensor | None = None,
    state: State | None = None,
    mode: str = "chunk",
    dt: float = 1.0,
    strict: bool = True,
    size: int | None = None,
) -> tuple[Tensor | None, State]:
    """Write a sequence and read after every write: outputs [B, T, H, post] and the final state.

    signals: pre [B, T, H, pre] (keys), post [B, T, H, post] (values), mod [B, T, H] (multiplies eta; 1
    if left out), gate [B, T, H], [B, T, H, post] or [B, T, H, pre] (leak rate >= 0: lambda =
    exp(-gate dt); 0 if left out). Signals the rule does not listen to are ignored. query [B, T, H, pre];
    signals may be n times as long as the query: then n writes come before each read (DeltaProduct).
    Without a query nothing is read and outputs is None. state: dict of [B, H, post, pre], rest if left out.
    mode: "chunk" is parallel over `size` steps (64 or 32 unless told) where the rule has such a form, and
    steps where it has none (`plastic.symbols.sequential` says why); "loop" always steps: the reference.
    Gradients flow to every signal, the query and the state. Half precision is computed in single.
    Errors: InputError, before any work. strict also looks at the values, as in `step`.
    """
    if hasattr(rule, "recall_all"):  # a memory without synapses
        return rule.recall_all(signals, query, state)
    rule = as_rule(rule)
    answer_in = getattr(query, "dtype", None)
    signals, query = inputs.sequence(rule, signals, query, dt, mode, size, strict)
    state = inputs.filled(rule, state, {name: a[:, :, 0] for name, a in signals.items()}, strict)
    if strict:
        refuse_divergence(rule, signals, dt)
    if mode == "loop" or symbols.sequential(rule):
        out, state = in_loop(rule, signals, query, state, dt)
    else:
        out, state = in_chunks(rule, signals, query, state, dt, size or chunk_size(signals["pre"]))
    return (None if out is None else out.transpose(1, 2).to(answer_in)), state


def refuse_divergence(rule: PlasticityRule, signals: Mapping[str, Tensor], dt: float) -> None:
    """Refuse signals [..., T, D] under which the error of a delta rule would grow."""
    for z in inputs.may_diverge(rule):
        inputs.refuse_growth(rule, what_is_written(rule, z, signals, dt), signals)


def recall(rule: Any, state: Mapping[str, Tensor], query: Tensor) -> Tensor:
    """Outputs [B, T, H, post] to queries [B, T, H, pre] with plasticity off."""
    if hasattr(rule, "recall_all"):
        return rule.recall(state, query)
    rule = as_rule(rule)
    inputs.check_recall(rule, state, query)
    q = inputs.precise(query).transpose(1, 2)  # [B, H, T, pre]
    synapse = TensorSynapse(state, dt=1.0)
    return normalised(rule, synapse, lambda strength: q @ strength.mT).transpose(1, 2).to(query.dtype)


def normalised(rule: PlasticityRule, s: Synapse, add_up: Any) -> Tensor:
    """The summed efficacy, divided by the summed normaliser where the rule has one (0 where that is 0)."""
    out, norm = add_up(rule.efficacy(s)), rule.normaliser(s)
    return out if norm is None else divided(out, add_up(norm))


def divided(out: Tensor, norm: Tensor) -> Tensor:
    return torch.where(norm == 0, 0, out / torch.where(norm == 0, 1, norm))


def in_loop(rule, signals, query, state, dt):
    """Step by step: the truth the parallel form is held to. Tensors are [B, H, T, D]."""
    steps = signals["pre"].shape[2]
    every = 1 if query is None else steps // query.shape[2]
    outputs = []
    for t in range(steps):
        state = advance(rule, state, spread(rule, {name: a[:, :, t] for name, a in signals.items()}), dt)
        if query is not None and (t + 1) % every == 0:
            q = query[:, :, t // every, None, :]
            outputs.append(normalised(rule, TensorSynapse(state, dt), lambda strength, q=q: (strength * q).sum(-1)))
    return (torch.stack(outputs, 2) if outputs else None), state


def in_chunks(rule, signals, query, state, dt, size):
    """The parallel form, one variable at a time: they do not feel each other."""
    end, read_out = {}, {}
    every = 1 if query is None else signals["pre"].shape[2] // query.shape[2]
    asked = query if every == 1 else spaced(query, every)
    for z, start in state.items():
        needed = query is not None and symbols.Symbol(z) in (symbols.efficacy(rule), symbols.normaliser(rule))
        writes = what_is_written(rule, z, signals, dt)
        read_out[z], end[z] = solve(writes, signals, asked if needed else None, start, axis_of_leak(rule, z), size)
    if query is None:
        return None, end
    out = normalised(rule, TensorSynapse(read_out, dt), lambda strength: strength)
    return out[:, :, every - 1 :: every], end


def spaced(query, every):
    """The query at the last of every few steps, 0 at the others."""
    asked = query.new_zeros(*query.shape[:2], every * query.shape[2], query.shape[3])
    asked[:, :, every - 1 :: every] = query
    return asked


def what_is_written(rule, z, signals, dt) -> Writes:
    """A rule's flow, evaluated for all steps at once with the presynaptic factor taken out."""
    summed = {"energy": energy(signals["pre"], dt)} if "energy" in symbols.used(rule) else {}
    flow = rule.flow(TensorSynapse({**signals, **summed, "pre": 1.0}, dt))[z]
    post = signals["post"]
    over_time = (*post.shape[:-1], 1)
    write = torch.as_tensor(times(dt, flow.write), dtype=post.dtype, device=post.device).expand(post.shape)
    erase = None if is_zero(flow.erase) else times(dt, flow.erase).expand(over_time)
    unwrite = None if is_zero(flow.unwrite) else times(dt, flow.unwrite)
    if is_zero(flow.leak):
        return Writes(write, erase, unwrite, None)
    leak = flow.leak if isinstance(flow.leak, Tensor) else post.new_full((1, 1, post.shape[-2], 1), flow.leak)
    return Writes(write, erase, unwrite, -leak.double() * dt)


def times(dt, part):
    """dt * part, at no cost where dt is 1."""
    return part if dt == 1 else dt * part


def axis_of_leak(rule, z) -> str:
    found = symbols.axes(rule, symbols.silent(rule)[z].leak)
    return next(iter(found), "head")


def sequence_of_one(signals):
    """[..., D] -> [..., 1, D]."""
    return {name: a.unsqueeze(-2) for name, a in signals.items()}


def spread(rule: PlasticityRule, signals: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Signals [..., D] of one instant, shaped to broadcast against [..., post, pre]."""
    column = {"post", "gate"} if rule.gate_axis == "post" else {"post"}
    return {name: a.unsqueeze(-1) if name in column else a.unsqueeze(-2) for name, a in signals.items()}


def advance(rule: PlasticityRule, state: Mapping[str, Tensor], signals: dict[str, Tensor], dt: float) -> State:
    """Flow for dt, all variables at once; then presynaptic events, one variable after another."""
    if "chance" in symbols.heard(rule) and "chance" not in signals:
        signals = {**signals, "chance": torch.rand_like(state["w"])}
    heard = {**signals, "energy": energy(signals["pre"], dt)}
    return jumped(rule, flowed(rule, state, heard, dt), heard, dt)


def flowed(rule: PlasticityRule, state: Mapping[str, Tensor], heard: Mapping[str, Any], dt: float) -> State:
    """Every variable after dt between events."""
    held = rule.flow(TensorSynapse({**heard, **state, "pre": 0.0, "energy": 0.0}, dt))
    return {z: rested(rule, z, state, held[z], heard, dt) for z in held}


def jumped(rule: PlasticityRule, state: Mapping[str, Tensor], heard: Mapping[str, Any], dt: float) -> State:
    """Every variable after presynaptic events; heard may give pred or back, else they are summed up."""
    state = dict(state)
    for z in state:
        s = {**heard, **state}
        with_input, without = (
            rule.flow(TensorSynapse({**s, **change}, dt))[z] for change in ({}, {"pre": 0.0, "energy": 0.0})
        )
        jump = difference(with_input, without)
        if any(not is_zero(part) for part in jump):
            state[z] = taken(rule, z, state, dt * felt(jump, state[z], heard))
    return state


def energy(pre: Tensor, dt: float) -> Tensor:
    """The summed drive of the inputs."""
    return dt * pre.square().sum(-1, keepdim=True)


def rested(
    rule: PlasticityRule, z: str, state: Mapping[str, Tensor], held: Flow, signals: Mapping[str, Tensor], dt: float
) -> Tensor:
    """The variable after dt between events; a change is formed only for a weight that takes part of it."""
    after = drifted(held, state[z], signals, dt)
    return taken(rule, z, state, after - state[z]) if z == "w" and symbols.bounded(rule) else after


def drifted(held: Flow, z: Tensor, signals: Mapping[str, Tensor], dt: float) -> Tensor:
    """z after dt between events: the exact exponential, all but z held at its value."""
    source = held.write
    if not is_zero(held.unwrite):
        source = source - held.unwrite * predicted_back(z, signals)
    if is_zero(held.leak):
        return z + dt * source
    leak = torch.as_tensor(held.leak, dtype=z.dtype, device=z.device)
    lost = -torch.expm1(-leak * dt)
    hold = torch.where(leak == 0, dt, lost / torch.where(leak == 0, 1, leak))
    return source * hold + torch.exp(-leak * dt) * z


def felt(jump: Flow, z: Tensor, signals: Mapping[str, Tensor]) -> Tensor:
    """The rate of an event's change, with the sums it needs."""
    pred = 0 if is_zero(jump.erase) else predicted(z, signals)
    back = 0 if is_zero(jump.unwrite) else predicted_back(z, signals)
    return jump.rate(z, pred, back)


def predicted(z: Tensor, signals: Mapping[str, Tensor]) -> Tensor:
    """pred: given, or what the synapses predict for their neuron."""
    return signals["pred"] if "pred" in signals else (z * signals["pre"]).sum(-1, keepdim=True)


def predicted_back(z: Tensor, signals: Mapping[str, Tensor]) -> Tensor:
    """back: given, or what its targets predict for an input."""
    return signals["back"] if "back" in signals else (z * signals["post"]).sum(-2, keepdim=True)


def taken(rule: PlasticityRule, z: str, state: Mapping[str, Tensor], change: Tensor) -> Tensor:
    """The variable after a proposed change; the weight of a bounded rule takes less of it."""
    return rule.absorb(TensorSynapse(state, 1.0), change) if z == "w" else state[z] + change


def difference(a: Flow, b: Flow) -> Flow:
    return Flow(*(x if is_zero(y) else x - y for x, y in zip(a, b, strict=True)))


def is_zero(part: Any) -> bool:
    """Absent from the equation (a tensor that happens to be 0 is not absent)."""
    return not isinstance(part, Tensor) and part == 0
