"""What a substrate accepts: every refusal is one sentence that names the argument and the remedy."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import Any

import torch
from torch import Tensor

from plastic import symbols
from plastic.rule import SIGNALS, InputError, PlasticityRule
from plastic.substrates.chunk import Writes

ABSENT = {"mod": 1.0, "gate": 0.0}  # what a signal is when it is left out
ROUNDING = 1e-4  # by how much a gain may exceed 1 before it counts as divergence


def instant(rule: PlasticityRule, signals: Mapping[str, Any], dt: float, strict: bool) -> dict[str, Tensor]:
    """Checked signals of one instant, each [..., D]."""
    return checked(rule, signals, dt, None, strict)


def sequence(
    rule: PlasticityRule, signals: Mapping[str, Any], query: Any, dt: float, mode: str, size: int | None, strict: bool
) -> tuple[dict[str, Tensor], Tensor | None]:
    """Checked signals of a sequence and the query, each [B, H, T, D]."""
    if mode not in ("chunk", "loop"):
        raise InputError(f"mode is {mode!r}; give 'chunk' or 'loop'")
    if size is not None and (not isinstance(size, int) or size < 1):
        raise InputError(f"size is {size!r}; give a whole number of steps, at least 1")
    found = checked(rule, signals, dt, 3, strict)
    if query is not None:
        check_query(query, strict)
        check_fits(query, signals["pre"])
        query = precise(query).transpose(1, 2)
    return {name: a.transpose(1, 2) for name, a in found.items()}, query


def checked(
    rule: PlasticityRule, signals: Mapping[str, Any], dt: float, lead: int | None, strict: bool
) -> dict[str, Tensor]:
    """Every signal as a tensor [..., D] (D = 1 for a scalar); lead: how many axes come before D, if fixed."""
    if not isinstance(signals, Mapping):
        raise InputError(f"signals is a {type(signals).__name__}; give a dict of tensors, such as pre and post")
    if not 0 < dt < inf:
        raise InputError(f"dt is {dt}; give a finite step above 0")
    unknown = set(signals) - {*SIGNALS, "chance"}
    if unknown:
        raise InputError(f"signal {sorted(unknown)[0]!r} is not known; give any of {', '.join(SIGNALS)}")
    heard = symbols.signals(rule)
    for name in {"pre", *heard} - {*signals, *ABSENT}:
        raise InputError(f"signal {name!r} is missing, and {rule.name} listens to it; add it to signals")
    tensors = {name: a for name, a in signals.items() if name in {"pre", "post", "chance", *heard}}
    for name, a in tensors.items():
        check_tensor(f"signal {name!r}", a, strict)
    if strict and "gate" in tensors and bool((tensors["gate"] < 0).any()):
        raise InputError("signal 'gate' is negative somewhere, a decay exp(-gate dt) above 1; give a leak rate >= 0")
    pre = tensors["pre"]
    if lead is not None and pre.ndim != lead + 1:
        raise InputError(f"signal 'pre' has shape {tuple(pre.shape)}; give [batch, time, heads, pre]")
    if 0 in pre.shape:
        raise InputError(
            f"signal 'pre' has shape {tuple(pre.shape)}, which is empty; give at least one step and one cell"
        )
    found = with_absent(rule, {name: precise(shaped(rule, name, a, pre)) for name, a in tensors.items()})
    check_gates_of_cells(rule, found)
    return found


def check_gates_of_cells(rule: PlasticityRule, signals: dict[str, Tensor]) -> None:
    """A gate for each postsynaptic cell needs as many entries as there are such cells."""
    if rule.gate_axis == "post" and signals["gate"].shape[-1] not in (1, signals["post"].shape[-1]):
        raise InputError(
            f"signal 'gate' has {signals['gate'].shape[-1]} entries; {rule.name} needs one per output, "
            f"{signals['post'].shape[-1]}"
        )


def precise(a: Tensor) -> Tensor:
    """Half precision as single: fast weights add up many small writes."""
    return a.float() if a.dtype in (torch.float16, torch.bfloat16) else a


def with_absent(rule: PlasticityRule, signals: dict[str, Tensor]) -> dict[str, Tensor]:
    """The signals, with a constant for each that the rule hears and was not given."""
    pre = signals["pre"]
    for name in symbols.signals(rule):
        if name not in signals:
            signals[name] = pre.new_full((*pre.shape[:-1], 1), ABSENT[name])
    return {"post": pre.new_zeros(*pre.shape[:-1], 1), **signals}


def shaped(rule: PlasticityRule, name: str, a: Tensor, pre: Tensor) -> Tensor:
    """One signal as [..., D], refused if it does not fit pre."""
    if a.dtype != pre.dtype or a.device != pre.device:
        raise InputError(
            f"signal {name!r} is {a.dtype} on {a.device}, but pre is {pre.dtype} on {pre.device}; convert one of them"
        )
    scalar = a.ndim == pre.ndim - 1
    if name == "mod" and not scalar:
        raise InputError(f"signal 'mod' has shape {tuple(a.shape)}; give one number per head, {tuple(pre.shape[:-1])}")
    if name == "gate":
        check_gate(rule, a, scalar, pre)
    if scalar and name in ABSENT:
        a = a.unsqueeze(-1)
    if a.ndim != pre.ndim or (name != "chance" and a.shape[:-1] != pre.shape[:-1]):
        raise InputError(
            f"signal {name!r} has shape {tuple(a.shape)}, which does not fit pre {tuple(pre.shape)}; "
            "all but the last axis must agree"
        )
    return a


def check_gate(rule: PlasticityRule, gate: Tensor, scalar: bool, pre: Tensor) -> None:
    """A gate is a leak rate >= 0 along the axis that the rule declares."""
    if scalar:
        return
    if rule.gate_axis == "head":
        raise InputError(
            f"signal 'gate' has shape {tuple(gate.shape)}, but {rule.name} has one gate per head; "
            f"give {tuple(pre.shape[:-1])}"
        )
    if rule.gate_axis == "pre" and gate.shape[-1] != pre.shape[-1]:
        raise InputError(
            f"signal 'gate' has {gate.shape[-1]} entries; {rule.name} needs one per input, {pre.shape[-1]}"
        )


def check_tensor(what: str, a: Any, values: bool = True) -> None:
    """A floating tensor, and a finite one if its values are looked at."""
    if not isinstance(a, Tensor):
        raise InputError(f"{what} is a {type(a).__name__}; give a torch tensor")
    if not a.is_floating_point():
        raise InputError(f"{what} has dtype {a.dtype}; convert it to a floating type, such as float32")
    if (
        values and not bool(a.detach().sum().isfinite()) and not bool(a.isfinite().all())
    ):  # the sum is one pass; it may overflow
        raise InputError(f"{what} holds NaN or infinite values; remove them")


def check_query(query: Any, values: bool = True) -> None:
    """A query is [batch, time, heads, pre]."""
    check_tensor("query", query, values)
    if query.ndim != 4:
        raise InputError(f"query has shape {tuple(query.shape)}; give [batch, time, heads, pre]")


def check_fits(query: Tensor, pre: Tensor) -> None:
    """The query asks the synapses that the signals write, once after every n-th write."""
    (b, t, h, d), (qb, qt, qh, qd) = pre.shape, query.shape
    if (b, h, d) != (qb, qh, qd) or qt == 0 or t % qt:
        raise InputError(
            f"query has shape {tuple(query.shape)}, which does not fit pre {tuple(pre.shape)}; "
            "batch, heads and pre must agree, and time must divide that of pre"
        )
    if query.dtype != pre.dtype or query.device != pre.device:
        raise InputError(
            f"query is {query.dtype} on {query.device}, but pre is {pre.dtype} on {pre.device}; convert one of them"
        )


def filled(rule: PlasticityRule, state: Any, signals: Mapping[str, Tensor], strict: bool) -> dict[str, Tensor]:
    """Every variable of the rule as [..., post, pre], at rest where it is not given."""
    variables = symbols.flows(rule)
    given = {} if state is None else state
    if not isinstance(given, Mapping):
        raise InputError(f"state is a {type(given).__name__}; give a dict of {', '.join(variables)}")
    unknown = set(given) - set(variables)
    if unknown:
        raise InputError(f"state holds {sorted(unknown)[0]!r}; {rule.name} has only {', '.join(variables)}")
    for z, a in given.items():
        check_tensor(f"state {z!r}", a, strict)
    pre, post = signals["pre"], signals["post"]
    post_cells = post.shape[-1] if "w" not in given or "post" in symbols.signals(rule) else given["w"].shape[-2]
    shape = (*pre.shape[:-1], post_cells, pre.shape[-1])
    for z, a in given.items():
        check_state(z, a, shape, pre)
    rest = rule.start()
    return {z: given[z] if z in given else pre.new_full(shape, rest.get(z, 0.0)) for z in variables}


def check_recall(rule: PlasticityRule, state: Any, query: Any) -> None:
    """A state that `read` or `step` gave, and a query that fits it."""
    check_query(query)
    for z in symbols.flows(rule):
        if not isinstance(state, Mapping) or z not in state:
            raise InputError(f"state lacks {z!r}, a variable of {rule.name}; give the state that read or step returned")
        check_tensor(f"state {z!r}", state[z])
        b, _, h, pre = query.shape
        if state[z].ndim != 4 or (*state[z].shape[:2], state[z].shape[3]) != (b, h, pre):
            raise InputError(
                f"state {z!r} has shape {tuple(state[z].shape)}, which does not fit the query {tuple(query.shape)}; "
                f"give ({b}, {h}, post, {pre})"
            )
    if precise(query).dtype != state["w"].dtype or query.device != state["w"].device:
        raise InputError(
            f"query is {query.dtype} on {query.device}, but the state is {state['w'].dtype} on {state['w'].device}; "
            "convert one of them"
        )


def check_state(z: str, a: Any, shape: tuple[int, ...], pre: Tensor) -> None:
    """One variable of the state: the right type, shape, precision and device."""
    if tuple(a.shape) != shape:
        raise InputError(f"state {z!r} has shape {tuple(a.shape)}; give {shape} ([batch, heads, post, pre])")
    if a.dtype != pre.dtype or a.device != pre.device:
        raise InputError(f"state {z!r} is {a.dtype} on {a.device}, but pre is {pre.dtype} on {pre.device}; convert it")


def may_diverge(rule: PlasticityRule) -> list[str]:
    """The variables whose steps take back a share of what they predict, a share that the signals alone decide."""
    return [
        z
        for z, flow in symbols.flows(rule).items()
        if (flow.erase != 0 or flow.unwrite != 0) and not symbols.names(*flow) & {*symbols.flows(rule), "chance"}
    ]


@torch.no_grad()
def refuse_growth(rule: PlasticityRule, writes: Writes, signals: Mapping[str, Tensor]) -> None:
    """Refuse a step that multiplies its own error by more than 1: eta |k|^2 > 2 without decay. Signals [..., T, D]."""
    gain = gains(writes, signals)
    left = 1.0 if writes.fade is None else writes.fade.amax(-1, keepdim=True).exp()
    worst = float(((gain.double() - 1) * left).abs().max())
    if worst <= 1 + ROUNDING:
        return
    side = "pre" if writes.erase is not None else "post"  # worst may also be no number
    raise InputError(
        f"eta * |{side}|^2 reaches {float(gain.max()):.4g}, and each step of {rule.name} multiplies its error "
        f"by up to {worst:.4g}: above 1 it diverges; L2-normalise {side}, lower eta or mod "
        "(eta * |key|^2 <= 2 without decay), or pass strict=False"
    )


def gains(writes: Writes, signals: Mapping[str, Tensor]) -> Tensor:
    """The share of the prediction that a step takes back, [..., T, 1]."""
    if writes.erase is not None:
        return writes.erase * torch.linalg.vector_norm(signals["pre"], dim=-1, keepdim=True).square()
    assert writes.unwrite is not None
    return (writes.unwrite * signals["post"]).sum(-1, keepdim=True)


def check_memory(signals: Any, query: Any) -> None:
    """Keys and values [batch, time, heads, D] and queries that fit them."""
    if not isinstance(signals, Mapping):
        raise InputError(f"signals is a {type(signals).__name__}; give a dict with pre and post")
    for name in ("pre", "post"):
        if name not in signals:
            raise InputError(f"signal {name!r} is missing; add it to signals")
        check_tensor(f"signal {name!r}", signals[name])
        if signals[name].ndim != 4 or signals[name].shape[:3] != signals["pre"].shape[:3]:
            raise InputError(
                f"signal {name!r} has shape {tuple(signals[name].shape)}; give [batch, time, heads, {name}]"
            )
    if query is not None:
        check_query(query)
        check_fits(query, signals["pre"])
