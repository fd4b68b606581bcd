"""Templates filled in: a sandbox that sees plain data and our own filters. Runs in the worker."""

import traceback
from collections.abc import Mapping
from functools import partial
from typing import Any

from jinja2 import (
    FunctionLoader,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
    Undefined,
    meta,
    nodes,
)
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from xrm_core.documents.charts import bar_chart, line_chart, pareto_chart
from xrm_core.documents.errors import (
    RenderLimitExceeded,
    TemplateForbidden,
    TemplateInvalid,
    TemplateMissing,
    TemplateUndefined,
)
from xrm_core.documents.filters import document_filters
from xrm_core.documents.requests import InlineTemplate, PdfRequest
from xrm_core.documents.undefined import MissingValues, undefined_class

# `safe` would turn people's text into markup; the others give another result at each rendering.
_REMOVED_FILTERS = ("safe", "random")
_REMOVED_GLOBALS = ("lipsum",)


class DocumentEnvironment(ImmutableSandboxedEnvironment):
    """A sandbox over templates known by name; `a.b` finds a dict's key before its methods; text is text."""

    def __init__(self, templates: Mapping[str, str], request: PdfRequest, found: MissingValues) -> None:
        super().__init__(
            loader=FunctionLoader(lambda name: (templates[name], name, None) if name in templates else None),
            autoescape=True,
            undefined=undefined_class(found),
            trim_blocks=True,
            lstrip_blocks=True,
        )
        for name in _REMOVED_FILTERS:
            del self.filters[name]
        for name in _REMOVED_GLOBALS:
            del self.globals[name]
        self.filters.update(document_filters(request.language))
        self.globals.update(_globals(request))

    def getattr(self, obj: Any, attribute: str) -> Any:
        """The dict's own key if it has one, else the attribute if the sandbox allows it."""
        if type(obj) is dict and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)

    def unsafe_undefined(self, obj: Any, attribute: str) -> Undefined:
        """Never a value: reaching for what the sandbox forbids ends the rendering at once."""
        raise SecurityError(f"{attribute!r} of a {type(obj).__name__} is not for templates")

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        for node in tree.find_all((nodes.EvalContextModifier, nodes.ScopedEvalContextModifier)):
            why = "escaping cannot be switched off"
            raise TemplateForbidden(why, template=name or "inline", line=node.lineno)
        return tree


def fill_template(request: PdfRequest, templates: Mapping[str, str]) -> str:
    """The HTML of the request's template filled with its data.

    Raises: TemplateUndefined with every missing value; TemplateForbidden, TemplateInvalid, TemplateMissing;
        RenderLimitExceeded when the text grows beyond the request's limit.
    """
    found = MissingValues(request.data)
    name, known = _with_inline(request, templates)
    try:
        template = DocumentEnvironment(known, request, found).get_template(name)
        html = _joined(template.generate(request.data), request.limits.html_characters)
    except TemplateNotFound as error:
        raise TemplateMissing(str(error.name)) from error
    except TemplateSyntaxError as error:
        raise TemplateInvalid(error.message or "", template=error.name or name, line=error.lineno) from error
    except SecurityError as error:
        raise TemplateForbidden(str(error), template=name, line=_line(error, known)) from error
    except (OverflowError, RecursionError) as error:
        raise RenderLimitExceeded(f"the template {name} asks for too much ({error})") from error
    except (TemplateError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        if not found.names:
            raise TemplateInvalid(str(error), template=name, line=_line(error, known)) from error
        html = ""
    if found.names:
        raise TemplateUndefined(list(found.names))
    return html


def template_variable_names(request: PdfRequest, templates: Mapping[str, str]) -> list[str]:
    """The variables that the template and those it names use from the data, sorted."""
    name, known = _with_inline(request, templates)
    environment = DocumentEnvironment(known, request, MissingValues({}))
    names: set[str] = set()
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        current = waiting.pop()
        if current in seen:
            continue
        seen.add(current)
        if current not in known:
            raise TemplateMissing(current)
        try:
            tree = environment.parse(known[current], current)
        except TemplateSyntaxError as error:
            raise TemplateInvalid(error.message or "", template=current, line=error.lineno) from error
        names |= meta.find_undeclared_variables(tree)
        waiting += [other for other in meta.find_referenced_templates(tree) if other]
    return sorted(names - environment.globals.keys())


def _with_inline(request: PdfRequest, templates: Mapping[str, str]) -> tuple[str, Mapping[str, str]]:
    template = request.template
    if not isinstance(template, InlineTemplate):
        return template, templates
    if template.name in templates:
        raise TemplateInvalid("a registered template has this name", template=template.name)
    return template.name, {**templates, template.name: template.source}


def _joined(pieces: Any, limit: int) -> str:
    parts: list[str] = []
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > limit:
            raise RenderLimitExceeded(f"the filled template has more than {limit} characters")
        parts.append(piece)
    return "".join(parts)


def _globals(request: PdfRequest) -> dict[str, Any]:
    language = request.language
    facts = {
        "title": request.title,
        "language": language,
        "date": request.document_date,
        "author": request.author,
        "number": request.furniture.number,
        "version": request.furniture.version,
        "content_hash": request.furniture.content_hash,
    }
    return {
        "xrm": facts,
        "tr": lambda *, fr, en: fr if language == "fr" else en,
        "bar_chart": partial(bar_chart, language=language),
        "line_chart": partial(line_chart, language=language),
        "pareto_chart": partial(pareto_chart, language=language),
    }


def _line(error: BaseException, templates: Mapping[str, str]) -> int | None:
    frames = traceback.extract_tb(error.__traceback__)
    return next((frame.lineno for frame in reversed(frames) if frame.filename in templates), None)
