"""Place fields by plateaus: CA3 cells tile a belt, and BTSP gives a CA1 cell a field from one dendritic plateau.

CA3 cells fire by chance in fields of their own; each CA1 cell is a leaky integrate-and-fire cell whose inhibition takes
off what its synapses bring at their baseline, w = 1. A plateau is given: it is what the rule hears as post, so that the
cell need not fire to learn. The animal runs at one speed round a belt; a place is in cm, from the start of a lap.

Bittner, Milstein, Grienberger, Romani & Magee (2017), Science 357:1033; Milstein et al. (2021), eLife 10:e73046.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from math import isclose, log
from typing import Any, ClassVar, NamedTuple

import numpy as np
import torch

from plastic.cells import Cells, Poisson, quantity, volts
from plastic.circuit import Circuit, Fired, Input, Phase, Population, Projection, Spikes, Weights, simulate
from plastic.lab.portraits import Mark, trace
from plastic.rule import InputError
from plastic.rules.btsp import BTSP
from plastic.substrates import rate

BUSIEST = 0.25  # spikes a step; a cell has room for one
PIECE = 0.02  # seconds for which rates stand still
BIN = 2.0  # cm of a rate map
SETTLED = 5.0  # seconds after which traces are gone


@dataclass(frozen=True, kw_only=True)
class CA1(Cells):
    """A leaky integrate-and-fire cell with a dendrite that has plateaus. Input: dendrite (1 during one, else 0).

    v counts from the potential at which inhibition balances synapses at their baseline. A plateau that takes 300 ms
    lifts the rule's instructive signal to 1, and the soma by `burst`.
    """

    units: ClassVar = {"v": "volt", "drive": "volt"}
    held = ("v",)
    refractory: float = quantity(0.004, "second")
    tau_m: float = quantity(0.02, "second", positive=True)
    tau_s: float = quantity(0.01, "second", positive=True)
    rest: float = volts(0.0)
    threshold: float = volts(0.008)
    baseline: float = volts(0.006)
    burst: float = volts(0.012)
    r_0: float = quantity(105.0, "hertz", positive=True)

    def flow(self, s):
        return {
            "v": (self.rest - s.v + s.drive - self.baseline + self.burst * s.dendrite) / self.tau_m,
            "drive": -s.drive / self.tau_s,
        }

    def fires(self, s):
        return s.v > self.threshold

    def reset(self, s):
        return {"v": self.rest}

    def hears(self, s):
        return {"post": self.r_0 * s.dendrite}

    def start(self):
        return {"drive": self.baseline}


@dataclass(frozen=True, kw_only=True)
class Regular(Cells):
    """Cells that fire each time the integral of their rate passes a whole number. Input: rate (Hz)."""

    units: ClassVar = {"rate": "hertz"}

    def flow(self, s):
        return {"phase": s.rate}

    def fires(self, s):
        return s.phase > 1 - 1e-9

    def reset(self, s):
        return {"phase": s.phase - 1}


@dataclass(frozen=True)
class Belt:
    """A belt, the animal's speed on it, and the CA3 cells that tile it.

    length in cm, speed in cm/s; field: full width at half maximum of a CA3 cell's field, in cm; peak: its rate there,
    in Hz. r_0 (Hz) is the drive that counts as 1 for the rule: with it the mean eligibility trace of a CA3 cell peaks
    at 1 when the animal runs at 20 cm/s.
    """

    length: float = 240.0
    speed: float = 20.0
    cells: int = 120
    field: float = 30.0
    peak: float = 40.0
    r_0: float = 105.0
    dt: float = 0.004

    def __post_init__(self) -> None:
        for f in fields(self):
            if not getattr(self, f.name) > 0:
                raise InputError(f"{f.name} of the belt is {getattr(self, f.name)}; give a value above 0")
        if 2 * self.field > self.length:
            raise InputError(
                f"length of the belt is {self.length:g} cm, too short for fields {self.field:g} cm wide; "
                f"give at least {2 * self.field:g}"
            )
        if self.cells * self.field < 4 * self.length:
            raise InputError(
                f"{self.cells} cells leave gaps on a belt of {self.length:g} cm; "
                f"give at least {np.ceil(4 * self.length / self.field):g}"
            )
        if self.peak * self.dt > BUSIEST:
            raise InputError(
                f"dt is {self.dt:g} s, too coarse for cells that fire at {self.peak:g} Hz; "
                f"give at most {BUSIEST / self.peak:g}"
            )
        if not isclose(self.lap / PIECE, round(self.lap / PIECE), rel_tol=1e-6):
            raise InputError(
                f"a lap of {self.length:g} cm takes {self.lap:g} s at {self.speed:g} cm/s, which is no multiple of "
                f"{PIECE:g} s; change speed or length"
            )

    @property
    def lap(self) -> float:
        """Seconds of a lap."""
        return self.length / self.speed

    @property
    def centres(self) -> np.ndarray:
        """Where the CA3 cells have their fields, [cells]."""
        return (np.arange(self.cells) + 0.5) * self.length / self.cells

    @property
    def rule(self) -> BTSP:
        """Behavioural-timescale plasticity with this drive."""
        return BTSP(r_0=self.r_0)

    def rates(self, place: np.ndarray) -> np.ndarray:
        """Rates of the CA3 cells at places [n]: bumps that close round the belt, [n, cells] in Hz."""
        sharpness = log(2) / (1 - np.cos(np.pi * self.field / self.length))
        angle = 2 * np.pi * (np.asarray(place)[:, None] - self.centres) / self.length
        return self.peak * np.exp(sharpness * (np.cos(angle) - 1))

    def places(self, every: float) -> np.ndarray:
        """Where the animal is in the middle of each piece of a lap."""
        return (np.arange(round(self.lap / every)) + 0.5) * every * self.speed

    def apart(self, place: Any, origin: float) -> Any:
        """How far places lie ahead of an origin, the shorter way round: from -length / 2 to length / 2."""
        return (np.asarray(place) - origin + self.length / 2) % self.length - self.length / 2


class Plateau(NamedTuple):
    """A plateau that starts at a place (cm) of a lap (from 0)."""

    lap: int
    place: float


class Cell(NamedTuple):
    """A CA1 cell: its plateaus, and the weights it starts with (a number or [pre])."""

    plateaus: Sequence[Plateau] = ()
    w: Any = 1.0


class Walk(NamedTuple):
    """What happened in S trials on so many laps."""

    fired: Fired  # of CA1
    inputs: Fired  # of CA3
    w: np.ndarray  # [S, laps, CA1, CA3], at the end of every lap


def walk(belt: Belt, cells: Sequence[Cell], laps: int, seeds: Sequence[int], engine: str = "brian2") -> Walk:
    """Let the animal run so many laps, in spikes, with plasticity on throughout.

    Errors: InputError for a plateau that is not on the belt or in no lap.
    """
    record: dict[str, Any] = {"fired": Spikes("CA1"), "inputs": Spikes("CA3"), "w": Weights("synapses")}
    return Walk(**simulate(circuit(belt, cells, laps), seeds, record, engine))


def circuit(belt: Belt, cells: Sequence[Cell], laps: int) -> Circuit:
    """The circuit of `walk`: a phase is a lap."""
    check_plateaus(belt, cells, laps)
    rates = np.tile(belt.rates(belt.places(PIECE)), (laps, 1))
    soma = CA1(r_0=belt.r_0)
    drive = soma.baseline / (soma.tau_s * belt.rates(np.zeros(1)).sum())  # of a spike, at w = 1
    start = np.stack([np.broadcast_to(cell.w, belt.cells) for cell in cells])
    return Circuit(
        {
            "CA3": Population(Poisson(), belt.cells, {"rate": Input(rates[None], PIECE)}),
            "CA1": Population(soma, len(cells), {"dendrite": Input(plateaus(belt, cells, laps, PIECE)[None], PIECE)}),
        },
        {"synapses": Projection("CA3", "CA1", "drive", drive, belt.rule, start)},
        [Phase(belt.lap)] * laps,
        belt.dt,
    )


def check_plateaus(belt: Belt, cells: Sequence[Cell], laps: int) -> None:
    for plateau in (plateau for cell in cells for plateau in cell.plateaus):
        if not 0 <= plateau.place < belt.length:
            raise InputError(f"a plateau at {plateau.place:g} cm is off the belt; give a place below {belt.length:g}")
        if not 0 <= plateau.lap < laps:
            raise InputError(f"a plateau comes in lap {plateau.lap}, but there are {laps}; give more laps")


def plateaus(belt: Belt, cells: Sequence[Cell], laps: int, every: float) -> np.ndarray:
    """When each cell has a plateau, [pieces, cells] of 0 and 1."""
    per_lap, lasts = round(belt.lap / every), round(belt.rule.plateau / every)
    on = np.zeros((laps * per_lap + lasts, len(cells)))
    for i, cell in enumerate(cells):
        for lap, place in cell.plateaus:
            first = lap * per_lap + round(place / belt.speed / every)
            on[first : first + lasts, i] = 1
    return on[: laps * per_lap]


def recursion(belt: Belt, cells: Sequence[Cell], laps: int) -> np.ndarray:
    """The same rule on the CA3 cells' rates, without spikes: weights at the end of every lap, [laps, CA1, CA3]."""
    on = belt.r_0 * torch.from_numpy(plateaus(belt, cells, laps, PIECE))
    rates = torch.from_numpy(np.tile(belt.rates(belt.places(PIECE)), (laps, 1)))
    shape = (len(cells), belt.cells)
    state = {z: torch.zeros(shape, dtype=torch.float64) for z in ("eligible", "instruct")}
    state["w"] = torch.from_numpy(np.stack([np.broadcast_to(cell.w, belt.cells) for cell in cells]).astype(float))
    kept = []
    for step, (pre, post) in enumerate(zip(rates, on, strict=True), 1):
        state = rate.step(belt.rule, state, {"pre": pre, "post": post}, PIECE, strict=False)
        if step % round(belt.lap / PIECE) == 0:
            kept.append(state["w"].numpy())
    return np.stack(kept)


