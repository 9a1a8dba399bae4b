"""Read a rule by calling it with symbols instead of tensors."""

from __future__ import annotations

from dataclasses import fields, replace
from functools import cache, partial
from typing import Any

import sympy
from sympy import Expr, Function, Symbol, expand, latex, simplify

from plastic.rule import SIGNALS, Flow, PlasticityRule, Synapse

NOTATION = {
    "pre": "r_j", "post": "r_i", "pred": r"\hat{r}_i", "back": r"\hat{r}_j", "mod": "m", "gate": "g",
    "energy": r"\|r\|^2", "dt": r"\Delta t", "lambda": r"\lambda", "w": "w", "eligible": "E", "instruct": "I",
    "seen": "z", "conversion": "k", "plateau": "T", "rest": r"u_0", "tau_eligible": r"\tau_E",
    "tau_instruct": r"\tau_I", "k_up": "k_+", "k_down": "k_-", "w_max": r"w_{\max}",
    "tau_facil": r"\tau_f", "tau_rec": r"\tau_d",
}  # fmt: skip
COMMA = r",\quad "  # between the equations of a rule
INDEX = {"head": "", "post": "_i", "pre": "_j"}  # which cells an axis runs over
SUMS = {"pred": {"pre"}, "back": {"post"}, "energy": {"pre"}}  # what a neuron adds up, and of which signal
PRE, ENERGY, PRED, BACK, DT = (Symbol(name) for name in ("pre", "energy", "pred", "back", "dt"))


class SymbolicSynapse(Synapse):
    """A synapse at which every signal and every variable is its own name."""

    dt = DT
    exp = staticmethod(sympy.exp)
    positive = Function("positive")
    clip = Function("clip")
    activation = Function("activation")  # by name in print; `explicit` writes it out

    def __getattr__(self, name: str) -> Symbol:
        return Symbol(name)

    @staticmethod
    def logistic(x: Expr) -> Expr:
        return 1 / (1 + sympy.exp(-x))


def symbolic(rule: PlasticityRule) -> PlasticityRule:
    """The rule with every number replaced by its name."""
    return replace(rule, **{f.name: named(f.name, getattr(rule, f.name)) for f in fields(rule)})


def named(name: str, value: Any) -> Any:
    if isinstance(value, PlasticityRule):
        return symbolic(value)
    return Symbol(name) if isinstance(value, (int, float)) or hasattr(value, "requires_grad") else value


def parameters(rule: PlasticityRule) -> dict[str, tuple[float, str]]:
    """The rule's numbers, and those of a rule inside it, with their SI units by Brian2's names."""
    found: dict[str, tuple[float, str]] = {}
    for f in fields(rule):
        value = getattr(rule, f.name)
        if isinstance(value, PlasticityRule):
            found |= parameters(value)
        elif isinstance(value, (int, float)):
            found[f.name] = value, f.metadata.get("unit", "1")
    return found


@cache
def flows(rule: PlasticityRule) -> dict[str, Flow]:
    """The flow of every variable, as expressions."""
    found = symbolic(rule).flow(SymbolicSynapse())
    return {z: Flow(*map(sympy.sympify, flow)) for z, flow in found.items()}


@cache
def silent(rule: PlasticityRule) -> dict[str, Flow]:
    """What flows between presynaptic events."""
    return {z: Flow(*(c.subs({PRE: 0, ENERGY: 0}) for c in flow)) for z, flow in flows(rule).items()}


@cache
def events(rule: PlasticityRule) -> dict[str, Flow]:
    """What a presynaptic event adds: the part of each flow that vanishes without one."""
    return {
        z: Flow(*(a - b if b == 0 else expand(a - b) for a, b in zip(flow, silent(rule)[z], strict=True)))
        for z, flow in flows(rule).items()
    }


def total(flow: Flow, z: str) -> Expr:
    """dz/dt."""
    return flow.rate(Symbol(z), PRED, BACK)


def rates(rule: PlasticityRule) -> dict[str, Expr]:
    """dz/dt of every variable."""
    return {z: total(flow, z) for z, flow in flows(rule).items()}


