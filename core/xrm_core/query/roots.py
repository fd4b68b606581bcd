"""The derived fields of Query: one object, a page, groups, and any object by its id."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import sqlalchemy as sa
from graphql import GraphQLObjectType

from xrm_core.db.types import UuidType
from xrm_core.declare.registry import ResourceInfo
from xrm_core.errors import Invalid
from xrm_core.query import guard
from xrm_core.query.answering import answered
from xrm_core.query.binds import from_context
from xrm_core.query.compiler import LIST_SYMBOLS, Compiler, Continuation, Path
from xrm_core.query.fields import fields_json, row_json
from xrm_core.query.grouped import grouped
from xrm_core.query.lists import LARGEST_FIRST, Page, axes, connection
from xrm_core.query.operands import exact_id
from xrm_core.query.scope import Scope
from xrm_core.query.selection import Selected

# Under this key a continued field's value stands in the object of its row.
VALUE_KEY = "v"


class SqlRoot(Protocol):
    """A field of Query that the database answers."""

    def write(self, compiler: Compiler, selected: Selected, path: Path) -> Any:
        """The field's JSON as an SQL expression."""


class OneRoot:
    """One object by id; null if there is none to see."""

    def __init__(self, info: ResourceInfo) -> None:
        self.info = info

    def write(self, compiler: Compiler, selected: Selected, path: Path) -> Any:
        """The object."""
        outer, compiler.axes = compiler.axes, axes(compiler, selected.arguments)
        scope = compiler.scope(self.info)
        compiler.meter.add()
        wanted = compiler.binds.value(selected.arguments["id"], UuidType(), exact_id)
        seen = guard.conditions(guard.may(compiler, scope))
        same = (scope.tenant == compiler.context("tenant"), scope.id == wanted)
        shown = row_json(compiler, scope, selected, path)
        compiler.axes = outer
        return compiler.json.one(shown, scope.table(), *same, *seen)


class ManyRoot:
    """A page of objects."""

    def __init__(self, info: ResourceInfo) -> None:
        self.info = info

    def write(self, compiler: Compiler, selected: Selected, path: Path) -> Any:
        """The connection."""
        with self.page(compiler, selected) as page:
            return connection(page, selected, self.row(compiler), path)

    @contextmanager
    def page(self, compiler: Compiler, selected: Selected) -> Iterator[Page]:
        """The page asked for, to be written meanwhile."""
        scope = compiler.scope(self.info)
        base = [scope.tenant == compiler.context("tenant")]
        page = Page(compiler, scope, dict(selected.arguments), base, top=True)
        with compiler.deeper(LIST_SYMBOLS):
            yield page

    @staticmethod
    def row(compiler: Compiler) -> Callable[[Selected, Scope, Path], Any]:
        """What writes one of its rows."""
        return lambda child, row, here: row_json(compiler, row, child, here)


class GroupsRoot:
    """Groups of a resource and their numbers."""

    def __init__(self, info: ResourceInfo) -> None:
        self.info = info

    def write(self, compiler: Compiler, selected: Selected, path: Path) -> Any:
        """The groups."""
        return grouped(compiler, compiler.scope(self.info), selected, path)


class NodeRoot:
    """Any object by its id: each resource is asked, in the same statement."""

    def __init__(self, resources: list[ResourceInfo]) -> None:
        self.resources = resources

    def write(self, compiler: Compiler, selected: Selected, path: Path) -> Any:
        """The object or null."""
        wanted = compiler.binds.value(selected.arguments["id"], UuidType(), exact_id)
        return self.find(compiler, selected, path, lambda scope: scope.id == wanted)

    def find(self, compiler: Compiler, selected: Selected, path: Path, is_it: Any) -> Any:
        """The first resource's object for which `is_it` holds."""
        named = selected.arguments.get("type")
        found = []
        for info in self.resources:
            if named is not None and info.type_name != named:
                continue
            scope = compiler.scope(info)
            type_ = selected.walker.schema.type_map[info.type_name]
            assert isinstance(type_, GraphQLObjectType)
            shown = fields_json(compiler, scope, type_, selected.children(type_), path)
            seen = guard.conditions(guard.may(compiler, scope))
            compiler.meter.add()
            query = sa.select(shown).select_from(scope.table())
            query = query.where(scope.tenant == compiler.context("tenant"), is_it(scope), *seen)
            found.append(query.scalar_subquery())
        if not found:
            raise Invalid(f"There is no type {named}.", field="type")
        return compiler.json.nest(sa.func.coalesce(*found, sa.null()) if len(found) > 1 else found[0])


