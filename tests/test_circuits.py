"""A circuit that does not fit is refused in one sentence, before any work."""

import re
from dataclasses import dataclass, replace

import numpy as np
import pytest

from plastic.cells import Cells, Poisson, quantity, volts
from plastic.circuit import (
    Circuit,
    Fired,
    Input,
    Phase,
    Population,
    Projection,
    Spikes,
    Trace,
    Weights,
    counts,
    simulate,
)
from plastic.rule import InputError
from plastic.rules import as_rule
from plastic.substrates import noise
from plastic.variants import HardBound


@dataclass(frozen=True, kw_only=True)
class Leaky(Cells):
    """Leaky cells that never fire."""

    tau: float = quantity(0.02, "second")

    def flow(self, s):
        return {"pred": -s.pred / self.tau}

    def hears(self, s):
        return {"post": s.taught}


@dataclass(frozen=True, kw_only=True)
class Weighted(Leaky):
    """Leaky cells with a parameter named as a synapse's weight is."""

    w: float = 1.0


KEYS = Population(Poisson(), 10, {"rate": Input(np.ones((1, 1, 10)), 0.1)})
VALUES = Population(Leaky(), 5, {"taught": Input(np.ones((1, 1, 5)), 0.1)})
STEEP = np.linspace(0, 2, 50).reshape(5, 10)
FAST = Projection("keys", "values", "pred", rule=as_rule("delta"))
BASE = Circuit({"keys": KEYS, "values": VALUES}, {"fast": FAST}, [Phase(0.1)])


def with_keys(**change):
    return replace(BASE, populations={"keys": replace(KEYS, **change), "values": VALUES})


def with_values(**change):
    return replace(BASE, populations={"keys": KEYS, "values": replace(VALUES, **change)})


def with_fast(**change):
    return replace(BASE, projections={"fast": replace(FAST, **change)})


@pytest.mark.parametrize(
    ("circuit", "says"),
    [
        (replace(BASE, dt=0.02), "dt is 0.02 s, too coarse for tau of values, 0.02 s; give at most 0.01"),
        (replace(BASE, dt=0.0), "dt is 0.0; give a finite step above 0"),
        (replace(BASE, course=[]), "course is empty; give at least one Phase"),
        (replace(BASE, course=[Phase(0.0)]), "a phase of the course lasts 0 s; give a time above 0"),
        (replace(BASE, course=[Phase(0.0005)]), "a phase of the course is 0.0005 s, not a whole number of steps"),
        (with_keys(size=0), "size of keys is 0; give at least one cell"),
        (with_keys(inputs={}), "input 'rate' of keys is missing"),
        (with_keys(inputs={"rate": Input(np.ones((1, 10)), 0.1)}), "input 'rate' of keys has shape (1, 10)"),
        (with_keys(inputs={"rate": Input(np.ones((1, 1, 10)), 1e-4)}), "changes every 0.0001 s, sooner than dt"),
        (with_keys(start={"v": 0.0}), "start of keys names 'v', which is none of its variables"),
        (with_fast(source="x"), "fast joins 'x', which is no population; choose from keys, values"),
        (with_fast(source="values"), "fast comes from values, whose cells never fire"),
        (with_fast(into="v"), "fast goes into 'v', which values lacks"),
        (with_fast(release="u"), "release of fast is 'u', which keys lacks"),
        (with_fast(release=1.5), "release of fast is 1.5; give a share from 0 to 1"),
        (with_fast(stochastic=True), "fast is stochastic; give the probability as its release"),
        (with_fast(into=None, release=0.5), "fast has a release but transmits nothing"),
        (with_values(cells=Weighted()), "synapses of fast have a variable 'w', and so have cells of values; rename"),
        (with_fast(delay=1e-4), "delay of fast is 0.0001 s, shorter than dt, 0.001 s"),
        (with_fast(delay=-1.0), "delay of fast is -1 s; give 0 or a time"),
        (with_fast(weights=np.ones((3, 3))), "weights of fast has shape (3, 3)"),
        (with_fast(weights=np.full((5, 10), np.nan)), "weights of fast is not a number somewhere"),
        (with_fast(rule=None), "fast has no rule, so its weights do not come from one; give weights"),
        (with_fast(rule=None, into=None), "fast neither transmits nor learns; give into or rule"),
        (with_fast(rule=as_rule("linear_transformer")), "is read through a divisive normaliser"),
        (
            with_fast(rule=as_rule("delta+dale"), weights=-0.5),
            "weights of fast start from -0.5 to -0.5, beyond the bounds of delta+dale, 0 to inf; "
            "give weights between them",
        ),
        (with_fast(rule=as_rule("delta+hard_bound"), weights=STEEP), "start from 0 to 2, beyond the bounds of"),
        (
            with_fast(rule=as_rule("delta+soft_bound"), weights=-STEEP),
            "of delta+soft_bound, -1 to 1; give weights",
        ),
        (with_fast(rule=HardBound(as_rule("delta"), lowest=0.1)), "start from 0 to 0, beyond the bounds of"),
    ],
)
@pytest.mark.parametrize("engine", ["torch", "brian2"])
def test_a_circuit_that_does_not_fit_is_refused_by_name(circuit, says, engine):
    with pytest.raises(InputError, match=re.escape(says)):
        simulate(circuit, [0], {}, engine)


