"""The index follows every writer in the writer's own transaction; made anew it is what it was."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests.core.search.asking import SEARCH
from xrm_core.data.generate import generate
from xrm_core.data.gleif import bundled_folder
from xrm_core.data.load.books_load import load_books
from xrm_core.data.load.gleif_load import load_gleif
from xrm_core.data.load.units import books_unit
from xrm_core.declare.registry import REGISTRY
from xrm_core.errors import DomainError
from xrm_core.graph.activity import Interaction, Task
from xrm_core.graph.party import ContactPoint, Identifier, Party
from xrm_core.plugins.testing import Installation
from xrm_core.query.search.keeping import rebuild_all, take_in_new
from xrm_core.query.search.rebuild import Rebuilt
from xrm_core.query.search.tables import ENTRIES, KINDS, WORDS

PARTIES = REGISTRY.of(Party).table


async def titles(xrm: Installation, text: str, role: str = "admin") -> list[str]:
    """What is found, the best first."""
    return [hit["title"] for hit in (await xrm.ask(SEARCH, {"text": text}, role=role))["search"]]


async def stored(xrm: Installation) -> dict[str, list[Any]]:
    """All of the index's tables."""
    async with xrm.app.reading() as session:
        return {
            table.name: [
                tuple(row) for row in await session.execute(sa.select(table).order_by(*table.primary_key))
            ]
            for table in (ENTRIES, WORDS, KINDS)
        }


async def rebuilt(xrm: Installation) -> Rebuilt:
    """What `xrm search rebuild` says it did."""
    return await rebuild_all(xrm.app.database, {*xrm.app.host.known, *xrm.app.host.enabled})


async def is_right(xrm: Installation) -> bool:
    """Whether making the index anew changes nothing."""
    before = await stored(xrm)
    result = await rebuilt(xrm)
    changed = result.added, result.changed, result.removed
    return changed == (0, 0, 0) and await stored(xrm) == before and bool(before["core_search_entry"])


async def test_what_is_created_is_found_what_is_renamed_is_found_by_its_new_name(xrm: Installation) -> None:
    created = await xrm.ask('mutation { createParty(input: {name: "Zephyr Ltd"}) { id } }')
    assert await titles(xrm, "zephyr") == ["Zephyr Ltd"]

    await xrm.ask(
        'mutation ($id: ID!) { updateParty(input: {id: $id, name: "Mistral"}) { id } }',
        {"id": created["createParty"]["id"]},
    )

    assert await titles(xrm, "zephyr") == [] and await titles(xrm, "mistrla") == ["Mistral"]
    assert await is_right(xrm)


async def test_what_is_deleted_is_not_found_nor_what_went_with_it(xrm: Installation) -> None:
    party = await xrm.make(Party, name="Zephyr")
    await xrm.make(Identifier, party=party.id, scheme="DUNS", value="150483782")
    await xrm.make(ContactPoint, party=party.id, channel="EMAIL", value="info@zephyr.example")
    assert await titles(xrm, "150483782") == ["Zephyr"]

    await xrm.ask("mutation ($id: ID!) { deleteParty(id: $id) }", {"id": str(party.id)})

    assert await titles(xrm, "150483782") == await titles(xrm, "zephyr") == []
    assert await is_right(xrm)


async def test_a_refused_change_leaves_the_index_as_it_was(xrm: Installation) -> None:
    party = await xrm.make(Party, name="Zephyr")
    before = await stored(xrm)

    with pytest.raises(DomainError):
        async with xrm.app.work() as ctx:
            (await ctx.get(Party, party.id)).name = "Mistral"
            await ctx.session.flush()
            await ctx.get(Party, xrm.unit and "0192f0c1-2345-7000-8000-000000000000")

    assert await stored(xrm) == before and await titles(xrm, "mistral") == []


async def test_statements_on_whole_tables_are_followed(xrm: Installation) -> None:
    first, second = await xrm.make(Party, name="Zephyr"), await xrm.make(Party, name="Mistral")
    for party in (first, second):
        await xrm.make(Task, subject=f"Call {party.name}", party=party.id)

    async with xrm.app.work() as ctx:
        await ctx.session.execute(
            sa.insert(Interaction),
            [{"tenant_id": 1, "id": first.id, "party": first.id, "channel": "EMAIL", "subject": "Sirocco"}],
        )
        await ctx.session.execute(sa.update(Party).where(Party.id == first.id).values(name="Tramontane"))
        await ctx.session.execute(sa.delete(Task).where(Task.party == second.id))

    assert await titles(xrm, "sirocco") == ["Sirocco"]
    assert await titles(xrm, "tramontane") == ["Tramontane"] and await titles(xrm, "call mistral") == []
    assert await is_right(xrm)


