"""What filters, orders and groups mean at their edges, and how questions that make no sense are refused."""

from typing import Any

import pytest

from tests.core.conftest import Filled
from tests.core.query.asking import askers
from xrm_core.identity.actor import Actor
from xrm_core.text import text_key


@pytest.fixture
def whole(obeying: Filled) -> Actor:
    """Somebody who sees everything."""
    return askers(obeying)["whole"][0]


def count(stand: Filled, actor: Actor, many: str, where: str) -> int:
    answer = stand.same(actor, f"{{ {many}(where: {where}) {{ totalCount }} }}")
    assert "errors" not in answer, answer
    return int(answer["data"][many]["totalCount"])


@pytest.mark.parametrize(
    "where",
    [
        "{name: null}",
        "{and: null}",
        "{or: null}",
        "{not: null}",
        "{dealings: null}",
        "{dealings: {some: null, none: null, every: null, aggregate: null}}",
        "{dealings: {aggregate: {count: null, sum: null, where: null}}}",
        "{dealings: {aggregate: {sum: {amount: null}}}}",
        "{gauge: null}",
        "{gauge: {score: null, readings: null}}",
        "{name: {isNull: null}}",
        "{name: {}}",
        "{and: []}",
        "{dealings: {}}",
    ],
)
def test_what_is_not_said_leaves_everything(obeying: Filled, whole: Actor, where: str) -> None:
    assert count(obeying, whole, "parties", where) == count(obeying, whole, "parties", "{}")


@pytest.mark.parametrize(
    ("where", "same_as"),
    [
        ("{or: []}", "{not: {}}"),
        ("{dealings: {some: {}}}", "{dealings: {aggregate: {count: {gt: 0}}}}"),
        ("{dealings: {none: {}}}", "{dealings: {aggregate: {count: {eq: 0}}}}"),
        ("{country: {eq: null}}", "{country: {isNull: true}}"),
        ("{country: {ne: null}}", "{country: {isNull: false}}"),
        ("{country: {notIn: []}}", "{}"),
        ("{country: {in: []}}", "{or: []}"),
        ('{country: {ne: "FR"}}', '{or: [{country: {isNull: true}}, {not: {country: {eq: "FR"}}}]}'),
        ("{gauge: {score: {isNull: true}}}", "{not: {gauge: {score: {isNull: false}}}}"),
        ('{gauge: {score: {ne: "1"}}}', '{not: {gauge: {score: {eq: "1"}}}}'),
    ],
)
def test_two_ways_of_saying_the_same(obeying: Filled, whole: Actor, where: str, same_as: str) -> None:
    assert count(obeying, whole, "parties", where) == count(obeying, whole, "parties", same_as)


def test_some_filters_match_some_and_not_all(obeying: Filled, whole: Actor) -> None:
    everything = count(obeying, whole, "parties", "{}")

    for where in (
        '{country: {eq: "FR"}}', "{dealings: {some: {}}}", "{gauge: {score: {isNull: true}}}",
        '{name: {contains: "o"}}', "{relationships: {some: {isStrategic: {eq: true}}}}",
    ):  # fmt: skip
        assert 0 < count(obeying, whole, "parties", where) < everything, where


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ("parties(orderBy: [{}])", "orderBy"),
        ("parties(orderBy: [{name: ASC, country: DESC}])", "orderBy"),
        ("parties(orderBy: [{name: null}])", "orderBy"),
        ("relationships(orderBy: [{owner: {}}])", "orderBy"),
        ("relationships(orderBy: [{owner: null}])", "orderBy"),
        ("relationships(orderBy: [{owner: {name: ASC, email: ASC}}])", "orderBy"),
        ("parties(orderBy: [{dealings: {}}])", "orderBy"),
        ("parties(orderBy: [{dealings: {aggregate: {}}}])", "orderBy"),
        ("parties(orderBy: [{dealings: {aggregate: {where: {}}}}])", "orderBy"),
        ("parties(orderBy: [{dealings: {aggregate: {count: ASC, min: {occurredOn: ASC}}}}])", "orderBy"),
        ("parties(orderBy: [{gauge: {}}])", "orderBy"),
        ("parties(orderBy: [{gauge: {score: ASC, remark: ASC}}])", "orderBy"),
        ("parties(orderBy: [{gauge: {readings: {aggregate: {}}}}])", "orderBy"),
    ],
)
def test_an_order_names_one_thing_at_a_time(obeying: Filled, whole: Actor, asked: str, field: str) -> None:
    for _, answer in obeying.answers(whole, f"{{ {asked} {{ nodes {{ id }} }} }}"):
        assert answer["errors"][0]["extensions"]["code"] == "VALIDATION"
        assert answer["errors"][0]["extensions"]["field"] == field


