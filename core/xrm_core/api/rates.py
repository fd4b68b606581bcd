"""How many operations somebody, or some address, may send in a while; counted in this process, nothing is stored."""

import ipaddress
import time
from collections import OrderedDict
from functools import lru_cache
from typing import Any

from limits import RateLimitItem, parse_many
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter

from xrm_core.errors import LimitExceeded, Refusal
from xrm_core.identity.actor import Actor
from xrm_core.settings import Settings

_MOST_KEPT = 20_000
# An IPv6 network of this size is one customer's.
_IPV6_PREFIX = 64


class TooMany(LimitExceeded):
    """More operations in a while than one caller may send; the answer says when to try again."""

    code = "core.too_many_requests"

    def __init__(self, whose: str, rate: RateLimitItem, wait_s: int) -> None:
        said = f"{rate.amount} operations per {_window(rate)} are allowed for {whose}"
        super().__init__(
            f"Too many operations: {said}; try again in {wait_s} s.",
            problems=[
                Refusal(
                    self.code,
                    f"{said}.",
                    data={
                        "limit": rate.amount,
                        "windowSeconds": rate.get_expiry(),
                        "retryAfterSeconds": wait_s,
                    },
                )
            ],
        )
        self.retry_after = wait_s


def _window(rate: RateLimitItem) -> str:
    name = rate.GRANULARITY.name
    return name if rate.multiples == 1 else f"{rate.multiples} {name}s"


class Rates:
    """The counters of one process."""

    def __init__(self, settings: Settings) -> None:
        self._per_user = parse_many(settings.rate_per_user) if settings.rate_per_user else []
        self._per_address = parse_many(settings.rate_per_address) if settings.rate_per_address else []
        # The machine itself is spared by the rates that ship, not by those that somebody set.
        given = settings.model_fields_set
        self._spared = {"user": "rate_per_user" not in given, "address": "rate_per_address" not in given}
        self._limiter = FixedWindowRateLimiter(_Counters())

    def count_address(self, address: str, operations: int = 1) -> None:
        """So many more operations from an address. Raises: TooMany."""
        if not (self._spared["address"] and is_local(address)):
            self._count(self._per_address, "one address", network_of(address), operations)

    def count_user(self, actor: Actor | None, address: str, operations: int = 1) -> None:
        """So many more operations of a user, wherever they come from. Raises: TooMany."""
        if actor is not None and not (self._spared["user"] and is_local(address)):
            whose = f"{actor.tenant_id}/{actor.user_id}"
            self._count(self._per_user, "one user", whose, operations)

    def _count(self, rates: list[RateLimitItem], whose: str, key: str, operations: int) -> None:
        for rate in rates:
            if not self._limiter.hit(rate, whose, key, cost=operations):
                ends = self._limiter.get_window_stats(rate, whose, key).reset_time
                raise TooMany(whose, rate, max(1, round(ends - time.time() + 0.5)))


# The same few addresses ask again and again.
@lru_cache(maxsize=4_096)
def is_local(address: str) -> bool:
    """Whether a request comes from the machine itself, not through a proxy."""
    try:
        return not address or ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


@lru_cache(maxsize=4_096)
def network_of(address: str) -> str:
    """What is counted together: an IPv4 address, the IPv6 network that one customer gets, else what was given."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address[:100]
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, _IPV6_PREFIX), strict=False))
    return str(found)


class _Counters(Storage):
    """Counters in memory, of bounded number: the least recently counted is forgotten first."""

    def __init__(self) -> None:
        super().__init__(None)
        self._items: OrderedDict[str, tuple[int, float]] = OrderedDict()

    @property
    def base_exceptions(self) -> Any:
        return ()

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        count, ends = self._current(key, expiry)
        self._items[key] = (count + amount, ends)
        self._items.move_to_end(key)
        if len(self._items) > _MOST_KEPT:
            self._items.popitem(last=False)
        return count + amount

    def _current(self, key: str, expiry: float) -> tuple[int, float]:
        now = time.time()
        count, ends = self._items.get(key, (0, 0.0))
        return (count, ends) if ends > now else (0, now + expiry)

    def get(self, key: str) -> int:
        return self._current(key, 0)[0]

    def get_expiry(self, key: str) -> float:
        return self._current(key, 0)[1]

    def check(self) -> bool:
        return True

    def reset(self) -> int | None:
        count = len(self._items)
        self._items.clear()
        return count

    def clear(self, key: str) -> None:
        self._items.pop(key, None)
