"""Which plan PostgreSQL makes for a statement that comes again: one for its values, or one for all values, made once.

Planning a page with nested lists and access rules takes longer than a third of running it, and PostgreSQL, which
reckons that planning is cheap, does it anew each time wherever the values promise a slightly better plan. So what is
quick is run by the plan for all values; what turns out slow is planned for its values, which then costs little beside.
"""

from collections import OrderedDict
from dataclasses import dataclass

WEIGHED = "auto"
KEPT = "force_generic_plan"
# Statements that take longer are worth being planned each time, in seconds.
LONG_S = 0.1
# Quick runs before a statement's plan is kept.
TRIED = 5
# A kept plan is given up after so many times LONG_S without a quick run between: the machine may be busy for a while.
_PATIENCE = 10.0
# Quick runs before a plan that was given up is tried again; each time twice as many.
_PUT_OFF = 50
_MOST_STATEMENTS = 2_000


@dataclass(slots=True)
class _Seen:
    quick: int = 0
    slow: float = 0.0
    given_up: int = 0


class Planning:
    """What is known of the statements of one reader."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, _Seen] = OrderedDict()

    def mode(self, sql: str) -> str:
        """The value of plan_cache_mode that the statement is run with."""
        seen = self._seen.get(sql)
        return KEPT if seen is not None and seen.quick >= TRIED else WEIGHED

    def learn(self, sql: str, mode: str, seconds: float) -> None:
        """The statement took that long."""
        seen = self._seen.get(sql)
        if seen is None:
            seen = self._seen[sql] = _Seen()
            if len(self._seen) > _MOST_STATEMENTS:
                self._seen.popitem(last=False)
        if seconds < LONG_S:
            seen.quick = min(seen.quick + 1, TRIED)
            seen.slow = 0.0
        elif mode == KEPT:
            seen.slow += seconds / LONG_S
            if seen.slow >= _PATIENCE:
                seen.quick = TRIED - _PUT_OFF * 2 ** min(seen.given_up, 10)
                seen.given_up, seen.slow = seen.given_up + 1, 0.0
