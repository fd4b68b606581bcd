"""Among many rows search goes by index on both databases, and what it reads is bounded."""

import random
from collections.abc import AsyncIterator
from typing import Any

import pytest

from xrm_core.data.load.rows import insert_rows
from xrm_core.graph.party import Party
from xrm_core.identity.actor import Actor, Role
from xrm_core.ids import derived_id
from xrm_core.plugins.testing import Installation
from xrm_core.query.search.statement import MOST_RANKED

PARTIES = 12_000
TRADES = ("Services", "Holding", "Logistics", "Foods", "Energy", "Systems")
ADMIN = Actor(1, None, "admin", (Role("admin"),))


class Recorded:
    """A reader that remembers its last statement."""

    def __init__(self, reader: Any) -> None:
        self.reader = reader
        self.asked: list[tuple[str, Any, str]] = []

    async def fetch(self, sql: str, values: Any) -> str:
        """As the reader does."""
        text = str(await self.reader.fetch(sql, values))
        self.asked.append((sql, list(values), text))
        return text

    def __getattr__(self, name: str) -> Any:
        return getattr(self.reader, name)


@pytest.fixture
async def crowded(xrm: Installation) -> AsyncIterator[Installation]:
    """Thousands of parties with names of two made-up words, and one that stands out."""
    chance = random.Random(1)
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = ["".join(chance.choices(letters, k=chance.randrange(4, 10))) for _ in range(4_000)]
    names = [f"{chance.choice(words)} {chance.choice(words)} {chance.choice(TRADES)}" for _ in range(PARTIES)]
    async with xrm.app.work(command="test.make") as ctx:
        rows = (
            {"id": derived_id(1, "crowd", number), "name": name, "source": "test"}
            for number, name in enumerate([*names, "Quixotry Zymurgy Ltd"])
        )
        await insert_rows(ctx, Party, rows)
        await (await ctx.session.connection()).exec_driver_sql("ANALYZE")
    xrm.app.database.reader = Recorded(xrm.app.database.reader)
    yield xrm


async def plan_of(xrm: Installation, sql: str, values: Any) -> str:
    """How the database goes about the statement."""
    async with xrm.app.reading() as session:
        connection = await session.connection()
        if xrm.app.database.is_sqlite:
            rows: Any = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", tuple(values))
            return "\n".join(row[3] for row in rows)
        raw: Any = await connection.get_raw_connection()
        found = await raw.driver_connection.fetch(f"EXPLAIN {sql}", *values)
        return "\n".join(row[0] for row in found)


async def test_search_goes_by_index_and_ranks_no_more_than_it_may(crowded: Installation) -> None:
    reader: Any = crowded.app.database.reader
    for text in ("quixotry", "quixotyr zymurgy", "zymur", "quix", "q", "services", "xotry"):
        reader.asked.clear()
        await crowded.app.search(ADMIN, text, None, 100)

        for sql, values, answer in reader.asked:
            plan = await plan_of(crowded, sql, values)
            assert whole_tables(plan) == [], f"{text}: {plan}"
            assert answer.count('"resource"') <= MOST_RANKED

    assert [hit.title for hit in await crowded.app.search(ADMIN, "zymurgi", None, 5)] == [
        "Quixotry Zymurgy Ltd"
    ]
    assert len(await crowded.app.search(ADMIN, "services", None, 100)) == 100


def whole_tables(plan: str) -> list[str]:
    """The lines of a plan that read a whole table of search, or all parties."""
    sqlite = ("SCAN core_", "SCAN e", "SCAN w", "SCAN c")
    lines = [line.strip(" ->") for line in plan.splitlines()]
    return [
        line
        for line in lines
        if line.startswith("Seq Scan on core_search")
        or line.startswith("Seq Scan on core_party")
        or (
            line.startswith(sqlite)
            and "USING" not in line
            and "VIRTUAL" not in line
            and line != "SCAN CONSTANT ROW"
        )
    ]
