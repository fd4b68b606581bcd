"""The figures the plugin ships are there once, and what was changed locally stays."""

import datetime as dt
from decimal import Decimal

import pytest

from xrm_core.plugins.testing import Installation
from xrm_credit.models import ReferenceIndex
from xrm_credit.seeding import seed_figures, shipped

pytestmark = pytest.mark.plugins("credit")

RATES = """{ referenceRates(where: {index: {key: {eq: "ref_rate.ecb_mro"}}}, orderBy: [{effectiveFrom: DESC}], first: 2)
             { totalCount nodes { effectiveFrom rate isVerified } } }"""


async def test_every_shipped_rate_is_there_with_its_day_and_whether_it_was_verified(
    xrm: Installation,
) -> None:
    data = await xrm.ask(RATES, role="credit")

    assert data["referenceRates"] == {
        "totalCount": len(shipped("ecb_mro.csv")),
        "nodes": [
            {"effectiveFrom": "2026-06-17", "rate": "0.024", "isVerified": False},
            {"effectiveFrom": "2025-06-11", "rate": "0.0215", "isVerified": True},
        ],
    }


async def test_seeding_again_adds_nothing_and_undoes_no_local_change(xrm: Installation) -> None:
    moved = dt.date(2027, 3, 31)
    async with xrm.app.work(command="test.move") as ctx:
        rows = (
            await ctx.session.scalars(ReferenceIndex.__table__.select().with_only_columns(ReferenceIndex.id))
        ).all()
        for row in rows:
            (await ctx.get(ReferenceIndex, row)).published_through = moved
    before = await xrm.ask(
        "{ referenceRates { totalCount } dunningLevels { totalCount } agingBounds { totalCount } }"
    )

    async with xrm.app.work(command="test.seed") as ctx:
        await seed_figures(ctx)

    after = await xrm.ask(
        "{ referenceRates { totalCount } dunningLevels { totalCount } agingBounds { totalCount } }"
    )
    data = await xrm.ask("{ referenceIndexes { nodes { publishedThrough } } }")
    assert after == before
    assert {node["publishedThrough"] for node in data["referenceIndexes"]["nodes"]} == {"2027-03-31"}


async def test_the_credit_department_enters_the_next_rate(xrm: Installation) -> None:
    data = await xrm.ask('{ referenceIndexes(where: {key: {eq: "ref_rate.ecb_mro"}}) { nodes { id } } }')
    index = data["referenceIndexes"]["nodes"][0]["id"]
    create = "mutation ($input: CreateReferenceRateInput!) { createReferenceRate(input: $input) { rate } }"
    given = {"index": index, "effectiveFrom": "2026-12-16", "source": "ecb.europa.eu"}

    wrong = await xrm.answer(create, {"input": {**given, "rate": "2.15"}}, role="credit")
    made = await xrm.ask(create, {"input": {**given, "rate": "0.0215", "isVerified": True}}, role="credit")

    assert wrong["errors"][0]["extensions"]["problems"][0]["code"] == "credit.rate_not_a_fraction"
    assert Decimal(made["createReferenceRate"]["rate"]) == Decimal("0.0215")
