"""Random signals and states for any rule, within the range where it is stable."""

import torch
from torch.nn.functional import normalize

from plastic import symbols
from plastic.rule import PlasticityRule
from plastic.rules import as_rule
from plastic.substrates.layer import unwrites

KEYS = ("random", "nonnegative", "correlated", "repeated")
CORRELATION = 0.9  # of two correlated keys
FASTEST = 4.0  # the highest gate


def signals_for(rule, steps, batch=2, heads=2, post=3, pre=5, keys="random", seed=0, dtype=torch.float64, device="cpu"):
    """The signals that a rule listens to, [batch, steps * writes, heads, ...], and queries [batch, steps, heads, pre].

    keys: one of KEYS. eta reaches 2 (or 1 + lambda, where the error is that of the weights before they decay), and
    gates run from 0 to 4. The same seed gives the same numbers in every precision.
    """
    rule = as_rule(rule)
    random = torch.Generator().manual_seed(seed)
    lead = (batch, steps * rule.writes, heads)
    made = {"pre": keys_of(keys, lead, pre, random), "post": gaussian(random, *lead, post)}
    if unwrites(rule):
        made["post"] = normalize(made["post"], dim=-1)
    made["gate"] = gates(random, *lead, *{"head": (), "post": (post,), "pre": (pre,)}[rule.gate_axis])
    made["mod"] = uniform(random, *lead) * largest_eta(rule, made["gate"]) / eta_of(rule)
    made["chance"] = uniform(random, *lead, pre)
    query = normalize(gaussian(random, batch, steps, heads, pre), dim=-1)
    if rule.positive_keys:
        made["pre"], query = made["pre"].abs(), query.abs()
    if rule.positive_values:
        made["post"] = made["post"].abs()
    heard = {"pre", *symbols.heard(rule)}
    return {name: a.to(device, dtype) for name, a in made.items() if name in heard}, query.to(device, dtype)


def state_for(rule, batch=2, heads=2, post=3, pre=5, seed=1, dtype=torch.float64, device="cpu"):
    """A value of every variable of the rule, [batch, heads, post, pre]: weights of both signs, the rest in (0, 1)."""
    random = torch.Generator().manual_seed(seed)
    drawn = {z: uniform(random, batch, heads, post, pre) for z in symbols.flows(as_rule(rule))}
    drawn["w"] -= 0.5
    return {z: a.to(device, dtype) for z, a in drawn.items()}


def instant(signals, t=0):
    """The signals of one moment, [batch, heads, ...]."""
    return {name: a[:, t] for name, a in signals.items()}


def keys_of(kind, lead, pre, random):
    """Unit keys [*lead, pre]."""
    batch, _, heads = lead
    keys = normalize(gaussian(random, *lead, pre), dim=-1)
    common = normalize(gaussian(random, batch, 1, heads, pre), dim=-1)
    if kind == "nonnegative":
        return keys.abs()
    if kind == "correlated":
        return normalize(CORRELATION**0.5 * common + (1 - CORRELATION) ** 0.5 * keys, dim=-1)
    if kind == "repeated":
        return common.expand_as(keys).clone()
    assert kind == "random", f"keys is {kind!r}; give one of {KEYS}"
    return keys


def gates(random, *shape):
    """Leak rates: a tenth of them 0, most small, a few high."""
    drawn = uniform(random, *shape)
    return torch.where(drawn < 0.1, 0.0, FASTEST * drawn**4)


def largest_eta(rule, gate):
    """The learning rate for unit keys at which errors stop growing smaller."""
    erases = [flow.erase for flow in symbols.flows(rule).values()]
    return 1 + (-gate).exp() if "gate" in symbols.names(*erases) else 2.0


def eta_of(rule):
    """The learning rate of a rule, or of the rule inside a variant."""
    inner = getattr(rule, "rule", None)
    return eta_of(inner) if isinstance(inner, PlasticityRule) else getattr(rule, "eta", 1.0)


def gaussian(random, *shape):
    return torch.randn(*shape, generator=random, dtype=torch.float64)


def uniform(random, *shape):
    return torch.rand(*shape, generator=random, dtype=torch.float64)
