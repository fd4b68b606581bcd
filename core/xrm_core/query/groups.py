"""Groups of a resource and their numbers: what every chart is drawn from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from xrm_core.declare.resource import sql_type
from xrm_core.declare.specs import ComputedSpec, FieldSpec, Kind, LinkSpec
from xrm_core.errors import Invalid
from xrm_core.query import guard
from xrm_core.query.aggregate import measure
from xrm_core.query.compiler import Compiler, refuse_hidden
from xrm_core.query.dateparts import date_part
from xrm_core.query.operators import compare
from xrm_core.query.scope import Scope
from xrm_core.query.where import find
from xrm_core.text import camel


@dataclass(slots=True)
class Key:
    """One thing rows are grouped by."""

    name: str
    expression: Any
    kind: Kind


@dataclass(slots=True)
class Groups:
    """A grouped question while it is written: keys, the joins they need, the measures asked for."""

    compiler: Compiler
    scope: Scope
    conditions: list[Any]
    filtered: Mapping[str, Any] | None
    all_rows: list[Any]
    keys: list[Key] = field(default_factory=list)
    joins: list[tuple[Any, Any]] = field(default_factory=list)
    measures: dict[tuple[str, str | None], tuple[Any, FieldSpec]] = field(default_factory=dict)
    alias: str = ""

    def __post_init__(self) -> None:
        self.alias = self.compiler.alias("g")

    def group_by(self, given: Sequence[Mapping[str, Any]]) -> None:
        """Take the keys."""
        for item in given:
            self.keys.append(self._key(self.scope, item, ""))

    def _key(self, scope: Scope, item: Mapping[str, Any], prefix: str) -> Key:
        if "field" in item:
            return self._own_key(scope, camel(item["field"].lower()), item.get("by"), prefix)
        if len(item) != 1:
            raise Invalid("Each item of groupBy names one field or one link.", field="groupBy")
        (name, inner), *_ = item.items()
        spec = find(self.compiler, scope.info, name)
        if not isinstance(spec, LinkSpec):
            raise Invalid(f"{scope.info.type_name} cannot be grouped by {name}.", field=name)
        target = self.compiler.scope(self.compiler.resource(spec.target))
        same = sa.and_(target.tenant == scope.tenant, target.id == scope.column(spec.column))
        seen = guard.conditions(guard.may(self.compiler, target))
        self.joins.append((target.table(), sa.and_(same, *seen)))
        return self._key(target, inner, f"{prefix}{name}.")

    def _own_key(self, scope: Scope, name: str, by: str | None, prefix: str) -> Key:
        spec = find(self.compiler, scope.info, name)
        if isinstance(spec, LinkSpec):
            spec = FieldSpec(name=spec.column, kind=Kind.ID)
        if not isinstance(spec, FieldSpec | ComputedSpec):
            raise Invalid(f"{scope.info.type_name} cannot be grouped by {name}.", field=name)
        if spec.hideable and guard.shows(self.compiler, scope, spec.name) is not True:
            raise refuse_hidden(name)
        expression = scope.value(spec)
        if by is None:
            return Key(prefix + name, expression, Kind.DECIMAL if spec.kind is Kind.MONEY else spec.kind)
        if spec.kind not in (Kind.DATE, Kind.MOMENT):
            raise Invalid(f"{name} is not a date.", field=name)
        return Key(prefix + name, date_part(self.compiler, expression, spec.kind, by), Kind.CODE)

    def number(self, function: str, name: str | None) -> tuple[Any, FieldSpec]:
        """The column that will hold a measure, added on first use."""
        known = (function, name)
        if known not in self.measures:
            grouped = frozenset(key.name for key in self.keys)
            self.measures[known] = measure(
                self.compiler, self.scope, function, name, filtered=self.filtered, grouped_by=grouped
            )
        _, spec = self.measures[known]
        position = list(self.measures).index(known)
        return sa.literal_column(f"{self.alias}.m{position}", sql_type(spec.kind)), spec

    def having(self, given: Mapping[str, Any] | None) -> list[Any]:
        """Conditions on the numbers of a group."""
        terms = []
        for function, operand in (given or {}).items():
            fields = {None: operand} if function == "count" else operand
            for name, operators in fields.items():
                self.number(function, name)
                number, spec = self.measures[(function, name)]
                terms += [
                    compare(self.compiler, self.scope, spec, key, value, column=number)
                    for key, value in operators.items()
                ]
        return terms

    def order_by(self, given: Sequence[Mapping[str, Any]] | None) -> list[Any]:
        """The order of the groups: as asked, then by their keys."""
        clauses = []
        for item in given or []:
            for function, operand in item.items():
                if function == "keys":
                    clauses += [_direction(key.expression, operand) for key in self.keys]
                    continue
                fields = {None: operand} if function == "count" else operand
                for name, direction in fields.items():
                    self.number(function, name)
                    clauses.append(_direction(self.measures[(function, name)][0], direction))
        return clauses + [key.expression.asc().nulls_last() for key in self.keys]

    def rows(self, *, having: list[Any], order: list[Any], limit: int) -> Any:
        """The groups as a table: k0, k1 … and m0, m1 …"""
        columns = [key.expression.label(f"k{i}") for i, key in enumerate(self.keys)]
        columns += [number.label(f"m{i}") for i, (number, _) in enumerate(self.measures.values())]
        query = (
            sa.select(*(columns or [sa.literal_column("1").label("k")]))
            .select_from(self._source())
            .where(*self.conditions)
            .having(*having)
            .order_by(*order)
            .limit(sa.literal_column(str(limit)))
        )
        if self.keys:
            query = query.group_by(*[key.expression for key in self.keys])
        return query.subquery(self.alias)

    def _source(self) -> Any:
        source = self.scope.table()
        for table, condition in self.joins:
            source = source.outerjoin(table, condition)
        return source

    def total(self, function: str, name: str | None) -> Any:
        """The same measure over all rows: the denominator of a share."""
        number, _ = measure(
            self.compiler, self.scope, function, name, filtered=self.filtered,
            grouped_by=frozenset(key.name for key in self.keys),
        )  # fmt: skip
        return sa.select(number).select_from(self.scope.table()).where(*self.all_rows).scalar_subquery()

    def share(self, function: str, name: str | None) -> Any:
        """The group's part of the total, six places, null when the total is zero."""
        part, _ = self.number(function, name)
        whole = self.total(function, name)
        if self.compiler.json.sqlite:
            real = sa.func.printf(sa.literal_column("'%.6f'"), sa.literal_column("1.0") * part / sa.func.nullif(whole, 0))
            trimmed = sa.func.rtrim(sa.func.rtrim(real, sa.literal_column("'0'")), sa.literal_column("'.'"))
            return sa.case((sa.func.coalesce(whole, 0) == 0, sa.null()), else_=trimmed)
        ratio = sa.cast(part, sa.Numeric()) / sa.func.nullif(sa.cast(whole, sa.Numeric()), 0)
        return sa.cast(sa.func.trim_scale(sa.func.round(ratio, sa.literal_column("6"))), sa.Text())


def _direction(expression: Any, direction: str) -> Any:
    return (expression.desc() if direction == "DESC" else expression.asc()).nulls_last()
