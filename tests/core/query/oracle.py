"""A naive reading of the API's rules: every row in memory, every list a Python list. Slow, and obviously right.

It shares with the product the declarations and the comparison key of texts, nothing of the way to SQL.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tests.core.query.known import KNOWN_AT, Versions
from tests.core.query.rows import Row, Rows
from tests.core.query.worked_out import COMPUTED, rounded
from xrm_core.access.book import PolicyBook
from xrm_core.access.policies import Policy
from xrm_core.declare.registry import REGISTRY, InverseInfo, ResourceInfo
from xrm_core.declare.specs import ComputedSpec, FieldSpec, Kind, LinkSpec, OtherEndSpec
from xrm_core.identity.actor import Actor
from xrm_core.query.binds import ContextValue
from xrm_core.text import camel, text_key

BASE = {
    "id": FieldSpec(name="id", kind=Kind.ID),
    "version": FieldSpec(name="version", kind=Kind.INTEGER),
    "createdAt": FieldSpec(name="created_at", kind=Kind.MOMENT),
    "updatedAt": FieldSpec(name="updated_at", kind=Kind.MOMENT),
}


class Refusal(Exception):
    """The question must be refused with VALIDATION."""


@dataclass
class Pick:
    """A field of a question: its key, name, arguments and what is selected inside."""

    name: str
    args: dict[str, Any] = field(default_factory=dict)
    children: list["Pick"] = field(default_factory=list)
    alias: str = ""

    @property
    def key(self) -> str:
        """The key in the answer."""
        return self.alias or self.name


@dataclass(frozen=True)
class Time:
    """The times a list is asked about."""

    day: dt.date
    known_at: dt.datetime | None = None


class Oracle:
    """Answers as the asker would be answered."""

    def __init__(self, rows: Rows, actor: Actor, book: PolicyBook, *, today: dt.date) -> None:
        self.rows = {
            name: [row for row in found if row["tenant_id"] == actor.tenant_id]
            for name, found in rows.items()
        }
        self.then = Versions(self.rows)
        self.by_id = self.then.by_id
        self.actor, self.book, self.today = actor, book, today
        self.units: dict[str, set[Any] | None] = {}
        for held in actor.roles:
            known = self.units.get(held.name, set())
            if held.unit is None or known is None:
                self.units[held.name] = None
            else:
                self.units[held.name] = known | {held.unit}
        self._seen: dict[tuple[str, Any, str | None, Any], bool] = {}

    # ---- access ------------------------------------------------------------------------------------

    def policies(self, resource: str, action: str = "read") -> list[tuple[Policy, set[Any] | None]]:
        """The asker's policies on a resource, with the units they hold in (None: all)."""
        return [
            (policy, None if policy.unit == "all" else units)
            for role, units in self.units.items()
            for policy in self.book.policies
            if policy.role == role
            and policy.object in (resource, "*", resource.split(".")[0] + ".*")
            and policy.action in (action, "*")
        ]

    def applies(self, info: ResourceInfo, row: Row, policy: Policy, units: set[Any] | None) -> bool:
        """Whether a policy speaks of the row."""
        if units is not None and info.unit_column and row["unit_id"] not in units:
            return False
        return self.holds(info, row, self.book.rule(policy), Time(self.today), guarded=False)

    def sees(self, info: ResourceInfo, row: Row, origin: str | None = None) -> bool:
        """Whether the asker may read the row, reached through `origin`."""
        known = (info.name, row["id"], origin, row.get(KNOWN_AT))
        if known not in self._seen:
            self._seen[known] = self._sees(info, row, origin)
        return self._seen[known]

    def _sees(self, info: ResourceInfo, row: Row, origin: str | None) -> bool:
        today, then = self.then.latest(info, row), row.get(KNOWN_AT)
        spoken = [
            policy for policy, units in self.policies(info.name) if self.applies(info, today, policy, units)
        ]
        if not any(policy.is_allow for policy in spoken):
            return False
        if any(not policy.is_allow and policy.fields in ("*", "-") for policy in spoken):
            return False
        if info.extends and origin != "id":
            base = REGISTRY[info.extends]
            whole = self.then.row(base.name, row["id"], then)
            if whole is None or not self.sees(base, whole):
                return False
        for spec in info.links.values():
            if not spec.nullable and spec.name != origin and spec.target != info.name:
                target = self.then.row(spec.target, row[spec.column], then)
                if target is None or not self.sees(REGISTRY[spec.target], target):
                    return False
        return True

    def shows(self, info: ResourceInfo, row: Row, name: str) -> bool:
        """Whether the asker sees this field of a row they see."""
        today = self.then.latest(info, row)
        spoken = [
            policy for policy, units in self.policies(info.name) if self.applies(info, today, policy, units)
        ]
        given = any(policy.is_allow and policy.shows(name) for policy in spoken)
        taken = any(
            not policy.is_allow and policy.fields not in ("*", "-") and policy.shows(name)
            for policy in spoken
        )
        return given and not taken

    # ---- parts -------------------------------------------------------------------------------------

    def find(self, info: ResourceInfo, name: str) -> Any:
        """What an API name means on a resource."""
        parts = {**info.api_names(), **BASE}
        if name in parts:
            return parts[name]
        inverses = {inverse.name: inverse for inverse in info.inverses.values() if inverse.namespace is None}
        if name in inverses:
            return inverses[name]
        for suffix, wanted in (("Id", LinkSpec), ("Currency", FieldSpec)):
            spec = parts.get(name.removesuffix(suffix))
            if name.endswith(suffix) and isinstance(spec, wanted):
                column = spec.column if isinstance(spec, LinkSpec) else f"{spec.name}_currency"
                return FieldSpec(name=column, kind=Kind.ID if suffix == "Id" else Kind.CODE)
        return name

    def value(self, info: ResourceInfo, row: Row | None, spec: Any) -> Any:
        """The plain value of a field; null of no row."""
        if row is None:
            return None
        if isinstance(spec, ComputedSpec):
            return COMPUTED[(info.name, spec.name)](row, self)
        if isinstance(spec, FieldSpec) and spec.kind is Kind.ID and spec.name.endswith("_id"):
            link = info.links[spec.name.removesuffix("_id")]
            return row[spec.name] if self.linked(row, link) is not None else None
        return row[spec.name]

    def linked(self, row: Row, spec: LinkSpec) -> Row | None:
        """The object a link points to, if the asker sees it."""
        target = self.then.row(spec.target, row[spec.column], row.get(KNOWN_AT))
        return target if target is not None and self.sees(REGISTRY[spec.target], target) else None

    def dated(self, info: ResourceInfo, row: Row, time: Time) -> bool:
        """Whether what the row says holds at a time."""
        if "valid_from" not in info.fields:
            return True
        begun = row["valid_from"] is None or row["valid_from"] <= time.day
        open_ = row["valid_to"] is None or row["valid_to"] > time.day
        return begun and open_

    def listed(self, inverse: InverseInfo, row: Row, time: Time, *, guarded: bool = True) -> list[Row]:
        """The list that hangs on a row."""
        info = REGISTRY[inverse.source]
        origin = inverse.links[0].name if len(inverse.links) == 1 else None
        return [
            other
            for other in self.then.at(info, time.known_at)
            if any(other[link.column] == row["id"] for link in inverse.links)
            and self.dated(info, other, time)
            and (not guarded or self.sees(info, other, origin))
        ]

    def extension(
        self, info: ResourceInfo, row: Row, namespace: str
    ) -> tuple[ResourceInfo | None, Row | None]:
        """A plugin's part of a row, and the part itself if there is one to see."""
        for name in info.extensions:
            if name.startswith(f"{namespace}."):
                found = self.then.row(name, row["id"], row.get(KNOWN_AT))
                seen = found is not None and self.sees(REGISTRY[name], found, "id")
                return REGISTRY[name], found if seen else None
        return None, None

    # ---- filters -----------------------------------------------------------------------------------

    def holds(
        self,
        info: ResourceInfo,
        row: Row,
        tree: Mapping[str, Any] | None,
        time: Time,
        *,
        guarded: bool = True,
    ) -> bool:
        """Whether a filter holds for a row."""
        return all(
            self._term(info, row, name, value, time, guarded)
            for name, value in (tree or {}).items()
            if value is not None
        )

    def _term(self, info: ResourceInfo, row: Row, name: str, value: Any, time: Time, guarded: bool) -> bool:
        if name in ("and", "or"):
            held = [self.holds(info, row, part, time, guarded=guarded) for part in value]
            return all(held) if name == "and" else any(held)
        if name == "not":
            return not self.holds(info, row, value, time, guarded=guarded)
        part = self.find(info, name)
        if isinstance(part, FieldSpec | ComputedSpec):
            found = self.value(info, row, part) if guarded else self._bare(info, row, part)
            return self._operators(part, found, value)
        if isinstance(part, LinkSpec):
            target = self.linked(row, part) if guarded else self.by_id[part.target].get(row[part.column])
            return target is not None and self.holds(
                REGISTRY[part.target], target, value, time, guarded=guarded
            )
        if isinstance(part, InverseInfo):
            return self._list_term(part, row, value, time, guarded)
        return self._namespace_term(info, row, name, value, time)

    def _bare(self, info: ResourceInfo, row: Row, spec: Any) -> Any:
        return row[spec.name] if isinstance(spec, FieldSpec) else self.value(info, row, spec)

    def _namespace_term(self, info: ResourceInfo, row: Row, namespace: str, value: Any, time: Time) -> bool:
        part, found = self.extension(info, row, namespace)
        held = []
        for name, inner in value.items():
            inverse = info.inverses.get(f"{namespace}.{name}")
            if inverse is not None:
                held.append(self._list_term(inverse, row, inner, time, True))
            elif inner is not None:
                assert part is not None
                spec = self.find(part, name)
                held.append(self._operators(spec, self.value(part, found, spec), inner))
        return all(held)

    def _list_term(self, inverse: InverseInfo, row: Row, value: Any, time: Time, guarded: bool) -> bool:
        info = REGISTRY[inverse.source]
        rows = self.listed(inverse, row, time, guarded=guarded)
        for quantifier, inner in value.items():
            if inner is None:
                continue
            if quantifier == "aggregate":
                if not self._aggregate_term(info, rows, inner, time, guarded):
                    return False
                continue
            held = [self.holds(info, other, inner, time, guarded=guarded) for other in rows]
            if not {"some": any(held), "none": not any(held), "every": all(held)}[quantifier]:
                return False
        return True

    def _aggregate_term(
        self, info: ResourceInfo, rows: list[Row], value: Any, time: Time, guarded: bool
    ) -> bool:
        counted = [row for row in rows if self.holds(info, row, value.get("where"), time, guarded=guarded)]
        return all(
            self.compared(function, self.number(info, counted, function, name), operators)
            for function, name, operators in numbers_in(value)
        )

    def compared(self, function: str, found: Any, operators: Mapping[str, Any]) -> bool:
        """Conditions on a number, where a sum of nothing is no more than 0."""
        nothing = Decimal(0) if found is None and function == "sum" else found
        return all(
            self._operators(
                NUMBER, found if name == "isNull" or operand is None else nothing, {name: operand}
            )
            for name, operand in operators.items()
        )

    def _operators(self, spec: Any, found: Any, operators: Mapping[str, Any]) -> bool:
        return all(
            self._operator(spec, found, name, self._bound(operand)) for name, operand in operators.items()
        )

    def _bound(self, operand: Any) -> Any:
        if isinstance(operand, ContextValue):
            return {"user": self.actor.user_id, "unit": self.actor.home_unit, "today": self.today}[
                operand.name
            ]
        return operand

    def _operator(self, spec: Any, found: Any, name: str, operand: Any) -> bool:
        if name == "isNull":
            return operand is None or (found is None) == operand
        if operand is None:
            return {"eq": found is None, "ne": found is not None}.get(name, False)
        if name in ("ne", "notIn"):
            return found is None or not self._operator(
                spec, found, {"ne": "eq", "notIn": "in"}[name], operand
            )
        if found is None:
            return False
        if name in ("eq", "in"):
            wanted = operand if name == "in" else [operand]
            return found in [like(found, item) for item in wanted]
        if name in ("contains", "startsWith", "endsWith"):
            text, part = text_key(found), text_key(operand)
            return {
                "contains": part in text,
                "startsWith": text.startswith(part),
                "endsWith": text.endswith(part),
            }[name]
        left, right = ordered(spec, found), ordered(spec, like(found, operand))
        return bool(
            {"lt": left < right, "lte": left <= right, "gt": left > right, "gte": left >= right}[name]
        )

    # ---- order -------------------------------------------------------------------------------------

    def sort(self, info: ResourceInfo, rows: Iterable[Row], order: list[Any] | None, time: Time) -> list[Row]:
        """The rows in order: nulls last, ties by id in the direction of the last term."""
        terms = [next(iter(item.items())) for item in order or []]
        keyed = [(row, [self._key(info, row, name, value, time) for name, value in terms]) for row in rows]
        last = self._direction(terms[-1][1]) if terms else "ASC"
        keyed.sort(key=lambda pair: str(pair[0]["id"]), reverse=last == "DESC")
        for position in reversed(range(len(terms))):
            present = [pair for pair in keyed if pair[1][position] is not None]
            absent = [pair for pair in keyed if pair[1][position] is None]
            present.sort(
                key=lambda pair: pair[1][position], reverse=self._direction(terms[position][1]) == "DESC"
            )
            keyed = present + absent
        return [row for row, _ in keyed]

    def _direction(self, value: Any) -> str:
        while isinstance(value, Mapping):
            value = next(item for name, item in value.items() if name != "where")
        return str(value)

    def _key(self, info: ResourceInfo, row: Row, name: str, value: Any, time: Time) -> Any:
        part = self.find(info, name)
        if isinstance(part, FieldSpec | ComputedSpec):
            found = self.value(info, row, part)
            return None if found is None else ordered(part, found)
        if isinstance(part, LinkSpec):
            target = self.linked(row, part)
            ((inner, deeper),) = value.items()
            return None if target is None else self._key(REGISTRY[part.target], target, inner, deeper, time)
        if isinstance(part, InverseInfo):
            return self._number_key(part, row, value["aggregate"], time)
        ((inner, deeper),) = value.items()
        inverse = info.inverses.get(f"{name}.{inner}")
        if inverse is not None:
            return self._number_key(inverse, row, deeper["aggregate"], time)
        extension, found = self.extension(info, row, name)
        return (
            None if found is None or extension is None else self._key(extension, found, inner, deeper, time)
        )

    def _number_key(self, inverse: InverseInfo, row: Row, asked: Any, time: Time) -> Any:
        info = REGISTRY[inverse.source]
        rows = [
            other
            for other in self.listed(inverse, row, time)
            if self.holds(info, other, asked.get("where"), time)
        ]
        ((function, name, _),) = numbers_in(asked)
        return self.number(info, rows, function, name)

    # ---- numbers -----------------------------------------------------------------------------------

    def number(self, info: ResourceInfo, rows: list[Row], function: str, name: str | None) -> Any:
        """An aggregate over rows; null of nothing, except counts."""
        if name is None:
            return len(rows)
        spec = self.find(info, name)
        values = [value for row in rows if (value := self.value(info, row, spec)) is not None]
        if function == "countDistinct":
            return len(set(values))
        if not values:
            return None
        if function == "avg":
            exact = sum(map(Decimal, values), Decimal(0))
            return rounded(exact, Decimal(len(values)))
        return sum(values[1:], values[0]) if function == "sum" else {"min": min, "max": max}[function](values)

    def one_currency(self, info: ResourceInfo, rows: list[Row], name: str | None, given: Any) -> None:
        """Raises: Refusal if amounts of several currencies would be added up."""
        spec = self.find(info, name) if name else None
        if not isinstance(spec, FieldSpec) or spec.kind is not Kind.MONEY:
            return
        if ((given or {}).get(f"{name}Currency") or {}).get("eq") is not None:
            return
        if len({row[f"{spec.name}_currency"] for row in rows} - {None}) > 1:
            raise Refusal(name)


