"""Imports as jobs: started by a mutation, done in a process of their own, followed by who may see them."""

import asyncio
import io
import os
import signal
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests.core.subscriptions.conftest import Server, no_signals, server, token_of
from xrm_core.data.csv_rows import BrokenFile
from xrm_core.data.gla import COLUMNS
from xrm_core.data.gleif import bundled_folder
from xrm_core.documents.uploads import Uploads
from xrm_core.events.models import AuditEvent
from xrm_core.graph.activity import Dealing
from xrm_core.graph.party import Party
from xrm_core.jobs.archive import unpacked
from xrm_core.jobs.models import Job
from xrm_core.jobs.runner import INTERRUPTED, Jobs
from xrm_core.jobs.runners import has_ended, runner_of
from xrm_core.plugins.testing import Installation

__all__ = ["no_signals", "server"]

START = "mutation ($input: ImportInput!) { importRows(input: $input) { id name status progress startedBy { name } } }"
READ = "query ($id: ID!) { job(id: $id) { name status progress phase result startedAt finishedAt error { code message } } }"
FOLLOW = "subscription ($id: ID!) { job(id: $id) { status progress phase result error { code message } } }"


async def started(xrm: Installation, **given: Any) -> str:
    """The id of an import that was started."""
    await xrm.user("admin")
    answer = await xrm.ask(START, {"input": given})
    return str(answer["importRows"]["id"])


async def ended(xrm: Installation, job: str) -> Any:
    """The job once it is over."""
    for _ in range(1200):
        found = (await xrm.ask(READ, {"id": job}))["job"]
        if found["finishedAt"]:
            return found
        await asyncio.sleep(0.1)
    raise AssertionError(f"it never ended: {found}")


async def count(xrm: Installation, model: Any, *where: Any) -> int:
    """How many rows there are."""
    async with xrm.app.reading() as session:
        return int(await session.scalar(sa.select(sa.func.count()).select_from(model).where(*where)) or 0)


async def test_an_import_is_answered_at_once_and_done_later(xrm: Installation) -> None:
    await xrm.user("admin")
    first = (await xrm.ask(START, {"input": {"mapping": "gleif"}}))["importRows"]

    done = await ended(xrm, first["id"])

    assert first["name"] == "core.import.gleif" and first["status"] in ("QUEUED", "RUNNING")
    assert first["startedBy"] == {"name": "Admin"}
    assert (done["status"], done["error"], done["phase"]) == ("DONE", None, None)
    assert done["result"]["dryRun"] is False and done["result"]["new_parties"] > 10
    assert (
        await count(xrm, Party, Party.source == "gleif")
        == done["result"]["new_parties"] + done["result"]["new_stubs"]
    )
    assert (
        await count(xrm, AuditEvent, AuditEvent.command == "core.import.gleif", AuditEvent.actor.is_not(None))
        == 1
    )


async def test_a_second_run_changes_nothing(xrm: Installation) -> None:
    await ended(xrm, await started(xrm, mapping="gleif"))
    before = await count(xrm, Party)

    again = await ended(xrm, await started(xrm, mapping="gleif"))

    assert again["status"] == "DONE" and again["result"]["new_parties"] == 0
    assert await count(xrm, Party) == before


async def test_a_rehearsal_tells_the_numbers_and_keeps_nothing(xrm: Installation) -> None:
    before = await count(xrm, Party)

    done = await ended(xrm, await started(xrm, mapping="gleif", dryRun=True))

    assert (
        done["status"] == "DONE" and done["result"]["dryRun"] is True and done["result"]["new_parties"] > 10
    )
    assert await count(xrm, Party) == before


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        ({"mapping": "nothing"}, {"mapping"}),
        ({"mapping": "books"}, {"upload"}),
        ({"mapping": "books", "dryRun": True}, {"upload", "dryRun"}),
        ({"mapping": "gleif", "asOf": "2012-01-01"}, {"asOf"}),
        ({"mapping": "gla", "upload": "00000000-0000-7000-8000-000000000000"}, {"upload"}),
    ],
)
async def test_what_cannot_be_imported_is_refused_before_anything_starts(
    xrm: Installation, given: dict[str, Any], fields: set[str]
) -> None:
    answer = await xrm.answer(START, {"input": given})

    assert {problem["field"] for problem in answer["errors"][0]["extensions"]["problems"]} == fields
    assert await count(xrm, Job) == 0


@pytest.mark.parametrize("role", ["sales", "legal", "credit", "governance", "auditor"])
async def test_who_has_no_right_to_import_starts_nothing(xrm: Installation, role: str) -> None:
    answer = await xrm.answer(START, {"input": {"mapping": "gleif"}}, role=role)

    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert await count(xrm, Job) == 0


