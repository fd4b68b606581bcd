"""A spend file that grew: what is new comes in, stages follow, what people decided stays."""

from datetime import date
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from tests.stored import contents, rows, value
from xrm_core.data.load.gla_load import GlaOutcome, GlaRequest, load_gla
from xrm_core.data.load.units import gla_unit
from xrm_core.graph.relationship import Relationship
from xrm_core.plugins.testing import Installation


async def load(xrm: Installation, path: Path, *, as_of: date | None = None) -> GlaOutcome:
    rejects = path.with_name("rejects.csv")
    return await load_gla(xrm.app, GlaRequest(path, await gla_unit(xrm.app), rejects, as_of))


def standings(xrm: Installation) -> dict[str, str]:
    query = "SELECT p.name, r.status FROM core_relationship r JOIN core_party p ON p.id = r.target_id"
    return dict(rows(xrm.app.settings, query))


async def test_a_second_import_of_a_file_changes_nothing(xrm: Installation, spend: Any) -> None:
    path = spend({"ID": "1"}, {"ID": "2", "Amount": "-3"}, {"ID": "3", "Vendor": "BARROW LTD"})
    await load(xrm, path)
    before = contents(xrm.app.settings)

    outcome = await load(xrm, path)

    assert (outcome.known, outcome.dealings, outcome.parties) == (3, 0, 0)
    assert contents(xrm.app.settings) == before
    audited = "SELECT count(*) FROM core_audit_event WHERE command = 'core.import.gla'"
    assert value(xrm.app.settings, audited) == 3


async def test_a_file_that_grew_adds_its_new_rows_and_sets_the_stages_anew(
    xrm: Installation, spend: Any
) -> None:
    old = {"ID": "1", "Date": "2010-01-01"}
    await load(xrm, spend(old))
    assert standings(xrm) == {"ALBION PRINT LTD": "APPROVED"}

    outcome = await load(xrm, spend(old, {"ID": "2", "Vendor": "BARROW LTD", "Date": "2012-01-01"}))

    assert (outcome.known, outcome.dealings, outcome.parties, outcome.restaged) == (1, 1, 1, 1)
    assert standings(xrm) == {"ALBION PRINT LTD": "OFFBOARDED", "BARROW LTD": "APPROVED"}
    query = "SELECT state FROM workflows_stage_interval WHERE left_at IS NULL ORDER BY state"
    assert rows(xrm.app.settings, query) == [("APPROVED",), ("OFFBOARDED",)]
    assert value(xrm.app.settings, "SELECT count(*) FROM workflows_stage_interval") == 3


async def test_a_supplier_that_returns_after_the_end_begins_a_new_episode(
    xrm: Installation, spend: Any
) -> None:
    old = [{"ID": "1", "Date": "2010-01-01"}, {"ID": "2", "Vendor": "BARROW LTD", "Date": "2012-01-01"}]
    await load(xrm, spend(*old))

    await load(xrm, spend(*old, {"ID": "3", "Date": "2012-02-01"}))

    assert standings(xrm)["ALBION PRINT LTD"] == "ACTIVE"
    query = "SELECT r.episode, i.episode FROM core_relationship r JOIN workflows_stage_interval i "
    query += "ON i.relationship_id = r.id AND i.left_at IS NULL WHERE r.status = 'ACTIVE'"
    assert rows(xrm.app.settings, query) == [(2, 2)]


async def test_a_relationship_that_somebody_moved_keeps_its_stage(xrm: Installation, spend: Any) -> None:
    old = {"ID": "1", "Date": "2010-01-01"}
    await load(xrm, spend(old))
    async with xrm.app.work(command="test.move") as ctx:
        edge = (
            await ctx.session.scalars(sa.select(Relationship).where(Relationship.status == "APPROVED"))
        ).one()
        edge.status, edge.substage = "CONDITIONALLY_APPROVED", "TESTING"

    outcome = await load(xrm, spend(old, {"ID": "2", "Date": "2012-01-01"}))

    assert outcome.restaged == 0
    assert standings(xrm) == {"ALBION PRINT LTD": "CONDITIONALLY_APPROVED"}
    assert str(value(xrm.app.settings, "SELECT fed_through FROM core_relationship")) == "2012-01-01"


async def test_spellings_of_one_name_are_one_supplier(xrm: Installation, spend: Any) -> None:
    path = spend({"ID": "1", "Vendor": "Albion Print Limited", "VendorID": ""}, {"ID": "2"})

    outcome = await load(xrm, path)

    assert (outcome.parties, outcome.proposals) == (1, 0)


async def test_suppliers_that_would_fold_later_are_proposed_not_merged(xrm: Installation, spend: Any) -> None:
    one = {"ID": "1", "Vendor": "ALBION PRINTING", "VendorID": "10001"}
    two = {"ID": "2", "Vendor": "ALBION PRINTING S", "VendorID": ""}
    await load(xrm, spend(one, two))

    outcome = await load(xrm, spend(one, two, {**two, "ID": "3", "VendorID": "10001"}))

    assert value(xrm.app.settings, "SELECT count(*) FROM core_party WHERE source = 'gla'") == 2
    assert outcome.parties == 0
    assert value(xrm.app.settings, "SELECT count(*) FROM core_duplicate_proposal") == 1


async def test_the_as_of_day_decides_the_stage_and_later_payments_are_kept(
    xrm: Installation, spend: Any
) -> None:
    path = spend(
        {"ID": "1", "Date": "2010-01-01"},
        {"ID": "2", "Date": "2010-03-01"},
        {"ID": "3", "Vendor": "BARROW LTD", "Date": "2010-03-01"},
    )

    outcome = await load(xrm, path, as_of=date(2010, 2, 1))

    assert outcome.dealings == 3
    assert standings(xrm) == {"ALBION PRINT LTD": "APPROVED", "BARROW LTD": "IDENTIFIED"}


async def test_a_person_s_name_is_a_person_until_somebody_knows_better(xrm: Installation, spend: Any) -> None:
    await load(xrm, spend({"ID": "1", "Vendor": "MRS ANNA EXAMPLE", "VendorID": ""}, {"ID": "2"}))

    query = "SELECT name, kind FROM core_party WHERE source = 'gla' AND kind_uncertain"
    assert rows(xrm.app.settings, query) == [("MRS ANNA EXAMPLE", "PERSON")]
