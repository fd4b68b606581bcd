"""What a filter compares with, checked: values of the API come typed, those of access rules as they were written."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any
from uuid import UUID

from xrm_core.declare.specs import Kind
from xrm_core.errors import Invalid
from xrm_core.money import round_half_up

_PLACES = 6


def exact_id(value: Any, field: str = "id") -> UUID:
    """The id that the text is. Raises: Invalid, naming `field`, if it is none."""
    try:
        return UUID(str(value))
    except ValueError as wrong:
        raise Invalid(f"{value!r} is not an id.", field=field) from wrong


def six_places(value: Any) -> Decimal:
    """A number to compare stored ones with. Raises: Invalid if it has more places than any of them."""
    try:
        # A float comes as JSON writes it: 0.1 is a tenth.
        number = Decimal(repr(value) if isinstance(value, float) else value)
        exact = number == round_half_up(number, _PLACES)
    except (InvalidOperation, TypeError, ValueError) as wrong:
        raise Invalid(f"{value!r} is not a number.") from wrong
    if not exact:
        raise Invalid(f"{value} has more than six decimal places.")
    return number


def _date(value: Any) -> dt.date:
    try:
        return value if isinstance(value, dt.date) else dt.date.fromisoformat(value)
    except (TypeError, ValueError) as wrong:
        raise Invalid(f"{value!r} is not a date.") from wrong


def _moment(value: Any) -> dt.datetime:
    try:
        moment = value if isinstance(value, dt.datetime) else dt.datetime.fromisoformat(value)
    except (TypeError, ValueError) as wrong:
        raise Invalid(f"{value!r} is not a moment.") from wrong
    if moment.tzinfo is None:
        raise Invalid(f"{value!r} is a moment without a time zone.")
    return moment


def _exactly(type_: type, what: str) -> Callable[[Any], Any]:
    def check(value: Any) -> Any:
        if type(value) is not type_:
            raise Invalid(f"{value!r} is not {what}.")
        return value

    return check


def text(value: Any) -> str:
    """The text. Raises: Invalid if it is none."""
    if not isinstance(value, str):
        raise Invalid(f"{value!r} is not a text.")
    return str(value)


_CHECKS: dict[Kind, Callable[[Any], Any]] = {
    Kind.ID: exact_id,
    Kind.DECIMAL: six_places,
    Kind.TOTAL: six_places,
    Kind.DATE: _date,
    Kind.MOMENT: _moment,
    Kind.INTEGER: _exactly(int, "a whole number"),
    Kind.BOOLEAN: _exactly(bool, "true or false"),
    Kind.ENUM: text,
    Kind.TEXT: text,
    Kind.CODE: text,
}


@cache
def operand_of(kind: Kind) -> Callable[[Any], Any]:
    """What turns a value into one that a field of this kind is compared with; nothing (no home unit, say) stays so."""
    check = _CHECKS[kind]
    return lambda value: None if value is None else check(value)
