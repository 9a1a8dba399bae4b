"""What becomes of a memory that fails?"""

import os
import signal

import numpy as np

from plastic.memory.protocol import PairMemory

RULES = ["sound", "nan", "shapeless", "raising", "deadly", "rowless"]


class Troubled(PairMemory):
    """A memory with the trouble it is called after; `nan` has it for one seed."""

    def __init__(self, trouble, seeds):
        self.trouble, self.seeds = trouble, seeds

    def answers(self, keys, values, cues):
        if self.trouble == "deadly":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.trouble == "raising":
            raise ZeroDivisionError("nothing is left to divide by")
        found = values.copy()
        if self.trouble == "nan":
            found[list(self.seeds).index(1)] = np.nan
        return found[:, :1] if self.trouble == "shapeless" else found

    def scalars(self, load, d, d_v):
        return 1


def cannot(rule, substrate):
    return None


def rules(substrate):
    return RULES


def grid(substrate, quick):
    return {"load": [3, 4]} if substrate == "rate" else {}


def settings(substrate, quick):
    return {"d": 5, "d_v": 6}


def memory(rule, substrate, settings, seeds):
    return Troubled(rule, seeds)


def measure(memory, seeds, settings, load):
    if memory.trouble == "rowless":
        return None
    keys, values = np.ones((len(seeds), load, 5)), np.ones((len(seeds), load, 6))
    bits = (np.sign(memory.answers(keys, values, keys)) == values).mean((1, 2))
    return [{"seed": seed, "load": load, "bits": float(share)} for seed, share in zip(seeds, bits, strict=True)]


def summarise(rows):
    return {"rules": sorted({row["rule"] for row in rows})}


def draw(axes, rows, look=None):
    axes.plot([row["load"] for row in rows])
