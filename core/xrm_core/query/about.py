"""Rows that tell of any object (audit entries, histories): who may not see the object sees nothing of them.

What they tell of is judged as it is today. Of an object that is gone only those hear who see all of its kind.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import Grouping

from xrm_core.custom.definitions import COLUMN
from xrm_core.db.types import UuidType
from xrm_core.declare.registry import REGISTRY, ResourceInfo
from xrm_core.query import guard
from xrm_core.query.compiler import Axes, Compiler
from xrm_core.query.jsonsql import JSON, literal
from xrm_core.query.scope import Scope

AUDIT = "core.audit_event"
_UUID = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
# What an entry calls the columns of an amount.
_COLUMNS = ("", "_amount", "_currency")


def told_of_is_seen(compiler: Compiler, scope: Scope) -> Any:
    """The asker may see what the row tells of, or it tells of nothing."""
    about = scope.info.model.__about__
    # Below the object itself, which is seen.
    if about is None or scope.origin == "object":
        return True
    kind, ways = scope.column(about[0]), list(_ways(compiler, scope.info))
    rest = _sees_everything(compiler)
    if rest and all(verdict is True for _, verdict in ways):
        return True
    either = [kind.is_(None), _among(kind, [other.info.name for other, verdict in ways if verdict is True])]
    if rest:
        either.append(kind.not_in([literal(other.info.name) for other, _ in ways]))
    object_id = _id(compiler, scope, about[1])
    for other, verdict in ways:
        if not isinstance(verdict, bool):
            same = sa.and_(other.tenant == scope.tenant, other.id == object_id)
            rows: Any = sa.select(sa.literal_column("1")).select_from(other.table()).where(same, verdict)
            # Shallow: each is a chain of what it requires, and SQLite's parser holds no more than a hundred symbols.
            either.append(sa.and_(kind == literal(other.info.name), sa.exists(rows)))
    return sa.or_(*either)


def _ways(compiler: Compiler, info: ResourceInfo) -> Iterator[tuple[Scope, Any]]:
    """A row of each kind that may be told of, and what the asker sees of such."""
    asked, compiler.axes = compiler.axes, Axes()
    for other in REGISTRY.enabled(compiler.plugins):
        # Only the audit tells of what tells of others.
        is_told_of = other.name != info.name and (other.model.__about__ is None or info.name == AUDIT)
        if is_told_of and (other.lifecycle is not None or not info.model.__about_lives__):
            row = compiler.scope(other)
            yield row, guard.may(compiler, row)
    compiler.axes = asked


def _sees_everything(compiler: Compiler) -> bool:
    """Whether what is no kind of object here, of a plugin that is gone say, is seen too."""
    grant = compiler.access.grant("*", "read")
    return any(not (clause.role or clause.rule) for clause in grant.allow) and not grant.deny


def _id(compiler: Compiler, scope: Scope, name: str) -> Any:
    column = scope.column(name)
    if isinstance(column.type, UuidType) or compiler.json.sqlite:
        return column
    # Of what is no id there is no object, and PostgreSQL is not asked to read it as one.
    return sa.case((column.regexp_match(literal(_UUID)), sa.cast(column, UuidType())))


@dataclass(frozen=True, slots=True)
class _Telling:
    """Kinds of objects of which changes are shown: all, or the one that the entry is about; which fields are not."""

    whole: list[str]
    own: list[str]
    hidden: list[str]
    is_all: bool


def seen_changes(compiler: Compiler, scope: Scope, changes: Any) -> Any:
    """The changes of an audit entry, as the asker may see them today: objects and values that they see."""
    telling = _telling(compiler, scope)
    if telling.is_all:
        return changes
    entries = _items(compiler, changes)
    kind = _text(entries.value, "type")
    is_own = sa.and_(
        kind == scope.column("object_type"),
        _text(entries.value, "id") == scope.column("object_id"),
        _among(kind, telling.own),
    )
    shown = entries.value
    if telling.hidden:
        values = _items(compiler, _member(shown, "values"))
        named = kind.concat(literal(" ")).concat(_text(values.value, "field"))
        kept = _array(compiler, values, values.value, sa.not_(_among(named, telling.hidden)))
        members: list[tuple[str, Any]] = [(name, _member(shown, name)) for name in ("type", "id", "kind")]
        shown = compiler.json.object([*members, ("values", kept)])
    return _array(compiler, entries, shown, sa.or_(_among(kind, telling.whole), is_own))


def _telling(compiler: Compiler, scope: Scope) -> _Telling:
    whole: list[str] = []
    own: list[str] = []
    hidden: list[str] = []
    ways = list(_ways(compiler, scope.info))
    for row, verdict in ways:
        if verdict is not False:
            (whole if verdict is True else own).append(row.info.name)
            hidden += [f"{row.info.name} {name}" for name in _hidden(compiler, row)]
    is_all = len(whole) == len(ways) and not hidden and _sees_everything(compiler)
    return _Telling(whole, own, hidden, is_all)


def _hidden(compiler: Compiler, row: Scope) -> Iterator[str]:
    """The names, in audit entries, of the fields of which the asker does not see every value."""
    for name, spec in row.info.stored().items():
        if spec.hideable and guard.shows(compiler, row, name) is not True:
            yield from (f"{name}{column}" for column in _COLUMNS)
    if row.info.custom:
        for key in compiler.custom_fields.fields.get(row.info.name, ()):
            if guard.shows(compiler, row, f"{COLUMN}.{key}") is not True:
                compiler.uses_custom_fields = True
                yield f"{COLUMN}.{key}"


@dataclass(frozen=True, slots=True)
class _Items:
    """The items of a JSON list as rows; named as text, so that they are those around, however deep they are named."""

    table: Any
    value: Any
    place: Any


def _items(compiler: Compiler, listed: Any) -> _Items:
    """The items of a list, none of what is no list."""
    alias = compiler.alias("i")
    value: Any = sa.literal_column(f"{alias}.value", JSON)
    place: Any = sa.literal_column(f"{alias}.key")
    if compiler.json.sqlite:
        is_list = sa.func.json_type(listed) == literal("array")
        array = sa.case((is_list, listed), else_=literal("[]"))
        return _Items(sa.func.json_each(array).table_valued("value", "key").alias(alias), value, place)
    is_list = sa.func.json_typeof(listed) == literal("array")
    array = sa.case((is_list, listed), else_=compiler.json.constant("[]"))
    rows = sa.func.json_array_elements(array).table_valued("value", with_ordinality="key")
    return _Items(rows.render_derived(name=alias), value, place)


def _array(compiler: Compiler, items: _Items, item: Any, condition: Any) -> Any:
    """These items, in their order."""
    # SQLite keeps an order inside an aggregate only where a limit stands beside it.
    limit: Any = sa.literal_column("1000000")
    kept = sa.select(compiler.json.nest(item).label("item")).select_from(items.table).where(condition)
    table = kept.order_by(items.place).limit(limit).subquery(compiler.alias("c"))
    return compiler.json.nest(compiler.json.array(table, table.c.item).scalar_subquery())


def _member(value: Any, name: str) -> Any:
    return value.op("->", precedence=15, return_type=JSON)(literal(name))


def _text(value: Any, name: str) -> Any:
    # In brackets: || binds as tightly.
    return Grouping(value.op("->>", precedence=15, return_type=sa.Text())(literal(name)))


def _among(text: Any, names: list[str]) -> Any:
    return text.in_([literal(name) for name in names]) if names else sa.false()
