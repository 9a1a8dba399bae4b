"""Imports flow one way, a rule is plain arithmetic, and nothing needs Brian2 but the spiking substrate."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from plastic.rules import RULES

ROOT = Path(__file__).resolve().parents[1]
LAYERS = ("plastic", "models", "experiments", "figures")  # each may import those before it
RULE_FILES = [ROOT / "plastic/rule.py", ROOT / "plastic/variants.py", *sorted((ROOT / "plastic/rules").glob("*.py"))]
SUBSTRATES = sorted((ROOT / "plastic/substrates").rglob("*.py"))
SPIKING = [ROOT / f"plastic/substrates/{name}.py" for name in ("spiking", "spiking_network", "spiking_standalone")]


def files(layer):
    return sorted((ROOT / layer).rglob("*.py"))


def label(path):
    return str(path.relative_to(ROOT))


def imported(path):
    """The full name of every module a file imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)}
            assert node.level == 0, f"{label(path)} imports relatively"
    return found


def packages(path):
    return {name.partition(".")[0] for name in imported(path)}


def run(code):
    """Run Python code in a process of its own, from the repository's root."""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("layer", LAYERS)
def test_every_layer_has_files(layer):
    assert files(layer)


@pytest.mark.parametrize(
    ("path", "layer"), [pytest.param(path, layer, id=label(path)) for layer in LAYERS for path in files(layer)]
)
def test_imports_flow_one_way(path, layer):
    later = set(LAYERS[LAYERS.index(layer) + 1 :]) | {"tests"}
    assert not packages(path) & later


@pytest.mark.parametrize("path", RULE_FILES, ids=label)
def test_rules_import_the_standard_library_and_other_rules_alone(path):
    own = ("plastic.rule", "plastic.rules", "plastic.variants")  # the last from inside a function of the catalogue
    for name in imported(path):
        inside = any(name == home or name.startswith(f"{home}.") for home in own)
        assert inside or name.partition(".")[0] in sys.stdlib_module_names, f"{label(path)} imports {name}"


def test_spiking_substrate_alone_imports_brian2():
    library = [path for layer in ("plastic", "experiments", "figures") for path in files(layer)]
    by_hand = ROOT / "experiments/bench_spikes.py"  # holds the network written in Brian2 that engines are timed beside
    assert {path for path in library if "brian2" in packages(path)} - {by_hand} <= {*SPIKING}
    assert SPIKING[0] in library


def words(path):
    """Every identifier of a file, and every string in it that is no docstring."""
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        for field in ("id", "attr", "arg", "name", "asname"):
            yield getattr(node, field, None)
        if isinstance(node, ast.Constant):
            yield node.value
        if isinstance(node, ast.ImportFrom):
            yield from (node.module or "").split(".")


@pytest.mark.parametrize("path", SUBSTRATES, ids=label)
def test_substrate_names_no_rule(path):
    rules = {*RULES, *(rule.__name__ for rule in RULES.values()), *(rule.row for rule in RULES.values() if rule.row)}
    assert not rules & {word for word in words(path) if isinstance(word, str)}


def test_named_rule_would_be_found():
    path = ROOT / "plastic/rules/kda.py"
    assert {"GatedDelta", "gated_delta", "KDA"} <= {*words(path)}


@pytest.mark.parametrize(("module", "costs"), [("plastic", ("torch", "sympy", "numpy")), ("plastic.rules", ("torch",))])
def test_import_costs_no_heavy_library(module, costs):
    run(f"import sys, {module}; assert not {{*{costs!r}, 'brian2', 'matplotlib'}} & {{*sys.modules}}")


WITHOUT = """
import sys
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition('.')[0] == 'brian2':
            raise ModuleNotFoundError('brian2 is blocked', name=name)
sys.meta_path.insert(0, Blocker())
"""


def test_blocker_blocks():
    run(f"{WITHOUT}\ntry:\n    import brian2\nexcept ModuleNotFoundError:\n    pass\nelse:\n    raise SystemExit(1)")


def test_rules_are_read_without_brian2():
    run(
        f"{WITHOUT}\n"
        "import plastic, torch\n"
        "key, value = torch.eye(4)[None, :, None], torch.eye(4)[None, :, None, :3]\n"
        "for name in plastic.RULES:\n"
        "    out, state = plastic.read(name, {'pre': key, 'post': value}, key)\n"
        "    plastic.recall(name, state, key)\n"
        "assert torch.equal(plastic.read('delta', {'pre': key, 'post': value}, key)[0], value)\n"
        "layer = plastic.PlasticLayer('gated_delta', width=8)\n"
        "layer(torch.randn(1, 4, 8))[0].sum().backward()"
    )
