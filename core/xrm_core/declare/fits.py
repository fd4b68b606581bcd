"""Does a value fit where it is stored? Asked before anything is written, so that no database has to say no."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from typing import Any

import orjson

from xrm_core.declare.registry import REGISTRY
from xrm_core.declare.resource import Resource
from xrm_core.declare.specs import FieldSpec, Kind
from xrm_core.errors import Refusal
from xrm_core.money import round_half_up
from xrm_core.text import camel, text_key

# PostgreSQL indexes no more than 2,704 bytes of a row; two such texts, with the tenant, stay below.
_MOST_INDEXED_BYTES = 1_000
_NUMBERS_END = Decimal(10) ** 12
_INTEGERS_END = 2**31
_ENDS = (dt.datetime.min.replace(tzinfo=dt.UTC), dt.datetime.max.replace(tzinfo=dt.UTC))


def misfits(item: Resource) -> list[Refusal]:
    """What of the object cannot be stored, on either database: one refusal a field."""
    found = []
    for name, fits in _checks(type(item)):
        value = getattr(item, name)
        said = fits(value) if value is not None else None
        if said:
            found.append(Refusal("core.does_not_fit", f"{camel(name)} {said}.", camel(name)))
    return found


@cache
def _checks(model: type[Resource]) -> list[tuple[str, Callable[[Any], str | None]]]:
    info = REGISTRY.of(model)
    indexed = {column.name for index in info.table.indexes for column in index.columns}
    indexed |= {
        column.name for constraint in info.table.constraints for column in getattr(constraint, "columns", ())
    }
    checks = []
    for name, spec in {**info.fields, **info.internal}.items():
        is_indexed = name in indexed or f"{name}_key" in indexed
        check = _short_text if is_indexed and spec.kind in (Kind.TEXT, Kind.CODE) else _BY_KIND.get(spec.kind)
        if check is not None and not _is_closed(spec):
            checks.append((name, check))
    return checks


def _is_closed(spec: FieldSpec) -> bool:
    """A member of an enum, or a state, fits by its declaration."""
    return spec.enum is not None or spec.lifecycle is not None


def _text(value: str) -> str | None:
    return "has characters that no text may have" if "\x00" in value else None


def _short_text(value: str) -> str | None:
    size = len(value.encode(errors="replace"))
    if size > _MOST_INDEXED_BYTES or len(text_key(value).encode(errors="replace")) > _MOST_INDEXED_BYTES:
        return f"is longer than {_MOST_INDEXED_BYTES} bytes"
    return _text(value)


def _number(value: Decimal) -> str | None:
    number = Decimal(value)
    if number.is_finite() and abs(number) < _NUMBERS_END and round_half_up(abs(number), 6) < _NUMBERS_END:
        return None
    return "is not a number below 10^12"


def _integer(value: int) -> str | None:
    return None if -_INTEGERS_END <= value < _INTEGERS_END else "is not an integer of 32 bits"


def _moment(value: dt.datetime) -> str | None:
    if value.tzinfo is None:
        return "needs a time zone"
    try:
        is_end = value.astimezone(dt.UTC) in _ENDS
    except OverflowError:
        is_end = True
    return "is outside the calendar" if is_end else None


def _json(value: Any) -> str | None:
    try:
        orjson.dumps(value, default=str)
    except TypeError as wrong:
        return f"cannot be stored: {wrong}"
    return None


_BY_KIND: dict[Kind, Callable[[Any], str | None]] = {
    Kind.TEXT: _text,
    Kind.CODE: _text,
    Kind.DECIMAL: _number,
    Kind.MONEY: lambda money: _number(money.amount),
    Kind.INTEGER: _integer,
    Kind.MOMENT: _moment,
    Kind.JSON: _json,
}
