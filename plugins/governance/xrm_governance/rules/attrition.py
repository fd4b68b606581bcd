"""Attrition of a period: who was lost, for what kind of reason, and what that is per year."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from xrm_governance.rules.indicator import Definition, Indicator, Period, Scope, ratio

_ONE_DAY = timedelta(days=1)

LOGO_CHURN = Definition("governance.logo_churn", 1, "fraction")
ANNUALISED_CHURN = Definition("governance.logo_churn_annualised", 1, "fraction")
MEAN_LIFE = Definition("governance.mean_life", 1, "periods")


class AttritionKind(StrEnum):
    """Why a customer was lost, in kinds reported apart (rules.md E1, R-A-05)."""

    NATURAL = "NATURAL"
    RELATIONAL = "RELATIONAL"
    OUR_DECISION = "OUR_DECISION"
    NOT_STATED = "NOT_STATED"


@dataclass(frozen=True, slots=True)
class ActiveSpan:
    """Days on which a customer was active, both included; `to_on` None means still active."""

    from_on: date
    to_on: date | None = None

    def covers(self, day: date) -> bool:
        """The customer was active on the day."""
        return self.from_on <= day and (self.to_on is None or day <= self.to_on)


@dataclass(frozen=True, slots=True)
class CustomerHistory:
    """When a customer was active; `lost_reason` is that of the last end; merged parties are not lost."""

    customer_id: UUID | str
    spans: tuple[ActiveSpan, ...]
    lost_reason: str | None = None
    is_merged: bool = False


@dataclass(frozen=True, slots=True)
class Flows:
    """Gross movements of a period in numbers of customers.

    `lost` are those active at the start and not at the end; `acquired` became active for the first time,
    those lost again within the period included; `intra_period_losses` were not active at either end.
    """

    start: int
    lost: int
    acquired: int
    reactivated: int
    intra_period_losses: int
    merged: int
    lost_by_kind: Mapping[AttritionKind, int]

    @property
    def end(self) -> int:
        """Customers active at the end."""
        gained = self.acquired + self.reactivated - self.intra_period_losses
        return self.start - self.lost - self.merged + gained

    @property
    def net_change(self) -> int:
        """Customers more at the end than at the start."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Attrition:
    """Attrition as indicators, in total and by kind of reason, beside the flows behind it."""

    flows: Flows
    churn: Indicator
    by_kind: Mapping[AttritionKind, Indicator]
    annualised: Indicator
    mean_life: Indicator


def active_spans(purchases: Iterable[date], *, window_days: int = 365) -> tuple[ActiveSpan, ...]:
    """When a customer without contract counts as active: a purchase within the window, that day included.

    Source: rules.md E1. Spans that touch or overlap are one.
    """
    spans: list[ActiveSpan] = []
    for day in sorted(purchases):
        until = day + timedelta(days=window_days - 1)
        last_day = spans[-1].to_on if spans else None
        if last_day is not None and day <= last_day + _ONE_DAY:
            spans[-1] = replace(spans[-1], to_on=until)
        else:
            spans.append(ActiveSpan(day, until))
    return tuple(spans)


def flows(
    histories: Iterable[CustomerHistory], period: Period, *, kinds: Mapping[str, AttritionKind]
) -> Flows:
    """The movements of a period; its start is the close of the day before, so periods chain (rules.md E1).

    A reason that `kinds` does not know counts as not stated.
    """
    opening, closing = period.from_on - _ONE_DAY, period.to_on
    start = lost = acquired = reactivated = intra = merged = 0
    by_kind = dict.fromkeys(AttritionKind, 0)
    for history in histories:
        was, remains = _is_active(history, opening), _is_active(history, closing)
        start += was
        is_gained = not was and _was_active_within(history, period)
        if is_gained:
            is_new = not any(span.from_on <= opening for span in history.spans)
            acquired += is_new
            reactivated += not is_new
        if remains or not (was or is_gained):
            continue
        if history.is_merged:
            merged += 1
        elif is_gained:
            intra += 1
        else:
            lost += 1
            by_kind[_kind(history, kinds)] += 1
    return Flows(start, lost, acquired, reactivated, intra, merged, by_kind)


def is_lost(history: CustomerHistory, period: Period) -> bool:
    """The customer was active at the start of the period, is not at its end, and was not merged away."""
    was, remains = _is_active(history, period.from_on - _ONE_DAY), _is_active(history, period.to_on)
    return was and not remains and not history.is_merged


def attrition(found: Flows, period: Period) -> Attrition:
    """Logo churn = lost / active at start, its parts by kind, the yearly rate, the mean life (rules.md E1).

    Yearly: 1 - (1 - c)^n for n periods a year. Mean life is 1 / c periods, if c stays constant.
    """
    exclusions = {
        "intra_period_losses": found.intra_period_losses,
        "reactivated": found.reactivated,
        "merged": found.merged,
    }
    scope = Scope(found.start, period, exclusions=exclusions)
    churn = ratio(LOGO_CHURN, found.lost, found.start, scope=scope)
    by_kind = {
        kind: ratio(_definition(kind), found.lost_by_kind.get(kind, 0), found.start, scope=scope)
        for kind in AttritionKind
    }
    yearly = replace(
        churn,
        value=None if churn.value is None else _annualised(churn.value, period),
        definition_id=ANNUALISED_CHURN.id,
        definition_version=ANNUALISED_CHURN.version,
    )
    mean_life = ratio(MEAN_LIFE, found.start, found.lost, scope=scope)
    return Attrition(found, churn, by_kind, yearly, mean_life)


def reason_kinds(rows: Iterable[Mapping[str, str]]) -> dict[str, AttritionKind]:
    """Kind by dissolution reason, from rows of text."""
    return {row["reason"]: AttritionKind(row["kind"]) for row in rows}


def _definition(kind: AttritionKind) -> Definition:
    return Definition(f"governance.logo_churn_{kind.value.lower()}", 1, "fraction")


def _annualised(churn: Decimal, period: Period) -> Decimal:
    return 1 - (1 - churn) ** period.per_year


def _kind(history: CustomerHistory, kinds: Mapping[str, AttritionKind]) -> AttritionKind:
    return kinds.get(history.lost_reason or "", AttritionKind.NOT_STATED)


def _is_active(history: CustomerHistory, day: date) -> bool:
    return any(span.covers(day) for span in history.spans)


def _was_active_within(history: CustomerHistory, period: Period) -> bool:
    spans: Sequence[ActiveSpan] = history.spans
    return any(
        span.from_on <= period.to_on and (span.to_on is None or span.to_on >= period.from_on)
        for span in spans
    )
