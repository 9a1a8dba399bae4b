"""How far long work has come: a bar on a terminal, a plain line now and then elsewhere; on standard error."""

from __future__ import annotations

import sys
import time
from typing import Any

EVERY = 30.0  # seconds between plain lines


class Progress:
    """Count finished cells and say how many are left."""

    def __init__(self, name: str, total: int):
        self.name, self.total, self.done = name, total, 0
        self.start = self.said = time.monotonic()
        self.bar: Any = None

    def __enter__(self) -> Progress:
        if sys.stderr.isatty():
            self.bar = terminal_bar()
            self.bar.start()
            self.task = self.bar.add_task(self.name, total=self.total)
        else:
            self.say("started")
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        if self.bar:
            self.bar.stop()
        else:
            self.say("done" if kind is None else "stopped")

    def advance(self) -> None:
        """One more cell is finished."""
        self.done += 1
        if self.bar:
            self.bar.advance(self.task)
        elif time.monotonic() - self.said >= EVERY:
            self.say(f"about {self.left():.0f} s left")

    def left(self) -> float:
        """Seconds to go at the rate so far."""
        return (time.monotonic() - self.start) / max(self.done, 1) * (self.total - self.done)

    def say(self, what: str) -> None:
        self.said = time.monotonic()
        print(f"{self.name}: {self.done} of {self.total} cells, {what}", file=sys.stderr, flush=True)


def terminal_bar() -> Any:
    """A bar with the rate and the time left."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Bar(*columns, TextColumn("left"), TimeRemainingColumn(), console=Console(stderr=True))
