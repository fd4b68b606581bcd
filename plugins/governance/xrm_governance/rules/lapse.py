"""Abandonnistes: whether a customer is active, at risk, abandoned or back, judged by its own rhythm."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from statistics import median


class LapseState(StrEnum):
    """Where a customer stands (rules.md E1)."""

    ACTIVE = "ACTIVE"
    AT_RISK = "AT_RISK"
    ABANDONED = "ABANDONED"
    REACTIVATED = "REACTIVATED"


class LapseReason(StrEnum):
    """What made a customer at risk or abandoned."""

    SILENT_BEYOND_OWN_RHYTHM = "SILENT_BEYOND_OWN_RHYTHM"
    SILENT_BEYOND_WINDOW = "SILENT_BEYOND_WINDOW"
    PROBABLY_GONE = "PROBABLY_GONE"
    SLOWER_THAN_USUAL = "SLOWER_THAN_USUAL"
    NOTICE_RECEIVED = "NOTICE_RECEIVED"
    NOT_RENEWED = "NOT_RENEWED"


@dataclass(frozen=True, slots=True)
class LapseParameters:
    """Thresholds of rules.md E1: days, multiples of the own median gap, probabilities of being alive."""

    window_days: int = 365
    least_days: int = 90
    abandoned_multiple: Decimal = Decimal(3)
    at_risk_multiple: Decimal = Decimal("1.5")
    purchases_for_rhythm: int = 3
    abandoned_below: Decimal = Decimal("0.20")
    at_risk_below: Decimal = Decimal("0.5")


@dataclass(frozen=True, slots=True)
class Lapse:
    """The state on a day with its grounds.

    `silence_limit` is the number of days beyond which the customer counts as abandoned; `median_gap` is None
    for fewer purchases than a rhythm needs.
    """

    state: LapseState
    days_since_last: int
    silence_limit: Decimal
    median_gap: Decimal | None
    reasons: tuple[LapseReason, ...]

    @property
    def is_abandoner(self) -> bool:
        """The customer has lapsed."""
        return self.state is LapseState.ABANDONED


def lapse(
    purchases: Iterable[date],
    *,
    as_of: date,
    p_alive: Decimal | None = None,
    given: LapseParameters | None = None,
) -> Lapse | None:
    """The state of a customer without contract; None if nothing was bought by the day.

    Purchases count by distinct day. `p_alive` is the probability that the customer still buys, None if not
    computed. Source: rules.md E1.
    """
    parameters = given or LapseParameters()
    days = sorted({day for day in purchases if day <= as_of})
    if not days:
        return None
    silence = (as_of - days[-1]).days
    gap = _own_gap(days, parameters)
    limit = _silence_limit(days, parameters)
    gone = _gone(silence, limit, gap, p_alive, parameters)
    if gone:
        return Lapse(LapseState.ABANDONED, silence, limit, gap, gone)
    slow = _slow(silence, gap, p_alive, parameters)
    if slow:
        return Lapse(LapseState.AT_RISK, silence, limit, gap, slow)
    state = LapseState.REACTIVATED if _came_back(days, parameters) else LapseState.ACTIVE
    return Lapse(state, silence, limit, gap, ())


def contractual_lapse(*, is_notice_received: bool, is_not_renewed: bool) -> tuple[LapseReason, ...]:
    """Why a customer under contract counts as abandoned; empty if it does not (rules.md E1)."""
    found = []
    if is_notice_received:
        found.append(LapseReason.NOTICE_RECEIVED)
    if is_not_renewed:
        found.append(LapseReason.NOT_RENEWED)
    return tuple(found)


def _own_gap(days: Sequence[date], parameters: LapseParameters) -> Decimal | None:
    if len(days) < parameters.purchases_for_rhythm:
        return None
    return Decimal(str(median((later - earlier).days for earlier, later in pairwise(days))))


def _silence_limit(days: Sequence[date], parameters: LapseParameters) -> Decimal:
    gap = _own_gap(days, parameters)
    if gap is None:
        return Decimal(parameters.window_days)
    return max(Decimal(parameters.least_days), parameters.abandoned_multiple * gap)


def _gone(
    silence: int,
    limit: Decimal,
    gap: Decimal | None,
    p_alive: Decimal | None,
    parameters: LapseParameters,
) -> tuple[LapseReason, ...]:
    found = []
    if silence > limit:
        own = LapseReason.SILENT_BEYOND_OWN_RHYTHM
        found.append(LapseReason.SILENT_BEYOND_WINDOW if gap is None else own)
    if p_alive is not None and p_alive < parameters.abandoned_below:
        found.append(LapseReason.PROBABLY_GONE)
    return tuple(found)


def _slow(
    silence: int, gap: Decimal | None, p_alive: Decimal | None, parameters: LapseParameters
) -> tuple[LapseReason, ...]:
    found = []
    if gap is not None and silence > parameters.at_risk_multiple * gap:
        found.append(LapseReason.SLOWER_THAN_USUAL)
    if p_alive is not None and p_alive < parameters.at_risk_below:
        found.append(LapseReason.PROBABLY_GONE)
    return tuple(found)


def _came_back(days: Sequence[date], parameters: LapseParameters) -> bool:
    """The latest purchase ended a silence that had made the customer an abandoner."""
    before = days[:-1]
    return bool(before) and (days[-1] - before[-1]).days > _silence_limit(before, parameters)
