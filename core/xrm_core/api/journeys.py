"""Fields that walk the graph, answered: the walk on compiled statements, then the objects it found, as selected."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

import orjson

from xrm_core.errors import Invalid, LimitExceeded, NotFound
from xrm_core.graph.control.groups import Controlled, Link, derived, ways
from xrm_core.graph.traversal.neighbours import DEFAULT_LIMIT, MOST_PARTIES, neighbours
from xrm_core.graph.traversal.routes import Search
from xrm_core.graph.traversal.steps import DEEPEST, Edges
from xrm_core.query.binds import source_of
from xrm_core.query.graph import fields
from xrm_core.query.graph.itinerary import FAR, Itinerary, Shape, Site
from xrm_core.query.graph.steps import PARTIES, TYPES
from xrm_core.query.operands import exact_id
from xrm_core.query.plan import ROWS_KEY, Plan

# Controlled parties in one answer, however many parties were asked about.
MOST_CONTROLLED = 20_000


class Reading(Protocol):
    """One operation's way to the database: every statement sees what the first one saw."""

    @property
    def context(self) -> Any:
        """The operation's context."""

    @property
    def values(self) -> Any:
        """What the request brings: who asks, and the variables."""

    async def fetch(self, plan: Plan, ids: Sequence[str] = (), more: Mapping[str, Any] | None = None) -> str:
        """The text a plan's statement answers with."""

    async def filled(self, plan: Plan, ids: Sequence[str]) -> dict[str, Any]:
        """The tree of a plan for these objects, everything in it answered."""


@dataclass(slots=True)
class _Walk:
    """One journey under way."""

    reading: Reading
    itinerary: Itinerary
    beginning: Any = None
    # The first step, where the statement took it.
    first: Any = None
    types: list[UUID] = field(default_factory=list)
    request: Any = field(init=False)

    def __post_init__(self) -> None:
        self.request = self.reading.values

    def argument(self, name: str, default: Any = None) -> Any:
        """An argument of the field, from the request's variables where it is one."""
        value = self.itinerary.arguments.get(name)
        if value is None:
            return default
        found = source_of(value)(self.request)
        return default if found is None else found

    def number(self, name: str, default: int, most: int) -> int:
        """A number from 1 on. Raises: Invalid, LimitExceeded."""
        value = int(self.argument(name, default))
        if value < 1:
            raise Invalid(f"{name} is at least 1.", field=name)
        if value > most:
            raise LimitExceeded(f"{name} is at most {most}.", field=name)
        return value

    async def rows(self, name: str, **given: Any) -> Any:
        """What a statement of the journey answers."""
        plan = self.itinerary.statements[name]
        return orjson.loads(await self.reading.fetch(plan, (), given))[ROWS_KEY]

    def begin(self) -> list[str]:
        """The parties that the arguments name, and the types the walk follows.

        Raises: NotFound for a party that is not there for the asker, Invalid for a type that is not.
        """
        seen, known = self.beginning
        ids = {name: str(exact_id(self.argument(name), name)) for name in fields.ENDS if self.argument(name)}
        for name, party in ids.items():
            if [party] not in seen:
                raise NotFound("Party", party, field=name)
        types = dict(known)
        for code in self.argument("types", []):
            if code not in types:
                raise Invalid(f"There is no relationship type {code}.", field="types")
        self.types = [UUID(type_) for type_ in types.values()]
        return list(ids.values())

    async def step(self, parties: Sequence[str], width: int) -> list[tuple[str, Edges, Edges]]:
        """The relationships of these parties, at most so many in each direction."""
        if self.first is not None:
            taken: list[tuple[str, Edges, Edges]] = self.first
            self.first = None
            return taken
        given = {PARTIES: list(parties), TYPES: self.types}
        text = await self.reading.fetch(self.itinerary.steps[width], (), given)
        found: list[tuple[str, Edges, Edges]] = orjson.loads(text)[ROWS_KEY]
        return found

    async def controlled(self, parties: Sequence[str]) -> dict[str, list[Controlled]]:
        """What each of these parties controls. Raises: LimitExceeded."""
        given = {PARTIES: list(parties)}
        if "kept" in self.itinerary.statements:
            found = _by_table(await self.rows("kept", **given), parties)
        else:
            rows = await self.rows("region", **given)
            found = derived(
                parties,
                (
                    (
                        Link(holder, held, edge, basis),
                        Decimal(votes or 0) if not named else Decimal(0),
                        bool(named),
                    )
                    for holder, held, votes, named, edge, basis in rows
                ),
            )
        if sum(len(several) for several in found.values()) > MOST_CONTROLLED:
            raise LimitExceeded(f"More than {MOST_CONTROLLED} controlled parties; ask for fewer at once.")
        return found


def _by_table(rows: Iterable[Any], parties: Sequence[str]) -> dict[str, list[Controlled]]:
    basis: dict[str, dict[str, str]] = {party: {} for party in parties}
    links: dict[str, list[Link]] = {party: [] for party in parties}
    for controller, held, why, holder, edge, known_by in rows:
        basis[controller][held] = why
        links[controller].append(Link(holder, held, edge, known_by))
    return {party: ways(party, basis[party], links[party]) for party in parties}


async def _neighbourhood(walk: _Walk) -> Any:
    depth, limit = walk.number("depth", 1, DEEPEST), walk.number("limit", DEFAULT_LIMIT, MOST_PARTIES)
    (start,) = walk.begin()
    found = await neighbours(start, walk.step, depth=depth, limit=limit)
    return _Subgraph(found.distances, found.hops, found.is_cut)


