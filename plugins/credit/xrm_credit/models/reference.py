"""Published and agreed figures, each from a day on: a missing one is an error, never a guess (rules.md R-0-05)."""

import datetime as dt
from decimal import Decimal
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from xrm_core.declare import LANGUAGE, Id, Money, Resource, computed, field, link
from xrm_core.errors import Refusal


class ReferenceIndex(Resource, crud={"create", "update"}):
    """A series of published rates, and the day through which its publication is known."""

    __resource__ = "credit.reference_index"

    key: Mapped[str] = field(code=True, unique=True, immutable=True, description="ref_rate.ecb_mro …")
    published_through: Mapped[dt.date] = field(description="Later days have no rate until it is moved on.")
    title_fr: Mapped[str] = field()
    title_en: Mapped[str] = field()

    title = computed(str, lambda s: sa.case((LANGUAGE == "fr", s.title_fr), else_=s.title_en))


class ReferenceRate(Resource, crud={"create", "update"}):
    """A rate of a series that stands from a day until the next one of its series."""

    __resource__ = "credit.reference_rate"
    __constraints__: ClassVar = (
        sa.UniqueConstraint("tenant_id", "index_id", "effective_from", name="uq_credit_reference_rate_day"),
    )

    index: Mapped[Id[ReferenceIndex]] = link(inverse="rates", immutable=True, index=False)
    effective_from: Mapped[dt.date] = field(immutable=True)
    rate: Mapped[Decimal] = field(description="A fraction: 0.0215 is 2.15 %.")
    is_verified: Mapped[bool] = field(default=False, description="It was read at its publisher.")
    source: Mapped[str] = field(description="Where it was read.")

    def settle(self) -> list[Refusal]:
        """A rate is a fraction of the year's amount, above zero or not far below."""
        if self.rate is not None and not Decimal("-0.1") < self.rate < 1:
            text = "A rate is a fraction: 0.0215 for 2.15 %."
            return [Refusal("credit.rate_not_a_fraction", text, "rate")]
        return []


class InterestRegime(Resource, crud=set()):
    """How late-payment interest is reckoned, from a day on (rules.md R-B-11)."""

    __resource__ = "credit.interest_regime"
    __constraints__: ClassVar = (
        sa.UniqueConstraint("tenant_id", "code", "effective_from", name="uq_credit_interest_regime_day"),
    )

    code: Mapped[str] = field(code=True)
    effective_from: Mapped[dt.date] = field()
    method: Mapped[str] = field(code=True, description="PIECEWISE, FIXED_AT_START or CONTRACT.")
    series: Mapped[str] = field(code=True, description="The key of the reference index.")
    margin: Mapped[Decimal] = field(default=Decimal(0), description="Added to the reference, a fraction.")
    floor_multiple: Mapped[Decimal] = field(
        default=Decimal(0), description="A contract rate is at least so many times the reference."
    )
    reference_lag_days: Mapped[int] = field(default=0, description="Days before the half-year's first.")
    is_waiver_allowed: Mapped[bool] = field(default=True)
    legal_basis: Mapped[str] = field()
    is_verified: Mapped[bool] = field(default=False)
    source: Mapped[str] = field()


class RecoveryIndemnity(Resource, crud=set()):
    """The fixed sum due for each invoice paid late, from a day on (rules.md R-B-13)."""

    __resource__ = "credit.recovery_indemnity"
    __plural__ = "recoveryIndemnities"
    __constraints__: ClassVar = (
        sa.UniqueConstraint(
            "tenant_id", "regime", "effective_from", "amount_from", name="uq_credit_recovery_indemnity_day"
        ),
    )

    regime: Mapped[str] = field(code=True)
    effective_from: Mapped[dt.date] = field()
    amount_from: Mapped[Decimal] = field(
        default=Decimal(0), description="For invoices of at least that amount."
    )
    amount: Mapped[Money] = field()
    legal_basis: Mapped[str] = field()
    is_verified: Mapped[bool] = field(default=False)
    source: Mapped[str] = field()


class DunningLevel(Resource, crud=set()):
    """One step of a dunning procedure, from a day on (rules.md R-B-60)."""

    __resource__ = "credit.dunning_level"
    __constraints__: ClassVar = (
        sa.UniqueConstraint(
            "tenant_id", "procedure", "effective_from", "level", name="uq_credit_dunning_level_day"
        ),
    )

    procedure: Mapped[str] = field(code=True, description="B2B, B2C …")
    effective_from: Mapped[dt.date] = field()
    level: Mapped[int] = field()
    code: Mapped[str] = field(code=True)
    name_fr: Mapped[str] = field()
    name_en: Mapped[str] = field()
    days_past_due: Mapped[int] = field(description="Negative before the due date.")
    channels: Mapped[list[str]] = field(default=list)
    has_call_task: Mapped[bool] = field(default=False, description="Somebody calls the customer too.")
    hold: Mapped[str] = field(default="NONE", code=True, description="The hold it puts on the relationship.")
    payment_deadline_days: Mapped[int | None] = field(
        default=None, description="Days the letter gives to pay."
    )
    claims_interest: Mapped[bool] = field(default=False)
    claims_indemnity: Mapped[bool] = field(default=False)
    minimum_interval_days: Mapped[int] = field(description="Days since the letter before.")
    minimum_total: Mapped[Money | None] = field(
        default=None, description="Below it the customer is not written to."
    )
    minimum_item: Mapped[Money | None] = field(
        default=None, description="Below it the invoice is not announced."
    )

    name = computed(str, lambda s: sa.case((LANGUAGE == "fr", s.name_fr), else_=s.name_en))


class DunningRelease(Resource, crud=set()):
    """From which level on the owner of a relationship releases letters (rules.md R-B-63)."""

    __resource__ = "credit.dunning_release"

    relation: Mapped[str] = field(code=True, unique=True, description="A stage, or STRATEGIC.")
    from_level: Mapped[int] = field()
    note: Mapped[str] = field(default="")


class AgingBound(Resource, crud=set()):
    """The last day past due of a bucket of the aged balance, from a day on (rules.md B3)."""

    __resource__ = "credit.aging_bound"
    __constraints__: ClassVar = (
        sa.UniqueConstraint("tenant_id", "effective_from", "upper_days", name="uq_credit_aging_bound_day"),
    )

    effective_from: Mapped[dt.date] = field()
    upper_days: Mapped[int] = field(description="That day still belongs to the bucket.")
