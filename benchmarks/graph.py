"""Walking the graph: the product, in process, against SQL written by hand that goes level by level."""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import orjson

from benchmarks import machine
from benchmarks.servers import postgres
from benchmarks.store import settings_for
from xrm_core.api.context import ApiContext
from xrm_core.api.execute import run as answered
from xrm_core.app import Application
from xrm_core.identity.actor import Actor, Role
from xrm_core.plugins.testing import prepare

HUB_EDGES = 5_000
# The hand-written walk's time is the limit: the product may take so many times as long.
TARGETS = {"neighbourhood": 1.5, "hub_neighbourhood": 8.0, "hub_paths": 5.0}
_CASES = 60

NEIGHBOURHOOD = """query ($id: ID!, $depth: Int!) { neighbourhood(partyId: $id, depth: $depth) {
  truncated parties { id name country } relationships { id source { id } target { id } type { code } } } }"""
PATHS = """query ($from: ID!, $to: ID!) { paths(fromId: $from, toId: $to, maxDepth: 4) {
  length parties { id name } relationships { id } } }"""

_PARTIES = """
INSERT INTO core_party (tenant_id, id, version, created_at, updated_at, kind, kind_uncertain, name, name_key,
                        country, is_stub, source)
SELECT 1, gen_random_uuid(), 1, now(), now(), 'ORGANISATION', false, 'Party ' || n, 'party ' || n, 'FR', false,
       'walks' FROM generate_series(1, $1::int) n"""
# Everybody to somebody, at random; the hub to as many others as it has edges.
_EDGES = """
WITH p AS (SELECT id, row_number() OVER (ORDER BY name_key) AS n FROM core_party WHERE source = 'walks'),
t AS (SELECT array_agg(id) AS ids FROM core_relationship_type WHERE NOT managed AND code NOT IN
      ('OWNS', 'CONTROLS', 'SUBSIDIARY_OF')),
pairs AS MATERIALIZED (
  SELECT 1 + floor(random() * $1)::int AS a, 1 + floor(random() * $1)::int AS b, 1 + floor(random() * 4)::int AS k
  FROM generate_series(1, $2::int)
  UNION ALL
  SELECT 1, 1 + floor(random() * $1)::int, 1 + floor(random() * 4)::int FROM generate_series(1, $3::int))
INSERT INTO core_relationship (tenant_id, id, version, created_at, updated_at, type_id, source_id, target_id,
                               is_strategic, recorded_at, valid_from)
SELECT 1, gen_random_uuid(), 1, now(), now(), t.ids[k], x.id, y.id, false, now(), '2010-01-01'
FROM pairs JOIN p x ON x.n = a JOIN p y ON y.n = b, t"""

# One level by hand: no rules, no types, the day as a parameter; the lists in the order of an index.
_LEVEL = """
SELECT json_agg(json_build_array(w.id, e.other, e.id))::text FROM unnest($1::uuid[]) w(id) CROSS JOIN LATERAL (
  (SELECT r.target_id AS other, r.id FROM core_relationship r WHERE r.tenant_id = 1 AND r.source_id = w.id
     AND (r.valid_from IS NULL OR r.valid_from <= $2) AND (r.valid_to IS NULL OR r.valid_to > $2)
   ORDER BY r.target_id LIMIT {most})
  UNION ALL
  (SELECT r.source_id, r.id FROM core_relationship r WHERE r.tenant_id = 1 AND r.target_id = w.id
     AND (r.valid_from IS NULL OR r.valid_from <= $2) AND (r.valid_to IS NULL OR r.valid_to > $2)
   ORDER BY r.source_id LIMIT {most})) e"""
_PARTIES_OF = """SELECT json_agg(x)::text FROM (SELECT p.id, p.name, p.country FROM core_party p
  WHERE p.tenant_id = 1 AND p.id = ANY ($1::uuid[]) ORDER BY p.name_key, p.id) x"""
_EDGES_OF = """SELECT json_agg(x)::text FROM (SELECT r.id, json_build_object('id', r.source_id) AS source,
  json_build_object('id', r.target_id) AS target, json_build_object('code', t.code) AS type
  FROM core_relationship r JOIN core_relationship_type t ON t.tenant_id = 1 AND t.id = r.type_id
  WHERE r.tenant_id = 1 AND r.id = ANY ($1::uuid[]) ORDER BY r.id) x"""


@dataclass(slots=True)
class Stage:
    """A started application on the graph, who asks, and parties to ask about."""

    app: Application
    actor: Actor
    hub: str
    parties: list[str]

    async def ask(self, text: str, variables: dict[str, Any]) -> Any:
        """The product's answer."""
        body = await answered(ApiContext(self.app, self.actor, "benchmark"), text, variables, None)
        found = orjson.loads(body)
        assert "errors" not in found, found
        return found["data"]

    async def by_hand(self, start: str, depth: int, limit: int = 500) -> Any:
        """What NEIGHBOURHOOD asks, by SQL and Python that know only this question."""
        seen, level, cut = {start: 0}, [start], False
        edges: dict[str, int] = {}
        async with self.app.database.reader.snapshot() as reader:
            for hop in range(1, depth + 1):
                text = await reader.fetch(_LEVEL.format(most=limit + 1), [level, self.actor.today()])
                rows = orjson.loads(text) if text != "None" else []
                new = sorted({other for _, other, _ in rows if other not in seen})
                room = limit - len(seen)
                level = new[:room]
                seen.update(dict.fromkeys(level, hop))
                for _, other, edge in rows:
                    if other in seen:
                        edges.setdefault(edge, hop)
                if len(new) > room:
                    cut = True
                    break
                if not level:
                    break
            parties = orjson.loads(await reader.fetch(_PARTIES_OF, [list(seen)]))
            met = orjson.loads(await reader.fetch(_EDGES_OF, [list(edges)])) if edges else []
        parties.sort(key=lambda party: seen[party["id"]])
        met.sort(key=lambda edge: edges[edge["id"]])
        return {"neighbourhood": {"truncated": cut, "parties": parties, "relationships": met}}


