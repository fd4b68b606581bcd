"""Made-up books in the database: their totals are the database's, and they come in once."""

import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.stored import contents, rows, value
from xrm_core.data.generate import generate, read_books, write_books
from xrm_core.data.load.books_load import OtherBooks, load_books
from xrm_core.data.load.units import books_unit
from xrm_core.plugins.host import PluginHost
from xrm_core.plugins.manifest import Plugin
from xrm_core.plugins.testing import Installation
from xrm_core.settings import Settings

BOOKS = generate(seed=3, size=25)
PART = '''
"""A plugin that adds a task for each customer, or fails half-way."""

from xrm_core.graph.activity import Task
from xrm_core.plugins import hookimpl


@hookimpl
async def demo(ctx, books, customers):
    for number, (party, relationship) in customers.items():
        ctx.add(Task(subject=number, party=party, relationship=relationship, unit=ctx.unit))
    await ctx.session.flush()
    if {fails}:
        raise RuntimeError("no room")
'''


def amounts(settings: Settings, column: str, query: str) -> dict[str, Decimal]:
    scale = 1 if settings.database_url else 1_000_000
    return {key: Decimal(amount) / scale for key, amount in rows(settings, query.format(column))}


async def test_the_database_s_sums_are_those_of_the_books(xrm: Installation) -> None:
    await load_books(xrm.app, BOOKS, await books_unit(xrm.app))

    query = "SELECT kind, sum({}) FROM core_dealing WHERE amount_currency = 'EUR' GROUP BY kind"
    assert amounts(xrm.app.settings, "amount", query) == {
        "ORDER": sum(order.net_amount for order in BOOKS.orders if order.status != "CANCELLED"),
        "INVOICE": sum(invoice.net_amount for invoice in BOOKS.invoices),
        "PAYMENT": sum(payment.amount for payment in BOOKS.payments),
    }
    counts = dict(rows(xrm.app.settings, "SELECT kind, count(*) FROM core_dealing GROUP BY kind"))
    assert counts["INVOICE"] == BOOKS.totals["counts"]["invoices"]
    assert counts["PAYMENT"] == BOOKS.totals["counts"]["payments"]
    interactions = value(xrm.app.settings, "SELECT count(*) FROM core_interaction")
    assert interactions == BOOKS.totals["counts"]["interactions"]


async def test_last_year_s_revenue_of_each_customer_is_that_of_the_totals(xrm: Installation) -> None:
    await load_books(xrm.app, BOOKS, await books_unit(xrm.app))

    query = (
        "SELECT p.name, sum(d.{}) FROM core_dealing d JOIN core_party p ON p.id = d.party_id "
        "WHERE d.kind = 'INVOICE' AND d.occurred_on >= '2025-10-01' GROUP BY p.name"
    )
    names = {customer.customer_no: customer.name for customer in BOOKS.customers}
    expected = BOOKS.totals["revenue"]["by_customer_net"]
    assert amounts(xrm.app.settings, "amount", query) == {
        names[number]: Decimal(amount) for number, amount in expected.items()
    }


async def test_every_customer_has_its_numbers_and_a_staged_relationship(xrm: Installation) -> None:
    unit = await books_unit(xrm.app)

    await load_books(xrm.app, BOOKS, unit)

    settings = xrm.app.settings
    numbers = {row[0] for row in rows(settings, "SELECT value FROM core_identifier WHERE is_checked")}
    assert {customer.siren for customer in BOOKS.customers} <= numbers
    edges = rows(settings, "SELECT unit_id, source_id, stage, status, fed_through FROM core_relationship")
    assert len(edges) == 25
    assert {(str(row[0]), str(row[1]), row[3], str(row[4])) for row in edges} == {
        (str(unit), str(unit), None, "2026-09-30")
    }
    assert {row[2] for row in edges} >= {"INTIMACY", "DISSOLUTION"} and None not in {row[2] for row in edges}
    emails = "SELECT count(*) FROM core_contact_point WHERE channel = 'EMAIL' AND is_primary"
    assert value(settings, emails) == 25


