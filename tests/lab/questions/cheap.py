"""What does a cell that costs nothing cost?"""

import numpy as np

UNITS = {"value": "1"}


def cannot(rule, substrate):
    return None


def rules(substrate):
    return ["one", "another"]


def grid(substrate, quick):
    return {"number": list(range(10 if quick else 100))} if substrate == "rate" else {}


def settings(substrate, quick):
    return {"d": 4, "d_v": 4}


def memory(rule, substrate, settings, seeds):
    return rule


def measure(memory, seeds, settings, number):
    draws = [np.random.default_rng([len(memory), settings["d"], number, seed]).random() for seed in seeds]
    return [{"seed": seed, "value": draw} for seed, draw in zip(seeds, draws, strict=True)]


def summarise(rows):
    return {"mean": float(np.mean([row["value"] for row in rows]))}


def draw(axes, rows, look=None):
    axes.plot([row["number"] for row in rows], [row["value"] for row in rows])
