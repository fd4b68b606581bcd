"""The forecast of a period, asked through the API (rules.md D3)."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from tests.plugins.sales.customers import customer, opportunity, today
from xrm_core.graph.party import Party
from xrm_core.ids import Id
from xrm_core.money import Money
from xrm_core.plugins.testing import Installation
from xrm_sales.models import Quota

pytestmark = pytest.mark.plugins("sales")
FORECAST = """query($period: String!, $team: ID, $currency: String) {
  forecast(period: $period, team: $team, currency: $currency) {
    from to weighted { amount currency } closed { amount } commit { amount } bestCase { amount }
    openPipeline { amount } quota { amount } attainment coverage population warnings exclusions
    excluded { reason opportunity { id } } } }"""


def year(xrm: Installation) -> str:
    """The present year, as a period."""
    return f"{today(xrm).year}"


async def ask(xrm: Installation, role: str = "sales", **given: Any) -> Any:
    """The forecast of the present year unless said otherwise."""
    return (await xrm.ask(FORECAST, {"period": year(xrm), **given}, role=role))["forecast"]


async def worked_example(xrm: Installation) -> None:
    """The opportunities of the worked example of rules.md D3, closing today."""
    edge = await customer(xrm)
    day = {"close_on": today(xrm)}
    await opportunity(
        xrm, edge, 90_000, stage="WON", probability=1, forecast_category="CLOSED", closed_on=today(xrm), **day
    )
    await opportunity(
        xrm, edge, 120_000, stage="NEGOTIATION", probability="0.8", forecast_category="COMMIT", **day
    )
    await opportunity(
        xrm, edge, 80_000, stage="SOLUTION", probability="0.4", forecast_category="BEST_CASE", **day
    )
    await opportunity(
        xrm, edge, 50_000, stage="NEEDS", probability="0.2", forecast_category="PIPELINE", **day
    )


async def test_the_worked_example_gives_its_figures(xrm: Installation) -> None:
    await worked_example(xrm)
    await xrm.make(Quota, unit=xrm.unit, period=year(xrm), amount=Money(Decimal(300_000), "EUR"))

    answer = await ask(xrm)

    assert answer["weighted"] == {"amount": "228000", "currency": "EUR"}
    assert answer["closed"]["amount"] == "90000"
    assert answer["commit"]["amount"] == "210000"
    assert answer["bestCase"]["amount"] == "290000"
    assert answer["openPipeline"]["amount"] == "250000"
    assert answer["attainment"] == "0.3"
    assert answer["coverage"].startswith("1.190476")
    assert (answer["population"], answer["warnings"]) == (4, [])


async def test_without_a_quota_attainment_is_null_and_says_so(xrm: Installation) -> None:
    await worked_example(xrm)

    answer = await ask(xrm)

    assert (answer["quota"], answer["attainment"], answer["coverage"]) == (None, None, None)
    assert answer["warnings"] == ["QUOTA_MISSING"]


async def test_an_open_case_past_its_close_date_is_left_out_and_named(xrm: Installation) -> None:
    edge = await customer(xrm)
    stale = await opportunity(xrm, edge, 5_000, close_on=today(xrm) - dt.timedelta(1))

    answer = await ask(xrm)

    assert answer["openPipeline"]["amount"] == "0"
    assert answer["excluded"] == [{"reason": "STALE", "opportunity": {"id": str(stale.id)}}]
    assert answer["exclusions"] == {"STALE": 1}


async def test_lost_cases_and_other_periods_do_not_count(xrm: Installation) -> None:
    edge = await customer(xrm)
    later = today(xrm).replace(year=today(xrm).year + 1, day=1)
    await opportunity(xrm, edge, 7_000, close_on=later)
    await opportunity(
        xrm, edge, 8_000, stage="LOST", forecast_category="OMITTED", loss_reason="PRICE", closed_on=today(xrm)
    )

    answer = await ask(xrm)

    assert (answer["weighted"]["amount"], answer["population"]) == ("0", 0)
    assert answer["exclusions"] == {"OMITTED": 1}


async def test_several_currencies_are_never_added_up(xrm: Installation) -> None:
    edge = await customer(xrm)
    await opportunity(xrm, edge, 1_000, close_on=today(xrm))
    await opportunity(xrm, edge, 2_000, currency="GBP", close_on=today(xrm))

    unsaid = await xrm.answer(FORECAST, {"period": year(xrm)}, role="sales")
    said = await ask(xrm, currency="GBP")

    assert unsaid["errors"][0]["extensions"]["problems"][0]["code"] == "sales.several_currencies"
    assert said["openPipeline"]["amount"] == "2000"
    assert [one["reason"] for one in said["excluded"]] == ["OTHER_CURRENCY"]


async def test_a_team_is_a_unit_and_counts_its_own_cases(xrm: Installation) -> None:
    other = (await xrm.make(Party, name="Agence de Lyon")).id
    await opportunity(xrm, await customer(xrm), 1_000, close_on=today(xrm))
    await opportunity(xrm, await customer(xrm, unit=other), 2_000, close_on=today(xrm))

    answers = [await ask(xrm, role="admin", team=str(team)) for team in (xrm.unit, other)]

    assert [answer["openPipeline"]["amount"] for answer in answers] == ["1000", "2000"]


async def test_what_one_may_not_see_is_not_in_ones_forecast(xrm: Installation) -> None:
    other: Id[Any] = (await xrm.make(Party, name="Agence de Lyon")).id
    await opportunity(xrm, await customer(xrm, unit=other), 2_000, close_on=today(xrm))

    answer = await ask(xrm, role="sales")

    assert (answer["openPipeline"]["amount"], answer["population"]) == ("0", 0)


async def test_a_period_that_is_none_is_refused_by_name(xrm: Installation) -> None:
    answer = await xrm.answer(FORECAST, {"period": "next summer"}, role="sales")

    error = answer["errors"][0]["extensions"]
    assert (error["code"], error["field"]) == ("VALIDATION", "period")


async def test_a_quota_is_written_for_a_period_of_the_calendar(xrm: Installation) -> None:
    making = """mutation($input: CreateQuotaInput!) { createQuota(input: $input) { period unit { id } } }"""
    given = {"period": "2026-q3", "amount": {"amount": "1000", "currency": "EUR"}}

    made = await xrm.ask(making, {"input": given}, role="sales")
    refused = await xrm.answer(making, {"input": {**given, "period": "soon"}}, role="sales")

    assert made["createQuota"] == {"period": "2026-Q3", "unit": {"id": str(xrm.unit)}}
    assert refused["errors"][0]["extensions"]["code"] == "VALIDATION"
