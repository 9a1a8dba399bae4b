"""The spiking substrate (Brian2): a rule becomes the strings of a `Synapses` object.

Between spikes every variable follows its exact exponential; a presynaptic spike (pre = 1/dt for one
step) makes it jump. Brian2 checks the units of everything that is written here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import brian2
import sympy
from brian2.core.functions import DEFAULT_FUNCTIONS
from sympy import Expr, Function, Symbol

from plastic import symbols
from plastic.rule import Flow, InputError, PlasticityRule
from plastic.rules import as_rule

UNITS = {"post": "Hz", "mod": "1", "gate": "Hz", "pred": "Hz", "back": "Hz", "energy": "Hz"}
CHANGE = Symbol("change")


class PlasticSynapses(brian2.Synapses):
    """Brian2's `Synapses`, whose variables start at the rule's rest when they are connected.

    The rule's parameters are shared variables: once connected, `made.own_eta = 0.1` holds from the next run on.
    """

    rule: PlasticityRule

    def connect(self, *args: Any, level: int = 0, **kwargs: Any) -> None:
        super().connect(*args, level=level + 1, **kwargs)
        for name, value in of_rule(self.rule).items():
            setattr(self, f"{name}_", value)


def synapses(
    rule: PlasticityRule | type[PlasticityRule] | str,
    source: Any,
    target: Any,
    transmit: str = "",
    pred: str = "events",
    namespace: Mapping[str, Any] | None = None,
    chance: str = "rand()",
    also: str = "",
    **kwargs: Any,
) -> PlasticSynapses:
    """Synapses that transmit, then learn by `rule`.

    source, target: Brian2 groups. The target carries the signals the rule listens to: post (Hz, the value),
    mod (1), gate (Hz); a presynaptic gate (gate_axis "pre") belongs to the source. pre is the spikes.
    transmit: what a spike does to the target, such as "g_post += efficacy * nS".
    pred: "events" sums w over the spikes of one step, as the rate substrate does; "target" leaves it to
    the target, as a neuron with a filtered dendritic drive `pred` (Hz) does.
    also: equations of what the synapses hold besides.
    chance: where a rule that hears chance takes it from at every event, in [0, 1).
    kwargs go to brian2.Synapses. Connect the result with its `connect`; variables then start at rest.
    Errors: InputError if a group lacks a signal.
    """
    rule = as_rule(rule)
    check_names(rule)
    if pred not in ("events", "target"):
        raise InputError(f"pred is {pred!r}; give 'events' or 'target'")
    needs = symbols.names(*symbols.rates(rule).values()) & set(UNITS)
    own = {"pred"} if pred == "target" else set()
    for name in sorted(needs):
        group = source if belongs_to_source(rule, name) else target
        if name in symbols.SUMS and name not in own:
            add_sum(group, name)
        check_carries(rule, group, "source" if group is source and group is not target else "target", name)
    declared = [f"own_{name} : {unit} (shared, constant)" for name, (_, unit) in symbols.parameters(rule).items()]
    made = PlasticSynapses(
        source,
        target,
        "\n".join([*model(rule), *declared, also]),
        on_pre=pathways(rule, needs - own, transmit, chance),
        method=exact_between_spikes(rule),
        namespace=namespace,
        **kwargs,
    )
    made.add_attribute("rule")
    made.rule = rule
    made.learn.order = made.order + 1
    for name in sorted((needs - own) & {"pred", "energy"}):
        start_at_zero(made, target, name, when="before_synapses")
    if "back" in needs:
        start_at_zero(made, source, "back", when="before_groups")
        made.run_regularly(f"back_pre += {only(rule, 'unwrite')} * post_post", when="groups", order=made.order - 1)
    return made


def of_rule(rule: PlasticityRule) -> dict[str, float]:
    """What the synapses of a rule hold at the start, where it is not 0: its parameters and its rest."""
    return {f"own_{name}": value for name, (value, _) in symbols.parameters(rule).items()} | rule.start()


def belongs_to_source(rule: PlasticityRule, name: str) -> bool:
    return name == "back" or (name == "gate" and rule.gate_axis == "pre")


def add_sum(group: Any, name: str) -> None:
    """Give the group a place for a sum over its synapses, unless it has one."""
    if name not in group.variables:
        group.variables.add_array(name, size=len(group), dimensions=brian2.hertz.dim, dtype=float)


def check_carries(rule: PlasticityRule, group: Any, role: str, name: str) -> None:
    """Refuse a group without a signal that the rule listens to."""
    if name not in group.variables:
        raise InputError(
            f"{role} has no variable {name!r}, which {rule.name} listens to; "
            f"add '{name} : {UNITS[name]}' to its equations"
        )


def model(rule: PlasticityRule) -> list[str]:
    """The equations of the synapse."""
    rates = {z: symbols.total(flow, z) for z, flow in symbols.silent(rule).items()}
    lines = [f"efficacy = {code(rule, symbols.efficacy(rule))} : 1"]
    lines += [f"d{z}/dt = {code(rule, r)} : 1 (clock-driven)" if r != 0 else f"{z} : 1" for z, r in rates.items()]
    return lines


def pathways(rule: PlasticityRule, sums: set[str], transmit: str, chance: str) -> dict[str, str]:
    """What a presynaptic spike does: first it transmits and is summed, then the synapse learns."""
    add_up = [f"pred_post += {only(rule, 'erase')} / dt"] if "pred" in sums else []
    add_up += ["energy_post += 1 / dt"] if "energy" in sums else []
    learn = [f"own_chance = {chance}"] if "chance" in symbols.heard(rule) else []
    learn += [jump for z, flow in symbols.events(rule).items() for jump in jumps(rule, z, flow)]
    return {"transmit": "\n".join([transmit, *add_up]), "learn": "\n".join(learn)}


def jumps(rule: PlasticityRule, z: str, flow: Flow) -> list[str]:
    """The jump of one variable at a spike: the coefficient of pre in its rate."""
    rate = symbols.total(flow, z)
    if rate == 0:
        return []
    if rate.diff(symbols.PRE, 2) != 0:
        raise InputError(f"{rule.name} is not linear in pre, so a spike has no jump of {z}")
    by = rate.subs(symbols.PRE, 1)
    return [f"{z} = {absorb(rule, by)}" if z == "w" and symbols.bounded(rule) else f"{z} += {code(rule, by)}"]


def absorb(rule: PlasticityRule, change: Expr) -> str:
    """The weight after a change."""
    return code(rule, symbols.absorbed(rule).subs(CHANGE, change))


def exact_between_spikes(rule: PlasticityRule) -> Any:
    """A Brian2 state updater: the exact exponential of every variable, the others held for one step."""
    flows = {z: flow for z, flow in symbols.silent(rule).items() if symbols.total(flow, z) != 0}
    lines = [f"_next_{z} = {after_dt(rule, z, flow)}" for z, flow in flows.items()]
    lines += [f"{z} = _next_{z}" for z in flows]
    return lambda equations, variables, options=None: "\n".join(lines)


def after_dt(rule: PlasticityRule, z: str, flow: Flow) -> str:
    """The variable after one step without spikes."""
    source, left, own = flow.write - flow.unwrite * symbols.BACK, -flow.leak * symbols.DT, Symbol(z)
    hold = 1 if left == 0 else Function("exprel")(left)
    after = own * sympy.exp(left) + source * symbols.DT * hold
    return absorb(rule, after - own) if z == "w" and symbols.bounded(rule) else code(rule, after)


def only(rule: PlasticityRule, part: str) -> str:
    """The one variable whose flow has this part: a neuron can hold its sum for one variable."""
    found = [z for z, flow in symbols.flows(rule).items() if getattr(flow, part) != 0]
    if len(found) > 1:
        raise InputError(f"{rule.name} has an {part} for {' and '.join(found)}; give it to one variable only")
    return found[0]


def start_at_zero(made: PlasticSynapses, group: Any, name: str, when: str) -> None:
    """Clear a sum in every step before it is added up; the synapses carry the reset with them."""
    label = f"{made.name}_clears_{name}"
    reset = group.run_regularly(f"{name} = 0*Hz", when=when, dt=made.clock.dt, name=label)
    group.contained_objects.remove(reset)
    made.contained_objects.append(reset)


def code(rule: PlasticityRule, expression: Any) -> str:
    """An expression in Brian2's language."""
    on = {n: f"{n}_{'pre' if belongs_to_source(rule, n) else 'post'}" for n in UNITS}
    on |= {name: f"own_{name}" for name in ("chance", *symbols.parameters(rule))}
    iverson = symbols.explicit(expression).replace(Function("positive"), lambda x: Function("int")(x > 0))
    return str(iverson.subs({Symbol(name): Symbol(there) for name, there in on.items()}))


def check_names(rule: PlasticityRule) -> None:
    """Refuse a parameter that Brian2 would take for a function."""
    for name in sorted(set(symbols.parameters(rule)) & set(DEFAULT_FUNCTIONS)):
        raise InputError(f"parameter {name!r} of {rule.name} is the name of a Brian2 function; rename it")
