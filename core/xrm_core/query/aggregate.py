"""Counting and summing: over a list hanging on a row, and over a whole resource by groups."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from xrm_core.db.types import DecimalType
from xrm_core.declare.registry import InverseInfo
from xrm_core.declare.resource import sql_type
from xrm_core.declare.specs import ComputedSpec, FieldSpec, Kind
from xrm_core.errors import Invalid
from xrm_core.query import guard
from xrm_core.query.compiler import Compiler, refuse_hidden
from xrm_core.query.jsonsql import over
from xrm_core.query.scope import Scope
from xrm_core.query.where import dated, find, where

NUMERIC = frozenset({Kind.INTEGER, Kind.DECIMAL, Kind.MONEY})
SORTABLE = NUMERIC | {Kind.DATE, Kind.MOMENT, Kind.TEXT, Kind.CODE, Kind.ENUM}
FUNCTIONS = ("sum", "avg", "min", "max")
Asked = tuple[Any, FieldSpec]


def correlated(
    compiler: Compiler,
    scope: Scope,
    inverse: InverseInfo,
    function: str,
    name: str | None,
    filtered: Mapping[str, Any] | None,
    *,
    guarded: bool,
) -> Asked:
    """The number for the list of one row, as a subquery of that row."""
    other, seen = _rows(compiler, scope, inverse, filtered, guarded=guarded)
    number, spec = measure(compiler, other, function, name, filtered=filtered, guarded=guarded)
    rows = sa.select(number).select_from(other.table()).where(compiler.joined(scope, inverse, other), *seen)
    return rows.scalar_subquery(), spec


def ranked(
    compiler: Compiler,
    scope: Scope,
    inverse: InverseInfo,
    function: str,
    name: str | None,
    filtered: Mapping[str, Any] | None,
) -> tuple[Any, FieldSpec, tuple[Any, Any]]:
    """The same number for every row at once, as a grouped table to join: many times faster for a whole list."""
    other, seen = _rows(compiler, scope, inverse, filtered, guarded=True)
    number, spec = measure(compiler, other, function, name, filtered=filtered)
    key = other.column(inverse.links[0].column)
    alias = compiler.alias("g")
    grouped = (
        sa.select(key.label("k"), number.label("v"))
        .select_from(other.table())
        .where(other.tenant == compiler.context("tenant"), *seen)
        .group_by(key)
        .subquery(alias)
    )
    value = sa.literal_column(f"{alias}.v", sql_type(spec.kind))
    shown = sa.func.coalesce(value, sa.literal_column("0")) if function == "count" else value
    return shown, spec, (grouped, sa.literal_column(f"{alias}.k") == scope.id)


def measure(
    compiler: Compiler,
    scope: Scope,
    function: str,
    name: str | None,
    *,
    filtered: Mapping[str, Any] | None = None,
    guarded: bool = True,
    grouped_by: frozenset[str] = frozenset(),
) -> Asked:
    """One aggregate function over rows of `scope`, and the field that describes its result."""
    if function == "count" or name is None:
        return sa.func.count(), FieldSpec(name="count", kind=Kind.INTEGER)
    spec = find(compiler, scope.info, name)
    if not isinstance(spec, FieldSpec | ComputedSpec):
        raise Invalid(f"{scope.info.type_name} has no {name} to aggregate.", field=name)
    if guarded and spec.hideable and guard.shows(compiler, scope, spec.name) is not True:
        raise refuse_hidden(name)
    if isinstance(spec, FieldSpec) and spec.kind is Kind.MONEY and function != "countDistinct":
        _one_currency(compiler, scope, spec, name, filtered, grouped_by)
    column = scope.value(spec)
    if function == "countDistinct":
        return sa.func.count(sa.distinct(column)), FieldSpec(name=name, kind=Kind.INTEGER)
    if function in ("sum", "avg") and spec.kind not in NUMERIC:
        raise Invalid(f"{name} is not a number.", field=name)
    kind = Kind.DECIMAL if spec.kind is Kind.MONEY else spec.kind
    if function == "avg":
        return _average(compiler, column, kind), FieldSpec(name=name, kind=Kind.DECIMAL)
    if function == "sum":
        return _sum(column, kind), FieldSpec(name=name, kind=kind)
    pick = sa.func.min if function == "min" else sa.func.max
    return pick(column), FieldSpec(name=name, kind=kind)


def _rows(
    compiler: Compiler,
    scope: Scope,
    inverse: InverseInfo,
    filtered: Mapping[str, Any] | None,
    *,
    guarded: bool,
) -> tuple[Scope, list[Any]]:
    other = compiler.scope(compiler.resource(inverse.source), origin=inverse.links[0].name)
    seen = dated(compiler, other)
    if filtered:
        seen.append(where(compiler, other, filtered, guarded=guarded))
    if guarded:
        seen += guard.conditions(guard.may(compiler, other))
    return other, seen


def _one_currency(
    compiler: Compiler,
    scope: Scope,
    spec: FieldSpec,
    name: str,
    filtered: Mapping[str, Any] | None,
    grouped_by: frozenset[str],
) -> None:
    """Unless the question fixes the currency, the statement itself checks that there is only one."""
    currency = f"{name}Currency"
    if currency in grouped_by or "eq" in ((filtered or {}).get(currency) or {}):
        return
    rows = compiler.scope(scope.info)
    seen = [rows.tenant == compiler.context("tenant"), *dated(compiler, rows)]
    seen += guard.conditions(guard.may(compiler, rows))
    if filtered:
        seen.append(where(compiler, rows, filtered))
    column = rows.column(f"{spec.name}_currency")
    several = sa.select(sa.func.min(column) != sa.func.max(column)).select_from(rows.table()).where(*seen)
    message = f"Amounts of several currencies do not add up: filter or group by {currency}."
    compiler.check(several.scalar_subquery(), message, field=name)


def _sum(column: Any, kind: Kind) -> Any:
    if kind is Kind.DECIMAL:
        return sa.type_coerce(sa.func.sum(column), DecimalType())
    return sa.cast(sa.func.sum(column), sa.BigInteger())


def _average(compiler: Compiler, column: Any, kind: Kind) -> Any:
    if not compiler.json.sqlite:
        return sa.type_coerce(sa.func.round(sa.func.avg(column), sa.literal_column("6")), DecimalType())
    # Millionths divided as integers, halves away from zero; whole numbers are scaled to millionths first.
    total, count = sa.func.sum(column), sa.func.count(column)
    if kind is not Kind.DECIMAL:
        total = total * sa.literal_column("1000000")
    twice = sa.func.abs(total) * sa.literal_column("2") + count
    half_up = over(twice, count * sa.literal_column("2"))
    signed = sa.case((total < sa.literal_column("0"), -half_up), else_=half_up)
    return sa.type_coerce(signed, DecimalType())
