"""Control over time: the same rule on every day there is, as spans of days between changes.

The graph of holdings falls into knots – parties that hold each other in a circle; most are one party alone. Who
controls a knot depends only on its own holdings and on who controls its outside holders, so knots are settled one
after the other, holders first, and each only on the days on which something about it changes.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from xrm_core.graph.control.rules import PRESUMED_ABOVE, Basis, Holding, control

# No beginning, and no end: days that stand for them, as books write it.
ALWAYS, OPEN = dt.date.min, dt.date.max


@dataclass(frozen=True, slots=True)
class Stake:
    """A holding or agreement from its first day up to the day on which it no longer holds."""

    holder: object
    held: object
    votes: Decimal
    is_explicit: bool = False
    since: dt.date = ALWAYS
    until: dt.date = OPEN


@dataclass(frozen=True, slots=True)
class Span:
    """One party controls another from a day up to the day on which it no longer does, or for another reason."""

    controller: object
    controlled: object
    basis: Basis
    since: dt.date
    until: dt.date


def spans(stakes: Iterable[Stake], above: Mapping[object, Sequence[Span]] | None = None) -> Iterator[Span]:
    """Who controls whom, when. `above`: who controls the holders that are not held here, taken as given."""
    into: dict[object, list[Stake]] = {}
    for stake in stakes:
        if stake.holder != stake.held and stake.since < stake.until:
            into.setdefault(stake.held, []).append(stake)
    known: dict[object, Sequence[Span]] = dict(above or {})
    for knot in _knots(into):
        settled: dict[object, list[Span]] = {held: [] for held in knot}
        for span in _of_knot([stake for held in knot for stake in into.get(held, ())], knot, known):
            settled[span.controlled].append(span)
            yield span
        known.update(settled)


def _of_knot(
    stakes: Sequence[Stake], knot: Collection[object], known: Mapping[object, Sequence[Span]]
) -> Iterator[Span]:
    """The spans of one knot: settled anew on each day on which a stake, or control of a holder, begins or ends."""
    inside = set(knot)
    above = {stake.holder: known.get(stake.holder, ()) for stake in stakes if stake.holder not in inside}
    if len(inside) == 1:
        stakes = _that_matter(stakes, above)
        above = {stake.holder: above[stake.holder] for stake in stakes}
    begun: dict[tuple[object, object], tuple[Basis, dt.date]] = {}
    for day, holdings, given in _Days(stakes, above):
        found = control(holdings, given)
        for pair, (basis, since) in list(begun.items()):
            if found.get(pair) is not basis:
                del begun[pair]
                yield Span(*pair, basis, since, day)
        for pair, basis in found.items():
            begun.setdefault(pair, (basis, day))
    for pair, (basis, since) in begun.items():
        yield Span(*pair, basis, since, OPEN)


def _that_matter(stakes: Sequence[Stake], above: Mapping[object, Sequence[Span]]) -> Sequence[Stake]:
    """Without the stakes of those who never come to more than 40 %: a crowd of small holders, with its days."""
    hands = [{stake.holder, *(span.controller for span in above[stake.holder])} for stake in stakes]
    most: dict[object, Decimal] = {}
    for stake, several in zip(stakes, hands, strict=True):
        for hand in several:
            most[hand] = most.get(hand, Decimal(0)) + (Decimal(1) if stake.is_explicit else stake.votes)
    return [
        stake
        for stake, several in zip(stakes, hands, strict=True)
        if any(most[hand] > PRESUMED_ABOVE for hand in several)
    ]


class _Days:
    """The days on which something changes, each with the holdings and the control of outside holders from then on."""

    def __init__(self, stakes: Sequence[Stake], above: Mapping[object, Sequence[Span]]) -> None:
        self.changes: dict[dt.date, list[tuple[bool, Stake | Span]]] = {}
        for stake in stakes:
            self._note(stake)
        for several in above.values():
            for span in several:
                self._note(span)

    def _note(self, item: Stake | Span) -> None:
        self.changes.setdefault(item.since, []).append((True, item))
        if item.until < OPEN:
            self.changes.setdefault(item.until, []).append((False, item))

    def __iter__(self) -> Iterator[tuple[dt.date, list[Holding], Mapping[object, Collection[object]]]]:
        holdings: dict[int, Holding] = {}
        above: dict[object, set[object]] = {}
        for day in sorted(self.changes):
            # What ends on a day makes room for what begins on it.
            for begins, item in sorted(self.changes[day], key=lambda change: change[0]):
                if isinstance(item, Span):
                    (set.add if begins else set.discard)(
                        above.setdefault(item.controlled, set()), item.controller
                    )
                elif begins:
                    holdings[id(item)] = Holding(item.holder, item.held, item.votes, item.is_explicit)
                else:
                    del holdings[id(item)]
            yield day, list(holdings.values()), above


def _knots(into: Mapping[object, Sequence[Stake]]) -> Iterator[list[object]]:
    """The held parties in knots, each after those that hold it (Tarjan's algorithm, without recursion)."""
    index: dict[object, int] = {}
    low: dict[object, int] = {}
    stack: list[object] = []
    on_stack: set[object] = set()
    for root in into:
        if root in index:
            continue
        work = [(root, iter(into[root]))]
        index[root] = low[root] = len(index)
        stack.append(root)
        on_stack.add(root)
        while work:
            node, stakes = work[-1]
            for stake in stakes:
                holder = stake.holder
                if holder not in into:
                    continue
                if holder not in index:
                    index[holder] = low[holder] = len(index)
                    stack.append(holder)
                    on_stack.add(holder)
                    work.append((holder, iter(into[holder])))
                    break
                if holder in on_stack:
                    low[node] = min(low[node], index[holder])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    yield _popped(stack, on_stack, node)


def _popped(stack: list[object], on_stack: set[object], root: object) -> list[object]:
    knot = []
    while True:
        node = stack.pop()
        on_stack.discard(node)
        knot.append(node)
        if node == root:
            return knot
