"""Dunning letters that were sent before the as-of day, and what a run on that day must do (rules.md B8)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from xrm_core.data.generate.trading import Bill

# Days past due for level 1, 2 … (R-B-60), and days that must lie between two letters (R-B-61).
LEVEL_DAYS = (4, 15, 30, 45, 60)
LEAST_INTERVAL_DAYS = 8


@dataclass(frozen=True, slots=True)
class Sent:
    """One invoice in one letter."""

    bill: Bill
    level: int
    sent_on: date


@dataclass(frozen=True, slots=True)
class Expected:
    """What a run must do with an overdue invoice: raise it to `level`, or skip it for the reason named.

    TOO_EARLY: not yet late enough for the next level; INTERVAL: its last letter is too recent;
    LAST_LEVEL: there is no level after the one it has. Of several reasons the first of these is told.
    """

    level: int | None
    skipped: str | None


def send_letters(rng: Random, bills: Sequence[Bill], as_of: date) -> list[Sent]:
    """The letters of a customer's past runs; most customers have had none.

    The last run is either long enough ago for every invoice, or so recent that it holds back exactly those
    that it raised: the answer is the same whether the interval is counted for invoice or customer.
    """
    if rng.randrange(10) >= 6:
        return []
    runs, spacing = rng.randrange(1, 8), rng.randrange(10, 20)
    last_days_ago = rng.choice((3, 9, 11, 14))
    if last_days_ago < LEAST_INTERVAL_DAYS:
        sent = _runs(bills, as_of, last_days_ago, runs, spacing)
        if not any(expected(bill, sent, as_of).level for bill in bills if is_overdue(bill, as_of)):
            return sent
    return _runs(bills, as_of, max(last_days_ago, 9), runs, spacing)


def _runs(bills: Sequence[Bill], as_of: date, last: int, runs: int, spacing: int) -> list[Sent]:
    sent: list[Sent] = []
    for days_ago in range(last + spacing * (runs - 1), last - 1, -spacing):
        on = as_of - timedelta(days_ago)
        answers = [(bill, expected(bill, sent, on).level) for bill in bills if is_overdue(bill, on)]
        sent += [Sent(bill, level, on) for bill, level in answers if level]
    return sent


def is_overdue(bill: Bill, on: date) -> bool:
    """True if something of the invoice is still owed after its due day."""
    return bill.due_on < on and bill.residual(on) > 0


def expected(bill: Bill, sent: Sequence[Sent], on: date) -> Expected:
    """What a run on that day must do with an overdue invoice, given the letters sent before."""
    own = [letter for letter in sent if letter.bill is bill]
    reached = max((letter.level for letter in own), default=0)
    if reached == len(LEVEL_DAYS):
        return Expected(None, "LAST_LEVEL")
    if (on - bill.due_on).days < LEVEL_DAYS[reached]:
        return Expected(None, "TOO_EARLY")
    if own and (on - max(letter.sent_on for letter in own)).days < LEAST_INTERVAL_DAYS:
        return Expected(None, "INTERVAL")
    return Expected(reached + 1, None)
