"""How many cells go to a worker together: so many that to send them costs little, so few that all stay busy."""

from __future__ import annotations

from math import ceil

from plastic.lab.cells import Cell

LASTS = 0.25  # seconds that a batch should take
MOST = 256  # cells in a batch
LOST = "its worker process died (killed, out of memory, or a crash in compiled code)"
ORDER = ("spiking", "model", "layer", "rate")  # slow first, so that no worker is busy long after the others


class Pace:
    """How long a cell takes, from the latest ones."""

    def __init__(self, workers: int):
        self.workers, self.seconds = workers, LASTS

    def note(self, seconds: float) -> None:
        self.seconds += 0.5 * (seconds - self.seconds)

    def together(self, left: int) -> int:
        """As many cells as take a while, but leave some for every worker."""
        worth = int(LASTS / max(self.seconds, 1e-9))
        return max(1, min(worth, MOST, ceil(left / (4 * self.workers))))


def slow_first(cell: Cell) -> tuple[int, float]:
    """An order in which the last cells are short."""
    sizes = [value for value in cell.condition.values() if isinstance(value, (int, float))]
    return ORDER.index(cell.substrate), -max(sizes, default=0.0)
