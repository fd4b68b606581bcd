"""Which of some objects the asker may see at this moment: what decides who is told of a change."""

from typing import Any

import sqlalchemy as sa

from xrm_core.db.types import UtcDateTime, UuidType
from xrm_core.declare.registry import ResourceInfo
from xrm_core.query import guard
from xrm_core.query.binds import from_context
from xrm_core.query.compiler import Compiler, Path
from xrm_core.query.jsonsql import literal
from xrm_core.query.selection import Selected


class SeenRoot:
    """The ids, of those in `result_ids`, of the objects of one resource that the asker may read."""

    def __init__(self, info: ResourceInfo) -> None:
        self.info = info

    def write(self, compiler: Compiler, selected: Selected, path: Path) -> Any:
        """A JSON array of ids."""
        scope = compiler.scope(self.info)
        found = compiler.binds.contains(scope.id, from_context("result_ids"), UuidType())
        seen = guard.conditions(guard.may(compiler, scope))
        rows = sa.select(scope.id.label("id")).select_from(scope.table())
        table = rows.where(scope.tenant == compiler.context("tenant"), found, *seen).subquery(
            compiler.alias("o")
        )
        listed = sa.select(compiler.json.array_of(table.c.id, plain=True)).select_from(table)
        return compiler.json.nest(listed.scalar_subquery())


class LoadedRoot:
    """Whether the asker may read an object of one resource that was written since `changed_since`."""

    def __init__(self, info: ResourceInfo) -> None:
        self.info = info

    def write(self, compiler: Compiler, selected: Selected, path: Path) -> Any:
        """1 or 0."""
        scope = compiler.scope(self.info)
        verdict = guard.may(compiler, scope)
        if isinstance(verdict, bool):
            return literal("1" if verdict else "0")
        since = compiler.binds.bind(from_context("changed_since"), UtcDateTime())
        mine = scope.tenant == compiler.context("tenant")
        rows: Any = sa.select(sa.literal_column("1")).select_from(scope.table())
        is_there = sa.exists(rows.where(mine, scope.column("updated_at") >= since, verdict))
        return sa.case((is_there, literal("1")), else_=literal("0"))
