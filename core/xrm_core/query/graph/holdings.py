"""Who holds whom on a day, and who controls whom: read from the maintained table, or from what the asker may read."""

from typing import Any

import sqlalchemy as sa

from xrm_core.db.types import DateType, UuidType
from xrm_core.ids import derived_id
from xrm_core.query import guard
from xrm_core.query.binds import Source
from xrm_core.query.compiler import Compiler
from xrm_core.query.graph.steps import PARTIES, PARTY, RELATIONSHIP, array, id_rows, readable
from xrm_core.query.scope import Scope
from xrm_core.query.where import day_asked

_CLOSURE = sa.table(
    "core_control_closure",
    sa.column("tenant_id", sa.Integer()),
    sa.column("controller_id", UuidType()),
    sa.column("controlled_id", UuidType()),
    sa.column("basis", sa.Text()),
    sa.column("valid_from", DateType()),
    sa.column("valid_to", DateType()),
)


def is_open(compiler: Compiler) -> bool:
    """Whether the asker may read every relationship and both its ends: then the kept table tells them nothing new."""
    edge = compiler.scope(compiler.resource(RELATIONSHIP))
    party = compiler.scope(compiler.resource(PARTY))
    return guard.may(compiler, edge) is True and guard.may(compiler, party) is True


class _Edge:
    """An edge that may be a holding: its sides, and that it counts."""

    def __init__(self, compiler: Compiler) -> None:
        self.scope: Scope = compiler.scope(compiler.resource(RELATIONSHIP))
        column = self.scope.column
        self.backward = column("type_id") == _type(compiler, "SUBSIDIARY_OF")
        self.is_votes = column("type_id") == _type(compiler, "OWNS")
        named = column("type_id") == _type(compiler, "CONTROLS")
        counts = sa.or_(
            sa.and_(self.is_votes, column("share") > sa.literal_column("0")), named, self.backward
        )
        self.holder = sa.case((self.backward, column("target_id")), else_=column("source_id"))
        self.held = sa.case((self.backward, column("source_id")), else_=column("target_id"))
        self.tenant = compiler.context("tenant")
        self.conditions = [counts, *readable(compiler, self.scope)]

    def holds_from(self, party: Any) -> Any:
        """It is held by the party."""
        return self._at(party, "source_id", "target_id")

    def is_held_in(self, party: Any) -> Any:
        """It is a holding in the party."""
        return self._at(party, "target_id", "source_id")

    def _at(self, party: Any, forward: str, backward: str) -> Any:
        scope = self.scope
        # The tenant stands in each: without statistics SQLite would not look for both ends in their indexes.
        tenant = scope.tenant == self.tenant
        return sa.or_(
            sa.and_(tenant, scope.column(forward) == party, sa.not_(self.backward)),
            sa.and_(tenant, scope.column(backward) == party, self.backward),
        )


def _type(compiler: Compiler, code: str) -> Any:
    def source(request: Any) -> Any:
        return derived_id(request.actor.tenant_id, "relationship_type", code)

    known: Source = source
    return compiler.binds.bind(known, UuidType())


def region(compiler: Compiler) -> Any:
    """All holdings that decide what the parties control: `[holder, held, votes, is named, relationship, basis]`.

    Those in whatever is held from them on, and in whoever holds that, as far as the asker may read.
    """
    start = id_rows(compiler, PARTIES)
    down = sa.select(start.c.value.label("id")).select_from(start).cte(compiler.alias("down"), recursive=True)
    first, second, third = (_Edge(compiler) for _ in range(3))
    further = sa.and_(first.holds_from(down.c.id), *first.conditions)
    down = down.union(sa.select(first.held.label("id")).select_from(down.join(first.scope.table(), further)))
    up = sa.select(down.c.id.label("id")).select_from(down).cte(compiler.alias("up"), recursive=True)
    back = sa.and_(second.is_held_in(up.c.id), *second.conditions)
    up = up.union(sa.select(second.holder.label("id")).select_from(up.join(second.scope.table(), back)))
    inside = sa.and_(third.is_held_in(up.c.id), *third.conditions)
    column = third.scope.column
    rows = (
        sa.select(
            third.holder.label("holder"),
            third.held.label("held"),
            compiler.json.decimal(column("share")).label("votes"),
            sa.case((third.is_votes, sa.literal_column("0")), else_=sa.literal_column("1")).label("named"),
            third.scope.id.label("edge"),
            column("basis").label("basis"),
        )
        .select_from(up.join(third.scope.table(), inside))
        .subquery(compiler.alias("h"))
    )
    item = array(compiler, *(rows.c[name] for name in ("holder", "held", "votes", "named", "edge", "basis")))
    return compiler.json.nest(compiler.json.array(rows, item).scalar_subquery())


def kept(compiler: Compiler) -> Any:
    """What the parties control by the maintained table, and by which holdings of theirs or of what they control.

    `[controller, controlled, basis, holder, relationship, basis of the relationship]`
    """
    tenant = compiler.context("tenant")
    day = day_asked(compiler)
    asked = id_rows(compiler, PARTIES)
    span, inner = _CLOSURE.alias(compiler.alias("c")), _CLOSURE.alias(compiler.alias("c"))

    def holds(table: Any) -> Any:
        return sa.and_(table.c.tenant_id == tenant, table.c.valid_from <= day, table.c.valid_to > day)

    edge = _Edge(compiler)
    of_group = sa.or_(
        edge.holder == span.c.controller_id,
        sa.exists(
            sa.select(sa.literal_column("1")).select_from(inner).where(
                holds(inner),
                inner.c.controller_id == span.c.controller_id,
                inner.c.controlled_id == edge.holder,
            )
        ),
    )  # fmt: skip
    by = sa.and_(edge.is_held_in(span.c.controlled_id), *edge.conditions, of_group)
    rows = (
        sa.select(
            span.c.controller_id.label("controller"),
            span.c.controlled_id.label("controlled"),
            span.c.basis.label("why"),
            edge.holder.label("holder"),
            edge.scope.id.label("edge"),
            edge.scope.column("basis").label("basis"),
        )
        .select_from(span.join(edge.scope.table(), by))
        .where(
            holds(span),
            span.c.controller_id.in_(sa.select(asked.c.value)),
        )
        .subquery(compiler.alias("k"))
    )
    names = ("controller", "controlled", "why", "holder", "edge", "basis")
    item = array(compiler, *(rows.c[name] for name in names))
    return compiler.json.nest(compiler.json.array(rows, item).scalar_subquery())
