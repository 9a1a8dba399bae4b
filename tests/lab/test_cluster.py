"""Dask clusters give the same numbers as this machine: workers with folders of their own, lost ones, SLURM."""

import os
import signal
import socket
import stat
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest

from plastic import InputError
from plastic.lab import runner
from plastic.lab.schedulers import place
from tests.lab import CHEAP, ROOT, SLOW, TROUBLED

SMALL = {"rules": ["vanilla", "delta"], "substrates": ["rate"], "seeds": 2, "quick": True}
ALONE = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def dask(folder, *words):
    """A Dask process with a working folder of its own."""
    folder.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "distributed.cli." + words[0], *map(str, words[1:])]
    return subprocess.Popen(command, cwd=folder, env=ALONE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@contextmanager
def ended(processes):
    try:
        yield processes
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(20)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """A scheduler and two worker processes that share no folder: its address, its file, and the workers."""
    folder = tmp_path_factory.mktemp("cluster")
    port, file = free_port(), folder / "scheduler.json"
    address = f"tcp://127.0.0.1:{port}"
    words = ("--host", "127.0.0.1", "--port", port, "--no-dashboard", "--scheduler-file", file)
    with ended([dask(folder / "scheduler", "dask_scheduler", *words)]):
        quiet = ("--nthreads", "1", "--no-dashboard", "--host", "127.0.0.1", "--resources", "GPU=1")
        crew = [
            dask(folder / name, "dask_worker", address, *quiet, "--local-directory", folder / name)
            for name in ("one", "two")
        ]
        with ended(crew):
            until(file.is_file)
            yield address, file, folder


def until(condition, seconds=60):
    start = time.monotonic()
    while not condition():
        assert time.monotonic() - start < seconds
        time.sleep(0.05)


def test_two_workers_without_a_shared_folder_give_the_same_rows(cluster, tmp_path):
    address, file, folder = cluster
    whole = runner.run("overwriting", tmp_path / "here", 0, **SMALL)["rows"]
    for number, where in enumerate((place(scheduler=address), place(scheduler_file=file))):
        assert runner.run("overwriting", tmp_path / str(number), where=where, **SMALL)["rows"] == whole
    assert not list(folder.rglob("results"))


def test_an_experiment_of_ones_own_reaches_workers_that_lack_its_file(cluster, tmp_path):
    address, _, _ = cluster
    whole = runner.run(CHEAP, tmp_path / "here", 0, seeds=2)
    there = runner.run(CHEAP, tmp_path / "there", where=place(scheduler=address), seeds=2)
    assert there["rows"] == whole["rows"]
    assert not there["failed"]


def test_failed_cells_of_a_cluster_are_recorded(cluster, tmp_path):
    address, _, _ = cluster
    choice = {"seeds": 2, "rules": ["sound", "raising"]}
    document = runner.run(TROUBLED, tmp_path, where=place(scheduler=address), **choice)
    assert {entry["error"] for entry in document["failed"]} == {"ZeroDivisionError: nothing is left to divide by"}
    assert len(document["rows"]) == 4


def test_cells_of_a_gpu_ask_for_workers_that_declare_one(cluster, monkeypatch):
    from distributed import Client

    from plastic.lab import on_dask

    asked = []
    monkeypatch.setattr(Client, "submit", lambda *words, resources, **more: asked.append(resources))
    cells = runner.cells(CHEAP, seeds=1, quick=True)
    with Client(cluster[0], set_as_default=False) as client:
        on_dask.submitted(client, tuple(cells[:1]))
        cells[0].settings["device"] = "cuda"
        on_dask.submitted(client, tuple(cells[:1]))
    assert asked == [None, {"GPU": 1}]


@pytest.mark.slow
def test_cells_of_killed_cluster_workers_are_measured_again(cluster, tmp_path):
    from distributed import Client

    address, _, _ = cluster
    whole = runner.run(SLOW, tmp_path / "here", 0, seeds=2)["rows"]
    words = [sys.executable, "-m", "plastic", "run", SLOW, "--seeds", "2", "--scheduler", address]
    sweep = subprocess.Popen([*words, "--results", str(tmp_path / "there")], cwd=ROOT, env=ALONE)
    with Client(address, set_as_default=False) as client:
        for _ in range(3):
            until(lambda: list((tmp_path / "there").rglob("cells/*.json")) or sweep.poll() is not None)
            for pid in list(client.run(os.getpid).values())[:1]:
                os.kill(pid, signal.SIGKILL)  # its nanny starts another
            time.sleep(0.3)
    assert sweep.wait(120) == 0
    assert runner.run(SLOW, tmp_path / "there", 0, seeds=2)["rows"] == whole


def test_workers_of_another_source_are_refused(cluster, tmp_path, monkeypatch):
    from plastic.lab import provenance, store

    monkeypatch.setattr(provenance, "fingerprint", lambda: "another")
    with pytest.raises(store.Unfinished, match=r"the workers cannot go on .*: its source of plastic is"):
        runner.run(CHEAP, tmp_path, where=place(scheduler=cluster[0]), seeds=1)


def test_a_scheduler_that_does_not_answer_is_refused_by_name(tmp_path, monkeypatch):
    from plastic.lab import on_dask

    monkeypatch.setattr(on_dask, "ANSWERS", 1)
    address = f"tcp://127.0.0.1:{free_port()}"
    with pytest.raises(InputError, match=f"no Dask scheduler answers at {address}"):
        runner.run(CHEAP, tmp_path, where=place(scheduler=address), seeds=1)


def test_a_scheduler_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"scheduler file .*none\.json is not there"):
        runner.run(CHEAP, tmp_path, where=place(scheduler_file=tmp_path / "none.json"), seeds=1)