class NodesRoot:
    """Several objects by their ids, in the order of the ids, null where there is none to see."""

    def __init__(self, resources: list[ResourceInfo]) -> None:
        self.one = NodeRoot(resources)

    def write(self, compiler: Compiler, selected: Selected, path: Path) -> Any:
        """The list."""
        array = compiler.binds.array(selected.arguments["ids"], UuidType(), exact_id, most=LARGEST_FIRST)
        rows: Any
        if compiler.json.sqlite:
            rows = sa.func.json_each(array).table_valued("value", "key").alias("w")
        else:
            rows = sa.func.unnest(array).table_valued("value", with_ordinality="key").render_derived(name="w")
        wanted, position = rows.c.value, rows.c.key
        with compiler.meter.each_of(_how_many(selected.arguments["ids"])):
            item = self.one.find(compiler, selected, path, lambda scope: scope.id == wanted)
        # SQLite keeps an order inside an aggregate only where a limit stands beside it.
        limit: Any = sa.literal_column(str(LARGEST_FIRST))
        limited = sa.select(item.label("item")).select_from(rows).order_by(position).limit(limit)
        table = limited.subquery(compiler.alias("n"))
        return compiler.json.nest(compiler.json.array(table, table.c.item).scalar_subquery())


def _how_many(ids: Any) -> int:
    """Ids in a list; where a variable brings them, as many as it may bring."""
    return len(ids) if isinstance(ids, list) else LARGEST_FIRST


class ObjectRoot:
    """Objects of one resource by ids that a command or a hand-written field answered with."""

    def __init__(self, info: ResourceInfo) -> None:
        self.info = info

    def write(self, compiler: Compiler, selected: Selected, path: Path) -> Any:
        """A JSON object from id to object, of those the asker may see."""
        scope = compiler.scope(self.info)
        type_ = selected.walker.schema.type_map[self.info.type_name]
        assert isinstance(type_, GraphQLObjectType)
        return _by_id(compiler, scope, fields_json(compiler, scope, type_, selected.children(type_), path))


class ContinuedRoot:
    """One field of rows that another statement found, by their ids."""

    def __init__(self, continuation: Continuation) -> None:
        self.continuation = continuation

    def write(self, compiler: Compiler, path: Path) -> Any:
        """A JSON list of ids, each with an object that holds the field's value."""
        left = self.continuation
        compiler.axes = left.axes
        scope = compiler.scope(left.info)
        here = (*path, VALUE_KEY)
        value = answered(compiler, here, lambda: left.field.write(compiler, scope, left.selected, here))
        return _by_id(compiler, scope, compiler.json.object([(VALUE_KEY, value)]))


def _by_id(compiler: Compiler, scope: Scope, shown: Any) -> Any:
    found = compiler.binds.contains(scope.id, from_context("result_ids"), UuidType())
    seen = guard.conditions(guard.may(compiler, scope))
    rows = (
        sa.select(scope.id.label("id"), shown.label("item"))
        .select_from(scope.table())
        .where(scope.tenant == compiler.context("tenant"), found, *seen)
        .subquery(compiler.alias("o"))
    )
    pair = compiler.json.object([("id", rows.c.id), ("item", compiler.json.nest(rows.c.item))])
    return compiler.json.nest(compiler.json.array(rows, pair).scalar_subquery())
