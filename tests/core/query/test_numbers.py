"""Sums, averages, shares and comparisons are exact, beyond what SQLite's own numbers hold."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.query.rows import Writer, random_rows
from tests.core.query.stand import Stand
from tests.core.query.worked_out import rounded
from tests.installations import Templates
from xrm_core.db import exact
from xrm_core.identity.actor import Actor, Role

LARGEST = Decimal("999999999999.999999")
MILLIONTHS = st.integers(-(10**24), 10**24)


@given(MILLIONTHS, MILLIONTHS)
def test_sortable_sums_sort_as_numbers_do(first: int, second: int) -> None:
    assert (exact.sortable(first) < exact.sortable(second)) == (first < second)
    assert exact.millionths(exact.sortable(first)) == first


@given(MILLIONTHS)
def test_a_sum_is_shown_as_the_decimal_it_is(number: int) -> None:
    shown = exact.shown(exact.sortable(number))

    assert shown is not None
    assert Decimal(shown) == Decimal(number).scaleb(-6)
    assert not shown.endswith("0") or "." not in shown


@given(MILLIONTHS, st.integers(1, 10**6))
def test_an_average_is_rounded_once_halves_away_from_zero(total: int, count: int) -> None:
    whole, rest = int(total / 10**6), total - int(total / 10**6) * 10**6

    found = exact.average(whole, rest, count)

    assert found is not None
    assert Decimal(found).scaleb(-6) == rounded(Decimal(total).scaleb(-6), Decimal(count))


@given(st.integers(-(10**18), 10**18), st.integers(-(10**18), 10**18))
def test_a_share_has_six_places_and_none_of_nothing(part: int, whole: int) -> None:
    found = exact.share(exact.sortable(part), exact.sortable(whole))

    assert (found is None) == (whole == 0)
    if found is not None:
        assert abs(Decimal(found) * whole - part) * 2 <= abs(whole) * Decimal("0.000001") + 1


@pytest.fixture(scope="module")
def stand(templates: Templates, postgres_url: str) -> Iterator[Stand]:
    """Two installations for numbers of one's own."""
    made = Stand(templates, postgres_url)
    yield made
    made.close()


@pytest.fixture(scope="module")
def admin(stand: Stand) -> Actor:
    """Somebody who sees everything."""
    return Actor(1, None, "admin", (Role("admin"),), stand.unit)


def books(stand: Stand, amounts: dict[str, list[Decimal]]) -> dict[str, str]:
    """Parties with these dealings, by name; the ids they got."""
    writer = Writer(hash(tuple(amounts)) & 0xFFFF, stand.unit)
    ids = {}
    for name, given_ in amounts.items():
        party = writer.put(
            "core.party", name=name, kind="ORGANISATION", kind_uncertain=False, is_stub=False, source="books",
            country=None, language=None,
        )  # fmt: skip
        ids[name] = str(party["id"])
        for amount in given_:
            template = random_rows(1, stand.unit, size=1)["core.dealing"][0]
            fixed = {
                "party_id": party["id"],
                "relationship_id": None,
                "amount": amount,
                "amount_currency": "EUR",
            }
            writer.put(
                "core.dealing",
                **{
                    name: value
                    for name, value in template.items()
                    if name not in ("id", "tenant_id", "version")
                }
                | fixed
                | {"source": "books", "source_row": str(writer.id())},
            )
    stand.load(writer.rows)
    return ids


def test_sums_beyond_nine_trillion_are_exact_and_ordered(stand: Stand, admin: Actor) -> None:
    books(
        stand,
        {
            "vast": [LARGEST] * 12,
            "vaster": [LARGEST] * 12 + [Decimal("0.000001")],
            "owing": [-LARGEST] * 12,
            "owing more": [-LARGEST] * 12 + [Decimal("-0.000001")],
            "small": [Decimal("-0.000001"), Decimal("0.000003")],
        },
    )
    by_sum = '{dealings: {aggregate: {where: {source: {eq: "books"}, amountCurrency: {eq: "EUR"}}, sum: {amount: %s}}}}'
    text = """query ($after: String) {
        parties(where: {source: {eq: "books"}}, orderBy: [%s], first: 2, after: $after) {
            nodes { name dealingsAggregate { sum { amount } avg { amount } } } pageInfo { endCursor } } }"""
    for kind in stand.installations:
        found: list[Any] = []
        for direction, expected in (("ASC", 1), ("DESC", -1)):
            after, found = None, []
            for _ in range(3):
                answer = stand.answer(kind, admin, text % (by_sum % direction), {"after": after})
                page = answer["data"]["parties"]
                found += page["nodes"]
                after = page["pageInfo"]["endCursor"]
            names = [node["name"] for node in found]
            assert names[::expected] == ["owing more", "owing", "small", "vast", "vaster"]
        sums = {node["name"]: node["dealingsAggregate"][0]["sum"]["amount"] for node in found}
        assert sums["vast"] == "11999999999999.999988"
        assert sums["vaster"] == "11999999999999.999989"
        assert sums["owing more"] == "-11999999999999.999989"
        assert sums["small"] == "0.000002"
        averages = {node["name"]: node["dealingsAggregate"][0]["avg"]["amount"] for node in found}
        assert averages["owing"] == "-999999999999.999999"
        assert averages["small"] == "0.000001"


