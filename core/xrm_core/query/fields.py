"""How each kind of field in a selection is written in SQL. The schema carries one of these on every derived field."""

from typing import Any, Protocol

import sqlalchemy as sa
from graphql import GraphQLObjectType, get_named_type

from xrm_core.db.types import UuidType
from xrm_core.declare.registry import InverseInfo, ResourceInfo
from xrm_core.declare.specs import ComputedSpec, FieldSpec, Kind, LinkSpec, OtherEndSpec, VirtualSpec
from xrm_core.query import guard
from xrm_core.query.about import seen_changes
from xrm_core.query.answering import answered
from xrm_core.query.compiler import LIST_SYMBOLS, OBJECT_SYMBOLS, Compiler, Path, VirtualUse
from xrm_core.query.grouped import grouped
from xrm_core.query.jsonsql import literal
from xrm_core.query.lists import LARGEST_FIRST, Page, connection, plain_list
from xrm_core.query.operands import exact_id
from xrm_core.query.scope import Scope
from xrm_core.query.selection import Selected
from xrm_core.query.where import currency_of, dated, extension_row

# Kinds whose JSON is written with their value several times over.
_WRITTEN_OUT = frozenset({Kind.MONEY, Kind.DECIMAL, Kind.MOMENT})


class SqlField(Protocol):
    """A field that the database answers."""

    def write(self, compiler: Compiler, scope: Scope, selected: Selected, path: Path) -> Any:
        """The field's JSON as an SQL expression on the row `scope`."""


def object_of(selected: Selected) -> GraphQLObjectType:
    """The object type a field answers with."""
    type_ = get_named_type(selected.definition.type)
    assert isinstance(type_, GraphQLObjectType)
    return type_


def row_json(compiler: Compiler, scope: Scope, selected: Selected, path: Path) -> Any:
    """A row as the JSON object that a field selects of it."""
    return fields_json(compiler, scope, object_of(selected), selected.children(object_of(selected)), path)


def fields_json(
    compiler: Compiler, scope: Scope, type_: GraphQLObjectType, children: list[Selected], path: Path
) -> Any:
    """A row as a JSON object with these fields."""
    pairs = []
    for child in children:
        if child.name == "__typename":
            pairs.append((child.key, literal(type_.name)))
            continue
        pairs.append((child.key, field_json(compiler, scope, child, (*path, child.key))))
    return compiler.json.object(pairs)


def field_json(compiler: Compiler, scope: Scope, selected: Selected, path: Path) -> Any:
    """One field of a row as JSON, or a mark if it was asked wrongly."""
    field: SqlField = selected.definition.extensions["sql"]
    return answered(compiler, path, lambda: field.write(compiler, scope, selected, path))


class ValueField:
    """A stored or computed value; hidden, it is null and named."""

    def __init__(self, spec: FieldSpec | ComputedSpec) -> None:
        self.spec = spec

    def write(self, compiler: Compiler, scope: Scope, selected: Selected, path: Path) -> Any:
        """The value, or null where a policy hides it."""
        verdict = guard.shows(compiler, scope, self.spec.name) if self.spec.hideable else True
        if verdict is not True:
            compiler.hide(path)
        if verdict is False:
            return sa.null()
        value = scope.value(self.spec)
        if isinstance(self.spec, FieldSpec) and self.spec.meta.get("tells"):
            value = seen_changes(compiler, scope, value)
        repeats = isinstance(self.spec, ComputedSpec) and self.spec.kind in _WRITTEN_OUT
        shown = (
            self._once(compiler, scope, selected, value)
            if repeats
            else self._shown(compiler, scope, selected, value)
        )
        return shown if verdict is True else sa.case((verdict, shown), else_=sa.null())

    def _once(self, compiler: Compiler, scope: Scope, selected: Selected, value: Any) -> Any:
        """The value worked out once and then shown: its text names it several times."""
        alias = compiler.alias("v")
        inner = sa.select(value.label("value")).subquery(alias)
        column = sa.literal_column(f"{alias}.value", value.type)
        shown = sa.select(self._shown(compiler, scope, selected, column)).select_from(inner).scalar_subquery()
        return compiler.json.nest(shown) if self.spec.kind is Kind.MONEY else shown

    def _shown(self, compiler: Compiler, scope: Scope, selected: Selected, value: Any) -> Any:
        if self.spec.kind is Kind.MONEY:
            return self._money(compiler, scope, selected, value)
        return compiler.json.value(self.spec.kind, value)

    def _money(self, compiler: Compiler, scope: Scope, selected: Selected, amount: Any) -> Any:
        pairs = []
        for child in selected.children(object_of(selected)):
            if child.name == "amount":
                pairs.append((child.key, compiler.json.decimal(amount)))
            elif child.name == "currency":
                pairs.append((child.key, scope.value(currency_of(self.spec))))
            else:
                pairs.append((child.key, literal("Money")))
        shown = compiler.json.object(pairs)
        return sa.case((amount.is_(None), sa.null()), else_=shown) if self.spec.nullable else shown


