"""Signing in and staying signed in: argon2 for passwords, random tokens of which only the hash is kept."""

import asyncio
import datetime as dt
import hashlib
import secrets
import time
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from xrm_core.db.bookkeeping import bookkeeping
from xrm_core.db.engine import Database
from xrm_core.db.failures import told
from xrm_core.errors import Unauthenticated
from xrm_core.graph.party import Unit
from xrm_core.identity.actor import Actor, Role
from xrm_core.identity.attempts import Attempts
from xrm_core.identity.models import Credential, RoleAssignment, User, UserSession
from xrm_core.identity.passwords import verify
from xrm_core.ids import Id
from xrm_core.settings import Settings
from xrm_core.text import text_key
from xrm_core.zones import is_zone

# How long a process trusts what it knows of a token: a revoked session or role ends within this.
_TRUST_S = 5.0
_MOST_TOKENS = 10_000
# Passwords hashed at the same time; each takes 64 MiB.
_MOST_HASHINGS = 2
# Longer ones are nobody's, and would only fill what is remembered of them.
_LONGEST_EMAIL, _LONGEST_TOKEN = 320, 200


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


class Sessions:
    """Sign-ins of one installation."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database, self._settings = database, settings
        self._known: dict[str, tuple[float, Actor | None]] = {}
        self._attempts = Attempts()
        self._hashing = asyncio.Semaphore(_MOST_HASHINGS)

    async def open(
        self, email: str, password: str, *, tenant_id: int = 1, address: str = ""
    ) -> tuple[str, Actor, dt.datetime]:
        """Sign in from an address: the token, who it is, and until when.

        Raises: Unauthenticated, never saying which part was wrong; LimitExceeded after too many tries.
        """
        if len(email) > _LONGEST_EMAIL or len(key := text_key(email)) > _LONGEST_EMAIL:
            raise Unauthenticated("E-mail or password is wrong.")
        self._attempts.count(key, address)
        user_id, stored = await self._credential(key, tenant_id)
        # Hashing takes long and much memory: beside the loop, and not many at a time.
        async with self._hashing:
            is_right = await asyncio.to_thread(verify, password, stored)
        if not is_right or user_id is None:
            raise Unauthenticated("E-mail or password is wrong.")
        self._attempts.forget(key, address)
        with told():
            return await self._begin(tenant_id, user_id)

    async def _credential(self, key: str, tenant_id: int) -> tuple[Any, str | None]:
        belongs = sa.and_(Credential.user_id == User.id, Credential.tenant_id == User.tenant_id)
        known = (User.tenant_id == tenant_id, User.email_key == key, User.is_active)  # type: ignore[attr-defined]
        query = sa.select(User.id, Credential.password_hash).join(Credential, belongs).where(*known)
        with told():
            async with AsyncSession(self._database.read_engine) as session:
                row = (await session.execute(query)).one_or_none()
        return (None, None) if row is None else (row.id, row.password_hash)

    async def _begin(self, tenant_id: int, user_id: Any) -> tuple[str, Actor, dt.datetime]:
        token, now = secrets.token_urlsafe(32), dt.datetime.now(dt.UTC)
        expires_at = now + dt.timedelta(hours=self._settings.session_hours)
        async with bookkeeping(self._database) as session:
            actor = await load_actor(session, tenant_id, user_id, self._settings)
            over = (UserSession.tenant_id == tenant_id, UserSession.user_id == user_id)
            await session.execute(sa.delete(UserSession).where(*over, UserSession.expires_at <= now))
            session.add(
                UserSession(
                    tenant_id=tenant_id,
                    token_hash=_hash(token),
                    user_id=user_id,
                    created_at=now,
                    expires_at=expires_at,
                )
            )
        return token, actor, expires_at

    async def close(self, token: str | None) -> bool:
        """End a session; true if there was one."""
        if token is None:
            return False
        self._known.pop(token, None)
        async with bookkeeping(self._database) as session:
            ended = await session.execute(
                sa.delete(UserSession).where(UserSession.token_hash == _hash(token))
            )
        return bool(ended.rowcount)  # type: ignore[attr-defined]

    async def actor(self, token: str | None) -> Actor | None:
        """Who a token stands for; None if nobody. Raises: Unavailable if the database is down."""
        if not token or len(token) > _LONGEST_TOKEN:
            return None
        known = self._known.get(token)
        if known is not None and known[0] > time.monotonic():
            return known[1]
        actor = await self._look_up(token)
        if len(self._known) >= _MOST_TOKENS:
            self._known.clear()
        self._known[token] = (time.monotonic() + _TRUST_S, actor)
        return actor

    async def _look_up(self, token: str) -> Actor | None:
        is_this = UserSession.token_hash == _hash(token)
        query = sa.select(UserSession.tenant_id, UserSession.user_id).where(
            is_this, UserSession.expires_at > dt.datetime.now(dt.UTC)
        )
        with told():
            async with AsyncSession(self._database.read_engine) as session:
                row = (await session.execute(query)).one_or_none()
                if row is None:
                    return None
                try:
                    return await load_actor(session, row.tenant_id, row.user_id, self._settings)
                except Unauthenticated:
                    # Whoever may no longer sign in is nobody, whatever they still hold.
                    return None

    async def actors(self, tokens: Collection[str]) -> dict[str, Actor]:
        """Who these tokens stand for at this moment, those of nobody left out; three statements, however many.

        Raises: Unavailable if the database is down.
        """
        hashes = {_hash(token): token for token in tokens}
        with told():
            async with AsyncSession(self._database.read_engine) as session:
                found = await actors_behind(session, list(hashes), self._settings)
        return {hashes[token_hash]: actor for token_hash, actor in found.items()}

    def forget(self) -> None:
        """Look every token up again: roles or users changed here."""
        self._known.clear()


async def load_actor(session: AsyncSession, tenant_id: int, user_id: Any, settings: Settings) -> Actor:
    """The user with their roles, each spread over the units below the one it is held in.

    Raises: Unauthenticated if there is no such active user.
    """
    user = await session.get(User, (tenant_id, user_id))
    if user is None or not user.is_active:
        raise Unauthenticated("This user may not sign in.")
    held = await session.execute(
        sa.select(RoleAssignment.role, RoleAssignment.unit_id)
        .where(RoleAssignment.tenant_id == tenant_id, RoleAssignment.user_id == user_id)
        .order_by(RoleAssignment.id)
    )
    return _actor(
        user, ((role, unit) for role, unit in held), await _units_below(session, tenant_id), settings
    )


async def actors_behind(session: AsyncSession, hashes: Sequence[str], settings: Settings) -> dict[str, Actor]:
    """The active users of the sessions with these hashes that have not ended, by the hash."""
    is_same = sa.and_(User.tenant_id == UserSession.tenant_id, User.id == UserSession.user_id)
    open_ones = (UserSession.token_hash.in_(hashes), UserSession.expires_at > dt.datetime.now(dt.UTC))
    query = sa.select(UserSession.token_hash, User).join(User, is_same).where(*open_ones, User.is_active)
    users = {row[0]: row[1] for row in await session.execute(query)}
    ids = {user.id for user in users.values()}
    held: dict[Any, list[tuple[str, Any]]] = {}
    roles = sa.select(RoleAssignment).where(RoleAssignment.user_id.in_(ids)).order_by(RoleAssignment.id)
    for row in await session.scalars(roles):
        held.setdefault((row.tenant_id, row.user_id), []).append((row.role, row.unit_id))
    below = {
        tenant: await _units_below(session, tenant) for tenant in {user.tenant_id for user in users.values()}
    }
    return {
        token_hash: _actor(user, held.get((user.tenant_id, user.id), []), below[user.tenant_id], settings)
        for token_hash, user in users.items()
    }


def _actor(user: User, held: Iterable[tuple[str, Any]], below: Any, settings: Settings) -> Actor:
    roles: dict[Role, None] = {}
    for role, unit in held:
        for covered in [None] if unit is None else below(unit):
            roles[Role(role, covered)] = None
    zone = user.time_zone if user.time_zone and is_zone(user.time_zone) else None
    own = frozenset(name for name, chosen in (("language", user.language), ("time_zone", zone)) if chosen)
    return Actor(
        user.tenant_id, user.id, user.name, tuple(roles), user.home_unit, user.language or settings.language,
        zone or settings.time_zone, user.email, own,
    )  # fmt: skip


async def _units_below(session: AsyncSession, tenant_id: int) -> Any:
    children: dict[Any, list[Any]] = {}
    rows = await session.execute(sa.select(Unit.party, Unit.parent).where(Unit.tenant_id == tenant_id))
    for party, parent in rows:
        children.setdefault(parent, []).append(party)

    def below(unit: Id[Any]) -> list[Any]:
        found, waiting = [], [unit]
        while waiting:
            current = waiting.pop()
            if current not in found:
                found.append(current)
                waiting += children.get(current, [])
        return found

    return below
