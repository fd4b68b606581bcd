"""Commands that start jobs."""

import datetime as dt
from typing import Any, ClassVar

from xrm_core.declare.command import Context, Input, command
from xrm_core.documents.uploads import open_upload
from xrm_core.errors import Refusal
from xrm_core.ids import Id
from xrm_core.jobs.models import Job
from xrm_core.jobs.runner import this_process


class ImportRows(Input):
    """What to import: `mapping` says as what (gla, gleif, books), `upload` which file was sent to /uploads.

    Without an upload the bundled file is read, where there is one. `dryRun` does everything and keeps nothing.
    """

    __graphql__: ClassVar[str] = "ImportInput"

    mapping: str
    upload: Id[Any] | None = None
    dry_run: bool | None = None
    as_of: dt.date | None = None


@command("core.job.import")
async def import_rows(ctx: Context, given: ImportRows) -> Job:
    """Read a file into the database, in the background; the job says how far it is. Run again it changes nothing."""
    from xrm_core.jobs.imports import MAPPINGS  # the loaders use what is declared here

    kind = MAPPINGS.get(given.mapping)
    if kind is None:
        known = ", ".join(MAPPINGS)
        ctx.refuse([_wrong(f"There is no mapping {given.mapping}; there are {known}.", "mapping")])
    assert kind is not None
    refusals = []
    if kind.needs_file and given.upload is None:
        refusals.append(_wrong(f"{given.mapping} needs a file: send it to /uploads first.", "upload"))
    if given.as_of is not None and not kind.takes_day:
        refusals.append(_wrong(f"{given.mapping} has no day to stage for; leave asOf out.", "asOf"))
    if given.dry_run and not kind.can_rehearse:
        said = f"{given.mapping} is loaded in several steps that need each other; it cannot be rehearsed."
        refusals.append(_wrong(said, "dryRun"))
    ctx.refuse(refusals)
    file = None if given.upload is None else await open_upload(ctx, given.upload)
    return _queued(ctx, given, None if file is None else str(file.path))


def _wrong(message: str, field: str) -> Refusal:
    return Refusal("core.invalid", message, field)


def _queued(ctx: Context, given: ImportRows, path: str | None) -> Job:
    job = Job(
        name=f"core.import.{given.mapping}",
        started_by=ctx.actor.user_id,
        runner=this_process(),
        beat_at=ctx.now,
        task={
            "mapping": given.mapping,
            "path": path,
            "dry_run": bool(given.dry_run),
            "as_of": None if given.as_of is None else given.as_of.isoformat(),
        },
    )
    ctx.add(job)
    app, tenant_id = ctx.app, ctx.tenant_id
    ctx.afterwards.append(lambda: app.jobs.start(job.id, tenant_id))
    return job
