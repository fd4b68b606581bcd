"""The PDF: the same bytes each time, furnished on every page, marked for the archive."""

import hashlib
import os
import re
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.core.documents.making import everything_in, holds, inline, page_texts, reader
from xrm_core.documents import Attachment, Furniture, PdfRequest, Renderer

CLAUSES = "{% for n in range(3) %}<p style='break-after: page'>Clause {{ n }}</p>{% endfor %}"
PAGES = f"<h1>Contrat</h1>{CLAUSES}<p>Fin</p>"
FURNITURE = Furniture(number="C-2026-0001", version="3", content_hash="0123456789abcdef" * 4)

SCRIPT = """
import asyncio
from datetime import date
from decimal import Decimal
from xrm_core.documents import Attachment, Furniture, InlineTemplate, PdfRequest, render_pdf

SOURCE = '''{% extends "core/base.html" %}{% block content %}
<p style="font-family: 'DejaVu Serif', Arial">{{ text }} <a href="#end">fin</a></p>
{{ bar_chart(labels, [{"name": "a", "values": values}, {"name": "b", "values": values}], title="Chiffres") }}
{{ pareto_chart(labels, values, title="Concentration") }}<p id="end">→ ✓</p>{% endblock %}'''
request = PdfRequest(
    InlineTemplate(SOURCE),
    {"text": "Œuvre à façon", "labels": ["a", "b"], "values": [Decimal("1.5"), 2]},
    title="Contrat",
    document_date=date(2026, 9, 30),
    furniture=Furniture("C-1", "2", "ab" * 32, watermark="Projet"),
    attachments=(Attachment("contract.json", b"{}"),),
)
print(asyncio.run(render_pdf(request)).sha256)
"""


def printed(script: str, **environment: str) -> str:
    """What the script prints in a Python process of its own."""
    path = os.pathsep.join(entry for entry in sys.path if entry)
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": path, **environment},
        capture_output=True,
        check=True,
        text=True,
    )
    return done.stdout.strip()


def test_two_processes_on_two_machines_make_the_same_bytes(tmp_path: Path) -> None:
    other_fonts = tmp_path / "fonts.conf"
    other_fonts.write_text("<fontconfig><dir>/usr/share/fonts/truetype/dejavu</dir></fontconfig>")

    here = printed(SCRIPT, TZ="UTC", LANG="C", PYTHONHASHSEED="1")
    there = printed(
        SCRIPT, TZ="Asia/Tokyo", LANG="fr_FR.UTF-8", PYTHONHASHSEED="2", HOME=str(tmp_path),
        FONTCONFIG_FILE=str(other_fonts), SOURCE_DATE_EPOCH="1", MPLCONFIGDIR=str(tmp_path),
    )  # fmt: skip

    assert re.fullmatch("[0-9a-f]{64}", here)
    assert there == here


def test_importing_documents_loads_nothing_heavy() -> None:
    script = "import sys, xrm_core.documents; print(*sys.modules)"

    loaded = set(printed(script).split())

    assert loaded & {"weasyprint", "matplotlib", "jinja2", "babel", "numpy", "PIL", "fontTools"} == set()


async def test_another_date_or_another_word_is_another_file(renderer: Renderer) -> None:
    requests = [
        inline("<p>{{ x }}</p>", {"x": "30 jours"}),
        inline("<p>{{ x }}</p>", {"x": "31 jours"}),
        inline("<p>{{ x }}</p>", {"x": "30 jours"}, document_date=date(2026, 10, 1)),
        inline("<p>{{ x }}</p>", {"x": "30 jours"}),
    ]

    hashes = [(await renderer.render_pdf(request)).sha256 for request in requests]

    assert len(set(hashes)) == 3
    assert hashes[0] == hashes[3]


async def test_the_hash_is_that_of_the_bytes(renderer: Renderer) -> None:
    rendered = await renderer.render_pdf(inline(PAGES))

    assert rendered.sha256 == hashlib.sha256(rendered.content).hexdigest()
    assert rendered.page_count == len(reader(rendered.content).pages) == 4


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fr", "N° C-2026-0001 · version 3 · 0123456789abcdef"),
        ("en", "No. C-2026-0001 · version 3 · 0123456789abcdef"),
    ],
)
async def test_number_version_hash_and_page_count_stand_on_every_page(
    renderer: Renderer, language: Any, words: str
) -> None:
    of = {"fr": "sur", "en": "of"}[language]

    rendered = await renderer.render_pdf(inline(PAGES, language=language, furniture=FURNITURE))

    texts = page_texts(rendered.content)
    assert all(words in text and "0123456789abcdef0" not in text for text in texts)
    assert [re.findall(f"Page (\\d+) {of} (\\d+)", text) for text in texts] == [
        [(str(page), "4")] for page in (1, 2, 3, 4)
    ]


async def test_a_template_cannot_take_the_furniture_away(renderer: Renderer) -> None:
    hostile = """<style>@page { margin: 30mm; @bottom-left { content: none !important; display: none }
        @bottom-right { content: "Page 1 sur 1" !important } }</style>"""

    rendered = await renderer.render_pdf(inline(hostile + PAGES, furniture=FURNITURE))

    assert all("C-2026-0001" in text for text in page_texts(rendered.content))
    assert "Page 2 sur 4" in page_texts(rendered.content)[1]


