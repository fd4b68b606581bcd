"""What is rolled back to a savepoint is told to nobody."""

import orjson
import sqlalchemy as sa

from xrm_core.events.models import AuditEvent, OutboxRow
from xrm_core.graph.party import Party, PartyKind
from xrm_core.plugins.testing import Installation


async def test_what_is_rolled_back_to_a_savepoint_is_neither_audited_nor_announced(xrm: Installation) -> None:
    kept, changed, lost = (Party(name=name, kind=PartyKind.ORGANISATION) for name in ("Kept", "One", "Lost"))
    called: list[str] = []
    await xrm.add(changed)

    async with xrm.app.work(command="test.halves") as ctx:
        ctx.add(kept)
        ctx.afterwards.append(lambda: called.append("kept"))
        savepoint = await ctx.session.begin_nested()
        found = await ctx.get(Party, changed.id)
        found.name = "Two"
        ctx.add(lost)
        ctx.afterwards.append(lambda: called.append("lost"))
        await ctx.session.flush()
        await savepoint.rollback()

    async with xrm.app.reading() as session:
        audited = (
            await session.scalars(sa.select(AuditEvent.changes).where(AuditEvent.command == "test.halves"))
        ).all()
        newest = sa.select(OutboxRow.payload).order_by(OutboxRow.id.desc()).limit(1)
        told = orjson.dumps(await session.scalar(newest), default=str).decode()
        names = (await session.scalars(sa.select(Party.name).where(Party.name.in_(["Two", "Lost"])))).all()
    assert [(entry["id"], entry["kind"]) for (entry,) in audited] == [(str(kept.id), "created")]
    assert str(kept.id) in told and str(changed.id) not in told and str(lost.id) not in told
    assert (called, list(names)) == (["kept"], [])
