"""The PDF of a contract: what stands on every page, the seal, and the same bytes each time (rules.md C10)."""

import asyncio
import datetime as dt
import hashlib
import io
import json
import os
import sys
from typing import Any

import pytest
from pypdf import PdfReader

from tests.plugins.legal.contracts import (
    TODAY,
    VARIABLES,
    approved,
    clause_of,
    draft,
    library_clause,
    sent,
    signed,
)
from tests.plugins.legal.test_contract_life import deviating, tamper
from xrm_core.documents import FileStore
from xrm_core.documents.models import Document
from xrm_core.errors import DomainError
from xrm_core.plugins.testing import Installation
from xrm_legal.commands.deciding import decide_clause_derogation, request_derogation
from xrm_legal.commands.drafting import add_clause, amend_contract, update_contract
from xrm_legal.commands.signing import sign_contract
from xrm_legal.documents import render_contract
from xrm_legal.models import Contract, ContractClause

pytestmark = pytest.mark.plugins("legal")


async def rendered(xrm: Installation, contract: Contract, **given: Any) -> tuple[Document, PdfReader, bytes]:
    """The record, the file read, and its bytes."""
    document = await xrm.run(render_contract, contract, role="legal", **given)
    content = FileStore(xrm.app.settings.data_dir / "files").load(document.sha256)
    return document, PdfReader(io.BytesIO(content)), content


def texts_of(pdf: PdfReader) -> list[str]:
    """The words of each page, in one line."""
    return [" ".join(page.extract_text().split()) for page in pdf.pages]


async def test_number_version_hash_and_page_stand_on_every_page(xrm: Installation) -> None:
    contract = await draft(xrm)

    document, pdf, content = await rendered(xrm, contract)

    pages, sealed = texts_of(pdf), str(document.content_sha256)
    assert len(pages) == document.pages
    assert len(pages) >= 3
    for number, text in enumerate(pages, 1):
        assert f"No. {contract.number} · version 1 · {sealed[:16]}" in text
        assert f"Page {number} of {len(pages)}" in text
    assert sealed in pages[-1]
    assert sealed not in " ".join(pages[:-1])
    assert hashlib.sha256(content).hexdigest() == document.sha256
    assert (await xrm.get(Contract, contract.id)).content_sha256 == document.content_sha256


async def test_the_printed_hash_is_that_of_the_content_inside_the_file(xrm: Installation) -> None:
    contract = await draft(xrm)

    document, pdf, _ = await rendered(xrm, contract)

    (inside,) = pdf.attachments["contract.json"]
    assert hashlib.sha256(inside).hexdigest() == document.content_sha256
    sealed = json.loads(inside)
    assert sealed["template"] == ["services_framework", 1]
    assert sealed["variables"]["court_city"] == "Lyon"


async def test_another_process_renders_the_same_bytes(xrm: Installation) -> None:
    contract = await draft(xrm, language="fr")
    document, _, _ = await rendered(xrm, contract, initials=True)

    settings = xrm.app.settings
    arguments = (str(settings.data_dir), settings.database_url, str(contract.id))
    again = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.plugins.legal.render_again",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "LC_ALL": "C"},
    )
    printed, _ = await again.communicate()

    assert printed.decode().split()[-2:] == ["sha256", document.sha256]


async def test_rendering_again_makes_no_second_record(xrm: Installation) -> None:
    contract = await draft(xrm)

    first, _, _ = await rendered(xrm, contract)
    second, _, _ = await rendered(xrm, contract)

    assert first.id == second.id


async def test_the_status_is_a_watermark_until_the_contract_is_signed(xrm: Installation) -> None:
    contract = await draft(xrm)
    signatories = await sent(xrm, contract)

    _, before, _ = await rendered(xrm, contract)
    for signatory in signatories:
        await xrm.run(sign_contract, contract, role="legal", signatory=signatory.id)
    _, after, _ = await rendered(xrm, contract)

    assert all("Out for signature" in text for text in texts_of(before))
    assert "Out for signature" not in " ".join(texts_of(after))
    assert "Signed on" in texts_of(after)[-1]


async def test_an_initials_box_is_there_if_asked_for(xrm: Installation) -> None:
    contract = await draft(xrm)

    _, plain, _ = await rendered(xrm, contract)
    _, boxed, _ = await rendered(xrm, contract, initials=True)

    assert "Initials" not in " ".join(texts_of(plain))
    assert all("Initials" in text for text in texts_of(boxed))


async def test_a_french_contract_writes_dates_and_amounts_as_the_french_do(xrm: Installation) -> None:
    contract = await draft(xrm, language="fr", effective_on=dt.date(2027, 3, 1))

    _, pdf, _ = await rendered(xrm, contract)

    text = " ".join(texts_of(pdf)).replace("\u00a0", " ")
    assert "1 mars 2027" in text
    assert "250 000,00 €" in text
    assert "Page 1 sur" in text