def test_vast_sums_are_compared_exactly(stand: Stand, admin: Actor) -> None:
    euros = 'where: {amountCurrency: {eq: "EUR"}}'
    one = 'where: {source: {eq: "books"}, dealings: {aggregate: {' + euros + ", sum: {amount: {%s}}}}}"

    above = stand.same(admin, "{ parties(%s) { totalCount } }" % (one % 'gt: "999999999999.999999"'))
    below = stand.same(admin, "{ parties(%s) { totalCount } }" % (one % 'lt: "-999999999999.999999"'))

    assert above["data"]["parties"]["totalCount"] == 2
    assert below["data"]["parties"]["totalCount"] == 2


def test_shares_of_vast_sums_add_up(stand: Stand, admin: Actor) -> None:
    asked = """{ dealingsAggregate(where: {source: {eq: "books"}, amountCurrency: {eq: "EUR"}, amount: {gt: "0"}},
        groupBy: [{party: {field: NAME}}]) { keys share { amount count } } }"""

    groups = stand.same(admin, asked)["data"]["dealingsAggregate"]

    shares = {group["keys"]["party.name"]: group["share"] for group in groups}
    assert shares["vast"] == {"amount": "0.5", "count": "0.461538"}
    assert shares["small"]["amount"] == "0"


@pytest.mark.parametrize(
    ("amounts", "average"),
    [
        (["0.000001", "0"], "0.000001"),
        (["-0.000001", "0"], "-0.000001"),
        (["0.000001", "0", "0"], "0"),
        (["0.000002", "0", "0"], "0.000001"),
        (["100000000.000001"] * 500 + ["100000000"] * 501, "100000000"),
        (["100000000.000001"] * 501 + ["100000000"] * 500, "100000000.000001"),
        (["1", "2"], "1.5"),
    ],
)
def test_an_average_is_rounded_half_up_whatever_its_size(
    stand: Stand, admin: Actor, amounts: list[str], average: str
) -> None:
    party = books(stand, {f"average {average} of {amounts[0]}, {len(amounts)}": list(map(Decimal, amounts))})

    answer = stand.same(
        admin,
        "query ($id: ID!) { party(id: $id) { dealingsAggregate { avg { amount } } } }",
        {"id": next(iter(party.values()))},
    )

    assert answer["data"]["party"]["dealingsAggregate"] == [{"avg": {"amount": average}}]


def test_whole_numbers_are_added_as_decimals_and_shown_as_text(stand: Stand, admin: Actor) -> None:
    rows = random_rows(5, stand.unit, size=6)
    stand.load(
        {name: rows[name] for name in ("core.user", "core.party", "core.relationship", "core.interaction")}
    )
    text = "{ interactionsAggregate { sum { durationSeconds } max { durationSeconds } avg { durationSeconds } } }"
    values = [
        row["duration_seconds"] for row in rows["core.interaction"] if row["duration_seconds"] is not None
    ]

    found = stand.same(admin, text)["data"]["interactionsAggregate"][0]

    assert found["sum"]["durationSeconds"] == str(sum(values))
    assert found["max"]["durationSeconds"] == str(max(values))
    average = Decimal(found["avg"]["durationSeconds"])
    assert average == rounded(Decimal(sum(values)), Decimal(len(values)))


