"""Dates of a contract: its end, its renewals, the last day to give notice, and when to warn."""

import calendar
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import count

from xrm_core.errors import DomainError

ALERT_DAYS = (180, 90, 60, 30, 7)
RECEIPT_BUFFER_DAYS = 7


class Unit(StrEnum):
    """What a period of a contract is counted in."""

    DAY = "DAY"
    WEEK = "WEEK"
    MONTH = "MONTH"
    YEAR = "YEAR"


class Renewal(StrEnum):
    """What happens at the end of the term (rules.md C8)."""

    NONE = "NONE"
    EXPRESS = "EXPRESS"
    TACIT = "TACIT"


class NoticeFrom(StrEnum):
    """The day a notice period is counted back from."""

    END = "END"
    ANNIVERSARY = "ANNIVERSARY"


class NoticeBasis(StrEnum):
    """Whether a notice must have arrived or have been sent by the last notice date."""

    RECEIPT = "RECEIPT"
    DISPATCH = "DISPATCH"


class EmptyTerm(DomainError):
    """A term or a renewal of no length would never end."""

    code = "legal.empty_term"

    def __init__(self, field: str) -> None:
        super().__init__("The period must be at least one day, week, month or year.", field=field)


class DateOutOfRange(DomainError):
    """A period leads beyond the calendar."""

    code = "legal.date_out_of_range"

    def __init__(self, day: date, moved_by: "Duration") -> None:
        by = f"{moved_by.count} {moved_by.unit}"
        super().__init__(f"{day.isoformat()} moved by {by} is no date.", field="term")


class UnknownLegalPeriod(DomainError):
    """No statutory period of that code is known for the day."""

    code = "legal.unknown_legal_period"

    def __init__(self, code: str, on: date) -> None:
        super().__init__(f"No legal period {code} is known for {on.isoformat()}.", field="code")


@dataclass(frozen=True, slots=True)
class Duration:
    """A number of days, weeks, months or years."""

    count: int
    unit: Unit

    def times(self, factor: int) -> "Duration":
        """The duration repeated."""
        return Duration(self.count * factor, self.unit)


@dataclass(frozen=True, slots=True)
class TermFacts:
    """What a contract says of its time (rules.md C8).

    `initial_term` None means indefinite. `renewal_term` None means that a tacit renewal is indefinite, as
    Code civil 1215 has it unless the clause says otherwise. `notice` None means there is none to give.
    """

    effective_on: date
    initial_term: Duration | None
    renewal: Renewal
    renewal_term: Duration | None = None
    notice: Duration | None = None
    notice_from: NoticeFrom = NoticeFrom.END
    notice_basis: NoticeBasis = NoticeBasis.RECEIPT


@dataclass(frozen=True, slots=True)
class DateAlert:
    """A day on which to warn of a later one."""

    on: date
    about: str
    falls_on: date
    days_before: int


def add(day: date, duration: Duration) -> date:
    """The day moved by the duration; months and years clamp to the month's end (rules.md R-0-02).

    A negative count moves back. Raises: DateOutOfRange.
    """
    try:
        if duration.unit is Unit.DAY:
            return day + timedelta(days=duration.count)
        if duration.unit is Unit.WEEK:
            return day + timedelta(weeks=duration.count)
        return _add_months(day, duration.count * (12 if duration.unit is Unit.YEAR else 1))
    except (ValueError, OverflowError):
        raise DateOutOfRange(day, duration) from None


def subtract(day: date, duration: Duration) -> date:
    """The day moved back by the duration, clamped likewise."""
    return add(day, duration.times(-1))


def end_on(effective_on: date, term: Duration) -> date:
    """The last day of a term: effective day plus term, less one day (rules.md C8). Raises: EmptyTerm."""
    if term.count < 1:
        raise EmptyTerm("initial_term")
    return add(effective_on, term) - timedelta(days=1)


def last_notice_date(anchor: date, notice: Duration) -> date:
    """The last day to give notice before the end or anniversary (rules.md C8, R-0-02)."""
    return subtract(anchor, notice)


