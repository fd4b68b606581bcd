"""The filter language: what `where` says, as an SQL condition on a row."""

from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa

from xrm_core.declare.registry import InverseInfo, ResourceInfo
from xrm_core.declare.specs import ComputedSpec, FieldSpec, Kind, LinkSpec
from xrm_core.errors import Invalid
from xrm_core.query import guard
from xrm_core.query.binds import Leaf
from xrm_core.query.compiler import BASE_FIELDS, Compiler, refuse_hidden
from xrm_core.query.operators import compare
from xrm_core.query.scope import Scope

Tree = Mapping[str, Any]


def where(compiler: Compiler, scope: Scope, tree: Tree | None, *, guarded: bool = True) -> Any:
    """The condition that `tree` states. Guarded, what the asker may not see neither matches nor can be asked about."""
    terms = [
        _term(compiler, scope, name, value, guarded)
        for name, value in (tree or {}).items()
        if value is not None or name in ("and", "or", "not")
    ]
    return sa.and_(sa.true(), *terms) if len(terms) != 1 else terms[0]


def _term(compiler: Compiler, scope: Scope, name: str, value: Any, guarded: bool) -> Any:
    if name in ("and", "or"):
        parts = [where(compiler, scope, part, guarded=guarded) for part in value or []]
        return sa.and_(sa.true(), *parts) if name == "and" else sa.or_(sa.false(), *parts)
    if name == "not":
        return sa.not_(sa.func.coalesce(where(compiler, scope, value, guarded=guarded), sa.false()))
    part = find(compiler, scope.info, name)
    if isinstance(part, FieldSpec | ComputedSpec):
        return _value_term(compiler, scope, name, part, value, guarded)
    if isinstance(part, LinkSpec):
        return _link_term(compiler, scope, part, value, guarded, by_id=name.endswith("Id"))
    if isinstance(part, InverseInfo):
        return _list_term(compiler, scope, part, value, guarded)
    if isinstance(part, Namespace):
        return sa.and_(
            sa.true(), *[_inside(compiler, scope, part, key, item, guarded) for key, item in value.items()]
        )
    raise Invalid(f"{scope.info.type_name} cannot be filtered by {name}.", field=name)


class Namespace:
    """The part of a resource that a plugin adds under its own name."""

    def __init__(self, name: str, extension: ResourceInfo | None, inverses: dict[str, InverseInfo]) -> None:
        self.name = name
        self.extension = extension
        self.inverses = inverses


def find(compiler: Compiler, info: ResourceInfo, name: str) -> Any:
    """The part of a resource that an API name in a filter or order means; None if there is none."""
    if name in BASE_FIELDS:
        return BASE_FIELDS[name]
    parts = info.api_names()
    if name in parts:
        return parts[name]
    for suffix in ("Id", "Currency"):
        if name.endswith(suffix) and (spec := parts.get(name.removesuffix(suffix))) is not None:
            if suffix == "Id" and isinstance(spec, LinkSpec):
                return spec
            if suffix == "Currency" and isinstance(spec, FieldSpec) and spec.kind is Kind.MONEY:
                return currency_of(spec)
    inverses = compiler.inverses(info)
    if name in inverses:
        return inverses[name]
    inside = {
        inverse.name: inverse for inverse in inverses.values() if inverse.namespace == name
    }
    extension = compiler.extension(info, name)
    return Namespace(name, extension, inside) if extension or inside else None


def currency_of(spec: FieldSpec) -> FieldSpec:
    """The currency of a Money field, as a field."""
    return FieldSpec(name=f"{spec.name}_currency", kind=Kind.CODE, nullable=spec.nullable, hideable=spec.hideable)


def extension_scope(compiler: Compiler, extension: ResourceInfo, scope: Scope) -> tuple[Scope, Any]:
    """The row of a 1:1 part and the condition that it belongs to `scope`."""
    inner = compiler.scope(extension, origin="id")
    return inner, sa.and_(inner.tenant == scope.tenant, inner.id == scope.id)


