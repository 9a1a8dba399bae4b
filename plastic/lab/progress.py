"""How far long work has come: a bar on a terminal, a plain line now and then elsewhere; on standard error."""

from __future__ import annotations

import sys
import time
from typing import Any

EVERY = 30.0  # seconds between plain lines


class Progress:
    """Count finished cells and say how many are left, at which rate, and for how long."""

    def __init__(self, name: str, total: int, before: int = 0):
        self.name, self.total, self.before = name, total, before
        self.done = self.failed = 0
        self.start = self.said = time.monotonic()
        self.bar: Any = None

    def __enter__(self) -> Progress:
        if sys.stderr.isatty():
            self.bar = terminal_bar()
            self.bar.start()
            self.task = self.bar.add_task(self.name, total=self.total, completed=self.before, told="")
        else:
            self.say("started" + (f" ({self.before} are finished already)" if self.before else ""))
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        if self.bar:
            self.bar.stop()
        else:
            self.say(("done" if kind is None else "stopped") + f" after {time.monotonic() - self.start:.0f} s")

    def advance(self, failed: bool = False) -> None:
        """One more cell is finished, or has failed."""
        self.done += 1
        self.failed += failed
        if self.bar:
            self.bar.update(self.task, advance=1, told=self.pace())
        elif time.monotonic() - self.said >= EVERY:
            self.say(self.pace())

    def rate(self) -> float:
        """Cells a second, those measured before not counted."""
        return self.done / max(time.monotonic() - self.start, 1e-9)

    def left(self) -> float:
        """Seconds to go at the rate so far."""
        return (self.total - self.before - self.done) / max(self.rate(), 1e-9)

    def pace(self) -> str:
        """Rate and time left, and what failed, in words."""
        failed = f", {self.failed} failed" if self.failed else ""
        return f"{per_time(self.rate())}, about {in_words(self.left())} left{failed}"

    def say(self, what: str) -> None:
        self.said = time.monotonic()
        print(f"{self.name}: {self.before + self.done} of {self.total} cells, {what}", file=sys.stderr, flush=True)


def per_time(rate: float) -> str:
    """A rate in cells a second, or a minute where there are few."""
    return f"{rate:.3g} a second" if rate >= 1 else f"{60 * rate:.3g} a minute"


def in_words(seconds: float) -> str:
    """A time in seconds, minutes or hours."""
    for size, unit in ((3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def terminal_bar() -> Any:
    """A bar with the count, the time so far, the rate and the time left."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Bar(*columns, TextColumn("{task.fields[told]}"), console=Console(stderr=True))
