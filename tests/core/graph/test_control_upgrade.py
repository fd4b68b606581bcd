"""An installation from before control was kept: `xrm migrate` fills the table."""

import uuid
from typing import Any

import sqlalchemy as sa

from tests.installations import Templates
from tests.postgres import create_database, drop_database
from xrm_core.app import Application
from xrm_core.db import migrate
from xrm_core.db.rewriting import versions_are_kept
from xrm_core.graph.bootstrap import relationship_type_id
from xrm_core.setup import migrate_all

_PARTY = """INSERT INTO core_party (tenant_id, id, version, created_at, updated_at, kind, kind_uncertain, name, name_key,
  is_stub, source) VALUES (1, :id, 1, :now, :now, 'ORGANISATION', :no, :id, :id, :no, 'test')"""
_EDGE = """INSERT INTO core_relationship (tenant_id, id, version, created_at, updated_at, type_id, source_id, target_id,
  share, is_strategic, recorded_at) VALUES (1, :edge, 1, :now, :now, :type, :one, :two, :share, :no, :now)"""
_TYPE = """INSERT INTO core_relationship_type (tenant_id, id, version, created_at, updated_at, code, label_en,
  label_en_key, label_fr, label_fr_key, inverse_label_en, inverse_label_en_key, inverse_label_fr, inverse_label_fr_key,
  managed) VALUES (1, :type, 1, :now, :now, 'OWNS', '', '', '', '', '', '', '', '', :no)"""


def upgrade_to(connection: Any, revision: str) -> None:
    environment = migrate._environment(
        connection, "core", "xrm_core", lambda script, now: script._upgrade_revs(revision, now),
        destination_rev=revision,
    )  # fmt: skip
    with environment, versions_are_kept():
        environment.run_migrations()


async def test_what_was_recorded_before_control_was_kept_is_derived_when_it_is_migrated(
    database_kind: str, templates: Templates, postgres_url: str
) -> None:
    name = f"u_{uuid.uuid4().hex[:12]}"
    if database_kind == "postgresql":
        create_database(postgres_url, name)
    app = Application(templates.settings(database_kind, name, postgres_url))
    app.host.load()
    a, b, c = (str(uuid.UUID(int=number)) for number in (1, 2, 3))
    is_sqlite = database_kind == "sqlite"
    given = {"type": str(relationship_type_id(1, "OWNS")), "no": False}
    given |= {"now": 0} if is_sqlite else {}
    statements = [_TYPE, *[_PARTY] * 3, *[_EDGE] * 2]
    values: list[dict[str, Any]] = [{}, {"id": a}, {"id": b}, {"id": c}]
    values += [
        {"one": a, "two": b, "edge": str(uuid.uuid4())},
        {"one": b, "two": c, "edge": str(uuid.uuid4())},
    ]
    async with app.database.engine.connect() as connection:
        await connection.run_sync(upgrade_to, "0002")
        for statement, own in zip(statements, values, strict=True):
            own |= {"share": 600_000} if is_sqlite and "one" in own else {}
            text = statement if is_sqlite else statement.replace(":now", "now()").replace(":share", "0.6")
            if not is_sqlite:
                text = text.replace(":no)", "false)").replace(":no,", "false,")
                for key in ("type", "id", "one", "two", "edge"):
                    text = text.replace(f":{key},", f"'{({**given, **own}).get(key)}',")
                await connection.exec_driver_sql(text)
            else:
                await connection.execute(sa.text(text), {**given, **own})
        await connection.commit()

    await migrate_all(app)

    async with app.database.engine.connect() as connection:
        found: Any = await connection.exec_driver_sql(
            "SELECT controller_id, controlled_id FROM core_control_closure"
        )
        pairs = {(str(one), str(two)) for one, two in found}
    await app.close()
    if database_kind == "postgresql":
        drop_database(postgres_url, name)
    assert pairs == {(a, b), (b, c), (a, c)}
