"""The filter language: what `where` says, as an SQL condition on a row."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import Grouping

from xrm_core.custom.definitions import API_NAME
from xrm_core.db.types import DateType, UuidType
from xrm_core.declare.registry import InverseInfo, ResourceInfo
from xrm_core.declare.specs import ComputedSpec, FieldSpec, Kind, LinkSpec
from xrm_core.errors import Invalid
from xrm_core.query import guard
from xrm_core.query.binds import Request, Source, source_of
from xrm_core.query.compiler import BASE_FIELDS, Compiler, refuse_hidden
from xrm_core.query.cost import LIST_LOOK
from xrm_core.query.custom import PREFIX, custom_spec
from xrm_core.query.operators import compare
from xrm_core.query.scope import Scope
from xrm_core.text import camel

Tree = Mapping[str, Any]
_LONGEST_CHAIN = 40


def where(compiler: Compiler, scope: Scope, tree: Tree | None, *, guarded: bool = True) -> Any:
    """The condition that `tree` states. Guarded, what the asker may not see neither matches nor can be asked about.

    Null in the place of a filter says nothing, as if it were left out.
    """
    terms = [
        _term(compiler, scope, name, value, guarded)
        for name, value in (tree or {}).items()
        if value is not None
    ]
    return _all(terms)


def _all(terms: list[Any]) -> Any:
    return terms[0] if len(terms) == 1 else _joined(sa.and_, [sa.true(), *terms])


def _joined(join: Callable[..., Any], terms: list[Any]) -> Any:
    """Long chains in groups: SQLite reads one as a tree as deep as it is long, and refuses what is too deep."""
    if len(terms) <= _LONGEST_CHAIN:
        return join(*terms)
    groups = [terms[start : start + _LONGEST_CHAIN] for start in range(0, len(terms), _LONGEST_CHAIN)]
    return join(*(Grouping(join(*group)) for group in groups))


def _term(compiler: Compiler, scope: Scope, name: str, value: Any, guarded: bool) -> Any:
    _count(compiler, guarded)
    if name in ("and", "or"):
        parts = [where(compiler, scope, part, guarded=guarded) for part in value]
        return _all(parts) if name == "and" else _joined(sa.or_, [sa.false(), *parts])
    if name == "not":
        return sa.not_(sa.func.coalesce(where(compiler, scope, value, guarded=guarded), sa.false()))
    if name == API_NAME:
        return _custom_terms(compiler, scope, value, guarded)
    part = find(compiler, scope.info, name)
    if isinstance(part, FieldSpec | ComputedSpec):
        return _value_term(compiler, scope, name, part, value, guarded)
    if isinstance(part, LinkSpec):
        if name != camel(part.name):
            return _id_term(compiler, scope, part, value, guarded)
        return _link_term(compiler, scope, part, value, guarded)
    if isinstance(part, InverseInfo):
        return _list_term(compiler, scope, part, value, guarded)
    if isinstance(part, Namespace):
        return _all(
            [
                _inside(compiler, scope, part, key, item, guarded)
                for key, item in value.items()
                if item is not None
            ]
        )
    raise Invalid(f"{scope.info.type_name} cannot be filtered by {name}.", field=name)


class Namespace:
    """The part of a resource that a plugin adds under its own name."""

    def __init__(self, name: str, extension: ResourceInfo | None, inverses: dict[str, InverseInfo]) -> None:
        self.name = name
        self.extension = extension
        self.inverses = inverses


def find(compiler: Compiler, info: ResourceInfo, name: str) -> Any:
    """The part of a resource that an API name in a filter or order means; None if there is none.

    A custom field is named `customFields.region`, which no name of the API can be. Raises: WrongCustomField.
    """
    if name.startswith(PREFIX):
        return custom_spec(compiler, info, name.removeprefix(PREFIX))
    if name in BASE_FIELDS:
        return BASE_FIELDS[name]
    parts = info.api_names()
    if name in parts:
        return parts[name]
    for suffix in ("Id", "Currency"):
        if name.endswith(suffix) and (spec := parts.get(name.removesuffix(suffix))) is not None:
            if suffix == "Id" and isinstance(spec, LinkSpec):
                return spec
            is_value = isinstance(spec, FieldSpec | ComputedSpec)
            if suffix == "Currency" and is_value and spec.kind is Kind.MONEY:
                return currency_of(spec)
    inverses = compiler.inverses(info)
    if name in inverses:
        return inverses[name]
    inside = {inverse.name: inverse for inverse in inverses.values() if inverse.namespace == name}
    extension = compiler.extension(info, name)
    return Namespace(name, extension, inside) if extension or inside else None


def currency_of(spec: FieldSpec | ComputedSpec) -> FieldSpec | ComputedSpec:
    """The currency of a Money field, as a field."""
    if isinstance(spec, ComputedSpec):
        assert spec.currency is not None
        name = f"{spec.name}_currency"
        return ComputedSpec(str, spec.currency, spec.hideable, name=name, kind=Kind.CODE)
    return FieldSpec(
        name=f"{spec.name}_currency", kind=Kind.CODE, nullable=spec.nullable, hideable=spec.hideable
    )


def extension_row(
    compiler: Compiler, extension: ResourceInfo, scope: Scope, *, wanted: Any = None, guarded: bool = True
) -> tuple[Scope, Any]:
    """The 1:1 part of a row (of `scope`, or the one with the id `wanted`) and the FROM that has it, or nulls."""
    inner = compiler.scope(extension, origin="id")
    inner.owner, inner.wanted = scope, scope.id if wanted is None else wanted
    verdict = guard.may(compiler, inner) if guarded else True
    alias = compiler.alias("one")
    columns: list[Any] = [sa.literal_column("1").label("one")]
    if not (isinstance(verdict, bool) or inner.used):
        # What is seen depends on what it is a part of alone: where that is not seen, nothing is asked about.
        columns.append(sa.case((verdict, inner.wanted)).label("wanted"))
        inner.wanted, verdict = sa.literal_column(f"{alias}.wanted", UuidType()), True
    inner.is_open = verdict is True
    one = sa.select(*columns).subquery(alias)
    same = sa.and_(inner.tenant == scope.tenant, inner.id == inner.wanted, *guard.conditions(verdict))
    return inner, one.outerjoin(inner.table(), same)


def _inside(compiler: Compiler, scope: Scope, part: Namespace, name: str, value: Any, guarded: bool) -> Any:
    _count(compiler, guarded)
    if name in part.inverses:
        return _list_term(compiler, scope, part.inverses[name], value, guarded)
    if part.extension is None:
        raise Invalid(f"{part.name} cannot be filtered by {name}.", field=name)
    if isinstance(find(compiler, part.extension, name), ComputedSpec) or _holds_for_null(value):
        # Where the plugin has no row yet its stored values are null, and what it computes is there all the same.
        inner, row = extension_row(compiler, part.extension, scope, guarded=guarded)
        condition = where(compiler, inner, {name: value}, guarded=guarded)
        return sa.exists(sa.select(sa.literal_column("1")).select_from(row).where(condition))
    inner = compiler.scope(part.extension, origin="id")
    same = sa.and_(inner.tenant == scope.tenant, inner.id == scope.id)
    condition = where(compiler, inner, {name: value}, guarded=guarded)
    return _exists(inner, same, condition, *_seen(compiler, inner, guarded))


def _holds_for_null(operators: Any) -> bool:
    """Whether a condition on a value may hold where there is none."""
    return any(
        operator in ("ne", "notIn") or (operator == "eq" and operand is None) or operator == "isNull"
        for operator, operand in operators.items()
    )


def _value_term(
    compiler: Compiler, scope: Scope, name: str, spec: FieldSpec | ComputedSpec, value: Any, guarded: bool
) -> Any:
    _refuse_if_hidden(compiler, scope, spec, name, guarded)
    if not isinstance(value, Mapping):
        raise Invalid(f"{name} takes operators, such as {{ eq: … }}.", field=name)
    return _all([compare(compiler, scope, spec, operator, operand) for operator, operand in value.items()])


def _custom_terms(compiler: Compiler, scope: Scope, given: Any, guarded: bool) -> Any:
    """Conditions on custom fields: all of them hold. A rule may still ask about what was retired since."""
    terms = []
    for item in given if isinstance(given, list) else [given]:
        _count(compiler, guarded)
        if not isinstance(item, Mapping):
            raise Invalid(f"{API_NAME} takes conditions such as {{ key: …, eq: … }}.", field=API_NAME)
        operators = dict(item)
        spec = custom_spec(compiler, scope.info, operators.pop("key", None), retired=not guarded)
        terms.append(_value_term(compiler, scope, spec.definition.api_name, spec, operators, guarded))
    return _all(terms)


def _refuse_if_hidden(
    compiler: Compiler, scope: Scope, spec: FieldSpec | ComputedSpec | LinkSpec, name: str, guarded: bool
) -> None:
    if guarded and spec.hideable and guard.shows(compiler, scope, spec.name) is not True:
        raise refuse_hidden(name)


def _id_term(compiler: Compiler, scope: Scope, spec: LinkSpec, value: Any, guarded: bool) -> Any:
    as_field = FieldSpec(name=spec.column, kind=Kind.ID, nullable=spec.nullable)
    seen = link_value(compiler, scope, spec) if guarded else scope.column(spec.column)
    terms = [
        compare(compiler, scope, as_field, operator, operand, column=seen)
        for operator, operand in value.items()
    ]
    return _all(terms)


def _link_term(compiler: Compiler, scope: Scope, spec: LinkSpec, value: Any, guarded: bool) -> Any:
    _refuse_if_hidden(compiler, scope, spec, camel(spec.name), guarded)
    target = compiler.scope(compiler.resource(spec.target))
    _weigh(compiler, 1, guarded)
    condition = where(compiler, target, value, guarded=guarded)
    # What a link points to is shown whether or not it holds today, so it is asked about alike.
    seen = guard.conditions(guard.may(compiler, target)) if guarded else []
    return _found(compiler, scope, target, [(target.id, scope.column(spec.column))], [condition, *seen])


def link_column(compiler: Compiler, scope: Scope, spec: LinkSpec) -> Any:
    """The id a link holds, to join what it points to. Raises: Invalid if a policy hides the link."""
    _refuse_if_hidden(compiler, scope, spec, camel(spec.name), guarded=True)
    return scope.column(spec.column)


def link_value(compiler: Compiler, scope: Scope, spec: LinkSpec) -> Any:
    """The id a link holds, null where the asker may not see the object: then there is none. Raises: Invalid."""
    column = link_column(compiler, scope, spec)
    target = compiler.scope(compiler.resource(spec.target))
    # A row whose required link is hidden is hidden itself.
    verdict = guard.may(compiler, target) if spec.nullable else True
    if verdict is False:
        return sa.cast(sa.null(), UuidType())
    if verdict is True and not (scope.is_past or target.is_past):
        return column
    same = sa.and_(target.tenant == scope.tenant, target.id == column)
    return sa.case((_exists(target, same, *guard.conditions(verdict)), column), else_=sa.null())


def _list_term(compiler: Compiler, scope: Scope, inverse: InverseInfo, value: Tree, guarded: bool) -> Any:
    terms: list[Any] = []
    for quantifier, inner in value.items():
        if inner is None:
            continue
        if quantifier == "aggregate":
            terms.append(_aggregate_term(compiler, scope, inverse, inner, guarded))
            continue
        _weigh(compiler, LIST_LOOK, guarded)
        other = compiler.listed(inverse)
        ends = [(other.column(spec.column), scope.id) for spec in inverse.links]
        seen = _seen(compiler, other, guarded)
        seen += guard.is_listed(compiler, other, inverse) if guarded else []
        condition = where(compiler, other, inner, guarded=guarded)
        if quantifier == "every":
            condition = sa.not_(sa.func.coalesce(condition, sa.false()))
        found = _found(compiler, scope, other, ends, [*seen, condition])
        terms.append(found if quantifier == "some" else sa.not_(found))
    return _all(terms)


def _aggregate_term(
    compiler: Compiler, scope: Scope, inverse: InverseInfo, value: Tree, guarded: bool
) -> Any:
    from xrm_core.query.aggregate import (
        asked_in,
        comparable,
        correlated,
    )  # aggregates filter their rows with this language

    terms = []
    for asked, operators in asked_in(value, guarded=guarded):
        _count(compiler, guarded)
        _weigh(compiler, LIST_LOOK, guarded)
        number, spec = correlated(compiler, scope, inverse, asked)
        terms += [
            compare(
                compiler, scope, spec, operator, item,
                column=comparable(compiler, asked, number, operator, item),
            )
            for operator, item in operators.items()
        ]  # fmt: skip
    return _all(terms)


def _count(compiler: Compiler, guarded: bool) -> None:
    # How much rules ask is not the asker's doing.
    if guarded:
        compiler.count_condition()


def _weigh(compiler: Compiler, rows: int, guarded: bool) -> None:
    # What access rules look at is not the asker's doing.
    if guarded:
        compiler.meter.add(rows)


def _seen(compiler: Compiler, scope: Scope, guarded: bool) -> list[Any]:
    return dated(compiler, scope) + (guard.conditions(guard.may(compiler, scope)) if guarded else [])


def dated(compiler: Compiler, scope: Scope) -> list[Any]:
    """For what holds from a day to a day: that it holds on the day asked about."""
    valid = scope.info.valid
    if valid is None or scope.versions_of is not None:
        return []
    day = day_asked(compiler)
    begins, ends = scope.column(valid[0]), scope.column(valid[1])
    return [sa.or_(begins.is_(None), begins <= day), sa.or_(ends.is_(None), ends > day)]


def day_asked(compiler: Compiler) -> Any:
    """The day the question is about: today, unless a moment is given."""
    as_of = compiler.axes.as_of
    if as_of is None:
        return compiler.context("today")
    return compiler.binds.bind(_day_of(source_of(as_of)), DateType())


def _day_of(source: Source) -> Source:
    """The business day of a moment, where the asker works. Raises: Invalid at the ends of the calendar."""

    def day(request: Request) -> Any:
        try:
            return request.actor.today(source(request))
        except OverflowError as wrong:
            raise Invalid("This moment is outside the calendar.", field="asOf") from wrong

    return day


def _found(
    compiler: Compiler, scope: Scope, other: Scope, ends: Sequence[tuple[Any, Any]], conditions: list[Any]
) -> Any:
    """That there is a row of `other` with these conditions, one of whose keys is the value beside it, of `scope`.

    Where statements are to be nested less, such rows are looked for in front of the statement, for all rows at once.
    """
    if not compiler.nesting.hoists or other.is_past or other.latest:
        same = [sa.and_(other.tenant == scope.tenant, key == value) for key, value in ends]
        return _exists(other, sa.or_(*same), *conditions)
    keys = [key.label(f"k{position}") for position, (key, _) in enumerate(ends)]
    tenant = other.tenant == compiler.context("tenant")
    rows = sa.select(*keys).select_from(other.table()).where(tenant, *conditions).cte(compiler.alias("found"))
    # Where there is no key, or no value, there is no such row, which is less than not knowing.
    either = [
        sa.func.coalesce(value.in_(sa.select(key).where(key.is_not(None))), sa.false())
        for (_, value), key in zip(ends, rows.c, strict=True)
    ]
    return sa.or_(*either)


def _exists(scope: Scope, *conditions: Any) -> Any:
    return sa.exists(sa.select(sa.literal_column("1")).select_from(scope.table()).where(*conditions))
