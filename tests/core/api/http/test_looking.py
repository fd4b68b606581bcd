"""Looking at the schema: the same as graphql-core says, quick, and closed where the operator closes it."""

import asyncio
import re
import threading
from typing import Any

import pytest
from graphql import get_introspection_query, graphql_sync

from tests.core.api.http.sending import Server
from xrm_core.api import introspect
from xrm_core.api.http.negotiation import GRAPHQL

LOOKS = [
    get_introspection_query(),
    get_introspection_query(specified_by_url=True, directive_is_repeatable=True, schema_description=True, input_value_deprecation=True),
    '{ a: __type(name: "Party") { name kind ...F } b: __type(name: "Nothing") { name } __typename } '
    "fragment F on __Type { fields(includeDeprecated: true) { name args { name defaultValue type { ...T } } type { ...T } } interfaces { name } } "
    "fragment T on __Type { kind name ofType { kind name ofType { name } } __typename }",
    '{ __schema { queryType { name fields { name } } mutationType { n: name } types { name possibleTypes { name } enumValues { name } } } '
    "__schema { description directives { name locations isRepeatable args { name } } } }",
    'query ($n: String!, $d: Boolean = false) { __type(name: $n) { name @skip(if: $d) fields(includeDeprecated: $d) { name @include(if: $d) type { name } } } }',
    "{ __schema { types { ... on __Type { name } ... { kind } inputFields { name defaultValue } } } }",
    "mutation { __typename }",
]  # fmt: skip


@pytest.mark.parametrize("text", LOOKS, ids=range(len(LOOKS)))
async def test_it_is_what_the_executor_of_graphql_core_says(server: Server, text: str) -> None:
    for variables in ({"n": "Party"}, {"n": "Node", "d": True}):
        given = variables if "$n" in text else {}
        expected = graphql_sync(server.xrm.app.snapshot.schema, text, variable_values=given)

        answer = await server.post({"query": text, "variables": given})

        assert expected.errors is None
        assert answer.json == {"data": expected.data}


async def test_spaces_and_comments_do_not_make_it_another_question(server: Server) -> None:
    kept = server.xrm.app.snapshot.introspections
    for number in range(5):
        await server.post({"query": f"# {number}\n" + get_introspection_query() + " " * number})

    assert len(kept._items) == 1


