"""What sales keeps: opportunities with what became of them, the pipeline's stages, quotas."""

import datetime as dt
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from xrm_core.declare import LANGUAGE, TODAY, Id, Money, Resource, computed, field, lifecycle, link
from xrm_core.errors import Invalid, Refusal
from xrm_core.graph.party import Party
from xrm_core.graph.relationship import Relationship
from xrm_core.identity.models import User
from xrm_core.periods import calendar_period


class OpportunityKind(StrEnum):
    """What is offered; each kind is a commercial action that the relationship's stage allows or not."""

    NEW_BUSINESS = "NEW_BUSINESS"
    CROSS_SELL = "CROSS_SELL"
    UP_SELL = "UP_SELL"
    RENEWAL = "RENEWAL"


class Origin(StrEnum):
    """Who began: we did, the party asked for it, or it came to us by itself."""

    OUTBOUND = "OUTBOUND"
    REQUESTED = "REQUESTED"
    INBOUND = "INBOUND"


def _in_readers_language(row: Any) -> Any:
    return sa.case((LANGUAGE == "fr", row.name_fr), else_=row.name_en)


class PipelineStage(Resource, crud=set(), few=True):
    """A stage of the pipeline with what is expected of opportunities in it (rules.md D2)."""

    __resource__ = "sales.pipeline_stage"

    code: Mapped[str] = field(code=True, unique=True)
    position: Mapped[int] = field(description="Its place in the pipeline, 1 first.")
    probability: Mapped[Decimal] = field(description="Fraction 0..1, the default of opportunities in it.")
    forecast_category: Mapped[str] = field(code=True, description="The default of opportunities in it.")
    outcome: Mapped[str] = field(code=True, description="OPEN, WON or LOST.")
    name_en: Mapped[str] = field()
    name_fr: Mapped[str] = field()
    exit_criteria_en: Mapped[str] = field(description="What must be true to go on to the next stage.")
    exit_criteria_fr: Mapped[str] = field()

    label = computed(str, _in_readers_language, description="Its name in the reader's language.")


class LossReason(Resource, crud=set(), few=True):
    """Why opportunities are lost (rules.md D10)."""

    __resource__ = "sales.loss_reason"

    code: Mapped[str] = field(code=True, unique=True)
    name_en: Mapped[str] = field()
    name_fr: Mapped[str] = field()

    label = computed(str, _in_readers_language, description="Its name in the reader's language.")


class Opportunity(Resource, crud=set()):
    """A deal that our unit may make with a party, from the first talk to the order or the loss (rules.md D1)."""

    __resource__ = "sales.opportunity"
    __constraints__: ClassVar = (
        sa.Index(None, "tenant_id", "unit_id", "stage", "board_rank"),
        sa.Index(None, "tenant_id", "unit_id", "close_on"),
    )

    title: Mapped[str] = field(search=True)
    party: Mapped[Id[Party]] = link(inverse="sales.opportunities", immutable=True)
    relationship: Mapped[Id[Relationship]] = link(inverse="sales.opportunities", immutable=True)
    unit: Mapped[Id[Party] | None] = link(default=None, index=False, immutable=True)
    owner: Mapped[Id[User] | None] = link(default=None, description="Who looks after it.")
    kind: Mapped[OpportunityKind] = field(default=OpportunityKind.NEW_BUSINESS, immutable=True)
    origin: Mapped[Origin] = field(default=Origin.OUTBOUND, immutable=True)
    amount: Mapped[Money] = field(description="What it is worth if won.")
    close_on: Mapped[dt.date] = field(description="The day it is expected to close.")
    stage: Mapped[str] = lifecycle("sales.opportunity", index=False, description="Its stage of the pipeline.")
    probability: Mapped[Decimal] = field(description="Fraction 0..1: the stage's, unless set by hand.")
    forecast_category: Mapped[str] = field(
        code=True, description="PIPELINE, BEST_CASE, COMMIT, CLOSED or OMITTED: the stage's, or set by hand."
    )
    next_step: Mapped[str | None] = field(default=None, description="What happens next; an open one has it.")
    next_step_on: Mapped[dt.date | None] = field(default=None, description="By when.")
    loss_reason: Mapped[str | None] = field(default=None, code=True, description="A code of lossReasons.")
    competitor: Mapped[str | None] = field(default=None, description="Who won it, or may.")
    board_rank: Mapped[str] = field(
        code=True, read_only=True, description="Its place on the board: stages list by it, then by id."
    )
    created_on: Mapped[dt.date] = field(read_only=True)
    closed_on: Mapped[dt.date | None] = field(default=None, read_only=True, description="Null: it is open.")

    is_stale = computed(
        bool,
        lambda o: sa.and_(o.closed_on.is_(None), o.close_on < TODAY),
        description="Open although its close date has passed (rules.md D3).",
    )


class OpportunityStageChange(Resource, crud=set(), custom=False):
    """What an opportunity was worth and counted as when it entered a stage (rules.md D2)."""

    __resource__ = "sales.opportunity_stage_change"
    __constraints__: ClassVar = (sa.Index(None, "tenant_id", "opportunity_id", "changed_on"),)

    opportunity: Mapped[Id[Opportunity]] = link(inverse="stageChanges", index=False, on_delete="cascade")
    unit: Mapped[Id[Party] | None] = link(default=None, index=False)
    source: Mapped[str | None] = field(
        default=None, code=True, description="The stage before; null at first."
    )
    stage: Mapped[str] = field(code=True)
    direction: Mapped[str | None] = field(default=None, code=True, description="FORWARD, BACKWARD …")
    passed: Mapped[list] = field(default=list, description="Stages skipped, which count as reached.")  # type: ignore[type-arg]
    amount: Mapped[Money] = field()
    probability: Mapped[Decimal] = field()
    forecast_category: Mapped[str] = field(code=True)
    changed_on: Mapped[dt.date] = field()


class Quota(Resource):
    """What a unit is to close in a period (rules.md D3)."""

    __resource__ = "sales.quota"
    __constraints__: ClassVar = (
        sa.UniqueConstraint(
            "tenant_id", "unit_id", "period", "amount_currency", name="uq_sales_quota_period"
        ),
    )

    unit: Mapped[Id[Party] | None] = link(default=None, index=False, immutable=True)
    period: Mapped[str] = field(code=True, immutable=True, description="2026, 2026-Q3 or 2026-09.")
    amount: Mapped[Money] = field()

    def settle(self) -> list[Refusal]:
        """The period is written as calendars name it, the amount is above zero."""
        refusals = []
        try:
            self.period = calendar_period(self.period).name
        except Invalid as wrong:
            refusals += wrong.problems
        if self.amount.amount <= 0:
            refusals.append(Refusal("sales.quota_not_positive", "A quota is above zero.", "amount"))
        return refusals
