"""Familiarity by anti-Hebbian synapses: what was seen before excites no cell any more."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from plastic.memory.codes import drawn
from plastic.memory.theory.familiarity import Familiarity


@dataclass(frozen=True)
class HebbFF:
    """Address bits of an item select one of 2^address cells; it fires for what is new, and silences itself for it.

    The selected cell fires if its plastic synapses, fed by the item's other bits, do not hold it back; firing makes
    them -1 times the item (anti-Hebb), and all of them decay by the same factor an item. Decay and bias are those that
    reach the rates of hits and false alarms of `net` (Tyulmankov, Yang & Abbott, 2022, Neuron 110:544, idealised).
    """

    net: Familiarity
    seeds: tuple[int, ...] = (0,)

    def familiar(self, shown: np.ndarray) -> np.ndarray:
        """Which items are called familiar, [S, streams, T] of bool; shown: number of the item in each place, the same.

        An item is written only if the cell fires, so items come one after another, all streams of all seeds together.
        Decay is made up for when a cell is next selected.
        """
        items = shown.max() + 1
        net, decay = self.net, self.net.decay
        cells = drawn(self.seeds, lambda rng: rng.integers(net.units, size=items), "familiarity", "addresses")
        bits = drawn(self.seeds, lambda rng: rng.choice([-1.0, 1.0], (items, net.inputs)), "familiarity", "bits")
        seeds, streams, times = shown.shape
        seed, stream = np.ogrid[:seeds, :streams]
        weights = np.zeros((seeds, streams, net.units, net.inputs))
        written = np.zeros((seeds, streams, net.units))  # when
        answers = np.empty(shown.shape, bool)
        drive = net.inputs * (net.address + net.bias)  # of the selected cell, without memory
        for t in range(times):
            item = shown[..., t]
            cell, x = cells[seed, item], bits[seed, item]
            row = weights[seed, stream, cell] * (decay ** (t - 1 - written[seed, stream, cell]))[..., None]
            fires = drive + (row * x).sum(-1) > 0
            weights[seed, stream, cell] = decay * row - fires[..., None] * x
            written[seed, stream, cell] = t
            answers[..., t] = ~fires
        return answers


def repeating(rng: np.random.Generator, intervals: Iterable[int], times: int) -> tuple[np.ndarray, np.ndarray]:
    """Streams in which half of the items that can are repeats, each once, of the item `interval` places before.

    Returns item numbers [streams, T] and whether each is a repeat, the same.
    """
    streams = [one_stream(rng, interval, times) for interval in intervals]
    return np.stack([item for item, _ in streams]), np.stack([repeat for _, repeat in streams])


def one_stream(rng: np.random.Generator, interval: int, times: int) -> tuple[np.ndarray, np.ndarray]:
    """Item numbers [T] and repeats [T]; a new item's number is its place."""
    place, repeat = np.arange(times), rng.random(times) < 0.5
    repeat[:interval] = False
    for start in range(interval, times, interval):  # a repeat is not repeated
        now = slice(start, start + interval)
        repeat[now] &= ~repeat[start - interval : start][: len(repeat[now])]
    return np.where(repeat, place - interval, place), repeat
