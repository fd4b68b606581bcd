"""The board: where a card goes in its lane, so that a move writes one row."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from xrm_core.declare import Context, Id
from xrm_sales import repository
from xrm_sales.errors import NeighbourElsewhere
from xrm_sales.models import Opportunity
from xrm_sales.rules import needs_rebalancing, rank_between, rebalanced

Card = tuple[Id[Opportunity], str]


@dataclass(frozen=True, slots=True)
class Gap:
    """A place in a lane: the ranks on either side, None at its ends."""

    upper: str | None
    lower: str | None


async def place(
    ctx: Context,
    unit: Id[Any] | None,
    stage: str,
    *,
    card: Id[Opportunity] | None = None,
    after: Id[Opportunity] | None = None,
    before: Id[Opportunity] | None = None,
) -> str:
    """The rank of a card that goes behind `after` or before `before` in a lane; with neither, at its end.

    A lane whose ranks have become equal or too long is numbered anew first. Raises: NeighbourElsewhere.
    """
    cards = [one for one in await repository.lane(ctx, unit, stage) if one[0] != card]
    if needs_rebalancing(rank for _, rank in cards):
        ranks = rebalanced(len(cards))
        cards = [(one, rank) for (one, _), rank in zip(cards, ranks, strict=True)]
        await repository.rank_cards(ctx, dict(cards))
    gap = _gap(cards, after, before)
    return rank_between(gap.upper, gap.lower)


def _gap(cards: Sequence[Card], after: Id[Any] | None, before: Id[Any] | None) -> Gap:
    """The gap that is meant; where the two neighbours are no longer side by side, right behind `after`."""
    position = {card: place for place, (card, _) in enumerate(cards)}
    for name, neighbour in (("after", after), ("before", before)):
        if neighbour is not None and neighbour not in position:
            raise NeighbourElsewhere(name)
    ranks = [rank for _, rank in cards]
    if after is not None:
        below = position[after] + 1
    elif before is not None:
        below = position[before]
    else:
        below = len(ranks)
    upper = ranks[below - 1] if below > 0 else None
    return Gap(upper, ranks[below] if below < len(ranks) else None)
