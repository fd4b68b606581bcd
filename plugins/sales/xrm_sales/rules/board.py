"""The order of cards on a board: a text rank between two neighbours, so that one move writes one row."""

from collections.abc import Iterable, Sequence

from xrm_core.errors import DomainError

# In bytewise order, as both databases compare ranks.
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_BASE = len(_DIGITS)
_MIDDLE = _DIGITS[_BASE // 2]
REBALANCE_LENGTH = 24


class InvalidRank(DomainError):
    """A rank is digits and small letters and does not end in 0."""

    code = "sales.invalid_rank"

    def __init__(self, rank: str) -> None:
        super().__init__(f"{rank!r} is not a rank.", field="rank")


class RanksOutOfOrder(DomainError):
    """The upper neighbour does not come before the lower one: read the lane again, or rebalance it."""

    code = "sales.ranks_out_of_order"

    def __init__(self, upper: str, lower: str) -> None:
        super().__init__(f"Rank {upper} does not come before {lower}.", field="rank")


def rank_between(upper: str | None, lower: str | None) -> str:
    """A rank that sorts after `upper` and before `lower`; None is the end of the lane.

    There always is one; it grows by a digit where cards are pushed between the same two again and again.
    Raises: InvalidRank, RanksOutOfOrder.
    """
    for rank in (upper, lower):
        if rank is not None and not is_rank(rank):
            raise InvalidRank(rank)
    if upper is not None and lower is not None:
        if upper >= lower:
            raise RanksOutOfOrder(upper, lower)
        return _midpoint(upper, lower)
    if upper is not None:
        return _after(upper)
    return _before(lower) if lower is not None else _MIDDLE


def rebalanced(count: int) -> list[str]:
    """That many ranks in order, short, evenly spaced, with room between neighbours."""
    width = 1
    while _BASE**width < (count + 1) * _BASE:
        width += 1
    step = _BASE**width // (count + 1)
    return [_encoded(step * (position + 1), width) for position in range(count)]


def needs_rebalancing(ranks: Iterable[str]) -> bool:
    """A rank of the lane has grown longer than REBALANCE_LENGTH, or two are equal."""
    lane: Sequence[str] = list(ranks)
    return len(set(lane)) < len(lane) or any(len(rank) > REBALANCE_LENGTH for rank in lane)


def is_rank(rank: str) -> bool:
    """The text is a rank: not empty, only digits and small letters, not ending in 0."""
    return bool(rank) and set(rank) <= set(_DIGITS) and not rank.endswith("0")


def _midpoint(upper: str, lower: str) -> str:
    common = 0
    while (upper[common : common + 1] or "0") == lower[common]:
        common += 1
    if common:
        return lower[:common] + _midpoint(upper[common:], lower[common:])
    low = _DIGITS.index(upper[0]) if upper else 0
    high = _DIGITS.index(lower[0])
    if high - low > 1:
        return _DIGITS[(low + high + 1) // 2]
    if len(lower) > 1:
        return lower[0]
    return _DIGITS[low] + _after(upper[1:])


def _after(upper: str) -> str:
    if not upper:
        return _MIDDLE
    for position, digit in enumerate(upper):
        if digit != _DIGITS[-1]:
            return upper[:position] + _DIGITS[_DIGITS.index(digit) + 1]
    return upper + _DIGITS[1]


def _before(lower: str) -> str:
    position = next(i for i, digit in enumerate(lower) if digit != "0")
    value = _DIGITS.index(lower[position])
    if value > 1:
        return lower[:position] + _DIGITS[value - 1]
    return lower[:position] + "0" + _DIGITS[-1]


def _encoded(value: int, width: int) -> str:
    digits = []
    for _ in range(width):
        value, rest = divmod(value, _BASE)
        digits.append(_DIGITS[rest])
    return "".join(reversed(digits)).rstrip("0")
