"""A decision can be explained, and asking for the reasons tells nothing else."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.core.conftest import Filled
from tests.core.query.asking import askers
from xrm_core.identity.actor import Actor, Role
from xrm_core.ids import new_id

TEXT = """query ($user: ID!, $action: String!, $object: ID, $field: String) {
    explainAccess(userId: $user, action: $action, objectId: $object, field: $field) { allowed reasons rules } }"""


def ask(stand: Filled, actor: Actor | None, **variables: Any) -> dict[str, Any]:
    return stand.same(actor, TEXT, variables)


def test_everybody_may_ask_about_himself(obeying: Filled) -> None:
    narrow = askers(obeying)["narrow"][0]

    answer = ask(obeying, narrow, user=str(narrow.user_id), action="core.party.read")

    assert answer["data"]["explainAccess"]["allowed"] is False
    assert answer["data"]["explainAccess"]["reasons"]


def test_only_those_who_may_explain_ask_about_others(obeying: Filled) -> None:
    narrow = askers(obeying)["narrow"][0]

    answer = ask(obeying, narrow, user=str(obeying.rows["core.user"][1]["id"]), action="core.party.read")

    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"


@pytest.fixture
def shipped(obeying: Filled) -> Iterator[Filled]:
    """Under the shipped policies, which let an admin explain."""
    before = obeying.installations["sqlite"].app.snapshot.book
    obeying.obey(None)
    yield obeying
    obeying.obey(before)


@pytest.mark.parametrize(
    ("variables", "code", "field"),
    [
        ({"user": "nobody"}, "VALIDATION", "userId"),
        ({"user": "a\u0000b"}, "VALIDATION", "user"),
        ({"user": str(new_id())}, "NOT_FOUND", "userId"),
        ({"object": "nothing"}, "VALIDATION", "objectId"),
        ({"object": str(new_id())}, "NOT_FOUND", "objectId"),
        ({"action": "read"}, "VALIDATION", "action"),
    ],
)
def test_a_question_about_nobody_or_nothing_is_refused(
    shipped: Filled, variables: dict[str, str], code: str, field: str
) -> None:
    admin = Actor(1, shipped.rows["core.user"][0]["id"], "admin", (Role("admin"),), shipped.unit)
    given = {"user": str(shipped.rows["core.user"][0]["id"]), "action": "core.party.read", **variables}

    answer = ask(shipped, admin, **given)

    extensions = answer["errors"][0]["extensions"]
    assert (extensions["code"], extensions["field"]) == (code, field)
