"""Decimals with each other, and with whole numbers, on both databases: six places, halves away from zero, below 10^12.

SQLite keeps a decimal as an integer of millionths. Multiplied by another one that would be millionths of millionths,
divided by one a bare number, and a whole number added to it would be millionths. So what is done with decimals in SQL
is written out here.
"""

import operator
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator

from xrm_core.db.spelling import spell

SCALE = 1_000_000
# Gives a dividend so many places that PostgreSQL does not round a quotient twice.
EXACTLY = "1." + "0" * 50
_LIKE_WITH_LIKE = frozenset(
    {operator.add, operator.sub, operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne}
)


class _Worked(FunctionElement[Decimal]):
    def __init__(self, type_: Any, *clauses: Any) -> None:
        super().__init__(*clauses)
        self.type = type_


class product(_Worked):
    """One decimal times another, to six places."""

    inherit_cache = True
    name = "product"


class quotient(_Worked):
    """One decimal by another, to six places; null by zero."""

    inherit_cache = True
    name = "quotient"


class whole(_Worked):
    """A whole number as a decimal."""

    inherit_cache = True
    name = "whole"


spell(product, "CAST(({0}) * ({1}) AS NUMERIC(18, 6))", on_sqlite="xrm_product({0}, {1})")
# A quotient of two decimals is a half, or farther from one than fifty places show.
spell(
    quotient,
    f"CAST(({{0}}) * {EXACTLY} / nullif({{1}}, 0) AS NUMERIC(18, 6))",
    on_sqlite="xrm_quotient({0}, {1})",
)
spell(whole, "CAST({0} AS NUMERIC)", on_sqlite=f"(({{0}}) * {SCALE})")


class DecimalOperators(TypeDecorator.Comparator[Decimal], sa.Numeric.Comparator[Decimal]):
    """What stands between a decimal and something else in SQL."""

    def operate(self, op: Any, *other: Any, **options: Any) -> Any:
        """The decimal first."""
        worked = _worked(op, self.expr, other[0]) if len(other) == 1 else None
        return super().operate(op, *other, **options) if worked is None else worked

    def reverse_operate(self, op: Any, other: Any, **options: Any) -> Any:
        """The decimal second, behind a number that is no SQL."""
        if op is operator.truediv or (op is operator.mul and isinstance(other, Decimal)):
            type_ = self.expr.type
            return _worked(op, sa.literal(other, type_), self.expr)
        return super().reverse_operate(op, other, **options)


class WholeOperators(sa.Integer.Comparator[int]):
    """What stands between a whole number and a decimal behind it."""

    def operate(self, op: Any, *other: Any, **options: Any) -> Any:
        """The whole number first."""
        decimal = _clause(other[0]) if len(other) == 1 else None
        if not isinstance(getattr(decimal, "comparator", None), DecimalOperators):
            return super().operate(op, *other, **options)
        if op is operator.mul:
            return op(decimal, self.expr)
        return op(whole(decimal.type, self.expr), decimal)  # type: ignore[union-attr]


def _worked(op: Any, one: Any, two: Any) -> Any:
    """What is written out; None where the databases agree by themselves."""
    type_ = one.type
    clause = _clause(two)
    is_sql = isinstance(clause, sa.ColumnElement)
    is_decimal = isinstance(clause.type, type(type_)) if is_sql else isinstance(clause, Decimal)
    is_whole = is_sql and not is_decimal and clause.type._type_affinity is sa.Integer
    if op is operator.truediv:
        if not (is_decimal or is_whole or isinstance(clause, int)):
            return None
        return quotient(type_, one, _as_decimal(clause, type_))
    if op is operator.mul:
        return product(type_, one, _as_decimal(clause, type_)) if is_decimal else None
    if op in _LIKE_WITH_LIKE and is_whole:
        # Not by way of this operator again.
        return op(one, _as_decimal(clause, type_))
    return None


def _clause(value: Any) -> Any:
    return value.__clause_element__() if hasattr(value, "__clause_element__") else value


def _as_decimal(clause: Any, type_: Any) -> Any:
    if not isinstance(clause, sa.ColumnElement):
        return sa.literal(clause, type_)
    return clause if isinstance(clause.type, type(type_)) else whole(type_, clause)
