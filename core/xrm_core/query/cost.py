"""What a question is estimated to cost, in rows that the database reads for it (docs/limits.md tells it to clients).

Estimated while the statement is written, from what was asked alone: the same on both databases, whatever they hold,
and kept with the plan.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

# Rows of a nested list for which nobody said how many.
EXPECTED_ROWS = 10
# Looking for one row's list in a filter, an order or a count: its rows are read by an index.
LIST_LOOK = 10
# Counting, grouping or ranking a whole resource.
WHOLE_LOOK = 1_000


@dataclass(slots=True)
class Meter:
    """Rows so far, and how many times what is written now is read: once for each row around it."""

    rows: int = 0
    times: int = 1

    def add(self, rows: int = 1) -> None:
        """Each of the rows around it takes so many more."""
        self.rows += rows * self.times

    @contextmanager
    def each_of(self, rows: int) -> Iterator[None]:
        """So many rows are read, and what is written meanwhile is read for each of them."""
        outer = self.begin(rows)
        yield
        self.times = outer

    def begin(self, rows: int) -> int:
        """The same, until `times` is set back to what is returned here."""
        self.add(rows)
        outer, self.times = self.times, self.times * rows
        return outer
