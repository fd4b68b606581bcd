"""Plain data: what may go into a document, written one way only, so that equal content has an equal hash."""

import hashlib
import json
from datetime import date
from decimal import Decimal

from xrm_core.documents.errors import DocumentDataInvalid

Plain = dict[str, "Plain"] | list["Plain"] | str | int | Decimal | date | bool | None

_MAX_DEPTH = 32
_MAX_DIGITS = 60
_TYPE_NAMES = "dict, list, str, int, Decimal, date, bool and None"
_LEAVES = (str, int, bool, date, Decimal, type(None))


def check_plain(value: object, path: str = "data", depth: int = 0) -> None:
    """Nothing but plain values is inside, at most 32 levels deep.

    Texts are valid Unicode, numbers have at most 60 digits. Exact types are asked for: a subclass of str or
    dict can carry behaviour into a template, a datetime has a time zone that no reader sees, and a float is
    not the amount that was agreed.

    Raises: DocumentDataInvalid naming the first place that is not plain.
    """
    if depth > _MAX_DEPTH:
        raise DocumentDataInvalid(f"The data is more than {_MAX_DEPTH} levels deep.", path=path)
    if type(value) is dict:
        for key, inner in value.items():
            if type(key) is not str:
                raise DocumentDataInvalid(f"The key {key!r} is not a text.", path=path)
            _check_text(key, path)
            check_plain(inner, f"{path}.{key}", depth + 1)
    elif type(value) is list:
        for index, inner in enumerate(value):
            check_plain(inner, f"{path}[{index}]", depth + 1)
    elif type(value) not in _LEAVES:
        raise DocumentDataInvalid(
            f"A {type(value).__name__} cannot go into a document; only {_TYPE_NAMES} can.", path=path
        )
    elif isinstance(value, str):
        _check_text(value, path)
    elif isinstance(value, int | Decimal):
        _check_number(value, path)


def canonical_json(data: Plain) -> bytes:
    """The data as the one JSON text it has: keys in order, no spaces, UTF-8.

    A Decimal is a JSON number without exponent or trailing zeros, so 1.10 and 1.1 are the same content; a
    date is its ISO text.

    Raises: DocumentDataInvalid if a value is not plain.
    """
    check_plain(data)
    parts: list[str] = []
    _write(data, parts)
    return "".join(parts).encode()


def content_sha256(data: Plain) -> str:
    """The SHA-256 of the canonical JSON, as 64 hexadecimal digits (rules.md R-C-42)."""
    return hashlib.sha256(canonical_json(data)).hexdigest()


def _check_text(text: str, path: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise DocumentDataInvalid("A text holds half a character.", path=path) from error


def _check_number(value: int | Decimal, path: str) -> None:
    number = Decimal(value)
    if (
        not number.is_finite()
        or abs(number.adjusted()) > _MAX_DIGITS
        or len(number.as_tuple().digits) > _MAX_DIGITS
    ):
        raise DocumentDataInvalid("This is not a number one can print.", path=path)


def _write(value: Plain, parts: list[str]) -> None:
    if isinstance(value, dict):
        parts.append("{")
        for position, key in enumerate(sorted(value)):
            parts.append("," if position else "")
            parts.append(json.dumps(key, ensure_ascii=False) + ":")
            _write(value[key], parts)
        parts.append("}")
    elif isinstance(value, list):
        parts.append("[")
        for position, inner in enumerate(value):
            parts.append("," if position else "")
            _write(inner, parts)
        parts.append("]")
    elif isinstance(value, Decimal):
        parts.append(_number(value))
    elif isinstance(value, date):
        parts.append(f'"{value.isoformat()}"')
    else:
        parts.append(json.dumps(value, ensure_ascii=False))


def _number(value: Decimal) -> str:
    text = f"{value:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text