@pytest.mark.parametrize(
    "arguments",
    [
        "groupBy: [{}]",
        "groupBy: [{by: MONTH}]",
        "groupBy: [{field: null}]",
        "groupBy: [{party: null}]",
        "groupBy: [{party: {}}]",
        "groupBy: [{field: KIND, party: {field: NAME}}]",
        "groupBy: [{party: {field: NAME}, by: YEAR}]",
        "groupBy: [{field: KIND, by: YEAR}]",
        "groupBy: [{field: OCCURRED_ON, by: YEAR}, {field: OCCURRED_ON, by: MONTH}]",
        "orderBy: [{}]",
        "orderBy: [{count: null}]",
        "orderBy: [{sum: null}]",
        "orderBy: [{count: ASC, keys: DESC}]",
        "orderBy: [{min: {occurredOn: ASC, amount: ASC}}]",
        "first: -1",
    ],
)
def test_groups_are_asked_for_one_thing_at_a_time(obeying: Filled, whole: Actor, arguments: str) -> None:
    for _, answer in obeying.answers(whole, f"{{ dealingsAggregate({arguments}) {{ count }} }}"):
        assert answer["errors"][0]["extensions"]["code"] == "VALIDATION", answer


def test_what_groups_are_not_asked_is_left_out(obeying: Filled, whole: Actor) -> None:
    nothing = (
        "having: {count: null, min: null, max: {occurredOn: null}}, orderBy: null, groupBy: null, where: null"
    )

    asked = obeying.same(whole, f"{{ dealingsAggregate({nothing}) {{ count }} }}")

    assert asked == obeying.same(whole, "{ dealingsAggregate { count } }")


CURRENCIES_DO_NOT_ADD_UP = [
    "dealingsAggregate { sum { amount } }",
    "dealingsAggregate { max { amount } }",
    "dealingsAggregate { share { amount } }",
    "dealingsAggregate(groupBy: [{field: KIND}]) { avg { amount } }",
    'dealingsAggregate(having: {sum: {amount: {gt: "1"}}}) { count }',
    "dealingsAggregate(groupBy: [{field: KIND}], orderBy: [{sum: {amount: ASC}}]) { count }",
    'parties(where: {dealings: {aggregate: {sum: {amount: {gt: "1"}}}}}) { nodes { id } }',
    "parties(orderBy: [{dealings: {aggregate: {sum: {amount: DESC}}}}]) { nodes { id } }",
    "parties(orderBy: [{probe: {machines: {aggregate: {min: {price: DESC}}}}}]) { nodes { id } }",
    "parties(first: 500) { nodes { dealingsAggregate { sum { amount } } } }",
    'parties { nodes { tasks(where: {party: {dealings: {aggregate: {max: {amount: {gt: "1"}}}}}}) { totalCount } } }',
]


@pytest.mark.parametrize("asked", CURRENCIES_DO_NOT_ADD_UP)
def test_amounts_of_several_currencies_are_not_added_up(obeying: Filled, whole: Actor, asked: str) -> None:
    for _, answer in obeying.answers(whole, f"{{ {asked} }}"):
        extensions = answer["errors"][0]["extensions"]
        assert extensions["code"] == "VALIDATION"
        assert extensions["field"] in ("amount", "price")
        assert extensions["problems"][0]["code"] == "core.several_currencies"
        assert answer["data"] is None


