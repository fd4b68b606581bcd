"""Pages walked one by one are the whole list, forwards and backwards, and cursors are good for nothing else."""

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.conftest import Filled
from tests.core.query.asking import MODERATE, askers
from tests.core.query.questions import Grammar
from tests.core.query.writing import literal
from xrm_core.declare.registry import REGISTRY
from xrm_core.identity.actor import Actor

PAGES = (
    "core.party", "core.relationship", "core.dealing", "core.interaction", "core.task", "probe.machine",
    "gauge.reading",
)  # fmt: skip


def walk(stand: Filled, kind: str, actor: Actor, asked: str, size: int, *, backwards: bool) -> list[str]:
    """The ids of all pages of `size`, in the order of the list."""
    take, from_, cursor, more = (
        ("last", "before", "startCursor", "hasPreviousPage")
        if backwards
        else ("first", "after", "endCursor", "hasNextPage")
    )
    paged = asked.replace("<page>", f"{take}: $size, {from_}: $cursor")
    page_info = f"pageInfo {{ {more} {cursor} }}"
    text = f"query Page($cursor: String, $size: Int) {{ page: {paged} {{ nodes {{ id }} {page_info} }} }}"
    found: list[str] = []
    variables: dict[str, Any] = {"size": size, "cursor": None}
    while True:
        answer = stand.answer(kind, actor, text, variables)
        assert "errors" not in answer, (text, variables, answer)
        page = answer["data"]["page"]
        ids = [node["id"] for node in page["nodes"]]
        found = ids + found if backwards else found + ids
        if not page["pageInfo"][more]:
            return found
        assert len(ids) == size
        variables["cursor"] = page["pageInfo"][cursor]


@pytest.mark.parametrize("who", ["whole", "narrow"])
def test_all_pages_together_are_the_list(obeying: Filled, who: str) -> None:
    actor, hidden = askers(obeying)[who]

    @MODERATE
    @given(st.data())
    def check(data: st.DataObject) -> None:
        grammar = Grammar(lambda low, high: data.draw(st.integers(low, high)), obeying.rows, hidden)
        info = REGISTRY[grammar.one(PAGES)]
        arguments = f"orderBy: {literal(grammar.order(info))}"
        if grammar.chance(30):
            arguments += f", where: {literal(grammar.where(info, 1))}"
        size, kind = grammar.one((3, 7, 20, 50)), grammar.one(list(obeying.installations))
        whole = obeying.same(actor, f"{{ all: {info.many}({arguments}, first: 500) {{ nodes {{ id }} }} }}")
        expected = [node["id"] for node in whole["data"]["all"]["nodes"]]

        asked = f"{info.many}({arguments}, <page>)"
        assert walk(obeying, kind, actor, asked, size, backwards=False) == expected
        assert walk(obeying, kind, actor, asked, size, backwards=True) == expected

    check()


def edges(stand: Filled, kind: str, actor: Actor, asked: str) -> list[Any]:
    answer = stand.answer(kind, actor, f"{{ page: {asked} {{ edges {{ cursor node {{ id }} }} }} }}")
    assert "errors" not in answer, answer
    return list(answer["data"]["page"]["edges"])


def test_every_cursor_continues_after_its_row(obeying: Filled) -> None:
    actor, _ = askers(obeying)["whole"]
    order = "[{possibleDuplicate: DESC}, {amount: ASC}, {category: DESC}]"
    for kind in obeying.installations:
        found = edges(obeying, kind, actor, f"dealings(orderBy: {order}, first: 200)")
        for position in (0, 1, 50, len(found) - 2):
            after = found[position]["cursor"]
            rest = edges(obeying, kind, actor, f'dealings(orderBy: {order}, first: 1, after: "{after}")')
            assert rest[0]["node"] == found[position + 1]["node"]
            previous = edges(obeying, kind, actor, f'dealings(orderBy: {order}, last: 1, before: "{after}")')
            assert [edge["node"] for edge in previous] == [edge["node"] for edge in found[:position][-1:]]


def test_a_nested_list_continues_by_its_own_cursors(obeying: Filled) -> None:
    actor, _ = askers(obeying)["whole"]
    text = """query ($id: ID!, $after: String) { party(id: $id) {
        dealings(orderBy: [{occurredOn: DESC}], first: 2, after: $after) {
            nodes { id } pageInfo { endCursor hasNextPage } }
        all: dealings(orderBy: [{occurredOn: DESC}]) { nodes { id } } } }"""
    many = max(
        obeying.rows["core.party"],
        key=lambda party: sum(row["party_id"] == party["id"] for row in obeying.rows["core.dealing"]),
    )
    for kind in obeying.installations:
        found, after, more = [], None, True
        while more:
            party = obeying.answer(kind, actor, text, {"id": str(many["id"]), "after": after})["data"][
                "party"
            ]
            page = party["dealings"]
            found += page["nodes"]
            after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
        assert found == party["all"]["nodes"]
        assert len(found) > 2