async def _fill(url: str, parties: int, edges: int) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(_PARTIES, parties)
        await connection.execute(_EDGES, parties, edges - HUB_EDGES, HUB_EDGES)
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


async def _stage(url: str, folder: Path, parties: int, edges: int) -> Stage:
    settings = settings_for(url, folder)
    await prepare(settings)
    await _fill(url, parties, edges)
    app = Application(settings)
    await app.start()
    connection = await asyncpg.connect(url)
    try:
        hub = await connection.fetchval("SELECT id::text FROM core_party WHERE name_key = 'party 1'")
        rows = await connection.fetch(
            "SELECT id::text FROM core_party WHERE source = 'walks' AND id <> $1::text::uuid"
            " ORDER BY md5(id::text) LIMIT $2",
            hub,
            2 * _CASES,
        )
    finally:
        await connection.close()
    return Stage(app, Actor(1, None, "admin", (Role("admin"),)), hub, [row["id"] for row in rows])


async def _timed(work: Callable[[], Awaitable[Any]]) -> float:
    began = time.perf_counter()
    await work()
    return (time.perf_counter() - began) * 1_000


async def _measure(stage: Stage) -> dict[str, list[float]]:
    some, others = stage.parties[:_CASES], stage.parties[_CASES:]
    times: dict[str, list[float]] = {}

    async def note(name: str, work: Callable[[], Awaitable[Any]]) -> None:
        times.setdefault(name, []).append(await _timed(work))

    for number, (one, two) in enumerate(zip(some, others, strict=True)):
        around = {"id": one, "depth": 3}
        if number < 5:
            product, limit = await stage.ask(NEIGHBOURHOOD, around), await stage.by_hand(one, 3)
            assert product == limit, (product, limit)
            await stage.ask(PATHS, {"from": one, "to": two})
        await note("neighbourhood", lambda around=around: stage.ask(NEIGHBOURHOOD, around))  # type: ignore[misc]
        await note("neighbourhood by hand", lambda one=one: stage.by_hand(one, 3))  # type: ignore[misc]
        await note("hub neighbourhood", lambda: stage.ask(NEIGHBOURHOOD, {"id": stage.hub, "depth": 3}))
        await note("hub neighbourhood by hand", lambda: stage.by_hand(stage.hub, 3))
        ends = {"from": one, "to": two}
        await note("paths", lambda ends=ends: stage.ask(PATHS, ends))  # type: ignore[misc]
        ends = {"from": stage.hub, "to": two}
        await note("hub paths", lambda ends=ends: stage.ask(PATHS, ends))  # type: ignore[misc]
    return times


async def _run(url: str, folder: Path, parties: int, edges: int) -> dict[str, list[float]]:
    stage = await _stage(url, folder, parties, edges)
    try:
        return await _measure(stage)
    finally:
        await stage.app.close()


def run(parties: int = 200_000, edges: int = 500_000, url: str = "") -> dict[str, Any]:
    """The report of one run, on a PostgreSQL of its own unless the URL of an empty database is given."""
    with tempfile.TemporaryDirectory(prefix="xrm-benchmark-") as name:
        if url:
            found = asyncio.run(_run(url, Path(name), parties, edges))
        else:
            with postgres() as own:
                found = asyncio.run(_run(own, Path(name), parties, edges))
    cases = {
        name: {"median_ms": round(statistics.median(each), 2), "p95_ms": round(sorted(each)[-3], 2)}
        for name, each in found.items()
    }

    def ratio(one: str, other: str) -> float:
        """Of what was measured close together: the machine changes meanwhile."""
        pairs = zip(found[one], found[other], strict=True)
        return round(statistics.median(first / second for first, second in pairs), 2)

    return {
        "kind": "graph",
        "machine": machine.described(),
        "calibration": machine.calibration(),
        "data": {"parties": parties, "relationships": edges, "hub": HUB_EDGES},
        "cases": cases,
        "ratios": {
            "neighbourhood": ratio("neighbourhood", "neighbourhood by hand"),
            "hub_neighbourhood": ratio("hub neighbourhood", "neighbourhood"),
            "hub_paths": ratio("hub paths", "paths"),
        },
        "targets": TARGETS,
    }


_WORDS = {
    "neighbourhood": "three hops, product by hand-written SQL level by level",
    "hub_neighbourhood": f"three hops from a hub of {HUB_EDGES:,} edges by those from a typical party",
    "hub_paths": "paths of four hops from the hub by those between typical parties",
}


def as_text(found: dict[str, Any]) -> str:
    """The report for a terminal."""
    data = found["data"]
    lines = [f"{data['parties']:,} parties, {data['relationships']:,} relationships, medians of {_CASES}"]
    lines += [f"{case:28} {figures['median_ms']:8.2f} ms, p95 {figures['p95_ms']:8.2f} ms"
              for case, figures in found["cases"].items()]  # fmt: skip
    for name, ratio in found["ratios"].items():
        verdict = "reached" if ratio <= TARGETS[name] else "missed"
        lines.append(f"{_WORDS[name]}: {ratio:.2f}, at most {TARGETS[name]} wanted: {verdict}")
    return "\n".join(lines)