def test_amounts_add_up_by_currency(obeying: Filled, whole: Actor) -> None:
    by_currency = obeying.same(
        whole,
        "{ dealingsAggregate(groupBy: [{field: AMOUNT_CURRENCY}]) { keys sum { amount } share { amount } } }",
    )
    in_euros = obeying.same(
        whole, '{ dealingsAggregate(where: {amountCurrency: {eq: "EUR"}}) { sum { amount } } }'
    )
    listed = obeying.same(
        whole, '{ dealingsAggregate(where: {amountCurrency: {in: ["EUR"]}}) { sum { amount } } }'
    )

    sums = {
        group["keys"]["amountCurrency"]: group["sum"]["amount"]
        for group in by_currency["data"]["dealingsAggregate"]
    }
    assert set(sums) == {"EUR", "GBP", "JPY"}
    assert in_euros["data"]["dealingsAggregate"][0]["sum"]["amount"] == sums["EUR"]
    assert in_euros == listed


def test_the_list_of_one_row_may_be_of_one_currency(obeying: Filled, whole: Actor) -> None:
    currencies: dict[Any, set[str]] = {}
    for row in obeying.rows["core.dealing"]:
        currencies.setdefault(row["party_id"], set()).add(row["amount_currency"])
    of_one = next(party for party, found in currencies.items() if len(found) == 1)
    of_several = next(party for party, found in currencies.items() if len(found) > 1)
    text = "query ($id: ID!) { party(id: $id) { dealingsAggregate { sum { amount } } } }"

    fine = obeying.same(whole, text, {"id": str(of_one)})
    mixed = obeying.same(whole, text, {"id": str(of_several)})

    assert fine["data"]["party"]["dealingsAggregate"][0]["sum"]["amount"] is not None
    assert mixed["errors"][0]["extensions"]["code"] == "VALIDATION"


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ("or: [" + '{name: {eq: "x"}} ' * 600 + "]", "LIMIT_EXCEEDED"),
        ("and: [" + "{version: {gt: 0}} " * 600 + "]", "LIMIT_EXCEEDED"),
        (f'name: {{contains: "{"x" * 20_000}"}}', "LIMIT_EXCEEDED"),
    ],
)
def test_a_filter_has_a_sensible_size(obeying: Filled, whole: Actor, asked: str, code: str) -> None:
    for _, answer in obeying.answers(whole, f"{{ parties(where: {{{asked}}}) {{ nodes {{ id }} }} }}"):
        assert answer["errors"][0]["extensions"]["code"] == code


@pytest.mark.parametrize("size", [400, 20_000])
def test_a_list_in_a_filter_may_be_long(obeying: Filled, whole: Actor, size: int) -> None:
    names = [f"n{number}" for number in range(size)] + [obeying.rows["core.party"][3]["name"]]
    text = "query ($names: [String!]) { parties(where: {name: {in: $names}}) { totalCount } }"

    answer = obeying.same(whole, text, {"names": names})

    assert answer["data"]["parties"]["totalCount"] >= 1