# What the cell does where


def ramp(belt: Belt, w: np.ndarray) -> np.ndarray:
    """Mean depolarisation by synapses [..., pre] along the belt, less that at their baseline: [..., bins] in volts."""
    rates = belt.rates(bins(belt))
    return CA1().baseline * (w - 1) @ (rates / rates.sum(1, keepdims=True)).T


def bins(belt: Belt) -> np.ndarray:
    """Middles of the bins of a rate map, in cm."""
    n = round(belt.length / BIN)
    return (np.arange(n) + 0.5) * belt.length / n


def rate_maps(belt: Belt, fired: Fired, trials: int, cells: int, laps: int) -> np.ndarray:
    """Firing rate by lap and place, [S, laps, cells, bins] in Hz."""
    n, per_lap = len(bins(belt)), round(belt.lap / belt.dt)
    lap, place = fired.step // per_lap, fired.step % per_lap * n // per_lap
    shape = (trials, laps, cells, n)
    found = np.bincount(np.ravel_multi_index((fired.trial, lap, fired.cell, place), shape), minlength=np.prod(shape))
    return found.reshape(shape) * n / belt.lap


def smoothed(belt: Belt, a: np.ndarray, width: float = 5.0) -> np.ndarray:
    """Maps [..., bins] averaged round the belt under a Gaussian of this standard deviation, in cm."""
    from scipy.ndimage import gaussian_filter1d

    return gaussian_filter1d(np.asarray(a, float), width / BIN, axis=-1, mode="wrap")