class LinkField:
    """The object at the other end of a link, if the asker may see it."""

    def __init__(self, spec: LinkSpec) -> None:
        self.spec = spec

    def write(self, compiler: Compiler, scope: Scope, selected: Selected, path: Path) -> Any:
        """The object, or null."""
        verdict = guard.shows(compiler, scope, self.spec.name) if self.spec.hideable else True
        if verdict is not True:
            compiler.hide(path)
        if verdict is False:
            return sa.null()
        if compiler.has_no_room(OBJECT_SYMBOLS, scope):
            return compiler.continued(self, scope, selected, path)
        column = scope.column(self.spec.column)
        wanted = column if verdict is True else sa.case((verdict, column), else_=sa.null())
        return _one(compiler, self.spec.target, wanted, scope, selected, path)


class OtherEndField:
    """The end of an edge that was not come from."""

    def __init__(self, info: ResourceInfo, spec: OtherEndSpec) -> None:
        self.first, self.second = info.links[spec.first], info.links[spec.second]

    def write(self, compiler: Compiler, scope: Scope, selected: Selected, path: Path) -> Any:
        """The other object."""
        first, second = scope.column(self.first.column), scope.column(self.second.column)
        other = second if scope.parent is None else sa.case((first == scope.parent, second), else_=first)
        return _one(compiler, self.second.target, other, scope, selected, path)


def _is_id(selected: Selected) -> bool:
    """Whether nothing but the id of a link's object is selected."""
    names = {child.name for child in selected.children(object_of(selected))}
    return names <= {"id", "__typename"}


def _one(compiler: Compiler, resource: str, wanted: Any, scope: Scope, selected: Selected, path: Path) -> Any:
    target = compiler.scope(compiler.resource(resource))
    verdict = guard.may(compiler, target)
    if verdict is True and not (scope.is_past or target.is_past) and _is_id(selected):
        # It is there, for there is a link to it, and everybody sees it: its table need not be asked.
        pairs = [
            (child.key, wanted if child.name == "id" else literal(object_of(selected).name))
            for child in selected.children(object_of(selected))
        ]
        return sa.case((wanted.is_(None), sa.null()), else_=compiler.json.object(pairs))
    seen = guard.conditions(verdict)
    compiler.meter.add()
    with compiler.deeper(OBJECT_SYMBOLS):
        shown = row_json(compiler, target, selected, path)
    same = (target.tenant == scope.tenant, target.id == wanted)
    return compiler.json.one(shown, target.table(), *same, *seen)


class ListField:
    """The objects that link to the row: a connection, or a plain list where the declaration says so."""

    def __init__(self, inverse: InverseInfo) -> None:
        self.inverse = inverse

    def write(self, compiler: Compiler, scope: Scope, selected: Selected, path: Path) -> Any:
        """One page of them."""
        if compiler.has_no_room(LIST_SYMBOLS, scope):
            return compiler.continued(self, scope, selected, path)
        other = compiler.listed(self.inverse)
        if len(self.inverse.links) > 1:
            other.parent, other.near = scope.id, frozenset(spec.name for spec in self.inverse.links)
        joined = [
            compiler.joined(scope, self.inverse, other),
            *guard.is_listed(compiler, other, self.inverse),
        ]
        # A plain list is not turned over page by page: it is there as a whole, up to the largest page.
        arguments = {"first": LARGEST_FIRST} if self.inverse.as_list else dict(selected.arguments)
        page = Page(compiler, other, arguments, joined, top=False, is_whole=self.inverse.as_list)
        with compiler.deeper(LIST_SYMBOLS):
            if self.inverse.as_list:
                return plain_list(page, lambda row: row_json(compiler, row, selected, path))
            return connection(
                page, selected, lambda child, row, here: row_json(compiler, row, child, here), path
            )


