"""Groups of a resource and their numbers: what every chart is drawn from."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from xrm_core.db.arithmetic import EXACTLY
from xrm_core.declare.resource import sql_type
from xrm_core.declare.specs import ComputedSpec, FieldSpec, Kind, LinkSpec
from xrm_core.errors import Invalid, LimitExceeded
from xrm_core.query import guard
from xrm_core.query.aggregate import Asked, Number, asked_in, measure, mixable, mixed, mixed_message
from xrm_core.query.compiler import Check, Compiler, refuse_hidden
from xrm_core.query.cost import WHOLE_LOOK
from xrm_core.query.custom import CUSTOM, PREFIX, CustomSpec
from xrm_core.query.dateparts import date_part
from xrm_core.query.operators import compare
from xrm_core.query.scope import Scope
from xrm_core.query.where import find, link_column, link_value
from xrm_core.text import camel

MOST_KEYS = 10
Rows = tuple[Scope, list[Any]]


@dataclass(slots=True)
class Key:
    """One thing rows are grouped by; `order` sorts the groups as the values are sorted in lists."""

    name: str
    expression: Any
    kind: Kind
    order: list[Any]


@dataclass(slots=True)
class Groups:
    """A grouped question while it is written: which rows, keys, the joins they need, the numbers asked for.

    `whole` gives the rows shares are parts of, with the conditions on them; `checks` is what makes the numbers
    meaningless.
    """

    compiler: Compiler
    scope: Scope
    conditions: list[Any]
    filtered: Mapping[str, Any] | None
    whole: Callable[[], Rows]
    keys: list[Key] = field(default_factory=list)
    joins: list[tuple[Any, Any]] = field(default_factory=list)
    measures: dict[tuple[str, str | None], Number] = field(default_factory=dict)
    checks: list[Check] = field(default_factory=list)
    checked: set[tuple[str | None, str]] = field(default_factory=set)
    alias: str = ""
    _whole: Rows | None = None

    def __post_init__(self) -> None:
        self.alias = self.compiler.alias("g")

    def group_by(self, given: Sequence[Mapping[str, Any]]) -> None:
        """Take the keys. Raises: Invalid, LimitExceeded."""
        if len(given) > MOST_KEYS:
            raise LimitExceeded(f"groupBy takes at most {MOST_KEYS} keys.", field="groupBy")
        for item in given:
            key = self._key(self.scope, item, "")
            if any(key.name == other.name for other in self.keys):
                raise Invalid(f"groupBy names {key.name} twice.", field="groupBy")
            self.keys.append(key)

    def _key(self, scope: Scope, item: Mapping[str, Any] | None, prefix: str) -> Key:
        said = {name: value for name, value in (item or {}).items() if value is not None}
        by = said.pop("by", None)
        if len(said) != 1 or (by is not None and not said.keys() & {"field", CUSTOM}):
            raise Invalid("Each item of groupBy names one field or one link.", field="groupBy")
        (name, inner), *_ = said.items()
        if name in ("field", CUSTOM):
            own = camel(inner.lower()) if name == "field" else f"{PREFIX}{inner}"
            return self._own_key(scope, own, by, prefix)
        spec = find(self.compiler, scope.info, name)
        if not isinstance(spec, LinkSpec):
            raise Invalid(f"{scope.info.type_name} cannot be grouped by {name}.", field=name)
        target = self.compiler.scope(self.compiler.resource(spec.target))
        same = sa.and_(target.tenant == scope.tenant, target.id == link_column(self.compiler, scope, spec))
        seen = guard.conditions(guard.may(self.compiler, target))
        self.joins.append((target.table(), sa.and_(same, *seen)))
        return self._key(target, inner, f"{prefix}{name}.")

    def _own_key(self, scope: Scope, name: str, by: str | None, prefix: str) -> Key:
        spec = find(self.compiler, scope.info, name)
        if isinstance(spec, LinkSpec):
            value, spec = link_value(self.compiler, scope, spec), FieldSpec(name=spec.column, kind=Kind.ID)
        elif isinstance(spec, FieldSpec | ComputedSpec):
            if spec.hideable and guard.shows(self.compiler, scope, spec.name) is not True:
                raise refuse_hidden(name)
            value = scope.value(spec)
        else:
            raise Invalid(f"{scope.info.type_name} cannot be grouped by {name}.", field=name)
        if by is not None:
            kind = spec.kind
            if isinstance(spec, CustomSpec):
                value, kind = spec.dated(scope, sqlite=self.compiler.json.sqlite)
            if kind not in (Kind.DATE, Kind.MOMENT):
                raise Invalid(f"{name} is not a date.", field=name)
            part = date_part(self.compiler, value, kind, by)
            return Key(prefix + name, part, Kind.CODE, [part])
        kind = Kind.DECIMAL if spec.kind is Kind.MONEY else spec.kind
        return Key(prefix + name, value, kind, self._order_of(scope, spec, value))

    def _order_of(self, scope: Scope, spec: FieldSpec | ComputedSpec, value: Any) -> list[Any]:
        if spec.kind not in (Kind.TEXT, Kind.CODE, Kind.ENUM):
            return [value]
        bytewise = self.compiler.json.bytewise(value)
        if spec.has_key:
            return [sa.func.min(scope.key(spec)), bytewise]
        return [bytewise]

    def number(self, asked: Asked) -> Number:
        """The column that will hold a number, added on first use."""
        known = (asked.function, asked.name)
        self.measured(asked)
        spec = self.measures[known][1]
        position = list(self.measures).index(known)
        return sa.literal_column(f"{self.alias}.m{position}", sql_type(spec.kind)), spec

    def measured(self, asked: Asked) -> Number:
        """The number itself, for use inside the groups."""
        known = (asked.function, asked.name)
        if known not in self.measures:
            self.measures[known] = measure(self.compiler, self.scope, asked)
            self._one_currency(asked, (self.scope, self.conditions))
        return self.measures[known]

    def _one_currency(self, asked: Asked, rows: Rows) -> None:
        by_currency = any(key.name == f"{asked.name}Currency" for key in self.keys)
        money = mixable(self.compiler, self.scope, Asked(asked.function, asked.name, self.filtered))
        scope, conditions = rows
        known = (asked.name, scope.alias)
        if money is None or by_currency or asked.name is None or known in self.checked:
            return
        self.checked.add(known)
        wrong = mixed(scope, money, conditions)
        self.checks.append(Check(wrong, mixed_message(asked.name), asked.name, self.compiler.path))

    def having(self, given: Mapping[str, Any] | None) -> list[Any]:
        """Conditions on the numbers of a group."""
        terms = []
        for asked, operators in asked_in(given or {}):
            number, spec = self.measured(asked)
            terms += [
                compare(self.compiler, self.scope, spec, key, value, column=number)
                for key, value in operators.items()
            ]
        return terms

    def order_by(self, given: Sequence[Mapping[str, Any]] | None) -> list[Any]:
        """The order of the groups: as asked, then by their keys."""
        clauses = []
        for item in given or []:
            said = {name: value for name, value in item.items() if value is not None}
            if direction := said.pop("keys", None):
                clauses += [_direction(part, direction) for key in self.keys for part in key.order]
            asked = asked_in(said)
            if len(asked) + (direction is not None) != 1:
                raise Invalid("Each item of orderBy names exactly one number.", field="orderBy")
            clauses += [_direction(self.measured(number)[0], said_of) for number, said_of in asked]
        return clauses + [_direction(part, "ASC") for key in self.keys for part in key.order]

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

    def share(self, asked: Asked) -> Any:
        """The group's part of the whole as text, six places; null when the whole is zero, but 0 of no rows."""
        part = self._share(asked)
        return sa.func.coalesce(part, sa.literal_column("'0'")) if asked.function == "count" else part

    def _share(self, asked: Asked) -> Any:
        part, _ = self.number(asked)
        if self._whole is None:
            self.compiler.meter.rows += WHOLE_LOOK
        scope, conditions = self._whole = self._whole or self.whole()
        self._one_currency(asked, self._whole)
        number, _ = measure(self.compiler, scope, asked)
        whole = sa.select(number).select_from(scope.table()).where(*conditions).scalar_subquery()
        if self.compiler.json.sqlite:
            return sa.func.xrm_share(part, whole)
        dividend = sa.cast(part, sa.Numeric()) * sa.literal_column(EXACTLY, sa.Numeric())
        ratio = dividend / sa.func.nullif(sa.cast(whole, sa.Numeric()), 0)
        return sa.cast(sa.func.trim_scale(sa.func.round(ratio, sa.literal_column("6"))), sa.Text())


def _direction(expression: Any, direction: str) -> Any:
    return (expression.desc() if direction == "DESC" else expression.asc()).nulls_last()
