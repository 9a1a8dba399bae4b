"""Whatever is killed, whenever: the resumed result is bit-equal, no cell is lost or counted twice, nothing is left."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from plastic.lab import runner, store
from tests.lab import ROOT, SLOW

CELLS = 24  # of the slow experiment: two rules, twelve loads


def command(folder, workers, *more):
    words = ["run", SLOW, "--seeds", "2", "--workers", str(workers), "--results", str(folder), *more]
    return [sys.executable, "-m", "plastic", *words]


def start(folder, workers, *more, **how):
    return subprocess.Popen(
        command(folder, workers, *more), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, **how
    )


def children(pid):
    """Every process below one, by pid."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            child = int(path.parent.name)
            found += [child, *children(child)]
    return found


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def workers_of(pid):
    """The worker processes of a sweep: those that spawn started."""
    found = []
    for child in children(pid):
        try:
            words = Path(f"/proc/{child}/cmdline").read_bytes()
        except OSError:
            continue
        found += [child] if b"spawn_main" in words else []
    return found


def gone(pids, within):
    """Seconds until none of the processes is left."""
    start = time.monotonic()
    while any(map(alive, pids)):
        assert time.monotonic() - start < within, f"still there after {within} s"
        time.sleep(0.02)
    return time.monotonic() - start


def finished(folder):
    return len(list((folder / "slow" / "cells").glob("[0-9a-f]*.json")))


def until(condition, seconds=90):
    start = time.monotonic()
    while not condition():
        assert time.monotonic() - start < seconds
        time.sleep(0.02)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The rows of an undisturbed run."""
    return runner.run(SLOW, tmp_path_factory.mktemp("whole"), 0, seeds=2)["rows"]


def check_complete(rows, whole):
    assert rows == whole
    assert len({(row["rule"], row["load"], row["seed"]) for row in rows}) == len(rows) == 2 * CELLS


def kill_the_sweep(folder, workers, moments):
    """Start, kill -9 when some cells are finished, again and again; how long its workers outlive it."""
    outlived = []
    for moment in moments:
        target = min(finished(folder) + moment, CELLS - 1)
        killed = start(folder, workers)
        until(lambda folder=folder, target=target: finished(folder) >= target)
        time.sleep(random.random() * 0.05)
        held = children(killed.pid)
        killed.kill()
        killed.communicate()
        outlived.append(gone(held, within=5))
    return outlived


def test_a_sweep_killed_now_and_then_is_resumed_to_the_same_rows(tmp_path, whole):
    kill_the_sweep(tmp_path, 2, [5])
    kill_the_sweep(tmp_path, 0, [6])
    assert 0 < finished(tmp_path) < CELLS
    check_complete(runner.run(SLOW, tmp_path, 0, seeds=2)["rows"], whole)


@pytest.mark.slow
def test_a_sweep_killed_at_20_random_moments_is_resumed_to_the_same_rows(tmp_path, whole):
    choose = random.Random(0)
    for part in range(5):  # four kills in each of five sweeps, else the sweep would be over
        folder = tmp_path / str(part)
        kill_the_sweep(folder, 2, [choose.randrange(1, 6) for _ in range(4)])
        check_complete(runner.run(SLOW, folder, 2, seeds=2)["rows"], whole)


def kill_workers(folder, number):
    """A sweep that loses a worker at random moments; what it told."""
    sweep = start(folder, 2, "--json")
    choose = random.Random(number)
    for _ in range(number):
        until(lambda: workers_of(sweep.pid) or sweep.poll() is not None)
        time.sleep(choose.random() * 0.3)
        for pid in workers_of(sweep.pid)[:1]:
            os.kill(pid, signal.SIGKILL)
    told = sweep.communicate(timeout=120)[1]
    assert sweep.returncode == 0, told
    return store.load("slow", folder)["rows"]


def test_a_sweep_whose_workers_are_killed_gives_the_same_rows(tmp_path, whole):
    check_complete(kill_workers(tmp_path, 2), whole)


@pytest.mark.slow
def test_a_sweep_whose_workers_are_killed_at_20_moments_gives_the_same_rows(tmp_path, whole):
    for part in range(4):  # five in each: more in a row without a finished cell would mean that none can start
        check_complete(kill_workers(tmp_path / str(part), 5), whole)


@pytest.mark.parametrize(("workers", "ignored"), [(0, True), (2, False)])
def test_an_interruption_of_the_main_process_ends_all_within_seconds(tmp_path, whole, workers, ignored):
    def ignore():
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # as a shell does for what it starts in the background

    sweep = start(tmp_path, workers, preexec_fn=ignore if ignored else None)
    until(lambda: finished(tmp_path) >= 3)
    held = children(sweep.pid)
    sweep.send_signal(signal.SIGINT)
    told = sweep.communicate(timeout=5)[1]
    assert sweep.returncode == 130
    assert "interrupted; what is finished is kept, run the same command again" in told
    assert "Traceback" not in told
    gone(held, within=1)
    before = finished(tmp_path)
    assert 3 <= before < CELLS
    check_complete(runner.run(SLOW, tmp_path, 0, seeds=2)["rows"], whole)


def test_an_interruption_of_the_whole_group_as_from_a_terminal_is_told_once(tmp_path):
    sweep = start(tmp_path, 2, start_new_session=True)
    until(lambda: finished(tmp_path) >= 1)
    held = children(sweep.pid)
    os.killpg(sweep.pid, signal.SIGINT)
    told = sweep.communicate(timeout=5)[1]
    assert sweep.returncode == 130
    assert "Traceback" not in told
    gone(held, within=1)


def test_half_written_files_of_a_killed_run_are_tidied_away(tmp_path):
    cells = tmp_path / "overwriting" / "cells"
    cells.mkdir(parents=True)
    old, new = cells / ".0123.json.77", cells / ".4567.json.78"
    old.write_text("{")
    new.write_text("{")
    os.utime(old, (1, 1))
    runner.run("overwriting", tmp_path, 0, rules=["delta"], substrates=["rate"], seeds=1, quick=True)
    assert not old.exists()
    assert new.exists()
    assert all(json.loads(path.read_text())["rows"] for path in cells.glob("[0-9a-f]*.json"))
