"""The order of a list: own and related fields and aggregates, nulls last, ties broken by id."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from xrm_core.declare.registry import InverseInfo
from xrm_core.declare.specs import ComputedSpec, FieldSpec, Kind, LinkSpec
from xrm_core.errors import Invalid
from xrm_core.query import guard
from xrm_core.query.aggregate import correlated, ranked
from xrm_core.query.compiler import BASE_FIELDS, Compiler, refuse_hidden
from xrm_core.query.scope import Scope
from xrm_core.query.where import Namespace, extension_scope, find


@dataclass(slots=True)
class Term:
    """One thing a list is sorted by: its expression, its type and the direction."""

    expression: Any
    kind: Kind
    descending: bool
    nullable: bool

    def clause(self) -> Any:
        """As ORDER BY takes it."""
        ordered = self.expression.desc() if self.descending else self.expression.asc()
        return ordered.nulls_last() if self.nullable else ordered


@dataclass(slots=True)
class Ordering:
    """The terms of an order and the tables they had to join."""

    terms: list[Term]
    joins: list[tuple[Any, Any]]

    def clauses(self) -> list[Any]:
        """The whole ORDER BY."""
        return [term.clause() for term in self.terms]


def ordering(compiler: Compiler, scope: Scope, given: Sequence[Mapping[str, Any]] | None, *, top: bool) -> Ordering:
    """The order asked for, made total by the id. `top`: the list is not one of many nested ones."""
    result = Ordering([], [])
    for item in given or []:
        if len(item) != 1:
            raise Invalid("Each item of orderBy names exactly one field.", field="orderBy")
        for name, value in item.items():
            result.terms.append(_term(compiler, scope, name, value, result, top=top))
    last_descending = result.terms[-1].descending if result.terms else False
    result.terms.append(Term(scope.column("id"), Kind.ID, last_descending, False))
    return result


def _term(compiler: Compiler, scope: Scope, name: str, value: Any, into: Ordering, *, top: bool) -> Term:
    part = find(compiler, scope.info, name)
    if isinstance(part, FieldSpec | ComputedSpec):
        return _field_term(compiler, scope, name, part, value)
    if isinstance(part, LinkSpec):
        target = compiler.scope(compiler.resource(part.target))
        same = sa.and_(target.tenant == scope.tenant, target.id == scope.column(part.column))
        return _related(compiler, target, same, value)
    if isinstance(part, Namespace):
        (inner, deeper), *_ = value.items()
        if inner in part.inverses:
            return _aggregate(compiler, scope, part.inverses[inner], deeper, into, top=top)
        if part.extension is not None:
            row, same = extension_scope(compiler, part.extension, scope)
            return _related(compiler, row, same, value)
    if isinstance(part, InverseInfo):
        return _aggregate(compiler, scope, part, value, into, top=top)
    raise Invalid(f"{scope.info.type_name} cannot be ordered by {name}.", field=name)


def _field_term(
    compiler: Compiler, scope: Scope, name: str, spec: FieldSpec | ComputedSpec, direction: str
) -> Term:
    if spec.hideable and guard.shows(compiler, scope, spec.name) is not True:
        raise refuse_hidden(name)
    kind, nullable = spec.kind, spec.nullable
    expression = scope.value(spec)
    if isinstance(spec, FieldSpec) and spec.has_key and name not in BASE_FIELDS:
        expression, kind = scope.column(f"{spec.name}_key"), Kind.CODE
    elif kind is Kind.MONEY:
        kind = Kind.DECIMAL
    elif kind in (Kind.TEXT, Kind.CODE, Kind.ENUM) and isinstance(spec, ComputedSpec) and not compiler.json.sqlite:
        expression = sa.collate(expression, "C")
    return Term(expression, kind, direction == "DESC", nullable)


def _related(compiler: Compiler, target: Scope, same: Any, value: Mapping[str, Any]) -> Term:
    (name, direction), *_ = value.items()
    ignored = Ordering([], [])
    inner = _term(compiler, target, name, direction, ignored, top=False)
    seen = guard.conditions(guard.may(compiler, target))
    subquery = sa.select(inner.expression).select_from(target.table()).where(same, *seen).scalar_subquery()
    return Term(subquery, inner.kind, inner.descending, True)


def _aggregate(
    compiler: Compiler, scope: Scope, inverse: InverseInfo, value: Mapping[str, Any], into: Ordering, *, top: bool
) -> Term:
    asked = value["aggregate"]
    function, operand = next((key, item) for key, item in asked.items() if key != "where")
    name, direction = (None, operand) if function == "count" else next(iter(operand.items()))
    if top and len(inverse.links) == 1:
        number, spec, join = ranked(compiler, scope, inverse, function, name, asked.get("where"))
        into.joins.append(join)
    else:
        number, spec = correlated(compiler, scope, inverse, function, name, asked.get("where"), guarded=True)
    return Term(number, spec.kind, direction == "DESC", function != "count")
