"""What keeps search well: two writers at once, a server that lacks the extension, the command, the doctor."""

import asyncio
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.command_line import xrm_process
from tests.core.search.asking import SEARCH
from tests.postgres import create_database, drop_database, with_database
from xrm_core.app import Application
from xrm_core.doctor import examine
from xrm_core.errors import Unavailable
from xrm_core.graph.party import Party
from xrm_core.plugins.testing import Installation
from xrm_core.query.search.keeping import rebuild_all
from xrm_core.query.search.tables import WORDS
from xrm_core.settings import Settings
from xrm_core.setup import migrate_all


async def words(xrm: Installation) -> set[str]:
    """Every word there is."""
    async with xrm.app.reading() as session:
        return set(await session.scalars(sa.select(WORDS.c.word)))


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
async def test_a_word_stays_while_somebody_else_is_writing_it(xrm: Installation) -> None:
    old = await xrm.make(Party, name="Zephyr")
    written, gone = asyncio.Event(), asyncio.Event()

    async def write() -> None:
        async with xrm.app.work() as ctx:
            ctx.add(Party(name="Zephyr Two"))
            await ctx.session.flush()
            from xrm_core.query.search.index import follow  # the unit of work calls it as it ends

            await follow(await ctx.session.connection(), ctx.touched)
            written.set()
            await gone.wait()

    async def remove() -> None:
        await written.wait()
        await xrm.ask("mutation ($id: ID!) { deleteParty(id: $id) }", {"id": str(old.id)})
        gone.set()

    await asyncio.wait_for(asyncio.gather(write(), remove()), timeout=60)

    assert "zephyr" in await words(xrm)
    found = await xrm.ask(SEARCH, {"text": "zephry"})
    assert [hit["title"] for hit in found["search"]] == ["Zephyr Two"]


async def test_many_writers_of_the_same_words_do_not_wait_for_each_other_for_ever(xrm: Installation) -> None:
    async def write(number: int) -> None:
        names = ("Zephyr Mistral", "Mistral Zephyr", "Sirocco Zephyr")
        party = await xrm.make(Party, name=names[number % 3])
        if number % 2:
            await xrm.ask("mutation ($id: ID!) { deleteParty(id: $id) }", {"id": str(party.id)})

    await asyncio.wait_for(asyncio.gather(*(write(number) for number in range(12))), timeout=120)

    assert {"zephyr", "mistral", "sirocco"} <= await words(xrm)
    result = await rebuild_all(xrm.app.database, xrm.app.host.enabled)
    assert (result.added, result.changed, result.removed) == (0, 0, 0)


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
async def test_a_database_where_the_extension_may_not_be_made_is_told_what_to_do(
    xrm: Installation, postgres_url: str, tmp_path: Path
) -> None:
    name, role = "search_weak", "search_weak_role"
    create_database(postgres_url, name)
    await administer(postgres_url, f"CREATE ROLE {role} LOGIN")
    await administer(with_database(postgres_url, name), f"ALTER SCHEMA public OWNER TO {role}")
    url = with_database(postgres_url, name).replace("//xrm@", f"//{role}@")
    app = Application(Settings(database_url=url, data_dir=tmp_path))
    app.host.load()
    try:
        with pytest.raises(Unavailable, match="CREATE EXTENSION pg_trgm"):
            await migrate_all(app)

        await administer(with_database(postgres_url, name), "CREATE EXTENSION pg_trgm")
        await migrate_all(app)
    finally:
        await app.close()
        drop_database(postgres_url, name)
        await administer(postgres_url, f"DROP ROLE {role}")


async def administer(url: str, statement: str) -> None:
    """Run a statement as the server's owner."""
    import asyncpg  # no other test here needs the driver itself

    connection = await asyncpg.connect(url)
    await connection.execute(statement)
    await connection.close()


async def test_the_doctor_sees_a_missing_index_and_rebuilding_makes_it(xrm: Installation) -> None:
    assert all(finding.is_sound for finding in await examine(xrm.app))
    await xrm.make(Party, name="Zephyr")
    index = "TABLE fts_core_search" if xrm.app.database.is_sqlite else "INDEX fts_core_search_lexemes"
    async with xrm.app.database.engine.begin() as connection:
        await connection.execute(sa.text(f"DROP {index}"))

    unsound = [finding.text for finding in await examine(xrm.app) if not finding.is_sound]
    assert len(unsound) == 1 and "xrm search rebuild" in unsound[0]

    await rebuild_all(xrm.app.database, xrm.app.host.enabled)

    assert all(finding.is_sound for finding in await examine(xrm.app))
    assert [hit["title"] for hit in (await xrm.ask(SEARCH, {"text": "zephry"}))["search"]] == ["Zephyr"]


async def test_the_command_says_what_it_put_right(xrm: Installation, xrm_settings: Settings) -> None:
    await xrm.make(Party, name="Zephyr")
    async with xrm.app.database.engine.begin() as connection:
        await connection.execute(sa.text("UPDATE core_party SET name = 'Mistral' WHERE name = 'Zephyr'"))
    await xrm.close()

    done = await asyncio.to_thread(
        xrm_process,
        "search",
        "rebuild",
        folder=xrm_settings.data_dir,
        environment={
            "XRM_DATABASE_URL": xrm_settings.database_url,
            "XRM_DATA_DIR": str(xrm_settings.data_dir),
        },
    )

    assert done.returncode == 0, done.stderr
    assert "0 added, 1 changed, 0 removed" in done.stdout