async def _paths(walk: _Walk) -> Any:
    most = walk.number("maxDepth", 4, DEEPEST)
    start, goal = walk.begin()
    routes = await Search(start, goal, walk.step, FAR).routes(most)
    return [_path(route.parties, route.edges) for route in routes]


async def _distance(walk: _Walk) -> Any:
    most = walk.number("maxDepth", DEEPEST, DEEPEST)
    start, goal = walk.begin()
    return await Search(start, goal, walk.step, FAR).distance(most)


async def _closure(walk: _Walk) -> Any:
    (start,) = walk.begin()
    controlled = (await walk.controlled([start]))[start]
    taken = controlled[: MOST_PARTIES - 1]
    distances = {start: 0, **{one.party: len(one.edges) for one in taken}}
    hops: dict[str, int] = {}
    for one in taken:
        for hop, edge in enumerate(one.edges, 1):
            hops.setdefault(edge, hop)
        for link in one.holdings:
            if link.holder in distances:
                hops.setdefault(link.edge, len(one.edges))
    return _Subgraph(distances, hops, len(taken) < len(controlled))


_ROOTS = {
    fields.NEIGHBOURHOOD: _neighbourhood,
    fields.PATHS: _paths,
    fields.DISTANCE: _distance,
    fields.CLOSURE: _closure,
}


@dataclass(frozen=True, slots=True)
class _Subgraph:
    """Parties and relationships by how far they are."""

    parties: dict[str, int]
    relationships: dict[str, int]
    truncated: bool


def _path(parties: Sequence[str], edges: Sequence[str]) -> dict[str, Any]:
    return {"length": len(edges), "parties": list(parties), "relationships": list(edges)}


Place = tuple[dict[str, Any], str]


async def travel(reading: Reading, itinerary: Itinerary, places: Sequence[Place]) -> None:
    """Answer the field wherever the statement left its mark, for the party whose id stands behind it, if one does."""
    if itinerary.kind == fields.CONTROLS:
        values = await _everywhere(reading, itinerary, places)
    else:
        values = [
            (holder, key, await _ROOTS[itinerary.kind](_Walk(reading, itinerary, *holder[key][1:])))
            for holder, key in places
        ]
    if itinerary.shape is None:
        for holder, key, value in values:
            holder[key] = value
        return
    album = _Album(reading)
    await album.read(itinerary.shape, [value for _, _, value in values])
    for holder, key, value in values:
        holder[key] = album.shown(itinerary.shape, value)


async def _everywhere(
    reading: Reading, itinerary: Itinerary, places: Sequence[Place]
) -> list[tuple[dict[str, Any], str, Any]]:
    """What each party controls, where it was asked of it; several resources may have answered at one place."""
    mark = itinerary.mark
    ours = [
        (holder, key, holder[key].removeprefix(mark))
        for holder, key in places
        if isinstance(holder[key], str) and holder[key].startswith(mark)
    ]
    if not ours:
        return []
    found = await _Walk(reading, itinerary).controlled(list(dict.fromkeys(party for _, _, party in ours)))
    return [(holder, key, [_controlled(one) for one in found[party]]) for holder, key, party in ours]


def _controlled(one: Controlled) -> dict[str, Any]:
    return {"party": one.party, "basis": one.basis, "path": _path(one.parties, one.edges)}


@dataclass(slots=True)
class _Album:
    """The objects of an answer, read once for each place they stand at."""

    reading: Reading
    items: dict[int, dict[str, Any]] = field(default_factory=dict)

    async def read(self, shape: Shape, values: Sequence[Any]) -> None:
        """Read what stands in these values, of that shape."""
        several = list(itertools.chain.from_iterable(v if isinstance(v, list) else [v] for v in values))
        for _, name, inner in shape.members:
            if inner is None:
                continue
            members = [_member(value, name) for value in several]
            if isinstance(inner, Shape):
                await self.read(inner, members)
            elif id(inner) not in self.items:
                await self._read_site(inner, members)

    async def _read_site(self, site: Site, members: Sequence[Any]) -> None:
        ids: dict[str, None] = {}
        for member in members:
            ids.update(dict.fromkeys([member] if isinstance(member, str) else member))
        tree = await self.reading.filled(site.plan, list(ids)) if ids else {ROWS_KEY: []}
        self.items[id(site)] = {row["id"]: row["item"] for row in tree[ROWS_KEY]}

    def shown(self, shape: Shape, value: Any) -> Any:
        """The value as the answer has it."""
        if isinstance(value, list):
            return [self.shown(shape, one) for one in self._by_name(shape, value)]
        found: dict[str, Any] = {}
        for key, name, inner in shape.members:
            if name == "__typename":
                found[key] = shape.type_name
            elif inner is None:
                found[key] = _member(value, name)
            elif isinstance(inner, Shape):
                found[key] = self.shown(inner, _member(value, name))
            else:
                found[key] = self._objects(inner, _member(value, name))
        return found

    def _objects(self, site: Site, member: Any) -> Any:
        items = self.items[id(site)]
        if isinstance(member, str):
            return items.get(member)
        if isinstance(member, dict):
            # By how far they are, then in the order they were read in: parties by their names.
            rank = {one: position for position, one in enumerate(items)}
            member = sorted((one for one in member if one in rank), key=lambda one: (member[one], rank[one]))
        return [items[one] for one in member if one in items]

    def _by_name(self, shape: Shape, values: list[Any]) -> list[Any]:
        """What is controlled stands by how far it is, then by name where the party is shown."""
        site = next((inner for _, name, inner in shape.members if name == "party"), None)
        if not isinstance(site, Site):
            return values
        rank = {one: position for position, one in enumerate(self.items[id(site)])}
        return sorted(values, key=lambda one: (one["path"]["length"], rank.get(one["party"], 0)))


def _member(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else getattr(value, name, None)
