"""The days of a contract's time, up to a horizon: each last day to give notice, each last day of a term."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import takewhile

from xrm_legal.rules.dates import TermFacts, ends, next_notice_date


def end_days(facts: TermFacts, *, until: date) -> list[date]:
    """The last day of each term, through the horizon. Raises: EmptyTerm, DateOutOfRange."""
    return list(takewhile(lambda day: day <= until, ends(facts)))


def notice_days(facts: TermFacts, *, until: date) -> list[date]:
    """Each last day to give notice, from the effective day through the horizon. Raises: EmptyTerm."""
    return list(takewhile(lambda day: day <= until, _notices(facts)))


def _notices(facts: TermFacts) -> Iterator[date]:
    found = next_notice_date(facts, as_of=facts.effective_on)
    while found is not None:
        yield found
        found = next_notice_date(facts, as_of=found + timedelta(days=1))
