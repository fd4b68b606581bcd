"""The scalars of the API: moments, dates, decimals, currencies and JSON, none of them a float."""

import datetime as dt
import re
from decimal import Decimal
from typing import Any

import pycountry
from graphql import GraphQLError, GraphQLScalarType, StringValueNode, ValueNode, value_from_ast_untyped
from graphql.language import FloatValueNode, IntValueNode

# Drivers take the very ends of the calendar for infinity.
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_ENDS = (dt.datetime.min.replace(tzinfo=dt.UTC), dt.datetime.max.replace(tzinfo=dt.UTC))


def _plain(value: Any) -> Any:
    return value


def _moment(value: Any) -> dt.datetime:
    if isinstance(value, str):
        try:
            given = dt.datetime.fromisoformat(value)
            moment = None if given.tzinfo is None else given.astimezone(dt.UTC)
        except (ValueError, OverflowError):
            moment = None
        if moment is not None and moment not in _ENDS:
            return moment
    raise GraphQLError(f"{value!r} is not a moment with a time zone, such as 2026-09-30T12:00:00Z.")


def _date(value: Any) -> dt.date:
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            pass
    raise GraphQLError(f"{value!r} is not a date, such as 2026-09-30.")


def _decimal(value: Any) -> Decimal:
    if isinstance(value, str | int) and _NUMBER.fullmatch(str(value)) and len(str(value)) <= 40:
        number = Decimal(value)
        if abs(number) < Decimal(10) ** 12:
            return number
    raise GraphQLError(f'{value!r} is not a decimal below 10^12, written as a string such as "12.50".')


def _currency(value: Any) -> str:
    # The list is asked without regard to case; a currency is written in capitals.
    if isinstance(value, str) and value.isupper() and pycountry.currencies.get(alpha_3=value) is not None:
        return value
    raise GraphQLError(f"{value!r} is not an ISO 4217 currency.")


def _from_string(parse: Any) -> Any:
    def literal(node: ValueNode, _variables: Any = None) -> Any:
        if isinstance(node, StringValueNode | IntValueNode | FloatValueNode):
            return parse(node.value)
        raise GraphQLError("A string is expected here.", node)

    return literal


def _show_moment(value: Any) -> str:
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return str(value)


def _show_decimal(value: Any) -> str:
    if not isinstance(value, Decimal):
        return str(value)
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _scalar(name: str, description: str, show: Any, parse: Any) -> GraphQLScalarType:
    return GraphQLScalarType(
        name, description=description, serialize=show, parse_value=parse, parse_literal=_from_string(parse)
    )


def _json_literal(node: ValueNode, variables: Any = None) -> Any:
    return value_from_ast_untyped(node, variables)


DATE_TIME = _scalar("DateTime", "A moment, RFC 3339, in UTC.", _show_moment, _moment)
DATE = _scalar("Date", "A business date, ISO 8601.", str, _date)
DECIMAL = _scalar("Decimal", "A decimal number as a string, never a float.", _show_decimal, _decimal)
CURRENCY = _scalar("Currency", "An ISO 4217 currency.", str, _currency)
JSON = GraphQLScalarType(
    "JSON",
    description="Any JSON.",
    serialize=_plain,
    parse_value=_plain,
    parse_literal=_json_literal,
)
SCALARS = (DATE_TIME, DATE, DECIMAL, CURRENCY, JSON)
