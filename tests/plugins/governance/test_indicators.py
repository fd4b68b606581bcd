"""Indicators asked through the API: worked examples, what is left out, what is never mixed (rules.md E, R-0-06)."""

import datetime as dt
from typing import Any

import pytest

from tests.plugins.governance.business import INDICATOR, ask, dealt, portfolio
from xrm_core.data.load.lives import ImportedLife, tell_lives
from xrm_core.graph.party import Party
from xrm_core.ids import new_id
from xrm_core.plugins.testing import Installation

pytestmark = pytest.mark.plugins("governance")
DAY = dt.date(2026, 6, 15)
YEAR: dict[str, Any] = {"from_": dt.date(2026, 1, 1), "to": dt.date(2026, 12, 31)}
QUARTER: dict[str, Any] = {"from_": dt.date(2026, 4, 1), "to": dt.date(2026, 6, 30)}
# Days that make a customer active at the start of the quarter, at its end, at both.
AT_START, AT_END = dt.date(2025, 5, 1), dt.date(2026, 5, 1)


def counts(group: Any) -> dict[str, int]:
    """The counts of a group by heading."""
    return {one["key"]: one["count"] for one in group["counts"]}


async def test_the_worked_example_of_attrition_gives_4_5_per_cent(xrm: Installation) -> None:
    made: list[Any] = []
    for number in range(430):
        days = [AT_START, AT_END] if number < 382 else [AT_START] if number < 400 else [AT_END]
        made += dealt(xrm, f"c{number}", [(day, 100) for day in days])
    await xrm.add(*made)

    found = await ask(xrm, "logo_churn", **QUARTER, rows=5)

    assert (found["value"], found["numerator"], found["denominator"]) == ("0.045", "18", "400")
    assert (found["unit"], found["population"], found["warnings"]) == ("fraction", 400, [])
    assert (found["definitionId"], found["definitionVersion"]) == ("governance.logo_churn", 1)
    group = found["groups"][0]
    parts = {one["name"]: one["value"] for one in group["parts"]}
    assert parts["annualised"].startswith("0.1682")
    assert parts["mean_life"].startswith("22.22")
    flows = counts(group)
    assert (flows["active_at_start"], flows["lost"], flows["acquired"], flows["active_at_end"]) == (
        400,
        18,
        30,
        412,
    )
    assert (group["rowCount"], len(group["rows"])) == (18, 5)


async def test_attrition_tells_kinds_apart_by_why_relationships_ended(xrm: Installation) -> None:
    gone = dealt(xrm, "gone", [(AT_START, 10)])
    silent = dealt(xrm, "silent", [(AT_START, 10)])
    await xrm.add(*gone, *silent)
    ended = dt.datetime(2026, 5, 20, tzinfo=dt.UTC)
    life = ImportedLife(gone[1].id, "CUSTOMER", "DISSOLUTION/CLOSED", ended, "COMPETITOR", {})
    async with xrm.app.work(command="test.end") as ctx:
        await tell_lives(ctx, [life])

    found = await ask(xrm, "logo_churn", **QUARTER)

    parts = {one["name"]: one["numerator"] for one in found["groups"][0]["parts"]}
    assert (parts["logo_churn_relational"], parts["logo_churn_not_stated"]) == ("1", "1")
    assert {row["party"]["name"]: row["mark"] for row in found["groups"][0]["rows"]} == {
        "gone": "COMPETITOR",
        "silent": None,
    }


async def test_abandonment_judges_each_customer_by_its_own_rhythm(xrm: Installation) -> None:
    weekly = [(dt.date(2026, 1, 1) + dt.timedelta(days), 10) for days in range(0, 70, 7)]
    yearly = [(dt.date(year, 1, 10), 10) for year in (2023, 2024, 2025, 2026)]
    await xrm.add(*dealt(xrm, "weekly", weekly), *dealt(xrm, "yearly", yearly))

    found = await ask(xrm, "abandonment", to=dt.date(2026, 8, 1))

    assert (found["value"], found["numerator"], found["denominator"]) == ("0.5", "1", "2")
    assert counts(found["groups"][0]) == {"ACTIVE": 1, "AT_RISK": 0, "ABANDONED": 1, "REACTIVATED": 0}
    (row,) = found["groups"][0]["rows"]
    assert (row["party"]["name"], row["mark"]) == ("weekly", "ABANDONED")


async def test_the_worked_example_of_abc_gives_its_classes(xrm: Installation) -> None:
    await portfolio(xrm, [50, 25, 15, 6, 4], DAY)

    found = await ask(xrm, "abc", **YEAR, subject="CUSTOMER")

    assert (found["value"], found["numerator"], found["denominator"]) == ("0.6", "3", "5")
    assert [(row["party"]["name"], row["mark"]) for row in found["groups"][0]["rows"]] == [
        ("a", "A"),
        ("b", "A"),
        ("c", "A"),
        ("d", "B"),
        ("e", "C"),
    ]
    shown = {one["key"]: (one["count"], one["value"], one["share"]) for one in found["groups"][0]["counts"]}
    assert shown["A"] == (3, "90", "0.9")