async def test_it_is_written_beside_the_loop_by_one_at_a_time_and_once(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    writing: list[str] = []
    most = 0
    write = introspect._write

    def watched(*given: Any) -> bytes:
        nonlocal most
        writing.append(threading.current_thread().name)
        most = max(most, len(writing) - len(done))
        body = write(*given)
        done.append(1)
        return body

    done: list[int] = []
    monkeypatch.setattr(introspect, "_write", watched)
    inside = get_introspection_query().partition("IntrospectionQuery")[2]
    texts = [f"query A{number % 3} {inside}" for number in range(9)]

    answers = await asyncio.gather(*(server.post({"query": text}) for text in texts))

    assert all(answer.status == 200 for answer in answers)
    assert len(writing) == 3 and most == 1
    assert threading.main_thread().name not in writing


async def test_no_answer_about_the_schema_is_without_end(server: Server) -> None:
    inside = (
        get_introspection_query().replace("query IntrospectionQuery {", "").split("fragment")[0].strip()[:-1]
    )
    fragments = "fragment" + get_introspection_query().split("fragment", 1)[1]
    text = (
        "{ "
        + " ".join(
            inside.replace("__schema", f"a{n}: __schema").replace("...FullType", f"t{n}: name ...FullType")
            for n in range(100)
        )
        + " } "
    )

    answer = await server.post({"query": text + fragments})

    assert answer.status == 200
    assert "errors" not in answer.json or answer.code == "LIMIT_EXCEEDED"
    assert len(answer.body) < 60_000_000


@pytest.mark.parametrize(
    "text",
    [
        "{ __schema { types { name } } me { id } }",
        "{ __schema { types { name } } parties { totalCount } }",
        "{ parties { totalCount } __schema { types { name } } plugins { id } }",
    ],
)
async def test_beside_other_questions_it_shows_what_the_asker_may_see(server: Server, text: str) -> None:
    who = await server.as_user("sales")

    alone = await server.post({"query": "{ __schema { types { name } } }"}, **who)
    beside = await server.post({"query": text}, **who)

    assert beside.json["data"]["__schema"] == alone.json["data"]["__schema"]
    assert "AuditEvent" not in beside.body.decode()
    assert len(beside.json["data"]) > 1


CLOSING = [
    ("{ __schema { types { name } } }", True),
    ('{ __type(name: "Party") { name } }', True),
    ("{ ...F } fragment F on Query { a: __schema { queryType { name } } }", True),
    ("{ me { id } __schema { types { name } } }", True),
    ("{ __typename }", False),
]


@pytest.mark.parametrize(("text", "looks"), CLOSING)
async def test_it_can_be_closed(server: Server, text: str, looks: bool) -> None:
    server.xrm.app.settings.introspection = "closed"

    answer = await server.post({"query": text}, accept=GRAPHQL, **await server.as_user())

    assert answer.status == (403 if looks else 200)


@pytest.mark.parametrize(("text", "looks"), CLOSING)
async def test_it_can_be_for_those_who_signed_in(server: Server, text: str, looks: bool) -> None:
    server.xrm.app.settings.introspection = "signed_in"

    nobody = await server.post({"query": text}, accept=GRAPHQL)
    somebody = await server.post({"query": text}, accept=GRAPHQL, **await server.as_user())

    assert (nobody.status, somebody.status) == (401 if looks else 200, 200)


@pytest.mark.parametrize("setting", ["signed_in", "closed"])
async def test_where_it_is_closed_errors_do_not_tell_of_names(server: Server, setting: str) -> None:
    server.xrm.app.settings.introspection = setting
    who = await server.as_user()
    wrong: list[Any] = [
        {"query": "{ partys { totalCount } }"},
        {"query": "{ parties { totlCount } }"},
        {
            "query": "query ($w: PartyWhere) { parties(where: $w) { totalCount } }",
            "variables": {"w": {"nam": {}}},
        },
        {"query": "query ($w: PartyWher) { parties(where: $w) { totalCount } }"},
    ]
    for payload in wrong:
        known = await server.post(payload, **who)
        nobody = await server.post(payload)

        assert known.code == "VALIDATION" and "Did you mean" not in known.body.decode()
        assert nobody.code == "UNAUTHENTICATED"


# The same question about something that is there and something that is not.
ORACLES = [
    ("query A { __typename } query B { parties { nodes { name } } }", "query A { __typename } query B { partoes { nodes { name } } }"),
    ("query A { __typename } mutation B { createParty { id } }", "query A { __typename } mutation B { createParto { id } }"),
    ("query A { __typename } subscription B { changes { id } }", "query A { __typename } subscription B { chances { id } }"),
    ("query A { __typename ...F } fragment F on Query { __typename } fragment G on Party { name }",
     "query A { __typename ...F } fragment F on Query { __typename } fragment G on Parto { name }"),
    ("query A { ... on Party { __typename } }", "query A { ... on Parto { __typename } }"),
    ("query A($w: PartyWhere) { __typename }", "query A($w: PartoWhere) { __typename }"),
    ('mutation A { login(email: "a", password: "b") { user { homeUnit { name } } } }',
     'mutation A { login(email: "a", password: "b") { user { homeUnot { name } } } }'),
    ('mutation A { login(email: "a", password: "b") { user { ... on Party { name } } } }',
     'mutation A { login(email: "a", password: "b") { user { ... on Parto { name } } } }'),
]  # fmt: skip


def _told(body: bytes, right: str, wrong: str) -> str:
    for given in (right, wrong):
        for word in (
            "parties",
            "partoes",
            "createParty",
            "createParto",
            "changes",
            "chances",
            "Party",
            "Parto",
            "PartyWhere",
        ):
            if word in given:
                body = body.replace(word.encode(), b"?")
    return (
        re.sub(r'"requestId":"[0-9a-f]+"', "", body.decode())
        .replace("homeUnot", "?")
        .replace("homeUnit", "?")
        .replace("?Where", "?")
    )


@pytest.mark.parametrize("setting", ["signed_in", "closed"])
@pytest.mark.parametrize(("right", "wrong"), ORACLES, ids=range(len(ORACLES)))
async def test_where_it_is_closed_nobody_learns_what_is_there(
    server: Server, setting: str, right: str, wrong: str
) -> None:
    server.xrm.app.settings.introspection = setting
    # Somebody who signed in asked it before.
    await server.post({"query": right, "operationName": "A"}, **await server.as_user())

    told = [
        await server.post({"query": text, "operationName": "A"}, accept=GRAPHQL) for text in (right, wrong)
    ]

    assert told[0].status == told[1].status != 200
    assert _told(told[0].body, right, wrong) == _told(told[1].body, right, wrong)


@pytest.mark.parametrize("setting", ["signed_in", "closed"])
async def test_where_it_is_closed_one_still_signs_in(server: Server, setting: str) -> None:
    server.xrm.app.settings.introspection = setting
    text = 'mutation ($e: String!) { login(email: $e, password: "b") { token expiresAt user { id email name } } }'

    answer = await server.post({"query": text, "variables": {"e": "a"}})

    assert answer.code == "UNAUTHENTICATED" and "wrong" in answer.json["errors"][0]["message"]
