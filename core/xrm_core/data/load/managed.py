"""Managed relationships of an import: one from our unit to each party, with the stage its history gives."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import sqlalchemy as sa

from xrm_core.data.load.lives import ImportedLife, tell_lives
from xrm_core.data.load.rows import insert_rows
from xrm_core.data.staging import ImportedStage, NoDealings, import_stage
from xrm_core.db.versions import change_rows
from xrm_core.declare.context import Context
from xrm_core.declare.registry import REGISTRY
from xrm_core.graph.bootstrap import relationship_type_id
from xrm_core.graph.relationship import Relationship
from xrm_core.ids import Id, derived_id

# Noted on an edge where nothing else is known (rules.md T1).
LAWFUL_BASIS = "LEGITIMATE_INTEREST"

ManagedKind = Literal["CUSTOMER", "SUPPLIER", "PARTNER"]


@dataclass(frozen=True, slots=True)
class Feed:
    """What the edges are fed from: the source, our unit, their type, and the days that decide (R-A-07).

    `as_of` is the day for which stages are set; the sources are read through `fed_through`.
    """

    source: str
    unit: Id[Any]
    kind: ManagedKind
    as_of: dt.date
    fed_through: dt.date


@dataclass(frozen=True, slots=True)
class StoredEdge:
    """A managed edge as it is stored."""

    id: Id[Any]
    version: int
    episode: int | None
    stage: str | None
    substage: str | None
    status: str | None
    valid_from: dt.date | None
    fed_through: dt.date | None


@dataclass(frozen=True, slots=True)
class History:
    """A party's days with a dealing, and which of them were stored before this import; any order, repeats allowed.

    `has_answered`: it has written or spoken to us, which counts where there is no dealing yet (T1b). `facts` are
    other columns of its edge, if that is made now.
    """

    days: Sequence[dt.date] = ()
    stored: Sequence[dt.date] = ()
    has_answered: bool = False
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Edges:
    """The edge of every party, those that were made, and those whose stage changed, from what to what."""

    of_party: dict[Id[Any], Id[Any]] = field(default_factory=dict)
    made: dict[Id[Any], dict[str, Any]] = field(default_factory=dict)
    restaged: dict[Id[Any], tuple[StoredEdge, dict[str, Any]]] = field(default_factory=dict)
    lives: list[ImportedLife] = field(default_factory=list)
    updates: list[dict[str, Any]] = field(default_factory=list)


async def hold_imports(ctx: Context, kind: ManagedKind) -> None:
    """No other import of such edges runs until this unit of work ends; on SQLite no other writer does anyway."""
    table = REGISTRY["core.relationship_type"].table
    await ctx.session.execute(
        sa.select(table.c.id)
        .where(table.c.tenant_id == ctx.tenant_id, table.c.id == relationship_type_id(ctx.tenant_id, kind))
        # Weak enough for others to go on making edges of the type.
        .with_for_update(key_share=True)
    )


async def write_edges(ctx: Context, feed: Feed, histories: Mapping[Id[Any], History]) -> Edges:
    """Each party of the histories has an edge with its stage; workflows is told of every stage that was set.

    An edge whose stage is no longer what an import made it (somebody moved it) keeps it, and one that was read
    this far already is not touched.
    """
    stored = await _stored(ctx, feed)
    edges = Edges()
    for party, history in histories.items():
        known = stored.get(party)
        if known is None:
            _make(ctx, feed, edges, party, history)
        else:
            edges.of_party[party] = known.id
            _go_on(feed, edges, party, known, history)
    await insert_rows(ctx, Relationship, edges.made.values())
    await change_rows(ctx, Relationship, edges.updates)
    await tell_lives(ctx, edges.lives)
    return edges


async def _stored(ctx: Context, feed: Feed) -> dict[Id[Any], StoredEdge]:
    """By the party; of several edges to one party the one that still holds, then the one made first."""
    t = REGISTRY.of(Relationship).table
    query = sa.select(
        t.c.target_id,
        t.c.id,
        t.c.version,
        t.c.episode,
        t.c.stage,
        t.c.substage,
        t.c.status,
        t.c.valid_from,
        t.c.fed_through,
    ).where(
        t.c.tenant_id == ctx.tenant_id,
        t.c.unit_id == feed.unit,
        t.c.type_id == relationship_type_id(ctx.tenant_id, feed.kind),
    )
    found: dict[Id[Any], StoredEdge] = {}
    for party, *values in await ctx.session.execute(
        query.order_by(t.c.valid_to.is_not(None), t.c.recorded_at, t.c.id)
    ):
        found.setdefault(party, StoredEdge(*values))
    return found


def edge_id(tenant_id: int, feed: Feed, party: Id[Any]) -> Id[Any]:
    """The id of the edge an import makes to a party: the same in every import of the source for the unit."""
    return derived_id(tenant_id, feed.source, feed.kind, feed.unit, party)


def _make(ctx: Context, feed: Feed, edges: Edges, party: Id[Any], history: History) -> None:
    edge = edges.of_party[party] = edge_id(ctx.tenant_id, feed, party)
    now = _stage(history.days, feed.as_of, has_answered=history.has_answered)
    _tell(feed, edges, edge, now)
    edges.made[party] = {
        "id": edge,
        "type_id": relationship_type_id(ctx.tenant_id, feed.kind),
        "source_id": feed.unit,
        "target_id": party,
        "unit_id": feed.unit,
        "lawful_basis": LAWFUL_BASIS,
        "fed_through": feed.fed_through,
        "valid_from": min(history.days, default=None),
        "episode": 1,
        **_values(feed.kind, now),
        **history.facts,
    }


def _go_on(feed: Feed, edges: Edges, party: Id[Any], known: StoredEdge, history: History) -> None:
    if known.fed_through is not None and known.fed_through >= feed.fed_through:
        return
    first = min(filter(None, (known.valid_from, *history.days)), default=None)
    values: dict[str, Any] = {"stage": known.stage, "substage": known.substage, "status": known.status}
    episode = known.episode
    now = _stage(history.days, feed.as_of, has_answered=history.has_answered)
    if _is_as_imported(feed, known, history) and values != _values(feed.kind, now):
        returns = known.stage == "DISSOLUTION" and now.stage != "DISSOLUTION"
        episode = (known.episode or 1) + returns
        values = _values(feed.kind, now)
        edges.restaged[party] = known, values
        _tell(feed, edges, known.id, now)
    edges.updates.append(
        {
            "id": known.id,
            "version": known.version,
            "fed_through": feed.fed_through,
            "valid_from": first,
            "episode": episode,
            **values,
        }
    )


def _is_as_imported(feed: Feed, known: StoredEdge, history: History) -> bool:
    """Whether the edge stands where an import put it, or nowhere: nobody has moved it since."""
    if known.stage is None:
        return True
    if known.fed_through is None:
        return False
    then = _stage(history.stored, known.fed_through, has_answered=history.has_answered)
    stands = {"stage": known.stage, "substage": known.substage, "status": known.status}
    return stands == _values(feed.kind, then)


def _stage(days: Sequence[dt.date], as_of: dt.date, *, has_answered: bool) -> ImportedStage:
    """By R-A-07; without a dealing so far the party is identified (T1), or in contact if it has answered (T1b)."""
    try:
        return import_stage(sorted(set(days)), as_of)
    except NoDealings:
        metrics = {"as_of": as_of.isoformat(), "dealing_days": 0, "has_answered": has_answered}
        if has_answered:
            return ImportedStage(
                "CONTACT", "INTERACTIONAL", "REGISTERED", "DUE_DILIGENCE", as_of, None, metrics
            )
        return ImportedStage("CONTACT", "PERCEPTUAL", "IDENTIFIED", "PROSPECT", as_of, None, metrics)


def _tell(feed: Feed, edges: Edges, edge: Id[Any], stage: ImportedStage) -> None:
    state = _values(feed.kind, stage)["status"] or f"{stage.stage}/{stage.substage}"
    at = dt.datetime.combine(feed.as_of, dt.time.min, tzinfo=dt.UTC)
    edges.lives.append(ImportedLife(edge, feed.kind, state, at, stage.reason, stage.metrics))


def _values(kind: ManagedKind, stage: ImportedStage) -> dict[str, str | None]:
    status = {"SUPPLIER": stage.supplier_status, "PARTNER": stage.partner_status}.get(kind)
    return {"stage": stage.stage, "substage": stage.substage, "status": status}
