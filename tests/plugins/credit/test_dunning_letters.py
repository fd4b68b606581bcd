"""The letters a run sends: one for each customer, language and currency, and what stands in them."""

import io
from typing import Any

import pytest
from pypdf import PdfReader

from tests.plugins.credit.receivables import customer, dun, invoice
from tests.plugins.credit.test_dunning_run import sent
from xrm_core.documents import FileStore
from xrm_core.graph.party import Address, PartyKind
from xrm_core.plugins.testing import Installation

pytestmark = pytest.mark.plugins("credit")

AS_OF = "2026-06-27"


def pages(xrm: Installation, document: Any) -> list[str]:
    """The text of a stored letter's pages, spaces made plain."""
    content = FileStore(xrm.app.settings.data_dir / "files").load(document["sha256"])
    found = [page.extract_text() for page in PdfReader(io.BytesIO(content)).pages]
    return [" ".join(text.replace("\u00a0", " ").split()) for text in found]


async def at_level(xrm: Installation, level: int, **party: Any) -> Any:
    """A customer with one invoice of 1,000.00 EUR whose next letter has that level."""
    acme = await customer(xrm, **party)
    bill = await invoice(xrm, acme, "1000", "2026-04-20", number=f"F-{level}-{party.get('language', 'fr')}")
    if level > 1:
        await sent(xrm, acme, bill, level - 1, "2026-06-01")
    return acme


async def test_a_letter_has_every_overdue_invoice_each_with_its_own_level(xrm: Installation) -> None:
    acme = await at_level(xrm, 3)
    await xrm.make(
        Address, party=acme.id, lines="12 rue de l'Exemple", postal_code="69003", city="Lyon", country="FR"
    )
    await invoice(xrm, acme, "500", "2026-06-20", number="F-NEW")
    await invoice(xrm, acme, "70", "2026-06-26", number="F-YESTERDAY")

    run = await dun(xrm, AS_OF)

    (letter,) = run["letters"]
    first, statement = pages(xrm, letter)
    assert "Atelier Exemple SARL 12 rue de l'Exemple 69003 Lyon" in first
    assert "Dernière relance – factures échues" in first
    assert "F-3-fr 20 avr. 2026 68 3 1 000,00 € 22,64 € 40,00 €" in first
    assert "F-NEW 20 juin 2026 7 1 500,00 €" in first
    assert "F-YESTERDAY 26 juin 2026 1 0 70,00 €" in first
    assert "Page 1 sur 2" in first
    assert "21 avr. 2026 27 juin 2026 68 1 000,00 € 12,15 % 22,6356" in statement
    assert (letter["pages"], letter["kind"], letter["party"]["name"]) == (
        2,
        "credit.dunning_letter",
        "Atelier Exemple SARL",
    )


async def test_the_sum_asked_for_is_principal_interest_and_fixed_sums(xrm: Installation) -> None:
    await at_level(xrm, 4)

    run = await dun(xrm, AS_OF)

    (line,), (letter,) = run["lines"], run["letters"]
    assert (line["interest"]["amount"], line["indemnity"]["amount"]) == ("22.64", "40")
    assert "payer 1 062,64 € au plus tard le 5 juillet 2026" in pages(xrm, letter)[0]


async def test_a_first_reminder_claims_no_interest_yet(xrm: Installation) -> None:
    await at_level(xrm, 1)

    run = await dun(xrm, AS_OF)

    (text,) = pages(xrm, run["letters"][0])
    assert "Merci de nous régler 1 000,00 €" in text
    assert "22,64" not in text and "40,00" not in text
    data = await xrm.ask(
        "{ dunningLetters { nodes { level interest { amount } lines { interest { amount } } } } }"
    )
    expected = {"level": 1, "interest": {"amount": "0"}, "lines": [{"interest": {"amount": "22.64"}}]}
    assert data["dunningLetters"]["nodes"] == [expected]


@pytest.mark.parametrize("language", ["fr", "en"])
async def test_a_formal_notice_says_mise_en_demeure(xrm: Installation, language: str) -> None:
    await at_level(xrm, 4, language=language)

    (letter,) = (await dun(xrm, AS_OF))["letters"]

    assert "mise en demeure" in pages(xrm, letter)[0]
    assert ("Page 1 of 2" in pages(xrm, letter)[0]) == (language == "en")


async def test_a_consumer_is_not_asked_for_what_only_merchants_owe(xrm: Installation) -> None:
    await at_level(xrm, 4, name="Camille Exemple", kind=PartyKind.PERSON)

    (letter,) = (await dun(xrm, AS_OF))["letters"]

    (text,) = pages(xrm, letter)
    assert "payer 1 000,00 € au plus tard" in text
    assert "L441-10" not in text and "ntérêts" not in text


async def test_languages_and_currencies_are_written_apart(xrm: Installation) -> None:
    acme = await customer(xrm)
    await invoice(xrm, acme, "100", "2026-06-01", number="F1")
    await invoice(xrm, acme, "200", "2026-06-01", number="F2", language="en")
    await invoice(xrm, acme, "300", "2026-06-01", number="F3", currency="USD")

    run = await dun(xrm, AS_OF)

    data = await xrm.ask(
        """{ dunningLetters(orderBy: [{residual: ASC}]) {
             nodes { language currency residual { amount } lines { invoice { number } } } } }"""
    )
    found = [
        (node["language"], node["currency"], node["residual"]["amount"], len(node["lines"]))
        for node in data["dunningLetters"]["nodes"]
    ]
    assert found == [("fr", "EUR", "100", 1), ("en", "EUR", "200", 1), ("fr", "USD", "300", 1)]
    assert len({letter["sha256"] for letter in run["letters"]}) == 3


async def test_a_line_keeps_the_figures_its_interest_came_from(xrm: Installation) -> None:
    await at_level(xrm, 2)

    await dun(xrm, AS_OF)

    data = await xrm.ask(
        '{ dunningLetterLines(where: {sentOn: {eq: "2026-06-27"}}) { nodes { statement } } }'
    )
    (node,) = data["dunningLetterLines"]["nodes"]
    (period,) = node["statement"]["periods"]
    assert (period["days"], period["rate"], period["reference"], period["referenceFrom"]) == (
        68,
        "0.1215",
        "0.0215",
        "2025-06-11",
    )
    assert (period["series"], period["isVerified"]) == ("ref_rate.ecb_mro", True)


async def test_the_letter_can_be_found_from_the_customer_and_the_run(xrm: Installation) -> None:
    acme = await at_level(xrm, 2)

    run = await dun(xrm, AS_OF)

    data = await xrm.ask(
        """query ($id: ID!, $run: ID!) {
             party(id: $id) { credit { dunningLetters(where: {sentOn: {eq: "2026-06-27"}}) {
               nodes { reference document { id } } } } }
             completedDunningRun(id: $run) { letterCount raisedCount skippedCount letters { totalCount } } }""",
        {"id": str(acme.id), "run": run["id"]},
        role="credit",
    )
    (letter,) = data["party"]["credit"]["dunningLetters"]["nodes"]
    assert letter["document"]["id"] == run["letters"][0]["id"]
    assert run["letters"][0]["title"] == f"Relance – {letter['reference']}"
    counts = {"letterCount": 1, "raisedCount": 1, "skippedCount": 0, "letters": {"totalCount": 1}}
    assert data["completedDunningRun"] == counts
