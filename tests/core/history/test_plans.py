"""What was known of a party's edges is found by indexes, however much was ever known."""

import datetime as dt
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from tests.core.history.edges import at, working
from tests.core.query.asking import policy
from xrm_core.access.book import PolicyBook
from xrm_core.data.load.rows import insert_rows
from xrm_core.db.versions import change_rows
from xrm_core.declare.registry import REGISTRY
from xrm_core.graph.bootstrap import relationship_type_id
from xrm_core.graph.party import Party
from xrm_core.graph.relationship import Relationship
from xrm_core.identity.actor import Actor, Role
from xrm_core.plugins.testing import Installation

MANY = 4_000
PARTIES = [UUID(int=number, version=4) for number in range(1, MANY // 4)]
EDGES = [UUID(int=10**6 + number, version=4) for number in range(MANY)]
KNOWN = at(1.5)
ONE_PARTY = """query ($id: ID!, $k: DateTime) { party(id: $id) {
  relationships(knownAt: $k) { nodes { share counterparty { name } } }
  relationshipsAggregate(knownAt: $k) { count sum { share } } } }"""
MANY_PARTIES = """query ($k: DateTime) { parties(knownAt: $k, first: 20) { nodes {
  relationships(first: 5) { nodes { share } } } } }"""
FILTERED = """query ($id: ID!, $k: DateTime) { parties(knownAt: $k,
  where: {id: {eq: $id}, relationships: {some: {share: {gt: "0"}}}}) { nodes { id } } }"""


async def fill(xrm: Installation) -> None:
    """Some thousand edges, each changed twice."""
    kind = relationship_type_id(1, "OWNS")
    async with working(xrm, at(0)) as ctx:
        await insert_rows(ctx, Party, ({"id": each, "name": f"P{each.int % 97}"} for each in PARTIES))
        ends = [(PARTIES[n % len(PARTIES)], PARTIES[(7 * n + 1) % len(PARTIES)]) for n in range(MANY)]
        rows = (
            {"id": each, "type_id": kind, "source_id": source, "target_id": target, "share": Decimal("0.1")}
            for each, (source, target) in zip(EDGES, ends, strict=True)
        )
        await insert_rows(ctx, Relationship, rows)
    for day in (1, 2):
        async with working(xrm, at(day)) as ctx:
            share = Decimal(day) / 10 + Decimal("0.1")
            await change_rows(ctx, Relationship, [{"id": each, "share": share} for each in EDGES])


async def explained(xrm: Installation, asked: list[tuple[str, list[Any]]]) -> list[str]:
    """The lines of the database's plans of these statements."""
    word = "EXPLAIN QUERY PLAN " if xrm.app.database.is_sqlite else "EXPLAIN "
    lines: list[str] = []
    reader: Any = xrm.app.database.reader
    for sql, values in asked:
        if xrm.app.database.is_sqlite:
            lines += [row[3] for row in reader._connection().execute(word + sql, values)]
        else:
            connection = await reader._connect()
            lines += [row[0] for row in await connection.fetch(word + sql, *values)]
            await connection.close()
    return lines


def ruled(xrm: Installation, who: str) -> Actor:
    """Somebody who sees everything, or whom rules concern."""
    rule = "{}" if who == "whole" else '{share: {lt: "0.5"}}'
    policies = [policy("some", "core.party"), policy("some", "core.relationship_type")]
    if who == "ruled":
        policies.append(policy("some", "core.party", '{name: {eq: "no one"}}', effect="deny"))
    xrm.app.snapshot.book = PolicyBook([*policies, policy("some", "core.relationship", rule)])
    return Actor(1, None, "somebody", (Role("some", None),), xrm.unit)


@pytest.mark.parametrize("who", ["whole", "ruled"])
async def test_a_partys_edges_of_the_past_are_read_by_indexes(
    xrm: Installation, monkeypatch: Any, who: str
) -> None:
    await fill(xrm)
    async with xrm.app.database.engine.begin() as connection:
        # As autovacuum does sooner or later; SQLite is to find its way without.
        await connection.execute(sa.text("SELECT 1" if xrm.app.database.is_sqlite else "ANALYZE"))
    asked: list[tuple[str, list[Any]]] = []
    fetch = xrm.app.database.reader.fetch

    async def noted(sql: str, values: list[Any]) -> str:
        asked.append((sql, values))
        return await fetch(sql, values)

    monkeypatch.setattr(xrm.app.database.reader, "fetch", noted)
    given = {"id": str(PARTIES[5]), "k": KNOWN.isoformat()}

    actor = ruled(xrm, who)
    one = (await xrm.ask(ONE_PARTY, given, actor=actor))["party"]
    await xrm.ask(MANY_PARTIES, {"k": KNOWN.isoformat()}, actor=actor)
    filtered = await xrm.ask(FILTERED, given, actor=actor)

    plan = await explained(xrm, asked)
    assert {node["share"] for node in one["relationships"]["nodes"]} == {"0.2"}
    assert filtered["parties"]["nodes"] == [{"id": str(PARTIES[5])}]
    tables = ("core_relationship", "core_relationship_history")
    whole = [f"Seq Scan on {table} " for table in tables] + [f"SCAN {table}" for table in tables]
    assert [line for line in plan if any(scan in f"{line} " for scan in whole)] == []
    indexes = ("ix_core_relationship_history_source", "ix_core_relationship_history_target")
    assert all(any(index in line for line in plan) for index in indexes), plan


async def test_a_question_about_now_does_not_know_of_the_table_beside(
    xrm: Installation, monkeypatch: Any
) -> None:
    asked: list[str] = []
    fetch = xrm.app.database.reader.fetch

    async def noted(sql: str, values: list[Any]) -> str:
        asked.append(sql)
        return await fetch(sql, values)

    monkeypatch.setattr(xrm.app.database.reader, "fetch", noted)

    for known_at in (None, dt.datetime(2026, 1, 1, tzinfo=dt.UTC)):
        given = {"id": str(xrm.unit), "k": known_at and known_at.isoformat()}
        await xrm.ask(ONE_PARTY, given)

    history = REGISTRY.of(Relationship).history
    assert history is not None
    assert [history.name in sql for sql in asked] == [False, True]
