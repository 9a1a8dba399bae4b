"""Files that are damaged, foreign or cannot be written: one sentence each, and nothing is mixed in, lost or run."""

import json
import os
import random
import shutil
import subprocess
import sys

import pytest

from plastic import InputError
from plastic.lab import figures, results, runner, store
from plastic.lab.declaration import checked, declared
from tests.lab import CHEAP, ROOT

SMALL = {"rules": ["vanilla", "delta"], "substrates": ["rate"], "seeds": 2, "quick": True}
FUZZED = 100


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """A folder with finished cells and results."""
    folder = tmp_path_factory.mktemp("measured")
    return folder, runner.run("overwriting", folder, 0, **SMALL)["rows"]


@pytest.fixture
def copy(measured, tmp_path):
    """The same, to be spoilt."""
    folder, rows = measured
    shutil.copytree(folder, tmp_path / "copy")
    return tmp_path / "copy", rows


HOSTILE = [
    b"",
    b"{",
    b"[]",
    b"null",
    b"3",
    b'"rows"',
    b'{"rows": 3}',
    b'{"rows": []}',
    b'{"rows": [], "layout": 2}',
    b"[" * 100_000,
    b'{"a":' * 50_000,
    b"\xff\xfe\x00",
    b"NaN",
    b"9" * 10_000,
    b"1e999",
    b"__import__('os').system('touch executed')",
    b'!!python/object/apply:os.system ["touch executed"]',
    b"cposix\nsystem\n(S'touch executed'\ntR.",  # a pickle
    b"\x80\x04\x95" + bytes(40),
    b"\x89HDF\r\n\x1a\n" + bytes(100),
    b"CDF\x01" + bytes(100),
]


def spoilt(content, choose):
    """The content with bytes changed, cut off, doubled, or replaced by something hostile."""
    kind = choose.randrange(4)
    if kind == 0:
        return choose.choice(HOSTILE)
    place = choose.randrange(len(content))
    if kind == 1:
        return content[:place]
    if kind == 2:
        return content[:place] + content[max(0, place - choose.randrange(1, 200)) :]
    changed = bytes([content[place] ^ choose.randrange(1, 256)])
    return content[:place] + changed + content[place + 1 :]


def test_a_spoilt_cell_is_set_aside_by_name_and_measured_again(copy, capsys):
    folder, rows = copy
    choose, keep = random.Random(1), runner.Keep(folder, "overwriting")
    cells = runner.cells("overwriting", **SMALL)
    contents = {cell.rule: keep.path(cell).read_bytes() for cell in cells}
    refused = 0
    for number in range(FUZZED):
        cell = cells[number % len(cells)]
        fuzzed = spoilt(contents[cell.rule], choose)
        keep.path(cell).write_bytes(fuzzed)
        found, told = keep.recall(cell), capsys.readouterr().err
        if found is None:
            refused += 1
            assert told.count("\n") == 1
            assert f"{keep.path(cell)} is refused (" in told
            assert "Traceback" not in told
            assert not keep.path(cell).exists()
        else:  # nothing that counts was changed, such as a space
            assert found == json.loads(contents[cell.rule])["rows"]
    assert refused > 0.95 * FUZZED
    assert runner.run("overwriting", folder, 0, **SMALL)["rows"] == rows
    assert not (ROOT / "executed").exists()


def test_a_cell_of_other_settings_under_this_name_is_refused(copy, capsys):
    folder, rows = copy
    keep, (vanilla, delta) = runner.Keep(folder, "overwriting"), runner.cells("overwriting", **SMALL)
    shutil.copy(keep.path(vanilla), keep.path(delta))
    assert runner.run("overwriting", folder, 0, **SMALL)["rows"] == rows
    assert "it is of another cell, or of other settings" in capsys.readouterr().err


def test_a_folder_in_the_place_of_a_cell_is_refused(copy, capsys):
    folder, rows = copy
    path = runner.Keep(folder, "overwriting").path(runner.cells("overwriting", **SMALL)[0])
    path.unlink()
    path.mkdir()
    assert runner.run("overwriting", folder, 0, **SMALL)["rows"] == rows
    assert "is refused (Is a directory)" in capsys.readouterr().err