async def test_furniture_is_text_whatever_is_in_it(renderer: Renderer) -> None:
    furniture = Furniture(number='"; } body { display: none', header="a\\b</style><b>\n", version="{{ 1 }}")

    rendered = await renderer.render_pdf(inline("<p>Fin</p>", furniture=furniture))

    (text,) = page_texts(rendered.content)
    assert all(part in text for part in ("Fin", '"; } body { display: none', "a\\b</style><b>", "{{ 1 }}"))


async def test_a_requests_own_style_comes_after_the_houses(renderer: Renderer) -> None:
    plain = await renderer.render_pdf(inline("<p>a</p><p>b</p>"))
    styled = await renderer.render_pdf(inline("<p>a</p><p>b</p>", css="p + p { break-before: page }"))

    assert (plain.page_count, styled.page_count) == (1, 2)


async def test_a_page_is_a4(renderer: Renderer) -> None:
    (page,) = reader((await renderer.render_pdf(inline("<p>a</p>"))).content).pages

    assert (round(page.mediabox.width / 72 * 25.4), round(page.mediabox.height / 72 * 25.4)) == (210, 297)


async def test_a_watermark_crosses_every_page_and_only_if_asked(renderer: Renderer) -> None:
    with_mark = await renderer.render_pdf(inline(PAGES, furniture=Furniture(watermark="BROUILLON")))
    without = await renderer.render_pdf(inline(PAGES))

    assert all("BROUILLON" in text for text in page_texts(with_mark.content))
    assert not any("BROUILLON" in text for text in page_texts(without.content))


async def test_the_base_template_prints_the_whole_hash_at_the_end(renderer: Renderer) -> None:
    request = PdfRequest(
        "core/base.html", {}, title="Contrat", document_date=date(2026, 9, 30), furniture=FURNITURE
    )

    rendered = await renderer.render_pdf(request)

    assert "0123456789abcdef" * 4 in page_texts(rendered.content)[-1].replace("\n", "")


async def test_only_shipped_fonts_are_used_and_all_are_embedded(renderer: Renderer) -> None:
    source = """<p style="font-family: 'DejaVu Serif'">é</p><p style="font-family: Liberation Mono">œ</p>
        <p>→ <b>gras</b> <i>ital</i> <b><i>les deux</i></b></p>"""

    rendered = await renderer.render_pdf(inline(source))

    names = re.findall(
        r"'/FontName': '/[A-Z]{6}\+([A-Za-z-]+)'", everything_in(rendered.content).decode("latin-1")
    )
    styles = ("", "-Bold", "-Oblique", "-Italic", "-Bold-Italic")
    assert set(names) <= {"DejaVu-Sans", *("Open-Sans" + style for style in styles)}
    assert len(set(names)) == 5
    assert rendered.unprintable == ""


async def test_characters_that_no_font_has_are_told(renderer: Renderer) -> None:
    rendered = await renderer.render_pdf(inline("<p>{{ name }}</p>", {"name": "Łódź 中文 Αθήνα"}))

    assert rendered.unprintable == "中文"


async def test_the_file_says_what_it_is(renderer: Renderer) -> None:
    request = inline("<p>Bonjour</p>", title="Contrat <1>\x07", author="Unité", language="fr")

    pdf = reader((await renderer.render_pdf(request)).content)

    assert pdf.metadata is not None
    assert (pdf.metadata.title, pdf.metadata.author, pdf.metadata.creator) == ("Contrat <1>", "Unité", "XRM")
    assert str(pdf.metadata.creation_date) == "2026-09-30 00:00:00+00:00"
    assert str(pdf.root_object["/Lang"]) == "fr"


async def test_the_file_claims_pdf_a_3u_and_has_what_that_needs(renderer: Renderer) -> None:
    source = (
        "<h1>Titre</h1><table><thead><tr><th>a</th></tr></thead><tbody><tr><td>1</td></tr></tbody></table>"
    )

    pdf = reader((await renderer.render_pdf(inline(source, furniture=FURNITURE))).content)

    root: Any = pdf.root_object
    xmp = root["/Metadata"].get_object().get_data()
    assert b'part="3"' in xmp and b'conformance="U"' in xmp
    assert root["/OutputIntents"][0].get_object()["/S"] == "/GTS_PDFA1"
    assert root["/MarkInfo"]["/Marked"]
    assert "/StructTreeRoot" in root
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert pdf.outline
    assert "/ID" in pdf.trailer
    assert "/Encrypt" not in pdf.trailer
    assert not {"/AcroForm", "/OpenAction", "/AA"} & set(root)


async def test_a_drawing_has_its_title_as_alternative_text(renderer: Renderer) -> None:
    source = '{{ line_chart(["a", "b"], [{"name": "x", "values": [1, 2]}], title="Ventes mensuelles") }}'

    rendered = await renderer.render_pdf(inline(source))

    assert holds(rendered.content, "'/Alt': 'Ventes mensuelles'")


async def test_an_attachment_is_inside_with_its_meaning(renderer: Renderer) -> None:
    attachment = Attachment(
        "contract.json", b'{"number":"C-1"}', description="Contract data", relationship="Source"
    )

    pdf = reader((await renderer.render_pdf(inline("<p>x</p>", attachments=(attachment,)))).content)

    assert pdf.attachments == {"contract.json": [b'{"number":"C-1"}']}
    root: Any = pdf.root_object
    specification = root["/AF"][0].get_object()
    assert specification["/AFRelationship"] == "/Source"
    assert specification["/EF"]["/F"].get_object()["/Params"]["/CreationDate"] == "D:20260930000000Z"