def tampered(cursor: str, position: int) -> str:
    raw = bytearray(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    raw[position % len(raw)] ^= 1
    return base64.urlsafe_b64encode(bytes(raw)).decode().rstrip("=")


@pytest.mark.parametrize("position", [0, 5, 11, 12, 13, -1])
def test_a_tampered_cursor_is_refused(obeying: Filled, position: int) -> None:
    actor, _ = askers(obeying)["whole"]
    for kind in obeying.installations:
        cursor = edges(obeying, kind, actor, "parties(first: 1)")[0]["cursor"]

        answer = obeying.answer(
            kind,
            actor,
            "query ($c: String) { parties(after: $c) { nodes { id } } }",
            {"c": tampered(cursor, position)},
        )

        assert answer["errors"][0]["extensions"]["code"] == "VALIDATION"


@pytest.mark.parametrize(
    "asked",
    [
        "parties(orderBy: [{name: ASC}], after: $c)",
        "parties(orderBy: [{id: DESC}], after: $c)",
        "tasks(after: $c)",
        "dealings(before: $c)",
    ],
)
def test_a_cursor_belongs_to_its_list_and_order(obeying: Filled, asked: str) -> None:
    actor, _ = askers(obeying)["whole"]
    for kind in obeying.installations:
        cursor = edges(obeying, kind, actor, "parties(first: 1)")[0]["cursor"]

        answer = obeying.answer(
            kind, actor, f"query ($c: String) {{ {asked} {{ nodes {{ id }} }} }}", {"c": cursor}
        )

        assert answer["errors"][0]["extensions"]["code"] == "VALIDATION"


@pytest.mark.parametrize("cursor", ["", "x", "é", "====", "A" * 40, "\N{PILE OF POO}"])
def test_what_is_no_cursor_is_refused(obeying: Filled, cursor: str) -> None:
    actor, _ = askers(obeying)["whole"]

    for _, answer in obeying.answers(
        actor, "query ($c: String) { tasks(after: $c) { nodes { id } } }", {"c": cursor}
    ):
        assert answer["errors"][0]["extensions"]["code"] == "VALIDATION"


def test_a_cursor_of_somebody_else_shows_nothing_more(obeying: Filled) -> None:
    whole, narrow = askers(obeying)["whole"][0], askers(obeying)["narrow"][0]
    for kind in obeying.installations:
        first = edges(obeying, kind, whole, "dealings(first: 1)")[0]

        rest = edges(obeying, kind, narrow, f'dealings(first: 500, after: "{first["cursor"]}")')

        everything = [edge["node"]["id"] for edge in edges(obeying, kind, narrow, "dealings(first: 500)")]
        assert [edge["node"]["id"] for edge in rest] == [
            one for one in everything if one > first["node"]["id"]
        ]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("pageInfo { hasPreviousPage }", {"pageInfo": {"hasPreviousPage": False}}),
        ("pageInfo { __typename }", {"pageInfo": {"__typename": "PageInfo"}}),
        ("pageInfo { hasNextPage endCursor }", {"pageInfo": {"hasNextPage": False, "endCursor": None}}),
        ("edges { __typename } pageInfo { startCursor }", {"edges": [], "pageInfo": {"startCursor": None}}),
        ("nodes { id } edges { node { id } }", {"nodes": [], "edges": []}),
        ("totalCount __typename", {"totalCount": 0, "__typename": "TaskConnection"}),
    ],
)
def test_an_empty_page_is_a_page(obeying: Filled, asked: str, expected: Any) -> None:
    actor, _ = askers(obeying)["whole"]
    nothing = 'where: {subject: {eq: "no task is called so"}}'

    answer = obeying.same(actor, f"{{ tasks({nothing}) {{ {asked} }} }}")

    assert answer["data"]["tasks"] == expected


def test_page_info_alone_is_one_answer_for_many_rows(obeying: Filled) -> None:
    actor, _ = askers(obeying)["whole"]

    answer = obeying.same(actor, "{ parties(first: 5) { pageInfo { hasPreviousPage } totalCount } }")

    assert answer["data"]["parties"]["pageInfo"] == {"hasPreviousPage": False}
    assert answer["data"]["parties"]["totalCount"] == len(
        [row for row in obeying.rows["core.party"] if row["tenant_id"] == 1]
    )


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ("first: -1", "VALIDATION"),
        ("last: -5", "VALIDATION"),
        ("first: 501", "LIMIT_EXCEEDED"),
        ("last: 1000000", "LIMIT_EXCEEDED"),
        ("first: 1, last: 1", "VALIDATION"),
        ("first: 99999999999", "VALIDATION"),
    ],
)
def test_a_page_has_a_sensible_size(obeying: Filled, asked: str, code: str) -> None:
    actor, _ = askers(obeying)["whole"]

    for _, answer in obeying.answers(actor, f"{{ parties({asked}) {{ nodes {{ id }} }} }}"):
        assert answer["errors"][0]["extensions"]["code"] == code


def test_size_and_cursor_may_be_variables_that_say_nothing(obeying: Filled) -> None:
    actor, _ = askers(obeying)["whole"]
    text = "query ($f: Int, $l: Int, $a: String, $w: PartyWhere, $o: [PartyOrder!]) { %s }"
    asked = "parties(first: $f, last: $l, after: $a, before: $a, where: $w, orderBy: $o) { nodes { id } }"

    unsaid = obeying.same(actor, text % asked)
    null = obeying.same(actor, text % asked, {"f": None, "l": None, "a": None, "w": None, "o": None})
    plain = obeying.same(actor, "{ parties { nodes { id } } }")

    assert unsaid == null == plain
    ours = [row for row in obeying.rows["core.party"] if row["tenant_id"] == 1]
    assert len(plain["data"]["parties"]["nodes"]) == min(50, len(ours))
