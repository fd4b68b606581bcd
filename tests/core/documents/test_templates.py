"""Templates filled with data, in French and in English."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.core.documents.making import inline, page_texts
from xrm_core.documents import (
    DocumentDataInvalid,
    InlineTemplate,
    PdfRequest,
    Renderer,
    TemplateForbidden,
    TemplateInvalid,
    TemplateMissing,
    TemplateUndefined,
    register_template_root,
    template_variables,
    unregister_template_root,
)

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c49444154789c63f8cfc0000003010100c9fe92ef0000000049454e44ae426082"
)


async def text_of(renderer: Renderer, source: str, data: dict[str, Any] | None = None, **options: Any) -> str:
    """What a reader sees on the one page, without the page's own furniture."""
    rendered = await renderer.render_pdf(inline(source, data, **options))
    (text,) = page_texts(rendered.content)
    return text.split("Page 1")[0].strip()


@pytest.mark.parametrize(
    ("expression", "fr", "en"),
    [
        ("amount|money('EUR')", "1 234 567,89 €", "€1,234,567.89"),
        ("amount|money('JPY')", "1 234 568 JPY", "JP¥1,234,568"),
        ("sum|money", "-2,50 €", "-€2.50"),
        ("share|percent", "5,1 %", "5.1%"),
        ("share|percent(2)", "5,13 %", "5.13%"),
        ("signed|date", "1 février 2026", "1 February 2026"),
        ("signed|date('short')", "01/02/2026", "01/02/2026"),
        ("amount|number", "1 234 567,885", "1,234,567.885"),
        ("amount|number(0)", "1 234 568", "1,234,568"),
        ("tr(fr='Lettre', en='Letter')", "Lettre", "Letter"),
    ],
)
async def test_numbers_and_dates_read_as_in_the_documents_language(
    renderer: Renderer, expression: str, fr: str, en: str
) -> None:
    data = {
        "amount": Decimal("1234567.885"),
        "sum": {"amount": Decimal("-2.495"), "currency": "EUR"},
        "share": Decimal("0.05125"),
        "signed": date(2026, 2, 1),
    }

    french = await text_of(renderer, f"<p>{{{{ {expression} }}}}</p>", data, language="fr")
    english = await text_of(renderer, f"<p>{{{{ {expression} }}}}</p>", data, language="en")

    assert (french, english) == (fr, en)


async def test_peoples_text_stays_text(renderer: Renderer) -> None:
    source = "{% macro cell(t) %}{{ t }}{% endmacro %}<p>{{ name }} {{ cell(name) }}</p>{{ note|paragraphs }}"
    data = {"name": "<b>A&B</b>", "note": "<h1>un</h1>\n\n{{ deux }}"}

    text = await text_of(renderer, source, data)

    assert text.splitlines() == ["<b>A&B</b> <b>A&B</b>", "<h1>un</h1>", "{{ deux }}"]


async def test_a_key_of_the_data_comes_before_a_method_of_the_same_name(renderer: Renderer) -> None:
    text = await text_of(
        renderer, "<p>{{ order.items }} {{ order.get }}</p>", {"order": {"items": 3, "get": "x"}}
    )

    assert text == "3 x"


async def test_every_missing_value_is_named_at_once(renderer: Renderer) -> None:
    source = """<p>{{ party.siren }} {{ amount|money('EUR') }} {{ a + 1 }} {{ f(2) }}
        {% if flag %}x{% endif %}
        {% for line in lines %}{{ line.label }} {{ line.price * 2 }}{% endfor %}
        {% for x in others %}{% endfor %}
        {{ unused|default('none') }}{% if maybe is defined %}{{ maybe }}{% endif %}</p>"""
    data = {"party": {"name": "x"}, "lines": [{"label": "1"}, {"label": "2"}]}

    with pytest.raises(TemplateUndefined) as refusal:
        await renderer.render_pdf(inline(source, data))

    names = ["party.siren", "amount", "a", "f", "flag", "lines[].price", "others"]
    assert [problem.field for problem in refusal.value.problems] == names
    assert {problem.code for problem in refusal.value.problems} == {"core.template_undefined"}
    assert all(name in refusal.value.message for name in names)


