"""The table that keeps who controls whom: every reader's join, no resource of its own."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from xrm_core.db.types import CodeType, DateType, UuidType
from xrm_core.declare.resource import Base
from xrm_core.ids import Id


class ControlClosure(Base):
    """A span of days on which one party controls another, through however many hands, and the reason.

    Derived from relationships: written by `xrm_core.graph.control.upkeep` alone, in the unit of work that changes them.
    `valid_from` is 0001-01-01 where it always did, `valid_to` 9999-12-31 where no end is known.
    """

    __tablename__ = "core_control_closure"
    __table_args__ = (
        sa.PrimaryKeyConstraint("tenant_id", "controller_id", "controlled_id", "valid_from"),
        sa.Index(None, "tenant_id", "controlled_id"),
    )

    tenant_id: Mapped[int] = mapped_column(sa.Integer, autoincrement=False)
    controller_id: Mapped[Id[object]] = mapped_column(UuidType, nullable=False)
    controlled_id: Mapped[Id[object]] = mapped_column(UuidType, nullable=False)
    basis: Mapped[str] = mapped_column(CodeType, nullable=False)
    valid_from: Mapped[dt.date] = mapped_column(DateType, nullable=False)
    valid_to: Mapped[dt.date] = mapped_column(DateType, nullable=False)
