"""Which rows a unit of work wrote or deleted that search knows, so that their entries follow before it ends."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, Session

from xrm_core.declare.registry import REGISTRY, ResourceInfo
from xrm_core.declare.resource import Resource
from xrm_core.query.search.declared import searched_by, searched_in
from xrm_core.query.search.sets import among, chunks


@dataclass(slots=True)
class Touched:
    """Rows by resource: `written` may have other text now, `deleted` are gone, with what the database took along.

    `plugins` are those whose tables exist.
    """

    tenant_id: int
    plugins: frozenset[str]
    written: dict[str, set[Any]] = field(default_factory=dict)
    deleted: dict[str, set[Any]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.written or self.deleted)

    def note(self, info: ResourceInfo, ids: Iterable[Any]) -> None:
        """These rows were written."""
        if searched_in(info):
            self.written.setdefault(info.name, set()).update(ids)

    def watch(self, session: Session) -> None:
        """Note what the session writes: objects, and statements on whole tables."""
        event.listen(session, "before_flush", self._flushed)
        event.listen(session, "do_orm_execute", self._executed)

    def _flushed(self, session: Session, _flush: Any, _instances: Any) -> None:
        for item in (*session.new, *session.dirty):
            if isinstance(item, Resource):
                self.note(REGISTRY.of(type(item)), [item.id])
        for item in session.deleted:
            if isinstance(item, Resource):
                self._gone(session, REGISTRY.of(type(item)), {item.id})

    def _executed(self, state: ORMExecuteState) -> None:
        if not (state.is_insert or state.is_update or state.is_delete) or state.bind_mapper is None:
            return
        model = state.bind_mapper.class_
        if not issubclass(model, Resource):
            return
        info = REGISTRY.of(model)
        if state.is_delete:
            if _is_known(info):
                self._gone(state.session, info, self._found(state, info))
        elif searched_in(info):
            self.note(info, _inserted(state) if state.is_insert else self._found(state, info))

    def _found(self, state: ORMExecuteState, info: ResourceInfo) -> set[Any]:
        """The rows that the statement is about to change: those of its WHERE, or those whose ids it is given."""
        conditions = getattr(state.statement, "_where_criteria", ())
        given: Any = state.parameters
        each = given if isinstance(given, list) else [given]
        if not conditions and any(row and "id" in row for row in each):
            return {row["id"] for row in each}
        rows: Any = info.model
        query = sa.select(rows.id).where(rows.tenant_id == self.tenant_id, *conditions)
        return {found for row in each for found in state.session.execute(query, row).scalars()}

    def _gone(self, session: Session, info: ResourceInfo, ids: set[Any]) -> None:
        """The rows, and those that go with them."""
        if not _is_known(info):
            return
        known = self.deleted.setdefault(info.name, set())
        fresh = ids - known
        known |= fresh
        if not fresh:
            return
        for child, column in _going_along(info):
            if child.plugin in self.plugins:
                self._gone(session, child, self._along(session, child, column, fresh))

    def _along(self, session: Session, child: ResourceInfo, column: str, ids: set[Any]) -> set[Any]:
        table, found = child.table, set()
        with session.no_autoflush:
            for some in chunks(sorted(ids, key=str)):
                wanted = among(session.get_bind().dialect, table.c[column], some)
                own = sa.and_(table.c.tenant_id == self.tenant_id, wanted)
                found |= set(session.execute(sa.select(table.c.id).where(own)).scalars())
        return found


def _is_known(info: ResourceInfo) -> bool:
    """Whether search has anything of the resource's rows, or of rows that go with them."""
    is_found = any(one.target is info for one in searched_by(REGISTRY))
    return is_found or bool(searched_in(info)) or bool(_going_along(info))


def _going_along(info: ResourceInfo) -> list[tuple[ResourceInfo, str]]:
    """The resources whose rows the database deletes with a row of this one, and by which column."""
    parts = [(child, "id") for child in REGISTRY if child.extends == info.name]
    linked = [
        (child, spec.column)
        for child in REGISTRY
        for spec in child.links.values()
        if spec.target == info.name and spec.on_delete == "cascade"
    ]
    return parts + linked


def _inserted(state: ORMExecuteState) -> list[Any]:
    """The ids of rows that a statement inserts: given with the rows, or in the statement itself."""
    given: Any = state.parameters or []
    rows: list[Mapping[str, Any]] = [given] if isinstance(given, Mapping) else list(given)
    if not rows:
        values = getattr(state.statement, "_values", None) or {}
        rows = [{getattr(column, "key", column): value for column, value in values.items()}]
    found = []
    for row in rows:
        value = row.get("id")
        if value is None:
            raise TypeError(f"rows of {state.bind_mapper} inserted by a statement need their ids given")
        found.append(getattr(value, "value", value))
    return found
