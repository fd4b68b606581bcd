"""How often somebody does something: so often a second, and no more."""

import time


class Pace:
    """Counts within each second."""

    __slots__ = ("_count", "_most", "_since")

    def __init__(self, most: int) -> None:
        self._most, self._count, self._since = most, 0, 0.0

    def keeps(self) -> bool:
        """Once more; whether that is still as often as is allowed."""
        now = time.monotonic()
        if now - self._since >= 1.0:
            self._count, self._since = 0, now
        self._count += 1
        return self._count <= self._most
