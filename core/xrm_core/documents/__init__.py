"""The one way documents are made: a template and plain data in, a PDF with the same bytes each time out.

Importing this is light: WeasyPrint, jinja2 and matplotlib are loaded in worker processes only.
"""

from xrm_core.documents.errors import (
    DocumentCorrupt,
    DocumentDataInvalid,
    DocumentNotStored,
    RenderLimitExceeded,
    RenderUnavailable,
    TemplateForbidden,
    TemplateInvalid,
    TemplateMissing,
    TemplateUndefined,
)
from xrm_core.documents.plain import Plain, canonical_json, check_plain, content_sha256
from xrm_core.documents.renderer import (
    Renderer,
    RenderFault,
    close_renderer,
    render_pdf,
    shared_renderer,
    template_variables,
)
from xrm_core.documents.requests import (
    Attachment,
    Furniture,
    InlineTemplate,
    Language,
    PdfRequest,
    RenderedPdf,
    RenderLimits,
)
from xrm_core.documents.storage import FileStore
from xrm_core.documents.templates import register_template_root, unregister_template_root

__all__ = [
    "Attachment",
    "DocumentCorrupt",
    "DocumentDataInvalid",
    "DocumentNotStored",
    "FileStore",
    "Furniture",
    "InlineTemplate",
    "Language",
    "PdfRequest",
    "Plain",
    "RenderFault",
    "RenderLimitExceeded",
    "RenderLimits",
    "RenderUnavailable",
    "RenderedPdf",
    "Renderer",
    "TemplateForbidden",
    "TemplateInvalid",
    "TemplateMissing",
    "TemplateUndefined",
    "canonical_json",
    "check_plain",
    "close_renderer",
    "content_sha256",
    "register_template_root",
    "render_pdf",
    "shared_renderer",
    "template_variables",
    "unregister_template_root",
]
