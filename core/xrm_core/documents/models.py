"""Files: documents that were made, and uploads that wait to be used."""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from xrm_core.db.types import CodeType, UtcDateTime, UuidType
from xrm_core.declare.resource import Base, Resource
from xrm_core.declare.specs import computed, field, link
from xrm_core.graph.party import Party
from xrm_core.ids import Id


class Document(Resource, crud=set()):
    """A file the product made, kept under the SHA-256 of its bytes; made again from the same data it is the same."""

    __resource__ = "core.document"

    title: Mapped[str] = field(search=True)
    media_type: Mapped[str] = field(code=True, default="application/pdf")
    sha256: Mapped[str] = field(code=True, index=True, description="Of the bytes, hexadecimal.")
    content_sha256: Mapped[str | None] = field(
        default=None, code=True, description="Of the content it was made from."
    )
    pages: Mapped[int | None] = field(default=None)
    size: Mapped[int] = field(description="In bytes.")
    kind: Mapped[str] = field(code=True, description="What it is: legal.contract, credit.dunning_letter …")
    party: Mapped[Id[Party] | None] = link(inverse="documents", default=None)
    unit: Mapped[Id[Party] | None] = link(default=None)
    subject_id: Mapped[str | None] = field(
        default=None, code=True, index=True, description="What it is about."
    )

    url = computed(
        str,
        lambda d: sa.literal("/documents/", sa.Text()).concat(sa.cast(d.id, sa.Text())),
        nullable=False,
        description="Where to download it, signed in.",
    )


class Upload(Base):
    """A file somebody sent, kept until it expires for a command of theirs; nobody else can name it."""

    __tablename__ = "core_upload"
    __table_args__ = (
        sa.Index("ix_core_upload_user", "tenant_id", "user_id"),
        sa.Index("ix_core_upload_expiry", "tenant_id", "expires_at"),
    )

    tenant_id: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    id: Mapped[Id["Upload"]] = mapped_column(UuidType, primary_key=True)
    user_id: Mapped[Id[Any]] = mapped_column(UuidType)
    name: Mapped[str] = mapped_column(sa.Text)
    media_type: Mapped[str] = mapped_column(CodeType)
    sha256: Mapped[str] = mapped_column(CodeType)
    size: Mapped[int] = mapped_column(sa.BigInteger)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
