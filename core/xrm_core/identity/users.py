"""Users as an operator makes them: a person, a password, roles held in units."""

import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from xrm_core.declare.context import Context
from xrm_core.errors import NotFound
from xrm_core.identity.actor import Actor, Role
from xrm_core.identity.models import Credential, RoleAssignment, User
from xrm_core.identity.passwords import password_hash
from xrm_core.identity.sessions import load_actor
from xrm_core.ids import new_id
from xrm_core.text import text_key


@dataclass(frozen=True, slots=True)
class NewUser:
    """Someone who shall be able to sign in; without a password one is made up."""

    email: str
    name: str
    roles: Sequence[Role]
    home_unit: Any = None
    language: str | None = None
    password: str | None = None


async def make_user(ctx: Context, wanted: NewUser) -> str | None:
    """The password of the user made, or None if there is one of that address already."""
    same_address = User.email_key == text_key(wanted.email)  # type: ignore[attr-defined]
    query = sa.select(User.id).where(User.tenant_id == ctx.tenant_id, same_address)
    if await ctx.session.scalar(query) is not None:
        return None
    password = wanted.password or secrets.token_urlsafe(9)
    user = User(email=wanted.email, name=wanted.name, home_unit=wanted.home_unit, language=wanted.language)
    ctx.add(user)
    ctx.session.add(
        Credential(tenant_id=ctx.tenant_id, user_id=user.id, password_hash=password_hash(password))
    )
    for role in wanted.roles:
        ctx.session.add(
            RoleAssignment(
                tenant_id=ctx.tenant_id, id=new_id(), user_id=user.id, role=role.name, unit_id=role.unit
            )
        )
    return password


async def actor_of(app: Any, name: str, tenant_id: int = 1) -> Actor:
    """The user with this e-mail address or id, as they would be signed in. Raises: NotFound."""
    same_address = User.email_key == text_key(name)  # type: ignore[attr-defined]
    query = sa.select(User.id).where(User.tenant_id == tenant_id, same_address)
    async with app.reading() as session:
        user_id = await session.scalar(query)
        if user_id is None:
            try:
                user_id = uuid.UUID(name)
            except ValueError as wrong:
                raise NotFound("user", name, field="as") from wrong
            if await session.get(User, (tenant_id, user_id)) is None:
                raise NotFound("user", name, field="as")
        return await load_actor(session, tenant_id, user_id, app.settings)
