"""Variables of a contract template: typed, mandatory or not, checked all at once."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import TypeAlias

from xrm_core.errors import DomainError, Refusal
from xrm_core.money import Money

Value: TypeAlias = "str | bool | int | Decimal | date | Money | Mapping[str, Value] | Sequence[Value] | None"

# A number such as 1e999999 would fill the memory when written out.
_MAX_DIGITS = 30


class VariableKind(StrEnum):
    """What a variable holds (rules.md C4). A percent is a fraction, 0.05 for 5 %."""

    TEXT = "text"
    NUMBER = "number"
    MONEY = "money"
    DATE = "date"
    PERCENT = "percent"
    ENUM = "enum"
    BOOL = "bool"
    PARTY = "party"
    TABLE = "table"
    CLAUSE_REF = "clause_ref"


class NotReadable(DomainError):
    """The given value is not one of the variable's kind."""

    code = "legal.variable_invalid"


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable as its template declares it.

    `choices` are the values of an enum or the clauses a clause_ref may name; `columns` those of a table,
    each mandatory in every row; `minimum` and `maximum` bound numbers, percents and amounts of money.
    """

    name: str
    kind: VariableKind
    is_mandatory: bool = True
    default: object = None
    choices: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    minimum: Decimal | None = None
    maximum: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Binding:
    """Values ready for a template, and every reason why the template may not be filled with them."""

    values: Mapping[str, Value]
    refusals: tuple[Refusal, ...]


def bind_variables(
    declared: Sequence[Variable], given: Mapping[str, object], *, used: Collection[str]
) -> Binding:
    """The given values as typed ones, with every error listed at once (rules.md C4).

    `used` are the names the template's text refers to. An optional variable that is not given has its
    default, else None.
    """
    names = {variable.name for variable in declared}
    refusals = [*declaration_refusals(declared, used=used)]
    refusals += [
        _refusal("variable_unknown", f"The template has no variable {name}.", name)
        for name in sorted(set(given) - names)
    ]
    values: dict[str, Value] = {}
    for variable in declared:
        raw = given.get(variable.name)
        if raw is None or raw == "":
            if variable.is_mandatory:
                refusals.append(_refusal("variable_missing", f"{variable.name} is mandatory.", variable.name))
                continue
            raw = variable.default
        try:
            values[variable.name] = None if raw is None else read_value(variable, raw)
        except NotReadable as error:
            refusals += error.problems
    return Binding(values, tuple(refusals))


def declaration_refusals(declared: Sequence[Variable], *, used: Collection[str]) -> list[Refusal]:
    """What is wrong with a template's declarations and text taken together (rules.md C4).

    Names used but not declared, declared but not used, declared twice, and mandatory ones with a fallback.
    """
    names = [variable.name for variable in declared]
    refusals = [
        _refusal("variable_undeclared", f"The text uses {name}, which is not declared.", name)
        for name in sorted(set(used) - set(names))
    ]
    for position, variable in enumerate(declared):
        name = variable.name
        if name in names[:position]:
            refusals.append(_refusal("variable_twice", f"{name} is declared twice.", name))
        if name not in used:
            refusals.append(_refusal("variable_unused", f"The text does not use {name}.", name))
        if variable.is_mandatory and variable.default is not None:
            message = f"{name} is mandatory and may have no fallback."
            refusals.append(_refusal("fallback_forbidden", message, name))
    return refusals


def read_value(variable: Variable, raw: object) -> Value:
    """The raw value, from a form or JSON, as one of the variable's kind. Raises: NotReadable."""
    match variable.kind:
        case VariableKind.TEXT:
            return _text(variable, raw)
        case VariableKind.BOOL:
            return _bool(variable, raw)
        case VariableKind.DATE:
            return _date(variable, raw)
        case VariableKind.NUMBER | VariableKind.PERCENT:
            return _bounded(variable, _decimal(variable, raw))
        case VariableKind.MONEY:
            return _money(variable, raw)
        case VariableKind.ENUM | VariableKind.CLAUSE_REF:
            return _choice(variable, raw)
        case VariableKind.PARTY:
            return _party(variable, raw)
        case VariableKind.TABLE:
            return _table(variable, raw)


def _text(variable: Variable, raw: object) -> str:
    if not isinstance(raw, str):
        raise _wrong(variable, "a text")
    return raw


def _bool(variable: Variable, raw: object) -> bool:
    if not isinstance(raw, bool):
        raise _wrong(variable, "true or false")
    return raw


def _date(variable: Variable, raw: object) -> date:
    if type(raw) is date:
        return raw
    try:
        return date.fromisoformat(_text(variable, raw))
    except ValueError:
        raise _wrong(variable, "a date such as 2026-12-31") from None


def _decimal(variable: Variable, raw: object) -> Decimal:
    # A float has lost digits already, and true is not a number.
    if isinstance(raw, bool) or not isinstance(raw, str | int | Decimal):
        raise _wrong(variable, "a number written as text")
    try:
        number = Decimal(raw)
    except InvalidOperation:
        raise _wrong(variable, "a number") from None
    if not number.is_finite() or abs(number.adjusted()) > _MAX_DIGITS:
        raise _wrong(variable, "a number of ordinary size")
    return number


def _bounded(variable: Variable, number: Decimal) -> Decimal:
    if variable.minimum is not None and number < variable.minimum:
        raise _wrong(variable, f"at least {variable.minimum:f}")
    if variable.maximum is not None and number > variable.maximum:
        raise _wrong(variable, f"at most {variable.maximum:f}")
    return number


def _money(variable: Variable, raw: object) -> Money:
    if isinstance(raw, Money):
        _bounded(variable, raw.amount)
        return raw
    if not isinstance(raw, Mapping) or set(raw) != {"amount", "currency"}:
        raise _wrong(variable, "an amount and a currency")
    currency = raw["currency"]
    if not (isinstance(currency, str) and len(currency) == 3 and currency.isascii() and currency.isupper()):
        raise _wrong(variable, "an amount with a currency code of three capitals")
    return Money(_bounded(variable, _decimal(variable, raw["amount"])), currency)


def _choice(variable: Variable, raw: object) -> str:
    if raw not in variable.choices:
        raise _wrong(variable, "one of " + ", ".join(variable.choices))
    return str(raw)


def _party(variable: Variable, raw: object) -> Mapping[str, Value]:
    if not isinstance(raw, Mapping) or not raw.get("name"):
        raise _wrong(variable, "a party with its name")
    return {str(key): _plain(variable, value) for key, value in raw.items()}


def _table(variable: Variable, raw: object) -> Sequence[Value]:
    if isinstance(raw, str) or not isinstance(raw, Sequence):
        raise _wrong(variable, "a list of rows")
    rows = []
    for number, row in enumerate(raw, 1):
        if not isinstance(row, Mapping) or set(row) != set(variable.columns):
            raise _wrong(variable, f"rows of {', '.join(variable.columns)}; row {number} is not")
        rows.append({str(key): _plain(variable, row[key]) for key in variable.columns})
    return rows


def _plain(variable: Variable, raw: object) -> Value:
    if raw is None or isinstance(raw, str | bool | int | Decimal | date | Money):
        return raw
    raise _wrong(variable, "made of texts, numbers, dates and amounts")


def _wrong(variable: Variable, wanted: str) -> NotReadable:
    return NotReadable(f"{variable.name} must be {wanted}.", field=variable.name)


def _refusal(code: str, message: str, field: str) -> Refusal:
    return Refusal(f"legal.{code}", message, field)
