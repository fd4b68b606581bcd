"""The jobs of this server process: each in a process of its own, so that no request waits for one."""

import asyncio
import datetime as dt
import os
import sys
from typing import TYPE_CHECKING, Any

import orjson
import sqlalchemy as sa
import structlog
from pydantic import SecretStr

from xrm_core.db.bookkeeping import bookkeeping
from xrm_core.errors import Refusal
from xrm_core.ids import Id
from xrm_core.jobs.models import OVER, Job, JobStatus
from xrm_core.jobs.runners import has_ended, is_elsewhere, runner_of
from xrm_core.settings import Settings

if TYPE_CHECKING:
    from xrm_core.app import Application

_LOG = structlog.get_logger("xrm.jobs")
_BEAT_EVERY_S = 2.0
# A job of another machine of which nothing was heard for so long is taken for lost.
_LOST_AFTER_S = 60.0
_SWEEP_EVERY_S = 15.0
_STOP_WITHIN_S = 5.0
INTERRUPTED = Refusal(
    "core.job_interrupted",
    "The server was stopped before the job was done; nothing half done was kept. Start it again.",
)


class Jobs:
    """Starts jobs, hears how far they have come, and notes what became of them."""

    def __init__(self, app: "Application") -> None:
        self._app = app
        self._live: dict[str, float] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._slots = asyncio.Semaphore(app.settings.max_running_jobs)

    def live_part(self, job_id: str) -> float | None:
        """The part that is done of a job this process carries out; None of any other."""
        return self._live.get(job_id)

    def start(self, job_id: Any, tenant_id: int) -> None:
        """Carry out a job that is stored and queued, when there is room."""
        task = asyncio.get_running_loop().create_task(self._carry_out(str(job_id), tenant_id))
        self._tasks[str(job_id)] = task
        task.add_done_callback(lambda _done: self._tasks.pop(str(job_id), None))

    async def close(self) -> None:
        """Stop what runs; each job says that it was interrupted."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def sweep(self) -> None:
        """Jobs whose process has ended without saying so are marked as interrupted."""
        late = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=_LOST_AFTER_S)
        columns = (Job.tenant_id, Job.id, Job.runner, Job.beat_at)
        query = sa.select(*columns).where(Job.status.not_in(OVER))
        async with self._app.reading() as session:
            rows = (await session.execute(query)).all()
        for row in rows:
            if str(row.id) in self._tasks or row.runner is None:
                continue
            if has_ended(row.runner) or (is_elsewhere(row.runner) and row.beat_at < late):
                await fail(self._app, row.tenant_id, row.id, INTERRUPTED)

    async def watch(self) -> None:
        """Sweep, and let other machines know that the jobs of this process are not lost; without end."""
        while True:
            try:
                await self.sweep()
                await self._beat()
            except Exception as wrong:
                _LOG.warning("jobs not looked after", exc_info=wrong)
            await asyncio.sleep(_SWEEP_EVERY_S)

    async def _beat(self) -> None:
        mine = [Id.parse(one) for one in self._tasks]
        if mine and not self._app.database.is_sqlite:
            beat = sa.update(Job).where(Job.id.in_(mine), Job.status.not_in(OVER))
            async with bookkeeping(self._app.database) as session:
                await session.execute(beat.values(beat_at=dt.datetime.now(dt.UTC)))

    async def _carry_out(self, job_id: str, tenant_id: int) -> None:
        try:
            async with self._slots:
                await self._run(job_id, tenant_id)
        except asyncio.CancelledError:
            await asyncio.shield(self._ended_badly(job_id, tenant_id))
            raise
        except Exception as wrong:
            _LOG.error("job not carried out", job=job_id, exc_info=wrong)
            await self._ended_badly(job_id, tenant_id)
        finally:
            self._live.pop(job_id, None)

    async def _run(self, job_id: str, tenant_id: int) -> None:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "xrm_core.jobs.worker", stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
        try:
            await self._begin(job_id, tenant_id, process)
            await self._hear(job_id, tenant_id, process)
            await process.wait()
        finally:
            await _stop(process)
        if process.returncode:
            _LOG.error("job ended badly", job=job_id, returncode=process.returncode)
        await self._ended_badly(job_id, tenant_id)

    async def _begin(self, job_id: str, tenant_id: int, process: asyncio.subprocess.Process) -> None:
        moment = dt.datetime.now(dt.UTC)
        runner = runner_of(process.pid)
        given = {"status": JobStatus.RUNNING.value, "started_at": moment, "beat_at": moment, "runner": runner}
        await note(self._app, tenant_id, job_id, **given)
        assert process.stdin is not None
        order = {"settings": _plain(self._app.settings), "job": job_id, "tenant": tenant_id}
        process.stdin.write(orjson.dumps(order))
        await process.stdin.drain()
        process.stdin.close()

    async def _hear(self, job_id: str, tenant_id: int, process: asyncio.subprocess.Process) -> None:
        """What the worker says, a line each, until it says no more."""
        assert process.stdout is not None
        clock = asyncio.get_running_loop().time
        noted = clock()
        while line := await process.stdout.readline():
            try:
                said = orjson.loads(line)
                self._live[job_id] = said["part"]
            except (orjson.JSONDecodeError, TypeError, KeyError):
                # Something in the worker printed.
                continue
            # The embedded database has one writer, which is the worker.
            if clock() - noted >= _BEAT_EVERY_S and not self._app.database.is_sqlite:
                noted = clock()
                beat = dt.datetime.now(dt.UTC)
                await note(
                    self._app, tenant_id, job_id, beat_at=beat, done_part=said["part"], phase=said["phase"]
                )

    async def _ended_badly(self, job_id: str, tenant_id: int) -> None:
        """A job that has not said how it ended was interrupted."""
        try:
            await fail(self._app, tenant_id, job_id, INTERRUPTED)
        except Exception as wrong:
            _LOG.error("the end of a job could not be noted", job=job_id, exc_info=wrong)


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        await asyncio.wait_for(process.wait(), _STOP_WITHIN_S)
    except TimeoutError:
        process.kill()
        await process.wait()


def _plain(settings: Settings) -> dict[str, Any]:
    secrets = {name: value.get_secret_value() for name, value in settings if isinstance(value, SecretStr)}
    return settings.model_dump(mode="json") | secrets


async def note(app: "Application", tenant_id: int, job_id: Any, **values: Any) -> None:
    """Note how a job stands, if it is not over; no business change, so nothing is audited."""
    mine = (Job.tenant_id == tenant_id, Job.id == Id.parse(str(job_id)), Job.status.not_in(OVER))
    async with bookkeeping(app.database) as session:
        await session.execute(sa.update(Job).where(*mine).values(version=Job.version + 1, **values))


async def fail(app: "Application", tenant_id: int, job_id: Any, problem: Refusal) -> None:
    """A job that is not over has failed, and why."""
    from xrm_core.identity.actor import system_actor  # only where a job fails

    async with app.work(system_actor(tenant_id), command="core.job.fail") as ctx:
        job = await ctx.find(Job, Id.parse(str(job_id)), lock=True)
        if job is not None and job.status not in OVER:
            job.problem = as_problem(problem)
            finish(job, JobStatus.FAILED, ctx.now)


def finish(job: Job, status: JobStatus, moment: dt.datetime) -> None:
    """It is over."""
    job.status, job.finished_at, job.phase = status.value, moment, None


def as_problem(refusal: Refusal) -> dict[str, Any]:
    """A refusal as it is stored and shown."""
    return {
        "code": refusal.code,
        "message": refusal.message,
        "field": refusal.field,
        "data": dict(refusal.data) or None,
    }


def this_process() -> str:
    """The process that queues a job, until another carries it out."""
    return runner_of(os.getpid())
