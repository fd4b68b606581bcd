"""Names of our own tables and columns in SQL text, quoted where a database reserves the word."""

from functools import cache

from sqlalchemy.dialects import postgresql, sqlite

_PREPARERS = (postgresql.dialect().identifier_preparer, sqlite.dialect().identifier_preparer)


@cache
def quoted(name: str) -> str:
    """The name, in double quotes if either database would misread it."""
    needs = any(preparer.quote(name) != name for preparer in _PREPARERS)
    return f'"{name}"' if needs else name
