"""Training learns, ends when it should, and a kill at any moment leaves no trace in its result."""

import json
import random
import subprocess
import sys
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from plastic import InputError
from plastic.slow.task import IGNORED, task
from plastic.slow.training import Plan, Training, score
from tests.slow.small import PLAN, Small, SmallGRU, training

ROOT = Path(__file__).parents[2]
SHORT = replace(PLAN, steps=60)


def trained(run):
    while run.over is None:
        run.advance()
    return run


def arrays(file):
    with np.load(file) as held:
        return {name: held[name] for name in held.files}


def same(one, other):
    return one.keys() == other.keys() and all(np.array_equal(one[name], other[name]) for name in one)


# The loop


def test_learning_rate_warms_up_and_falls_as_a_cosine():
    plan = Plan(steps=110, warm_up=10, rate=1.0)
    rates = [plan.rate_at(step) for step in range(110)]
    assert rates[:10] == pytest.approx([0.1 * (step + 1) for step in range(10)])
    assert rates[10] == 1.0
    assert rates[60] == pytest.approx(0.5)
    assert rates[-1] < 1e-3
    assert rates[10:] == sorted(rates[10:], reverse=True)


def test_what_a_network_costs_comes_to_its_full_weight_in_the_warm_up():
    plan = Plan(steps=110, warm_up=10)
    assert [plan.warmth_at(step) for step in (0, 4, 9, 10, 109)] == pytest.approx([0.1, 0.5, 1, 1, 1])
    assert Plan(warm_up=0).warmth_at(0) == 1


def test_score_of_labels_counts_what_is_asked_alone():
    y = torch.tensor([[0, IGNORED, 1], [1, 1, IGNORED]])
    output = torch.tensor([[[2.0, 0.0], [0.0, 9.0], [3.0, 0.0]], [[0.0, 1.0], [5.0, 5.1], [9.0, 0.0]]])
    found = score(output, y)
    assert (found.right, found.of, found.answers) == (3, 4, 4)
    expected = torch.nn.functional.cross_entropy(output.flatten(0, 1), y.flatten())
    torch.testing.assert_close(found.mean_loss, expected)


def test_score_of_numbers_is_the_share_explained():
    y = torch.tensor([[[1.0], [torch.nan], [2.0]]])
    assert score(torch.zeros(1, 3, 1), y).accuracy == 0
    assert score(y, y).accuracy == 1
    found = score(torch.ones(1, 3, 1), y)
    assert found.mean_loss == 0.5
    assert found.accuracy == pytest.approx(1 - 1 / 5)


def test_gradient_of_unasked_numbers_is_zero_and_no_nan():
    output = torch.zeros(1, 2, 1, requires_grad=True)
    score(output, torch.tensor([[[torch.nan], [1.0]]])).mean_loss.backward()
    assert output.grad.tolist() == [[[0.0], [-2.0]]]


@pytest.mark.parametrize(
    ("name", "sizes"),
    [("in_context_regression", {"dimensions": 2, "points": 4}), ("key_value_recall", {"keys": 4}), ("mqar", {})],
)
def test_every_kind_of_task_can_be_trained(name, sizes):
    run = training(made=task(name, sizes), plan=replace(PLAN, steps=40))
    first, last = run.advance(), run.advance()
    assert last["training_loss"] < first["training_loss"]


def test_small_network_learns_short_parity():
    run = trained(training(plan=replace(PLAN, steps=1500, solved=0.99)))
    assert run.over == "solved"
    assert run.history[0]["accuracy"] < 0.75


def test_gradients_are_clipped():
    plan = replace(PLAN, steps=20, clip=1e-12, decay=0.0)  # AdamW divides by the norm, but for its epsilon
    run = training(plan=plan)
    before = [p.detach().clone() for p in run.network.parameters()]
    run.advance()
    moved = max(float((a - b).detach().abs().max()) for a, b in zip(before, run.network.parameters(), strict=True))
    assert moved < 20 * plan.rate * 1e-12 / 1e-8


