"""Whatever is sent, the answer is coded, quick and tells nothing of the inside."""

import time
from typing import Any

import orjson
import pytest

from tests.core.conftest import Filled
from tests.core.query.asking import askers
from xrm_core.identity.actor import Actor

INSIDE = (
    "SELECT",
    "core_party",
    "sqlite",
    "asyncpg",
    "Traceback",
    ".py",
    "/work",
    "line ",
    "psycopg",
    "sqlalchemy",
)


@pytest.fixture
def whole(obeying: Filled) -> Actor:
    """Somebody who sees everything."""
    return askers(obeying)["whole"][0]


def refusal(stand: Filled, actor: Actor | None, text: str, variables: Any = None) -> str:
    """The code of the refusal: the same on both databases, within two seconds, and nothing internal in it."""
    codes: set[str] = set()
    for kind in stand.installations:
        begun = time.monotonic()
        body = stand.body(kind, actor, text, variables)
        assert time.monotonic() - begun < 4
        answer = orjson.loads(body)
        assert answer["errors"], answer
        for error in answer["errors"]:
            assert set(error) <= {"message", "locations", "path", "extensions"}
            assert error["extensions"]["requestId"] == "test"
            sent = f"{text} {variables}"
            assert not any(word in error["message"] for word in INSIDE if word not in sent), error
        codes.add(answer["errors"][0]["extensions"]["code"])
    assert len(codes) == 1
    return codes.pop()


INJECTIONS = [
    "'; DROP TABLE core_party; --", "' OR '1'='1", '" OR ""="', "\\'; --", "x'||(SELECT 1)||'", "%' OR name LIKE '%",
    "$1",
    ":p0",
    "%(p0)s", "?", "{0}", "\\", "''", "/*", "*/", "\r\n", "U&'\\0027'", "‘’", "x\u2028y",
    "0); DELETE FROM core_party; --",
]  # fmt: skip


@pytest.mark.parametrize("text", INJECTIONS)
def test_text_is_never_a_statement(obeying: Filled, whole: Actor, text: str) -> None:
    literal = orjson.dumps(text).decode()
    variable = """query ($t: String!, $l: [String!]) { a: parties(where: {name: {eq: $t}}) { totalCount }
        b: parties(where: {name: {contains: $t}}) { totalCount } c: parties(where: {name: {in: $l}}) { totalCount }
        d: parties(where: {country: {startsWith: $t}}) { totalCount }
        e: parties(where: {name: {gt: $t}}) { totalCount } }"""
    document = f"""{{ a: parties(where: {{name: {{eq: {literal}}}}}) {{ totalCount }}
        b: parties(where: {{name: {{contains: {literal}}}}}) {{ totalCount }}
        c: parties(where: {{name: {{in: [{literal}]}}}}) {{ totalCount }}
        d: parties(where: {{country: {{startsWith: {literal}}}}}) {{ totalCount }}
        e: parties(where: {{name: {{gt: {literal}}}}}) {{ totalCount }} }}"""

    found = obeying.same(whole, variable, {"t": text, "l": [text]})

    assert found == obeying.same(whole, document)
    assert found["data"]["a"]["totalCount"] == 0
    assert obeying.same(whole, "{ parties { totalCount } }")["data"]["parties"]["totalCount"] == 42


@pytest.mark.parametrize("text", INJECTIONS)
def test_an_id_or_a_cursor_is_never_a_statement(obeying: Filled, whole: Actor, text: str) -> None:
    assert refusal(obeying, whole, "query ($i: ID!) { party(id: $i) { id } }", {"i": text}) == "VALIDATION"
    assert (
        refusal(obeying, whole, "query ($i: [ID!]!) { nodes(ids: $i) { id } }", {"i": [text]}) == "VALIDATION"
    )
    assert (
        refusal(
            obeying, whole, "query ($c: String) { tasks(after: $c) { totalCount nodes { id } } }", {"c": text}
        )
        == "VALIDATION"
    )
    assert (
        refusal(
            obeying,
            whole,
            "query ($t: String, $i: ID!) { node(id: $i, type: $t) { id } }",
            {"t": text, "i": "00000000-0000-0000-0000-000000000000"},
        )
        == "VALIDATION"
    )