class Field(NamedTuple):
    """A field against the place of a plateau, in cm: how far it reaches before and after it, at half of its peak.

    peak: in the unit of the map.
    """

    before: float
    after: float
    peak: float

    @property
    def centre(self) -> float:
        """Midway between the ends; negative before the place of the plateau."""
        return (self.after - self.before) / 2

    @property
    def width(self) -> float:
        """At half of the peak."""
        return self.before + self.after


def field_of(belt: Belt, along: np.ndarray, place: float) -> Field:
    """The field of a map [bins]; NaN where there is none."""
    fine = np.linspace(-belt.length / 2, belt.length / 2, 1801)
    found = np.interp((fine + place) % belt.length, bins(belt), along, period=belt.length)
    top = int(found.argmax())
    if not found[top] > 0:
        return Field(np.nan, np.nan, 0.0)
    below = np.flatnonzero(found < found[top] / 2)
    left, right = below[below < top], below[below > top]
    ends = (fine[left[-1] if len(left) else 0], fine[right[0] if len(right) else -1])
    return Field(-float(ends[0]), float(ends[1]), float(found[top]))


def mean_place(belt: Belt, along: np.ndarray) -> float:
    """Where a map [bins] has its weight, round the belt, in cm."""
    angle = 2 * np.pi * bins(belt) / belt.length
    return float(np.angle(np.exp(1j * angle) @ along) / (2 * np.pi) * belt.length % belt.length)


