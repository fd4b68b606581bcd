"""What is asked of a document and what comes back."""

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from xrm_core.documents.plain import Plain

Language = Literal["fr", "en"]


@dataclass(frozen=True, slots=True)
class InlineTemplate:
    """A template given as text, as an admin writes one; it may extend and include registered ones."""

    source: str
    name: str = "inline"


@dataclass(frozen=True, slots=True)
class Furniture:
    """What stands on every page beside the text, whatever the template does (rules.md R-C-41, R-C-42).

    `content_hash` is the whole SHA-256; its first 16 digits are printed. `watermark` is printed across the
    page. `initials` asks for a box to initial on paper. The page number is always there.
    """

    number: str = ""
    version: str = ""
    content_hash: str = ""
    header: str = ""
    watermark: str = ""
    initials: bool = False


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file inside the PDF; `relationship` says what it is to the document (PDF/A-3)."""

    name: str
    content: bytes
    description: str = ""
    relationship: Literal["Data", "Source", "Alternative", "Supplement", "Unspecified"] = "Data"


@dataclass(frozen=True, slots=True)
class RenderLimits:
    """How much one document may take before it is given up.

    `time_s` is wall time from hand-over to the worker; `memory_bytes` is what the worker may grow by;
    `html_characters` bounds the filled template and `pdf_bytes` the file.
    """

    time_s: float = 60.0
    memory_bytes: int = 1024 * 1024 * 1024
    html_characters: int = 20_000_000
    pdf_bytes: int = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class PdfRequest:
    """A document to be made. Equal requests give equal bytes within one release.

    `template` is the name of a registered template (`legal/contract.html`) or an InlineTemplate. `data`
    holds plain values only (see `check_plain`); its keys are the template's variables. `document_date` is
    the date the document bears: it is the file's creation date, never the clock. `css` comes after the base
    stylesheet.
    """

    template: str | InlineTemplate
    data: dict[str, Plain]
    title: str
    document_date: date
    language: Language = "fr"
    author: str = ""
    css: str = ""
    furniture: Furniture = Furniture()
    attachments: tuple[Attachment, ...] = ()
    limits: RenderLimits = field(default_factory=RenderLimits)


@dataclass(frozen=True, slots=True)
class RenderedPdf:
    """The file, its SHA-256, its pages, and what to tell a template's author.

    `blocked` lists the addresses that the document asked for and did not get; `unprintable` the characters
    that no shipped font has and that a reader sees as boxes. Both are empty for a good document.
    """

    content: bytes
    sha256: str
    page_count: int
    blocked: tuple[str, ...] = ()
    unprintable: str = ""