async def test_a_customer_without_an_order_is_a_contact(xrm: Installation) -> None:
    await load_books(xrm.app, BOOKS, await books_unit(xrm.app))

    buyers = {order.customer_no for order in BOOKS.orders if order.status != "CANCELLED"}
    expected = sorted(customer.name for customer in BOOKS.customers if customer.customer_no not in buyers)
    query = (
        "SELECT p.name FROM core_relationship r JOIN core_party p ON p.id = r.target_id "
        "WHERE r.stage = 'CONTACT' ORDER BY p.name"
    )
    assert sorted(name for (name,) in rows(xrm.app.settings, query)) == expected != []


async def test_everything_made_up_is_marked_as_generated(xrm: Installation) -> None:
    await load_books(xrm.app, BOOKS, await books_unit(xrm.app))

    parties = "SELECT count(*) FROM core_party WHERE source = 'generated'"
    assert value(xrm.app.settings, parties) == 26  # and our made-up unit
    assert rows(xrm.app.settings, "SELECT DISTINCT source FROM core_dealing") == [("generated",)]


async def test_books_come_in_once_from_memory_or_from_their_files(xrm: Installation, tmp_path: Path) -> None:
    unit = await books_unit(xrm.app)
    await load_books(xrm.app, BOOKS, unit)
    before = contents(xrm.app.settings)
    write_books(BOOKS, tmp_path)

    outcome = await load_books(xrm.app, read_books(tmp_path), unit)

    assert outcome.written == {}
    assert contents(xrm.app.settings) == before


async def test_a_unit_holds_one_set_of_books_so_that_its_totals_stay_right(xrm: Installation) -> None:
    unit = await books_unit(xrm.app)
    await load_books(xrm.app, BOOKS, unit)
    before = contents(xrm.app.settings)

    with pytest.raises(OtherBooks):
        await load_books(xrm.app, generate(seed=4, size=25), unit)

    assert contents(xrm.app.settings) == before


@pytest.mark.parametrize(("fails", "tasks"), [(False, 25), (True, 0)])
async def test_a_plugin_s_part_comes_in_whole_and_once_or_not_at_all(
    xrm_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: bool, tasks: int
) -> None:
    xrm = await Installation.open(xrm_settings, host=host_with_part(tmp_path, monkeypatch, fails=fails))
    unit = await books_unit(xrm.app)

    outcome = await load_books(xrm.app, BOOKS, unit)
    again = await load_books(xrm.app, BOOKS, unit)
    await xrm.close()

    assert outcome.plugins["parts"] == again.plugins["parts"] == ("no room" if fails else None)
    assert value(xrm_settings, "SELECT count(*) FROM core_task") == tasks
    assert value(xrm_settings, "SELECT count(*) FROM core_dealing") > 0


def host_with_part(folder: Path, monkeypatch: pytest.MonkeyPatch, *, fails: bool) -> PluginHost:
    """A host that has one more plugin, always enabled, which takes part in the demo."""
    package = f"parts_{'failing' if fails else 'working'}"
    (folder / package).mkdir()
    (folder / package / "__init__.py").write_text('"""A plugin."""\n')
    (folder / package / "plugin.py").write_text(PART.replace("{fails}", str(fails)))
    monkeypatch.syspath_prepend(folder)
    for name in [name for name in sys.modules if name.startswith(package)]:
        monkeypatch.delitem(sys.modules, name)
    words: dict[str, Any] = {"en": "Parts", "fr": "Parts"}
    host = PluginHost()
    host.load(
        [Plugin(id="parts", title=words, summary=words, version="1", package=package, is_always_on=True)]
    )
    return host


async def test_every_customer_is_found_in_the_audit_trail(xrm: Installation) -> None:
    await load_books(xrm.app, BOOKS, await books_unit(xrm.app))

    query = "SELECT object_id FROM core_audit_event WHERE command = 'core.import.books' AND object_type = 'core.party'"
    parties = rows(xrm.app.settings, "SELECT target_id FROM core_relationship")
    assert sorted(str(party) for (party,) in parties) == sorted(
        party for (party,) in rows(xrm.app.settings, query)
    )
