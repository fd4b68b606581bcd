"""What is kept of moves: contiguous intervals in a chain that shows whoever rewrites them."""

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa

from tests.workflows.installation import moved, relationship, seen
from xrm_core.data.load.lives import ImportedLife
from xrm_core.errors import Conflict
from xrm_core.events.models import AuditEvent
from xrm_core.graph.relationship import Relationship
from xrm_core.plugins.testing import Installation
from xrm_workflows.history import interval_problems, verify_chain
from xrm_workflows.importing import write_lives
from xrm_workflows.models import StageInterval
from xrm_workflows.records import chain, interval_of

YEAR_END = dt.datetime(2025, 12, 31, tzinfo=dt.UTC)


async def rows(xrm: Installation, edge: Relationship) -> list[StageInterval]:
    """The stored intervals of a relationship, oldest first."""
    query = (
        sa.select(StageInterval)
        .where(StageInterval.relationship == edge.id)
        .order_by(StageInterval.entered_at)
    )
    async with xrm.app.reading() as session:
        return list((await session.scalars(query)).all())


async def lived(xrm: Installation) -> Relationship:
    """A customer that replied, was disqualified and came back by itself in a new episode."""
    edge = await relationship(xrm)
    await moved(
        xrm, edge, "reply", reason="Called back", data={"comment": "Liked the offer", "lockedUntil": None}
    )
    await moved(xrm, edge, "disqualify", reason="NO_NEED")
    return edge


def life(edge: Relationship, state: str, at: dt.datetime, **values: Any) -> ImportedLife:
    """What an import says of a supplier."""
    given = {"kind": "SUPPLIER", "reason": None, "evidence": {"days": 12, "medianGap": 30.5}}
    return ImportedLife(relationship_id=edge.id, state=state, at=at, **{**given, **values})


async def test_a_life_is_contiguous_and_its_chain_holds(xrm: Installation) -> None:
    edge = await lived(xrm)

    kept = await rows(xrm, edge)

    assert [row.state for row in kept] == [
        "CONTACT/PERCEPTUAL",
        "CONTACT/INTERACTIONAL",
        "DISSOLUTION/CLOSED",
    ]
    assert interval_problems([interval_of(row) for row in kept]) == []
    assert verify_chain(chain(kept)) == []


@pytest.mark.parametrize("column", ["comment", "reason", "state", "episode", "evidence"])
async def test_a_rewritten_interval_breaks_its_chain(xrm: Installation, column: str) -> None:
    kept = await rows(xrm, await lived(xrm))

    rewritten = {
        "comment": "Hated the offer",
        "reason": "PRICE",
        "state": "X",
        "episode": 7,
        "evidence": {"a": 1},
    }
    setattr(kept[1], column, rewritten[column])

    assert [problem.data["row"] for problem in verify_chain(chain(kept))] == [1]


async def test_two_open_intervals_cannot_be_stored(xrm: Installation) -> None:
    edge = await relationship(xrm)
    (kept,) = await rows(xrm, edge)
    names = ("stage", "state", "entered_at", "trigger", "mode", "previous_digest", "value_digest", "digest")

    with pytest.raises(Conflict):
        await xrm.make(StageInterval, relationship=edge.id, **{name: getattr(kept, name) for name in names})


async def test_neither_api_nor_audit_tells_the_salt(xrm: Installation) -> None:
    edge = await lived(xrm)

    fields = xrm.app.snapshot.schema.type_map["StageInterval"].fields  # type: ignore[attr-defined]
    async with xrm.app.reading() as session:
        audits = list((await session.scalars(sa.select(AuditEvent.changes))).all())

    assert not {"salt", "digest", "valueDigest", "previousDigest"} & set(fields)
    written = {value["field"] for changes in audits for change in changes for value in change["values"]}
    assert "comment" in written
    assert not {"salt", "digest", "value_digest", "previous_digest"} & written
    assert (await rows(xrm, edge))[0].salt


async def test_a_move_tells_the_outbox(xrm: Installation) -> None:
    edge = await relationship(xrm)

    result = await moved(xrm, edge, "reply", reason="Called back")

    async with xrm.app.reading() as session:
        found = await session.execute(
            sa.text("SELECT payload FROM core_outbox WHERE event = 'workflows.customer.moved'")
        )
    text = str(found.scalar_one())
    assert result["to"] in text
    assert str(edge.id) in text


async def test_an_imported_life_is_one_interval_of_the_past(xrm: Installation) -> None:
    edge = await relationship(
        xrm, "SUPPLIER", stage="INTIMACY", substage="COMMITMENT", status="PREFERRED", episode=1
    )

    async with xrm.app.work(command="test.import") as ctx:
        await write_lives(ctx, [life(edge, "PREFERRED", YEAR_END)])

    (step,) = (await seen(xrm, edge))["history"]
    assert (step["stage"], step["substage"], step["status"]) == ("INTIMACY", "COMMITMENT", "PREFERRED")
    assert (step["trigger"], step["mode"], step["enteredAt"]) == (
        "R-A-07",
        "import",
        "2025-12-31T00:00:00.000000Z",
    )
    assert step["evidence"] == {"origin": "migration", "days": 12, "medianGap": 30.5}
    assert verify_chain(chain(await rows(xrm, edge))) == []


async def test_an_import_may_be_repeated(xrm: Installation) -> None:
    edge = await relationship(
        xrm, "SUPPLIER", stage="INTIMACY", substage="COMMITMENT", status="PREFERRED", episode=1
    )

    for _ in range(2):
        async with xrm.app.work(command="test.import") as ctx:
            await write_lives(ctx, [life(edge, "PREFERRED", YEAR_END)])

    assert len(await rows(xrm, edge)) == 1


async def test_a_grown_file_ends_the_interval_it_follows(xrm: Installation) -> None:
    edge = await relationship(
        xrm, "SUPPLIER", stage="DISSOLUTION", substage="CLOSED", status="OFFBOARDED", episode=1
    )

    for days, state in enumerate(("OFFBOARDED", "ACTIVE", "PREFERRED")):
        async with xrm.app.work(command="test.import") as ctx:
            await write_lives(ctx, [life(edge, state, YEAR_END + dt.timedelta(days=days))])

    kept = await rows(xrm, edge)
    assert [(row.state, row.episode) for row in kept] == [("OFFBOARDED", 1), ("ACTIVE", 2), ("PREFERRED", 2)]
    assert interval_problems([interval_of(row) for row in kept]) == []
    assert verify_chain(chain(kept)) == []
    assert (kept[0].reason, kept[1].reason) == ("NOT_STATED", None)


async def test_a_supplier_that_was_imported_goes_on_by_hand(xrm: Installation) -> None:
    edge = await relationship(
        xrm, "SUPPLIER", stage="INTIMACY", substage="COMMITMENT", status="PREFERRED", episode=1
    )
    async with xrm.app.work(command="test.import") as ctx:
        await write_lives(ctx, [life(edge, "PREFERRED", YEAR_END)])

    await moved(xrm, edge, "block", reason="Fraud suspected")
    await moved(xrm, edge, "unblock", reason="Cleared")

    kept = await rows(xrm, edge)
    assert [row.state for row in kept] == ["PREFERRED", "BLOCKED", "ON_WATCH"]
    assert verify_chain(chain(kept)) == []
    (recover,) = [one for one in (await seen(xrm, edge))["availableTransitions"] if one["event"] == "recover"]
    assert recover["target"] == "PREFERRED"
