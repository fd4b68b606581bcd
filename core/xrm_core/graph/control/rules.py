"""Control of one party over another, on one day, from holdings of votes and agreements (rules.md R-B-32).

Votes are attributed in full: X has the votes it holds and those of every party it controls, unmultiplied. X controls
Y if it has more than half of Y's votes; or more than 40 % while every other holder, and every group of holders under
one controller, has fewer (a presumption, Code de commerce L233-3 II; of equals neither is presumed to control); or if
it, or a party it controls, is named as controlling Y. What a party holds in itself carries no votes. A holding of
unknown size counts for nobody. Votes that add up to more than everything are taken as they stand.

The presumption looks at what others control, so it may defeat another one. What holds is what follows whichever way
such a dispute is decided (the well-founded model): of two presumptions that defeat each other neither holds.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

N = TypeVar("N")

MAJORITY_OF_VOTES = Decimal("0.5")
PRESUMED_ABOVE = Decimal("0.4")


class Basis(StrEnum):
    """Why a party controls another; of several the first that holds."""

    MAJORITY = "MAJORITY"
    EXPLICIT = "EXPLICIT"
    PRESUMED = "PRESUMED"


@dataclass(frozen=True, slots=True)
class Holding:
    """A part of the votes of `held` (a fraction 0..1), or an agreement by which `holder` controls it."""

    holder: object
    held: object
    votes: Decimal
    is_explicit: bool = False


Pair = tuple[object, object]


def control(
    holdings: Collection[Holding], above: Mapping[object, Collection[object]] | None = None
) -> dict[Pair, Basis]:
    """Who controls whom among these holdings, as (controller, controlled) with the reason.

    `above`: who controls those holders that nobody holds here; they are taken as given.
    """
    return _Model(holdings, above or {}).settled()


class _Model:
    """Holdings of one day; groups that differ are handed in as sets of pairs and never changed."""

    def __init__(self, holdings: Iterable[Holding], above: Mapping[object, Collection[object]]) -> None:
        self.above = above
        # Whether any control was presumed so far: once presumed it may have led to a majority.
        self.presumes = False
        self.held_by: dict[object, list[Holding]] = {}
        self.holders_of: dict[object, dict[object, Decimal]] = {}
        for holding in holdings:
            if holding.holder != holding.held:
                self.held_by.setdefault(holding.holder, []).append(holding)
                of_one = self.holders_of.setdefault(holding.held, {})
                of_one[holding.holder] = of_one.get(holding.holder, Decimal(0)) + holding.votes
        # What a party has from the start: itself, and the given holders under it.
        self.own: dict[object, set[object]] = {holder: {holder} for holder in self.held_by}
        for holder in self.held_by:
            for controller in above.get(holder, ()):
                self.own.setdefault(controller, {controller}).add(holder)

    def settled(self) -> dict[Pair, Basis]:
        """The pairs that hold however disputes are decided."""
        surely: dict[Pair, Basis] = {}
        perhaps = self._derived(surely)
        if not self.presumes:
            return perhaps
        while True:
            again = self._derived(perhaps)
            if again.keys() == perhaps.keys():
                return again
            at_most = self._derived(again)
            if again.keys() == surely.keys() and at_most.keys() == perhaps.keys():
                return again
            surely, perhaps = again, at_most

    def _derived(self, others: Mapping[Pair, Basis]) -> dict[Pair, Basis]:
        """What follows if others control what `others` says: the fewer, the more is presumed."""
        over: dict[object, set[object]] = {}
        for controller, controlled in others:
            over.setdefault(controlled, set()).add(controller)
        return {
            (controller, held): basis
            for controller, own in self.own.items()
            for held, basis in self._group(own, over).items()
            if held != controller
        }

    def _group(self, own: set[object], over: Mapping[object, Collection[object]]) -> dict[object, Basis]:
        """What one party controls: grown from itself until nothing is added."""
        members, waiting = set(own), list(own)
        votes: dict[object, Decimal] = {}
        named: set[object] = set()
        found: set[object] = set()
        while waiting:
            while waiting:
                for holding in self.held_by.get(waiting.pop(), ()):
                    held = holding.held
                    votes[held] = votes.get(held, Decimal(0)) + holding.votes
                    if holding.is_explicit:
                        named.add(held)
                    if held not in members and (held in named or votes[held] > MAJORITY_OF_VOTES):
                        self._take(held, members, waiting, found)
            for held, part in list(votes.items()):
                is_candidate = held not in members and part > PRESUMED_ABOVE
                if is_candidate and not self._is_beaten(held, part, members, over):
                    self.presumes = True
                    self._take(held, members, waiting, found)
        return {held: _basis(votes[held], is_named=held in named) for held in found}

    @staticmethod
    def _take(held: object, members: set[object], waiting: list[object], found: set[object]) -> None:
        members.add(held)
        waiting.append(held)
        found.add(held)

    def _is_beaten(
        self,
        held: object,
        part: Decimal,
        members: set[object],
        over: Mapping[object, Collection[object]],
    ) -> bool:
        """Whether another holder, or group of holders under one controller, has as many votes or more."""
        others: dict[object, Decimal] = {}
        for holder, votes in self.holders_of[held].items():
            if holder in members:
                continue
            for other in {holder, *self.above.get(holder, ()), *over.get(holder, ())} - members:
                others[other] = others.get(other, Decimal(0)) + votes
        return any(votes >= part for votes in others.values())


def _basis(votes: Decimal, *, is_named: bool) -> Basis:
    if votes > MAJORITY_OF_VOTES:
        return Basis.MAJORITY
    return Basis.EXPLICIT if is_named else Basis.PRESUMED