async def test_hostile_words_in_variables_stay_words(xrm: Installation) -> None:
    words = (
        "<script>alert(1)</script> {{ 7 * 7 }} {% include 'core/base.html' %} <img src='file:///etc/passwd'>"
    )
    contract = await draft(xrm, variables={**VARIABLES, "services": words})

    _, pdf, _ = await rendered(xrm, contract)

    assert words in " ".join(texts_of(pdf))


async def test_markup_of_an_author_is_shown_and_not_obeyed(xrm: Installation) -> None:
    contract = await draft(xrm)
    clause = await library_clause(xrm, "evidence")

    await xrm.run(add_clause, contract, role="legal", clause=clause, text="One & <b>two</b>.")

    _, pdf, _ = await rendered(xrm, contract)
    assert "One & <b>two</b>." in " ".join(texts_of(pdf))


async def test_a_text_may_not_reach_into_the_rest_of_the_document(xrm: Installation) -> None:
    contract = await draft(xrm)
    clause = await library_clause(xrm, "evidence")

    given = {"clause": clause, "text": "{% endblock %}{% block seal %}no seal"}
    codes = await xrm.refused(add_clause, contract, role="legal", **given)

    assert codes == ["legal.text_forbidden"]


async def test_every_wrong_variable_is_named_at_once_and_nothing_changes(xrm: Installation) -> None:
    contract = await draft(xrm)
    async with xrm.app.work(command="test.tamper") as ctx:
        stored = await ctx.get(Contract, contract.id)
        stored.variables = {"payment_days": "soon", "eom_method": "NEVER", "nobody": 1, "services": "x"}
    clause = await clause_of(xrm, contract, "evidence")
    async with xrm.app.work(command="test.tamper") as ctx:
        changed = await ctx.get(ContractClause, clause.id)
        changed.text = "{{ undeclared_one }} is not declared."

    with pytest.raises(DomainError) as refused:
        await xrm.run(render_contract, contract, role="legal")

    found = {(problem.code, problem.field) for problem in refused.value.problems}
    assert found == {
        ("legal.variable_invalid", "payment_days"),
        ("legal.variable_invalid", "eom_method"),
        ("legal.variable_unknown", "nobody"),
        ("legal.variable_undeclared", "undeclared_one"),
        ("legal.variable_missing", "field_of_work"),
        ("legal.variable_missing", "currency"),
        ("legal.variable_missing", "liability_cap"),
        ("legal.variable_missing", "court_city"),
    }
    assert (await xrm.ask("{ documents { totalCount } }"))["documents"]["totalCount"] == 0


async def test_no_document_is_made_of_content_that_was_not_approved(xrm: Installation) -> None:
    contract = await draft(xrm)
    await approved(xrm, contract)

    await tamper(xrm, contract)

    assert await xrm.refused(render_contract, contract, role="legal") == ["legal.content_changed"]


async def test_derogations_stand_in_an_annex_with_number_date_and_validity(xrm: Installation) -> None:
    contract = await deviating(xrm)
    clause = await clause_of(xrm, contract, "payment_terms")
    until = TODAY + dt.timedelta(days=200)
    given = {"justification": "They pay at once.", "expires_on": until}
    derogation = await xrm.run(request_derogation, clause, role="legal", **given)
    await xrm.run(decide_clause_derogation, derogation, role="admin", decision="APPROVED")

    document, pdf, _ = await rendered(xrm, contract)

    last = texts_of(pdf)[-1]
    assert "Derogatory conditions" in last
    assert f"DER-HQ-{TODAY.year}-0001" in last
    assert str(document.content_sha256) in last


async def test_an_amendment_says_what_it_changes(xrm: Installation) -> None:
    contract = await draft(xrm)
    await signed(xrm, contract)
    child = await xrm.run(amend_contract, contract, role="legal", notice_months=6)

    _, pdf, _ = await rendered(xrm, child)

    pages = texts_of(pdf)
    assert f"No. {contract.number}-A1" in pages[0]
    assert "Notice in months 3 6" in pages[-1]


async def test_signatures_never_stand_alone(xrm: Installation) -> None:
    contract = await draft(xrm)
    clause = await library_clause(xrm, "evidence")
    alone = []

    # Without the rule, the signatures of these lengths would begin a page of their own.
    for paragraphs in (17, 18, 20):
        wording = "\n\n".join(f"Sentence {n} of the last clause. " * 6 for n in range(paragraphs))
        await xrm.run(add_clause, contract, role="legal", clause=clause, text=wording)
        _, pdf, _ = await rendered(xrm, contract)
        (page,) = [text for text in texts_of(pdf) if "Date and signature" in text]
        if f"Sentence {paragraphs - 1} of the last clause." not in page:
            alone.append(paragraphs)

    assert alone == []


async def test_a_new_version_of_the_text_has_its_own_number_and_hash(xrm: Installation) -> None:
    contract = await draft(xrm)
    await approved(xrm, contract)
    before, _, _ = await rendered(xrm, contract)
    given = {"variables": {**VARIABLES, "court_city": "Nantes"}}

    await xrm.run(update_contract, contract, role="legal", **given)
    after, pdf, _ = await rendered(xrm, contract)

    assert before.content_sha256 != after.content_sha256
    assert "version 2" in texts_of(pdf)[0]