@pytest.mark.parametrize("bad", ["\x00", "a\x00b", "\ud800", "x\udfff", "\ude00\ud83d"])
@pytest.mark.parametrize(
    "text",
    [
        "query ($t: String) { parties(where: {name: {eq: $t}}) { totalCount } }",
        "query ($t: String!) { parties(where: {name: {in: [$t]}}) { totalCount } }",
        "query ($t: String) { parties(after: $t) { nodes { id } } }",
        "query ($t: String, $i: ID = \"x\") { node(id: $i, type: $t) { id } }",
        "query ($t: ID!) { party(id: $t) { id } }",
        "query ($t: Decimal) { dealings(where: {amount: {eq: $t}}) { totalCount } }",
        "query ($t: Date) { dealings(where: {occurredOn: {eq: $t}}) { totalCount } }",
        "mutation ($t: String!) { createParty(input: {name: $t}) { id } }",
    ],
)  # fmt: skip
def test_characters_that_no_database_keeps_are_refused(
    obeying: Filled, whole: Actor, text: str, bad: str
) -> None:
    assert refusal(obeying, whole, text, {"t": bad}) == "VALIDATION"


@pytest.mark.parametrize("escape", ["\\u0000", "\\uD800", "\\u{0}"])
def test_they_are_refused_in_the_document_too(obeying: Filled, whole: Actor, escape: str) -> None:
    assert (
        refusal(obeying, whole, f'{{ parties(where: {{name: {{eq: "{escape}"}}}}) {{ totalCount }} }}')
        == "VALIDATION"
    )


def test_they_are_refused_deep_inside_variables(obeying: Filled, whole: Actor) -> None:
    text = "query ($w: PartyWhere) { parties(where: $w) { totalCount } }"

    for tree in ({"or": [{"name": {"in": ["a", "\x00"]}}]}, {"name": {"eq": "\ud800"}}):
        assert refusal(obeying, whole, text, {"w": tree}) == "VALIDATION"


@pytest.mark.parametrize(
    ("variables", "text"),
    [
        ({"n": 2**31}, "query ($n: Int) { parties(first: $n) { totalCount } }"),
        ({"n": 10**30}, "query ($n: Int) { parties(where: {version: {eq: $n}}) { totalCount } }"),
        ({"n": 1.5}, "query ($n: Int) { parties(first: $n) { totalCount } }"),
        ({"n": "1"}, "query ($n: Int) { parties(first: $n) { totalCount } }"),
        ({"n": True}, "query ($n: Int) { parties(first: $n) { totalCount } }"),
        ({"n": {}}, "query ($n: Int) { parties(first: $n) { totalCount } }"),
        ({"n": 1e308}, "query ($n: Decimal) { dealings(where: {amount: {eq: $n}}) { totalCount } }"),
        ({"n": 10**40}, "query ($n: Decimal) { dealings(where: {amount: {eq: $n}}) { totalCount } }"),
        ({"n": [1]}, "query ($n: String) { parties(where: {name: {eq: $n}}) { totalCount } }"),
        ({}, "query ($n: Int!) { parties(first: $n) { totalCount } }"),
        ({"n": None}, "query ($n: Int!) { parties(first: $n) { totalCount } }"),
        ({"n": "2026-02-30"}, "query ($n: Date) { dealings(where: {occurredOn: {eq: $n}}) { totalCount } }"),
        ({"n": "2026-W01-1"}, "query ($n: Date) { dealings(where: {occurredOn: {eq: $n}}) { totalCount } }"),
        ({"n": "20260230"}, "query ($n: Date) { dealings(where: {occurredOn: {eq: $n}}) { totalCount } }"),
        ({"n": "0000-01-01"}, "query ($n: Date) { dealings(where: {occurredOn: {eq: $n}}) { totalCount } }"),
        ({"n": "2026-01-01T00:00:00"}, "query ($n: DateTime) { parties(asOf: $n) { totalCount } }"),
        ({"n": "0001-01-01T00:00:00+14:00"}, "query ($n: DateTime) { parties(asOf: $n) { totalCount } }"),
        (
            {"n": "9999-12-31T23:59:59.999999Z"},
            "query ($n: DateTime) { parties(where: {createdAt: {lt: $n}}) { totalCount } }",
        ),
        ({"n": "ASCENDING"}, "query ($n: Direction!) { parties(orderBy: [{name: $n}]) { totalCount } }"),
        ({"n": {"nothing": 1}}, "query ($n: PartyWhere) { parties(where: $n) { totalCount } }"),
        ({"n": {"name": "x"}}, "query ($n: PartyWhere) { parties(where: $n) { totalCount } }"),
    ],
)
def test_what_is_of_the_wrong_kind_is_refused(
    obeying: Filled, whole: Actor, variables: Any, text: str
) -> None:
    assert refusal(obeying, whole, text, variables) == "VALIDATION"


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00.000001Z", "9999-12-31T23:59:59Z"])
def test_the_ends_of_the_calendar_are_days_or_refused(obeying: Filled, whole: Actor, moment: str) -> None:
    for _, answer in obeying.answers(
        whole, "query ($n: DateTime) { relationships(asOf: $n) { totalCount } }", {"n": moment}
    ):
        code = answer["errors"][0]["extensions"]["code"] if "errors" in answer else "fine"
        assert code in ("fine", "VALIDATION")