# One burst and one plateau


def pairing(
    delays: Sequence[float], start: Sequence[float], seeds: Sequence[int], cells: Cells = Regular(), r_0: float = 100.0
) -> np.ndarray:
    """Change of w by one plateau of 300 ms and a burst as long at r_0 that starts so much later: [S, start, delays].

    delays in seconds, negative where the burst comes first; start: weights before; cells: how the burst fires.
    """
    rule, dt = BTSP(r_0=r_0), 2e-3
    onset = dt * round(max(*(-d for d in delays), 0.0) / dt)
    steps = round((onset + max(*delays, 0.0) + rule.plateau + SETTLED) / dt)
    time = (np.arange(steps) * dt)[:, None]
    burst = within(time, onset + np.asarray(delays), rule.plateau)
    plateau = within(time, np.array([onset]), rule.plateau)
    soma = CA1(r_0=r_0)
    made = Circuit(
        {
            "burst": Population(cells, len(delays), {"rate": Input(r_0 * burst[None], dt)}),
            "CA1": Population(soma, len(start), {"dendrite": Input(plateau[None], dt)}),
        },
        {"synapses": Projection("burst", "CA1", None, 1.0, rule, np.tile(np.array(start)[:, None], len(delays)))},
        [Phase(steps * dt)],
        dt,
    )
    w = simulate(made, seeds, {"w": Weights("synapses")})["w"][:, 0]
    return w - np.asarray(start)[:, None]


def within(time: np.ndarray, first: np.ndarray, lasts: float) -> np.ndarray:
    """Whether times [n, 1] lie in stretches that start at [m], [n, m] of 0 and 1."""
    half = 1e-6
    return ((time > first - half) & (time < first + lasts - half)).astype(float)


def portrait(seed: int) -> list[Mark]:
    """A plateau in the second of three laps: spikes, rate maps, weights before and after, and where the plateau was."""
    belt, at, laps = Belt(), Plateau(1, 120.0), 3
    cells = [Cell([at])]
    found = walk(belt, cells, laps, [seed], "torch")
    maps = smoothed(belt, rate_maps(belt, found.fired, 1, 1, laps))[0, :, 0]
    expected = recursion(belt, cells, 2)[-1, 0]
    (of_inputs, places), (of_cell, own) = (by_lap(belt, fired) for fired in (found.inputs, found.fired))
    shown = (of_inputs == at.lap) & (found.inputs.cell % 2 == 0)
    weights = {"before": found.w[0, 0, 0], "after": found.w[0, 1, 0], "after, on rates": expected}
    return [
        *trace("CA3", "spikes", places[shown], found.inputs.cell[shown]),
        *trace("CA1", "spikes", own, of_cell + 1),
        *(mark for lap in range(laps) for mark in trace("rate maps", f"lap {lap + 1}", bins(belt), maps[lap])),
        *(mark for name, w in weights.items() for mark in trace("weights", name, belt.centres, w)),
        *trace("plateau", "place", [at.place, at.place + belt.speed * belt.rule.plateau], [at.lap + 1, at.lap + 1]),
    ]


def by_lap(belt: Belt, fired: Fired) -> tuple[np.ndarray, np.ndarray]:
    """In which lap (from 0) and at which place (cm) every spike was, each [spikes]."""
    lap, step = np.divmod(fired.step, round(belt.lap / belt.dt))
    return lap, step * belt.dt * belt.speed
