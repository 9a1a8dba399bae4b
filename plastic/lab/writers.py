"""Files written side by side: most of the time that a small file takes is spent waiting for the disk to confirm it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

SIDE_BY_SIDE = 4
WAITING = 64  # files that may wait to be written; a kill loses no more than these


class Writers:
    """Threads that write; what goes wrong is raised by a later call, or at the end."""

    def __init__(self) -> None:
        self.pool, self.waiting = ThreadPoolExecutor(SIDE_BY_SIDE), deque[Future[None]]()

    def __enter__(self) -> Writers:
        return self

    def __exit__(self, *error: Any) -> None:
        self.pool.shutdown()
        if error[0] is None:
            self.settle(0)

    def call(self, write: Callable[..., None], *arguments: Any) -> None:
        """Write soon, when there are not too many that wait."""
        self.waiting.append(self.pool.submit(write, *arguments))
        self.settle(WAITING)

    def settle(self, left: int) -> None:
        """Wait until no more than so many are unwritten. Errors: those of writing."""
        while len(self.waiting) > left:
            self.waiting.popleft().result()
