"""Many values in one parameter: a statement is the same however many they are."""

from collections.abc import Iterable, Sequence
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Dialect

from xrm_core.db.types import is_sqlite
from xrm_core.query.binds import processor

# Rows that are looked for or written at once.
CHUNK = 2_000


def among(dialect: Dialect, column: Any, values: Iterable[Any]) -> Any:
    """The condition that the column has one of the values."""
    process = processor(column.type, dialect)
    given = [process(value) for value in values]
    if is_sqlite(dialect):
        listed: Any = sa.func.json_each(orjson.dumps(given).decode()).table_valued("value")
        return column.in_(sa.select(listed.c.value))
    plain = column.type
    plain = plain.load_dialect_impl(dialect) if isinstance(plain, sa.TypeDecorator) else plain
    return column == sa.any_(sa.literal(given, postgresql.ARRAY(plain)))


def chunks(items: Sequence[Any]) -> Iterable[Sequence[Any]]:
    """The items, no more than CHUNK at a time."""
    for start in range(0, len(items), CHUNK):
        yield items[start : start + CHUNK]
