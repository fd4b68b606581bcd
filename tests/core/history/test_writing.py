"""No version is lost: whoever changes an edge, what it said before is kept in the same transaction."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from tests.core.history.edges import at, change, delete, edge, kept, party, working
from xrm_core.db.rewriting import VersionsNotKept
from xrm_core.db.versions import INSTANT, change_rows
from xrm_core.declare.registry import REGISTRY
from xrm_core.errors import Conflict, Invalid
from xrm_core.graph.commands import end_relationship
from xrm_core.graph.relationship import Relationship
from xrm_core.plugins.testing import Installation

TENTH = Decimal("0.1")


async def some_edge(xrm: Installation, **values: Any) -> Relationship:
    return await edge(xrm, await party(xrm, "A"), await party(xrm, "B"), at(0), share=TENTH, **values)


async def test_the_superseded_version_lies_beside_and_the_id_stays(xrm: Installation) -> None:
    made = await some_edge(xrm)

    await change(xrm, made, at(1), share=Decimal("0.2"))

    (before,) = await kept(xrm)
    after = await xrm.get(Relationship, made.id)
    assert (before.id, before.version, before.share) == (made.id, 1, TENTH)
    assert (before.recorded_at, before.known_to) == (at(0), at(1))
    assert (after.version, after.share, after.recorded_at) == (2, Decimal("0.2"), at(1))


async def test_a_change_that_changes_nothing_makes_no_version(xrm: Installation) -> None:
    made = await some_edge(xrm)

    await change(xrm, made, at(1), share=Decimal("0.10"))
    async with working(xrm, at(2)) as ctx:
        assert await change_rows(ctx, Relationship, [{"id": made.id, "share": TENTH}]) == 0

    assert await kept(xrm) == []
    assert (await xrm.get(Relationship, made.id)).recorded_at == at(0)


async def test_two_changes_in_one_unit_of_work_are_one_version(xrm: Installation) -> None:
    made = await some_edge(xrm)

    async with working(xrm, at(1)) as ctx:
        found = await ctx.get(Relationship, made.id)
        for share in ("0.2", "0.3", "0.4"):
            found.share = Decimal(share)
            await ctx.session.flush()
        await change_rows(ctx, Relationship, [{"id": made.id, "share": Decimal("0.5")}])

    assert [row.share for row in await kept(xrm)] == [TENTH]
    assert (await xrm.get(Relationship, made.id)).recorded_at == at(1)


async def test_what_is_made_and_changed_at_once_was_never_otherwise(xrm: Installation) -> None:
    first, second = await party(xrm, "A"), await party(xrm, "B")

    async with working(xrm, at(1)) as ctx:
        made = Relationship(type=(await some_type(ctx)), source=first.id, target=second.id, share=TENTH)
        ctx.add(made)
        await ctx.session.flush()
        made.share = None
        await ctx.session.flush()
        await ctx.session.delete(made)

    assert await kept(xrm) == []


async def some_type(ctx: Any) -> Any:
    return (await ctx.session.scalars(sa.select(REGISTRY["core.relationship_type"].table.c.id))).first()


async def test_a_refused_change_leaves_no_version(xrm: Installation) -> None:
    made = await some_edge(xrm)

    with pytest.raises(Invalid):
        async with working(xrm, at(1)) as ctx:
            found = await ctx.get(Relationship, made.id)
            found.share = Decimal("0.2")
            await ctx.session.flush()
            raise Invalid("On second thoughts, no.")

    assert await kept(xrm) == []
    assert (await xrm.get(Relationship, made.id)).share == TENTH


async def test_ending_an_edge_keeps_it_as_it_was(xrm: Installation) -> None:
    made = await some_edge(xrm)

    await xrm.run(end_relationship, made, on="2026-06-01", reason="over")

    (before,) = await kept(xrm)
    assert (before.id, before.valid_to) == (made.id, None)


async def test_what_is_rolled_back_to_a_savepoint_is_kept_when_it_is_done_again(xrm: Installation) -> None:
    made = await some_edge(xrm)

    async with working(xrm, at(1)) as ctx:
        found = await ctx.get(Relationship, made.id)
        savepoint = await ctx.session.begin_nested()
        found.share = Decimal("0.2")
        await ctx.session.flush()
        await savepoint.rollback()
        again = await ctx.get(Relationship, made.id, lock=True)
        again.share = Decimal("0.3")

    assert [row.share for row in await kept(xrm)] == [TENTH]


@pytest.mark.parametrize(
    "statement",
    [
        lambda t: sa.update(t).values(share=None),
        lambda t: sa.delete(t),
        lambda t: sa.update(Relationship).values(share=None),
        lambda t: sa.delete(Relationship),
        lambda t: sa.text("update core_relationship set share = null"),
        lambda t: sa.text('WITH x AS (SELECT 1) DELETE FROM "core_relationship"'),
    ],
)
async def test_no_statement_changes_historical_rows_behind_their_history(
    xrm: Installation, statement: Any
) -> None:
    made = await some_edge(xrm)
    table = REGISTRY["core.relationship"].table

    with pytest.raises(VersionsNotKept, match="core_relationship"):
        async with working(xrm, at(1)) as ctx:
            # Not even after a flush that kept versions.
            (await ctx.get(Relationship, made.id)).share = Decimal("0.2")
            await ctx.session.flush()
            await ctx.session.execute(statement(table))
    with pytest.raises(VersionsNotKept):
        async with xrm.app.database.engine.begin() as connection:
            await connection.execute(statement(table))

    assert (await xrm.get(Relationship, made.id)).share == TENTH


async def test_a_session_without_a_unit_of_work_changes_no_historical_row(xrm: Installation) -> None:
    made = await some_edge(xrm)

    with pytest.raises(VersionsNotKept):
        async with AsyncSession(xrm.app.database.engine) as session:
            found = await session.get(Relationship, (1, made.id))
            assert found is not None
            found.share = None
            await session.flush()


async def test_many_rows_are_changed_at_once_with_their_versions(xrm: Installation) -> None:
    hub = await party(xrm, "Hub")
    made = [await edge(xrm, hub, await party(xrm, f"P{n}"), at(0), share=TENTH) for n in range(3)]
    changes = [{"id": each.id, "version": 1, "share": Decimal(n) / 10} for n, each in enumerate(made)]

    async with working(xrm, at(1)) as ctx:
        changed = await change_rows(ctx, Relationship, changes)

    assert changed == 2
    assert {row.id for row in await kept(xrm)} == {made[0].id, made[2].id}
    after = await xrm.get(Relationship, made[2].id)
    assert (after.version, after.share, after.recorded_at) == (2, Decimal("0.2"), at(1))


async def test_a_row_that_changed_since_it_was_read_is_not_overwritten(xrm: Installation) -> None:
    made = await some_edge(xrm)
    await change(xrm, made, at(1), share=Decimal("0.2"))

    with pytest.raises(Conflict):
        async with working(xrm, at(2)) as ctx:
            await change_rows(ctx, Relationship, [{"id": made.id, "version": 1, "share": None}])

    assert (await xrm.get(Relationship, made.id)).share == Decimal("0.2")


async def test_a_unit_of_work_that_began_earlier_does_not_turn_time_back(xrm: Installation) -> None:
    made = await some_edge(xrm)
    await change(xrm, made, at(2), share=Decimal("0.2"))

    await change(xrm, made, at(1), share=Decimal("0.3"))

    spans = [(row.share, row.recorded_at, row.known_to) for row in await kept(xrm)]
    assert spans == [(TENTH, at(0), at(2)), (Decimal("0.2"), at(2), at(2) + INSTANT)]
    assert (await xrm.get(Relationship, made.id)).recorded_at == at(2) + INSTANT


async def test_of_two_who_change_an_edge_at_once_one_is_told_and_no_version_is_lost(
    xrm: Installation,
) -> None:
    made = await some_edge(xrm)
    read, results = asyncio.Barrier(2), []

    async def writer(share: str) -> None:
        try:
            async with xrm.app.work(command="test.change") as ctx:
                # On SQLite writers queue from their first statement: they cannot both have read.
                together = not xrm.app.database.is_sqlite
                found = await ctx.get(Relationship, made.id)
                await (read.wait() if together else asyncio.sleep(0))
                found.share = Decimal(share)
            results.append("changed")
        except Conflict:
            results.append("told")

    await asyncio.gather(writer("0.2"), writer("0.3"))

    versions = await kept(xrm)
    current = await xrm.get(Relationship, made.id)
    assert sorted(results) == (["changed", "changed"] if xrm.app.database.is_sqlite else ["changed", "told"])
    assert len(versions) == results.count("changed")
    assert current.version == len(versions) + 1
    assert current.recorded_at == versions[-1].known_to


async def test_deleting_keeps_the_last_version_too(xrm: Installation) -> None:
    made = await some_edge(xrm)
    await change(xrm, made, at(1), share=Decimal("0.2"))

    await delete(xrm, made, at(2))

    assert [(row.version, row.known_to) for row in await kept(xrm)] == [(1, at(1)), (2, at(2))]
