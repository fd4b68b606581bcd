"""The operators of a filter on one value: eq ne in notIn lt lte gt gte isNull contains startsWith endsWith."""

import operator
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from xrm_core.declare.resource import sql_type
from xrm_core.declare.specs import ComputedSpec, FieldSpec, Kind
from xrm_core.errors import Invalid, LimitExceeded
from xrm_core.query.compiler import Compiler
from xrm_core.query.custom import CustomSpec
from xrm_core.query.folding import folded
from xrm_core.query.operands import operand_of, text
from xrm_core.query.scope import Scope
from xrm_core.text import text_key

_ORDERED: dict[str, Callable[[Any, Any], Any]] = {
    "lt": operator.lt, "lte": operator.le, "gt": operator.gt, "gte": operator.ge,
}  # fmt: skip
_TEXT = ("contains", "startsWith", "endsWith")
_OPERATORS = {"eq", "ne", "in", "notIn", *_ORDERED, *_TEXT}
_LAST = chr(0x10FFFF)
LONGEST_PATTERN = 5_000
# Bytes of a pattern that SQLite reads.
_LARGEST_PATTERN = 50_000


def compare(
    compiler: Compiler,
    scope: Scope,
    spec: FieldSpec | ComputedSpec,
    name: str,
    value: Any,
    *,
    column: Any = None,
) -> Any:
    """The condition `spec <name> value`; text is compared by its key where the operator ignores case and accents.

    `column` stands for the field's own. Raises: Invalid for an operator that the field does not have.
    """
    kind = Kind.DECIMAL if spec.kind is Kind.MONEY else spec.kind
    is_custom = isinstance(spec, CustomSpec)
    if isinstance(spec, CustomSpec):
        spec.check(name)
    shown = scope.value(spec) if column is None else column
    if name == "isNull":
        return _null_as_asked(compiler, shown, value)
    if kind is Kind.JSON or name not in _OPERATORS:
        raise Invalid(f"{spec.name} cannot be compared by {name}.", field=spec.name)
    if value is None:
        return shown.is_(None) if name == "eq" else shown.is_not(None) if name == "ne" else sa.false()
    if kind is Kind.TEXT or (kind is Kind.CODE and not is_custom):
        return _text(compiler, scope, spec, shown, name, value)
    if name in _TEXT:
        raise Invalid(f"{spec.name} is not a text.", field=spec.name)
    type_ = sql_type(kind)
    transform = spec.operand if isinstance(spec, CustomSpec) else operand_of(kind)
    if name in ("in", "notIn"):
        return _listed(compiler, shown, value, type_, transform, negated=name == "notIn")
    bound = compiler.binds.value(value, type_, transform)
    if name == "eq":
        return shown == bound
    if name == "ne":
        return sa.or_(shown != bound, shown.is_(None))
    return _ORDERED[name](shown, bound)


def _null_as_asked(compiler: Compiler, shown: Any, value: Any) -> Any:
    if value is None:
        return sa.true()
    if isinstance(value, bool):
        return shown.is_(None) if value else shown.is_not(None)
    asked = compiler.binds.value(value, sa.Boolean())
    return sa.case((shown.is_(None), sa.literal_column("1")), else_=sa.literal_column("0")) == sa.cast(
        asked, sa.Integer()
    )


def _listed(compiler: Compiler, shown: Any, value: Any, type_: Any, transform: Any, *, negated: bool) -> Any:
    found = compiler.binds.member(shown, value, type_, transform)
    return sa.or_(sa.not_(found), shown.is_(None)) if negated else found


def _text(compiler: Compiler, scope: Scope, spec: Any, shown: Any, name: str, value: Any) -> Any:
    stored = spec.kind is Kind.TEXT and spec.has_key
    shown = shown if stored else compiler.json.bytewise(shown)
    key: Any = scope.key(spec) if stored else None
    type_, binds = sql_type(Kind.CODE), compiler.binds
    read = spec.operand if isinstance(spec, CustomSpec) else operand_of(Kind.TEXT)
    fold = _folded(read)
    if name in ("in", "notIn"):
        exact = _listed(compiler, shown, value, type_, read, negated=name == "notIn")
        return sa.and_(binds.member(key, value, type_, fold), exact) if stored and name == "in" else exact
    if name in ("eq", "ne"):
        same = shown == binds.value(value, type_, read)
        if name == "ne":
            return sa.or_(sa.not_(same), shown.is_(None))
        return sa.and_(key == binds.value(value, type_, fold), same) if stored else same
    if name in _ORDERED:
        return _ORDERED[name](key if stored else shown, binds.value(value, type_, fold if stored else read))
    if name == "startsWith" and stored:
        return sa.and_(
            key >= binds.value(value, type_, fold),
            key < binds.value(value, type_, lambda start: None if start is None else fold(start) + _LAST),
        )
    key = key if stored else folded(compiler, shown)
    return key.like(binds.value(value, type_, _pattern(name, spec.name)), escape="!")


def _folded(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def fold(value: Any) -> Any:
        found = read(value)
        return None if found is None else text_key(found)

    return fold


def _pattern(name: str, field: str) -> Callable[[Any], Any]:
    shape = {"contains": "%{}%", "startsWith": "{}%", "endsWith": "%{}"}[name]

    def pattern(value: Any) -> Any:
        if value is None:
            return None
        found = shape.format(_escaped(text_key(text(value)[: LONGEST_PATTERN + 1])))
        # Some characters stand for a whole word, which is what is looked for.
        if len(value) > LONGEST_PATTERN or len(found.encode()) > _LARGEST_PATTERN:
            raise LimitExceeded(
                f"{name} takes at most {LONGEST_PATTERN} characters, fewer of those that stand for several.",
                field=field,
            )
        return found

    return pattern


def _escaped(text: str) -> str:
    return text.replace("!", "!!").replace("%", "!%").replace("_", "!_")
