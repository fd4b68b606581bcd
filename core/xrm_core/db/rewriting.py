"""Nobody rewrites a row of a historical resource behind its history: the guard on every connection that writes."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

from xrm_core.declare.registry import REGISTRY, ResourceInfo

_KEPT: ContextVar[bool] = ContextVar("versions_kept", default=False)
_REWRITES = re.compile(r'\b(UPDATE|DELETE\s+FROM)\s+(?:ONLY\s+)?"?(\w+)"?', re.IGNORECASE)
_UPSERTS = re.compile(r'\bINSERT\s+INTO\s+"?(\w+)"?.*\bDO\s+UPDATE\b', re.IGNORECASE | re.DOTALL)


class VersionsNotKept(RuntimeError):
    """A statement would rewrite rows of a historical resource without keeping what they said: a mistake of ours."""


@contextmanager
def versions_are_kept() -> Iterator[None]:
    """What is rewritten in here has its versions kept, or is no change of what is known (a migration, a test)."""
    before = _KEPT.get()
    _KEPT.set(True)
    try:
        yield
    finally:
        _KEPT.set(before)


def begin_rewriting() -> None:
    """From here on, in this task, versions are kept; `end_rewriting` ends it. For what two events enclose."""
    _KEPT.set(True)


def end_rewriting() -> None:
    """Versions are no longer kept."""
    _KEPT.set(False)


def watch(engine: Engine) -> None:
    """Refuse, on this engine, to rewrite historical rows unless their versions are kept."""

    @event.listens_for(engine, "before_cursor_execute")
    def before(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if _KEPT.get() or statement[:6].upper() == "SELECT":
            return
        table = rewritten(statement)
        if table is not None:
            raise VersionsNotKept(
                f"{table} is historical: change its rows through the session, or with db.versions.change_rows"
            )


def rewritten(statement: str) -> str | None:
    """The historical table of which the SQL changes or deletes rows, by itself or by what goes with them."""
    upserts = _UPSERTS.search(statement)
    found = [("UPDATE", upserts[1])] if upserts else []
    found += [(verb, name) for verb, name in _REWRITES.findall(statement)]
    by_table = {info.table.name: info for info in REGISTRY} if found else {}
    for verb, name in found:
        info = by_table.get(name)
        if info is None:
            continue
        if info.history is not None or (verb[0] in "dD" and goes_with(info)):
            return name
    return None


def goes_with(info: ResourceInfo, seen: frozenset[str] = frozenset()) -> list[tuple[ResourceInfo, str]]:
    """What the database deletes with a row of the resource, if that is historical or takes such rows with it.

    Each with the column that names what it goes with.
    """
    passed = seen | {info.name}
    return [
        (other, column)
        for other, column in _carried(info)
        if other.name not in passed and (other.history is not None or goes_with(other, passed))
    ]


def _carried(info: ResourceInfo) -> Iterator[tuple[ResourceInfo, str]]:
    for other in REGISTRY:
        if other.extends == info.name:
            yield other, "id"
        for spec in other.links.values():
            if spec.target == info.name and spec.on_delete == "cascade":
                yield other, spec.column
