"""Templates and data that reach for files, for the network or for Python itself get nothing.

Each address is tried in every place where a document may name one. The same pages rendered by WeasyPrint as
it comes are shown to reach out, so these tests would notice if the guard were gone.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests.core.documents.making import holds, inline, page_texts, reader
from xrm_core.documents import (
    Attachment,
    Renderer,
    TemplateForbidden,
    TemplateInvalid,
    TemplateMissing,
    TemplateUndefined,
)
from xrm_core.errors import DomainError

SECRET = "the-secret-of-the-house"
SPACES = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
SVG = f'<svg {SPACES} width="99" height="20">'
# {svg}, {css} and {txt} become addresses of things with the secret in them.
PAGES = {
    "img": '<img src="{svg}" alt="x">',
    "img-srcset": '<img srcset="{svg} 1x" src="{svg}" alt="x">',
    "object": '<object data="{svg}" type="image/svg+xml"></object>',
    "embed": '<embed src="{svg}" type="image/svg+xml">',
    "iframe": '<iframe src="{svg}"></iframe>',
    "link-stylesheet": '<link rel="stylesheet" href="{css}"><p>x</p>',
    "link-attachment": '<link rel="attachment" href="{txt}"><p>x</p>',
    "anchor-attachment": '<a rel="attachment" href="{txt}">x</a>',
    "style-import": '<style>@import url("{css}");</style><p>x</p>',
    "style-font-face": '<style>@font-face {{ font-family: F; src: url("{txt}") }}</style><p>x</p>',
    "style-background": '<style>p {{ background: url("{svg}") }}</style><p>x</p>',
    "style-attribute": '<p style="background-image: url({svg}); height: 2cm">x</p>',
    "style-content": '<style>p::before {{ content: url("{svg}") }}</style><p>x</p>',
    "style-list": '<ul style="list-style-image: url({svg})"><li>x</li></ul>',
    "style-page": '<style>@page {{ background: url("{svg}") }}</style><p>x</p>',
    "style-margin-box": '<style>@page {{ @top-center {{ content: url("{svg}") }} }}</style><p>x</p>',
    "style-border": '<p style="border: 9px solid; border-image: url({svg}) 3">x</p>',
    "svg-image": f'{SVG}<image href="{{svg}}" width="90" height="20"/></svg>',
    "svg-image-xlink": f'{SVG}<image xlink:href="{{svg}}" width="90" height="20"/></svg>',
    "svg-use": f'{SVG}<use xlink:href="{{svg}}#t"/></svg>',
    "svg-style": f'{SVG}<style>@import url("{{css}}");</style><rect width="9" height="9"/></svg>',
    "svg-font": f'{SVG}<style>@font-face {{{{ font-family: F; src: url("{{txt}}") }}}}</style></svg>',
    "base": '<base href="{folder}"><link rel="stylesheet" href="secret.css"><p>x</p>',
}
# Places that WeasyPrint does not look at even without a guard; they stay in the list in case it begins to.
NEVER_LOADED = {"iframe", "svg-use"}


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the secret in every kind of file that a document may load."""
    folder = tmp_path_factory.mktemp("secrets")
    (folder / "secret.svg").write_text(f'{SVG}<text id="t" y="9" font-size="8">{SECRET}</text></svg>')
    (folder / "secret.css").write_text(f'body::after {{ content: "{SECRET}" }}')
    (folder / "secret.txt").write_text(SECRET)
    return folder


class Listener(ThreadingHTTPServer):
    """A server on this machine that serves the secrets and remembers what it was asked for."""

    def __init__(self, folder: Path) -> None:
        self.asked: list[str] = []
        self.folder = folder
        super().__init__(("127.0.0.1", 0), _Secrets)

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_port}/"


class _Secrets(BaseHTTPRequestHandler):
    server: Listener

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        suffix = self.path.rpartition(".")[2]
        kinds = {"svg": "image/svg+xml", "css": "text/css", "txt": "text/plain"}
        self.send_response(200)
        self.send_header("Content-Type", kinds.get(suffix, "text/plain"))
        self.end_headers()
        self.wfile.write((self.server.folder / f"secret.{suffix}").read_bytes())

    def log_message(self, *_: object) -> None:
        """Quietly."""


