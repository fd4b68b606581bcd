"""Small SQL words for computed fields: today, the reader's language, days between dates, numbers of linked rows."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.functions import GenericFunction

from xrm_core.db.spelling import spell
from xrm_core.db.types import CodeType, DateType, WholeType, reckoned
from xrm_core.declare.registry import REGISTRY

# Filled in per request by name: see query.binds.
TODAY: Any = sa.bindparam("ctx_today", type_=DateType(), unique=False, required=False, value=None)
LANGUAGE: Any = sa.bindparam("ctx_language", type_=CodeType(), unique=False, required=False, value=None)


class days(GenericFunction[int]):
    """Whole days from the first date to the second; null if either is null."""

    type = WholeType()
    inherit_cache = True
    name = "days"

    def __init__(self, start: Any, end: Any) -> None:
        super().__init__(start, end)


spell(
    days,
    "(({1})::date - ({0})::date)",
    on_sqlite="CAST(julianday({1}) - julianday({0}) AS INTEGER)",
)


class LinkedRow:
    """A row of another resource in `linked`: its stored fields by their names, links as ids."""

    __slots__ = ("_links", "_table")

    def __init__(self, model: Any) -> None:
        self._table = model.__table__.alias()
        self._links = REGISTRY.of(model).links

    def __getattr__(self, name: str) -> Any:
        return reckoned(self._table.c[self._links[name].column if name in self._links else name])


def linked(
    row: Any,
    model: Any,
    link: str,
    number: Callable[[Any], Any],
    *,
    where: Callable[[Any], Any] | None = None,
) -> Any:
    """One number over the rows of `model` whose `link` is this row, for a computed field.

    `linked(party, Invoice, "party", lambda i: sa.func.sum(i.residual))`. It counts what there is, whoever reads
    the field: the policies of the field say who may.
    """
    other = LinkedRow(model)
    rows = sa.select(number(other)).where(other.tenant_id == row.tenant_id, getattr(other, link) == row.id)
    return (rows if where is None else rows.where(where(other))).scalar_subquery()