def test_an_order_and_groups_have_a_sensible_length(obeying: Filled, whole: Actor) -> None:
    terms = ", ".join(["{dealings: {aggregate: {count: ASC}}}"] * 80)
    keys = ", ".join(["{party: {field: NAME}}"] * 30)

    for asked in (
        f"parties(orderBy: [{terms}]) {{ nodes {{ id }} }}",
        f"dealingsAggregate(groupBy: [{keys}]) {{ count }}",
    ):
        for _, answer in obeying.answers(whole, f"{{ {asked} }}"):
            assert answer["errors"][0]["extensions"]["code"] == "LIMIT_EXCEEDED"


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ('{name: {eq: "Élan"}}', {"Élan"}),
        ('{name: {eq: "elan "}}', set()),
        ('{name: {eq: "ELAN "}}', {"ELAN "}),
        ('{name: {startsWith: "ELA"}}', {"Élan", "elan", "ELAN "}),
        ('{name: {endsWith: "lán"}}', {"Élan", "elan"}),
        ('{name: {contains: "STRASSE"}}', {"Straße", "STRASSE"}),
        ('{name: {contains: "%"}}', {"100%"}),
        ('{name: {contains: "_"}}', {"1_0"}),
        ('{name: {contains: "!"}}', {"!bang"}),
        ('{name: {contains: "\\\\"}}', {"back\\slash"}),
        ('{name: {contains: "İSTANBUL"}}', {"İstanbul", "istanbul"}),
        ('{name: {startsWith: "fi"}}', {"ﬁn", "fin"}),
        ('{name: {endsWith: "tm"}}', {"ﬀ™"}),
        ('{name: {eq: "東京"}}', {"東京"}),
        ('{name: {startsWith: "東"}}', {"東京"}),
        ('{name: {contains: "🙂"}}', {"🙂 smile"}),
        ('{name: {eq: ""}}', {""}),
        ('{name: {contains: "drop table"}}', {"; DROP TABLE core_party"}),
        ('{name: {contains: "o\'n"}}', {"Null O'Neil"}),
        ('{name: {contains: "a"}, and: [{name: {startsWith: "𝓐"}}, {name: {eq: "ä"}}]}', {"ä"}),
    ],
)
def test_text_is_found_without_regard_to_case_and_accents(
    obeying: Filled, whole: Actor, where: str, found: set[str]
) -> None:
    present = {row["name"] for row in obeying.rows["core.party"] if row["tenant_id"] == 1}

    answer = obeying.same(whole, f"{{ parties(where: {where}, first: 500) {{ nodes {{ name }} }} }}")

    assert {node["name"] for node in answer["data"]["parties"]["nodes"]} == found & present


@pytest.mark.parametrize("where", ['inverseLabel: {contains: "EST DÉTENU"}', 'label: {endsWith: "éTIENT"}'])
def test_codes_and_what_sql_computes_are_found_without_regard_to_case_and_accents(
    obeying: Filled, whole: Actor, where: str
) -> None:
    answer = obeying.same(
        whole, f"{{ relationships(where: {{type: {{{where}}}}}) {{ nodes {{ type {{ code }} }} }} }}"
    )
    codes = obeying.same(whole, '{ parties(where: {country: {startsWith: "e"}}) { nodes { country } } }')

    assert {node["type"]["code"] for node in answer["data"]["relationships"]["nodes"]} == {"OWNS"}
    assert {node["country"] for node in codes["data"]["parties"]["nodes"]} == {"É"}


def test_a_pattern_that_sqlite_would_not_read_is_refused_by_its_limit(obeying: Filled, whole: Actor) -> None:
    text = "query ($long: String) { parties(where: {name: {contains: $long}}) { totalCount } }"

    for _, answer in obeying.answers(whole, text, {"long": "ﷺ" * 5_000}):
        assert answer["errors"][0]["extensions"]["code"] == "LIMIT_EXCEEDED"


def test_the_key_of_texts_forgets_case_accents_and_shape() -> None:
    for one, other in (
        ("É", "e"),
        ("™", "tm"),
        ("𝓐", "a"),
        ("ẞ", "ss"),
        ("ﬁ", "FI"),
        ("İ", "i"),
        ("Å", "å"),
        ("ǅ", "DZ"),
    ):
        assert text_key(one) == text_key(other)
        assert text_key(text_key(one)) == text_key(one)


def test_every_character_has_a_stable_key_without_capitals() -> None:
    for number in range(0x110000):
        if not 0xD800 <= number < 0xE000:
            key = text_key(chr(number))
            assert text_key(key) == key
            assert not any("A" <= letter <= "Z" for letter in key)