def efficacy(rule: PlasticityRule) -> Expr:
    """What the synapse transmits."""
    return sympy.sympify(symbolic(rule).efficacy(SymbolicSynapse()))


def normaliser(rule: PlasticityRule) -> Expr | None:
    """What the output is divided by, if anything."""
    return symbolic(rule).normaliser(SymbolicSynapse())


def objective(rule: PlasticityRule) -> Expr | None:
    """The local loss."""
    return symbolic(rule).objective(SymbolicSynapse())


def absorbed(rule: PlasticityRule) -> Expr:
    """The weight after a proposed change."""
    return sympy.sympify(symbolic(rule).absorb(SymbolicSynapse(), Symbol("change")))


def names(*expressions: Any) -> set[str]:
    """Every name that occurs in the expressions."""
    return {s.name for e in expressions for s in sympy.sympify(e).free_symbols}


@cache
def used(rule: PlasticityRule) -> frozenset[str]:
    """Every name in the rule's equations."""
    return frozenset(names(*rates(rule).values(), efficacy(rule), absorbed(rule)))


@cache
def heard(rule: PlasticityRule) -> frozenset[str]:
    """Every name the rule uses, and the signals behind the sums it uses."""
    return used(rule).union(*(SUMS.get(name, set()) for name in used(rule)))


def signals(rule: PlasticityRule) -> list[str]:
    """What the rule listens to: what a slow network must emit to program it."""
    return [name for name in SIGNALS if name in heard(rule)]


def axes(rule: PlasticityRule, expression: Any) -> set[str]:
    """Along which axes of the fast matrix an expression varies, beyond the head."""
    axis = {"pre": "pre", "post": "post", "pred": "post", "back": "pre", "gate": rule.gate_axis}
    found = {axis.get(name, "head") for name in names(expression)}
    return (found | {"post", "pre"} if names(expression) & {"chance", *flows(rule)} else found) - {"head"}


@cache
def bounded(rule: PlasticityRule) -> bool:
    """Whether the weight takes only part of a change."""
    return simplify(absorbed(rule) - Symbol("w") - Symbol("change")) != 0


def writes_late(rule: PlasticityRule) -> bool:
    """Whether the weight is written from another variable, a trace, after the pair is gone."""
    return bool(names(*flows(rule)["w"]) & (flows(rule).keys() - {"w"}))


@cache
def sequential(rule: PlasticityRule) -> str | None:
    """Why the rule has no parallel form (rank-one and affine), or None where it has one."""
    if bounded(rule):
        return "its weight takes only part of a change (it is bounded)"
    if efficacy(rule) != Symbol("w"):
        return "its efficacy is not its weight alone"
    return next(filter(None, (variable_is_sequential(rule, z) for z in flows(rule))), None)


def variable_is_sequential(rule: PlasticityRule, z: str) -> str | None:
    """Why one variable has no parallel form."""
    held, jump = silent(rule)[z], events(rule)[z]
    felt = names(*flows(rule)[z]) & {*flows(rule), "pred", "back"}
    if felt:
        return f"the flow of {z} depends on {', '.join(sorted(felt))}"
    if "chance" in names(*jump, *held):
        return f"the write of {z} differs by chance from synapse to synapse"
    if held.write != 0 or jump.leak != 0 or jump.unwrite != 0 or held.erase != 0:
        return f"{z} changes in ways that are neither a decay nor an outer product"
    write, erase = (expand(part / PRE) for part in (jump.write, jump.erase))
    if "pre" in axes(rule, write) or "pre" in axes(rule, erase):
        return f"the write of {z} is not one outer product with pre"
    if erase != 0 and "post" in axes(rule, erase) | axes(rule, held.leak):
        return f"postsynaptic cells erase {z} each in their own way"
    if held.unwrite != 0 and (erase != 0 or held.leak != 0 or simplify(held.unwrite - write) != 0):
        return f"{z} is unwritten in a way that is not the mirror image of the delta rule"
    if len(axes(rule, held.leak)) > 1:
        return f"{z} leaks differently at each synapse"
    return None


