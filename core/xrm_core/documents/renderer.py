"""Documents made in worker processes: a few, long-lived, replaced when one dies or takes too long."""

import asyncio
import atexit
import contextlib
import hashlib
import logging
import pickle
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO

from xrm_core.documents import errors
from xrm_core.documents.isolation import FOLDER_PREFIX, worker_environment
from xrm_core.documents.plain import check_plain
from xrm_core.documents.requests import InlineTemplate, PdfRequest, RenderedPdf, RenderLimits
from xrm_core.documents.templates import template_library
from xrm_core.documents.wire import Answer, Job, JobKind, WireBroken, receive_answer, send_job
from xrm_core.errors import DomainError, Refusal

_log = logging.getLogger(__name__)
_START_TIME_S = 120.0
_MAX_WAITING = 200
# A worker is replaced after this many jobs, so that what the C libraries leak stays small.
_JOBS_PER_WORKER = 200


class RenderFault(RuntimeError):
    """A worker failed in a way nobody foresaw: a bug of ours. The log has its traceback."""


class _Worker:
    """One process and its folder, which goes with it."""

    def __init__(self) -> None:
        self.library_digest = ""
        self.jobs_left = _JOBS_PER_WORKER
        self._folder = tempfile.TemporaryDirectory(prefix=FOLDER_PREFIX)
        folder = Path(self._folder.name)
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "xrm_core.documents.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            env=worker_environment(folder),
        )
        assert self._process.stdin is not None and self._process.stdout is not None
        # No text mode was asked for, so both are streams of bytes.
        self._input: BinaryIO = self._process.stdin  # type: ignore[assignment]
        self._output: BinaryIO = self._process.stdout  # type: ignore[assignment]
        self._greet()

    def run(self, job: Job, *, time_s: float, content_limit: int) -> Answer:
        """The answer to a job.

        Raises: RenderLimitExceeded if none came in time or the process died; it is stopped then.
        """
        late = threading.Event()
        timer = threading.Timer(time_s, self._give_up, [late])
        timer.daemon = True
        timer.start()
        try:
            send_job(self._input, job)
            return receive_answer(self._output, content_limit=content_limit)
        except (OSError, WireBroken) as error:
            self.stop()
            why = f"it took more than {time_s:g} s" if late.is_set() else "the worker ended (memory?)"
            raise errors.RenderLimitExceeded(why) from error
        finally:
            timer.cancel()
            # A timer that fired between the answer and here has killed the worker: it must not be used again.
            self.is_alive = not late.is_set() and self.is_running()

    def is_running(self) -> bool:
        """Whether the process is there at all."""
        return self._process.poll() is None

    def stop(self) -> None:
        """End the process now and remove its folder. Safe to call twice."""
        self.is_alive = False
        self._process.kill()
        self._process.wait()
        for stream in (self._input, self._output):
            with contextlib.suppress(OSError):
                stream.close()
        self._folder.cleanup()

    def _give_up(self, late: threading.Event) -> None:
        late.set()
        self._process.kill()

    def _greet(self) -> None:
        self.is_alive = True
        timer = threading.Timer(_START_TIME_S, self._process.kill)
        timer.daemon = True
        timer.start()
        try:
            facts = receive_answer(self._output, content_limit=0).facts
        except (OSError, WireBroken) as error:
            facts = {"unavailable": f"the worker did not start ({error})"}
        finally:
            timer.cancel()
        if "unavailable" in facts:
            self.stop()
            raise errors.RenderUnavailable(f"Documents cannot be made here: {facts['unavailable']}")