@pytest.mark.parametrize(
    ("source", "place"),
    [
        ("<p>\n{% if %}</p>", "inline, line 2"),
        ("<p>\n\n{{ 1 / 0 }}</p>", "inline, line 3"),
        ("<p>\n{{ 'x'|money('EUR') }}</p>", "inline, line 2"),
        ("<p>{{ 1|money }}</p>", "inline, line 1"),
        ("{{ name|safe }}", "inline, line 1"),
        ("{{ [1]|random }}", "inline, line 1"),
        ("{{ name.nothing() }}", "name.nothing"),
    ],
)
async def test_a_template_that_does_not_work_says_where(renderer: Renderer, source: str, place: str) -> None:
    with pytest.raises((TemplateInvalid, TemplateUndefined), match=place.replace(".", r"\.")) as refusal:
        await renderer.render_pdf(inline(source, {"name": {}}))

    assert refusal.value.code in ("core.template_invalid", "core.template_undefined")


async def test_escaping_cannot_be_switched_off(renderer: Renderer) -> None:
    with pytest.raises(TemplateForbidden, match="inline, line 2"):
        await renderer.render_pdf(
            inline("<p>\n{% autoescape false %}{{ x }}{% endautoescape %}", {"x": "<b>"})
        )


async def test_the_documents_own_name_is_not_for_data(renderer: Renderer) -> None:
    with pytest.raises(DocumentDataInvalid):
        await renderer.render_pdf(inline("<p>{{ xrm.title }}</p>", {"xrm": {"title": "x"}}))


async def test_a_template_uses_the_templates_pictures_and_styles_of_a_plugin(
    renderer: Renderer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "fleet_for_tests" / "templates"
    (folder / "parts").mkdir(parents=True)
    (tmp_path / "fleet_for_tests" / "__init__.py").touch()
    (folder / "letter.html").write_text(
        '{% extends "core/base.html" %}'
        '{% block style %}<link rel="stylesheet" href="xrm-asset:fleet/letter.css">{% endblock %}'
        '{% block content %}{% include "fleet/parts/car.html" %}'
        '<img src="xrm-asset:fleet/car.png" alt="car">{% endblock %}'
    )
    (folder / "parts" / "car.html").write_text("<p>{{ plate }}</p>")
    (folder / "letter.css").write_text('p::after { content: " styled" }')
    (folder / "car.png").write_bytes(PNG)
    monkeypatch.syspath_prepend(tmp_path)
    request = PdfRequest(
        "fleet/letter.html", {"plate": "AB-1"}, title="Prêt", document_date=date(2026, 9, 30)
    )

    register_template_root("fleet", "fleet_for_tests")
    try:
        rendered = await renderer.render_pdf(request)
        variables = await renderer.template_variables("fleet/letter.html")
    finally:
        unregister_template_root("fleet")

    assert "AB-1 styled" in page_texts(rendered.content)[0]
    assert b"/Image" in rendered.content
    assert rendered.blocked == ()
    assert variables == {"plate"}
    with pytest.raises(TemplateMissing):
        await renderer.render_pdf(request)


async def test_the_variables_of_a_template_are_known_without_data() -> None:
    source = """{% extends "core/base.html" %}
        {% block content %}{% set a = 1 %}{{ a }}{{ b.c }}{% if d %}{% endif %}{% endblock %}"""

    assert await template_variables(InlineTemplate(source)) == {"b", "d"}


@pytest.mark.parametrize("template", ["core/nothing.html", "../core/base.html", "/etc/passwd", ""])
async def test_a_template_that_is_not_registered_is_missing(renderer: Renderer, template: str) -> None:
    with pytest.raises(TemplateMissing):
        await renderer.render_pdf(PdfRequest(template, {}, title="x", document_date=date(2026, 9, 30)))
