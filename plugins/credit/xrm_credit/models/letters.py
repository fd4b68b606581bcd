"""What was sent to customers who pay late: runs, their letters, and each invoice in a letter."""

import datetime as dt
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from xrm_core.declare import Id, Money, Resource, field, link
from xrm_core.documents.models import Document
from xrm_core.graph.party import Party
from xrm_core.graph.relationship import Relationship
from xrm_credit.models.books import Invoice


class CompletedDunningRun(Resource, crud=set()):
    """A dunning run that was carried out; one that was only simulated leaves no trace."""

    __resource__ = "credit.dunning_run"

    unit: Mapped[Id[Party] | None] = link(
        default=None, index=False, description="Whose invoices it looked at."
    )
    as_of: Mapped[dt.date] = field(
        index=True, description="The day the run counted from, and its letters bear."
    )
    letter_count: Mapped[int] = field()
    raised_count: Mapped[int] = field(description="Invoices raised to their next level.")
    skipped_count: Mapped[int] = field(description="Invoices that were not, each with its reasons.")


class DunningLetter(Resource, crud=set()):
    """A reminder sent to a customer: one per unit, customer, language, currency, day and level."""

    __resource__ = "credit.dunning_letter"
    __constraints__: ClassVar = (
        # What makes a letter the same letter when a run is repeated (rules.md R-B-63).
        sa.UniqueConstraint(
            "tenant_id", "unit_id", "party_id", "language", "currency", "sent_on", "level",
            name="uq_credit_dunning_letter_key",
        ),
        sa.Index("ix_credit_dunning_letter_unit_day", "tenant_id", "unit_id", "sent_on"),
    )  # fmt: skip

    reference: Mapped[str] = field(
        code=True, unique=True, description="What the customer quotes when paying."
    )
    run: Mapped[Id[CompletedDunningRun] | None] = link(
        inverse="letters", default=None, description="Null for letters sent before they were kept here."
    )
    party: Mapped[Id[Party]] = link(inverse="credit.dunningLetters")
    relationship: Mapped[Id[Relationship]] = link(inverse="credit.dunningLetters")
    unit: Mapped[Id[Party] | None] = link(default=None, index=False)
    level: Mapped[int] = field(description="The highest level of its invoices that it raises.")
    language: Mapped[str] = field(code=True)
    currency: Mapped[str] = field(code=True, description="ISO 4217.")
    sent_on: Mapped[dt.date] = field(description="The date it bears.")
    residual: Mapped[Money] = field(description="What is open on its invoices, disputes left out.")
    interest: Mapped[Money | None] = field(
        default=None, description="What it claims as late-payment interest; null where that was not kept."
    )
    indemnity: Mapped[Money | None] = field(
        default=None, description="What it claims as fixed recovery sums; null where that was not kept."
    )
    document: Mapped[Id[Document] | None] = link(default=None, description="The letter itself.")


class DunningLetterLine(Resource, crud=set()):
    """An invoice in a letter, with its own level and the claim on it that day."""

    __resource__ = "credit.dunning_letter_line"
    __constraints__: ClassVar = (
        sa.Index("ix_credit_dunning_letter_line_sent", "tenant_id", "invoice_id", "sent_on"),
    )

    letter: Mapped[Id[DunningLetter]] = link(inverse="lines", inverse_list=True, on_delete="cascade")
    invoice: Mapped[Id[Invoice]] = link(inverse="dunningLines", index=False)
    unit: Mapped[Id[Party] | None] = link(default=None, index=False)
    level: Mapped[int] = field(description="The invoice's own level after this letter.")
    is_raised: Mapped[bool] = field(
        description="This letter raised it to that level; else it was only listed."
    )
    sent_on: Mapped[dt.date] = field()
    days_past_due: Mapped[int] = field()
    residual: Mapped[Money] = field()
    interest: Mapped[Money | None] = field(default=None, description="Accrued through the letter's date.")
    indemnity: Mapped[Money | None] = field(default=None)
    statement: Mapped[dict] = field(  # type: ignore[type-arg]
        default=dict,
        description="Periods, rates and sources the interest was computed from (rules.md R-B-16).",
    )
