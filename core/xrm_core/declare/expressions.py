"""Small SQL words for computed fields: today, the reader's language, days between two dates."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction

from xrm_core.db.types import CodeType, DateType

# Filled in per request by name: see query.binds.
TODAY: Any = sa.bindparam("ctx_today", type_=DateType(), unique=False, required=False, value=None)
LANGUAGE: Any = sa.bindparam("ctx_language", type_=CodeType(), unique=False, required=False, value=None)


class days(GenericFunction[int]):
    """Whole days from the first date to the second; null if either is null."""

    type = sa.Integer()
    inherit_cache = True
    name = "days"

    def __init__(self, start: Any, end: Any) -> None:
        super().__init__(start, end)


@compiles(days, "sqlite")
def _days_on_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    start, end = (compiler.process(clause, **options) for clause in element.clauses)
    return f"CAST(julianday({end}) - julianday({start}) AS INTEGER)"


@compiles(days)
def _days(element: Any, compiler: Any, **options: Any) -> str:
    start, end = (compiler.process(clause, **options) for clause in element.clauses)
    return f"(({end})::date - ({start})::date)"
