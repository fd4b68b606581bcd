"""Ending a contract before or at its term: the first day on which notice given today can end it."""

from datetime import date, timedelta
from enum import StrEnum

from xrm_core.errors import Refusal
from xrm_legal.rules.dates import Renewal, TermFacts, add, ends, last_notice_date


class TerminationKind(StrEnum):
    """Why a contract ends before its term (rules.md C9)."""

    CONVENIENCE = "CONVENIENCE"
    BREACH = "BREACH"
    MUTUAL = "MUTUAL"
    FORCE_MAJEURE = "FORCE_MAJEURE"


def earliest_end(facts: TermFacts, *, notice_given_on: date) -> date:
    """The first day a notice given on that day can end the contract (rules.md C8; Code civil 1211).

    A fixed term ends at one of its ends whose last notice date has not passed; what is indefinite ends when
    the notice has run.
    """
    last = None
    for end in ends(facts):
        last = end
        deadline = end if facts.notice is None else last_notice_date(end, facts.notice)
        if deadline >= notice_given_on:
            return end
    runs_on = last is None or (facts.renewal is Renewal.TACIT and facts.renewal_term is None)
    if last is not None and not runs_on:
        return last
    noticed = notice_given_on if facts.notice is None else add(notice_given_on, facts.notice)
    return noticed if last is None else max(noticed, last + timedelta(days=1))


def termination_refusals(
    facts: TermFacts | None, *, kind: TerminationKind, on: date, today: date
) -> list[Refusal]:
    """Why the contract may not end on that day; empty if it may.

    Only ending it at convenience waits for the notice: breach, force majeure and an agreement do not.
    """
    if facts is not None and on < facts.effective_on:
        return [Refusal("legal.not_effective_yet", "It would end before it takes effect.", "on")]
    if kind is not TerminationKind.CONVENIENCE or facts is None:
        return []
    earliest = earliest_end(facts, notice_given_on=today)
    if on >= earliest:
        return []
    message = f"Notice given on {today.isoformat()} ends it on {earliest.isoformat()} at the earliest."
    return [Refusal("legal.notice_too_short", message, "on", {"earliest": earliest.isoformat()})]
