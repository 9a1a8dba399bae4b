"""Random numbers that are the same on every engine: a function of (key, step, cell) alone.

The numbers of SplitMix64 (Steele, Lea & Flood 2014, OOPSLA) can be computed in any order, so a cell's noise needs no
state, a trial's noise does not depend on what runs beside it, and numpy, C++ and torch draw the same. A key is a whole
number below 2^52, which a double holds exactly.
"""

from __future__ import annotations

from math import factorial, log, pi, sqrt
from zlib import crc32

import numpy as np

GOLDEN = 0x9E3779B97F4A7C15
FIRST, SECOND = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB


def key(seed: int, population: str) -> int:
    """The key of a population's noise in the trial of this seed."""
    sequence = np.random.SeedSequence(seed, spawn_key=(crc32(population.encode()),))
    return int(sequence.generate_state(1, np.uint64)[0] >> np.uint64(12))


def first_synapse(projection: str) -> int:
    """The place of a projection's first synapse among its target's cells, far beyond them.

    Synapse (post, pre) draws its chance as the target's cell first_synapse + post * pre_cells + pre would.
    """
    return (crc32(projection.encode()) + 1) << 20


def mixed(z: np.ndarray) -> np.ndarray:
    """SplitMix64's finaliser, of uint64."""
    z = (z ^ (z >> np.uint64(30))) * np.uint64(FIRST)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(SECOND)
    return z ^ (z >> np.uint64(31))


def bits(key: np.ndarray, step: np.ndarray | int, cell: np.ndarray, lane: int) -> np.ndarray:
    """64 random bits for every key, step and cell (arrays that broadcast); lane 0 or 1 gives other ones."""
    with np.errstate(over="ignore"):
        of_step = mixed(np.asarray(key, np.uint64) + np.uint64(GOLDEN) * (np.asarray(step, np.uint64) + np.uint64(1)))
        place = np.uint64(2) * np.asarray(cell, np.uint64) + np.uint64(lane + 1)
        return mixed(of_step + np.uint64(GOLDEN) * place)


def chance(key: np.ndarray, step: np.ndarray | int, cell: np.ndarray) -> np.ndarray:
    """Uniform in [0, 1)."""
    return (bits(key, step, cell, 0) >> np.uint64(11)) * 2.0**-53


def white(key: np.ndarray, step: np.ndarray | int, cell: np.ndarray) -> np.ndarray:
    """Standard normal (Box & Muller; at most 6.7 in size, from two halves of 32 bits)."""
    drawn = bits(key, step, cell, 1)
    radius = ((drawn >> np.uint64(32)) + 0.5) * 2.0**-32
    angle = (drawn & np.uint64(0xFFFFFFFF)) * 2.0**-32
    return np.sqrt(-2 * np.log(radius)) * np.cos(2 * np.pi * angle)


def horner(coefficients: list[float]) -> str:
    """C++ for the polynomial in t with these coefficients, the constant first."""
    return f"{coefficients[0]!r} + t * ({horner(coefficients[1:])})" if coefficients[1:] else repr(coefficients[0])


# Series of sin(2 pi z) / z and log(m) / s in t = z^2 and t = s^2, s = (m - 1) / (m + 1): to a few 1e-16 where |z| is at
# most 1/4 and m within a factor sqrt(2) of 1. Plain arithmetic, so that the compiler draws for several cells at once.
SINE = [(-1) ** k * (2 * pi) ** (2 * k + 1) / factorial(2 * k + 1) for k in range(11)]
LOGARITHM = [2 / (2 * k + 1) for k in range(11)]
SQRT_HALF = int(np.float64(sqrt(0.5)).view(np.uint64))  # its bits: m is from there to sqrt(2)
CPP = f"""
static inline uint64_t plastic_mixed(uint64_t z) {{
    z = (z ^ (z >> 30)) * {FIRST:#x}ULL;
    z = (z ^ (z >> 27)) * {SECOND:#x}ULL;
    return z ^ (z >> 31);
}}
static inline uint64_t plastic_bits(double key, double step, double cell, int lane) {{
    uint64_t of_step = plastic_mixed((uint64_t)key + {GOLDEN:#x}ULL * ((uint64_t)step + 1));
    return plastic_mixed(of_step + {GOLDEN:#x}ULL * (2 * (uint64_t)cell + lane + 1));
}}
static inline double plastic_chance(double key, double step, double cell) {{
    return (plastic_bits(key, step, cell, 0) >> 11) * {2.0**-53!r};
}}
static inline double plastic_cosine(double turns) {{
    double z = fabs(turns - 0.5) - 0.25, t = z * z;
    return z * ({horner(SINE)});
}}
static inline double plastic_logarithm(double x) {{
    uint64_t bits, of_m;
    memcpy(&bits, &x, 8);
    int64_t exponent = (int64_t)(bits - {SQRT_HALF:#x}ULL) >> 52;
    of_m = bits - ((uint64_t)exponent << 52);
    double m;
    memcpy(&m, &of_m, 8);
    double s = (m - 1) / (m + 1), t = s * s;
    return exponent * {log(2)!r} + s * ({horner(LOGARITHM)});
}}
static inline double plastic_white(double key, double step, double cell) {{
    uint64_t drawn = plastic_bits(key, step, cell, 1);
    double radius = ((double)(drawn >> 32) + 0.5) * {2.0**-32!r};
    double turns = (double)(drawn & 0xFFFFFFFFULL) * {2.0**-32!r};
    return sqrt(-2 * plastic_logarithm(radius)) * plastic_cosine(turns);
}}
"""
CPP_HEADERS = ["<math.h>", "<stdint.h>", "<string.h>"]
CPP_GUARDED = f"#ifndef PLASTIC_NOISE\n#define PLASTIC_NOISE\n{CPP}\n#endif\n"


def cython(name: str, lane: int, number: str) -> str:
    """A draw in Cython, with helpers of its own: Brian2 writes each into a module beside the others."""
    return f"""
cdef inline uint64_t {name}_mixed(uint64_t z) noexcept nogil:
    z = (z ^ (z >> 30)) * <uint64_t>{FIRST:#x}ULL
    z = (z ^ (z >> 27)) * <uint64_t>{SECOND:#x}ULL
    return z ^ (z >> 31)

cdef inline double {name}(double key, double step, double cell) noexcept nogil:
    cdef uint64_t of_step = {name}_mixed(<uint64_t>key + <uint64_t>{GOLDEN:#x}ULL * (<uint64_t>step + 1))
    cdef uint64_t drawn = {name}_mixed(of_step + <uint64_t>{GOLDEN:#x}ULL * (2 * <uint64_t>cell + {lane + 1}))
    return {number}
"""


RADIUS, ANGLE = "(<double>(drawn >> 32) + 0.5) * 2.0**-32", "<double>(drawn & <uint64_t>0xFFFFFFFFULL) * 2.0**-32"
CYTHON = {
    "chance": cython("plastic_chance", 0, "<double>(drawn >> 11) * 2.0**-53"),
    "white": cython("plastic_white", 1, f"sqrt(-2 * log({RADIUS})) * cos({2 * np.pi!r} * ({ANGLE}))"),
}