async def test_the_worked_example_of_concentration_gives_2650_points(xrm: Installation) -> None:
    await portfolio(xrm, [40, 25, 15, 10, 10], DAY)

    found = await ask(xrm, "concentration", **YEAR, subject="CUSTOMER")

    group = found["groups"][0]
    parts = {one["name"]: one["value"] for one in group["parts"]}
    assert (found["value"], found["unit"], found["population"]) == ("2650", "points", 5)
    assert int(found["numerator"]) / int(found["denominator"]) == 2650
    assert parts["effective_number"].startswith("3.7735")
    assert parts["hhi_normalised"] == "0.08125"
    assert (parts["cr1"], parts["cr3"], parts["cr5"]) == ("0.4", "0.8", "1")
    assert counts(group)["HIGHLY_CONCENTRATED"] == 1
    assert [row["mark"] for row in group["rows"]] == ["ABOVE_LIMIT", "ABOVE_LIMIT", None, None, None]


async def test_what_suppliers_were_paid_is_apart_from_what_customers_were_invoiced(xrm: Installation) -> None:
    await portfolio(xrm, [60, 40], DAY)
    await portfolio(xrm, [90, 10], DAY, kind="SUPPLIER", currency="GBP")

    both = await ask(xrm, "concentration", **YEAR)
    suppliers = await ask(xrm, "concentration", **YEAR, subject="SUPPLIER")

    assert (both["value"], both["warnings"]) == (None, ["SEVERAL_SUBJECTS"])
    assert [(one["keys"], one["value"]) for one in both["groups"]] == [
        ({"subject": "CUSTOMER", "currency": "EUR"}, "5200"),
        ({"subject": "SUPPLIER", "currency": "GBP"}, "8200"),
    ]
    assert suppliers["value"] == "8200"


async def test_currencies_are_never_mixed(xrm: Installation) -> None:
    await portfolio(xrm, [60, 40], DAY)
    await portfolio(xrm, [100], DAY, currency="USD")

    found = await ask(xrm, "concentration", **YEAR, subject="CUSTOMER")

    assert (found["value"], found["warnings"]) == (None, ["SEVERAL_CURRENCIES"])
    assert [(one["keys"]["currency"], one["value"]) for one in found["groups"]] == [
        ("EUR", "5200"),
        ("USD", "10000"),
    ]


@pytest.mark.parametrize("name", ["logo_churn", "abandonment", "abc", "concentration"])
async def test_without_any_fact_there_is_no_value_and_a_warning(xrm: Installation, name: str) -> None:
    found = await ask(xrm, name, **YEAR)

    assert (found["value"], found["denominator"], found["population"]) == (None, "0", 0)
    assert found["warnings"] == ["ZERO_DENOMINATOR"]


async def test_a_party_with_more_credit_than_invoices_is_left_out_of_shares_and_told(
    xrm: Installation,
) -> None:
    await portfolio(xrm, [60, 40, -5], DAY)

    found = await ask(xrm, "concentration", **YEAR, subject="CUSTOMER")
    classes = await ask(xrm, "abc", **YEAR, subject="CUSTOMER")

    assert (found["value"], found["exclusions"]) == ("5200", {"not_positive": 1})
    assert "NEGATIVE_VALUES_LEFT_OUT" in found["warnings"]
    assert classes["groups"][0]["rows"][-1]["mark"] == "C"
    assert "NEGATIVE_VALUES_IN_CLASS_C" in classes["warnings"]


async def test_repeated_rows_count_and_are_told(xrm: Installation) -> None:
    await portfolio(xrm, [60, 40], DAY, kind="SUPPLIER", possible_duplicate=True)

    found = await ask(xrm, "concentration", **YEAR, subject="SUPPLIER")

    assert "POSSIBLE_DUPLICATES_INCLUDED" in found["warnings"]
    assert counts(found["groups"][0])["possible_duplicates"] == 2


async def test_dealings_that_hang_on_no_relationship_are_counted_as_left_out(xrm: Installation) -> None:
    *_, dealing = dealt(xrm, "a", [(DAY, 10)])
    dealing.relationship = None
    await portfolio(xrm, [60, 40], DAY)
    await xrm.add(Party(id=dealing.party, name="lonely"), dealing)

    found = await ask(xrm, "concentration", **YEAR, subject="CUSTOMER")

    assert (found["value"], found["exclusions"]) == ("5200", {"without_relationship": 1})


async def test_facts_after_the_last_day_do_not_count(xrm: Installation) -> None:
    await portfolio(xrm, [60, 40], DAY)
    await portfolio(xrm, [1_000_000], DAY + dt.timedelta(30))

    found = await ask(xrm, "concentration", from_=YEAR["from_"], to=DAY, subject="CUSTOMER")

    assert (found["value"], found["asOf"]) == ("5200", DAY.isoformat())