def nested(depth: int, open_: str, close: str, core: str = "") -> str:
    return open_ * depth + core + close * depth


DEEP = [
    "{ parties { nodes " + nested(40, "{ relationships { nodes ", "} }", "{ id }") + " } }",
    "{ parties { nodes " + nested(4_000, "{ relationships { nodes ", "} }", "{ id }") + " } }",
    "{ parties(where: " + nested(3_000, "{ not: ", "}", "{}") + ") { totalCount } }",
    "{ parties(where: {or: " + nested(5_000, "[", "]") + "}) { totalCount } }",
    "query ($x: " + nested(5_000, "[", "]", "Int") + ") { parties { totalCount } }",
    "{ parties " + nested(5_000, "... { ", "}", "totalCount") + " }",
    "{ " + " ".join(f"a{number}: parties {{ totalCount }}" for number in range(3_000)) + " }",
    "{ " + "tasks { totalCount } " * 4_000 + " }",
    "{ parties { nodes { " + "id " * 15_000 + "} } }",
]


@pytest.mark.parametrize("text", DEEP, ids=range(len(DEEP)))
def test_what_is_too_deep_or_too_wide_is_refused(obeying: Filled, whole: Actor, text: str) -> None:
    assert refusal(obeying, whole, text) in ("LIMIT_EXCEEDED", "VALIDATION")


def test_a_filter_of_many_levels_in_a_variable_is_refused_or_answered(obeying: Filled, whole: Actor) -> None:
    text = "query ($w: PartyWhere) { parties(where: $w) { totalCount } }"
    for depth in (5, 20, 60, 300, 900):
        tree: Any = {}
        for _ in range(depth):
            tree = {"not": tree}
        for kind in obeying.installations:
            answer = obeying.answer(kind, whole, text, {"w": tree})
            code = answer["errors"][0]["extensions"]["code"] if "errors" in answer else None
            allowed = (None,) if depth < 30 else (None, "LIMIT_EXCEEDED", "VALIDATION")
            assert code in allowed, (kind, depth, answer)


def test_fragments_cannot_explode(obeying: Filled, whole: Actor) -> None:
    doubling = "query { ...F0 } " + " ".join(
        f"fragment F{number} on Query {{ ...F{number + 1} ...F{number + 1} }}" for number in range(40)
    )
    deep = "query { parties { nodes { ...F0 } } } " + " ".join(
        f"fragment F{number} on Party {{ a: relationships {{ nodes {{ source {{ ...F{number + 1} }} }} }} "
        f"b: relationships {{ nodes {{ target {{ ...F{number + 1} }} }} }} }}"
        for number in range(30)
    )
    cycle = "{ parties { nodes { ...A } } } fragment A on Party { ...B } fragment B on Party { ...A id }"
    around = (
        "{ parties { nodes { ...A } } } fragment A on Party { relationships { nodes { source { ...A } } } }"
    )
    unused = "{ tasks { totalCount } } fragment A on Party { " + "id " * 5_000 + " }"

    assert (
        refusal(obeying, whole, doubling + " fragment F40 on Query { tasks { totalCount } }")
        == "LIMIT_EXCEEDED"
    )
    assert refusal(obeying, whole, deep + " fragment F30 on Party { id }") == "LIMIT_EXCEEDED"
    assert refusal(obeying, whole, unused) == "LIMIT_EXCEEDED"
    assert refusal(obeying, whole, cycle) == "VALIDATION"
    assert refusal(obeying, whole, around) == "VALIDATION"


