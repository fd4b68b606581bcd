"""What credit adds to a relationship: how our unit stands with a customer who buys on credit."""

import datetime as dt
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from xrm_core.declare import TODAY, Id, Money, Resource, computed, days, field, link, linked
from xrm_core.graph.party import Party
from xrm_core.graph.relationship import Relationship
from xrm_credit.models import Invoice, Payment
from xrm_credit.models.books import NOTHING


class Hold(StrEnum):
    """What a relationship may still do (rules.md R-B-41): SOFT new orders need a release, HARD nothing is shipped."""

    NONE = "NONE"
    SOFT = "SOFT"
    HARD = "HARD"
    LEGAL = "LEGAL"


def _exposure(standing: Any) -> Any:
    """Open invoices less money not yet allocated; null where some of it is in another currency.

    No rate of exchange is known here, and a part left out would look like safety (rules.md R-0-05).
    """
    others = linked(
        standing,
        Invoice,
        "relationship",
        lambda i: sa.func.count(),
        where=lambda i: sa.and_(i.residual != NOTHING, i.residual_currency != standing.currency),
    )
    invoiced = linked(standing, Invoice, "relationship", lambda i: sa.func.sum(i.residual))
    unapplied = linked(
        standing,
        Payment,
        "relationship",
        lambda p: sa.func.sum(p.unapplied),
        where=lambda p: p.unapplied_currency == standing.currency,
    )
    net = sa.func.coalesce(invoiced, NOTHING) - sa.func.coalesce(unapplied, NOTHING)
    is_kept = standing.currency.is_not(None)
    return sa.case((sa.and_(is_kept, others == NOTHING), net))


def _available(standing: Any) -> Any:
    """What may still be sold on credit; null without a limit. An expired limit is none, not unlimited (R-B-31)."""
    expired = sa.and_(standing.limit_valid_to.is_not(None), standing.limit_valid_to < TODAY)
    limit = sa.case((expired, NOTHING), else_=standing.limit)
    return sa.case((standing.limit.is_not(None), limit - standing.exposure))


def _overdue(invoice: Any) -> Any:
    return sa.and_(invoice.residual > NOTHING, invoice.due_on < TODAY)


def _oldest_overdue_days(standing: Any) -> Any:
    first = linked(standing, Invoice, "relationship", lambda i: sa.func.min(i.due_on), where=_overdue)
    return sa.case((standing.currency.is_not(None), sa.func.coalesce(days(first, TODAY), NOTHING)))


class CreditStanding(Resource, extends=Relationship, historical=True):
    """The credit our unit gives on a relationship: limit, exposure, class and hold."""

    __resource__ = "credit.standing"

    unit: Mapped[Id[Party] | None] = link(default=None, index=False)
    currency: Mapped[str] = field(
        default="EUR", code=True, read_only=True, description="In which credit is given."
    )
    limit: Mapped[Money | None] = field(
        default=None, read_only=True, description="What may be owed at most; null: none was set."
    )
    limit_valid_to: Mapped[dt.date | None] = field(
        default=None, read_only=True, description="The limit's last day; null: until changed."
    )
    risk_class: Mapped[str | None] = field(
        default=None,
        code=True,
        hideable=True,
        read_only=True,
        description="A to E (rules.md B7).",
    )
    hold: Mapped[Hold] = field(default=Hold.NONE, read_only=True, index=True)
    hold_reason: Mapped[str | None] = field(default=None, read_only=True)
    hold_since: Mapped[dt.date | None] = field(default=None, read_only=True)
    dunning_procedure: Mapped[str | None] = field(
        default=None, code=True, read_only=True, description="Null: B2B for organisations, B2C for persons."
    )
    dunning_released_to: Mapped[int | None] = field(
        default=None, read_only=True, description="The owner lets letters up to this level go, once."
    )

    exposure = computed(
        Money,
        _exposure,
        currency=lambda s: s.currency,
        hideable=True,
        description="Open invoices less unallocated payments (rules.md R-B-30); null if in several currencies.",
    )
    available = computed(
        Money,
        _available,
        currency=lambda s: s.currency,
        hideable=True,
        description="Limit less exposure; null without a limit.",
    )
    oldest_overdue_days = computed(
        int,
        _oldest_overdue_days,
        hideable=True,
        description="Days the oldest unpaid invoice is overdue; 0 if none.",
    )


HOLD_ORDER = (Hold.NONE, Hold.SOFT, Hold.HARD, Hold.LEGAL)
