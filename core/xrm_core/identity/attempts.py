"""How often somebody may try to sign in: enough for a person, too few for guessing."""

import time
from collections import OrderedDict
from collections.abc import Callable

from xrm_core.errors import LimitExceeded

MOST_TRIES = 10
# Of all e-mail addresses together, from one place: each takes a tenth of a second of a processor.
MOST_FROM_A_PLACE = 300
WINDOW_S = 60.0
_MOST_KEPT = 10_000


class Attempts:
    """Counts the tries of one process, by e-mail address and by where they come from; nothing is stored."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._tries: OrderedDict[tuple[str, ...], tuple[float, int]] = OrderedDict()

    def count(self, email: str, address: str) -> None:
        """One more try. Raises: LimitExceeded beyond ten in a minute, or beyond what is allowed from one address; the
        wait does not grow by trying on.
        """
        self._count((email, address), MOST_TRIES, f"{MOST_TRIES} tries a minute to sign in are allowed")
        if address:
            most = MOST_FROM_A_PLACE
            self._count((address,), most, f"{most} tries a minute to sign in are allowed from one address")

    def _count(self, key: tuple[str, ...], most: int, said: str) -> None:
        now = self._clock()
        began, tries = self._tries.get(key, (now, 0))
        if now - began >= WINDOW_S:
            began, tries = now, 0
        if tries >= most:
            raise LimitExceeded(f"Too many tries: {said}; wait a minute.")
        self._tries[key] = (began, tries + 1)
        self._tries.move_to_end(key)
        if len(self._tries) > _MOST_KEPT:
            self._tries.popitem(last=False)

    def forget(self, email: str, address: str) -> None:
        """It was them."""
        self._tries.pop((email, address), None)