async def test_a_job_is_seen_by_who_started_it_and_by_admins_and_by_nobody_else(xrm: Installation) -> None:
    job = await xrm.make(Job, name="core.import.gla", started_by=await xrm.user("sales"))
    for role, seen in (("sales", True), ("admin", True), ("legal", False), ("governance", False)):
        await xrm.user(role)
        assert ((await xrm.ask(READ, {"id": str(job.id)}, role=role))["job"] is not None) == seen


async def test_a_job_is_followed_until_it_has_ended(xrm: Installation, server: Server) -> None:
    job = await started(xrm, mapping="gleif")
    heard = []
    async with server.client(await token_of(xrm, "admin")) as client:
        await client.subscribe(FOLLOW, id=job)
        while (message := await client.hear(120))["type"] == "next":
            heard.append(message["payload"]["data"]["job"])

    parts = [one["progress"] for one in heard if one["progress"] is not None]
    assert message["type"] == "complete"
    assert heard[-1]["status"] == "DONE" and heard[-1]["result"]["new_parties"] > 10
    assert heard[0]["status"] in ("QUEUED", "RUNNING") and parts == sorted(parts) and len(parts) > 1


async def test_a_job_that_may_not_be_seen_cannot_be_followed(xrm: Installation, server: Server) -> None:
    job = await xrm.make(Job, name="core.import.gla", started_by=await xrm.user("sales"))
    async with server.client(await token_of(xrm, "legal")) as client:
        for wanted in (str(job.id), "00000000-0000-7000-8000-000000000000"):
            await client.subscribe(FOLLOW, id=wanted)
            assert (await client.hear())["payload"][0]["extensions"]["code"] == "NOT_FOUND"


async def test_a_job_that_has_ended_is_told_once_and_complete(xrm: Installation, server: Server) -> None:
    job = await xrm.make(Job, name="x", status="DONE", started_by=await xrm.user("sales"))
    async with server.client(await token_of(xrm, "sales")) as client:
        await client.subscribe(FOLLOW, id=str(job.id))

        assert (await client.hear())["payload"]["data"]["job"]["status"] == "DONE"
        assert (await client.hear())["type"] == "complete"


async def test_an_import_whose_process_is_killed_failed_and_left_nothing(xrm: Installation) -> None:
    job = await started(xrm, mapping="gla")
    pid = await running(xrm, job)
    while (xrm.app.jobs.live_part(job) or 0) < 0.4:
        await asyncio.sleep(0.05)

    os.kill(pid, signal.SIGKILL)
    found = await ended(xrm, job)

    assert found["status"] == "FAILED" and found["error"]["code"] == INTERRUPTED.code
    assert await count(xrm, Dealing) == 0 and await count(xrm, Party, Party.source == "gla") == 0


async def running(xrm: Installation, job: str) -> int:
    """The process that carries the job out, once there is one."""
    for _ in range(300):
        async with xrm.app.reading() as session:
            row = (await session.execute(sa.select(Job.status, Job.runner).where(Job.id == job))).one()
        if row.status == "RUNNING":
            return int(row.runner.split("/")[1])
        await asyncio.sleep(0.05)
    raise AssertionError("it never began")


async def test_a_server_that_stops_interrupts_its_imports_and_says_so(xrm: Installation) -> None:
    job = await started(xrm, mapping="gla")
    runner = runner_of(await running(xrm, job))

    await xrm.app.jobs.close()

    found = (await xrm.ask(READ, {"id": job}))["job"]
    assert (found["status"], found["error"]["code"]) == ("FAILED", INTERRUPTED.code)
    assert has_ended(runner)


async def test_a_job_of_a_server_that_was_killed_is_marked_when_one_starts(xrm: Installation) -> None:
    gone = f"{runner_of(os.getpid()).rsplit('/', 2)[0]}/999999999/1"
    alive = runner_of(os.getpid())
    lost = await xrm.make(Job, name="x", status="RUNNING", runner=gone)
    works = await xrm.make(Job, name="x", status="RUNNING", runner=alive)

    await Jobs(xrm.app).sweep()

    found = (await xrm.ask(READ, {"id": str(lost.id)}))["job"]
    assert (found["status"], found["error"]["code"]) == ("FAILED", INTERRUPTED.code)
    assert (await xrm.ask(READ, {"id": str(works.id)}))["job"]["status"] == "RUNNING"


async def test_jobs_wait_for_each_other(xrm: Installation) -> None:
    first, second = await started(xrm, mapping="gleif"), await started(xrm, mapping="gleif", dryRun=True)
    await running(xrm, first)

    waiting = (await xrm.ask(READ, {"id": second}))["job"]

    assert waiting["status"] == "QUEUED" and waiting["progress"] is None
    assert (await ended(xrm, first))["status"] == (await ended(xrm, second))["status"] == "DONE"


