"""The order of a list: own and related fields and aggregates, nulls last, ties broken by id."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from xrm_core.declare.registry import InverseInfo, ResourceInfo
from xrm_core.declare.specs import ComputedSpec, FieldSpec, Kind, LinkSpec
from xrm_core.errors import Invalid, LimitExceeded
from xrm_core.query import guard
from xrm_core.query.aggregate import asked_in, correlated, ranked
from xrm_core.query.compiler import Compiler, refuse_hidden
from xrm_core.query.cost import LIST_LOOK, WHOLE_LOOK
from xrm_core.query.custom import CUSTOM, PREFIX, CustomSpec
from xrm_core.query.scope import Scope
from xrm_core.query.where import Namespace, extension_row, find, link_column

MOST_TERMS = 20
# What may be said of a custom field in an order.
_OF_CUSTOM = {CUSTOM, "direction", "nulls"}


@dataclass(slots=True)
class Term:
    """One thing a list is sorted by: its expression, its type and the direction."""

    expression: Any
    kind: Kind
    descending: bool
    nullable: bool
    nulls_first: bool = False

    @property
    def is_stored(self) -> bool:
        """Whether it is a column as it stands, not something that is worked out."""
        return isinstance(self.expression, sa.ColumnClause)

    def clause(self, *, backward: bool = False) -> Any:
        """As ORDER BY takes it; `backward`: from the other end."""
        turned = self.descending != backward
        ordered = self.expression.desc() if turned else self.expression.asc()
        if not self.nullable:
            return ordered
        return ordered.nulls_first() if self.nulls_first != backward else ordered.nulls_last()


@dataclass(slots=True)
class Ordering:
    """The terms of an order and the tables they had to join."""

    terms: list[Term]
    joins: list[tuple[Any, Any]]


def ordering(
    compiler: Compiler, scope: Scope, given: Sequence[Mapping[str, Any]] | None, *, top: bool
) -> Ordering:
    """The order asked for, made total by the id. `top`: the list is not one of many nested ones.

    Raises: Invalid, LimitExceeded.
    """
    if given and len(given) > MOST_TERMS:
        raise LimitExceeded(f"orderBy takes at most {MOST_TERMS} terms.", field="orderBy")
    result = Ordering([], [])
    for item in given or []:
        name, value = _only(item)
        result.terms.append(_term(compiler, scope, name, value, result, top=top))
    last_descending = result.terms[-1].descending if result.terms else False
    result.terms.append(Term(scope.column("id"), Kind.ID, last_descending, False))
    return result


def _only(item: Any) -> tuple[str, Any]:
    """The one thing an item names. Raises: Invalid if it names none or several."""
    given: Mapping[str, Any] = item or {}
    said: list[tuple[str, Any]]
    if given.get(CUSTOM) is not None:
        said = [(CUSTOM, given)] + [
            (name, given[name]) for name in given if name not in _OF_CUSTOM and given[name] is not None
        ]
    else:
        said = [(name, value) for name, value in given.items() if value is not None]
    if len(said) != 1:
        raise Invalid("Each item of orderBy names exactly one field.", field="orderBy")
    return said[0]


def _term(compiler: Compiler, scope: Scope, name: str, value: Any, into: Ordering, *, top: bool) -> Term:
    if name == CUSTOM:
        return _custom_term(compiler, scope, value)
    part = find(compiler, scope.info, name)
    if isinstance(part, FieldSpec | ComputedSpec):
        return _field_term(compiler, scope, name, part, value)
    if isinstance(part, LinkSpec):
        target = compiler.scope(compiler.resource(part.target))
        same = sa.and_(target.tenant == scope.tenant, target.id == link_column(compiler, scope, part))
        return _related(compiler, target, same, value)
    if isinstance(part, Namespace):
        inner, deeper = _only(value)
        if inner in part.inverses:
            return _aggregate(compiler, scope, part.inverses[inner], deeper, into, top=top)
        if part.extension is not None:
            return _of_extension(compiler, scope, part.extension, inner, deeper)
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
    if spec.has_key:
        expression, kind = scope.key(spec), Kind.CODE
    elif kind is Kind.MONEY:
        kind = Kind.DECIMAL
    elif isinstance(spec, CustomSpec):
        pass
    elif kind in (Kind.TEXT, Kind.CODE, Kind.ENUM) and isinstance(spec, ComputedSpec):
        expression = compiler.json.bytewise(expression)
    return Term(expression, kind, direction == "DESC", nullable)


def _custom_term(compiler: Compiler, scope: Scope, said: Mapping[str, Any]) -> Term:
    """By a custom field: ascending and nulls last unless said otherwise."""
    name = PREFIX + str(said[CUSTOM])
    term = _field_term(
        compiler, scope, name, find(compiler, scope.info, name), said.get("direction") or "ASC"
    )
    term.nulls_first = said.get("nulls") == "FIRST"
    return term


def _of_extension(compiler: Compiler, scope: Scope, extension: ResourceInfo, name: str, value: Any) -> Term:
    inner, row = extension_row(compiler, extension, scope)
    term = _term(compiler, inner, name, value, Ordering([], []), top=False)
    found = sa.select(term.expression).select_from(row).scalar_subquery()
    return Term(found, term.kind, term.descending, True)


def _related(compiler: Compiler, target: Scope, same: Any, value: Any) -> Term:
    name, direction = _only(value)
    compiler.meter.add()
    ignored = Ordering([], [])
    inner = _term(compiler, target, name, direction, ignored, top=False)
    seen = guard.conditions(guard.may(compiler, target))
    subquery = sa.select(inner.expression).select_from(target.table()).where(same, *seen).scalar_subquery()
    return Term(subquery, inner.kind, inner.descending, True, inner.nulls_first)


def _aggregate(
    compiler: Compiler, scope: Scope, inverse: InverseInfo, value: Any, into: Ordering, *, top: bool
) -> Term:
    _, aggregate = _only(value)
    numbers = asked_in(aggregate)
    if len(numbers) != 1:
        raise Invalid("An aggregate in orderBy names exactly one number.", field="orderBy")
    asked, direction = numbers[0]
    if top and len(inverse.links) == 1:
        compiler.meter.rows += WHOLE_LOOK
        (number, spec), join = ranked(compiler, scope, inverse, asked)
        into.joins.append(join)
    else:
        compiler.meter.add(LIST_LOOK)
        number, spec = correlated(compiler, scope, inverse, asked)
    return Term(number, spec.kind, direction == "DESC", asked.function != "count")