def ends(facts: TermFacts) -> Iterator[date]:
    """The last day of the first term and of each fixed tacit renewal, without end if it always renews.

    Each is counted from the start of the first renewal, so that clamped month ends do not drift.
    Raises: EmptyTerm.
    """
    if facts.initial_term is None:
        return
    first = end_on(facts.effective_on, facts.initial_term)
    yield first
    if facts.renewal is not Renewal.TACIT or facts.renewal_term is None:
        return
    if facts.renewal_term.count < 1:
        raise EmptyTerm("renewal_term")
    renewed_on = add(facts.effective_on, facts.initial_term)
    for number in count(1):
        yield end_on(renewed_on, facts.renewal_term.times(number))


def next_notice_date(facts: TermFacts, *, as_of: date) -> date | None:
    """The next last-notice date on or after the day; None if there is no notice left to give.

    None too for a contract without notice, and for one that runs indefinitely and whose notice counts from
    its end: it may be ended any day. Raises: EmptyTerm.
    """
    notice = facts.notice
    if notice is None:
        return None
    for anchor in _notice_anchors(facts):
        last = last_notice_date(anchor, notice)
        if last >= as_of:
            return last
    return None


def current_end(facts: TermFacts, *, as_of: date) -> date | None:
    """The end of the term that runs on the day, or the last end there was; None while it is indefinite."""
    found = None
    for end in ends(facts):
        found = end
        if end >= as_of:
            return end
    is_open_ended = facts.renewal is Renewal.TACIT and facts.renewal_term is None
    return None if is_open_ended else found


def information_window(
    last_notice: date, *, opens_before: Duration, closes_before: Duration
) -> tuple[date, date]:
    """First and last day to inform a consumer or non-professional that tacit renewal can be refused.

    Source: rules.md C8; Code de la consommation L215-1. The two periods are legal data.
    """
    return subtract(last_notice, opens_before), subtract(last_notice, closes_before)


def needs_renewal_information(legal_class: str, renewal: Renewal) -> bool:
    """The law asks to inform of a tacit renewal: consumers and non-professionals only (L215-1, L215-3)."""
    return renewal is Renewal.TACIT and legal_class in ("CONSUMER", "NON_PROFESSIONAL")


def alerts(facts: TermFacts, *, as_of: date, days_before: Sequence[int] = ALERT_DAYS) -> list[DateAlert]:
    """Days from `as_of` on at which to warn of the next notice date and of the end, in order (rules.md C8).

    Where notice counts by receipt, alerts of the notice date come a week earlier.
    """
    is_by_receipt = facts.notice_basis is NoticeBasis.RECEIPT
    dates = [
        (
            "last_notice_date",
            next_notice_date(facts, as_of=as_of),
            RECEIPT_BUFFER_DAYS if is_by_receipt else 0,
        ),
        ("end_on", current_end(facts, as_of=as_of), 0),
    ]
    found = [
        DateAlert(day - timedelta(days=before + buffer), about, day, before)
        for about, day, buffer in dates
        if day is not None
        for before in days_before
    ]
    return sorted((alert for alert in found if alert.on >= as_of), key=lambda alert: (alert.on, alert.about))


def legal_period(rows: Sequence[Mapping[str, str]], code: str, *, on: date) -> Duration:
    """The statutory period of that code in force on the day, from rows of text.

    Raises: UnknownLegalPeriod.
    """
    in_force = [
        row for row in rows if row["code"] == code and date.fromisoformat(row["effective_from"]) <= on
    ]
    if not in_force:
        raise UnknownLegalPeriod(code, on)
    row = max(in_force, key=lambda one: one["effective_from"])
    return Duration(int(row["count"]), Unit(row["unit"]))


def _add_months(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    first = date(year, month + 1, 1)
    return first.replace(day=min(day.day, calendar.monthrange(first.year, first.month)[1]))


def _notice_anchors(facts: TermFacts) -> Iterator[date]:
    if facts.notice_from is NoticeFrom.END:
        yield from ends(facts)
        return
    is_over_at_end = facts.initial_term is not None and facts.renewal is not Renewal.TACIT
    last = next(ends(facts)) if is_over_at_end else None
    for year in count(1):
        anniversary = add(facts.effective_on, Duration(year, Unit.YEAR))
        if last is not None and anniversary > last:
            return
        yield anniversary
