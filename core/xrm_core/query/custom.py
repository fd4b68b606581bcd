"""Custom fields in statements: found by their definitions, compared, shown, hidden like others.

Only keys of known definitions reach SQL, and a key is letters, digits and underscores. A statement that names custom
fields answers nothing if the tenant's definitions are not those it was written for: it is then written anew.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from xrm_core.custom.definitions import API_NAME, COLUMN, Definition
from xrm_core.custom.kinds import (
    DATED,
    MILLIONTHS,
    SLOTS,
    TEXT_KEY,
    CustomFieldKind,
    Unfit,
    normalised,
    slot,
)
from xrm_core.db.arithmetic import SCALE
from xrm_core.db.types import CodeType, DateType, DecimalType, JsonType, UtcDateTime
from xrm_core.declare.registry import ResourceInfo
from xrm_core.declare.specs import ComputedSpec, Kind
from xrm_core.errors import Invalid, Unavailable
from xrm_core.query import guard
from xrm_core.query.compiler import Compiler, Path
from xrm_core.query.jsonsql import JSON, literal
from xrm_core.query.scope import Scope
from xrm_core.query.selection import Selected

PREFIX = f"{API_NAME}."
# Names a custom field in an order, in groups and among numbers.
CUSTOM = "customField"
_SAME = frozenset({"eq", "ne"})
_LISTED = _SAME | {"in", "notIn"}
_ORDERED = _LISTED | {"lt", "lte", "gt", "gte"}
OPERATORS: Mapping[CustomFieldKind, frozenset[str]] = {
    CustomFieldKind.TEXT: _ORDERED | {"contains", "startsWith", "endsWith"},
    CustomFieldKind.INTEGER: _ORDERED,
    CustomFieldKind.DECIMAL: _ORDERED,
    CustomFieldKind.BOOLEAN: _SAME,
    CustomFieldKind.DATE: _ORDERED,
    CustomFieldKind.MOMENT: _ORDERED,
    CustomFieldKind.CHOICE: _LISTED,
}
# How a value is compared: dates, moments and choices are texts that sort as they should, byte by byte.
_KINDS = {
    CustomFieldKind.TEXT: Kind.TEXT,
    CustomFieldKind.INTEGER: Kind.INTEGER,
    CustomFieldKind.DECIMAL: Kind.DECIMAL,
    CustomFieldKind.BOOLEAN: Kind.BOOLEAN,
}


class WrongCustomField(Invalid):
    """There is no such custom field, or it cannot be asked this; the definitions say what there is."""

    code = "core.wrong_custom_field"


class OtherCustomFields(Unavailable):
    """The statement was written for custom fields that have changed since: it answers nothing."""

    code = "core.custom_fields_changed"

    def __init__(self) -> None:
        super().__init__("Custom fields are being changed; try again.")


@dataclass(slots=True)
class CustomSpec(ComputedSpec):
    """A custom field as a value that SQL works out from the row's JSON."""

    definition: Definition = None  # type: ignore[assignment]  # always given, behind those with defaults

    def check(self, operator: str) -> None:
        """Raises: WrongCustomField for an operator that the field does not have."""
        if operator != "isNull" and operator not in OPERATORS[self.definition.kind]:
            name = self.definition.api_name
            message = f"{name} is {_article(self.definition.kind)} and cannot be compared by {operator}."
            raise WrongCustomField(message, field=name)

    def operand(self, value: Any) -> Any:
        """What the value is compared with, in the form that is stored. Raises: WrongCustomField."""
        if value is None:
            return None
        try:
            fit = normalised(self.definition.kind, value)
        except Unfit as wrong:
            name = self.definition.api_name
            raise WrongCustomField(f"{name} {wrong}.", field=name) from wrong
        return Decimal(fit) if self.kind is Kind.DECIMAL else fit

    def dated(self, scope: Scope, *, sqlite: bool) -> tuple[Any, Kind]:
        """The value as a date or a moment, to the second. Raises: WrongCustomField if it is neither."""
        if self.definition.kind not in DATED:
            raise WrongCustomField(
                f"{self.definition.api_name} is not a date.", field=self.definition.api_name
            )
        text = scope.value(self)
        if self.definition.kind is CustomFieldKind.DATE:
            return (sa.type_coerce if sqlite else sa.cast)(text, DateType()), Kind.DATE
        if not sqlite:
            return sa.cast(text, UtcDateTime()), Kind.MOMENT
        start = sa.func.substr(text, sa.literal_column("1"), sa.literal_column("19"))
        seconds = sa.cast(sa.func.strftime(literal("%s"), start), sa.BigInteger())
        return sa.type_coerce(
            seconds * sa.literal_column(str(SCALE), sa.BigInteger()), UtcDateTime()
        ), Kind.MOMENT


def _article(kind: CustomFieldKind) -> str:
    return f"{'an' if kind is CustomFieldKind.INTEGER else 'a'} {kind.lower()}"


