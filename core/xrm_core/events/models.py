"""Audit entries and outbox rows, written in the transaction of the change they tell of."""

import datetime as dt
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from xrm_core.db.types import CodeType, JsonType, UtcDateTime, UuidType
from xrm_core.declare.resource import Base, Resource, utc_now
from xrm_core.declare.specs import field, link
from xrm_core.identity.models import User
from xrm_core.ids import Id


class AuditEvent(Resource, crud=set(), custom=False):
    """One command that changed something: who, when, what, and each value from what to what.

    It is shown to whoever may see its object today, with the changes of objects and fields that they see.
    """

    __resource__ = "core.audit_event"
    __about__: ClassVar = ("object_type", "object_id")
    __constraints__: ClassVar = (sa.Index(None, "tenant_id", "occurred_at"),)

    occurred_at: Mapped[dt.datetime] = field(default=utc_now)
    actor: Mapped[Id[User] | None] = link(default=None, index=False, description="Null: the product itself.")
    command: Mapped[str] = field(code=True)
    object_type: Mapped[str | None] = field(default=None, code=True)
    object_id: Mapped[str | None] = field(default=None, code=True, index=True)
    changes: Mapped[list] = field(default=list, hideable=True, tells=True)  # type: ignore[type-arg]
    request_id: Mapped[str | None] = field(default=None, code=True)


class OutboxRow(Base):
    """An event that waits to be carried out; rows are claimed by state, never by a highest number seen."""

    __tablename__ = "core_outbox"
    __table_args__ = (sa.Index("ix_core_outbox_state", "state", "created_at"),)

    tenant_id: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    id: Mapped[Id["OutboxRow"]] = mapped_column(UuidType, primary_key=True)
    event: Mapped[str] = mapped_column(CodeType)
    payload: Mapped[dict] = mapped_column(JsonType)  # type: ignore[type-arg]
    state: Mapped[str] = mapped_column(CodeType, default="PENDING")
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now)


class Sequence(Base):
    """The last number given in a series of one unit and year; taken under lock in the command's transaction."""

    __tablename__ = "core_sequence"

    tenant_id: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    name: Mapped[str] = mapped_column(CodeType, primary_key=True)
    unit_id: Mapped[str] = mapped_column(CodeType, primary_key=True)
    year: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    last: Mapped[int] = mapped_column(sa.Integer)
