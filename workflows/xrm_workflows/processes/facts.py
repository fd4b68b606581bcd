"""What the guards of relationships read: names, meanings, and the shapes of the values.

Whoever knows an input supplies it with `guard_input(name)`; until then its guards refuse and name it.
A supplier answers None for an object it knows nothing about.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from xrm_core.errors import Refusal
from xrm_workflows.guards import Answer, missing_input


@dataclass(frozen=True, slots=True)
class PartyIdentity:
    """What is known of who the party is; `checked_identifiers` counts those with valid check digits."""

    name: str | None
    country: str | None
    is_organisation: bool
    checked_identifiers: int


@dataclass(frozen=True, slots=True)
class ActiveContract:
    """The longest-lived contract in force, by its renewals and the full months since it took effect."""

    renewals: int
    months: int


@dataclass(frozen=True, slots=True)
class HardSignals:
    """The hard signals of rules.md T4h: how many are open, and the day of the last one (None: never)."""

    open_count: int
    last_on: dt.date | None


@dataclass(frozen=True, slots=True)
class Settlement:
    """What remains to be paid either way, and whether it was handed to litigation."""

    balance: Decimal
    is_in_litigation: bool


@dataclass(frozen=True, slots=True)
class RepairPlan:
    """The repair plan under way: whether it was declared failed, and its target date."""

    has_failed: bool
    target_date: dt.date


@dataclass(frozen=True, slots=True)
class DocumentFile:
    """The mandatory documents that do not hold, by name (rules.md §A7, qualification file)."""

    missing: tuple[str, ...] = ()
    expired: tuple[str, ...] = ()
    unverified: tuple[str, ...] = ()

    @property
    def faults(self) -> tuple[str, ...]:
        """Every document that is missing, expired or unverified."""
        return (*self.missing, *self.expired, *self.unverified)


@dataclass(frozen=True, slots=True)
class QuarterScore:
    """A quarter's scorecard: 0 to 100, and its class A to D after the hard gates (rules.md §E14)."""

    score: Decimal
    grade: str


# Name → what a supplier answers for each relationship.
INPUTS: Mapping[str, str] = {
    "core.relationship.lawful_basis": "code of the lawful basis noted on the edge, '' if none",
    "core.relationship.valid_from": "date the relationship began",
    "core.relationship.valid_to": "date the relationship ends",
    "core.relationship.level": "level 1 to 6 (rules.md §A4)",
    "core.relationship.deterioration_index": "Decimal 0 to 100, None if not known (rules.md §A3)",
    "core.relationship.orders_in_year": "number of orders in the last 365 days",
    "core.relationship.orders": "number of orders ever",
    "core.relationship.settlement": "Settlement",
    "core.party.identity": "PartyIdentity",
    "core.party.contact_points": "number of contact points",
    "core.party.is_barred": "whether the party is marked barred",
    "credit.hold": "NONE, SOFT, HARD or LEGAL (rules.md R-B-41)",
    "credit.oldest_overdue_days": "days the oldest unpaid invoice is overdue, 0 if none",
    "legal.active_contract": "ActiveContract",
    "legal.agreement_signed": "whether an agreement in force is signed",
    "privacy.solicitation_allowed": "whether we may still solicit the party (rules.md F, G)",
    "service.open_severe_complaints": "number of open sev-1 complaints",
    "workflows.health_series": "health at the last evaluations, newest first",
    "workflows.hard_signals": "HardSignals",
    "workflows.contacts_since_plan": "contacts with the party logged since the repair plan was opened",
    "workflows.repair_plan": "RepairPlan",
    "workflows.offboarding_open": "names of the checklist items still open; () if complete",
    "workflows.closed_on": "date the last episode was closed",
    "suppliers.documents": "DocumentFile",
    "suppliers.committed_in_year": "Decimal committed this year in EUR excl. VAT, the next order included",
    "suppliers.scorecards": "QuarterScore of the last quarters, newest first",
    "suppliers.on_time_in_full": "OTIF rate of the last quarter, a fraction (rules.md §E14)",
    "suppliers.critical_incidents": "number of critical incidents not closed",
    "partners.scores": "partner scores 0 to 100 of the last quarters, newest first (rules.md §E15)",
    "partners.certificates": "number of certificates in force",
    "partners.certificates_required": "number of certificates each tier takes, by its status",
    "partners.reviewed_tier": "status that the yearly review gives, grace on downgrade included",
}


def judge(params: Mapping[str, Any], name: str, rule: Callable[[Any], Answer]) -> list[Answer]:
    """The rule's answer for each object's value; an unknown value is refused by name."""
    return [missing_input(name) if value is None else rule(value) for value in params[name]]


def unless(holds: bool, code: str, message: str, **data: Any) -> Answer:
    """A refusal with a code of workflows, unless the condition holds."""
    return None if holds else Refusal(f"workflows.{code}", message, data=data)


def each_of(params: Mapping[str, Any], *names: str) -> Sequence[tuple[Any, ...]]:
    """The values of several inputs, together for each object."""
    return list(zip(*(params[name] for name in names), strict=True))