def _inside(compiler: Compiler, scope: Scope, part: Namespace, name: str, value: Any, guarded: bool) -> Any:
    if name in part.inverses:
        return _list_term(compiler, scope, part.inverses[name], value, guarded)
    if part.extension is None:
        raise Invalid(f"{part.name} cannot be filtered by {name}.", field=name)
    inner, same = extension_scope(compiler, part.extension, scope)
    condition = where(compiler, inner, {name: value}, guarded=guarded)
    return _exists(inner, same, condition, *_seen(compiler, inner, guarded))


def _value_term(
    compiler: Compiler, scope: Scope, name: str, spec: FieldSpec | ComputedSpec, value: Any, guarded: bool
) -> Any:
    if guarded and spec.hideable:
        verdict = guard.shows(compiler, scope, spec.name)
        if verdict is not True:
            raise refuse_hidden(name)
    if isinstance(value, Leaf) or not isinstance(value, Mapping):
        raise Invalid(f"{name} takes operators, such as {{ eq: … }}.", field=name)
    terms = [compare(compiler, scope, spec, operator, operand) for operator, operand in value.items()]
    return sa.and_(sa.true(), *terms) if len(terms) != 1 else terms[0]


def _link_term(
    compiler: Compiler, scope: Scope, spec: LinkSpec, value: Any, guarded: bool, *, by_id: bool
) -> Any:
    if by_id:
        as_field = FieldSpec(name=spec.column, kind=Kind.ID, nullable=spec.nullable)
        terms = [compare(compiler, scope, as_field, operator, operand) for operator, operand in value.items()]
        return sa.and_(sa.true(), *terms)
    target = compiler.scope(compiler.resource(spec.target))
    same = sa.and_(target.tenant == scope.tenant, target.id == scope.column(spec.column))
    return _exists(target, same, where(compiler, target, value, guarded=guarded), *_seen(compiler, target, guarded))


def _list_term(compiler: Compiler, scope: Scope, inverse: InverseInfo, value: Tree, guarded: bool) -> Any:
    terms: list[Callable[[], Any]] = []
    for quantifier, inner in value.items():
        if quantifier == "aggregate":
            terms.append(_aggregate_term(compiler, scope, inverse, inner, guarded))
            continue
        other = compiler.scope(compiler.resource(inverse.source), origin=inverse.links[0].name)
        seen = [compiler.joined(scope, inverse, other), *_seen(compiler, other, guarded)]
        condition = where(compiler, other, inner, guarded=guarded)
        if quantifier == "every":
            terms.append(sa.not_(_exists(other, *seen, sa.not_(sa.func.coalesce(condition, sa.false())))))
        else:
            found = _exists(other, *seen, condition)
            terms.append(found if quantifier == "some" else sa.not_(found))
    return sa.and_(sa.true(), *terms)


def _aggregate_term(compiler: Compiler, scope: Scope, inverse: InverseInfo, value: Tree, guarded: bool) -> Any:
    from xrm_core.query.aggregate import correlated  # aggregates filter their rows with this language

    terms = []
    for function, operand in value.items():
        if function == "where":
            continue
        fields = {None: operand} if function == "count" else operand
        for name, operators in fields.items():
            number, spec = correlated(
                compiler, scope, inverse, function, name, value.get("where"), guarded=guarded
            )
            terms += [
                compare(compiler, scope, spec, operator, item, column=number) for operator, item in operators.items()
            ]
    return sa.and_(sa.true(), *terms)


def _seen(compiler: Compiler, scope: Scope, guarded: bool) -> list[Any]:
    return dated(compiler, scope) + (guard.conditions(guard.may(compiler, scope)) if guarded else [])


def dated(compiler: Compiler, scope: Scope) -> list[Any]:
    """For what holds from a day to a day: that it holds on the day asked about (today unless said)."""
    fields = scope.info.fields
    if "valid_from" not in fields or "valid_to" not in fields:
        return []
    day = compiler.as_of if compiler.as_of is not None else compiler.context("today")
    begins, ends = scope.column("valid_from"), scope.column("valid_to")
    return [sa.or_(begins.is_(None), begins <= day), sa.or_(ends.is_(None), ends > day)]


def _exists(scope: Scope, *conditions: Any) -> Any:
    return sa.exists(sa.select(sa.literal_column("1")).select_from(scope.table()).where(*conditions))