def given_or_told(use):
    """What is given, or else the sentence of the refusal."""
    try:
        return use(), ""
    except InputError as error:
        return None, str(error)


def test_spoilt_results_are_refused_by_name_in_one_sentence(copy):
    folder, _ = copy
    path, choose = folder / "overwriting.json", random.Random(2)
    content = path.read_bytes()
    refused = 0
    for _ in range(FUZZED):
        fuzzed = spoilt(content, choose)
        path.write_bytes(fuzzed)
        found, told = given_or_told(lambda: store.load("overwriting", folder))
        if found is None:
            refused += 1
            assert str(path) in told
            assert "\n" not in told.strip()
        else:  # nothing that counts was changed, such as a space
            assert found == json.loads(content)
        told = results.listed(folder)
        assert len(told) == 1
    assert refused > 0.9 * FUZZED
    assert not (ROOT / "executed").exists()


def test_spoilt_netcdf_is_refused_by_name_in_one_sentence(copy):
    folder, _ = copy
    path, choose = folder / "overwriting.nc", random.Random(3)
    content = path.read_bytes()
    for fuzzed in [*HOSTILE, *(content[: choose.randrange(len(content))] for _ in range(30))]:
        path.write_bytes(fuzzed)
        with pytest.raises(InputError, match=r"overwriting\.nc cannot be read"):
            results.results_of(str(path), folder)


def toml_lines(choose):
    """A declaration in which something is wrong."""
    wrong = [
        "experiment = 3",
        "experiment = ''",
        "rules = 'delta'",
        "rules = []",
        "rules = [3]",
        "seeds = 0",
        "seeds = -4",
        "seeds = true",
        "seeds = 1.5",
        "seeds = '20'",
        "sizes = 64",
        "sizes = [64.0]",
        "sizes = [-1]",
        "quick = 'yes'",
        "device = 7",
        "grid = 3",
        "grid = {load = 3}",
        "grid = {load = []}",
        "grid = {load = [[1]]}",
        "seed = 20",
        "settings = {d = 3}",
        "= 3",
        "rules = [",
        "x" * 5000,
        "a = " + "[" * 20_000,
        "seeds = " + "9" * 5000,
        "\x00",
        "__import__('os').system('touch executed')",
    ]
    head = [] if choose.random() < 0.2 else ['experiment = "overwriting"']
    return "\n".join([*head, *choose.sample(wrong, choose.randrange(1, 4))])


def test_a_spoilt_declaration_is_refused_by_name_in_one_sentence(tmp_path):
    choose, path = random.Random(4), tmp_path / "sweep.toml"
    for _ in range(FUZZED):
        path.write_text(toml_lines(choose))
        with pytest.raises(InputError) as refused:
            checked(path)
        assert str(path) in str(refused.value)
        assert len(str(refused.value)) < 500
    for content in HOSTILE:
        path.write_bytes(content)
        with pytest.raises(InputError, match=r"sweep\.toml"):
            checked(path)
    assert not (ROOT / "executed").exists()


def test_a_declaration_says_what_is_run_and_the_command_goes_before_it(tmp_path):
    path = tmp_path / "sweep.toml"
    path.write_text('experiment = "recall"\nrules = ["delta"]\nseeds = 7\nsizes = [16]\n[grid]\nload = [2, 3]\n')
    given = {"rules": None, "substrates": ["rate"], "seeds": 3, "quick": False, "device": "cpu", "sizes": None}
    name, choice = declared(str(path), given)
    found = runner.cells(name, **choice)
    assert [(cell.rule, cell.settings["d"], cell.condition["load"], cell.seeds) for cell in found] == [
        ("delta", 16, load, (0, 1, 2)) for load in (2, 3)
    ]


# Stale and foreign results


def test_results_of_another_experiment_are_refused(copy):
    folder, _ = copy
    shutil.copy(folder / "overwriting.json", folder / "recall.json")
    with pytest.raises(InputError, match=r"recall\.json holds results of 'overwriting'"):
        store.load("recall", folder)


