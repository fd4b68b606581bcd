"""What a custom field may hold, and how each kind of value is kept in a row's JSON.

A value is kept under a slot, the key and a letter that says of which kind it is (`region~t`). So a value is never read
as another kind than it was written as, by an index of another tenant or by a process that has not heard of a change.
Beside a text stands its comparison key, beside a decimal its millionths, which SQLite compares and adds up exactly.
"""

import datetime as dt
import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from xrm_core.money import round_half_up
from xrm_core.text import text_key

_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NUMBER = re.compile(r"-?[0-9]{1,12}(\.[0-9]+)?")
_LONE = re.compile("[\x00\ud800-\udfff]")
_PLACES = 6
_END = Decimal(10) ** 12
_INTEGERS_END = 2**31
_CALENDAR_ENDS = (dt.datetime.min.replace(tzinfo=dt.UTC), dt.datetime.max.replace(tzinfo=dt.UTC))
# Texts of an index entry: PostgreSQL takes 2,704 bytes of a row.
MOST_INDEXED_BYTES = 1_000
LONGEST_TEXT = 20_000


class CustomFieldKind(StrEnum):
    """What a custom field holds."""

    TEXT = "TEXT"
    INTEGER = "INTEGER"
    DECIMAL = "DECIMAL"
    BOOLEAN = "BOOLEAN"
    DATE = "DATE"
    MOMENT = "MOMENT"
    CHOICE = "CHOICE"


SLOTS: Mapping[CustomFieldKind, str] = {
    CustomFieldKind.TEXT: "t",
    CustomFieldKind.INTEGER: "i",
    CustomFieldKind.DECIMAL: "d",
    CustomFieldKind.BOOLEAN: "b",
    CustomFieldKind.DATE: "a",
    CustomFieldKind.MOMENT: "s",
    CustomFieldKind.CHOICE: "c",
}
# Kept beside a value, never shown.
TEXT_KEY, MILLIONTHS = "k", "m"
NUMBERS = frozenset({CustomFieldKind.INTEGER, CustomFieldKind.DECIMAL})
DATED = frozenset({CustomFieldKind.DATE, CustomFieldKind.MOMENT})


class Unfit(ValueError):
    """A value is not of its field's kind; the text says what is wanted."""


def is_key(text: str) -> bool:
    """Whether a custom field may have this key: a lower-case letter, then up to 39 letters, digits and underscores."""
    return _KEY.fullmatch(text) is not None


def slot(key: str, letter: str) -> str:
    """The name under which a row's JSON keeps a part of a value."""
    return f"{key}~{letter}"


def shown(stored: Mapping[str, Any] | None) -> dict[str, Any]:
    """The values of a row's JSON by key, as the API shows them."""
    letters = set(SLOTS.values())
    found = {}
    for name, value in sorted((stored or {}).items()):
        key, _, letter = name.partition("~")
        if letter in letters:
            found[key] = value
    return found


def normalised(kind: CustomFieldKind, value: Any) -> Any:
    """The value as it is shown and compared. Raises: Unfit."""
    return _NORMALISED[kind](value)


def slots(kind: CustomFieldKind, key: str, value: Any) -> dict[str, Any]:
    """What a row's JSON keeps of a normalised value."""
    kept = {slot(key, SLOTS[kind]): value}
    if kind is CustomFieldKind.TEXT:
        kept[slot(key, TEXT_KEY)] = text_key(value)
    elif kind is CustomFieldKind.DECIMAL:
        kept[slot(key, MILLIONTHS)] = int(Decimal(value).scaleb(_PLACES))
    return kept


def all_slots(key: str) -> set[str]:
    """Every name under which a row's JSON may keep a part of a value of this key."""
    return {slot(key, letter) for letter in (*SLOTS.values(), TEXT_KEY, MILLIONTHS)}


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise Unfit("takes a text")
    if _LONE.search(value):
        raise Unfit("has characters that no text may have")
    if len(value) > LONGEST_TEXT:
        raise Unfit(f"takes at most {LONGEST_TEXT:,} characters")
    return str(value)


def _integer(value: Any) -> int:
    if type(value) is not int or not -_INTEGERS_END <= value < _INTEGERS_END:
        raise Unfit("takes a whole number of 32 bits")
    return value


def decimal_of(value: Any) -> Decimal:
    """A number given as a text or as JSON's own, floats as they are written. Raises: Unfit beyond 10^12."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise Unfit('takes a number, written as a string such as "12.50"')
    try:
        if isinstance(value, str) and not _NUMBER.fullmatch(value):
            raise InvalidOperation
        number = Decimal(str(value))
        if not number.is_finite() or abs(number) >= _END:
            raise InvalidOperation
    except InvalidOperation as wrong:
        raise Unfit('takes a number below 10^12, such as "12.50"') from wrong
    return number


def _decimal(value: Any) -> str:
    number = decimal_of(value)
    rounded = round_half_up(number, _PLACES)
    if rounded != number:
        raise Unfit("takes a number with at most six decimal places")
    text = format(rounded + 0, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise Unfit("takes true or false")
    return value


def _date(value: Any) -> str:
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value.isoformat()
    try:
        if not isinstance(value, str) or not _DAY.fullmatch(value):
            raise ValueError
        return dt.date.fromisoformat(value).isoformat()
    except ValueError as wrong:
        raise Unfit("takes a date, such as 2026-09-30") from wrong


def _moment(value: Any) -> str:
    try:
        moment = dt.datetime.fromisoformat(value) if isinstance(value, str) else value
        if not isinstance(moment, dt.datetime) or moment.tzinfo is None:
            raise ValueError
        moment = moment.astimezone(dt.UTC)
    except (ValueError, OverflowError) as wrong:
        raise Unfit("takes a moment with a time zone, such as 2026-09-30T12:00:00Z") from wrong
    if moment in _CALENDAR_ENDS:
        raise Unfit("is outside the calendar")
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


_NORMALISED: dict[CustomFieldKind, Callable[[Any], Any]] = {
    CustomFieldKind.TEXT: _text,
    CustomFieldKind.INTEGER: _integer,
    CustomFieldKind.DECIMAL: _decimal,
    CustomFieldKind.BOOLEAN: _boolean,
    CustomFieldKind.DATE: _date,
    CustomFieldKind.MOMENT: _moment,
    CustomFieldKind.CHOICE: _text,
}