def custom_spec(compiler: Compiler, info: ResourceInfo, key: Any, *, retired: bool = False) -> CustomSpec:
    """The custom field of a resource under this key. Raises: WrongCustomField if there is none."""
    compiler.uses_custom_fields = True
    found = compiler.custom_fields.find(info.name, key, retired=retired) if isinstance(key, str) else None
    if found is None:
        named = f"{API_NAME}.{str(key)[:60]}"
        raise WrongCustomField(f"{info.type_name} has no custom field {str(key)[:60]!r}.", field=named)
    kind = _KINDS.get(found.kind, Kind.CODE)
    keyed = _bytewise(slot(found.key, TEXT_KEY), sqlite=compiler.json.sqlite)
    return CustomSpec(
        type=object,
        expression=_expression(found, kind, sqlite=compiler.json.sqlite),
        hideable=True,
        name=found.mask,
        kind=kind,
        nullable=True,
        key=keyed if found.kind is CustomFieldKind.TEXT else None,
        definition=found,
    )


def _at(row: Any, name: str) -> Any:
    return row.custom_fields.op("->>", precedence=15, return_type=sa.Text())(literal(name))


def _bytewise(name: str, *, sqlite: bool) -> Callable[[Any], Any]:
    if sqlite:
        return lambda row: sa.type_coerce(_at(row, name), CodeType())
    return lambda row: sa.type_coerce(sa.collate(_bracketed(_at(row, name)), "C"), CodeType())


def _bracketed(expression: Any) -> Any:
    from sqlalchemy.sql.elements import Grouping  # COLLATE binds more tightly than ->>

    return Grouping(expression)


def _expression(definition: Definition, kind: Kind, *, sqlite: bool) -> Callable[[Any], Any]:
    """The value as it is compared, sorted and added up."""
    name = slot(definition.key, SLOTS[definition.kind])
    if kind is Kind.CODE:
        return _bytewise(name, sqlite=sqlite)
    if kind is Kind.TEXT or sqlite:
        stored = slot(definition.key, MILLIONTHS) if kind is Kind.DECIMAL else name
        return lambda row: _at(row, stored)
    type_: Any = {Kind.INTEGER: sa.Integer(), Kind.DECIMAL: DecimalType(), Kind.BOOLEAN: sa.Boolean()}[kind]
    return lambda row: sa.cast(_at(row, name), type_)


def changed_fields(compiler: Compiler, scope: Scope, info: ResourceInfo) -> list[tuple[str, Any]]:
    """The fields that the asker sees of a version, each with the condition that the version before says otherwise."""
    compiler.uses_custom_fields = True
    after, before = scope.column(COLUMN), scope.carry(f"before:{COLUMN}", JsonType())
    found = []
    for one in compiler.custom_fields.of(info.name):
        verdict = guard.shows(compiler, scope, one.mask)
        if verdict is not False:
            name = literal(slot(one.key, SLOTS[one.kind]))
            now, then = (row.op("->>", precedence=15, return_type=sa.Text())(name) for row in (after, before))
            found.append((one.api_name, sa.and_(now.is_distinct_from(then), *guard.conditions(verdict))))
    return found


class CustomFieldsField:
    """All custom fields of a row that the asker may see, as one JSON object; what has no value is not in it."""

    def __init__(self, info: ResourceInfo) -> None:
        self.info = info

    def write(self, compiler: Compiler, scope: Scope, selected: Selected, path: Path) -> Any:
        """The object, {} if there is nothing to show."""
        compiler.uses_custom_fields = True
        known = compiler.custom_fields.of(self.info.name)
        verdicts = [(one, guard.shows(compiler, scope, one.mask)) for one in known]
        self._name_hidden(compiler, scope, verdicts, path)
        pairs = [
            (one.key, self._value(scope, one, verdict)) for one, verdict in verdicts if verdict is not False
        ]
        if not pairs:
            return compiler.json.constant("{}")
        return compiler.json.without_nulls(compiler.json.object(pairs))

    @staticmethod
    def _name_hidden(
        compiler: Compiler, scope: Scope, verdicts: list[tuple[Definition, Any]], path: Path
    ) -> None:
        """One path for the whole of it, or one a key where some keys are shown."""
        if guard.shows(compiler, scope, COLUMN) is not True and all(
            verdict is not True for _, verdict in verdicts
        ):
            compiler.hide(path)
            return
        for one, verdict in verdicts:
            if verdict is not True:
                compiler.hide((*path, one.key))

    @staticmethod
    def _value(scope: Scope, definition: Definition, verdict: Any) -> Any:
        # As it is stored it is JSON already.
        name = literal(slot(definition.key, SLOTS[definition.kind]))
        value = scope.column(COLUMN).op("->", precedence=15, return_type=JSON)(name)
        return value if verdict is True else sa.case((verdict, value), else_=sa.null())
