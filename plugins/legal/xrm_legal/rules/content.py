"""The canonical content of a contract and its seal: equal content has equal bytes in every process."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from xrm_core.errors import DomainError
from xrm_core.money import Money

# Stands in the sealed bytes, so that another way of writing them can never pass for this one.
_FORMAT = "xrm.contract.1"
SHORT_LENGTH = 16


class UncanonicalValue(DomainError):
    """A value has no single written form (a float, an object), so content holding it cannot be sealed."""

    code = "legal.uncanonical_value"

    def __init__(self, path: str, value: object) -> None:
        super().__init__(f"{path}: a {type(value).__name__} cannot be sealed.", field=path)


@dataclass(frozen=True, slots=True)
class ClauseText:
    """A clause exactly as the contract uses it, with the version of the library it came from."""

    key: str
    language: str
    version: int
    position: str
    text: str


@dataclass(frozen=True, slots=True)
class Annex:
    """An annex by title, page count and the hash of its file; None while the file is missing (R-C-43)."""

    title: str
    sha256: str | None
    pages: int | None = None


@dataclass(frozen=True, slots=True)
class ContractContent:
    """All that the parties agree on: the template's text, variables, clauses in order, annexes in order."""

    language: str
    template_key: str
    template_version: int
    body: str
    variables: Mapping[str, object]
    clauses: tuple[ClauseText, ...]
    annexes: tuple[Annex, ...] = ()


def canonical_bytes(content: ContractContent) -> bytes:
    """The content in its only written form: JSON, keys in order, no space, UTF-8 (rules.md R-C-42).

    Texts go in unchanged, so any byte of them counts. Decimals lose trailing zeros, so that a value read
    back from either database is written alike. Raises: UncanonicalValue.
    """
    tree = {
        "format": _FORMAT,
        "language": content.language,
        "template": [content.template_key, content.template_version],
        "body": content.body,
        "variables": canonical(content.variables, path="variables"),
        "clauses": [[c.key, c.language, c.version, c.position, c.text] for c in content.clauses],
        "annexes": [[annex.title, annex.sha256] for annex in content.annexes],
    }
    text = json.dumps(tree, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.encode("utf-8", "surrogatepass")


def content_hash(content: ContractContent) -> str:
    """SHA-256 of the canonical content, 64 hex digits. Raises: UncanonicalValue."""
    return hashlib.sha256(canonical_bytes(content)).hexdigest()


def short_hash(sha256: str) -> str:
    """The first 16 hex digits, as printed in the footer (rules.md R-C-42)."""
    return sha256[:SHORT_LENGTH]


def canonical(value: object, *, path: str) -> object:
    """The value as JSON that tells types apart: a date never equals the text that spells it.

    Raises: UncanonicalValue, naming the path.
    """
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, Decimal) and value.is_finite():
        return {"$decimal": _decimal_text(value)}
    if isinstance(value, Money):
        return {"$money": [_decimal_text(value.amount), value.currency]}
    if isinstance(value, date) and not isinstance(value, datetime):
        return {"$date": value.isoformat()}
    if isinstance(value, Mapping):
        return {_key(key, path): canonical(one, path=f"{path}.{key}") for key, one in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return [canonical(one, path=f"{path}.{n}") for n, one in enumerate(value)]
    raise UncanonicalValue(path, value)


def _key(key: object, path: str) -> str:
    if not isinstance(key, str):
        raise UncanonicalValue(path, key)
    return "$" + key if key.startswith("$") else key


def _decimal_text(value: Decimal) -> str:
    text = format(value, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text
