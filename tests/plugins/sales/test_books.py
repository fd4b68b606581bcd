"""Made-up books loaded by the plugin: the pipeline and the forecasts are those counted while they were made."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.plugins.sales.customers import today
from xrm_core.data.generate import generate
from xrm_core.data.generate.books import Books
from xrm_core.data.load.books_load import load_books
from xrm_core.plugins.testing import Installation

pytestmark = pytest.mark.plugins("sales")
BY_STAGE = """{ opportunitiesAggregate(where: { isStale: { eq: false } }, groupBy: [{ field: STAGE }]) {
    keys count sum { amount } } }"""
FORECAST = """query($period: String!) { forecast(period: $period) {
    weighted { amount } closed { amount } commit { amount } bestCase { amount } openPipeline { amount }
    quota { amount } excluded { reason } } }"""


async def load(xrm: Installation, books: Books) -> None:
    """The books, the plugin's part of them included."""
    outcome = await load_books(xrm.app, books, xrm.unit)
    assert outcome.plugins == {"sales": None}


def number(text: str | None) -> Decimal:
    """An amount as a number; nothing is nothing."""
    return Decimal(text or 0)


async def test_pipeline_and_forecasts_equal_the_totals_of_the_books(xrm: Installation) -> None:
    books = generate(5, 60, today(xrm))
    expected: Mapping[str, Any] = books.totals["pipeline"]
    await load(xrm, books)

    stages = (await xrm.ask(BY_STAGE, role="sales"))["opportunitiesAggregate"]
    found = {one["keys"]["stage"]: (one["count"], number(one["sum"]["amount"])) for one in stages}

    assert found == {
        stage: (one["count"], Decimal(one["amount"]))
        for stage, one in expected["by_stage"].items()
        if one["count"]
    }
    for period, totals in expected["periods"].items():
        answer = (await xrm.ask(FORECAST, {"period": period}, role="sales"))["forecast"]
        assert number(answer["weighted"]["amount"]) == Decimal(totals["weighted"])
        for ours, theirs in (
            ("closed", "closed"),
            ("commit", "commit"),
            ("bestCase", "best_case"),
            ("openPipeline", "open_pipeline"),
        ):
            assert number(answer[ours]["amount"]) == Decimal(totals[theirs]), (period, ours)
        assert sum(one["reason"] == "STALE" for one in answer["excluded"]) == expected["stale"]["count"]


async def test_the_present_quarter_of_the_books_has_a_quota(xrm: Installation) -> None:
    books = generate(5, 10, today(xrm))
    await load(xrm, books)

    answer = (await xrm.ask(FORECAST, {"period": next(iter(books.totals["pipeline"]["periods"]))}))[
        "forecast"
    ]

    assert number(answer["quota"]["amount"]) > number(answer["closed"]["amount"])


async def test_an_opportunity_of_the_books_has_a_history_that_says_where_it_came_from(
    xrm: Installation,
) -> None:
    await load(xrm, generate(5, 10, today(xrm)))
    asked = "{ opportunities(first: 500) { nodes { stage history { state mode evidence } } } }"

    nodes = (await xrm.ask(asked))["opportunities"]["nodes"]

    assert nodes and all(
        [(one["state"], one["mode"]) for one in node["history"]] == [(node["stage"], "import")]
        for node in nodes
    )


async def test_every_lane_of_the_books_is_in_order(xrm: Installation) -> None:
    await load(xrm, generate(3, 40, date(2026, 9, 30)))
    asked = "{ opportunities(first: 500, orderBy: [{ boardRank: ASC }]) { nodes { stage boardRank } } }"

    nodes = (await xrm.ask(asked))["opportunities"]["nodes"]

    lanes: dict[str, list[str]] = {}
    for node in nodes:
        lanes.setdefault(node["stage"], []).append(node["boardRank"])
    assert lanes and all(len(set(ranks)) == len(ranks) for ranks in lanes.values())
