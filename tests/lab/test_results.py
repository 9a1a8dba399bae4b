"""Saved results: labelled arrays, what they say, how two differ, and as files for other programs."""

import json
import subprocess
import sys

import numpy as np
import pytest
import xarray

from plastic import InputError
from plastic.lab import collect, figures, results, runner, store
from tests.lab import CHEAP, ROOT, TROUBLED

SMALL = {"rules": ["vanilla", "delta"], "substrates": ["rate", "layer"], "quick": True}


def plastic(*words):
    return subprocess.run([sys.executable, "-m", "plastic", *map(str, words)], cwd=ROOT, capture_output=True, text=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Results of three experiments."""
    made = tmp_path_factory.mktemp("results")
    for name in ("stream", "recall"):
        runner.run(name, made, 0, seeds=3, **SMALL)
    runner.run(CHEAP, made, 0, seeds=3, quick=True)
    return made


def test_results_are_labelled_arrays_with_units_settings_and_versions(folder):
    rows = store.load("stream", folder)["rows"]
    with xarray.open_dataset(folder / "stream.nc") as data:
        assert data["bits"].dims == ("rule", "substrate", "length", "seed", "lag")
        assert set(data["rule"].values) == {"vanilla", "delta"}
        for row in rows[:: len(rows) // 50]:
            place = {name: row[name] for name in data["bits"].dims}
            assert float(data["signal"].sel(place)) == row["signal"]
        settings = json.loads(data.attrs["settings"])
        assert settings["rate"]["d"] == 32
        made = json.loads(data.attrs["provenance"])
        assert made["packages"]["torch"]
        assert {"git", "machine", "seconds", "elapsed", "source"} <= set(made)
        assert data.attrs["question"].endswith("?")
        assert json.loads(data.attrs["seeds"]) == [0, 1, 2]
        assert data.attrs["date"]
    with xarray.open_dataset(folder / "cheap.nc") as data:
        assert data["value"].attrs["units"] == "1"


def test_netcdf_gives_the_rows_back(folder):
    for name in ("recall", "stream", "cheap"):
        saved, again = store.load(name, folder)["rows"], collect.opened(folder / f"{name}.nc")["rows"]
        assert sorted(map(tuple_of, again)) == sorted(map(tuple_of, saved))


def tuple_of(row):
    return tuple(sorted((name, str(value)) for name, value in row.items()))


def document(rows, conditions):
    return {"rows": rows, "conditions": conditions, "experiment": "made up"}


def test_ragged_conditions_do_not_make_arrays_of_empty_places():
    rows = [{"rule": "a", "substrate": "rate", "one": i, "two": i**2, "seed": s, "x": 1.0} for i in range(500) for s in (0, 1)]  # fmt: skip  # noqa: E501
    data = collect.labelled(document(rows, ["one", "two"]))
    assert data["x"].dims == ("row",)
    assert "too much" in data.attrs["layout"]
    assert len(collect.rows_of(data)) == 1000


def test_missing_and_worded_measures_have_a_place():
    rows = [
        {"rule": "a", "substrate": "rate", "load": 1, "seed": 0, "bits": None, "tail": "power law", "count": 3},
        {"rule": "b", "substrate": "rate", "load": 2, "seed": 0, "bits": 0.5, "count": 4, "curve": [1, 2]},
    ]
    data = collect.labelled(document(rows, ["load"]))
    assert np.isnan(data["bits"].sel(rule="a", load=1, seed=0, substrate="rate"))
    assert data["tail"].sel(rule="a", load=1, seed=0, substrate="rate") == "power law"
    assert data["curve"].sel(rule="b", load=2, seed=0, substrate="rate") == "[1,2]"
    assert collect.netcdf(document(rows, ["load"]))[:4] == b"\x89HDF"


def test_sizes_are_a_dimension(tmp_path):
    runner.run("overwriting", tmp_path, 0, rules=["delta"], substrates=["rate"], seeds=2, quick=True, sizes=[8, 16])
    with xarray.open_dataset(tmp_path / "overwriting.nc") as data:
        assert list(data["d"].values) == [8, 16]
        assert "d" in data["new"].dims
    assert store.load("overwriting", tmp_path)["settings"]["rate"]["d"] == [8, 16]
    shown = results.shown("overwriting", tmp_path)
    assert shown["sizes"] == [8, 16]
    assert [(line["d"], line["seeds"]) for line in shown["summary"]["by_repeats"]] == [(8, 2), (16, 2)]
    with pytest.raises(InputError, match=r"measured at several sizes .d \[8, 16\] on rate.*run it with one --d"):
        figures.draw("overwriting", tmp_path)


def test_long_reports_of_failures_fit_in_netcdf(tmp_path):
    rows = [{"rule": "a", "substrate": "rate", "seed": 0, "x": 1.0}]
    failed = [{"cell": str(n), "error": "e", "traceback": "line\n" * 400} for n in range(100)]
    path = tmp_path / "long.nc"
    path.write_bytes(collect.netcdf(document(rows, []) | {"failed": failed}))
    assert collect.opened(path)["failed"] == failed


# The commands


def test_list_names_all_results_and_those_that_cannot_be_used(folder, tmp_path):
    for name in ("recall", "stream"):
        (tmp_path / f"{name}.json").write_bytes((folder / f"{name}.json").read_bytes())
    (tmp_path / "broken.json").write_text("{")
    found = json.loads(plastic("results", "list", "--results", tmp_path, "--json").stdout)
    assert [line["name"] for line in found] == ["broken", "recall", "stream"]
    assert "cannot be read" in found[0]["trouble"]
    assert found[1]["seeds"] == 3
    lines = plastic("results", "list", "--results", folder).stdout.splitlines()
    assert len(lines) == 3
    assert "3 seeds" in lines[1]


def test_show_tells_question_settings_versions_and_summary(folder):
    shown = plastic("results", "show", "recall", "--results", folder).stdout
    for part in ("How many pairs", "settings on rate: d 32", "torch 2", "by_load:", "capacity:"):
        assert part in shown
    told = json.loads(plastic("results", "show", "recall", "--results", folder, "--json").stdout)
    assert "rows" not in told
    assert told["summary"]["by_load"]
    assert "How many pairs" in plastic("results", "show", folder / "recall.nc").stdout


def test_export_writes_csv_and_netcdf(folder, tmp_path):
    for end in ("csv", "nc"):
        done = plastic("results", "export", "recall", "--results", folder, "--to", tmp_path / f"out.{end}")
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "out.csv").read_bytes() == (folder / "recall.csv").read_bytes()
    assert len(collect.opened(tmp_path / "out.nc")["rows"]) == len(store.load("recall", folder)["rows"])


def test_compare_pairs_seeds_and_says_what_was_made_otherwise(folder, tmp_path):
    runner.run(CHEAP, tmp_path, 0, seeds=4, quick=True, rules=["one"])
    document = store.load("cheap", tmp_path)
    for row in document["rows"]:
        row["value"] += 0.25 + 0.01 * row["seed"]
    document["provenance"]["packages"]["torch"] = "1.0"
    store.save("cheap", {k: v for k, v in document.items() if k not in ("layout", "checksum")}, tmp_path)
    (found,) = results.compared("cheap", str(tmp_path / "cheap.json"), folder)
    assert {"seeds", "version of torch"} <= set(found["made otherwise"])
    assert found["made otherwise"]["seeds"] == [3, 4]
    lines = found["measures"]
    assert len(lines) == 10
    assert {(line["rule"], line["measure"], line["seeds"]) for line in lines} == {("one", "value", 3)}
    for line in lines:
        assert line["difference"] == pytest.approx(0.26)
        assert 0.25 <= line["difference_low"] <= line["difference_high"] <= 0.27 + 1e-12
    (again,) = results.compared(str(folder / "cheap.nc"), str(tmp_path), folder)
    assert again["measures"] == lines
    shown = plastic("results", "compare", "cheap", tmp_path, "--results", folder, "--measure", "value").stdout
    assert "version of torch: 2" in shown
    assert "0.26" in shown


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("list", "--results", "no/such"), "there is no folder no/such"),
        (("show", "nothing"), "there are no results of 'nothing'"),
        (("show", "no.json"), "there is no file no.json"),
        (("show", "no.nc"), "there is no file no.nc"),
        (("show", "README.md.json"), "there is no file"),
        (("export", "recall", "--to", "x.xlsx"), "--to is x.xlsx; give a file that ends in .csv or .nc"),
        (("compare", "recall", "docs"), "there are no results of 'recall'"),
    ],
)
def test_a_wrong_command_gets_one_sentence_and_status_2(words, says, tmp_path):
    done = plastic("results", *words, *(() if "--results" in words else ("--results", tmp_path)))
    assert done.returncode == 2
    assert done.stdout == ""
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_results_of_different_experiments_are_not_compared(folder):
    with pytest.raises(InputError, match="recall holds recall and stream holds stream; give results of the same"):
        results.compared("recall", "stream", folder)


def test_failed_cells_give_status_1_and_one_sentence(tmp_path):
    words = ("run", TROUBLED, "--rules", "sound,nan,raising", "--seeds", 3, "--workers", 0, "--results", tmp_path)
    done = plastic(*words)
    assert done.returncode == 1
    assert "troubled: bits of seed 1 of nan on rate (d 5, load 3; seeds 0 to 2) are not finite" in done.stderr
    assert "2 failed, the first with ZeroDivisionError: nothing is left to divide by" in done.stderr
    assert str(tmp_path / "troubled" / "failed") in done.stderr
    assert "Traceback" not in done.stderr
    assert "failed: raising on rate" in plastic("results", "show", tmp_path / "troubled.json").stdout


def test_an_experiment_file_has_a_figure(folder):
    done = plastic("figure", CHEAP, "--results", folder, "--json")
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)["files"]) == 2
