"""The process that makes documents: it reads jobs and answers them until its input ends.

Started by `xrm_core.documents.renderer` as `python -m xrm_core.documents.worker`, one job at a time.
"""

import os
import pickle
import shutil
import sys
import traceback
from dataclasses import asdict
from pathlib import Path
from typing import Any

from xrm_core.documents.errors import RenderLimitExceeded
from xrm_core.documents.isolation import FOLDER_PREFIX, Watch, limit_resources
from xrm_core.documents.requests import PdfRequest
from xrm_core.documents.wire import Answer, Job, JobKind, receive_job, send_answer
from xrm_core.errors import DomainError

_LIBRARIES = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"


class Library:
    """The templates and assets of the last job, kept so that they are not sent again."""

    def __init__(self) -> None:
        self.digest = ""
        self.templates: dict[str, str] = {}
        self.assets: dict[str, bytes] = {}

    def take(self, job: Job) -> None:
        """Use what the job brings, if it brings anything."""
        if job.templates is not None and job.assets is not None:
            self.digest, self.templates, self.assets = job.library_digest, job.templates, job.assets
        assert self.digest == job.library_digest


def main() -> None:
    """Answer jobs until the server closes the pipe."""
    # Whatever a library prints must not end up between two answers.
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    os.nice(5)
    try:
        _load()
    except (ImportError, OSError) as error:
        send_answer(output, Answer({"unavailable": f"{error} (Debian: apt-get install {_LIBRARIES})"}))
        return
    watch = Watch(Path.cwd())
    library = Library()
    send_answer(output, Answer({"ready": True}))
    while job := receive_job(sys.stdin.buffer):
        library.take(job)
        send_answer(output, answer_job(job, library, watch))
    _remove_folder(Path.cwd())


def answer_job(job: Job, library: Library, watch: Watch) -> Answer:
    """The result of one job; what went wrong is part of the answer, never an exception."""
    request: PdfRequest = pickle.loads(job.request)
    limits = request.limits
    try:
        limit_resources(memory_bytes=limits.memory_bytes, time_s=limits.time_s)
        with watch.on():
            return _work(job.kind, request, library)
    except DomainError as error:
        return _refused(error)
    except MemoryError:
        answer = _refused(RenderLimitExceeded("it needs too much memory"))
        return Answer(answer.facts | {"spent": True})
    except Exception as error:
        return Answer({"fault": f"{type(error).__name__}: {error}", "traceback": traceback.format_exc()})


def _refused(error: DomainError) -> Answer:
    problems = [asdict(problem) for problem in error.problems]
    return Answer({"refused": type(error).__name__, "message": error.message, "problems": problems})


def _work(kind: JobKind, request: PdfRequest, library: Library) -> Answer:
    from xrm_core.documents.pdf import make_pdf  # loaded by _load: WeasyPrint lives in workers only
    from xrm_core.documents.sandbox import fill_template, template_variable_names  # likewise jinja2

    if kind == "variables":
        return Answer({"variables": template_variable_names(request, library.templates)})
    made = make_pdf(fill_template(request, library.templates), request, library.assets)
    facts: dict[str, Any] = {
        "page_count": made.page_count,
        "blocked": made.blocked,
        "unprintable": made.unprintable,
    }
    return Answer(facts, made.content)


def _remove_folder(folder: Path) -> None:
    # A server that ends well has done it; one that was killed could not. Never any other folder.
    if folder.name.startswith(FOLDER_PREFIX):
        shutil.rmtree(folder, ignore_errors=True)


def _load() -> None:
    import mimetypes  # reads the machine's list once, before the watch is on

    import xrm_core.documents.pdf  # heavy, and not there when a system library is missing
    import xrm_core.documents.sandbox  # noqa: F401  # heavy

    mimetypes.init(files=())


if __name__ == "__main__":
    main()