async def test_a_trend_has_a_figure_for_each_month_of_the_period(xrm: Installation) -> None:
    await portfolio(xrm, [60, 40], dt.date(2026, 4, 30))
    await portfolio(xrm, [100], dt.date(2026, 6, 1))

    found = await ask(xrm, "concentration", **QUARTER, subject="CUSTOMER", groupBy="MONTH")

    assert [(one["keys"]["period"], one["value"]) for one in found["groups"]] == [
        ("2026-04", "5200"),
        ("2026-05", None),
        ("2026-06", "10000"),
    ]
    assert found["value"] is not None


async def test_spend_is_apart_by_category_where_asked(xrm: Installation) -> None:
    await portfolio(xrm, [60, 40], DAY, kind="SUPPLIER", category="Postage")
    await portfolio(xrm, [7], DAY, kind="SUPPLIER", category="Catering")

    found = await ask(xrm, "concentration", **YEAR, subject="SUPPLIER", groupBy="CATEGORY")

    assert [(one["keys"]["category"], one["value"]) for one in found["groups"]] == [
        ("Catering", "10000"),
        ("Postage", "5200"),
    ]
    assert [row["mark"] for row in found["groups"][1]["rows"]] == ["ABOVE_LIMIT", None]


async def test_what_other_units_did_is_not_in_the_figures(xrm: Installation) -> None:
    other = await xrm.make(Party, name="Agence de Lyon")
    await portfolio(xrm, [60, 40], DAY)
    await portfolio(xrm, [1_000], DAY, unit=other.id)

    ours = await ask(xrm, "concentration", **YEAR, subject="CUSTOMER")
    theirs = await ask(xrm, "concentration", **YEAR, subject="CUSTOMER", role="admin", unit=str(other.id))
    peeping = await ask(xrm, "concentration", **YEAR, subject="CUSTOMER", unit=str(other.id))

    assert (ours["value"], ours["population"]) == ("5200", 2)
    assert (theirs["value"], theirs["population"]) == ("10000", 1)
    assert (peeping["value"], peeping["population"]) == (None, 0)


@pytest.mark.parametrize("role", ["sales", "legal", "credit"])
async def test_figures_are_for_governance(xrm: Installation, role: str) -> None:
    answer = await xrm.answer(INDICATOR, {"name": "abc"}, role=role)

    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_an_auditor_reads_figures_and_their_definitions(xrm: Installation) -> None:
    await portfolio(xrm, [60, 40], DAY)

    found = await ask(xrm, "concentration", **YEAR, subject="CUSTOMER", role="auditor")
    listed = await xrm.ask(
        "{ indicators { name title description unit definitionId definitionVersion groupBy } }",
        role="auditor",
    )

    assert found["value"] == "5200"
    assert [one["name"] for one in listed["indicators"]] == [
        "logo_churn",
        "abandonment",
        "abc",
        "concentration",
    ]
    assert all(one["description"] and one["definitionVersion"] == 1 for one in listed["indicators"])


async def test_words_are_in_the_readers_language(xrm: Installation) -> None:
    asked = "{ indicators { name title } }"

    french = await xrm.ask(asked, actor=xrm.actor("governance", language="fr"))

    assert {one["name"]: one["title"] for one in french["indicators"]}["abandonment"] == "Abandon"


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"name": "happiness"}, "governance.unknown_indicator", "name"),
        ({"name": "abc", "groupBy": "MOOD"}, "governance.not_groupable", "groupBy"),
        ({"name": "abc", "from": "2026-02-01", "to": "2026-01-01"}, "governance.period_reversed", "to"),
        ({"name": "logo_churn", "from": "0001-01-01"}, "core.invalid", "from"),
        ({"name": "logo_churn", "to": "9999-12-31"}, "core.invalid", "to"),
        (
            {"name": "abc", "from": "2000-01-01", "to": "2026-01-01", "groupBy": "MONTH"},
            "governance.period_too_long",
            "groupBy",
        ),
    ],
)
async def test_a_question_that_makes_no_sense_is_refused_by_name(
    xrm: Installation, given: dict[str, str], code: str, field: str
) -> None:
    error = (await xrm.answer(INDICATOR, given, role="governance"))["errors"][0]["extensions"]

    assert (error["problems"][0]["code"], error["field"]) == (code, field)


async def test_a_customer_of_two_units_is_one_party_in_the_figures(xrm: Installation) -> None:
    other, shared = await xrm.make(Party, name="Agence de Lyon"), new_id()
    here = dealt(xrm, "shared", [(DAY, 30)], party=shared)
    there = dealt(xrm, "shared", [(DAY, 20)], party=shared, unit=other.id)
    await xrm.add(*here, *there[1:], *dealt(xrm, "b", [(DAY, 50)]))

    found = await ask(xrm, "concentration", **YEAR, subject="CUSTOMER", role="admin")

    assert (found["value"], found["population"]) == ("5000", 2)
