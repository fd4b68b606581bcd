"""The decision report: its facts in the PDF, its hash, the same bytes again (rules.md E17, R-0-07)."""

import datetime as dt
import hashlib
import io
from typing import Any

import pytest
from pypdf import PdfReader

from tests.plugins.governance.business import dealt
from xrm_core.documents import FileStore
from xrm_core.graph.bootstrap import ensure_unit
from xrm_core.periods import calendar_period
from xrm_core.plugins.testing import Installation
from xrm_governance.commands import render_report
from xrm_governance.documents import board_data, make_report
from xrm_governance.queries import report_of

pytestmark = pytest.mark.plugins("governance")
RENDER = """mutation($id: ID!, $period: String!, $language: String) {
  renderReport(id: $id, period: $period, language: $language) {
    id title mediaType sha256 contentSha256 pages size url } }"""


async def business(xrm: Installation) -> None:
    """Five customers with known shares, one of them lost, and two suppliers paid in pounds."""
    made: list[Any] = []
    for name, amount in (("Alpha", 40), ("Bêta", 25), ("Gamma", 15), ("Delta", 10), ("Epsilon", 10)):
        made += dealt(xrm, name, [(dt.date(2025, 12, 5), 1), (dt.date(2026, 5, 20), amount * 1000 - 1)])
    made += dealt(xrm, "Perdu SARL", [(dt.date(2025, 4, 1), 500)])
    for name, amount in (("Papier & Cie", 9_000), ("Courrier", 1_000)):
        made += dealt(xrm, name, [(dt.date(2026, 5, 2), amount)], kind="SUPPLIER", currency="GBP")
    await xrm.add(*made)


async def pdf(xrm: Installation, role: str = "governance", **given: Any) -> tuple[Any, list[str]]:
    """What the mutation answers, and the text of each page."""
    document = (await xrm.ask(RENDER, {"id": "board", "period": "2026-05", **given}, role=role))[
        "renderReport"
    ]
    return document, [page.extract_text().replace("\u00a0", " ") for page in reader(xrm, document).pages]


def reader(xrm: Installation, document: Any) -> PdfReader:
    """The document's file, opened."""
    content = FileStore(xrm.app.settings.data_dir / "files").load(document["sha256"])
    return PdfReader(io.BytesIO(content))


async def test_the_report_states_its_figures_and_draws_its_charts(xrm: Installation) -> None:
    await business(xrm)

    document, pages = await pdf(xrm, language="en")

    text = "\n".join(pages)
    assert (document["title"], document["mediaType"]) == ("Decision report 2026-05", "application/pdf")
    assert "HHI – customers, EUR (365 days) 2,650" in text
    # Six were active a year before the last day, one of them was not any more.
    assert "Attrition (365 days)" in text
    assert "€99,995.00" in text and "£10,000.00" in text
    assert "Alpha: 40.0% of the whole, above the limit of 20%." in text
    assert "Papier & Cie" in text and "governance.hhi v1" in text
    assert "Customers by their own rhythm of buying" in text
    assert "From the largest to the smallest (rank), share reached" in text
    assert [image for page in reader(xrm, document).pages for image in page.images] == []


async def test_the_report_speaks_french_and_every_page_says_which_it_is(xrm: Installation) -> None:
    await business(xrm)

    document, pages = await pdf(xrm, language="fr")

    text = "\n".join(pages)
    assert document["title"] == "Rapport de décision 2026-05"
    assert "Chiffre d’affaires facturé" in text
    assert "Indice IHH – clients, EUR (365 jours) 2 650" in text
    assert "Dénominateur" in text and "Denominator" not in text
    assert document["pages"] == len(pages) >= 2
    for number, page in enumerate(pages, 1):
        assert f"Page {number} sur {len(pages)}" in page
        assert document["contentSha256"][:16] in page
    assert document["contentSha256"] in text.replace("\n", "")


async def test_made_again_from_the_same_figures_it_is_the_same_document(xrm: Installation) -> None:
    await business(xrm)
    first, _ = await pdf(xrm)

    again, _ = await pdf(xrm)
    await xrm.add(*dealt(xrm, "Zêta", [(dt.date(2026, 5, 30), 77)]))
    changed, _ = await pdf(xrm)

    assert again["id"] == first["id"]
    assert changed["id"] != first["id"] and changed["contentSha256"] != first["contentSha256"]


async def test_the_figures_are_kept_under_the_hash_and_give_the_same_bytes_again(xrm: Installation) -> None:
    await business(xrm)
    document, _ = await pdf(xrm)
    asked = """{ report(id: "board") { code title issues { nodes {
        period asOf language contentSha256 snapshot document { id } } } } }"""

    report = (await xrm.ask(asked, role="governance"))["report"]
    span = calendar_period("2026-05")
    async with xrm.app.reading() as session:
        ctx = xrm.app.context(xrm.actor("governance"), session)
        data = await board_data(ctx, span)
        again = await make_report(ctx, await report_of(ctx, "board"), span, data, "en")

    (issue,) = report["issues"]["nodes"]
    assert (report["code"], issue["period"], issue["asOf"]) == ("board", "2026-05", "2026-05-31")
    assert issue["document"]["id"] == document["id"]
    assert hashlib.sha256(issue["snapshot"].encode()).hexdigest() == issue["contentSha256"]
    assert issue["contentSha256"] == document["contentSha256"]
    assert again.sha256 == document["sha256"]


async def test_a_report_is_found_by_its_id_as_by_its_code(xrm: Installation) -> None:
    asked = "query($id: ID!) { report(id: $id) { id } }"

    by_code = (await xrm.ask(asked, {"id": "board"}))["report"]["id"]
    by_id = (await xrm.ask(asked, {"id": by_code}))["report"]["id"]

    assert by_code == by_id


async def test_a_report_without_any_fact_says_so_and_shows_no_zero(xrm: Installation) -> None:
    _, pages = await pdf(xrm, language="en", period="2001")

    text = "\n".join(pages)
    assert "No amounts in the period or the one before." in text
    assert "The denominator is zero: there is no value, which is not zero." in text


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"id": "weather"}, "NOT_FOUND", "id"),
        ({"period": "soon"}, "VALIDATION", "period"),
        ({"period": "2999"}, "VALIDATION", "period"),
    ],
)
async def test_what_cannot_be_reported_is_refused_by_name(
    xrm: Installation, given: dict[str, str], code: str, field: str
) -> None:
    answer = await xrm.answer(RENDER, {"id": "board", "period": "2026-05", **given}, role="governance")

    error = answer["errors"][0]["extensions"]
    assert (error["code"], error["field"]) == (code, field)
    assert (await xrm.ask("{ documents { totalCount } }"))["documents"]["totalCount"] == 0


async def test_nobody_makes_reports_of_a_unit_that_is_not_theirs(xrm: Installation) -> None:
    async with xrm.app.work(command="test.unit") as ctx:
        other = await ensure_unit(ctx, code="LYON", name="Agence de Lyon")

    refused = await xrm.refused(
        render_report, role="governance", id="board", period="2026-05", unit_id=str(other)
    )

    assert refused == ["core.forbidden"]


@pytest.mark.parametrize("role", ["sales", "auditor"])
async def test_only_governance_makes_reports(xrm: Installation, role: str) -> None:
    assert await xrm.refused(render_report, role=role, id="board", period="2026-05") == ["core.forbidden"]
