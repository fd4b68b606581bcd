"""What a walk is made of: edges at a party, read for many parties at once, and how long one may walk."""

import time
from collections.abc import Awaitable, Callable, Sequence

from xrm_core.errors import LimitExceeded

# (other party, relationship), by the other party's id.
Edges = list[tuple[str, str]]
# For each party: its edges from either end, of each direction at most so many.
Steps = Callable[[Sequence[str], int], Awaitable[list[tuple[str, Edges, Edges]]]]

DEEPEST = 6
LONGEST_S = 10.0


class Clock:
    """How long a walk has taken."""

    def __init__(self) -> None:
        self._until = time.monotonic() + LONGEST_S

    def look(self) -> None:
        """Raises: LimitExceeded when it has taken too long."""
        if time.monotonic() > self._until:
            raise LimitExceeded(
                f"The walk took longer than {LONGEST_S:g} seconds; ask for fewer hops or name the types."
            )
