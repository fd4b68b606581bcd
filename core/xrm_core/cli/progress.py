"""Progress on the command line: bars on a terminal, a line for each phase where there is none."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.progress import (
    Progress as RichProgress,
)

from xrm_core.data.load.progress import Progress


@contextmanager
def shown_progress() -> Iterator[Progress]:
    """Progress for the length of a `with` block, told on standard error."""
    console = Console(stderr=True)
    if not console.is_terminal:
        lines = _Lines()
        yield lines
        lines.end()
        return
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
    )  # fmt: skip
    with RichProgress(*columns, console=console) as bars:
        shown = _Bars(bars)
        yield shown
        shown.end()


class _Bars:
    """A bar for each phase; one without a known end moves to and fro until the next begins."""

    def __init__(self, bars: RichProgress) -> None:
        self._bars = bars
        self._task: TaskID | None = None

    def phase(self, title: str, total: int | None = None) -> None:
        self.end()
        self._task = self._bars.add_task(title, total=total)

    def advance(self, steps: int = 1) -> None:
        if self._task is not None:
            self._bars.advance(self._task, steps)

    def end(self) -> None:
        """The last phase is done too."""
        if self._task is not None:
            done = self._bars.tasks[self._task].completed
            self._bars.update(self._task, total=done or 1, completed=done or 1)


class _Lines:
    """A line when a phase begins, and how long it took when it ends."""

    def __init__(self) -> None:
        self._began = 0.0
        self._is_open = False

    def phase(self, title: str, total: int | None = None) -> None:
        self.end()
        amount = f" ({total:,})" if total else ""
        typer.echo(f"{title}{amount} …", err=True)
        self._began, self._is_open = time.monotonic(), True

    def advance(self, steps: int = 1) -> None:
        """Not told: a log is no bar."""

    def end(self) -> None:
        """The last phase is done too."""
        if self._is_open:
            typer.echo(f"  {time.monotonic() - self._began:.1f} s", err=True)
            self._is_open = False
