"""The operators of a filter on one value: eq ne in notIn lt lte gt gte isNull contains startsWith endsWith."""

import operator
from collections.abc import Callable
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from xrm_core.declare.resource import sql_type
from xrm_core.declare.specs import ComputedSpec, FieldSpec, Kind
from xrm_core.errors import Invalid
from xrm_core.query.compiler import Compiler
from xrm_core.query.scope import Scope
from xrm_core.text import text_key

_ORDERED: dict[str, Callable[[Any, Any], Any]] = {
    "lt": operator.lt, "lte": operator.le, "gt": operator.gt, "gte": operator.ge,
}  # fmt: skip
_LAST = chr(0x10FFFF)


def compare(
    compiler: Compiler, scope: Scope, spec: FieldSpec | ComputedSpec, name: str, value: Any, *, column: Any = None
) -> Any:
    """The condition `spec <name> value`; text is compared by its key where the operator ignores case and accents."""
    kind = Kind.DECIMAL if spec.kind is Kind.MONEY else spec.kind
    shown = scope.value(spec) if column is None else column
    if name == "isNull":
        if value is True:
            return shown.is_(None)
        return shown.is_not(None) if value is False else _null_as_asked(compiler, shown, value)
    if value is None:
        return shown.is_(None) if name == "eq" else shown.is_not(None) if name == "ne" else sa.false()
    if kind in (Kind.TEXT, Kind.CODE):
        return _text(compiler, scope, spec, shown, name, value)
    type_ = sql_type(kind)
    transform = exact_id if kind is Kind.ID else None
    if name in ("in", "notIn"):
        return _listed(compiler, shown, value, type_, transform, negated=name == "notIn")
    bound = compiler.binds.value(value, type_, transform)
    if name == "eq":
        return shown == bound
    if name == "ne":
        return sa.or_(shown != bound, shown.is_(None))
    return _ORDERED[name](shown, bound)


def _null_as_asked(compiler: Compiler, shown: Any, value: Any) -> Any:
    asked = compiler.binds.value(value, sa.Boolean())
    return sa.case((shown.is_(None), sa.literal_column("1")), else_=sa.literal_column("0")) == sa.cast(
        asked, sa.Integer()
    )


def exact_id(value: Any) -> UUID:
    """The id that the text is. Raises: Invalid if it is none."""
    try:
        return UUID(str(value))
    except ValueError as wrong:
        raise Invalid(f"{value!r} is not an id.", field="id") from wrong


def _listed(compiler: Compiler, shown: Any, value: Any, type_: Any, transform: Any, *, negated: bool) -> Any:
    found = compiler.binds.member(shown, value, type_, transform)
    return sa.or_(sa.not_(found), shown.is_(None)) if negated else found


def _text(compiler: Compiler, scope: Scope, spec: Any, shown: Any, name: str, value: Any) -> Any:
    stored = isinstance(spec, FieldSpec) and spec.kind is Kind.TEXT
    if not stored and not compiler.json.sqlite:
        shown = sa.collate(shown, "C")
    key = scope.column(f"{spec.name}_key") if stored else sa.func.lower(shown)
    type_, binds = sql_type(Kind.CODE), compiler.binds
    if name in ("in", "notIn"):
        exact = _listed(compiler, shown, value, type_, str, negated=name == "notIn")
        return sa.and_(binds.member(key, value, type_, text_key), exact) if stored and name == "in" else exact
    if name in ("eq", "ne"):
        same = shown == binds.value(value, type_)
        if name == "ne":
            return sa.or_(sa.not_(same), shown.is_(None))
        return sa.and_(key == binds.value(value, type_, text_key), same) if stored else same
    if name in _ORDERED:
        return _ORDERED[name](key if stored else shown, binds.value(value, type_, text_key if stored else None))
    if name == "startsWith" and stored:
        return sa.and_(
            key >= binds.value(value, type_, text_key),
            key < binds.value(value, type_, lambda text: text_key(text) + _LAST),
        )
    pattern = {"contains": "%{}%", "startsWith": "{}%", "endsWith": "%{}"}[name]
    fold = text_key if stored else _ascii_lower
    return key.like(binds.value(value, type_, lambda text: pattern.format(_escaped(fold(text)))), escape="!")


def _ascii_lower(text: str) -> str:
    return "".join(char.lower() if char.isascii() else char for char in text)


def _escaped(text: str) -> str:
    return text.replace("!", "!!").replace("%", "!%").replace("_", "!_")
