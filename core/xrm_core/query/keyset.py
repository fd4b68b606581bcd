"""Keyset pages: a cursor holds the values a row is sorted by, signed so that nobody can make one up."""

import base64
import binascii
import datetime as dt
import hashlib
import hmac
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa

from xrm_core.db.types import WideDecimalType
from xrm_core.declare.resource import sql_type
from xrm_core.declare.specs import Kind
from xrm_core.errors import Invalid
from xrm_core.query.binds import Request, source_of
from xrm_core.query.compiler import Compiler
from xrm_core.query.jsonsql import literal
from xrm_core.query.order import Term

_SIGNATURE = 12


def order_mark(resource: str, order: Any, kinds: Sequence[str]) -> str:
    """A short mark of a list's order and of what its values are: a cursor made under one is refused under another."""
    return hashlib.sha256(repr((resource, order or [], kinds)).encode()).hexdigest()[:8]


def cursor_part(compiler: Compiler, term: Term) -> Any:
    """What a cursor keeps of one term: a value that is JSON by itself, on the way through a subquery too."""
    if term.kind is Kind.BOOLEAN:
        return term.expression
    return compiler.json.value(term.kind, term.expression)


def raw_cursor(compiler: Compiler, alias: str, terms: int, mark: str) -> Any:
    """The unsigned cursor of a row, as text."""
    values: list[Any] = [sa.literal_column(f"{alias}.c{position}") for position in range(terms)]
    if compiler.json.sqlite:
        return sa.func.json_array(literal(mark), *values).concat(literal(""))
    return sa.cast(sa.func.json_build_array(literal(mark), *values), sa.Text())


def seal(raw: str, key: bytes) -> str:
    """The cursor a client gets."""
    body = raw.encode()
    return base64.urlsafe_b64encode(hmac.digest(key, body, "sha256")[:_SIGNATURE] + body).decode().rstrip("=")


def unseal(cursor: str, key: bytes, *, mark: str, terms: int) -> list[Any]:
    """The values in a cursor. Raises: Invalid if it was not made here, or for another order."""
    try:
        sealed = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    except (binascii.Error, ValueError) as wrong:
        raise Invalid("This is not a cursor.", field="after") from wrong
    signature, body = sealed[:_SIGNATURE], sealed[_SIGNATURE:]
    if not hmac.compare_digest(signature, hmac.digest(key, body, "sha256")[:_SIGNATURE]):
        raise Invalid("This is not a cursor.", field="after")
    made_for: str
    values: list[Any]
    made_for, *values = orjson.loads(body)
    if made_for != mark or len(values) != terms:
        raise Invalid("This cursor belongs to another order.", field="after")
    return values


# What a list is sorted by may be worked out, and then larger than anything stored.
_WIDER: dict[Kind, Any] = {Kind.INTEGER: sa.BigInteger(), Kind.DECIMAL: WideDecimalType()}
_READERS: dict[Kind, Callable[[Any], Any]] = {
    Kind.DECIMAL: Decimal,
    Kind.TOTAL: Decimal,
    Kind.BOOLEAN: bool,
    Kind.DATE: dt.date.fromisoformat,
    Kind.MOMENT: dt.datetime.fromisoformat,
    Kind.ID: UUID,
}


def after_condition(
    compiler: Compiler, terms: Sequence[Term], cursor: Any, *, mark: str, backward: bool
) -> Any:
    """That a row comes after the cursor's row in the order (before it, if backward)."""
    values = _reader(cursor, mark, len(terms))
    either: list[Any] = []
    ties: list[Any] = []
    for position, term in enumerate(terms):
        value, missing = _bound(compiler, term, values, position)
        descending = term.descending != backward
        beyond = term.expression < value if descending else term.expression > value
        same = term.expression == value
        if term.nullable:
            beyond = _beyond_with_nulls(term, beyond, missing, nulls_first=term.nulls_first != backward)
            same = sa.or_(same, sa.and_(missing, term.expression.is_(None)))
        either.append(sa.and_(*ties, beyond))
        ties.append(same)
        if position == 0 and not term.nullable:
            # Implied by the rest, but this much an index can use: it begins at the cursor instead of walking there.
            begins = term.expression <= value if descending else term.expression >= value
    return sa.or_(*either) if terms[0].nullable else sa.and_(begins, sa.or_(*either))


def _reader(cursor: Any, mark: str, terms: int) -> Callable[[Request], list[Any]]:
    """What the cursor of a request holds, unsealed once."""
    source = source_of(cursor)

    def values(request: Request) -> list[Any]:
        found = request.unsealed.get(source)
        if found is None:
            found = unseal(source(request), request.context["cursor_key"], mark=mark, terms=terms)
            request.unsealed[source] = found
        return found

    return values


def _beyond_with_nulls(term: Term, beyond: Any, missing: Any, *, nulls_first: bool) -> Any:
    absent = term.expression.is_(None)
    if nulls_first:
        return sa.or_(beyond, sa.and_(missing, sa.not_(absent)))
    return sa.or_(beyond, sa.and_(sa.not_(missing), absent))


def _bound(compiler: Compiler, term: Term, values: Any, position: int) -> tuple[Any, Any]:
    read = _READERS.get(term.kind, lambda value: value)

    def value(request: Request) -> Any:
        found = values(request)[position]
        return None if found is None else read(found)

    bound = compiler.binds.bind(value, _WIDER.get(term.kind) or sql_type(term.kind))
    flag = compiler.binds.bind(lambda request: int(values(request)[position] is None), sa.Integer())
    return bound, flag == sa.literal_column("1")