def test_held_out_sequences_are_none_of_those_trained_on():
    run = training(made=task("mqar"))
    shown = {tuple(row) for _ in range(20) for row in run.task.batch(16, run.draws).x.tolist()}
    held_out = [tuple(row) for part in run.held_out for row in part.x.tolist()]
    assert len(held_out) == PLAN.held_out
    assert not shown & {*held_out}


def test_seeds_differ_and_do_not_depend_on_each_other():
    alone = trained(training(seed=1, plan=SHORT))
    first, second = training(seed=0, plan=SHORT), training(seed=1, plan=SHORT)
    while first.over is None:
        first.advance()
        torch.randn(3)
        second.advance()
    assert second.history == alone.history
    assert first.history != second.history


def test_training_leaves_the_global_generator_alone():
    before = torch.get_rng_state()
    trained(training(plan=SHORT))
    assert torch.equal(before, torch.get_rng_state())


# Its end


def test_training_ends_when_all_steps_are_done():
    run = trained(training(plan=replace(PLAN, steps=50)))
    assert run.over == "all steps are done"
    assert [row["step"] for row in run.history] == [20, 40, 50]


def test_training_ends_when_the_loss_falls_no_more():
    run = trained(training(plan=replace(PLAN, clip=1e-30, decay=0.0, patience=2)))
    assert run.over == "the loss falls no more"
    assert [row["step"] for row in run.history] == [20, 40, 60]


def test_training_ends_when_the_loss_is_not_finite():
    run = training()
    with torch.no_grad():
        run.network.asked.bias.fill_(torch.inf)
    run.advance()
    assert run.over == "the loss is not finite"
    assert run.history[-1]["loss"] is None


def test_curriculum_goes_on_when_a_stage_is_solved(tmp_path):
    made = task("continual_familiarity", {"items": 12, "interval": 1, "longest": 3})
    plan = replace(PLAN, steps=60, solved=0.1)  # so low that every evaluation solves its stage
    run = trained(training(tmp_path / "a.npz", made=made, plan=plan))
    assert [row["stage"] for row in run.history] == [0, 1, 2]
    assert run.task.interval == 3
    assert run.over == "solved"
    again = training(tmp_path / "a.npz", made=made, plan=plan)
    assert (again.task, again.stage, again.over) == (run.task, 2, "solved")


# Checkpoints


@pytest.mark.parametrize("stops", [(1,), (2, 1), (1, 1, 1)])
def test_training_taken_up_again_gives_the_same_bits(tmp_path, stops):
    whole = trained(training(tmp_path / "whole.npz", plan=replace(PLAN, steps=100)))
    for stop in stops:
        run = training(tmp_path / "parts.npz", plan=replace(PLAN, steps=100))
        for _ in range(stop):
            run.advance()
    run = trained(training(tmp_path / "parts.npz", plan=replace(PLAN, steps=100)))
    assert run.history == whole.history
    assert same(arrays(tmp_path / "whole.npz"), arrays(tmp_path / "parts.npz"))


def test_killed_process_goes_on_to_the_same_bits(tmp_path):
    command = [sys.executable, "-m", "tests.slow.small"]
    whole, killed = tmp_path / "whole.npz", tmp_path / "killed.npz"
    subprocess.run([*command, whole], cwd=ROOT, check=True)
    rng, kills = random.Random(0), 0
    for _ in range(10):
        before = killed.stat().st_mtime_ns if killed.exists() else 0
        process = subprocess.Popen([*command, killed], cwd=ROOT)
        while process.poll() is None and (not killed.exists() or killed.stat().st_mtime_ns == before):
            time.sleep(0.002)
        time.sleep(rng.uniform(0, 0.15))
        process.kill()
        kills += process.wait() == -9
        if kills == 3:
            break
    subprocess.run([*command, killed], cwd=ROOT, check=True)
    assert kills
    assert same(arrays(whole), arrays(killed))


