"""Who gets in, how long they stay, and what is kept of their secrets."""

import datetime as dt
import hashlib

import pytest
import sqlalchemy as sa

from xrm_core.errors import LimitExceeded, Unauthenticated
from xrm_core.events.models import AuditEvent, OutboxRow
from xrm_core.identity.actor import Role
from xrm_core.identity.attempts import MOST_FROM_A_PLACE, MOST_TRIES, WINDOW_S, Attempts
from xrm_core.identity.models import Credential, User, UserSession
from xrm_core.identity.users import NewUser
from xrm_core.plugins.testing import Installation
from xrm_core.setup import ensure_user

EMAIL, PASSWORD = "sales@xrm.example", "correct horse battery"


async def somebody(xrm: Installation) -> None:
    """A user who signs in."""
    await ensure_user(
        xrm.app, NewUser(EMAIL, "Sales", [Role("sales", xrm.unit)], xrm.unit, password=PASSWORD)
    )


@pytest.mark.parametrize(("email", "password"), [(EMAIL, "wrong"), ("nobody@xrm.example", PASSWORD)])
async def test_a_wrong_password_and_an_unknown_address_are_told_alike(
    xrm: Installation, email: str, password: str
) -> None:
    await somebody(xrm)

    with pytest.raises(Unauthenticated) as refused:
        await xrm.app.sessions.open(email, password)

    assert refused.value.message == "E-mail or password is wrong."


async def test_a_token_ends_with_signing_out_and_only_its_hash_is_kept(xrm: Installation) -> None:
    await somebody(xrm)
    token, _, _ = await xrm.app.sessions.open(EMAIL.upper(), PASSWORD)

    async with xrm.app.reading() as session:
        kept = (await session.scalars(sa.select(UserSession.token_hash))).all()
    assert kept == [hashlib.sha256(token.encode()).hexdigest()]
    assert await xrm.app.sessions.actor(token) is not None
    assert await xrm.app.sessions.close(token)
    assert await xrm.app.sessions.actor(token) is None


async def test_a_session_that_is_over_lets_nobody_in(xrm: Installation) -> None:
    await somebody(xrm)
    token, _, _ = await xrm.app.sessions.open(EMAIL, PASSWORD)
    async with xrm.app.work() as ctx:
        over = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1)
        await ctx.session.execute(sa.update(UserSession).values(expires_at=over))

    assert await xrm.app.sessions.actor(token) is None


async def test_who_was_made_inactive_is_nobody(xrm: Installation) -> None:
    await somebody(xrm)
    token, _, _ = await xrm.app.sessions.open(EMAIL, PASSWORD)
    async with xrm.app.work() as ctx:
        user = (await ctx.session.scalars(sa.select(User).where(User.email == EMAIL))).one()
        user.is_active = False

    assert await xrm.app.sessions.actor(token) is None
    with pytest.raises(Unauthenticated):
        await xrm.app.sessions.open(EMAIL, PASSWORD)


async def test_a_role_taken_away_ends_when_the_token_is_looked_up_again(
    xrm: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    from xrm_core.identity import sessions  # its trust is shortened here
    from xrm_core.identity.models import RoleAssignment

    await somebody(xrm)
    token, actor, _ = await xrm.app.sessions.open(EMAIL, PASSWORD)
    monkeypatch.setattr(sessions, "_TRUST_S", 0.0)
    async with xrm.app.work() as ctx:
        await ctx.session.execute(sa.delete(RoleAssignment).where(RoleAssignment.user_id == actor.user_id))

    later = await xrm.app.sessions.actor(token)

    assert actor.roles and later is not None and not later.roles


async def test_the_password_is_nowhere_but_in_its_hash(xrm: Installation) -> None:
    await somebody(xrm)
    await xrm.app.sessions.open(EMAIL, PASSWORD)

    async with xrm.app.reading() as session:
        hashes = (await session.scalars(sa.select(Credential.password_hash))).all()
        told = [
            str(row)
            for column in (AuditEvent.changes, OutboxRow.payload)
            for row in await session.scalars(sa.select(column))
        ]
    assert all(one.startswith("$argon2") and PASSWORD not in one for one in hashes)
    assert not any(PASSWORD in text or "$argon2" in text for text in told)


async def test_guessing_ends_after_ten_tries_even_with_the_right_password(xrm: Installation) -> None:
    await somebody(xrm)
    attempts = xrm.app.sessions._attempts
    for _ in range(MOST_TRIES):
        attempts.count(EMAIL, "192.0.2.1")

    with pytest.raises(LimitExceeded):
        await xrm.app.sessions.open(EMAIL, PASSWORD, address="192.0.2.1")
    assert await xrm.app.sessions.open(EMAIL, PASSWORD, address="192.0.2.2")


def test_after_a_minute_one_may_try_again_and_what_is_kept_is_bounded() -> None:
    now = [0.0]
    attempts = Attempts(lambda: now[0])
    for index in range(10_100):
        attempts.count(f"{index}@xrm.example", "")
    for _ in range(MOST_TRIES):
        attempts.count("a", "")
    with pytest.raises(LimitExceeded):
        attempts.count("a", "")

    now[0] += WINDOW_S
    attempts.count("a", "")

    assert len(attempts._tries) <= 10_000


async def test_an_address_or_a_token_longer_than_any_is_nobodys_and_not_remembered(xrm: Installation) -> None:
    sessions = xrm.app.sessions
    # One letter that is eighteen when it is compared.
    for email in ("x" * 1_000_000, "\ufdfa" * 300):
        with pytest.raises(Unauthenticated):
            await sessions.open(email, PASSWORD, address="192.0.2.1")

    assert await sessions.actor("x" * 1_000_000) is None
    assert not sessions._attempts._tries and not sessions._known


def test_one_place_does_not_keep_everybody_from_signing_in() -> None:
    now = [0.0]
    attempts = Attempts(lambda: now[0])
    for index in range(MOST_FROM_A_PLACE):
        attempts.count(f"{index}@xrm.example", "192.0.2.1")

    with pytest.raises(LimitExceeded, match="300 tries a minute"):
        attempts.count("another@xrm.example", "192.0.2.1")
    attempts.count("another@xrm.example", "192.0.2.2")
    now[0] += WINDOW_S
    attempts.count("another@xrm.example", "192.0.2.1")
