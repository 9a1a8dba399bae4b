"""A study trains what it names, tells what it claims, goes on where it stopped, and refuses what it cannot do."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from experiments.studies import capacity_of_keys, fast_retrieval, multi_query_recall, state_tracking
from plastic import InputError
from plastic.slow import study
from plastic.slow.study import Claim, Condition, Job
from plastic.slow.task import task
from plastic.slow.training import Plan, Training
from tests.slow.small import holds, replaced

ROOT = Path(__file__).parents[2]
PLAN = Plan(steps=4, batch=4, every=2, warm_up=1, held_out=8)
SMALL = Condition("parity", "feedforward", "delta", 4, {"length": 5}, {"layers": 1}, PLAN, seeds=2)


def made_up():
    """A study of a minute network."""
    return SimpleNamespace(
        __doc__="Is it small?\n\nYes.",
        conditions=lambda full: {"small": SMALL},
        measure=lambda name, training: {"seen": training.step * 1.0},
        claims=lambda rows: [Claim("it is small", study.interval(study.values(rows, "small", "seen")), True)],
        untrained=lambda: [{"condition": "none", "seen": 0.0}],
        draw=lambda axes, rows: axes.plot([row["seen"] for row in rows]),
    )


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(study, "part", lambda package, name: made_up())
    monkeypatch.setattr(study, "studies", lambda: ("small",))


def test_a_study_keeps_its_rows_claims_table_and_figure(small, tmp_path):
    found = study.run(["small"], tmp_path, workers=0)["small"]
    assert [(row["condition"], row.get("seed"), row["seen"]) for row in found["rows"]] == [
        ("small", 0, 4.0), ("small", 1, 4.0), ("none", None, 0.0),
    ]  # fmt: skip
    assert json.loads((tmp_path / "small.json").read_text())["claims"] == found["claims"]
    assert "| small | it is small | 4.000 [4.000, 4.000], 2 seeds | yes |" in (tmp_path / "table.md").read_text()
    assert (tmp_path / "studies.png").exists()
    assert study.told(found).startswith("Is it small?\n  holds: it is small: 4.000")


def test_a_study_of_fewer_seeds_says_how_many(small, tmp_path):
    found = study.run(["small"], tmp_path, seeds=1, workers=0)["small"]
    assert [row.get("seed") for row in found["rows"]] == [0, None]
    assert found["conditions"]["small"]["seeds"] == 1


def test_full_sizes_have_a_table_and_a_figure_of_their_own(small, tmp_path):
    study.run(["small"], tmp_path, workers=0, full=True)
    assert {file.name for file in tmp_path.glob("*.*")} == {
        "small-full.json", "table-full.md", "studies-full.png", "studies-full.pdf",
    }  # fmt: skip


def test_no_claim_holds_for_numbers_that_are_not_finite():
    undefined = study.interval([float("nan"), 1.0])
    assert not study.decided(Claim("it is large", undefined, True)).holds
    assert study.decided(Claim("it is large", study.interval([1.0, 1.0]), True)).holds


def test_a_study_that_is_run_again_trains_nothing(small, tmp_path, monkeypatch):
    first = study.run(["small"], tmp_path, workers=0)["small"]["rows"]
    monkeypatch.setattr(Training, "train_step", lambda *_: pytest.fail("trained again"))
    assert study.run(["small"], tmp_path, workers=0)["small"]["rows"] == first


def test_the_table_has_every_study_of_the_folder(small, tmp_path, monkeypatch):
    study.run(["small"], tmp_path, workers=0)
    monkeypatch.setattr(study, "studies", lambda: ("other", "small"))
    study.run(["other"], tmp_path, workers=0)
    assert [line[:8] for line in (tmp_path / "table.md").read_text().splitlines()[2:]] == ["| other ", "| small "]


@pytest.fixture
def single_precision():
    """As processes of their own have it."""
    torch.set_default_dtype(torch.float32)
    yield
    torch.set_default_dtype(torch.float64)


@pytest.mark.usefixtures("single_precision")
def test_worker_processes_find_the_same(tmp_path):
    job = Job("state_tracking", "parity, small", SMALL, 0)
    here, there = (study.done([job], tmp_path / str(n), False, n, "cpu") for n in (0, 1))
    assert here == there


@pytest.mark.parametrize(
    ("names", "options", "says"),
    [
        (["smal"], {}, "study 'smal' is not known; did you mean 'small'"),
        (["small"], {"seeds": 0}, "seeds is 0; give at least 1"),
        (["small"], {"workers": -1}, "workers is -1; give 0 or more"),
        (["small"], {"device": "tpu"}, "device 'tpu' is not there"),
    ],
)
def test_what_is_not_known_is_refused_before_any_work(small, tmp_path, names, options, says):
    with pytest.raises(InputError, match=says):
        study.run(names, tmp_path / "new", **options)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("name", study.studies())
@pytest.mark.parametrize("full", [False, True])
def test_every_study_asks_a_question_of_networks_that_can_be_made(name, full):
    assert study.question(name).endswith("?")
    for condition in study.study(name).conditions(full).values():
        network = condition.network(task(condition.task, condition.sizes))
        assert sum(p.numel() for p in network.parameters()) > 0
        assert condition.seeds >= 3


def test_command_lists_the_studies():
    words = [sys.executable, "-m", "plastic", "study", "--list"]
    said = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "state_tracking           Which networks track a state" in said


# What the studies claim, of made-up numbers


def test_capacity_holds_where_loss_follows_the_law():
    right = {"overwriting-vanilla": 0.3, "overwriting-delta": 0.001}
    names = capacity_of_keys.conditions(False)
    rows = [{"condition": n, "half_error": right.get(n) or capacity_of_keys.expected(n)} for n in names]
    assert holds(capacity_of_keys.claims(rows)) == [True] * 4
    off = [replaced(rows, n, half_error=0.4) for n in ("silu-20", "dpfp-200", "overwriting-delta")]
    assert [holds(capacity_of_keys.claims(each)).index(False) for each in off] == [0, 1, 3]


def test_loss_that_is_expected_is_half_of_what_does_not_fit():
    assert capacity_of_keys.expected("silu-60") == 0
    assert capacity_of_keys.expected("dpfp-200") == pytest.approx((1 - 128 / 200) / 2)


def test_keys_alone_recall_what_is_written_under_different_keys():
    network = replace(SMALL, options={"keys": "silu"}, rule="vanilla", build=capacity_of_keys.build)
    made = task("key_value_recall", {"keys": 3, "vectors": True})
    assert network.network(made)(made.batch(2, torch.Generator().manual_seed(0)).x).shape == (2, 4, 3)


def test_a_network_of_a_study_s_own_is_told_by_name():
    told = capacity_of_keys.conditions(False)["silu-20"].told()
    assert json.loads(json.dumps(told))["build"] == "build"


def test_retrieval_holds_where_fast_weights_alone_are_right():
    rows = [{"condition": n, "error": e} for n, e in (("fast weights", 0.01), ("no layer norm", 0.5), ("LSTM", 0.6))]
    assert holds(fast_retrieval.claims(rows)) == [True, True, True]
    assert holds(fast_retrieval.claims(replaced(rows, "fast weights", error=0.06))) == [False, True, True]


def test_many_queries_hold_where_delta_recalls_with_a_state_of_the_same_size():
    names = multi_query_recall.conditions(False)
    rows = [{"condition": n, "accuracy": 0.99, "state_size": 8} for n in names]
    assert holds(multi_query_recall.claims(rows)) == [True, True, True]
    worse = replaced(rows, "delta, 128, 8", accuracy=0.9, state_size=9)
    assert holds(multi_query_recall.claims(worse)) == [False, True, False]


def test_tracking_holds_where_only_the_able_track():
    able = ("parity, delta to 2", "parity, recurrent", "arithmetic, two steps", "arithmetic, recurrent")
    rows = [
        {"condition": n, **dict.fromkeys(("all_40", "all_256", "late_40", "longest"), 1.0 if n in able else 0.5)}
        for n in state_tracking.conditions(False)
    ]
    assert all(holds(state_tracking.claims(rows)))
    assert holds(state_tracking.claims(replaced(rows, "parity, softmax", late_40=0.9))).count(False) == 1