@pytest.mark.parametrize("address", ["foo", "tcp://foo", "foo:bar", "http://foo:8786", "tcp://foo:99999"])
def test_what_is_no_address_is_refused_at_once(tmp_path, address):
    start = time.monotonic()
    with pytest.raises(InputError, match=f"'{address}' is no address of a Dask scheduler; give host:port"):
        runner.run(CHEAP, tmp_path, where=place(scheduler=address), seeds=1)
    assert time.monotonic() - start < 10


@pytest.mark.parametrize("text", ["{", "[]", "{}", '"tcp"'])
def test_a_file_that_no_scheduler_wrote_is_refused(tmp_path, text):
    (tmp_path / "scheduler.json").write_text(text)
    with pytest.raises(InputError, match=r"cannot be read .* give the one that `dask scheduler` wrote"):
        runner.run(CHEAP, tmp_path, where=place(scheduler_file=tmp_path / "scheduler.json"), seeds=1)


def test_slurm_without_sbatch_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match="sbatch is not found"):
        runner.run(CHEAP, tmp_path, where=place(slurm=True), seeds=1)


SBATCH = """#!/bin/sh
script=$(mktemp "{folder}/job.XXXXXX")
for last; do :; done
cat "$last" > "$script"
nohup setsid bash "$script" > "$script.out" 2>&1 &
echo $! >> "{folder}/pids"
echo "Submitted batch job $!"
"""
SCANCEL = """#!/bin/sh
echo "$@" >> "{folder}/cancelled"
for job; do kill -- -"$job" 2>/dev/null || kill "$job" 2>/dev/null; done
true
"""


@pytest.mark.slow
def test_a_stubbed_slurm_gives_the_same_rows_and_its_jobs_end(tmp_path):
    whole = runner.run("overwriting", tmp_path / "here", 0, **SMALL)["rows"]
    stubs = tmp_path / "stubs"
    stubs.mkdir()
    for name, text in (("sbatch", SBATCH), ("scancel", SCANCEL), ("squeue", "#!/bin/sh\n")):
        (stubs / name).write_text(text.format(folder=stubs))
        (stubs / name).chmod(0o700 | stat.S_IXUSR)
    settings = {"INTERFACE": "lo", "CORES": "1", "PROCESSES": "1", "MEMORY": "2GB"}
    asked = {f"DASK_JOBQUEUE__SLURM__{name}": value for name, value in settings.items()}
    environment = ALONE | asked | {"PATH": f"{stubs}:{os.environ['PATH']}"}
    words = ["run", "overwriting", "--rules", "vanilla,delta", "--substrates", "rate", "--seeds", "2", "--quick"]
    command = [sys.executable, "-m", "plastic", *words, "--slurm", "--workers", "2"]
    there = str(tmp_path / "there")
    done = subprocess.run([*command, "--results", there], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert runner.run("overwriting", tmp_path / "there", 0, **SMALL)["rows"] == whole
    jobs = (stubs / "pids").read_text().split()
    assert len(jobs) == 2
    until(lambda: not any(os.path.exists(f"/proc/{job}") for job in jobs), 20)
