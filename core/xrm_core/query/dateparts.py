"""Parts of dates as text that sorts: days 2012-03-01, weeks 2012-W09, months 2012-03, quarters 2012-Q1, years."""

from typing import Any

import sqlalchemy as sa

from xrm_core.declare.specs import Kind
from xrm_core.query.compiler import Compiler
from xrm_core.query.jsonsql import literal, over

_POSTGRESQL = {
    "DAY": "YYYY-MM-DD", "WEEK": 'IYYY-"W"IW', "MONTH": "YYYY-MM", "QUARTER": 'YYYY-"Q"Q', "YEAR": "YYYY",
}  # fmt: skip
_FIRST: Any = sa.literal_column("TIMESTAMP '0001-01-01'")
_LAST: Any = sa.literal_column("TIMESTAMP '9999-12-31 23:59:59.999999'")


def date_part(compiler: Compiler, column: Any, kind: Kind, part: str) -> Any:
    """The part of a date, or of the day on which the asker's clock showed a moment; weeks are ISO 8601 weeks."""
    if not compiler.json.sqlite:
        day = column if kind is Kind.DATE else _postgresql_day(compiler, column)
        return sa.collate(sa.func.to_char(day, literal(_POSTGRESQL[part])), "C")
    day = column if kind is Kind.DATE else _sqlite_day(compiler, column)
    if part == "WEEK":
        thursday = sa.func.date(day, literal("-3 days"), literal("weekday 4"))
        nth_day = sa.cast(sa.func.strftime(literal("%j"), thursday), sa.Integer())
        number = over(nth_day - sa.literal_column("1"), sa.literal_column("7"))
        week = sa.func.printf(literal("-W%02d"), number + sa.literal_column("1"))
        return sa.func.strftime(literal("%Y"), thursday).concat(week)
    if part == "QUARTER":
        month = sa.cast(sa.func.strftime(literal("%m"), day), sa.Integer())
        quarter = over(month + sa.literal_column("2"), sa.literal_column("3"))
        return sa.func.strftime(literal("%Y"), day).concat(literal("-Q")).concat(sa.cast(quarter, sa.Text()))
    pattern = {"DAY": "%Y-%m-%d", "MONTH": "%Y-%m", "YEAR": "%Y"}[part]
    return sa.func.strftime(literal(pattern), day)


def _postgresql_day(compiler: Compiler, column: Any) -> Any:
    # The first and the last day of the calendar have no other side.
    local = sa.func.timezone(_zone(compiler), column)
    return sa.case((local < _FIRST, _FIRST), (local > _LAST, _LAST), else_=local)


def _zone(compiler: Compiler) -> Any:
    return compiler.binds.context("zone", sa.Text())


def _sqlite_day(compiler: Compiler, column: Any) -> Any:
    return sa.func.xrm_day(sa.type_coerce(column, sa.BigInteger()), _zone(compiler))