def test_checkpoint_is_a_zip_of_plain_arrays_and_json(tmp_path):
    file = tmp_path / "a.npz"
    training(file).advance()
    names = zipfile.ZipFile(file).namelist()
    assert all(name.endswith(".npy") for name in names)
    held = arrays(file)  # numpy refuses objects, which would be pickled
    assert json.loads(held["about"].tobytes())["of"]["task"] == "parity"
    assert {"network/asked.weight", "optimiser/0/exp_avg", "generator/batches", "generator/network"} <= held.keys()
    assert [path.name for path in tmp_path.iterdir()] == ["a.npz"]


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"made": task("parity", {"length": 7})}, "is of sizes length 6, not 7; give another --folder"),
        ({"made": task("reversal")}, "is of task 'parity', not 'reversal'"),
        ({"programmer": "lstm"}, "is of programmer 'small', not 'lstm'"),
        ({"rule": "oja"}, "is of rule 'delta', not 'oja'"),
        ({"seed": 3}, "is of seed 0, not 3"),
        ({"plan": replace(PLAN, steps=400)}, "is of plan steps 300, not 400"),
    ],
)
def test_checkpoint_of_something_else_is_refused_by_name(tmp_path, changed, says):
    usual = {"programmer": "small", "rule": "delta"}
    training(tmp_path / "a.npz", **usual).advance()
    with pytest.raises(InputError, match=says):
        training(tmp_path / "a.npz", **usual | changed)


@pytest.mark.parametrize("harm", ["empty", "cut", "flipped", "text"])
def test_damaged_checkpoint_is_refused_in_one_sentence(tmp_path, harm):
    file = tmp_path / "a.npz"
    training(file).advance()
    whole = file.read_bytes()
    middle = len(whole) // 2
    flipped = whole[:middle] + bytes([whole[middle] ^ 255]) + whole[middle + 1 :]
    file.write_bytes({"empty": b"", "cut": whole[:middle], "flipped": flipped, "text": b"weights"}[harm])
    with pytest.raises(InputError, match=r"cannot be read .*; remove it, or give another --folder"):
        training(file)


def test_checkpoint_with_a_pickle_is_refused(tmp_path):
    np.savez(tmp_path / "a.npz", about=np.array([{"of": {}}], object))
    with pytest.raises(InputError, match="cannot be read"):
        training(tmp_path / "a.npz")


def test_checkpoint_of_a_network_of_another_shape_is_refused(tmp_path):
    training(tmp_path / "a.npz").advance()
    with pytest.raises(InputError, match="does not fit"):
        Training(task("parity", {"length": 6}), lambda made: Small(made, 5), PLAN, file=tmp_path / "a.npz")


@pytest.mark.parametrize(
    ("name", "value"),
    [("steps", 0), ("batch", 0), ("rate", 0.0), ("clip", -1.0), ("decay", 1.0), ("solved", 1.5), ("precision", "int8")],
)
def test_plan_that_cannot_be_followed_is_refused(name, value):
    with pytest.raises(InputError, match=f"{name} is"):
        replace(Plan(), **{name: value})


def test_warm_up_longer_than_training_is_refused():
    with pytest.raises(InputError, match="fewer than steps"):
        Plan(steps=50)


def test_mixed_precision_computes_in_half_and_keeps_weights_in_single():
    torch.set_default_dtype(torch.float32)
    try:
        seen = []
        run = training(plan=replace(PLAN, precision="bfloat16"), network=SmallGRU)
        run.network.asked.register_forward_hook(lambda module, x, output: seen.append(output.dtype))
        run.advance()
    finally:
        torch.set_default_dtype(torch.float64)
    assert set(seen) == {torch.bfloat16}
    assert {p.dtype for p in run.network.parameters()} == {torch.float32}
    assert run.history[-1]["loss"] > 0


@pytest.mark.gpu
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_training_runs_on_a_gpu(tmp_path, precision):
    plan = replace(SHORT, precision=precision)
    made = task("parity", {"length": 6})
    run = Training(made, Small, plan, device="cuda", file=tmp_path / "a.npz")
    run.advance()
    again = Training(made, Small, plan, device="cuda", file=tmp_path / "a.npz")
    assert again.history == run.history
    assert {p.device.type for p in again.network.parameters()} == {"cuda"}
    assert trained(again).over == "all steps are done"
