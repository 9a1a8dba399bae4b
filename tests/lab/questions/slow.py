"""What is left of a sweep that is killed?"""

import time

import numpy as np

PAUSE = 0.05


def cannot(rule, substrate):
    return None


def rules(substrate):
    return ["delta", "vanilla"]


def grid(substrate, quick):
    return {"load": list(range(3, 15))} if substrate == "rate" else {}


def settings(substrate, quick):
    return {"d": 48, "d_v": 48}


def memory(rule, substrate, settings, seeds):
    from plastic.memory.of_rules import RateMemory  # here, so that a process that measures nothing need not wait
    from plastic.rules import as_rule

    return RateMemory(as_rule(rule), tuple(seeds))


def measure(memory, seeds, settings, load):
    time.sleep(PAUSE)
    keys, values = (
        np.stack([np.random.default_rng([seed, load, part]).standard_normal((load, 48)) / 7 for seed in seeds])
        for part in (0, 1)
    )
    recalled = memory.answers(keys, values, keys)
    return [{"seed": seed, "error": float(((r - v) ** 2).mean())} for seed, r, v in zip(seeds, recalled, values)]  # noqa: B905


def summarise(rows):
    return {"mean": float(np.mean([row["error"] for row in rows]))}


def draw(axes, rows, look=None):
    axes.plot([row["load"] for row in rows], [row["error"] for row in rows])
