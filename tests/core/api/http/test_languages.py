"""Answers speak the user's language, else the one the request prefers, else the installation's."""

import pytest

from tests.core.api.http.sending import Server
from xrm_core.api.http.languages import preferred
from xrm_core.identity.models import User
from xrm_core.zones import is_zone

TITLES = {"query": "{ plugins { id title } }"}


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("fr", "fr"),
        ("fr-CA, fr;q=0.9", "fr"),
        ("en-GB, fr;q=0.9", "en"),
        ("de, fr;q=0.5, en;q=0.4", "fr"),
        ("de", "en"),
        ("fr;q=0", "en"),
        ("fr;q=0.1, en;q=0.2", "en"),
        ("*, fr;q=0.5", "en"),
        ("FR", "fr"),
        ("fr;q=nonsense", "en"),
        ("x" * 100_000, "en"),
    ],
)
def test_the_heaviest_language_we_speak_is_chosen(accepted: str, language: str) -> None:
    assert preferred(accepted, "en") == language


async def choose(server: Server, **values: str | None) -> None:
    """The admin sets this of themselves."""
    user_id = await server.xrm.user("admin")
    async with server.xrm.app.work() as ctx:
        user = await ctx.session.get(User, (1, user_id))
        for name, value in values.items():
            setattr(user, name, value)
    server.xrm.app.sessions.forget()


async def test_a_user_who_chose_none_is_answered_in_the_language_of_the_request(server: Server) -> None:
    who = await server.as_user()

    answers = {
        accepted: await server.post(TITLES, accept_language=accepted, **who)
        for accepted in ("fr", "en", "de")
    }

    titles = {
        name: {one["id"]: one["title"] for one in answer.json["data"]["plugins"]}
        for name, answer in answers.items()
    }
    assert titles["fr"]["legal"] != titles["en"]["legal"] == titles["de"]["legal"]
    assert answers["fr"].headers["content-language"] == "fr"
    assert "Accept-Language" in answers["fr"].headers["vary"]


async def test_a_user_who_chose_is_answered_in_their_language(server: Server) -> None:
    who = await server.as_user()
    await choose(server, language="fr")

    answer = await server.post(TITLES, accept_language="en", **who)

    assert answer.headers["content-language"] == "fr"


@pytest.mark.parametrize(
    "name", ["", "Europe", "Europe/Nowhere", "../etc/passwd", "UTC+1", "CET", "x" * 10_000, "é"]
)
async def test_a_zone_that_is_none_is_refused(server: Server, name: str) -> None:
    assert not is_zone(name)

    answer = await server.post({"query": "{ plugins { id } }"}, x_time_zone=name, **await server.as_user())

    assert (answer.status, answer.code) == (400, "VALIDATION")
    assert answer.json["errors"][0]["extensions"]["field"] == "x-time-zone"
