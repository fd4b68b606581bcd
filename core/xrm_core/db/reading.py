"""What reads compiled statements, and what both databases are told alike in."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

TOO_COMPLEX = "The question is too complex for the database; ask for less at once."
TOO_LARGE = "A number worked out for this question is beyond 10^12."
# Statements that a connection keeps ready. Each takes memory here and in the database; those that come again and
# again are among the last so many.
KEPT_STATEMENTS = 100


class Reader(Protocol):
    """Runs one compiled statement that returns one text."""

    def snapshot(self) -> AbstractAsyncContextManager["Reader"]:
        """A reader whose statements, run one after the other, all see the same state of the database."""

    async def fetch(self, sql: str, values: Sequence[Any]) -> str:
        """The text, empty if the statement answers with none.

        Raises: TooSlow for a statement that takes too long; TooComplex for one the database cannot take; Unavailable
        if the database is down or no connection gets free.
        """

    async def close(self) -> None:
        """Give the connections back."""