def test_sums_and_averages_of_whole_numbers_are_compared_as_decimals(stand: Stand, admin: Actor) -> None:
    rows = random_rows(9, stand.unit, size=3)
    template, party = rows["core.interaction"][0], {**rows["core.party"][0], "name": "talkative"}
    seconds = [2**31 - 1, 2**31 - 1, 2**31 - 2]
    talks = [
        {**template, "id": Writer(at, None).id(), "party_id": party["id"], "relationship_id": None,
         "author_id": None, "duration_seconds": each}
        for at, each in enumerate(seconds, 700)
    ]  # fmt: skip
    stand.load({"core.party": [party], "core.interaction": talks})
    asked = """query ($sum: Decimal, $avg: Decimal, $after: String) { parties(first: 1, after: $after,
        where: {interactions: {aggregate: {sum: {durationSeconds: {gte: $sum}}, avg: {durationSeconds: {lte: $avg}}}}},
        orderBy: [{interactions: {aggregate: {sum: {durationSeconds: DESC}}}}]) {
            nodes { name } pageInfo { endCursor } } }"""
    average = rounded(Decimal(sum(seconds)), Decimal(3))

    for kind in stand.installations:
        found = stand.answer(kind, admin, asked, {"sum": str(sum(seconds)), "avg": str(average)})["data"][
            "parties"
        ]
        after = {"sum": "-5", "avg": "1e9", "after": found["pageInfo"]["endCursor"]}

        assert [node["name"] for node in found["nodes"]] == ["talkative"]
        assert "errors" not in stand.answer(kind, admin, asked, after)


def test_a_share_is_rounded_once(stand: Stand, admin: Actor) -> None:
    def amounts(sum_: int) -> list[Decimal]:
        most = 10**18 - 1
        return [Decimal(each).scaleb(-6) for each in (*[most] * (sum_ // most), sum_ % most)]

    # A share of 0.123456499999999999999 has a five behind its sixth place where only 20 places of it are looked at.
    part = 123_456_499_999_999_999_999
    books(stand, {"part": amounts(part), "rest": amounts(10**21 - part)})
    text = """{ dealingsAggregate(where: {source: {eq: "books"}, party: {name: {in: ["part", "rest"]}}},
        groupBy: [{party: {field: NAME}}]) { share { amount } } }"""

    groups = stand.same(admin, text)["data"]["dealingsAggregate"]

    assert [group["share"]["amount"] for group in groups] == ["0.123456", "0.876544"]


def test_a_cursor_holds_numbers_larger_than_any_stored(stand: Stand, admin: Actor) -> None:
    parties = random_rows(11, stand.unit, size=3)["core.party"]
    facts = [
        {"tenant_id": 1, "id": party["id"], "version": 1, "created_at": party["created_at"],
         "updated_at": party["updated_at"], "score": score, "remark": "large"}
        for party, score in zip(parties, (LARGEST, -LARGEST, LARGEST - 1), strict=False)
    ]  # fmt: skip
    stand.load({"core.party": parties, "gauge.facts": facts})
    text = """query ($after: String) { parties(where: {gauge: {remark: {eq: "large"}}}, first: 1, after: $after,
        orderBy: [{gauge: {doubled: DESC}}]) { nodes { gauge { doubled } } pageInfo { endCursor } } }"""

    for kind in stand.installations:
        found, after = [], None
        for _ in facts:
            page = stand.answer(kind, admin, text, {"after": after})["data"]["parties"]
            found += [Decimal(node["gauge"]["doubled"]) for node in page["nodes"]]
            after = page["pageInfo"]["endCursor"]

        assert found == [LARGEST * 2, LARGEST * 2 - 2, -LARGEST * 2]


def test_a_number_with_more_places_than_any_stored_is_refused(stand: Stand, admin: Actor) -> None:
    for _, answer in stand.answers(
        admin, '{ dealings(where: {amount: {lt: "1.0000001"}}) { nodes { id } } }'
    ):
        assert answer["errors"][0]["extensions"]["code"] == "VALIDATION"


@pytest.mark.parametrize(
    "value", ["NaN", "Infinity", "1e400", "1000000000000", "", "1,5", "0x10", "٣", "1_000"]
)
def test_what_is_no_amount_is_refused(stand: Stand, admin: Actor, value: str) -> None:
    text = "query ($v: Decimal) { dealings(where: {amount: {gt: $v}}) { nodes { id } } }"

    for _, answer in stand.answers(admin, text, {"v": value}):
        assert answer["errors"][0]["extensions"]["code"] == "VALIDATION", answer
