"""The update table in print: plain, Markdown, LaTeX, JSON. Everything in it is read off the rules."""

from __future__ import annotations

from typing import Any

from plastic import symbols
from plastic.rule import PlasticityRule
from plastic.rules import RULES

NOTATION = (
    "r_j, r_i: pre- and postsynaptic signal (key, value); r̂_i: what the synapses already predict for their neuron "
    "(pred); r̂_j: what they predict for their input (back); m: modulator of eta; g: leak rate, λ = exp(−g Δt)"
)


def entry(name: str, rule: PlasticityRule) -> dict[str, Any]:
    """One rule, as plain data."""
    loss = symbols.objective(rule)
    return {
        "name": name,
        "row": rule.row,
        "update": symbols.equations(rule),
        "loss": None if loss is None else symbols.written(loss),
        "signals": symbols.signals(rule),
        "biology": rule.biology,
        "sequential": symbols.sequential(rule),
        "substrates": substrates(rule),
        "cite": rule.cite,
        "meaning": (type(rule).__doc__ or "").strip().splitlines()[0],
    }


def substrates(rule: PlasticityRule) -> list[str]:
    """Where the rule runs; a layer needs values to write."""
    return ["rate", "spiking", *(["layer"] if "post" in symbols.signals(rule) else [])]


def ordered() -> list[tuple[str, PlasticityRule]]:
    """Every rule: those of Table 1 first, the simple before the complex."""
    made = [(name, rule()) for name, rule in RULES.items()]
    return sorted(made, key=lambda item: (item[1].row is None, symbols.complexity(item[1])))


def entries() -> list[dict[str, Any]]:
    """The whole table, as plain data."""
    return [entry(name, rule) for name, rule in ordered()]


def as_json() -> str:
    from plastic.lab.store import text

    return text(entries())


def as_text() -> str:
    """For a terminal: a few lines a rule."""
    return "\n\n".join(paragraph(line) for line in entries()) + f"\n\n{NOTATION}"


def paragraph(line: dict[str, Any]) -> str:
    title = line["name"] + (f"  ({line['row']} in Table 1)" if line["row"] else "")
    facts = {
        "": line["meaning"],
        "update": line["update"].replace("; ", "\n            "),
        "loss": line["loss"] or "none stated",
        "signals": ", ".join(line["signals"]),
        "biology": line["biology"],
        "runs on": ", ".join(line["substrates"])
        + (f"; step by step: {line['sequential']}" if line["sequential"] else ""),
        "source": line["cite"],
    }
    return "\n".join([title, *(f"  {key:<9} {value}" for key, value in facts.items())])


def as_markdown() -> str:
    """For the README: one row a rule."""
    head = "| rule | Table 1 | equation | local loss | signals | in parallel | source |\n|---|---|---|---|---|---|---|"
    return "\n".join([head, *(markdown_row(name, rule) for name, rule in ordered())])


def markdown_row(name: str, rule: PlasticityRule) -> str:
    loss = symbols.latex_loss(rule)
    cells = [
        f"`{name}`",
        rule.row or "",
        f"${symbols.latex_equations(rule)}$",
        f"${loss}$" if loss else "",
        ", ".join(symbols.signals(rule)),
        "no" if symbols.sequential(rule) else "yes",
        rule.cite,
    ]
    return (
        "| "
        + " | ".join(cell.replace("|", r"\|") if "$" not in cell else cell.replace(r"\|", r"\Vert ") for cell in cells)
        + " |"
    )


def as_latex() -> str:
    """A table for a paper (booktabs)."""
    rows = [
        " & ".join((plain(name), plain(rule.row or ""), f"${symbols.latex_equations(rule)}$", loss_cell(rule))) + r" \\"
        for name, rule in ordered()
    ]
    head = r"rule & Table 1 & equation & local loss \\"
    lines = [r"\begin{tabular}{llll}", r"\toprule", head, r"\midrule", *rows, r"\bottomrule", r"\end{tabular}"]
    return "\n".join(lines)


def loss_cell(rule: PlasticityRule) -> str:
    loss = symbols.latex_loss(rule)
    return f"${loss}$" if loss else ""


def plain(words: str) -> str:
    return words.replace("_", r"\_").replace("&", r"\&")
