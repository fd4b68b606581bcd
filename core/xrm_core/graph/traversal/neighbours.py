"""Everybody within so many hops of a party, nearest first, up to a number."""

from dataclasses import dataclass, field

from xrm_core.graph.traversal.steps import Clock, Edges, Steps

DEFAULT_LIMIT, MOST_PARTIES = 500, 2_000
# How many relationships of a party and direction a step reads: the last one only tells that there are more.
WIDTHS = (101, 501, 2_001)
# From a level with more parties than these, the fewest.
_FEW = 50


def width_of(limit: int) -> int:
    """How many relationships of a party are read where at most so many parties are wanted."""
    return next((width for width in WIDTHS if width > limit), WIDTHS[-1])


@dataclass(slots=True)
class Neighbours:
    """Parties by their distance, and the relationships met on the way by the hop they are.

    `is_cut`: there are more parties, or more relationships of one of them, than were taken; where the number of
    parties ran out, the walk went no further.
    """

    distances: dict[str, int]
    hops: dict[str, int] = field(default_factory=dict)
    is_cut: bool = False


async def neighbours(start: str, steps: Steps, *, depth: int, limit: int) -> Neighbours:
    """The parties within `depth` hops, `start` among them, at most `limit`; of one distance those with lower ids.

    Relationships are those between the parties found that are at most `depth` hops away.
    """
    clock = Clock()
    found = Neighbours({start: 0})
    frontier = [start]
    for hop in range(1, depth + 1):
        clock.look()
        width = width_of(limit) if len(frontier) <= _FEW else WIDTHS[0]
        met: list[tuple[str, str, str]] = []
        for here, *several in await steps(frontier, width):
            for edges in several:
                met += [(here, other, edge) for other, edge in _taken(edges, width, found)]
        new = sorted({other for _, other, _ in met if other not in found.distances})
        room = limit - len(found.distances)
        frontier = new[:room]
        found.distances.update(dict.fromkeys(frontier, hop))
        for _, other, edge in met:
            if other in found.distances:
                found.hops.setdefault(edge, hop)
        if len(new) > room:
            found.is_cut = True
            break
        if not frontier:
            break
    return found


def _taken(edges: Edges, width: int, found: Neighbours) -> Edges:
    """Where there may be more than were read, all but those with the last party: of these some may be missing."""
    if len(edges) < width:
        return edges
    found.is_cut = True
    last = edges[-1][0]
    return [edge for edge in edges if edge[0] != last] or edges
