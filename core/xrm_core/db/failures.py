"""What a database refuses or cannot do, in our words: nothing of another row, nothing internal."""

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from xrm_core.db.reading_postgres import DOWN
from xrm_core.db.reading_sqlite import LOCKED
from xrm_core.declare.registry import REGISTRY, ResourceInfo
from xrm_core.errors import Conflict, DomainError, Invalid, TooSlow, Unavailable
from xrm_core.text import camel

# PostgreSQL ends one of two that wait for each other; asked again, it goes through.
_ENDED_FOR_ANOTHER = ("40001", "40P01")
# Beside these, a lock that is not to be had.
_DOWN = (*DOWN, "55P03")
_STOPPED = "57014"

# How a connection fails before there is a database to say so, or waits in vain for one to get free.
_UNREACHABLE = (ConnectionError, TimeoutError, PoolTimeout, socket.gaierror)


@contextmanager
def told(limit_s: float | None = None) -> Iterator[None]:
    """What the database refuses or cannot do in here comes out in our words. `limit_s`: when statements are stopped.

    Raises: Invalid, Conflict, TooSlow, Unavailable; a mistake of ours as it is.
    """
    try:
        yield
    except IntegrityError as broken:
        raise explained(broken) from broken
    except (DBAPIError, *_UNREACHABLE) as failed:
        words = _in_words(failed, limit_s)
        if words is None:
            raise
        raise words from failed


def explained(broken: IntegrityError) -> DomainError:
    """Which field was already taken or empty, or that something else refers to the object."""
    text = str(broken.orig).split("DETAIL", 1)[0]
    for info in REGISTRY:
        if "unique" in text.lower() and (field := _taken(info, text)):
            return Invalid(f"This {field} is already in use.", field=field)
    kept = [info.history.name for info in REGISTRY if info.history is not None]
    if any(re.search(rf"\b(pk_)?{name}\b", text) for name in kept):
        # Somebody else put another version in the place of the same one.
        return Conflict("The object changed meanwhile; read it again.", field="expectedVersion")
    if "foreign key" in text.lower():
        return Conflict("Something refers to this, or what it refers to is gone.")
    return Conflict("The change contradicts what is stored.")


def _taken(info: ResourceInfo, text: str) -> str | None:
    table = info.table.name
    for spec in info.fields.values():
        column = f"{spec.name}_key" if spec.has_key else spec.name
        names = f"uq_{table}_tenant_id_{column}", f"{table}.tenant_id, {table}.{column}"
        if spec.unique and any(re.search(rf"{re.escape(name)}(?![\w,])", text) for name in names):
            return camel(spec.name)
    return None


def _in_words(failed: BaseException, limit_s: float | None) -> DomainError | None:
    cause: Any = getattr(failed, "orig", failed)
    state = str(getattr(cause, "sqlstate", None) or "")
    if limit_s is not None and (state == _STOPPED or str(cause) == "interrupted"):
        return TooSlow(limit_s)
    if state in _ENDED_FOR_ANOTHER:
        return Conflict("Another change came in between; try again.")
    is_down = isinstance(cause, _UNREACHABLE) or state.startswith(_DOWN)
    is_down = is_down or any(reason in str(cause) for reason in LOCKED)
    if is_down or getattr(failed, "connection_invalidated", False):
        return Unavailable("The database cannot be reached or is busy; try again.")
    return None