class Renderer:
    """Makes documents in up to `workers` processes, started when first needed.

    Several threads and event loops may share it.
    """

    def __init__(self, workers: int = 2) -> None:
        self._idle: list[_Worker] = []
        self._lock = threading.Lock()
        self._waiting = 0
        self._is_closed = False
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="xrm-documents")

    async def render_pdf(self, request: PdfRequest) -> RenderedPdf:
        """The document. The request is copied before this returns to the event loop.

        Raises: DocumentDataInvalid, TemplateUndefined, TemplateInvalid, TemplateForbidden, TemplateMissing;
            RenderLimitExceeded; RenderUnavailable; RenderFault for a bug of ours.
        """
        check_plain(request.data)
        if "xrm" in request.data:
            raise errors.DocumentDataInvalid("This name is the document's own.", path="data.xrm")
        answer = await self._ask("render", request)
        return RenderedPdf(
            content=answer.content,
            sha256=hashlib.sha256(answer.content).hexdigest(),
            page_count=int(answer.facts["page_count"]),
            blocked=tuple(map(str, answer.facts["blocked"])),
            unprintable=str(answer.facts["unprintable"]),
        )

    async def template_variables(self, template: str | InlineTemplate) -> frozenset[str]:
        """The names that the template, with all it extends and includes, takes from the data.

        Names used only under a condition are among them.

        Raises: TemplateInvalid, TemplateForbidden, TemplateMissing, RenderUnavailable.
        """
        request = PdfRequest(template=template, data={}, title="", document_date=date(2000, 1, 1))
        answer = await self._ask("variables", request)
        return frozenset(map(str, answer.facts["variables"]))

    def close(self) -> None:
        """Stop all workers. Documents under way are finished first; new ones are refused."""
        self._is_closed = True
        self._threads.shutdown()
        while self._idle:
            self._idle.pop().stop()

    async def _ask(self, kind: JobKind, request: PdfRequest) -> Answer:
        if self._is_closed or self._waiting >= _MAX_WAITING:
            raise errors.RenderUnavailable("Too many documents are being made; try again in a while.")
        # Pickled here, so that the caller may change its data the moment it gets control back.
        pickled = pickle.dumps(request)
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, self._run, kind, pickled, request.limits)
        finally:
            self._waiting -= 1

    def _run(self, kind: JobKind, pickled: bytes, limits: RenderLimits) -> Answer:
        library = template_library()
        with self._worker() as worker:
            is_known = worker.library_digest == library.digest
            job = Job(
                kind,
                pickled,
                library.digest,
                None if is_known else library.templates,
                None if is_known else library.assets,
            )
            answer = worker.run(job, time_s=limits.time_s, content_limit=limits.pdf_bytes)
            worker.library_digest = library.digest
            if answer.facts.get("spent") or "fault" in answer.facts:
                worker.jobs_left = 0
        _raise_if_refused(answer.facts)
        return answer

    def _idle_worker(self) -> _Worker | None:
        while True:
            with self._lock:
                worker = self._idle.pop() if self._idle else None
            if worker is None or worker.is_running():
                return worker
            # The system may have ended it while it waited.
            worker.stop()

    @contextlib.contextmanager
    def _worker(self) -> Iterator[_Worker]:
        worker = self._idle_worker() or _Worker()
        try:
            yield worker
        finally:
            worker.jobs_left -= 1
            if worker.is_alive and worker.jobs_left > 0:
                with self._lock:
                    self._idle.append(worker)
            else:
                worker.stop()


def _raise_if_refused(facts: dict[str, Any]) -> None:
    if "fault" in facts:
        _log.error("A document worker failed: %s\n%s", facts["fault"], facts.get("traceback", ""))
        raise RenderFault(f"A document worker failed: {facts['fault']}")
    if "refused" in facts:
        raise _refusal(str(facts["refused"]), str(facts["message"]), facts.get("problems", []))


def _refusal(name: str, message: str, problems: list[dict[str, Any]]) -> DomainError:
    kind = getattr(errors, name)
    if not (isinstance(kind, type) and issubclass(kind, DomainError)):
        raise RenderFault(f"A document worker refused with {name}")
    # The classes build their message from parts that only the worker had: it is restored as it was.
    error = kind.__new__(kind)
    field = str(problems[0]["field"]) if problems and problems[0]["field"] else None
    DomainError.__init__(error, message, field=field, problems=[Refusal(**problem) for problem in problems])
    return error


_shared: list[Renderer] = []


def shared_renderer() -> Renderer:
    """The renderer of this process, made when first asked for and closed when the process ends."""
    if not _shared:
        _shared.append(Renderer())
        atexit.register(close_renderer)
    return _shared[0]


def close_renderer() -> None:
    """Stop this process's workers; the next document starts new ones."""
    while _shared:
        _shared.pop().close()


async def render_pdf(request: PdfRequest) -> RenderedPdf:
    """The document asked for, made in a worker process (see `Renderer.render_pdf` for what is raised)."""
    return await shared_renderer().render_pdf(request)


async def template_variables(template: str | InlineTemplate) -> frozenset[str]:
    """The names that a template takes from the data (see `Renderer.template_variables`)."""
    return await shared_renderer().template_variables(template)
