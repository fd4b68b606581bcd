"""Texts of clauses and templates, looked at before they are taken: what they name, whether they can be read."""

from xrm_core.documents import InlineTemplate, shared_renderer
from xrm_legal.rules.texts import as_markup


async def names_in(*texts: str) -> frozenset[str]:
    """The names that the texts use, `us`, `them` and `contract` among them.

    Raises: TextForbidden for a statement no text may make; TemplateInvalid for one that cannot be read;
    RenderUnavailable.
    """
    source = "\n".join(map(as_markup, texts))
    return await shared_renderer().template_variables(InlineTemplate(source, "text"))
