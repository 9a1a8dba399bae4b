"""Circuits in compiled code are those in Brian2's numpy: the same spikes, the same weights, nothing left behind."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import brian2
import numpy as np
import pytest
from brian2.devices.device import get_device, runtime_device

from plastic.circuit import Circuit, Population, Spikes, simulate
from plastic.rule import InputError
from plastic.substrates.spiking_standalone import Program
from tests.test_spiking_batch import KEYS, SEEDS, TRIALS, VALUES, assert_same, memory, recurrent, requests

HERE = Path(__file__).parents[1]
COMPILED = [("delta+stochastic", {"release": "vesicles"}), ("kda", {})]


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["cython", "standalone"])
@pytest.mark.parametrize(("name", "options"), COMPILED, ids=[name for name, _ in COMPILED])
def test_compiled_circuits_equal_numpy(name, options, engine):
    circuit = memory(name, **options)
    record = requests(circuit)
    assert_same(simulate(circuit, SEEDS, record, engine=engine), simulate(circuit, SEEDS, record))


@pytest.mark.slow
def test_start_values_and_delays_reach_the_program():
    circuit = recurrent(weights=1.0, delay=1e-3 * np.arange(VALUES * VALUES).reshape(VALUES, VALUES))
    values = circuit.populations["values"]
    start = {"v": np.random.default_rng(4).uniform(-0.07, -0.05, (TRIALS, VALUES)), "pred": np.arange(VALUES) * 10.0}
    started = Population(values.cells, values.size, values.inputs, start)
    circuit = Circuit({**circuit.populations, "values": started}, circuit.projections, circuit.course)
    record = requests(circuit)
    assert_same(simulate(circuit, SEEDS, record, engine="standalone"), simulate(circuit, SEEDS, record))


@pytest.mark.slow
def test_program_runs_again_and_in_parallel_and_leaves_nothing(tmp_path):
    circuit = memory("delta")
    record, expected = requests(circuit), simulate(circuit, SEEDS, requests(circuit))
    before = brian2.prefs["codegen.cpp.extra_compile_args"], brian2.prefs["codegen.target"]
    with Program(circuit, SEEDS, record, tmp_path) as program:
        assert list(tmp_path.iterdir())
        for workers in (1, 2):
            assert_same(program.run(workers), expected)
        assert program.build_seconds > 0
        assert program.run_seconds > 0
    assert not list(tmp_path.iterdir())
    assert get_device() is runtime_device
    assert before == (brian2.prefs["codegen.cpp.extra_compile_args"], brian2.prefs["codegen.target"])
    assert_same(simulate(circuit, SEEDS, record), expected)


@pytest.mark.slow
def test_one_program_serves_other_seeds_inputs_parameters_weights_and_start_values():
    circuit, seeds, rng = memory("delta"), [11, 12], np.random.default_rng(7)
    keys, values, learned = circuit.populations["keys"], circuit.populations["values"], circuit.projections["memory"]
    keys = replace(keys, inputs={x: a._replace(values=a.values[:1] * 0.5) for x, a in keys.inputs.items()})
    values = replace(
        values,
        cells=replace(values.cells, threshold=-0.052),
        inputs={x: a._replace(values=a.values[:1]) for x, a in values.inputs.items()},
        start={"v": rng.uniform(-0.07, -0.06, (2, VALUES))},
    )
    learned = replace(
        learned,
        rule=replace(learned.rule, eta=0.5 * learned.rule.eta),
        gain=30.0,
        weights=rng.normal(0, 0.1, (2, VALUES, KEYS)),
    )
    other = replace(circuit, populations={"keys": keys, "values": values}, projections={"memory": learned})
    record = requests(circuit)
    expected, expected_of_other = simulate(circuit, SEEDS, record), simulate(other, seeds, record)
    with Program(circuit, SEEDS, record) as program:
        assert_same(program.run(circuit=other, seeds=seeds), expected_of_other)
        assert_same(program.run(), expected)
        with pytest.raises(InputError, match="another mode than 'runtime'; leave the Program"):
            simulate(circuit, SEEDS, record)
        with pytest.raises(InputError, match="dt differs from what the program was built for; build another Program"):
            program.run(circuit=replace(circuit, dt=5e-4))
        with pytest.raises(InputError, match="rule of memory differs"):
            program.run(circuit=memory("vanilla"))
        with pytest.raises(InputError, match="course differs"):
            program.run(circuit=replace(circuit, course=circuit.course[:1]))


LONG = """
from dataclasses import replace
from plastic.circuit import Phase, Spikes, simulate
from tests.test_spiking_batch import memory
circuit = replace(memory("delta"), course=[Phase(100000.0)])
simulate(circuit, [1, 2, 3], {"spikes": Spikes("keys")}, engine="standalone", workers=2, folder=FOLDER)
"""


@pytest.mark.slow
@pytest.mark.parametrize("when", ["*/trial_1", "*/main.cpp"], ids=["running", "compiling"])
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_run_leaves_nothing(tmp_path, sent, when):
    code = f"FOLDER = {str(tmp_path)!r}\n{LONG}"
    environment = {**os.environ, "PYTHONPATH": str(HERE)}
    child = subprocess.Popen([sys.executable, "-c", code], cwd=HERE, env=environment, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 240
        while not list(tmp_path.glob(when)):
            assert child.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.2)
        time.sleep(1)
        child.send_signal(sent)
        assert child.wait(30) != 0
    finally:
        child.kill()
        child.wait()
    assert not list(tmp_path.iterdir())
    assert not [process for process in Path("/proc").glob("[0-9]*/cwd") if str(tmp_path) in os.readlink(process)]


@pytest.mark.slow
def test_compiler_that_fails_tells_its_last_lines(tmp_path, monkeypatch):
    monkeypatch.setenv("CXX", "false")
    with pytest.raises(RuntimeError, match=r"the C\+\+ compiler failed:\n(.|\n)*Error 1"):
        simulate(memory("delta"), SEEDS, {"spikes": Spikes("keys")}, engine="standalone", folder=tmp_path)
    assert not list(tmp_path.iterdir())
    assert get_device() is runtime_device


# Refusals


def refused(circuit, match):
    with pytest.raises(InputError, match=match):
        simulate(circuit, SEEDS, {"spikes": Spikes("keys")}, engine="standalone")


def test_synapses_of_each_trial_are_refused():
    where = np.ones((TRIALS, VALUES, KEYS), bool)
    refused(memory("delta", where=where), r"where of memory differs between trials.*\[post, pre\]")


def test_delays_of_each_trial_are_refused():
    refused(recurrent(weights=1.0, delay=np.zeros((TRIALS, VALUES, VALUES))), "delay of back differs between trials")


def test_delayed_plastic_synapses_that_pause_are_refused():
    refused(memory("delta", delay=0.004), "memory has a delay and the course a phase without learning.*another engine")


def test_missing_compiler_is_refused(monkeypatch):
    monkeypatch.setenv("CXX", "no-such-compiler")
    refused(memory("delta"), "needs no-such-compiler, which is not found; install it")


@pytest.mark.parametrize("workers", [0, -1])
def test_workers_below_one_are_refused(workers):
    with pytest.raises(InputError, match=f"workers is {workers}; give at least 1"):
        simulate(memory("delta"), SEEDS, {}, engine="standalone", workers=workers)


def test_folder_that_does_not_exist_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"folder .* does not exist; make it or leave it out"):
        simulate(memory("delta"), SEEDS, {}, engine="standalone", folder=tmp_path / "none")