@cache
def step_size_free_loss(rule: PlasticityRule) -> Expr | None:
    """Zero where one step of dt equals one gradient step on the stated loss; None where no loss is stated."""
    loss = objective(rule)
    if loss is None:
        return None
    w = Symbol("w")
    slope = loss.diff(w) + loss.diff(PRED) * PRE + loss.diff(BACK) * Symbol("post")
    return simplify(after_one_step(rule) - (w - DT * slope))


def after_one_step(rule: PlasticityRule) -> Expr:
    """The weight after dt, in terms of pred and back before it (their decay must not depend on the input)."""
    held, jump, w = silent(rule)["w"], events(rule)["w"], Symbol("w")
    decay = sympy.exp(-held.leak * DT)
    rested = decay * w - DT * held.unwrite * BACK
    return rested + DT * (jump.write - jump.erase * decay * PRED)


def spelled(flow: Flow, z: str, spell: Any) -> str:
    """dz/dt in print: what is written, errors as errors, minus what leaks."""
    gain, loss = gain_of(flow, spell), tidy(flow.leak * Symbol(z))
    if loss == 0:
        return gain
    lost = f"({spell(loss)})" if loss.is_Add else spell(loss)
    return f"{gain} - {lost}" if gain != "0" else f"-{lost}"


def gain_of(flow: Flow, spell: Any) -> str:
    """What is written, in print: dose * (target - prediction) where the rule writes an error."""
    for dose, prediction in ((flow.erase, PRED), (flow.unwrite, BACK)):
        if dose != 0:
            target = simplify(flow.write / dose)
            return f"{spell(dose)} ({spell(target)} - {spell(prediction)})"
    return spell(flow.write)


def equations(rule: PlasticityRule) -> str:
    """The equation of every variable, in plain text."""
    return "; ".join(f"d{z}/dt = {spelled(flow, z, written)}" for z, flow in flows(rule).items())


def explicit(expression: Any) -> Expr:
    """The expression with named functions written out in arithmetic."""
    spell = lambda *arguments: Synapse.activation(SymbolicSynapse(), *arguments)  # noqa: E731
    return sympy.sympify(expression).replace(Function("activation"), spell)


def written(expression: Any) -> str:
    """An expression in plain text, tidied."""
    return str(tidy(expression)).replace("**", "^")


@cache
def tidy(expression: Any) -> Expr:
    """The shortest of a few equal forms."""
    forms = [expression, sympy.factor_terms(expression)]
    if expression.count_ops() < 40:
        forms.append(simplify(expression))
    return min(forms, key=lambda form: len(str(form)))


def complexity(rule: PlasticityRule) -> int:
    """How long the equations are in print: the simplest rule speaks for those that are the same memory."""
    return len(equations(rule))


def latex_equations(rule: PlasticityRule) -> str:
    """The equation of every variable in LaTeX, for tables and figure keys."""
    moving = {z: flow for z, flow in flows(rule).items() if total(flow, z) != 0}
    spell = partial(typeset, rule)
    lines = (rf"\dot{{{NOTATION.get(z, z)}}} = {spelled(flow, z, spell)}" for z, flow in moving.items())
    return COMMA.join(lines)


def typeset(rule: PlasticityRule, expression: Any) -> str:
    """An expression in LaTeX, in the field's letters."""
    signs = NOTATION | {name: NOTATION[name] + INDEX[rule.gate_axis] for name in ("gate", "lambda")}
    return latex(tidy(in_lambda(expression)), symbol_names={Symbol(name): sign for name, sign in signs.items()})


def in_lambda(expression: Any) -> Expr:
    """The expression with lambda for the share that a gate leaves in one step."""
    gated = DT * Symbol("gate")
    left = Symbol("lambda")
    short = sympy.sympify(expression).subs(sympy.exp(-gated), left).subs(sympy.exp(gated), 1 / left)
    return short.replace(Function("activation"), lambda x, half, width: Function(spoken(half))(x))


def spoken(half: Any) -> str:
    """q_+ or q_-, as the two activations of a rule are told apart in print."""
    return "q_" + ("+" if "up" in str(half) else "-" if "down" in str(half) else "0")


def latex_loss(rule: PlasticityRule) -> str | None:
    """The local loss in LaTeX."""
    loss = objective(rule)
    return None if loss is None else typeset(rule, loss)
