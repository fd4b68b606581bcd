"""Figures on whole sources: made-up books with known answers, and the real spend file."""

import datetime as dt
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests.plugins.governance.business import ask
from xrm_core.data.generate import generate
from xrm_core.data.gla import bundled_file
from xrm_core.data.load.books_load import load_books
from xrm_core.data.load.gla_load import GlaRequest, load_gla
from xrm_core.graph.activity import Dealing
from xrm_core.plugins.testing import Installation

pytestmark = pytest.mark.plugins("governance")
AS_OF = dt.date(2026, 9, 30)
LAST_YEAR: dict[str, Any] = {"from_": AS_OF - dt.timedelta(364), "to": AS_OF}


async def test_figures_equal_the_totals_of_the_books(xrm: Installation) -> None:
    books = generate(3, 120, AS_OF)
    await load_books(xrm.app, books, xrm.unit)
    totals = books.totals

    churn = await ask(xrm, "logo_churn", **LAST_YEAR)
    classes = await ask(xrm, "abc", **LAST_YEAR, subject="CUSTOMER")
    shares = await ask(xrm, "concentration", **LAST_YEAR, subject="CUSTOMER")

    flows = {one["key"]: one["count"] for one in churn["groups"][0]["counts"]}
    assert Decimal(churn["value"]) == Decimal(totals["churn"]["rate"])
    assert (flows["active_at_start"], flows["lost"]) == (
        totals["churn"]["active_at_start"],
        totals["churn"]["lost"],
    )
    assert (flows["acquired"], flows["reactivated"], flows["active_at_end"]) == (
        totals["churn"]["new"],
        totals["churn"]["reactivated"],
        totals["churn"]["active_at_end"],
    )
    found = {one["key"]: one["count"] for one in classes["groups"][0]["counts"]}
    assert {abc: found[abc] for abc in "ABC"} == totals["abc"]
    expected = totals["concentration"]["net"]
    parts = {one["name"]: Decimal(one["value"]) for one in shares["groups"][0]["parts"]}
    assert (Decimal(shares["value"]), shares["population"]) == (
        Decimal(expected["hhi"]),
        expected["population"],
    )
    assert [parts[name] for name in ("cr1", "cr3", "cr5")] == [
        Decimal(expected[name]) for name in ("cr1", "cr3", "cr5")
    ]


async def test_the_real_spend_of_28_145_payments_is_counted_whole(xrm: Installation, tmp_path: Path) -> None:
    await load_gla(xrm.app, GlaRequest(Path(str(bundled_file())), xrm.unit, tmp_path / "rejects.csv"))
    span: dict[str, Any] = {"from_": dt.date(2000, 1, 1), "to": dt.date(2026, 1, 1)}

    found = await ask(xrm, "concentration", **span)

    sums = await _by_party(xrm)
    positive = [value for value in sums.values() if value > 0]
    whole = sum(positive, Decimal(0))
    hhi = sum((value / whole * 100) ** 2 for value in positive)
    group = found["groups"][0]
    counts = {one["key"]: one["count"] for one in group["counts"]}
    assert (counts["dealings"], counts["possible_duplicates"]) == (28_145, 680)
    assert abs(Decimal(found["value"]) - hhi) < Decimal("0.000001")
    assert (found["population"], found["exclusions"]) == (
        len(positive),
        {"not_positive": len(sums) - len(positive)},
    )
    assert Decimal(group["rows"][0]["value"]) == max(positive)


async def _by_party(xrm: Installation) -> dict[str, Decimal]:
    """What each supplier was paid, added up one payment at a time."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    async with xrm.app.reading() as session:
        for party, amount in await session.execute(
            sa.text(f"SELECT party_id, amount FROM {Dealing.__tablename__}")
        ):
            scaled = Decimal(amount).scaleb(-6) if isinstance(amount, int) else Decimal(amount)
            sums[str(party)] += scaled
    return sums
