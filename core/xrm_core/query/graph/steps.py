"""One step from parties along their relationships: who stands at the other end, of what the asker may read."""

from typing import Any

import sqlalchemy as sa

from xrm_core.db.types import CodeType, UuidType
from xrm_core.query import guard
from xrm_core.query.binds import from_context
from xrm_core.query.compiler import Compiler
from xrm_core.query.scope import Scope
from xrm_core.query.where import dated

PARTY, RELATIONSHIP, TYPE = "core.party", "core.relationship", "core.relationship_type"
# What a statement of a journey is given beside the request: ids of parties, and of types.
PARTIES, TYPES = "journey_parties", "journey_types"


def beginning(compiler: Compiler, parties: Any, codes: Any) -> Any:
    """The parties and types that the asker may see, of the ids and codes given: `[[[id]], [[code, id]]]`."""
    party, type_ = compiler.scope(compiler.resource(PARTY)), compiler.scope(compiler.resource(TYPE))
    tenant = compiler.context("tenant")
    seen = _listed(
        compiler,
        array(compiler, party.id),
        party.table(),
        party.tenant == tenant,
        compiler.binds.contains(party.id, parties, UuidType()),
        *guard.conditions(guard.may(compiler, party)),
    )
    code = type_.column("code")
    known = _listed(
        compiler,
        array(compiler, code, type_.id),
        type_.table(),
        type_.tenant == tenant,
        compiler.binds.contains(code, codes, CodeType()),
        *guard.conditions(guard.may(compiler, type_)),
    )
    return array(compiler, compiler.json.nest(seen), compiler.json.nest(known))


def step(compiler: Compiler, here: Any = None, types: Any = None, *, most: int, some_types: bool) -> Any:
    """For each of the parties `[id, forward, backward]`, both lists of `[other, relationship]` by the other's id.

    A list has at most `most` members. `some_types`: only relationships of the types given. `here` and `types` are the
    parties and the types if the journey does not give them.
    """
    here = id_rows(compiler, PARTIES) if here is None else here
    # As text, so that the lists are each party's own and not those of all.
    value: Any = sa.literal_column(f"{here.name}.value", UuidType())
    pieces = [
        compiler.json.nest(
            _edges(compiler, value, near, far, most, types or (some_types and _types_given(compiler)))
        )
        for near, far in (("source_id", "target_id"), ("target_id", "source_id"))
    ]
    item = array(compiler, value, *pieces)
    return compiler.json.nest(compiler.json.array(here, item).scalar_subquery())


def _types_given(compiler: Compiler) -> Any:
    return lambda type_: compiler.binds.contains(type_, from_context(TYPES), UuidType())


def types_of(compiler: Compiler, codes: Any) -> Any:
    """That a type is one of those with the codes given."""

    def is_one(type_: Any) -> Any:
        known = compiler.scope(compiler.resource(TYPE))
        named = compiler.binds.contains(known.column("code"), codes, CodeType())
        same = (known.tenant == compiler.context("tenant"), known.id == type_)
        one: Any = sa.literal_column("1")
        return sa.exists(sa.select(one).select_from(known.table()).where(*same, named))

    return is_one


def _edges(compiler: Compiler, here: Any, near: str, far: str, most: int, is_followed: Any) -> Any:
    edge = compiler.scope(compiler.resource(RELATIONSHIP))
    conditions = [edge.tenant == compiler.context("tenant"), edge.column(near) == here]
    if near == "target_id":
        # An edge of a party with itself is one edge.
        conditions.append(edge.column(near) != edge.column(far))
    if is_followed:
        conditions.append(is_followed(edge.column("type_id")))
    conditions += readable(compiler, edge)
    rows = (
        sa.select(edge.column(far).label("other"), edge.id.label("edge"))
        .select_from(edge.table())
        .where(*conditions)
        .order_by(edge.column(far))
        .limit(sa.literal_column(str(most)))
        .subquery(compiler.alias("e"))
    )
    return compiler.json.array(rows, array(compiler, rows.c.other, rows.c.edge)).scalar_subquery()


def readable(compiler: Compiler, edge: Scope) -> list[Any]:
    """That an edge held, and was known, at the times asked about, and that the asker may read it with both its ends."""
    return [*dated(compiler, edge), *guard.conditions(guard.may(compiler, edge))]


def named(compiler: Compiler, info: Any, shown: Any, scope: Any) -> Any:
    """Objects by the ids that were found, `[{id, item}]`: parties by name, anything else by id."""
    listed = compiler.binds.ids(from_context("result_ids"))
    found = scope.id == sa.any_(listed)
    if compiler.json.sqlite:
        wanted = sa.func.json_each(listed).table_valued("value").alias(compiler.alias("w"))
        found = scope.id.in_(sa.select(wanted.c.value).scalar_subquery())
    by_name = [scope.column("name_key")] if info.name == PARTY else []
    rows = (
        sa.select(scope.id.label("id"), shown.label("item"))
        .select_from(scope.table())
        .where(
            scope.tenant == compiler.context("tenant"), found, *guard.conditions(guard.may(compiler, scope))
        )
        .order_by(*by_name, scope.id)
        # SQLite keeps an order inside an aggregate only where a limit stands beside it.
        .limit(sa.literal_column("1000000"))
        .subquery(compiler.alias("o"))
    )
    pair = compiler.json.object([("id", rows.c.id), ("item", compiler.json.nest(rows.c.item))])
    return compiler.json.nest(compiler.json.array(rows, pair).scalar_subquery())


def array(compiler: Compiler, *items: Any) -> Any:
    """A JSON array of these values."""
    return (sa.func.json_array if compiler.json.sqlite else sa.func.json_build_array)(*items)


def _listed(compiler: Compiler, item: Any, table: Any, *conditions: Any) -> Any:
    rows = sa.select(item.label("item")).select_from(table).where(*conditions).subquery(compiler.alias("b"))
    return compiler.json.array(rows, rows.c.item).scalar_subquery()


def id_rows(compiler: Compiler, name: str) -> Any:
    """The ids given under a name as a table with the column `value`."""
    return rows_of(compiler, compiler.binds.ids(from_context(name)))


def rows_of(compiler: Compiler, listed: Any) -> Any:
    """A list of ids as a table with the column `value`."""
    alias = compiler.alias("w")
    if compiler.json.sqlite:
        return sa.func.json_each(listed).table_valued("value").alias(alias)
    return sa.func.unnest(listed).table_valued("value").render_derived(name=alias)