class GroupsField:
    """Groups of the objects that link to the row, with their numbers."""

    def __init__(self, inverse: InverseInfo) -> None:
        self.inverse = inverse

    def write(self, compiler: Compiler, scope: Scope, selected: Selected, path: Path) -> Any:
        """The groups; shares are parts of all that the asker may read."""
        if compiler.has_no_room(LIST_SYMBOLS, scope):
            return compiler.continued(self, scope, selected, path)
        other = compiler.listed(self.inverse)
        joined = sa.and_(
            compiler.joined(scope, self.inverse, other), *guard.is_listed(compiler, other, self.inverse)
        )
        return grouped(compiler, other, selected, path, joined=joined)


class NamespaceField:
    """What a plugin adds to a resource, under the plugin's name.

    `via_edge`: the plugin's values hang on the relationship, and a party reads them from the managed edge of the
    unit asked about (the asker's home unit unless said).
    """

    def __init__(self, extension: ResourceInfo | None, *, via_edge: bool = False) -> None:
        self.extension, self.via_edge = extension, via_edge

    def write(self, compiler: Compiler, scope: Scope, selected: Selected, path: Path) -> Any:
        """An object always; its stored values are null where the plugin has no row yet."""
        type_ = object_of(selected)
        children = selected.children(type_)
        if self.extension is None:
            return fields_json(compiler, scope, type_, children, path)
        wanted = self._edge(compiler, scope, selected) if self.via_edge else None
        inner, source = extension_row(compiler, self.extension, scope, wanted=wanted)
        compiler.meter.add()
        with compiler.deeper(OBJECT_SYMBOLS):
            pairs = [
                (child.key, self._member(compiler, scope, inner, child, (*path, child.key), type_.name))
                for child in children
            ]
        shown = compiler.json.object(pairs)
        return compiler.json.nest(sa.select(shown).select_from(source).scalar_subquery())

    def _member(
        self, compiler: Compiler, scope: Scope, inner: Scope, child: Selected, path: Path, type_name: str
    ) -> Any:
        if child.name == "__typename":
            return literal(type_name)
        row = inner if child.definition.extensions.get("inner") else scope
        return field_json(compiler, row, child, path)

    def _edge(self, compiler: Compiler, scope: Scope, selected: Selected) -> Any:
        edge = compiler.scope(compiler.resource("core.relationship"), origin="target")
        kind = compiler.scope(compiler.resource("core.relationship_type"))
        given = selected.arguments.get("unit")
        unit = (
            compiler.context("unit") if given is None else compiler.binds.value(given, UuidType(), exact_id)
        )
        typed = sa.and_(kind.tenant == edge.tenant, kind.id == edge.column("type_id"), kind.column("managed"))
        return (
            sa.select(edge.id)
            .select_from(edge.table().join(kind.table(), typed))
            .where(
                edge.tenant == scope.tenant,
                edge.column("target_id") == scope.id,
                edge.column("unit_id") == unit,
                *dated(compiler, edge),
                *guard.conditions(guard.may(compiler, edge)),
            )
            .order_by(kind.column("code"), edge.id)
            .limit(sa.literal_column("1"))
            .scalar_subquery()
        )


class VirtualField:
    """A value Python computes; the statement leaves the object's id in its place."""

    def __init__(self, info: ResourceInfo, spec: VirtualSpec) -> None:
        self.info, self.spec = info, spec

    def write(self, compiler: Compiler, scope: Scope, selected: Selected, path: Path) -> Any:
        """The id with the use's mark before it, to be replaced."""
        use = VirtualUse(path, self.info.name, self.spec.name, selected)
        compiler.virtuals.append(use)
        compiler.meter.add()
        # Of a 1:1 part that is not seen, or whose row would say whether it is, nothing is computed.
        object_id = scope.wanted if scope.is_open else scope.id
        return literal(use.mark).concat(sa.cast(object_id, sa.Text()))
