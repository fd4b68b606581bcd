"""Declarations of variables as they are written in templates and clauses, read and put together."""

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation

from xrm_core.errors import DomainError, Refusal
from xrm_legal.rules.variables import Variable, VariableKind

# What every text may name without declaring it: the parties as they agreed, and the contract itself.
GIVEN_NAMES = frozenset({"us", "them", "contract"})
_RESERVED = GIVEN_NAMES | {"xrm", "articles", "signatures", "annexes", "changes", "tr", "loop", "range"}
_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_KEYS = frozenset(
    {"name", "kind", "mandatory", "default", "choices", "columns", "minimum", "maximum", "label"}
)


class DeclarationInvalid(DomainError):
    """A declaration of variables cannot be read; each problem names one."""

    code = "legal.declaration_invalid"

    def __init__(self, problems: Sequence[Refusal]) -> None:
        message = " ".join(problem.message for problem in problems)
        super().__init__(message, field="variables", problems=problems)


def read_declarations(rows: Iterable[object]) -> list[Variable]:
    """The declared variables, in their order.

    A row is `{name, kind, mandatory, default, choices, columns, minimum, maximum, label}`; name and kind are
    needed, a variable is mandatory unless it says otherwise. Raises: DeclarationInvalid, with every problem.
    """
    found: list[Variable] = []
    problems: list[Refusal] = []
    for position, row in enumerate(rows, 1):
        complaint = _complaint(row)
        if complaint or not isinstance(row, Mapping):
            message = f"Variable {position} {complaint}."
            problems.append(Refusal(DeclarationInvalid.code, message, "variables", {"position": position}))
        else:
            found.append(_variable(row))
    if problems:
        raise DeclarationInvalid(problems)
    return found


def merged(*groups: Iterable[Variable]) -> list[Variable]:
    """All variables in order, those declared alike once; one name declared in two ways stays there twice."""
    return list(dict.fromkeys(variable for group in groups for variable in group))


def _complaint(row: object) -> str:
    if not isinstance(row, Mapping):
        return "is not an object"
    unknown = sorted(set(row) - _KEYS)
    if unknown:
        return f"has unknown parts: {', '.join(map(str, unknown))}"
    name = row.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        return f"needs a name in small letters, such as payment_days, not {name!r}"
    if name in _RESERVED:
        return f"cannot be called {name}: every text has that already"
    if row.get("kind") not in list(VariableKind):
        return f"({name}) needs a kind, one of {', '.join(VariableKind)}"
    return f"({name}) {_wrong_part(row)}" if _wrong_part(row) else ""


def _wrong_part(row: Mapping[str, object]) -> str:
    for key in ("choices", "columns"):
        value = row.get(key, [])
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            return f"needs {key} that are a list of texts"
    for key in ("minimum", "maximum"):
        if row.get(key) is not None and _number(row[key]) is None:
            return f"needs a {key} that is a number written as text"
    label = row.get("label", {})
    if not isinstance(label, Mapping) or not all(isinstance(one, str) for one in label.values()):
        return "has a label by language: {en: …, fr: …}"
    if not isinstance(row.get("mandatory", True), bool):
        return "is mandatory or not: true or false"
    return ""


def _variable(row: Mapping[str, object]) -> Variable:
    return Variable(
        str(row["name"]),
        VariableKind(str(row["kind"])),
        is_mandatory=bool(row.get("mandatory", True)),
        default=row.get("default"),
        choices=_texts(row.get("choices")),
        columns=_texts(row.get("columns")),
        minimum=_number(row.get("minimum")),
        maximum=_number(row.get("maximum")),
    )


def _texts(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else ()


def _number(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    try:
        number = Decimal(value)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
