"""How two parties are connected: from both ends towards each other, the smaller end first."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from xrm_core.errors import LimitExceeded
from xrm_core.graph.traversal.steps import Clock, Edges, Steps

MOST_ROUTES = 20
# Relationships read for one answer.
MOST_EDGES = 50_000
# Places looked at while routes are written out; beyond the shortest they can lead astray.
_MOST_LOOKS = 100_000


@dataclass(frozen=True, slots=True)
class Route:
    """Parties from one end to the other, none twice, and the relationship between each and the next."""

    parties: tuple[str, ...]
    edges: tuple[str, ...]


@dataclass(slots=True)
class _End:
    """One end: how far its parties are, and those from which it goes on."""

    levels: list[list[str]]
    distances: dict[str, int]

    @property
    def frontier(self) -> list[str]:
        """The parties farthest from it so far."""
        return self.levels[-1]

    @property
    def depth(self) -> int:
        """How far it has come."""
        return len(self.levels) - 1


@dataclass(slots=True)
class Search:
    """The part of the graph between two parties, as far as it is known.

    `widths`: how many relationships of a party and direction are read at first, and at most.
    """

    start: str
    goal: str
    steps: Steps
    widths: tuple[int, int]
    edges: dict[str, Edges] = field(default_factory=dict)
    # Parties with more relationships than are read at first.
    wide: set[str] = field(default_factory=set)
    read: int = 0

    async def distance(self, most: int) -> int | None:
        """The number of hops between them, None if there are more than `most`. Raises: LimitExceeded."""
        async for depth, has_met in self._grown(most):
            if has_met:
                return depth
        return None

    async def routes(self, most: int) -> list[Route]:
        """Routes of at most `most` hops, the shortest first, at most MOST_ROUTES; of one length by the parties' ids.

        Of several relationships between two parties the one with the lowest id stands in a route.
        Raises: LimitExceeded.
        """
        found: list[Route] = []
        async for depth, has_met in self._grown(most):
            if has_met:
                found += self._written(depth, MOST_ROUTES - len(found))
            if len(found) >= MOST_ROUTES:
                break
        return found

    async def _grown(self, most: int) -> AsyncIterator[tuple[int, bool]]:
        """After each level: how many hops are covered, and whether the ends have met."""
        clock = Clock()
        here = _End([[self.start]], {self.start: 0})
        there = _End([[self.goal]], {self.goal: 0})
        has_met = self.start == self.goal
        yield 0, has_met
        while here.depth + there.depth < most and here.frontier and there.frontier:
            clock.look()
            end, other = await self._smaller(here, there)
            end.levels.append(self._next(end, other))
            end.distances.update(dict.fromkeys(end.frontier, end.depth))
            has_met = has_met or any(party in other.distances for party in end.frontier)
            yield here.depth + there.depth, has_met

    async def _smaller(self, here: _End, there: _End) -> tuple[_End, _End]:
        """The end to go on from, its frontier's edges read: the one with fewer parties, and no party of very many."""
        first, second = (here, there) if len(here.frontier) <= len(there.frontier) else (there, here)
        for end, other in ((first, second), (second, first)):
            onward = _onward(end, other)
            await self._read(onward, self.widths[0])
            if not self.wide.intersection(onward):
                return end, other
        await self._read(sorted(self.wide.intersection(_onward(first, second))), self.widths[1])
        return first, second

    async def _read(self, parties: Sequence[str], width: int) -> None:
        missing = [party for party in parties if party not in self.edges]
        if width == self.widths[0]:
            missing = [party for party in missing if party not in self.wide]
        if not missing:
            return
        for party, *several in await self.steps(missing, width):
            if any(len(edges) >= width for edges in several):
                if width == self.widths[-1]:
                    raise LimitExceeded(
                        f"A party on the way has more than {width - 1} relationships; name the types to follow."
                    )
                self.wide.add(party)
                continue
            self.wide.discard(party)
            self.edges[party] = sorted(edge for edges in several for edge in edges)
            self.read += len(self.edges[party])
        if self.read > MOST_EDGES:
            message = (
                f"More than {MOST_EDGES} relationships lie on the way; ask for fewer hops or name the types."
            )
            raise LimitExceeded(message, field="maxDepth")

    def _next(self, end: _End, other: _End) -> list[str]:
        new = {
            party for at in _onward(end, other) for party, _ in self.edges[at] if party not in end.distances
        }
        return sorted(new)

    def _written(self, length: int, most: int) -> list[Route]:
        """The first routes of exactly this many hops, by the parties' ids."""
        known = self._known()
        left = _distances(known, self.goal)
        budget = [_MOST_LOOKS]
        found: list[Route] = []
        for parties in _walks(known, left, [self.start], self.goal, length, budget):
            edges = tuple(known[one][two] for one, two in pairwise(parties))
            found.append(Route(tuple(parties), edges))
            if len(found) >= most:
                break
        return found

    def _known(self) -> dict[str, dict[str, str]]:
        """The edges read so far, from both their ends: of several between two parties the lowest."""
        known: dict[str, dict[str, str]] = {}
        for party, edges in self.edges.items():
            for other, edge in edges:
                if other != party:
                    one = known.setdefault(party, {})
                    one[other] = min(edge, one.get(other, edge))
                    two = known.setdefault(other, {})
                    two[party] = min(edge, two.get(party, edge))
        return known


def _onward(end: _End, other: _End) -> list[str]:
    """Where an end goes on from: not from the other end itself, a route through it would have it twice."""
    return [party for party in end.frontier if party not in other.levels[0]]


def _distances(known: Mapping[str, Mapping[str, str]], goal: str) -> dict[str, int]:
    found, level = {goal: 0}, [goal]
    while level:
        level = [other for at in level for other in known.get(at, ()) if _is_new(found, other, found[at] + 1)]
    return found


def _is_new(found: dict[str, int], party: str, distance: int) -> bool:
    if party in found:
        return False
    found[party] = distance
    return True


def _walks(
    known: Mapping[str, Mapping[str, str]],
    left: Mapping[str, int],
    parties: list[str],
    goal: str,
    length: int,
    budget: list[int],
) -> Iterator[list[str]]:
    """Ways on from the last party in exactly `length` more hops, no party twice."""
    at = parties[-1]
    if length == 0:
        if at == goal:
            yield list(parties)
        return
    if at == goal:
        return
    for other in sorted(known.get(at, ())):
        budget[0] -= 1
        if budget[0] < 0:
            return
        if other in parties or left.get(other, length) > length - 1:
            continue
        parties.append(other)
        yield from _walks(known, left, parties, goal, length - 1, budget)
        parties.pop()
