"""Where searched text is kept: an entry for each searched value, the words there are, the fields taken in.

Kept from the rows in the transaction that changes them; derived, so `xrm search rebuild` makes them anew.
"""

from typing import cast

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from xrm_core.db.types import CodeType, UuidType
from xrm_core.declare.resource import Base
from xrm_core.ids import Id

# SQLite's full-text index over `terms`; its name keeps it out of what migrations compare.
FULL_TEXT = "fts_core_search"
# PostgreSQL's lexemes of an entry: a function of ours over them has the index, since the server takes its own for
# as cheap as an addition and would read small tables row by row.
LEXEMES = "core_search_lexemes({terms})"


class SearchEntry(Base):
    """One searched value: of a field of a row, finding an object.

    `number` is made from tenant, field and row. `terms` are its words, `compact` is their beginning without blanks.
    """

    __tablename__ = "core_search_entry"
    __table_args__ = (
        sa.Index("ix_core_search_entry_compact", "tenant_id", "compact"),
        sa.Index("ix_core_search_entry_object", "tenant_id", "object_id"),
    )

    tenant_id: Mapped[int] = mapped_column(sa.Integer, primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(CodeType)
    source_id: Mapped[Id[object]] = mapped_column(UuidType)
    resource: Mapped[str] = mapped_column(CodeType)
    object_id: Mapped[Id[object]] = mapped_column(UuidType)
    shown: Mapped[str] = mapped_column(sa.Text)
    terms: Mapped[str] = mapped_column(CodeType)
    compact: Mapped[str] = mapped_column(CodeType)


class SearchWord(Base):
    """A word that some entry of the tenant has, and the same backwards: what a misspelt word may have meant."""

    __tablename__ = "core_search_word"
    __table_args__ = (sa.Index("ix_core_search_word_backwards", "tenant_id", "backwards"),)

    tenant_id: Mapped[int] = mapped_column(sa.Integer, primary_key=True, autoincrement=False)
    word: Mapped[str] = mapped_column(CodeType, primary_key=True)
    backwards: Mapped[str] = mapped_column(CodeType)


class SearchKind(Base):
    """A searched field whose rows have been taken in, and the resource that its text finds."""

    __tablename__ = "core_search_kind"

    kind: Mapped[str] = mapped_column(CodeType, primary_key=True)
    resource: Mapped[str] = mapped_column(CodeType)


# For statements on whole tables.
ENTRIES = cast(sa.Table, SearchEntry.__table__)
WORDS = cast(sa.Table, SearchWord.__table__)
KINDS = cast(sa.Table, SearchKind.__table__)
