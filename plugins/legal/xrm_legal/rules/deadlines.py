"""The days of a contract's time, up to a horizon: each last day to give notice, each last day of a term."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import takewhile

from xrm_legal.rules.dates import Duration, NoticeBasis, NoticeFrom, Renewal, TermFacts, Unit, ends
from xrm_legal.rules.dates import next_notice_date as notice_from


def term_facts(
    *,
    effective_on: date | None,
    term_months: int | None,
    ends_on: date | None,
    renewal: str,
    renewal_months: int | None,
    notice_months: int | None,
    notice_from: str,
    notice_basis: str,
) -> TermFacts | None:
    """A contract's columns as the date rules take them; None while it has no effective day.

    A term not counted in months runs from the effective day through `ends_on`, both included.
    """
    if effective_on is None:
        return None
    term = None
    if term_months is not None:
        term = Duration(term_months, Unit.MONTH)
    elif ends_on is not None:
        term = Duration((ends_on - effective_on).days + 1, Unit.DAY)
    return TermFacts(
        effective_on,
        term,
        Renewal(renewal),
        renewal_term=_months(renewal_months),
        notice=_months(notice_months),
        notice_from=NoticeFrom(notice_from),
        notice_basis=NoticeBasis(notice_basis),
    )


def end_days(facts: TermFacts, *, until: date) -> list[date]:
    """The last day of each term, through the horizon. Raises: EmptyTerm, DateOutOfRange."""
    return list(takewhile(lambda day: day <= until, ends(facts)))


def notice_days(facts: TermFacts, *, until: date) -> list[date]:
    """Each last day to give notice, from the effective day through the horizon. Raises: EmptyTerm."""
    return list(takewhile(lambda day: day <= until, _notices(facts)))


def _notices(facts: TermFacts) -> Iterator[date]:
    found = notice_from(facts, as_of=facts.effective_on)
    while found is not None:
        yield found
        found = notice_from(facts, as_of=found + timedelta(days=1))


def _months(count: int | None) -> Duration | None:
    return None if count is None else Duration(count, Unit.MONTH)
