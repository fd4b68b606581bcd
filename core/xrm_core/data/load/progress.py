"""How far a long piece of work has come, for whoever watches."""

from typing import Protocol


class Progress(Protocol):
    """Somebody who is told what is being done and how much of it is."""

    def phase(self, title: str, total: int | None = None) -> None:
        """The phase before is done; this one begins, with so many steps if that is known."""

    def advance(self, steps: int = 1) -> None:
        """So many steps of the present phase are done."""


class Quiet:
    """Nobody watches."""

    def phase(self, title: str, total: int | None = None) -> None:
        """Nothing happens."""

    def advance(self, steps: int = 1) -> None:
        """Nothing happens."""


QUIET: Progress = Quiet()
