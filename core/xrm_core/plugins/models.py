"""Which plugins an admin enabled, in which version."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from xrm_core.db.types import CodeType, UtcDateTime
from xrm_core.declare.resource import Base


class PluginRow(Base):
    """A plugin that was enabled at least once. Plugins are enabled per installation, not per tenant."""

    __tablename__ = "core_plugin"

    id: Mapped[str] = mapped_column(CodeType, primary_key=True)
    version: Mapped[str] = mapped_column(CodeType)
    is_enabled: Mapped[bool] = mapped_column(sa.Boolean)
    changed_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
