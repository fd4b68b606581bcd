"""Counting and summing: over a list hanging on a row, and over a whole resource by groups."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from xrm_core.custom.definitions import API_NAME
from xrm_core.custom.kinds import DATED, NUMBERS
from xrm_core.db.arithmetic import SCALE
from xrm_core.db.exact import sortable
from xrm_core.db.types import DecimalType, TotalType
from xrm_core.declare.registry import InverseInfo
from xrm_core.declare.resource import sql_type
from xrm_core.declare.specs import ComputedSpec, FieldSpec, Kind
from xrm_core.errors import Invalid
from xrm_core.query import guard
from xrm_core.query.compiler import Compiler, refuse_hidden
from xrm_core.query.custom import CUSTOM, PREFIX, CustomSpec, WrongCustomField
from xrm_core.query.jsonsql import literal, over
from xrm_core.query.scope import Scope
from xrm_core.query.where import currency_of, dated, find, where

NUMERIC = frozenset({Kind.INTEGER, Kind.DECIMAL, Kind.MONEY})
Number = tuple[Any, FieldSpec | ComputedSpec]


@dataclass(frozen=True, slots=True)
class Asked:
    """One number asked of rows: a function, the field it is of, which rows; `guarded` unless a rule asks."""

    function: str
    name: str | None
    filtered: Mapping[str, Any] | None = None
    guarded: bool = True


def asked_in(given: Mapping[str, Any], *, guarded: bool = True) -> list[tuple[Asked, Any]]:
    """The numbers that an aggregate in a filter or an order names, each with what is said of it."""
    found = []
    for function, operand in given.items():
        if function == "where" or operand is None:
            continue
        for name, said in [(None, operand)] if function == "count" else _named(operand):
            if said is not None:
                found.append((Asked(function, name, given.get("where"), guarded), said))
    return found


def _named(operand: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """The fields a function is of, with what is said of each; custom fields by their keys."""
    found: list[tuple[str, Any]] = []
    if operand.get(CUSTOM) is not None:
        found.append((f"{PREFIX}{operand[CUSTOM]}", operand.get("direction") or "ASC"))
        operand = {name: said for name, said in operand.items() if name not in (CUSTOM, "direction")}
    for name, said in operand.items():
        if name == API_NAME:
            for item in said or ():
                rest = {operator: value for operator, value in item.items() if operator != "key"}
                found.append((f"{PREFIX}{item.get('key')}", rest))
        else:
            found.append((name, said))
    return found


def correlated(compiler: Compiler, scope: Scope, inverse: InverseInfo, asked: Asked) -> Number:
    """The number for the list of one row, as a subquery of that row."""
    other, seen = _rows(compiler, inverse, asked)
    number, spec = measure(compiler, other, asked)
    joined = compiler.joined(scope, inverse, other)
    rows = sa.select(number).select_from(other.table()).where(joined, *seen)
    return rows.scalar_subquery(), spec


def ranked(compiler: Compiler, scope: Scope, inverse: InverseInfo, asked: Asked) -> tuple[Number, Any]:
    """The same number for every row at once, as a grouped table to join: many times faster for a whole list."""
    other, seen = _rows(compiler, inverse, asked)
    number, spec = measure(compiler, other, asked)
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
    shown = sa.func.coalesce(value, sa.literal_column("0")) if asked.function == "count" else value
    return (shown, spec), (grouped, sa.literal_column(f"{alias}.k") == scope.id)


def measure(compiler: Compiler, scope: Scope, asked: Asked) -> Number:
    """One aggregate function over rows of `scope`, and the field that describes its result."""
    if asked.name is None:
        return sa.func.count(), FieldSpec(name="count", kind=Kind.INTEGER)
    spec = measured(compiler, scope, asked)
    column, function, name = scope.value(spec), asked.function, asked.name
    if function == "countDistinct":
        return sa.func.count(sa.distinct(column)), FieldSpec(name=name, kind=Kind.INTEGER)
    if function in ("sum", "avg") and spec.kind not in NUMERIC:
        raise Invalid(f"{name} is not a number.", field=name)
    kind = Kind.DECIMAL if spec.kind is Kind.MONEY else spec.kind
    if function == "avg":
        return _average(compiler, column, kind), FieldSpec(name=name, kind=Kind.DECIMAL)
    if function == "sum":
        return _sum(compiler, column, kind, name)
    pick = sa.func.min if function == "min" else sa.func.max
    if isinstance(spec, CustomSpec):
        if spec.definition.kind not in NUMBERS | DATED:
            raise WrongCustomField(f"{name} is neither a number nor a date.", field=name)
        return pick(column), spec
    return pick(column), FieldSpec(name=name, kind=kind)


def comparable(compiler: Compiler, asked: Asked, number: Any, operator: str, operand: Any) -> Any:
    """What a condition looks at: who was paid nothing was paid less than 10, though the sum of nothing is null."""
    if asked.function != "sum" or operator == "isNull" or operand is None:
        return number
    nothing = literal(sortable(0)) if compiler.json.sqlite else sa.literal_column("0", sa.Numeric())
    return sa.func.coalesce(number, nothing, type_=number.type)


def measured(compiler: Compiler, scope: Scope, asked: Asked) -> FieldSpec | ComputedSpec:
    """The field a number is of. Raises: Invalid if there is none, or the asker may not see it."""
    name = asked.name or ""
    spec = find(compiler, scope.info, name)
    if not isinstance(spec, FieldSpec | ComputedSpec):
        raise Invalid(f"{scope.info.type_name} has no {name} to aggregate.", field=name)
    if asked.guarded and spec.hideable and guard.shows(compiler, scope, spec.name) is not True:
        raise refuse_hidden(name)
    return spec


def mixable(compiler: Compiler, scope: Scope, asked: Asked) -> FieldSpec | ComputedSpec | None:
    """The money field a number adds up, if its rows may be of several currencies."""
    if asked.name is None or asked.function == "countDistinct":
        return None
    spec = measured(compiler, scope, asked)
    given = (asked.filtered or {}).get(f"{asked.name}Currency") or {}
    return spec if spec.kind is Kind.MONEY and given.get("eq") is None else None


def mixed(rows: Scope, money: FieldSpec | ComputedSpec, conditions: list[Any]) -> Any:
    """Whether these rows have several currencies."""
    column = rows.value(currency_of(money))
    several = sa.select(sa.func.min(column) != sa.func.max(column)).select_from(rows.table())
    return several.where(*conditions).scalar_subquery()


def mixed_message(name: str) -> str:
    """What is said of amounts of several currencies."""
    return f"Amounts of several currencies do not add up: filter or group by {name}Currency."


def _rows(compiler: Compiler, inverse: InverseInfo, asked: Asked) -> tuple[Scope, list[Any]]:
    other = compiler.listed(inverse)
    seen = _conditions(compiler, other, asked)
    seen += guard.is_listed(compiler, other, inverse) if asked.guarded else []
    money = mixable(compiler, other, asked)
    if money is not None and asked.name is not None:
        if not asked.guarded:
            raise Invalid(f"A rule that adds up {asked.name} filters by its currency.", field=asked.name)
        # Lists are compared with each other, so all of them together have to be of one currency.
        rows = compiler.scope(other.info)
        conditions = [rows.tenant == compiler.context("tenant"), *_conditions(compiler, rows, asked)]
        compiler.check(mixed(rows, money, conditions), mixed_message(asked.name), field=asked.name)
    return other, seen


def _conditions(compiler: Compiler, scope: Scope, asked: Asked) -> list[Any]:
    seen = dated(compiler, scope)
    if asked.filtered:
        seen.append(where(compiler, scope, asked.filtered, guarded=asked.guarded))
    return seen + (guard.conditions(guard.may(compiler, scope)) if asked.guarded else [])


def _sum(compiler: Compiler, column: Any, kind: Kind, name: str) -> Number:
    # A sum of whole numbers is a decimal as well: it may be larger than any of them.
    spec = FieldSpec(name=name, kind=Kind.TOTAL)
    if not compiler.json.sqlite:
        return sa.type_coerce(sa.cast(sa.func.sum(column), sa.Numeric()), TotalType()), spec
    return sa.func.xrm_total(*_wholes_and_rest(column, kind), type_=TotalType()), spec


def _wholes_and_rest(column: Any, kind: Kind) -> tuple[Any, Any]:
    if kind is not Kind.DECIMAL:
        return sa.func.sum(column), sa.literal_column("0")
    scale = sa.literal_column(str(SCALE), sa.BigInteger())
    return sa.func.sum(over(column, scale)), sa.func.sum(column % scale)


def _average(compiler: Compiler, column: Any, kind: Kind) -> Any:
    count = sa.func.count(column)
    if compiler.json.sqlite:
        return sa.func.xrm_average(*_wholes_and_rest(column, kind), count, type_=DecimalType())
    # NUMERIC's own division rounds once already; div() cuts exactly.
    total = sa.cast(sa.func.sum(column), sa.Numeric())
    two = sa.literal_column("2", sa.Numeric())
    millionths = sa.func.abs(total) * sa.literal_column("2000000", sa.Numeric()) + count
    half_up = sa.func.div(millionths, two * count) * sa.literal_column("0.000001", sa.Numeric())
    return sa.type_coerce(sa.func.sign(total) * half_up, DecimalType())
