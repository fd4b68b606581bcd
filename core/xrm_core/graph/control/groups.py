"""What a party controls on a day, and through which hands: for those who ask."""

import heapq
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from xrm_core.graph.control.rules import Holding, control

# A consolidation that leaves out the hands between (GLEIF's ultimate parent) is shown only where nothing else leads.
_FROM_AFAR = "ULTIMATE"


@dataclass(frozen=True, slots=True)
class Link:
    """A holding as a step on the way to what is controlled."""

    holder: str
    held: str
    edge: str
    basis: str | None


@dataclass(frozen=True, slots=True)
class Controlled:
    """A controlled party, the reason, and the parties and relationships from the controller to it.

    `holdings` are those of the whole group in it, which together may give the control that none gives alone.
    """

    party: str
    basis: str
    parties: tuple[str, ...]
    edges: tuple[str, ...]
    holdings: tuple[Link, ...]


def ways(controller: str, controlled: Mapping[str, str], links: Iterable[Link]) -> list[Controlled]:
    """Each controlled party (with its basis) by the shortest way through holdings of the group, nearest first.

    Direct holdings lead before consolidations from afar; of equal ways the one with the lower ids.
    """
    out: dict[str, list[Link]] = {}
    into: dict[str, list[Link]] = {}
    for link in links:
        if link.held in controlled and (link.holder == controller or link.holder in controlled):
            out.setdefault(link.holder, []).append(link)
            if link.basis != _FROM_AFAR and link.holder != link.held:
                into.setdefault(link.held, []).append(link)
    found: dict[str, Controlled] = {}
    waiting: list[tuple[int, int, tuple[str, ...], tuple[str, ...]]] = [(0, 0, (controller,), ())]
    seen: set[str] = set()
    while waiting:
        afar, length, parties, edges = heapq.heappop(waiting)
        at = parties[-1]
        if at in seen:
            continue
        seen.add(at)
        if at != controller:
            found[at] = Controlled(at, controlled[at], parties, edges, tuple(into.get(at, ())))
        for link in out.get(at, ()):
            if link.held not in seen:
                step = (afar + (link.basis == _FROM_AFAR), length + 1)
                heapq.heappush(waiting, (*step, (*parties, link.held), (*edges, link.edge)))
    return sorted(found.values(), key=lambda one: (len(one.edges), one.party))


def derived(
    controllers: Collection[str], holdings: Iterable[tuple[Link, Decimal, bool]]
) -> dict[str, list[Controlled]]:
    """What each of these controls, from the holdings that somebody may read: (link, votes, is named)."""
    rows = list(holdings)
    asked = set(controllers)
    found: dict[str, dict[str, str]] = {party: {} for party in controllers}
    for pair, basis in control(
        [Holding(link.holder, link.held, votes, named) for link, votes, named in rows]
    ).items():
        controller, held = str(pair[0]), str(pair[1])
        if controller in asked:
            found[controller][held] = basis.value
    links = [link for link, _, _ in rows]
    return {party: ways(party, controlled, links) for party, controlled in found.items()}
