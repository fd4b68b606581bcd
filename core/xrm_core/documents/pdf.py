"""HTML made into a PDF by WeasyPrint, the same bytes for the same request. Runs in the worker.

The profile is PDF/A-3u with tags (docs/adr/0003-pdf-profile.md).
"""

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import weasyprint
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetchingError

from xrm_core.documents.assets import ShippedAssets
from xrm_core.documents.errors import RenderLimitExceeded, TemplateForbidden
from xrm_core.documents.pages import furniture_css
from xrm_core.documents.requests import InlineTemplate, PdfRequest

PROFILE = "pdf/a-3u"
_BASE_CSS = (Path(__file__).parent / "base.css").read_text()
_LINKS_ALLOWED = ("http", "https", "mailto", "tel")

logging.getLogger("weasyprint").setLevel(logging.CRITICAL)


@dataclass(frozen=True, slots=True)
class MadePdf:
    """The file and what is worth telling about it."""

    content: bytes
    page_count: int
    blocked: list[str]
    unprintable: str


def make_pdf(html: str, request: PdfRequest, assets: Mapping[str, bytes]) -> MadePdf:
    """The PDF of the HTML.

    Raises: RenderLimitExceeded if it is too large or too deeply nested; TemplateForbidden if it insists
        on a file that it may not have.
    """
    fetcher = ShippedAssets(assets)
    made_at = datetime.combine(request.document_date, time(), UTC)
    # Libraries that write a time of their own take it from here.
    os.environ["SOURCE_DATE_EPOCH"] = str(int(made_at.timestamp()))
    try:
        document = _lay_out(html, request, fetcher)
        _set_metadata(document.metadata, request, made_at)
        content = document.write_pdf(
            pdf_variant=PROFILE, pdf_tags=True, attachments=_attachments(request, fetcher, made_at)
        )
    except URLFetchingError as error:
        raise TemplateForbidden(str(error), template=_name(request)) from error
    except RecursionError as error:
        raise RenderLimitExceeded("its elements are nested too deeply") from error
    if len(content) > request.limits.pdf_bytes:
        raise RenderLimitExceeded(f"the file has more than {request.limits.pdf_bytes} bytes")
    codepoints = sorted({code for font in document.fonts.values() for code in font.missing})
    return MadePdf(content, len(document.pages), list(fetcher.blocked), "".join(map(chr, codepoints)))


def _lay_out(html: str, request: PdfRequest, fetcher: ShippedAssets) -> Any:
    fonts = FontConfiguration()
    source = weasyprint.HTML(string=html, url_fetcher=fetcher)
    _make_harmless(source.etree_element, fetcher)
    source.base_url = None
    source.etree_element.set("lang", request.language)
    sheets = (_BASE_CSS, request.css, furniture_css(request.furniture, request.language))
    stylesheets = [
        weasyprint.CSS(string=sheet, url_fetcher=fetcher, font_config=fonts) for sheet in sheets if sheet
    ]
    return source.render(font_config=fonts, stylesheets=stylesheets, pdf_variant=PROFILE, pdf_tags=True)


def _make_harmless(root: Any, fetcher: ShippedAssets) -> None:
    """Take out what reaches beyond the page: files a template attaches, links no reader should follow."""
    for element in root.iter():
        if not isinstance(element.tag, str):
            continue
        relations = element.get("rel", "").lower().split()
        href = element.get("href")
        if element.tag == "base" or "attachment" in relations:
            if href:
                fetcher.blocked[href[:200]] = None
            element.attrib.clear()
        elif element.tag in ("a", "area") and href and not _is_followable(href):
            fetcher.blocked[href[:200]] = None
            del element.attrib["href"]


def _is_followable(href: str) -> bool:
    if href.startswith("#"):
        return True
    try:
        return urlsplit(href.strip()).scheme.lower() in _LINKS_ALLOWED
    except ValueError:
        return False


def _set_metadata(metadata: Any, request: PdfRequest, made_at: datetime) -> None:
    metadata.title = _printable(request.title)
    metadata.lang = request.language
    metadata.authors = [_printable(request.author)] if request.author else []
    metadata.generator = "XRM"
    metadata.created = metadata.modified = made_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    metadata.keywords, metadata.description, metadata.custom, metadata.attachments = [], None, {}, []


def _printable(text: str) -> str:
    # XML has no place for control characters.
    return "".join(character for character in text if character.isprintable())


def _attachments(request: PdfRequest, fetcher: ShippedAssets, made_at: datetime) -> list[Any]:
    return [
        weasyprint.Attachment(
            string=attachment.content,
            url_fetcher=fetcher,
            name=attachment.name,
            description=attachment.description or attachment.name,
            created=made_at,
            modified=made_at,
            relationship=attachment.relationship,
        )
        for attachment in request.attachments
    ]


def _name(request: PdfRequest) -> str:
    return request.template.name if isinstance(request.template, InlineTemplate) else request.template
