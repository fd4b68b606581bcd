"""The asker of a request or the doer of a command, as the rest of the house sees them."""

import datetime as dt
import time
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from xrm_core.ids import Id

SYSTEM_ROLE = "system"


@dataclass(frozen=True, slots=True)
class Role:
    """A role held in a unit and those below it; `unit` None means in every unit."""

    name: str
    unit: Id[Any] | None = None


class _Day(NamedTuple):
    """A day of a time zone, in seconds since 1970: every request asks for it, and it is the same for hours."""

    begins: float
    ends: float
    date: dt.date


_days: dict[str, _Day] = {}


def _day_around(moment: float, zone: ZoneInfo) -> _Day:
    date = dt.datetime.fromtimestamp(moment, zone).date()
    begins, ends = (
        dt.datetime.combine(day, dt.time(), zone).timestamp() for day in (date, date + dt.timedelta(days=1))
    )
    return _Day(begins, ends, date)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks, in which tenant, with which roles, in which language and time zone."""

    tenant_id: int
    user_id: Id[Any] | None
    name: str
    roles: tuple[Role, ...] = ()
    home_unit: Id[Any] | None = None
    language: str = "en"
    time_zone: str = "Europe/Paris"
    email: str = ""
    # What the user chose themselves ("language", "time_zone"): a request cannot choose otherwise.
    own: frozenset[str] = frozenset()
    # The zone whose days moments are shown and grouped by; empty means time_zone. It never moves `today`.
    clock: str = ""
    # What access compiled for this actor; filled by access, never compared.
    cache: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def is_system(self) -> bool:
        """Whether this is the product itself at work (imports, jobs), bound by no policy."""
        return any(role.name == SYSTEM_ROLE for role in self.roles)

    def today(self, now: dt.datetime | None = None) -> dt.date:
        """The business date where the actor works."""
        if now is not None:
            return now.astimezone(ZoneInfo(self.time_zone)).date()
        moment = time.time()
        known = _days.get(self.time_zone)
        if known is None or not known.begins <= moment < known.ends:
            known = _days[self.time_zone] = _day_around(moment, ZoneInfo(self.time_zone))
        return known.date


def system_actor(tenant_id: int = 1, *, time_zone: str = "Europe/Paris") -> Actor:
    """The product itself, for imports and jobs of a tenant."""
    return Actor(tenant_id, None, "system", (Role(SYSTEM_ROLE),), time_zone=time_zone)