async def test_a_value_that_goes_takes_its_words_along_and_leaves_those_of_others(xrm: Installation) -> None:
    await xrm.make(Party, name="Zephyr Holding")
    other = await xrm.make(Party, name="Mistral Holding")

    await xrm.ask("mutation ($id: ID!) { deleteParty(id: $id) }", {"id": str(other.id)})

    words = {row[1] for row in (await stored(xrm))["core_search_word"]}
    assert {"zephyr", "holding"} <= words and "mistral" not in words


async def test_imports_are_followed(xrm: Installation, tmp_path: Path) -> None:
    folder = tmp_path / "gleif"
    shutil.copytree(bundled_folder(), folder)

    await load_gleif(xrm.app, folder)

    assert (await titles(xrm, "shell plc"))[0] == "SHELL PLC"
    assert (await titles(xrm, "21380068P1DRHMJ8KU70"))[0] == "SHELL PLC"
    assert await is_right(xrm)


@pytest.mark.plugins("legal", "credit", "sales", "governance")
async def test_made_up_books_are_followed_in_every_plugin(xrm: Installation) -> None:
    unit = await books_unit(xrm.app)
    books = generate(1, 6)

    outcome = await load_books(xrm.app, books, unit)

    assert not any(outcome.plugins.values())
    customer = books.customers[0]
    for text in (customer.name, customer.siren, customer.vat_number, customer.email, customer.phone):
        assert (await titles(xrm, text))[0] == customer.name
    assert (await titles(xrm, books.invoices[0].invoice_no))[0] == books.invoices[0].invoice_no
    assert await is_right(xrm)


async def test_rows_that_others_wrote_are_found_once_the_index_is_made_anew(xrm: Installation) -> None:
    await xrm.make(Party, name="Zephyr")
    async with xrm.app.database.engine.begin() as connection:
        await connection.execute(sa.text("UPDATE core_party SET name = 'Mistral', name_key = 'mistral'"))
        await connection.execute(sa.text("DELETE FROM core_search_word"))

    result = await rebuilt(xrm)

    assert result.changed == 2 and await titles(xrm, "zephyr") == []
    assert await titles(xrm, "mistrla") == ["Mistral", "Mistral"] and await is_right(xrm)


async def test_entries_without_a_row_go_when_the_index_is_made_anew(xrm: Installation) -> None:
    party = await xrm.make(Party, name="Zephyr")
    async with xrm.app.database.engine.begin() as connection:
        await connection.execute(sa.delete(PARTIES).where(PARTIES.c.id == party.id))

    assert await titles(xrm, "zephyr") == []
    assert (await rebuilt(xrm)).removed == 1 and await is_right(xrm)


async def test_what_a_newer_declaration_puts_in_search_is_taken_in_by_migrating(xrm: Installation) -> None:
    await xrm.make(Party, name="Zephyr")
    before = await stored(xrm)
    async with xrm.app.database.engine.begin() as connection:
        # As an installation looks whose rows are older than search.
        if xrm.app.database.is_sqlite:
            await connection.execute(
                sa.text("INSERT INTO fts_core_search(fts_core_search) VALUES ('delete-all')")
            )
        for table in (ENTRIES, WORDS, KINDS):
            await connection.execute(sa.delete(table))
    assert await titles(xrm, "zephyr") == []

    await take_in_new(xrm.app.database, xrm.app.host.enabled)

    assert await titles(xrm, "zephyr") == ["Zephyr"] and await stored(xrm) == before


async def test_another_tenant_keeps_its_words(xrm: Installation) -> None:
    other = Party(tenant_id=2, name="Zephyr")
    async with xrm.app.database.engine.begin() as connection:
        values = {"tenant_id": 2, "id": other.id, "name": "Zephyr", "source": "manual"}
        await connection.execute(sa.insert(PARTIES), [values])
    await rebuilt(xrm)
    ours = await xrm.make(Party, name="Zephyr")

    await xrm.ask("mutation ($id: ID!) { deleteParty(id: $id) }", {"id": str(ours.id)})

    words = {row[:2] for row in (await stored(xrm))["core_search_word"]}
    assert (2, "zephyr") in words and (1, "zephyr") not in words and await is_right(xrm)
