"""What a move asks for besides its event: fields with a kind, checked all at once."""

import datetime as dt
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from xrm_core.errors import Refusal
from xrm_workflows.labels import Label

# A comment is read by people; more than this belongs in an attachment.
LONGEST_TEXT = 4000
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class FieldKind(StrEnum):
    """What a field of a form holds."""

    TEXT = "text"
    TEXTS = "texts"
    DATE = "date"
    USER = "user"
    RELATIONSHIP = "relationship"
    EVIDENCE = "evidence"


@dataclass(frozen=True, slots=True)
class FormField:
    """One value that a move takes in `data`.

    `required_for` names a reason code that makes an optional field required; `latest_in_days` bounds a date
    from above, counted from today.
    """

    kind: FieldKind
    label: Label
    required: bool = True
    required_for: str | None = None
    latest_in_days: int | None = None


def wire_name(name: str) -> str:
    """The name as clients write it: target_date is targetDate."""
    head, *tail = name.split("_")
    return head + "".join(part.capitalize() for part in tail)


def check_form(
    form: Mapping[str, FormField], data: object, *, reason: str | None, today: dt.date
) -> tuple[dict[str, Any], list[Refusal]]:
    """The values that hold, under their names in code, and a refusal for each that does not.

    Clients may write `targetDate` or `target_date`. A field nobody asked for is refused: it would be lost.
    """
    if not isinstance(data, Mapping):
        return {}, [Refusal("workflows.field_invalid", "data must be an object of named values.", "data")]
    names = {wire_name(name): name for name in form} | {name: name for name in form}
    given, refusals = _by_name(names, data)
    values: dict[str, Any] = {}
    for name, field in form.items():
        raw = given.get(name)
        if _is_blank(raw):
            if field.required or (field.required_for is not None and field.required_for == reason):
                refusals.append(_refusal("workflows.field_missing", name, "is required"))
            continue
        cleaned, complaint = _clean(field, raw, today)
        if complaint:
            refusals.append(_refusal("workflows.field_invalid", name, complaint))
        else:
            values[name] = cleaned
    return values, refusals


def _by_name(names: Mapping[str, str], data: Mapping[Any, Any]) -> tuple[dict[str, Any], list[Refusal]]:
    given: dict[str, Any] = {}
    refusals: list[Refusal] = []
    for key, value in data.items():
        name = names.get(key)
        if name is None:
            refusals.append(_refusal("workflows.field_unknown", str(key), "is not asked for"))
        elif name in given:
            refusals.append(_refusal("workflows.field_invalid", name, "is given twice"))
        else:
            given[name] = value
    return given, refusals


def _refusal(code: str, name: str, complaint: str) -> Refusal:
    shown = wire_name(name)
    return Refusal(code, f"{shown} {complaint}.", f"data.{shown}")


def _is_blank(value: object) -> bool:
    if isinstance(value, str):
        return not value.strip()
    return value is None or (isinstance(value, list | tuple | dict) and not value)


def _clean(field: FormField, raw: object, today: dt.date) -> tuple[Any, str]:
    cleaned = _CLEANERS[field.kind](raw)
    if cleaned is None:
        return None, f"must be {_WANTED[field.kind]}"
    if field.latest_in_days is not None and isinstance(cleaned, dt.date):
        latest = today + dt.timedelta(days=field.latest_in_days)
        if cleaned > latest:
            return None, f"must be at most {field.latest_in_days} days ahead, {latest} at the latest"
    return cleaned, ""


def _text(raw: object) -> str | None:
    return raw.strip() if isinstance(raw, str) and raw.strip() and len(raw) <= LONGEST_TEXT else None


def _texts(raw: object) -> list[str] | None:
    texts = [_text(item) for item in (raw if isinstance(raw, list | tuple) else [raw])]
    found = [text for text in texts if text is not None]
    return found if len(found) == len(texts) else None


def _date(raw: object) -> dt.date | None:
    if type(raw) is dt.date:
        return raw
    if not isinstance(raw, str) or not _DAY.fullmatch(raw.strip()):
        return None
    try:
        return dt.date.fromisoformat(raw.strip())
    except ValueError:
        return None


def _user(raw: object) -> str | None:
    return str(raw) if isinstance(raw, uuid.UUID) else _text(raw)


def _id(raw: object) -> str | None:
    try:
        return str(uuid.UUID(str(raw)))
    except ValueError:
        return None


def _evidence(raw: object) -> Any:
    return _text(raw) if isinstance(raw, str) else raw if isinstance(raw, list | dict) else None


_CLEANERS: dict[FieldKind, Callable[[object], Any]] = {
    FieldKind.TEXT: _text,
    FieldKind.TEXTS: _texts,
    FieldKind.DATE: _date,
    FieldKind.USER: _user,
    FieldKind.RELATIONSHIP: _id,
    FieldKind.EVIDENCE: _evidence,
}
_WANTED: dict[FieldKind, str] = {
    FieldKind.TEXT: f"a text of at most {LONGEST_TEXT} characters",
    FieldKind.TEXTS: f"a text or a list of texts, each of at most {LONGEST_TEXT} characters",
    FieldKind.DATE: "a date such as 2026-09-30",
    FieldKind.USER: "the id of a user",
    FieldKind.RELATIONSHIP: "the id of a relationship",
    FieldKind.EVIDENCE: "a text, a list or an object that shows it",
}
