"""Users and what lets them in. Secrets are never resources: only their hashes are kept, outside the API."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from xrm_core.db.types import CodeType, UtcDateTime, UuidType
from xrm_core.declare.context import Context
from xrm_core.declare.resource import Base, Resource
from xrm_core.declare.specs import field, link, virtual
from xrm_core.graph.party import Party
from xrm_core.ids import Id


async def _roles(ctx: Context, ids: Sequence[Any]) -> dict[Any, list[dict[str, Any]]]:
    """The roles of these users; of others than the asker only for those who may explain access."""
    may_see_all = ctx.gate.may_ever("core.policy", "explain")
    shown: list[Id[User]] = [Id(str(one)) for one in ids if may_see_all or str(one) == str(ctx.actor.user_id)]
    found: dict[Any, list[dict[str, Any]]] = {str(one): [] for one in ids}
    query = (
        sa.select(RoleAssignment.user_id, RoleAssignment.role, RoleAssignment.unit_id)
        .where(RoleAssignment.tenant_id == ctx.tenant_id, RoleAssignment.user_id.in_(shown))
        .order_by(RoleAssignment.role, RoleAssignment.id)
    )
    for user_id, role, unit_id in await ctx.session.execute(query):
        found[str(user_id)].append({"role": role, "unit": None if unit_id is None else str(unit_id)})
    return found


class User(Resource, crud=set()):
    """Someone who signs in. A user belongs to one tenant."""

    __resource__ = "core.user"

    email: Mapped[str] = field(unique=True, purpose="sign-in")
    name: Mapped[str] = field(search=True)
    language: Mapped[str | None] = field(default=None, code=True, description="fr or en; null: the default.")
    time_zone: Mapped[str | None] = field(
        default=None, code=True, description="IANA name; null: the business one."
    )
    home_unit: Mapped[Id[Party] | None] = link(
        default=None, description="The unit commands act for by default."
    )
    is_active: Mapped[bool] = field(default=True, read_only=True)

    roles = virtual(
        "[JSON!]!",
        _roles,
        description="Each with its unit, null for everywhere; empty for others' unless you may explain access.",
    )


class Credential(Base):
    """The hash of a user's password (argon2)."""

    __tablename__ = "core_credential"

    tenant_id: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    user_id: Mapped[Id[User]] = mapped_column(UuidType, primary_key=True)
    password_hash: Mapped[str] = mapped_column(sa.Text)


class UserSession(Base):
    """A sign-in that has not ended; the token itself is never stored, its SHA-256 is."""

    __tablename__ = "core_user_session"

    tenant_id: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    token_hash: Mapped[str] = mapped_column(CodeType, primary_key=True)
    user_id: Mapped[Id[User]] = mapped_column(UuidType)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class RoleAssignment(Base):
    """A role a user holds in a unit (unit null: in every unit)."""

    __tablename__ = "core_role_assignment"
    __table_args__ = (sa.Index(None, "tenant_id", "user_id"),)

    tenant_id: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    id: Mapped[Id["RoleAssignment"]] = mapped_column(UuidType, primary_key=True)
    user_id: Mapped[Id[User]] = mapped_column(UuidType)
    role: Mapped[str] = mapped_column(CodeType)
    unit_id: Mapped[Id[Party] | None] = mapped_column(UuidType, nullable=True)