NUMBER = FieldSpec(name="number", kind=Kind.DECIMAL)


def numbers_in(asked: Mapping[str, Any]) -> list[tuple[str, str | None, Any]]:
    """The numbers an aggregate names: function, field, what is said of it."""
    found: list[tuple[str, str | None, Any]] = []
    for function, operand in asked.items():
        if function == "count":
            found.append((function, None, operand))
        elif function not in ("where", "keys"):
            found += [(function, name, said) for name, said in operand.items()]
    return found


def has_key(spec: Any) -> bool:
    """Whether a text is compared by its key: stored text is."""
    return isinstance(spec, FieldSpec) and spec.kind is Kind.TEXT


def like(found: Any, operand: Any) -> Any:
    """The operand in the type of the value it is compared with."""
    if isinstance(found, Decimal):
        return Decimal(operand)
    if isinstance(found, dt.datetime) and isinstance(operand, str):
        return dt.datetime.fromisoformat(operand)
    if isinstance(found, dt.date) and isinstance(operand, str):
        return dt.date.fromisoformat(operand)
    if hasattr(found, "hex") and hasattr(found, "int"):
        return type(found)(str(operand))
    return operand


def ordered(spec: Any, value: Any) -> Any:
    """What values are sorted by."""
    if isinstance(value, str):
        return (text_key(value) if has_key(spec) else value).encode()
    return (
        str(value)
        if hasattr(value, "hex") and hasattr(value, "int") and not isinstance(value, int)
        else value
    )


__all__ = ["BASE", "Oracle", "OtherEndSpec", "Pick", "Refusal", "Time", "camel"]
