"""Define how far the start has come, for the person at the terminal: a live table there, plain lines anywhere else."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

MARKS = {"waiting": "dim", "running": "yellow", "done": "green", "failed": "bold red"}


@dataclass
class Row:
    state: str = "waiting"
    began: float = 0.0
    seconds: float = 0.0
    detail: str = ""


class Progress:
    """Shows the steps while used as a context manager, and keeps how long each took."""

    def __init__(self, console: Console | None, names: Iterable[str]) -> None:
        """Without a console, nothing is shown."""
        self._rows = {name: Row() for name in names}
        self._console = console or Console(quiet=True)
        self._live = Live(console=self._console, get_renderable=self.table) if self._console.is_terminal else None
        self._began = time.monotonic()

    def __enter__(self) -> Self:
        self._began = time.monotonic()
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        total = f"{time.monotonic() - self._began:.1f} s"
        if self._live:
            self._live.refresh()
            self._live.stop()
        if kind is None:
            self._console.print(f"Everything is up after {total}.")

    @property
    def seconds(self) -> dict[str, float]:
        """Return how long each finished step took."""
        return {name: row.seconds for name, row in self._rows.items() if row.state == "done"}

    def begin(self, name: str) -> None:
        row = self._rows[name]
        row.state, row.began = "running", time.monotonic()
        self._say(name, "starting")

    def finish(self, name: str, detail: str) -> None:
        row = self._rows[name]
        row.state, row.detail, row.seconds = ("done", detail, time.monotonic() - row.began)
        self._say(name, f"done in {row.seconds:.1f} s  {detail}".rstrip())

    def fail(self, name: str, reason: str) -> None:
        row = self._rows[name]
        row.state, row.detail, row.seconds = ("failed", reason, time.monotonic() - row.began)
        self._say(name, f"failed after {row.seconds:.1f} s: {reason}")

    def table(self) -> Table:
        table = Table(box=None, pad_edge=False)
        table.add_column("step")
        table.add_column("state")
        table.add_column("seconds", justify="right")
        table.add_column("", overflow="fold")
        for name, row in self._rows.items():
            seconds = time.monotonic() - row.began if row.state == "running" else row.seconds
            shown = "" if row.state == "waiting" else f"{seconds:.1f}"
            # Text, not markup: a reason may hold square brackets.
            table.add_row(Text(name), Text(row.state, style=MARKS[row.state]), shown, Text(row.detail))
        return table

    def _say(self, name: str, what: str) -> None:
        if not self._live:
            self._console.print(Text(f"{name}: {what}"), soft_wrap=True)