@pytest.fixture(scope="module")
def listener(secrets: Path) -> Iterator[Listener]:
    """The server, for as long as this module's tests run."""
    server = Listener(secrets)
    Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def pointed_at(page: str, folder: str) -> str:
    """The page with its addresses filled in."""
    addresses = {kind: f"{folder}secret.{kind}" for kind in ("svg", "css", "txt")}
    return PAGES[page].format(folder=folder, **addresses)


@pytest.mark.parametrize("page", PAGES)
async def test_no_file_comes_into_a_document(renderer: Renderer, secrets: Path, page: str) -> None:
    rendered = await renderer.render_pdf(inline(pointed_at(page, f"file://{secrets}/")))

    assert not holds(rendered.content, SECRET)
    assert not reader(rendered.content).attachments
    assert rendered.blocked or page in NEVER_LOADED or page == "svg-style"


@pytest.mark.parametrize("page", PAGES)
async def test_no_address_is_called(renderer: Renderer, listener: Listener, page: str) -> None:
    listener.asked.clear()

    rendered = await renderer.render_pdf(inline(pointed_at(page, listener.address)))

    assert listener.asked == []
    assert not holds(rendered.content, SECRET)


def test_without_our_guard_the_same_pages_reach_out(listener: Listener, tmp_path: Path) -> None:
    listener.asked.clear()
    for page in PAGES:
        (tmp_path / page).write_text(pointed_at(page, f"{listener.address}{page}/"))
    script = (
        "import pathlib, weasyprint\n"
        "for path in pathlib.Path('.').iterdir(): weasyprint.HTML(string=path.read_text()).write_pdf()"
    )

    subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, env=os.environ, capture_output=True, check=True
    )

    reached = {path.split("/")[1] for path in listener.asked}
    assert len(reached) >= 13
    assert reached <= set(PAGES) - NEVER_LOADED


@pytest.mark.parametrize(
    "address",
    [
        "/etc/hostname",
        "../../etc/hostname",
        "FILE:///etc/hostname",
        "ftp://127.0.0.1/x",
        "data:text/css,body::after{content:'the-secret-of-the-house'}",
        "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'><text>the-secret-of-the-house</text></svg>",
        "xrm-asset:core/../errors.py",
        "xrm-asset:../../../../etc/hostname",
        "xrm-asset:/etc/hostname",
        "xrm-asset:core/base.html",
        "xrm-font:../base.css",
    ],
)
async def test_only_shipped_names_are_addresses(renderer: Renderer, address: str) -> None:
    source = '<link rel="stylesheet" href="{{ a }}"><img src="{{ a }}" alt="x"><p>x</p>'

    rendered = await renderer.render_pdf(inline(source, {"a": address}))

    assert not holds(rendered.content, SECRET)
    assert b"/Image" not in rendered.content
    assert rendered.blocked or address.startswith(("/", "."))


async def test_a_profile_of_colours_from_elsewhere_is_refused(renderer: Renderer) -> None:
    source = "<style>@color-profile --x { src: url(file:///etc/hostname) }</style><p>x</p>"

    with pytest.raises(TemplateForbidden):
        await renderer.render_pdf(inline(source))


async def test_a_shipped_font_can_be_named_and_no_other(renderer: Renderer) -> None:
    source = """<style>@font-face { font-family: Mine; src: url(xrm-font:OpenSans-Bold.ttf) }
        @font-face { font-family: Theirs; src: local("DejaVu Serif"), local("Open Sans") }</style>
        <p style="font-family: Mine">x</p><p style="font-family: Theirs">y</p>"""

    rendered = await renderer.render_pdf(inline(source))

    assert holds(rendered.content, "Mine")
    assert not holds(rendered.content, "Serif")


async def test_peoples_data_reaches_no_further_than_a_template(
    renderer: Renderer, listener: Listener
) -> None:
    listener.asked.clear()
    hostile = f'</style></p><img src="{listener.address}secret.svg"><script>x</script>'
    source = (
        "<style>{{ x }}</style><p title='{{ x }}' style='color: {{ x }}'>{{ x }}</p><title>{{ x }}</title>"
    )

    rendered = await renderer.render_pdf(inline(source, {"x": hostile}, title=hostile, author=hostile))

    assert listener.asked == []
    assert "<script>x</script>" in page_texts(rendered.content)[0]
    assert reader(rendered.content).metadata.title == hostile  # type: ignore[union-attr]


