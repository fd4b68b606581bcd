"""Random changes at random moments: for any day and any time of knowing the API answers as a naive replay does."""

import datetime as dt
import os
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.history.edges import DAY_ONE
from tests.core.history.replay import Replay, Values, total
from tests.core.query.answers import shown
from tests.core.query.asking import MODERATE, policy
from tests.core.query.stand import Stand
from tests.installations import Templates
from xrm_core.access.book import PolicyBook
from xrm_core.db.rewriting import versions_are_kept
from xrm_core.db.versions import change_rows
from xrm_core.declare.registry import REGISTRY
from xrm_core.graph.bootstrap import relationship_type_id
from xrm_core.graph.party import Party
from xrm_core.graph.relationship import Relationship
from xrm_core.identity.actor import Actor, Role

EXAMPLES = settings(MODERATE, max_examples=max(10, int(os.environ.get("XRM_SOAK_EXAMPLES", "80")) // 4))
PARTIES = [UUID(int=number, version=4) for number in range(1, 5)]
EDGES = [UUID(int=100 + number, version=4) for number in range(4)]
DAYS = [dt.date(2026, 2, 1) + dt.timedelta(days=10 * number) for number in range(6)]
MOMENTS = [DAY_ONE + dt.timedelta(hours=number) for number in range(12)]
SHARES = [None, Decimal("0.1"), Decimal("0.25"), Decimal("0.9")]
RULES = {"whole": "{}", "small": '{or: [{share: {lt: "0.5"}}, {validTo: {isNull: true}}]}'}
ASKED = """query ($asOf: DateTime, $knownAt: DateTime, $edge: ID!, $least: Decimal!) {
  relationship(id: $edge, knownAt: $knownAt) { share validFrom validTo }
  relationships(asOf: $asOf, knownAt: $knownAt, first: 500, orderBy: [{id: ASC}]) {
    totalCount nodes { id share validFrom validTo source { id } target { id } } }
  relationshipsAggregate(asOf: $asOf, knownAt: $knownAt) { count sum { share } }
  filtered: parties(asOf: $asOf, knownAt: $knownAt, first: 500, orderBy: [{id: ASC}],
    where: {name: {startsWith: "P"}, relationships: {some: {share: {gte: $least}}}}) { nodes { id } }
  none: parties(asOf: $asOf, knownAt: $knownAt, first: 500, orderBy: [{id: ASC}],
    where: {name: {startsWith: "P"}, relationships: {none: {share: {gte: $least}}}}) { nodes { id } }
  parties(asOf: $asOf, knownAt: $knownAt, first: 500, where: {name: {startsWith: "P"}}, orderBy: [{id: ASC}]) {
    nodes { id relationships(first: 500, orderBy: [{share: DESC}]) { totalCount nodes { id } }
      relationshipsAggregate { count sum { share } } } } }"""
VERSIONS = """query ($edge: ID!) { relationship(id: $edge) { versions(first: 500) { totalCount nodes {
  recordedAt knownTo changed object { share validFrom validTo } } } } }"""


@pytest.fixture(scope="module")
def stand(templates: Templates, postgres_url: str) -> Iterator[Stand]:
    """Both databases with a few parties."""
    made = Stand(templates, postgres_url)
    rows = [
        {"id": each, "tenant_id": 1, "name": f"P{number}", "kind": "ORGANISATION", "source": "manual"}
        for number, each in enumerate(PARTIES)
    ]
    made.load({REGISTRY.of(Party).name: rows})
    yield made
    made.close()


def asker(stand: Stand, who: str) -> Actor:
    """Somebody who sees all edges, or those of a rule."""
    policies = [policy(who, "core.party"), policy(who, "core.relationship_type")]
    stand.obey(PolicyBook([*policies, policy(who, "core.relationship", RULES[who])]))
    return Actor(1, None, who, (Role(who),), stand.unit, time_zone="UTC")


def may_see(who: str) -> Any:
    """The rule, in Python."""
    if who == "whole":
        return lambda values: True
    return lambda values: (
        (values["share"] is not None and values["share"] < Decimal("0.5")) or (values["valid_to"] is None)
    )


class Changes:
    """Does to both databases what it tells the replay."""

    def __init__(self, stand: Stand, replay: Replay, draw: Any) -> None:
        self.stand, self.replay, self.draw = stand, replay, draw

    def values(self) -> Values:
        """Random values of an edge."""
        return {
            "share": self.draw(st.sampled_from(SHARES)),
            "valid_from": self.draw(st.sampled_from([None, *DAYS[:3]])),
            "valid_to": self.draw(st.sampled_from([None, *DAYS[3:]])),
        }

    def step(self, moment: dt.datetime) -> None:
        """One unit of work at the moment, on one or two edges."""
        edges = self.draw(st.lists(st.sampled_from(range(len(EDGES))), min_size=1, max_size=2, unique=True))
        acts = [(EDGES[each], *self._act(EDGES[each])) for each in edges]
        in_bulk = self.draw(st.booleans())
        for installation in self.stand.installations.values():
            self.stand.runner.run(self._do(installation, moment, acts, in_bulk=in_bulk))
        for edge, _, steps in acts:
            self.replay.tell(edge, moment, steps[-1])

    def _act(self, edge: UUID) -> tuple[str, list[Values | None]]:
        if self.replay.last(edge) is None:
            return "make", [self.values()]
        if self.draw(st.integers(0, 9)) < 2:
            return "delete", [None]
        same = self.draw(st.integers(0, 9)) < 2
        return "change", [self.values(), self.replay.last(edge) if same else self.values()]

    async def _do(self, installation: Any, moment: dt.datetime, acts: Any, *, in_bulk: bool) -> None:
        async with installation.app.work(command="test.change") as ctx:
            ctx.now = moment
            for edge, act, steps in acts:
                if act == "make":
                    number = EDGES.index(edge)
                    values = {
                        "source": PARTIES[number % 4],
                        "target": PARTIES[(number + 1 + number // 2) % 4],
                        "type": relationship_type_id(1, "OWNS"),
                    }
                    made: Any = Relationship
                    ctx.add(made(id=edge, recorded_at=moment, **values, **steps[0]))
                    continue
                found = await ctx.get(Relationship, edge, lock=True)
                if act == "delete":
                    await ctx.session.delete(found)
                elif in_bulk:
                    await change_rows(ctx, Relationship, [{"id": edge, **steps[-1]}])
                else:
                    for values in steps:
                        for name, value in values.items():
                            setattr(found, name, value)
                    if steps[0] != steps[-1] and self.replay.last(edge) != steps[-1]:
                        await ctx.session.flush()


def empty(stand: Stand) -> None:
    """No edge is there, or ever was."""

    async def clear(installation: Any) -> None:
        info = REGISTRY.of(Relationship)
        assert info.history is not None
        with versions_are_kept():
            async with installation.app.database.engine.begin() as connection:
                for table in (info.table, info.history):
                    await connection.execute(sa.delete(table))

    for installation in stand.installations.values():
        stand.runner.run(clear(installation))


def ends(edge: UUID) -> list[str]:
    """The parties of an edge."""
    number = EDGES.index(edge)
    return [str(PARTIES[number % 4]), str(PARTIES[(number + 1 + number // 2) % 4])]


def expected(replay: Replay, day: dt.date, known_at: Any, edge: UUID, least: Decimal) -> dict[str, Any]:
    """The replay's answer to ASKED."""
    held = replay.held(day, known_at)
    one = dict(replay.known(known_at)).get(edge) if edge in replay.told else None
    large = [str(each) for each in PARTIES if any(_is_large(held[e], least) for e in _of(held, str(each)))]
    return {
        "relationship": one and _plain(one),
        "relationships": {
            "totalCount": len(held),
            "nodes": [
                {"id": str(each), **_plain(held[each])}
                | {name: {"id": end} for name, end in zip(("source", "target"), ends(each), strict=True)}
                for each in sorted(held, key=str)
            ],
        },
        "relationshipsAggregate": [{"count": len(held), "sum": {"share": total(iter(held.values()))}}],
        "filtered": {"nodes": [{"id": each} for each in large]},
        "none": {"nodes": [{"id": str(each)} for each in PARTIES if str(each) not in large]},
        "parties": {"nodes": [_nested(held, str(each)) for each in PARTIES]},
    }


def _is_large(values: Values, least: Decimal) -> bool:
    return values["share"] is not None and values["share"] >= least


def _of(held: dict[Any, Values], party: str) -> list[UUID]:
    return [edge for edge in held if party in ends(edge)]


def _nested(held: dict[Any, Values], party: str) -> dict[str, Any]:
    mine = sorted(_of(held, party), key=str, reverse=True)
    mine.sort(key=lambda edge: (held[edge]["share"] is None, -(held[edge]["share"] or 0)))
    return {
        "id": party,
        "relationships": {"totalCount": len(mine), "nodes": [{"id": str(edge)} for edge in mine]},
        "relationshipsAggregate": [
            {"count": len(mine), "sum": {"share": total(held[edge] for edge in mine)}}
        ],
    }


def _plain(values: Values) -> dict[str, Any]:
    return {
        "share": shown(values["share"]),
        "validFrom": shown(values["valid_from"]),
        "validTo": shown(values["valid_to"]),
    }


def expected_versions(replay: Replay, edge: UUID) -> dict[str, Any] | None:
    """The replay's answer to VERSIONS."""
    if replay.last(edge) is None or not replay.is_seen(edge):
        return None
    versions = replay.versions(edge)
    names = {"share": "share", "valid_from": "validFrom", "valid_to": "validTo"}
    nodes = []
    for position, (since, until, values) in enumerate(versions):
        before = versions[position + 1][2] if position + 1 < len(versions) else values
        nodes.append(
            {
                "recordedAt": shown(since),
                "knownTo": shown(until),
                "changed": [camel for name, camel in names.items() if values[name] != before[name]],
                "object": _plain(values),
            }
        )
    return {"versions": {"totalCount": len(nodes), "nodes": nodes}}


@pytest.mark.parametrize("who", ["whole", "small"])
def test_every_day_and_every_time_of_knowing_answer_as_the_replay_does(stand: Stand, who: str) -> None:
    actor = asker(stand, who)

    @EXAMPLES
    @given(st.data())
    def check(data: st.DataObject) -> None:
        empty(stand)
        replay = Replay(may_see(who))
        changes = Changes(stand, replay, data.draw)
        for moment in data.draw(st.lists(st.sampled_from(MOMENTS), min_size=1, max_size=8)):
            changes.step(moment)
        for _ in range(4):
            ask(stand, actor, replay, data)
        for edge in EDGES:
            answer = stand.same(actor, VERSIONS, {"edge": str(edge)})
            assert answer["data"]["relationship"] == (
                expected_versions(replay, edge) if edge in replay.told else None
            )

    check()


def ask(stand: Stand, actor: Actor, replay: Replay, data: st.DataObject) -> None:
    """One question about a random day and time of knowing."""
    day = data.draw(st.sampled_from(DAYS))
    step = dt.timedelta(microseconds=data.draw(st.integers(-1, 2)))
    known_at = data.draw(st.sampled_from([None, *(moment + step for moment in MOMENTS)]))
    edge, least = (
        data.draw(st.sampled_from(EDGES)),
        data.draw(st.sampled_from([Decimal("0.1"), Decimal("0.9")])),
    )
    variables = {
        "asOf": f"{day.isoformat()}T12:00:00Z",
        "knownAt": known_at and known_at.isoformat(),
        "edge": str(edge),
        "least": str(least),
    }

    answer = stand.same(actor, ASKED, variables)

    assert answer["data"] == expected(replay, day, known_at, edge, least), (variables, replay.told)