def test_a_field_may_be_repeated_and_not_for_ever(obeying: Filled, whole: Actor) -> None:
    some, many = ("{ " + "tasks { totalCount } " * count + " }" for count in (50, 900))

    assert "errors" not in obeying.same(whole, some)
    assert refusal(obeying, whole, many) == "LIMIT_EXCEEDED"


def test_there_may_be_many_lists_and_not_any_number(obeying: Filled, whole: Actor) -> None:
    some, many = (
        "{ parties(first: 1) { nodes { "
        + " ".join(f"a{number}: relationships(first: 1) {{ nodes {{ id }} }}" for number in range(count))
        + " } } }"
        for count in (90, 120)
    )

    assert "errors" not in obeying.same(whole, some)
    assert refusal(obeying, whole, many) == "LIMIT_EXCEEDED"


@pytest.mark.parametrize(
    "text",
    [
        "{ __schema { types { fields { type { fields { type { fields { type { name } } } } } } } } }",
        '{ __type(name: "Query") { fields { type { fields { type { fields { type { fields { name } } } } } } } } }',
        "{ __schema { types { interfaces { possibleTypes { interfaces { possibleTypes { name } } } } } } }",
        "query { __schema { ...S } } fragment S on __Schema { types { ...T } } "
        "fragment T on __Type { fields { type { ...U } } } fragment U on __Type { fields { type { ...V } } } "
        "fragment V on __Type { fields { type { fields { name } } } }",
    ],
)
def test_the_schema_is_not_walked_in_circles(obeying: Filled, text: str) -> None:
    assert refusal(obeying, None, text) == "VALIDATION"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "VALIDATION"),
        ("{", "VALIDATION"),
        ("{ nothing }", "VALIDATION"),
        ("{ parties { nothing } }", "VALIDATION"),
        ("{ parties(colour: 1) { totalCount } }", "VALIDATION"),
        ("fragment A on Party { id }", "VALIDATION"),
        ("subscription { changes { id } }", "VALIDATION"),
        ("type Party { id: ID }", "VALIDATION"),
        ("{ tasks { totalCount } } { parties { totalCount } }", "VALIDATION"),
        ("{ parties { nodes } }", "VALIDATION"),
        ("{ tasks { totalCount { x } } }", "VALIDATION"),
        ("query ($a: Int, $a: Int) { parties(first: $a) { totalCount } }", "VALIDATION"),
        ("query ($a: Nothing) { parties(first: $a) { totalCount } }", "VALIDATION"),
        ("query ($a: String) { parties(first: $a) { totalCount } }", "VALIDATION"),
        ("{ parties(first: $a) { totalCount } }", "VALIDATION"),
        ("{ parties @nothing { totalCount } }", "VALIDATION"),
        ("{ parties @skip { totalCount } }", "VALIDATION"),
        ("\ufeff{ nothing }", "VALIDATION"),
        ("{ a\x00b }", "VALIDATION"),
    ],
)
def test_a_document_that_says_nothing_is_refused(obeying: Filled, whole: Actor, text: str, code: str) -> None:
    assert refusal(obeying, whole, text) == code


@pytest.mark.parametrize(
    "text",
    ["{ me { id } }", "{ parties { totalCount } }", '{ node(id: "x") { id } }', "{ tasks { totalCount } __typename }",
     "mutation { logout }", 'mutation { createParty(input: {name: "x"}) { id } }', "{ plugins { id } }",
     '{ explainAccess(userId: "x", action: "a.b") { allowed } }', "{ probeSheet { id } }"],
)  # fmt: skip
def test_nobody_is_answered_before_signing_in(obeying: Filled, text: str) -> None:
    assert refusal(obeying, None, text) == "UNAUTHENTICATED"


def test_what_breaks_inside_is_masked(obeying: Filled, whole: Actor) -> None:
    answer = obeying.same(whole, "{ probeFailure tasks { totalCount } }")

    assert answer["errors"][0]["extensions"]["code"] in ("INTERNAL", "FORBIDDEN")
    assert "hunter2" not in str(answer)