@pytest.mark.parametrize("change", [{"weights": np.clip(STEEP, 0, 1)}, {"weights": STEEP, "where": STEEP <= 1}, {}])
def test_weights_between_the_bounds_of_their_rule_are_accepted(change):
    bounded = with_fast(rule=as_rule("delta+hard_bound"), **change)
    assert simulate(bounded, [0], {"w": Weights("fast")}, "torch")["w"].shape == (1, 1, 5, 10)


@pytest.mark.parametrize(
    ("record", "says"),
    [
        (Spikes("x"), "found records 'x', which is no population"),
        (Trace("values", "v", 0.01), "found records 'v', which values lacks"),
        (Trace("values", "pred", 0.0), "every of found is 0 s; give a time above 0"),
        (Trace("values", "pred", 0.01, [7]), "found records cells that values lacks; give places below 5"),
        (Weights("slow"), "found records 'slow', which is no plastic projection; choose from fast"),
        (Weights("fast", "u"), "found records 'u', which delta lacks"),
    ],
)
def test_a_request_that_does_not_fit_is_refused_by_name(record, says):
    with pytest.raises(InputError, match=re.escape(says)):
        simulate(BASE, [0], {"found": record})


@pytest.mark.parametrize("seeds", [[], [-1], [0.5]])
def test_seeds_that_are_none_are_refused(seeds):
    with pytest.raises(InputError, match="give at least one whole number from 0"):
        simulate(BASE, seeds, {})


def test_an_engine_that_is_not_known_is_refused():
    with pytest.raises(InputError, match="engine is 'nest'; choose from torch, brian2, cython, standalone"):
        simulate(BASE, [0], {}, "nest")


def test_a_flow_that_is_not_linear_in_its_variable_is_refused():
    @dataclass(frozen=True, kw_only=True)
    class Quadratic(Cells):
        def flow(self, s):
            return {"v": s.v**2}

    alone = Circuit({"cells": Population(Quadratic(), 1)}, {}, [Phase(0.1)])
    with pytest.raises(InputError, match="the flow of 'v' in Quadratic is not linear in v"):
        simulate(alone, [0], {})


def test_a_parameter_in_volts_is_a_number():
    @dataclass(frozen=True, kw_only=True)
    class Resting(Cells):
        rest: float = volts(-0.07)

    with pytest.raises(InputError, match="rest of Resting is None; give a number"):
        Resting(rest=None)


def test_spikes_are_counted_between_edges():
    fired = Fired(np.array([0, 0, 1, 1]), np.array([1, 5, 5, 9]), np.array([0, 1, 1, 0]))
    np.testing.assert_array_equal(counts(fired, 2, 2, [0, 5, 9]), [[[1, 0], [0, 1]], [[0, 0], [0, 1]]])


# The random numbers that all engines share.


def test_white_noise_is_standard_normal_and_chances_are_uniform():
    from scipy import stats

    step, cell = np.ogrid[:1000, :100]
    assert stats.kstest(noise.white(noise.key(0, "cells"), step, cell).ravel(), "norm").pvalue > 0.01
    assert stats.kstest(noise.chance(noise.key(0, "cells"), step, cell).ravel(), "uniform").pvalue > 0.01


def test_noise_of_neighbours_seeds_and_populations_is_unrelated():
    step, cell = np.ogrid[:2000, :20]
    one = noise.white(noise.key(0, "cells"), step, cell)
    others = noise.white(noise.key(1, "cells"), step, cell), noise.white(noise.key(0, "keys"), step, cell)
    for other in (*others, np.roll(one, 1, 0), np.roll(one, 1, 1), noise.chance(noise.key(0, "cells"), step, cell)):
        assert abs(np.corrcoef(one.ravel(), other.ravel())[0, 1]) < 4 / np.sqrt(one.size)