def test_results_of_other_settings_are_refused_by_show_and_figure(copy, monkeypatch):
    folder, _ = copy
    module = runner.experiment("overwriting")
    now = module.settings("rate", True) | {"shown": 9}
    monkeypatch.setattr(module, "settings", lambda substrate, quick: now)
    for use in (lambda: results.shown("overwriting", folder), lambda: figures.draw("overwriting", folder)):
        with pytest.raises(InputError, match=r"other settings than the experiment has now .shown on rate: 8, now 9"):
            use()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"rows": 3}', "null"])
def test_a_damaged_results_file_is_refused_by_name(tmp_path, content):
    (tmp_path / "recall.json").write_text(content)
    with pytest.raises(InputError, match=r"recall\.json"):
        store.load("recall", tmp_path)


# Disks


@pytest.fixture
def full_disk(tmp_path):
    """A file system of 128 KiB, if this user may mount one."""
    place = tmp_path / "tiny"
    place.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=128k", "none", place], capture_output=True)
    if done.returncode:
        pytest.skip("only root may mount a small file system")
    yield place
    subprocess.run(["umount", place], check=True)


def test_a_full_disk_is_one_clear_error_and_keeps_earlier_results(full_disk):
    runner.run(CHEAP, full_disk, 0, seeds=2, quick=True, rules=["one"])
    before = {path: path.read_bytes() for path in full_disk.glob("*.*")}
    words = [sys.executable, "-m", "plastic", "run", CHEAP, "--seeds", "2", "--workers", "0", "--results", full_disk]
    done = subprocess.run([*map(str, words)], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1
    sentence = done.stderr.splitlines()[-1]
    assert "cannot be written (No space left on device)" in sentence
    assert "what was finished before is kept, make room and run again" in sentence
    assert "Traceback" not in done.stderr
    assert {path: path.read_bytes() for path in before} == before
    assert not list(full_disk.rglob(".*.json.*"))
    subprocess.run(["mount", "-o", "remount,size=64m", full_disk], check=True)
    assert len(runner.run(CHEAP, full_disk, 0, seeds=2)["rows"]) == 400


def test_a_disk_that_fills_while_results_are_collected_keeps_earlier_results(copy, monkeypatch):
    folder, _ = copy
    before = {path: path.read_bytes() for path in folder.glob("*.*")}
    fsync = os.fsync

    def full(number):
        if ".nc." in os.readlink(f"/proc/self/fd/{number}"):
            raise OSError(28, "No space left on device")
        fsync(number)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(store.Unfinished, match=r"overwriting\.json cannot be written .No space left on device"):
        runner.run("overwriting", folder, 0, **SMALL | {"seeds": 3})
    assert {path: path.read_bytes() for path in before} == before
    assert {path.name for path in folder.iterdir()} == {"overwriting", *(path.name for path in before)}


@pytest.mark.parametrize("place", ["/proc/plastic", "/dev/null/results"])
def test_a_folder_that_cannot_be_written_is_refused_before_any_work(place, monkeypatch):
    monkeypatch.setattr(runner, "finish", None)
    with pytest.raises(InputError, match=f"results folder {place} cannot be written"):
        runner.run(CHEAP, runner.Path(place), 0)


def test_a_results_folder_that_is_a_file_is_refused_before_any_work(tmp_path):
    (tmp_path / "taken").write_text("")
    with pytest.raises(InputError, match=r"results folder .*taken cannot be written"):
        runner.run(CHEAP, tmp_path / "taken", 0)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_refused_before_any_work(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(InputError, match="cannot be written"):
        runner.run(CHEAP, tmp_path / "in", 0)


def test_a_file_system_mounted_read_only_is_refused_before_any_work(full_disk):
    subprocess.run(["mount", "-o", "remount,ro", full_disk], check=True)
    with pytest.raises(InputError, match=r"cannot be written .Read-only file system"):
        runner.run(CHEAP, full_disk, 0)
