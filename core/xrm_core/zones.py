"""Time zones: which names stand for one, and the day that a clock there shows."""

import datetime as dt
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
# Since 1972 every clock on earth is whole quarters of an hour from UTC, so that a day is one for a whole quarter.
_QUARTERS_SINCE = 1972
_QUARTER_US = 900_000_000
_FIRST_QUARTER = int(dt.datetime(_QUARTERS_SINCE + 1, 1, 1, tzinfo=dt.UTC).timestamp()) * 1_000_000


@lru_cache(maxsize=1)
def _known() -> frozenset[str]:
    # Names without a slash are abbreviations too, which databases read as a fixed offset (CET, EST).
    return frozenset({"UTC", *(name for name in available_timezones() if "/" in name)})


def is_zone(name: str) -> bool:
    """Whether it is UTC or the name of a place in the IANA database, such as Europe/Paris."""
    return name in _known()


def local_day(moment: int | None, zone: str) -> str | None:
    """The day (ISO 8601) on which a clock in the zone showed the moment, in microseconds since 1970 in UTC."""
    if moment is None:
        return None
    if moment >= _FIRST_QUARTER:
        return _day_of_quarter(moment // _QUARTER_US, zone)
    return _day(moment, zone)


@lru_cache(maxsize=200_000)
def _day_of_quarter(quarter: int, zone: str) -> str:
    return _day(quarter * _QUARTER_US, zone)


def _day(moment: int, zone: str) -> str:
    there = _EPOCH + dt.timedelta(microseconds=moment)
    try:
        return there.astimezone(ZoneInfo(zone)).date().isoformat()
    except OverflowError:
        # The first and the last day of the calendar have no other side.
        return there.date().isoformat()
