"""The papers the product makes, asked for as a client asks and read as a reader reads."""

import hashlib
import io
from typing import Any

import pytest
from pypdf import PdfReader

from tests.acceptance.conftest import Client, Demo

_FIELDS = "id title mediaType sha256 pages size url"


def _read(client: Client, document: dict[str, Any]) -> PdfReader:
    """The document's pages, after checking that the bytes are those its record speaks of."""
    content = client.download(document["url"])
    assert hashlib.sha256(content).hexdigest() == document["sha256"]
    assert len(content) == document["size"]
    pages = PdfReader(io.BytesIO(content))
    assert len(pages.pages) == document["pages"]
    return pages


@pytest.fixture(scope="module")
def legal(demo: Demo) -> Client:
    """A lawyer's client."""
    return demo.client("legal")


def test_a_contract_carries_number_version_pages_and_fingerprint_and_is_the_same_when_made_again(
    demo: Demo, legal: Client
) -> None:
    found = legal.ask("{ contracts(where: {number: {isNull: false}}, first: 1) { nodes { id number } } }")
    contract = found["contracts"]["nodes"][0]
    render = f"mutation ($id: ID!) {{ renderContract(id: $id) {{ {_FIELDS} contentSha256 }} }}"

    first = legal.ask(render, {"id": contract["id"]})["renderContract"]
    again = legal.ask(render, {"id": contract["id"]})["renderContract"]

    assert again["sha256"] == first["sha256"]
    pages = _read(legal, first)
    for number, page in enumerate(pages.pages, start=1):
        text = page.extract_text()
        assert contract["number"] in text
        assert f"{number}" in text and f"{len(pages.pages)}" in text
        assert first["contentSha256"][:16] in text
    assert first["contentSha256"] in pages.pages[-1].extract_text().replace("\n", "")


def test_dunning_is_simulated_first_then_real_and_never_twice_the_same_day(demo: Demo) -> None:
    credit = demo.client("credit")
    run = f"""mutation ($dry: Boolean!) {{ dunningRun(asOf: "2026-09-30", dryRun: $dry) {{
                id dryRun lines {{ invoiceId level skipped residual {{ amount currency }} interest {{ amount }} }}
                letters {{ {_FIELDS} }} }} }}"""

    dry = credit.ask(run, {"dry": True})["dunningRun"]
    real = credit.ask(run, {"dry": False})["dunningRun"]
    again = credit.ask(run, {"dry": False})["dunningRun"]

    assert dry["letters"] == []
    assert real["lines"] == dry["lines"]
    assert any(line["skipped"] for line in real["lines"])
    assert real["letters"]
    assert all(line["skipped"] for line in again["lines"])
    text = _read(credit, real["letters"][0]).pages[0].extract_text()
    assert "Maison Démo" in text


def test_the_board_report_is_a_pdf_with_its_numbers(demo: Demo) -> None:
    governance = demo.client("governance")

    report = governance.ask(f'mutation {{ renderReport(id: "board", period: "2012") {{ {_FIELDS} }} }}')[
        "renderReport"
    ]

    pages = _read(governance, report)
    text = "".join(page.extract_text() for page in pages.pages)
    assert "HHI" in text
    assert "2012" in text


def test_a_document_is_there_only_for_those_who_may_read_it(demo: Demo, legal: Client) -> None:
    found = legal.ask(
        f'{{ documents(where: {{kind: {{eq: "legal.contract"}}}}, first: 1) {{ nodes {{ {_FIELDS} }} }} }}'
    )
    url = found["documents"]["nodes"][0]["url"]

    without = Client(demo.url).http.get(url)
    nobody = legal.http.get("/documents/01890000-0000-7000-8000-000000000000")

    assert (without.status_code, nobody.status_code) == (401, 404)
