"""Names of our own tables and columns in SQL text, quoted where a database reserves the word."""

from functools import cache
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite

_PREPARERS: tuple[Any, ...] = tuple(dialect.dialect().identifier_preparer for dialect in (postgresql, sqlite))


@cache
def quoted(name: str) -> str:
    """The name, in double quotes if either database would misread it."""
    needs = any(preparer.quote(name) != name for preparer in _PREPARERS)
    return f'"{name}"' if needs else name
