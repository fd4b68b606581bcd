"""The process that carries one job out: told on standard input what to do, it says on standard output how far it is."""

import asyncio
import shutil
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import structlog

from xrm_core.app import Application
from xrm_core.db.unit_of_work import unit_of_work
from xrm_core.declare.context import Context
from xrm_core.errors import DomainError, Refusal
from xrm_core.identity.actor import SYSTEM_ROLE, Actor, Role, system_actor
from xrm_core.ids import Id
from xrm_core.jobs.imports import MAPPINGS, Import
from xrm_core.jobs.models import Job, JobStatus
from xrm_core.jobs.runner import fail, finish
from xrm_core.logs import configure
from xrm_core.settings import Settings

_LOG = structlog.get_logger("xrm.jobs")
_SAY_EVERY_S = 0.25
# Said only when everything is committed.
_ALMOST = 0.99


class Working(Application):
    """An application whose units of work are the starter's, and which may only rehearse them."""

    starter: Actor | None = None
    keeps = True

    @asynccontextmanager
    async def work(self, actor: Actor | None = None, *, command: str = "") -> AsyncIterator[Context]:
        """A unit of work; while rehearsing everything is done, and then undone."""
        someone = actor or self.starter or system_actor(time_zone=self.settings.time_zone)
        begun = unit_of_work(self.database, lambda session: self.context(someone, session), keeps=self.keeps)
        async with begun as ctx:
            ctx.command = command
            yield ctx


class Telling:
    """Progress as lines of JSON; whoever started the job may be gone, the job goes on."""

    def __init__(self, phases: int) -> None:
        self._phases, self._begun = phases, 0
        self._title, self._total, self._steps = "", 0, 0
        self._said = 0.0

    def phase(self, title: str, total: int | None = None) -> None:
        """The next phase begins."""
        self._begun += 1
        self._title, self._total, self._steps = title, total or 0, 0
        self._say()

    def advance(self, steps: int = 1) -> None:
        """So many steps of the phase are done."""
        self._steps += steps
        if time.monotonic() - self._said >= _SAY_EVERY_S:
            self._say()

    def _say(self) -> None:
        self._said = time.monotonic()
        of_phase = min(self._steps / self._total, 1.0) if self._total else 0.0
        part = round(min((self._begun - 1 + of_phase) / self._phases, _ALMOST), 4)
        with suppress(OSError, ValueError):
            sys.stdout.buffer.write(orjson.dumps({"part": part, "phase": self._title}) + b"\n")
            sys.stdout.buffer.flush()


async def carry_out(order: dict[str, Any]) -> None:
    """Do what the job says; how it ended is noted in the job."""
    app = Working(Settings(**order["settings"]))
    tenant_id, job_id = order["tenant"], Id.parse(order["job"])
    await app.start()
    try:
        async with app.work(system_actor(tenant_id)) as ctx:
            job = await ctx.get(Job, job_id)
        name, by = job.task["mapping"], job.started_by
        app.starter = Actor(tenant_id, by, "job", (Role(SYSTEM_ROLE),), time_zone=app.settings.time_zone)
        await _import(app, job, name)
    except DomainError as refused:
        app.keeps = True
        await fail(app, tenant_id, job_id, refused.problems[0])
    except Exception as wrong:
        _LOG.error("unexpected", job=str(job_id), exc_info=wrong)
        app.keeps = True
        message = "Something went wrong on our side; the job's id finds it in the log."
        await fail(app, tenant_id, job_id, Refusal("core.internal", message))
    finally:
        await app.close()


async def _import(app: Working, job: Job, name: str) -> None:
    task, kind = job.task, MAPPINGS[name]
    app.keeps = not task["dry_run"]
    scratch = app.settings.data_dir / "jobs" / str(job.id)
    scratch.mkdir(parents=True, exist_ok=True)
    try:
        as_of = date.fromisoformat(task["as_of"]) if task["as_of"] else None
        given = Import(Path(task["path"]) if task["path"] else None, as_of, scratch)
        result = await kind.run(app, given, Telling(kind.phases))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    app.keeps = True
    async with app.work(command="core.job.finish") as ctx:
        stored = await ctx.get(Job, job.id, lock=True)
        stored.result = {"dryRun": task["dry_run"], **result}
        # A server may have given it up for lost; it was not.
        stored.problem = None
        finish(stored, JobStatus.DONE, ctx.now)


def main() -> None:
    """Carry out the job that standard input names."""
    configure("warning")
    asyncio.run(carry_out(orjson.loads(sys.stdin.buffer.read())))


if __name__ == "__main__":
    main()
