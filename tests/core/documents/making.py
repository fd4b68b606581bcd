"""Small requests for documents, and everything that can be read in a PDF."""

import io
from datetime import date
from typing import Any

from pypdf import PdfReader
from pypdf.generic import StreamObject

from xrm_core.documents import InlineTemplate, PdfRequest


def inline(source: str, data: dict[str, Any] | None = None, **options: Any) -> PdfRequest:
    """A request for an inline template with harmless defaults."""
    defaults: dict[str, Any] = {"title": "Essai", "document_date": date(2026, 9, 30)}
    return PdfRequest(template=InlineTemplate(source), data=data or {}, **{**defaults, **options})


def reader(content: bytes) -> PdfReader:
    """The PDF, opened."""
    return PdfReader(io.BytesIO(content))


def page_texts(content: bytes) -> list[str]:
    """The text of each page, with plain spaces."""
    return [page.extract_text().replace("\u00a0", " ") for page in reader(content).pages]


def everything_in(content: bytes) -> bytes:
    """The file itself, the text on its pages, and every object and stream in it, unpacked."""
    pdf = reader(content)
    parts = [content, "\n".join(page_texts(content)).encode()]
    for number in range(1, int(str(pdf.trailer["/Size"]))):
        thing = pdf.get_object(number)
        parts.append(repr(thing).encode())
        if isinstance(thing, StreamObject):
            parts.append(thing.get_data())
    return b"\n".join(parts)


def holds(content: bytes, text: str) -> bool:
    """Whether the text is anywhere in the PDF."""
    return text.encode() in everything_in(content)
