"""`historical=True` is all an author writes."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from tests.core.probe.models import ProbeLease
from tests.core.query.asking import ALL
from tests.core.query.stand import Stand
from tests.installations import Templates
from xrm_core.access.book import PolicyBook
from xrm_core.declare import Id, Resource, field, link
from xrm_core.declare.registry import REGISTRY, Registry
from xrm_core.declare.resource import METADATA
from xrm_core.identity.actor import Actor, Role


@pytest.fixture(scope="module")
def stand(templates: Templates, postgres_url: str) -> Iterator[Stand]:
    """Both databases, with the plugin of the tests."""
    made = Stand(templates, postgres_url)
    made.obey(PolicyBook(ALL))
    yield made
    made.close()


def test_the_table_beside_follows_from_the_declaration() -> None:
    info = REGISTRY["probe.lease"]

    assert info.history is not None
    assert info.valid == ("lent_on", "due_on")
    assert [column.name for column in info.history.columns] == [*info.table.c.keys(), "known_to"]
    assert [column.name for column in info.history.primary_key] == ["tenant_id", "id", "recorded_at"]
    assert {index.name: [each.name for each in index.columns] for index in info.history.indexes} == {
        "ix_probe_lease_history_party": ["tenant_id", "party_id", "known_to"]
    }


def test_a_plugins_resource_is_read_on_both_axes(stand: Stand) -> None:
    moments = [dt.datetime(2026, 3, day, tzinfo=dt.UTC) for day in (1, 2, 3)]

    async def write(installation: Any) -> None:
        lease: Any = None
        for moment, rent in zip(moments, (1, 2, 3), strict=True):
            async with installation.app.work(command="test.change") as ctx:
                ctx.now = moment
                if lease is None:
                    lease = ProbeLease(party=stand.unit, rent=rent, lent_on=dt.date(2026, 1, 1))
                    ctx.add(lease)
                else:
                    (await ctx.get(ProbeLease, lease.id)).rent = rent

    for installation in stand.installations.values():
        stand.runner.run(write(installation))
    actor = Actor(1, None, "whole", (Role("whole"),), stand.unit)
    asked = """query ($k: DateTime, $d: DateTime) { probeLeases(knownAt: $k, asOf: $d) { nodes {
      rent recordedAt versions { nodes { changed knownTo object { rent } } } } } }"""

    known = [stand.same(actor, asked, {"k": moment.isoformat()}) for moment in moments]
    before = stand.same(actor, asked, {"d": "2025-06-01T12:00:00Z"})

    nodes = [answer["data"]["probeLeases"]["nodes"][0] for answer in known]
    assert [node["rent"] for node in nodes] == [1, 2, 3]
    assert before["data"]["probeLeases"]["nodes"] == []
    assert [one["changed"] for one in nodes[0]["versions"]["nodes"]] == [["rent"], ["rent"], []]
    assert nodes[0]["recordedAt"] == "2026-03-01T00:00:00.000000Z"


@pytest.mark.parametrize(
    ("options", "says"),
    [({"valid": ("rent", "lent_on")}, "no days"), ({"historical": True}, "a moment")],
)
def test_a_wrong_declaration_is_refused(options: dict[str, Any], says: str) -> None:
    values = {
        "__resource__": "probe.wrong",
        "__doc__": "Wrong.",
        "__annotations__": {"rent": Mapped[int], "lent_on": Mapped[dt.date], "recorded_at": Mapped[int]},
        "rent": field(),
        "lent_on": field(),
        "recorded_at": field(),
    }

    with pytest.raises(TypeError, match=says):
        type("ProbeWrong", (Resource,), values, **options)

    forget("probe.wrong")


def test_what_is_historical_does_not_go_with_its_own_kind() -> None:
    with pytest.raises(TypeError, match="its own kind"):

        class ProbeChain(Resource, historical=True):
            """A chain."""

            __resource__ = "probe.chain"
            part_of: Mapped[Id[Any] | None] = link(to="probe.chain", on_delete="cascade", default=None)

    forget("probe.chain")


def forget(name: str) -> None:
    """What a declaration that failed left behind."""
    registry: Registry = REGISTRY
    registry._by_name.pop(name, None)
    table: sa.Table | None = METADATA.tables.get(name.replace(".", "_"))
    if table is not None:
        METADATA.remove(table)