async def test_only_links_a_reader_may_follow_stay(renderer: Renderer) -> None:
    source = """<a href="https://example.org/">a</a><a href="mailto:a@example.org">b</a>
        <p id="c"><a href="#c">c</a><a href="javascript:alert(1)">d</a><a href="file:///etc/passwd">e</a>
        <a href=" JavaScript:x">f</a></p>"""

    rendered = await renderer.render_pdf(inline(source))

    assert holds(rendered.content, "https://example.org/")
    assert holds(rendered.content, "mailto:a@example.org")
    assert not holds(rendered.content, "alert(1)")
    assert not holds(rendered.content, "etc/passwd")
    assert len(rendered.blocked) == 3


async def test_meta_tags_change_nothing_that_the_request_says(renderer: Renderer) -> None:
    source = """<html lang="xx"><meta name="author" content="Other">
        <meta name="dcterms.created" content="1999-01-01"><meta http-equiv="refresh" content="0; url=file:///etc/passwd">
        <meta name="generator" content="Other"><title>Other</title><p>x</p>"""

    pdf = reader((await renderer.render_pdf(inline(source, title="Ours"))).content)

    assert pdf.metadata is not None
    assert (pdf.metadata.title, pdf.metadata.author, pdf.metadata.creator) == ("Ours", None, "XRM")
    assert str(pdf.metadata.creation_date).startswith("2026-09-30")
    assert str(pdf.root_object["/Lang"]) == "fr"


async def test_forms_and_scripts_are_not_in_the_file(renderer: Renderer) -> None:
    source = "<form><input name=a value=b></form><script>app.alert(1)</script><p>x</p>"

    rendered = await renderer.render_pdf(inline(source))

    assert "/AcroForm" not in reader(rendered.content).root_object
    assert not holds(rendered.content, "app.alert")


@pytest.mark.parametrize(
    "source",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ ''.__class__.__base__.__subclasses__() }}",
        "{{ ''['__cl' ~ 'ass__'] }}",
        "{{ ''|attr('__class__') }}",
        "{{ tr.__globals__ }}",
        "{{ bar_chart.func.__globals__ }}",
        "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
        "{{ self.__init__.__globals__ }}",
        "{{ self._TemplateReference__context.environment }}",
        "{{ '{0.__class__.__init__}'.format(x) }}",
        "{{ '{a.__class__}'.format_map({'a': x}) }}",
        "{{ 'x'.format_map({'a': x.__class__}) }}",
        "{{ x.update({'a': 1}) }}",
        "{{ x['b'].append(1) }}",
        "{{ x.a.__reduce__() }}",
        "{{ x|map(attribute='__class__')|list }}",
        "{% if ''.__class__ is defined %}x{% endif %}",
    ],
)
async def test_a_template_cannot_reach_python(renderer: Renderer, source: str) -> None:
    with pytest.raises(TemplateForbidden) as refusal:
        await renderer.render_pdf(inline(source, {"x": {"a": 0, "b": []}}))

    assert refusal.value.code == "core.template_forbidden"


@pytest.mark.parametrize(
    ("source", "refusal"),
    [
        ("{% include '/etc/passwd' %}", TemplateMissing),
        ("{% include '../../../etc/passwd' %}", TemplateMissing),
        ("{% import 'core/../../errors.py' as e %}", TemplateMissing),
        ("{% extends name %}", TemplateMissing),
        ("{% set x.a = 1 %}", TemplateInvalid),
        ("{% import os %}", TemplateInvalid),
        ("{{ lipsum() }}", TemplateUndefined),
        ("{{ config }}", TemplateUndefined),
        ("{{ namespace().__init__ }}", TemplateUndefined),
        ("{{ request }}", TemplateUndefined),
    ],
)
async def test_a_template_has_no_files_and_nothing_but_its_data(
    renderer: Renderer, source: str, refusal: type[DomainError]
) -> None:
    with pytest.raises(refusal):
        await renderer.render_pdf(inline(source, {"x": {"a": 0}, "name": "/etc/passwd"}))


async def test_an_attachment_of_ours_cannot_be_replaced_by_a_templates(
    renderer: Renderer, secrets: Path
) -> None:
    source = f'<link rel="attachment" href="file://{secrets}/secret.txt" title="contract.json"><p>x</p>'

    rendered = await renderer.render_pdf(inline(source, attachments=(Attachment("contract.json", b"ours"),)))

    assert reader(rendered.content).attachments == {"contract.json": [b"ours"]}
