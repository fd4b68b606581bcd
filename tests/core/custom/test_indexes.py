"""Indexes on custom fields: made when asked for, used, dropped when no longer asked for, made up for after a crash."""

import asyncio
from typing import Any

import sqlalchemy as sa

from tests.core.custom.asking import FIELDS, UPDATE, define, define_all, party
from xrm_core.api.prepared import prepare
from xrm_core.custom import indexes
from xrm_core.custom.kinds import CustomFieldKind, normalised, slots
from xrm_core.graph.party import Party
from xrm_core.plugins.testing import Installation
from xrm_core.query.binds import Request
from xrm_core.query.compiler import Compiler
from xrm_core.query.plan import compile_plan

RETIRE = "mutation($id: ID!) { retireCustomField(id: $id) { id } }"
RESTORE = "mutation($id: ID!) { restoreCustomField(id: $id) { id } }"


async def there(xrm: Installation) -> set[str]:
    """The indexes on custom fields that the database has."""
    async with xrm.app.reading() as session:
        rows = await session.execute(sa.text(indexes._EXISTING[xrm.app.database.is_sqlite]))
        return {name for name, is_valid in rows if is_valid}


async def fill(xrm: Installation) -> None:
    """So many parties that an index is worth using."""
    values: list[dict[str, Any]] = []
    for number in range(3_000):
        given = {
            "region": f"Région {number}",
            "score": f"{number}.5",
            "since": f"{1000 + number}-01-01",
            "staff": number,
        }
        kept: dict[str, Any] = {}
        for key, value in given.items():
            kind = CustomFieldKind(FIELDS[key]["kind"])
            kept |= slots(kind, key, normalised(kind, value))
        values.append(kept)
    await xrm.add(*[_party(number, kept) for number, kept in enumerate(values)])
    if not xrm.app.database.is_sqlite:
        async with xrm.app.database.engine.begin() as connection:
            await connection.exec_driver_sql("ANALYZE core_party")


def _party(number: int, kept: dict[str, Any]) -> Party:
    made = Party(name=f"p{number}")
    made.custom_fields = kept
    return made


async def plan_of(xrm: Installation, question: str) -> str:
    """How the database goes about a question."""
    from xrm_core.access.gate import request_context

    app, actor = xrm.app, xrm.actor()
    view = app.view(actor)
    prepared = prepare(app.snapshot.schema, f"{{ {question} }}", None, app.settings)
    roots = prepared.roots(prepared.walker(prepared.coerce({})))
    plan = compile_plan(Compiler(app.database.dialect, view, app.snapshot.plugins), roots)
    values = plan.values(Request(actor, {}, request_context(actor, view)))
    explain = "EXPLAIN QUERY PLAN" if app.database.is_sqlite else "EXPLAIN"
    if app.database.is_sqlite:
        async with app.database.engine.connect() as connection:
            rows = await connection.exec_driver_sql(f"{explain} {plan.sql}", tuple(values))
            return "\n".join(str(row[-1]) for row in rows)
    connection = await app.database.reader._connect()  # type: ignore[attr-defined]
    try:
        return "\n".join(row[0] for row in await connection.fetch(f"{explain} {plan.sql}", *values))
    finally:
        await connection.close()


QUESTIONS = {
    "region": (
        'parties(where: {customFields: [{key: "region", eq: "Région 7"}]}) { nodes { name } }',
        'parties(where: {customFields: [{key: "region", startsWith: "region 29"}]}) { nodes { name } }',
        'parties(orderBy: [{customField: "region"}], first: 5) { nodes { name } }',
    ),
    "score": (
        'parties(where: {customFields: [{key: "score", eq: "7.5"}]}) { nodes { name } }',
        'parties(where: {customFields: [{key: "score", gt: 2990}]}) { nodes { name } }',
        'parties(orderBy: [{customField: "score"}], first: 5) { nodes { name } }',
    ),
    "since": (
        'parties(where: {customFields: [{key: "since", eq: "1007-01-01"}]}) { nodes { name } }',
        'parties(orderBy: [{customField: "since"}], first: 5) { nodes { name } }',
    ),
}


async def test_filters_and_orders_by_an_indexed_field_use_its_index(xrm: Installation) -> None:
    await define_all(xrm)
    await fill(xrm)

    for key, questions in QUESTIONS.items():
        definition = xrm.app.custom_fields.of(1).find("core.party", key)
        assert definition is not None
        for question in questions:
            assert indexes.index_name(definition) in await plan_of(xrm, question), question


async def test_a_field_that_is_not_indexed_has_no_index(xrm: Installation) -> None:
    await define_all(xrm)

    assert len(await there(xrm)) == len([field for field in FIELDS.values() if field.get("indexed")])


async def test_an_index_goes_and_comes_with_what_asks_for_it(xrm: Installation) -> None:
    field = await define(xrm, "region", kind="TEXT", indexed=True)
    made = await there(xrm)
    await xrm.ask(RETIRE, {"id": field})
    retired = await there(xrm)
    await xrm.ask(RESTORE, {"id": field})
    restored = await there(xrm)
    await xrm.ask(UPDATE, {"i": {"id": field, "indexed": False}})
    unwished = await there(xrm)
    await xrm.ask(UPDATE, {"i": {"id": field, "indexed": True, "kind": "INTEGER"}})

    assert (len(made), retired, restored, unwished) == (1, set(), made, set())
    assert len(await there(xrm)) == 1
    assert await there(xrm) != made


async def test_every_kind_can_be_indexed(xrm: Installation) -> None:
    for key, more in FIELDS.items():
        await define(xrm, key, **{**more, "indexed": True})
    await party(xrm, "A", region="x", staff=1, score="1", vip=True, since="0999-01-01", tier="GOLD")

    assert len(await there(xrm)) == len(FIELDS)


async def test_another_tenant_s_values_of_another_kind_do_not_stand_in_the_way(xrm: Installation) -> None:
    await define(xrm, "code", kind="TEXT")
    await party(xrm, "A", code="not a number")
    async with xrm.app.work(command="test.make") as ctx:
        from xrm_core.custom.models import CustomField

        elsewhere = CustomField(
            resource="core.party",
            key="code",
            kind=CustomFieldKind.INTEGER,
            label_en="x",
            label_fr="x",
            is_indexed=True,
        )
        ctx.add(elsewhere)
        elsewhere.tenant_id = 2

    assert len(await there(xrm)) == 1
    await party(xrm, "B", code="neither")


async def test_what_a_crash_left_undone_is_made_up_for(xrm: Installation) -> None:
    await define(xrm, "region", kind="TEXT", indexed=True)
    (name,) = await there(xrm)
    async with xrm.app.database.engine.begin() as connection:
        await connection.exec_driver_sql(f"DROP INDEX {name}")
        await connection.exec_driver_sql("CREATE INDEX xcf_left_over ON core_party (tenant_id, id)")

    await asyncio.gather(*(xrm.app.settle_indexes() for _ in range(3)))

    assert await there(xrm) == {name}


async def test_an_index_is_no_difference_to_the_declarations(xrm: Installation) -> None:
    from xrm_core.db.migrate import missing

    await define(xrm, "region", kind="TEXT", indexed=True)

    async with xrm.app.database.engine.connect() as connection:
        found = await connection.run_sync(missing, "core", "xrm_core")

    assert [change for change in found if "xcf_" in change] == []
