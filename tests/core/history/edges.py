"""Edges for the tests of the two time axes, and units of work at moments of our choice."""

import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import sqlalchemy as sa

from xrm_core.declare.context import Context
from xrm_core.declare.registry import REGISTRY
from xrm_core.graph.bootstrap import relationship_type_id
from xrm_core.graph.party import Party
from xrm_core.graph.relationship import Relationship
from xrm_core.plugins.testing import Installation

DAY_ONE = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


def at(days: float) -> dt.datetime:
    """A moment, in days after the first."""
    return DAY_ONE + dt.timedelta(days=days)


@asynccontextmanager
async def working(xrm: Installation, moment: dt.datetime) -> AsyncIterator[Context]:
    """A unit of work that takes place at that moment."""
    async with xrm.app.work(command="test.change") as ctx:
        ctx.now = moment
        yield ctx


async def party(xrm: Installation, name: str) -> Party:
    """A party."""
    return await xrm.make(Party, name=name)


async def edge(
    xrm: Installation, source: Party, target: Party, moment: dt.datetime, *, kind: str = "OWNS", **values: Any
) -> Relationship:
    """An edge made at that moment."""
    made = Relationship(
        type=relationship_type_id(1, kind), source=source.id, target=target.id, recorded_at=moment, **values
    )
    async with working(xrm, moment) as ctx:
        ctx.add(made)
    return made


async def change(xrm: Installation, made: Relationship, moment: dt.datetime, **values: Any) -> None:
    """Change an edge at that moment."""
    async with working(xrm, moment) as ctx:
        found = await ctx.get(Relationship, made.id, lock=True)
        for name, value in values.items():
            setattr(found, name, value)


async def delete(xrm: Installation, made: Relationship, moment: dt.datetime) -> None:
    """Delete an edge at that moment."""
    async with working(xrm, moment) as ctx:
        await ctx.session.delete(await ctx.get(Relationship, made.id, lock=True))


async def kept(xrm: Installation, resource: str = "core.relationship") -> list[Any]:
    """The rows of the table beside, oldest first."""
    history = REGISTRY[resource].history
    assert history is not None
    async with xrm.app.reading() as session:
        return list((await session.execute(sa.select(history).order_by(history.c.recorded_at))).all())
