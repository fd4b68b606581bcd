"""The document of a contract: its texts filled in, sealed, and the same bytes whenever it is made again."""

import asyncio
from collections.abc import Mapping
from typing import Any

from xrm_core.declare import Context, Input, command
from xrm_core.documents import (
    Attachment,
    FileStore,
    Furniture,
    InlineTemplate,
    Language,
    PdfRequest,
    Plain,
    RenderedPdf,
    register_template_root,
    render_pdf,
)
from xrm_core.documents.models import Document
from xrm_legal import repository
from xrm_legal.errors import ContentChanged, ContentUnfit, UnprintableText
from xrm_legal.models import BINDING, Contract, Signatory
from xrm_legal.rules import Side, canonical_bytes, content_hash
from xrm_legal.rules.declarations import GIVEN_NAMES
from xrm_legal.rules.texts import as_markup
from xrm_legal.sheet import ContractSheet, derogation_row, plain
from xrm_legal.workflows import CONTRACT
from xrm_legal.writing import names_in
from xrm_workflows import Label

KIND = "legal.contract"
# In these states somebody relies on the text as it was approved.
_FIXED = ("APPROVED", "OUT_FOR_SIGNATURE", *BINDING)
_TERMS = {
    "amount": Label("Value before tax", "Valeur hors taxes"),
    "effective_on": Label("Takes effect", "Prise d’effet"),
    "ends_on": Label("Initial term ends", "Terme de la période initiale"),
    "term_months": Label("Initial term in months", "Période initiale en mois"),
    "renewal": Label("Renewal", "Renouvellement"),
    "renewal_months": Label("Renewal in months", "Renouvellement en mois"),
    "notice_months": Label("Notice in months", "Préavis en mois"),
    "notice_from": Label("Notice counts from", "Point de départ du préavis"),
    "notice_basis": Label("Notice counts by", "Fait qui vaut préavis"),
}

register_template_root("legal", "xrm_legal")


class RenderContract(Input):
    """How the document is made."""

    initials: bool = False


@command("legal.contract.render", on=Contract, flat=True)
async def render_contract(ctx: Context, contract: Contract, given: RenderContract) -> Document:
    """Make the contract's PDF: number, version and hash on every page; the same data give the same bytes."""
    sheet = await repository.sheet(ctx, contract)
    values = await values_of(sheet)
    request = request_of(sheet, values, initials=given.initials)
    if contract.state in _FIXED and contract.approved_sha256 != request.furniture.content_hash:
        raise ContentChanged
    rendered = await render_pdf(request)
    if rendered.unprintable and contract.state in _FIXED:
        raise UnprintableText(rendered.unprintable)
    if contract.content_sha256 != request.furniture.content_hash:
        contract.content_sha256 = request.furniture.content_hash
    return await _stored(ctx, contract, request, rendered)


async def values_of(sheet: ContractSheet) -> Mapping[str, Any]:
    """The variables' values. Raises: ContentUnfit, with every undefined, unknown, missing or wrong one."""
    used = await names_in(sheet.template.body, *(clause.text for clause in sheet.clauses))
    binding = sheet.bound(used - GIVEN_NAMES)
    if binding.refusals:
        raise ContentUnfit(binding.refusals)
    return binding.values


def request_of(sheet: ContractSheet, values: Mapping[str, Any], *, initials: bool) -> PdfRequest:
    """The document asked for; everything in it comes from the contract, nothing from the clock."""
    contract, content = sheet.contract, sheet.content(values)
    return PdfRequest(
        template=InlineTemplate(_source(sheet), "legal/contract"),
        data=_data(sheet, values),
        title=f"{contract.number} – {contract.title}",
        document_date=contract.dated_on,
        language=_language(contract),
        author=str(contract.parties.get("us", {}).get("name", "")),
        furniture=Furniture(
            number=contract.number,
            version=str(contract.text_version),
            content_hash=content_hash(content),
            header=contract.title,
            watermark="" if contract.state in BINDING else _state_label(contract),
            initials=initials,
        ),
        attachments=(
            Attachment(
                "contract.json", canonical_bytes(content), "The canonical content that the hash is of"
            ),
        ),
    )


def _source(sheet: ContractSheet) -> str:
    articles = "\n".join(
        f'<section class="article">\n<h2>{{{{ articles[{position}].heading }}}}</h2>\n'
        f"{as_markup(clause.text)}\n</section>"
        for position, clause in enumerate(sheet.clauses)
    )
    return (
        '{% extends "legal/contract.html" %}\n'
        f"{{% block preamble %}}\n{as_markup(sheet.template.body)}\n{{% endblock %}}\n"
        f"{{% block articles %}}\n{articles}\n{{% endblock %}}\n"
    )


def _data(sheet: ContractSheet, values: Mapping[str, Any]) -> dict[str, Plain]:
    titles = {clause.key: clause.title for clause in sheet.clauses}
    articles: list[Plain] = [
        {"heading": f"Article {clause.rank} – {clause.title}"} for clause in sheet.clauses
    ]
    derogations: list[Plain] = [
        {**derogation_row(one), "title": titles[one.clause_key]} for one in sheet.covering
    ]
    given = {name: plain(value) for name, value in {**values, **sheet.given()}.items()}
    return {
        **given,
        "articles": articles,
        "signatures": {
            str(side).lower(): [_signature(one) for one in sheet.signatories if one.side == side]
            for side in Side
        },
        "annexes": derogations,
        "changes": _changes(sheet) if sheet.contract.amends else [],
    }


def _changes(sheet: ContractSheet) -> list[Plain]:
    """What an amendment changes, under the names people know it by."""
    language = sheet.contract.language
    names = {name: label.of(language) for name, label in _TERMS.items()}
    names |= {clause.key: clause.title for clause in sheet.clauses}
    for rows in (sheet.template.variables, *(clause.variables for clause in sheet.clauses)):
        names |= {row["name"]: row["label"][language] for row in rows if row.get("label", {}).get(language)}
    return [
        {
            "subject": names.get(change["key"], change["key"]),
            "old": str(change["old"]),
            "new": str(change["new"]),
        }
        for change in sheet.contract.changes
    ]


def _signature(signatory: Signatory) -> Plain:
    return {
        "name": signatory.name,
        "role": signatory.role,
        "signed_on": signatory.signed_on,
        "level": signatory.signature_level,
    }


def _language(contract: Contract) -> Language:
    return "fr" if contract.language == "fr" else "en"


def _state_label(contract: Contract) -> str:
    label = CONTRACT.state(contract.state).label
    return label.of(contract.language) if label else contract.state


async def _stored(ctx: Context, contract: Contract, request: PdfRequest, rendered: RenderedPdf) -> Document:
    """The record of the file, the one there is if the same bytes were made before."""
    store = FileStore(ctx.app.settings.data_dir / "files")
    await asyncio.to_thread(store.store, rendered.content)
    known = await repository.stored_document(ctx, contract, rendered.sha256)
    if known is not None:
        return known
    document = Document(
        title=request.title,
        sha256=rendered.sha256,
        content_sha256=request.furniture.content_hash,
        pages=rendered.page_count,
        size=len(rendered.content),
        kind=KIND,
        party=contract.party,
        unit=contract.unit,
        subject_id=str(contract.id),
    )
    ctx.add(document)
    return document