async def test_the_server_answers_while_an_import_runs(xrm: Installation) -> None:
    job = await started(xrm, mapping="gla")
    await running(xrm, job)
    slowest = 0.0
    clock = asyncio.get_running_loop().time
    while not (await xrm.ask(READ, {"id": job}))["job"]["finishedAt"]:
        before = clock()
        await xrm.ask("{ parties(first: 1) { nodes { id } } }")
        slowest = max(slowest, clock() - before)
        await asyncio.sleep(0.02)

    assert (await ended(xrm, job))["status"] == "DONE"
    assert slowest < 5


async def uploaded(xrm: Installation, content: bytes, *, role: str = "admin") -> str:
    """The id of a file that the user of that role sent."""
    await xrm.user(role)

    async def pieces() -> AsyncIterator[bytes]:
        yield content

    sent = await Uploads(xrm.app.database, xrm.app.settings).receive(xrm.actor(role), pieces(), name="file")
    return str(sent.id)


def zipped(folder: Path, *, under: str = "") -> bytes:
    """The folder as a zip."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path in folder.rglob("*"):
            if path.is_file():
                archive.write(path, f"{under}{path.relative_to(folder)}")
    return packed.getvalue()


HEADER = ",".join(COLUMNS)


async def test_an_uploaded_file_is_imported_and_rows_not_taken_are_told(xrm: Installation) -> None:
    good = '1,10001,ALBION PRINT LTD,530,Postage,55,12.50,2010-02-28,"1-feb_2010"'
    bad = '2,10001,ALBION PRINT LTD,530,Postage,55,much,2010-02-28,"1-feb_2010"'
    upload = await uploaded(xrm, "\n".join([HEADER, good, bad, ""]).encode())

    done = await ended(xrm, await started(xrm, mapping="gla", upload=upload))

    assert done["status"] == "DONE", done["error"]
    assert (done["result"]["dealings"], done["result"]["rejected"]) == (1, 1)
    assert len(done["result"]["rejects"]) == 1 and "much" in str(done["result"]["rejects"])


async def test_a_folder_is_uploaded_as_a_zip(xrm: Installation) -> None:
    upload = await uploaded(xrm, zipped(bundled_folder(), under="gleif/"))

    done = await ended(xrm, await started(xrm, mapping="gleif", upload=upload))

    assert done["status"] == "DONE" and done["result"]["new_parties"] > 10


def hostile() -> list[bytes]:
    """Archives that want more than to be read."""
    archives = [b"no zip", b"PK\x03\x04" + b"\x00" * 50]
    for name, mode in (
        ("../out.json", 0),
        ("/etc/out.json", 0),
        ("a/../../b.json", 0),
        ("link.json", 0o120777),
    ):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            entry = zipfile.ZipInfo(name)
            entry.external_attr = mode << 16
            archive.writestr(entry, "/etc/passwd")
        archives.append(packed.getvalue())
    empty = io.BytesIO()
    with zipfile.ZipFile(empty, "w"):
        pass
    return [*archives, empty.getvalue()]


@pytest.mark.parametrize("archive", hostile())
def test_an_archive_that_is_none_or_reaches_outside_is_refused(tmp_path: Path, archive: bytes) -> None:
    (tmp_path / "sent.zip").write_bytes(archive)

    with pytest.raises(BrokenFile):
        unpacked(tmp_path / "sent.zip", tmp_path / "inside")

    assert not (tmp_path / "out.json").exists() and not (tmp_path / "b.json").exists()


def test_an_archive_that_unpacks_to_more_than_it_may_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xrm_core.jobs.archive.MOST_BYTES", 1_000)
    with zipfile.ZipFile(tmp_path / "sent.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.json", b"0" * 1_000_000)

    with pytest.raises(BrokenFile, match="1000 bytes"):
        unpacked(tmp_path / "sent.zip", tmp_path / "inside")

    assert not list((tmp_path / "inside").rglob("*.json"))


async def test_what_is_broken_in_a_file_is_the_job_s_error_and_nothing_is_kept(xrm: Installation) -> None:
    upload = await uploaded(xrm, b"no spend file at all")

    done = await ended(xrm, await started(xrm, mapping="gla", upload=upload))

    assert done["status"] == "FAILED" and done["error"]["code"] == "core.import_broken_file"
    assert str(xrm.app.settings.data_dir) not in done["error"]["message"]
    assert await count(xrm, Dealing) == 0


async def test_what_another_user_sent_is_not_there(xrm: Installation) -> None:
    upload = await uploaded(xrm, b"x", role="sales")

    answer = await xrm.answer(START, {"input": {"mapping": "gla", "upload": upload}})

    assert answer["errors"][0]["extensions"]["code"] == "NOT_FOUND"
