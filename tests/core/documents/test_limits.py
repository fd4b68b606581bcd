"""A document that asks for too much is given up, and the next one is made as if nothing had happened."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.core.documents.making import inline, page_texts
from xrm_core.documents import Renderer, RenderLimitExceeded, RenderLimits, RenderUnavailable
from xrm_core.errors import WireCode

QUICK = RenderLimits(time_s=1.0)
SMALL = RenderLimits(time_s=30, memory_bytes=200 * 1024 * 1024)


@pytest.fixture
def own_renderer() -> Iterator[Renderer]:
    """A renderer whose workers this test may wear out."""
    renderer = Renderer(workers=1)
    yield renderer
    renderer.close()


@pytest.mark.parametrize(
    "source",
    [
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
        "{{ 9 ** (9 ** 9) }}",
        "<div style='columns: 2'>{% for a in range(60000) %}<p>{{ a }}</p>{% endfor %}</div>",
    ],
)
async def test_an_endless_document_ends_in_time_and_the_next_one_works(
    own_renderer: Renderer, source: str
) -> None:
    await own_renderer.render_pdf(inline("<p>warm</p>"))
    started = time.monotonic()

    with pytest.raises(RenderLimitExceeded, match="more than 1 s") as refusal:
        await own_renderer.render_pdf(inline(source, limits=QUICK))
    took_s = time.monotonic() - started
    rendered = await own_renderer.render_pdf(inline("<p>next</p>"))

    assert took_s < 3
    assert (refusal.value.code, refusal.value.wire) == ("core.render_limit", WireCode.LIMIT_EXCEEDED)
    assert "next" in page_texts(rendered.content)[0]


@pytest.mark.parametrize(
    "source",
    [
        "{% for i in range(10**12) %}x{% endfor %}",
        "{{ 'a' * 10**9 }}",
        "{{ 'a' * 10**11 }}",
        "{{ [0] * 10**10 }}",
        "{{ '%1000000000s' % 'x' }}",
        "{{ '{:>1000000000}'.format('x') }}",
        "{% for i in range(9999) %}{% for i in range(9999) %}<p>only words</p>{% endfor %}{% endfor %}",
        "{% macro again() %}{{ again() }}{% endmacro %}{{ again() }}",
        "{% include 'inline' %}",
    ],
)
async def test_a_greedy_document_is_refused_and_the_next_one_works(renderer: Renderer, source: str) -> None:
    with pytest.raises(RenderLimitExceeded) as refusal:
        await renderer.render_pdf(inline(source, limits=SMALL))
    rendered = await renderer.render_pdf(inline("<p>next</p>"))

    assert refusal.value.code == "core.render_limit"
    assert "next" in page_texts(rendered.content)[0]


async def test_elements_nested_without_end_are_refused(renderer: Renderer) -> None:
    source = "{% for i in range(3000) %}<div>{% endfor %}x"

    with pytest.raises(RenderLimitExceeded):
        await renderer.render_pdf(inline(source))


async def test_a_file_larger_than_allowed_is_refused(renderer: Renderer) -> None:
    with pytest.raises(RenderLimitExceeded, match="1000 bytes"):
        await renderer.render_pdf(inline("<p>x</p>", limits=RenderLimits(pdf_bytes=1000)))


async def test_a_worker_that_the_system_ended_is_replaced_unnoticed(own_renderer: Renderer) -> None:
    first = await own_renderer.render_pdf(inline("<p>x</p>"))
    (worker,) = own_renderer._idle
    worker._process.kill()
    worker._process.wait()

    again = await own_renderer.render_pdf(inline("<p>x</p>"))

    assert again.sha256 == first.sha256


def test_a_worker_ends_with_its_server_and_leaves_nothing(tmp_path: Path) -> None:
    script = """
import asyncio, os
from datetime import date
from xrm_core.documents import InlineTemplate, PdfRequest, render_pdf, shared_renderer
request = PdfRequest(InlineTemplate("<p>x</p>"), {}, title="x", document_date=date(2026, 9, 30))
asyncio.run(render_pdf(request))
print(shared_renderer()._idle[0]._process.pid, flush=True)
os.kill(os.getpid(), 9)
"""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    environment["TMPDIR"] = str(tmp_path)

    done = subprocess.run([sys.executable, "-c", script], env=environment, stdout=subprocess.PIPE, text=True)
    worker = Path("/proc", done.stdout.strip(), "cmdline")
    deadline = time.monotonic() + 10
    while worker.exists() and b"xrm_core" in worker.read_bytes() and time.monotonic() < deadline:
        time.sleep(0.05)

    assert done.returncode == -signal.SIGKILL
    assert not (worker.exists() and b"xrm_core" in worker.read_bytes())
    assert list(tmp_path.iterdir()) == []


async def test_many_documents_at_once_come_back_each_to_its_asker() -> None:
    renderer = Renderer(workers=2)

    rendered = await asyncio.gather(
        *(renderer.render_pdf(inline("<p>number {{ n }}</p>", {"n": n})) for n in range(12))
    )
    renderer.close()

    assert all(f"number {n}" in page_texts(one.content)[0] for n, one in enumerate(rendered))


async def test_data_changed_after_asking_changes_nothing(renderer: Renderer) -> None:
    data = {"x": ["before"]}
    task = asyncio.create_task(renderer.render_pdf(inline("<p>{{ x[0] }}</p>", data)))
    await asyncio.sleep(0)

    data["x"][0] = "after"

    assert "before" in page_texts((await task).content)[0]


async def test_a_closed_renderer_refuses_and_leaves_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    renderer = Renderer(workers=1)
    await renderer.render_pdf(inline("<p>x</p>"))
    assert list(tmp_path.iterdir())

    renderer.close()

    assert list(tmp_path.iterdir()) == []
    with pytest.raises(RenderUnavailable):
        await renderer.render_pdf(inline("<p>x</p>"))


async def test_a_machine_without_the_libraries_says_what_to_install(
    own_renderer: Renderer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "weasyprint.py").write_text("raise OSError('cannot load library libpango')")
    monkeypatch.syspath_prepend(tmp_path)

    with pytest.raises(RenderUnavailable, match=r"libpango.*apt-get install") as refusal:
        await own_renderer.render_pdf(inline("<p>x</p>"))

    assert refusal.value.code == "core.render_unavailable"
