"""Jobs: what was started, how far it has come, and how it ended."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from xrm_core.declare.context import Context
from xrm_core.declare.resource import Resource
from xrm_core.declare.specs import field, link, virtual
from xrm_core.identity.models import User
from xrm_core.ids import Id


class JobStatus(StrEnum):
    """Where a job stands. DONE and FAILED are for ever."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    DONE = "DONE"
    FAILED = "FAILED"


OVER = frozenset({JobStatus.DONE.value, JobStatus.FAILED.value})


async def _progress(ctx: Context, ids: Sequence[Any]) -> dict[Any, float | None]:
    """The part that is done, 0 to 1; of a job that this process carries out to the second."""
    rows = await _columns(ctx, ids, Job.done_part)
    live = {str(one): ctx.app.jobs.live_part(str(one)) for one in ids}
    return {
        one: live[one] if live[one] is not None else None if part is None else float(part)
        for one, part in rows.items()
    }


async def _error(ctx: Context, ids: Sequence[Any]) -> dict[Any, Any]:
    return await _columns(ctx, ids, Job.problem)


async def _columns(ctx: Context, ids: Sequence[Any], column: Any) -> dict[str, Any]:
    """A column of jobs that the read path has shown already, by the id's text."""
    mine = (Job.tenant_id == ctx.tenant_id, Job.id.in_([Id.parse(str(one)) for one in ids]))
    return {str(row[0]): row[1] for row in await ctx.session.execute(sa.select(Job.id, column).where(*mine))}


class Job(Resource, crud=set(), custom=False):
    """A piece of work in the background. Whoever started it may read it, and whoever policies let read jobs."""

    __resource__ = "core.job"

    name: Mapped[str] = field(code=True, description="What is done, such as core.import.gla.")
    status: Mapped[str] = field(
        default=JobStatus.QUEUED.value, code=True, index=True, description="QUEUED, RUNNING, DONE or FAILED."
    )
    phase: Mapped[str | None] = field(default=None, code=True, description="What it is doing, in words.")
    started_by: Mapped[Id[User] | None] = link(default=None)
    started_at: Mapped[dt.datetime | None] = field(default=None)
    finished_at: Mapped[dt.datetime | None] = field(default=None)
    result: Mapped[dict | None] = field(default=None, description="What it did, in numbers.")  # type: ignore[type-arg]

    done_part: Mapped[Decimal | None] = field(default=None, internal=True)
    problem: Mapped[dict | None] = field(default=None, internal=True)  # type: ignore[type-arg]
    # What is to be done, and which process does it: host, process id, and when that process began.
    task: Mapped[dict] = field(default=dict, internal=True)  # type: ignore[type-arg]
    runner: Mapped[str | None] = field(default=None, code=True, internal=True)
    beat_at: Mapped[dt.datetime | None] = field(default=None, internal=True)

    progress = virtual(
        "Float", _progress, description="The part that is done, from 0 to 1; null before it began."
    )
    error = virtual("Problem", _error, description="Why it failed; null unless it did.")
