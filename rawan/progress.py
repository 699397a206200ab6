"""Progress of long work: a live line on a terminal, plain lines elsewhere, and the times.

Writes to standard error; standard output belongs to answers.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.status import Status


class Progress:
    """Tells what is being done, and keeps how long each step took.

    Attributes
    ----------
    times : seconds by step, in order.
    """

    def __init__(self, quiet: bool = False) -> None:
        self._console = Console(stderr=True, highlight=False, markup=False, quiet=quiet)
        self._live: Status | None = None
        self._begun: dict[str, float] = {}
        self.times: dict[str, float] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Show a step while it runs and its time when it is done."""
        started = time.perf_counter()
        if self._console.is_terminal:
            self._live = self._console.status(name)
            self._live.start()
        try:
            yield
        finally:
            if self._live is not None:
                self._live.stop()
                self._live = None
        self.add(name, time.perf_counter() - started)

    def begin(self, name: str) -> None:
        """Start the clock of a step that ends elsewhere."""
        self._begun[name] = time.perf_counter()

    def end(self, name: str) -> None:
        """Record a step that was begun; one that never was is not shown."""
        if (started := self._begun.pop(name, None)) is not None:
            self.add(name, time.perf_counter() - started)

    def add(self, name: str, seconds: float) -> None:
        """Record and show a step that was timed elsewhere."""
        self.times[name] = self.times.get(name, 0.0) + seconds
        self.say(f"{seconds:7.2f} s  {name}")

    def tell(self, text: str) -> None:
        """Show what a step is at: on a terminal in its live line, else nothing."""
        if self._live is not None:
            self._live.update(text)

    def say(self, text: str) -> None:
        """Show a line that stays."""
        self._console.print(text, soft_wrap=True)
