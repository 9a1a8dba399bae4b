"""Every plasticity rule, one file each; a file put in this folder is found."""

from __future__ import annotations

from difflib import get_close_matches
from importlib import import_module
from inspect import isclass
from pkgutil import iter_modules
from types import ModuleType

from plastic.rule import InputError, PlasticityRule


def folded(name: str) -> str:
    """A name without case, spaces and punctuation: 'Gated DeltaNet' and 'gated_deltanet' are one."""
    return "".join(c for c in name.casefold() if c.isalnum())


class Catalogue(dict[str, type[PlasticityRule]]):
    """Rules by name; the row of Table 1 and the class's own name find them too."""

    def __missing__(self, name: str) -> type[PlasticityRule]:
        for key, rule in self.items():
            if folded(str(name)) in {folded(n) for n in (key, rule.__name__, rule.row or key)}:
                return rule
        near = get_close_matches(str(name), self, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]!r}?" if near else f"choose from {', '.join(self)}"
        raise UnknownRule(f"rule {name!r} is not known; {hint}")


class UnknownRule(InputError, KeyError):
    """No rule has this name."""

    __str__ = Exception.__str__


def rule_in(module: ModuleType) -> type[PlasticityRule]:
    """The one rule a file defines."""
    found = [
        thing
        for thing in vars(module).values()
        if isclass(thing) and issubclass(thing, PlasticityRule) and thing.__module__ == module.__name__
    ]
    if len(found) != 1:
        raise ImportError(f"{module.__name__} defines {len(found)} rules; a file in plastic/rules defines one")
    return found[0]


RULES = Catalogue({name: rule_in(import_module(f"{__name__}.{name}")) for _, name, _ in iter_modules(__path__)})


def as_rule(given: PlasticityRule | type[PlasticityRule] | str) -> PlasticityRule:
    """The rule itself, from a rule, its class or its name ('delta', or 'delta+dale' for a variant)."""
    if isinstance(given, PlasticityRule):
        return given
    if isclass(given) and issubclass(given, PlasticityRule):
        return given()
    if isinstance(given, str):
        from plastic.variants import varied

        name, *variants = given.split("+")
        return varied(RULES[name](), variants)
    raise InputError(f"rule is {given!r}; give a rule, its class or its name (one of {', '.join(RULES)})")
