"""Which dunning level an overdue invoice reaches in a run, and every reason why it does not."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias
from uuid import UUID

from xrm_core.errors import Refusal
from xrm_core.money import Money
from xrm_credit.rules.claims import residual
from xrm_credit.rules.interest import Debt, Settlement
from xrm_credit.rules.procedure import PRE_DUE_LEVEL, DunningLevel, DunningProcedure

Key: TypeAlias = UUID | str


class PromiseState(StrEnum):
    """Where a promise to pay stands (rules.md B9)."""

    OPEN = "OPEN"
    KEPT = "KEPT"
    PARTIAL = "PARTIAL"
    BROKEN = "BROKEN"


@dataclass(frozen=True, slots=True)
class Promise:
    """The latest promise that still covers the item; `decided_on` is the day it was kept or broken."""

    state: PromiseState
    promised_on: date
    decided_on: date | None = None


@dataclass(frozen=True, slots=True)
class DunningBlock:
    """A stop set by hand through a day, that day included."""

    until: date
    reason: str


@dataclass(frozen=True, slots=True)
class Debtor:
    """A customer of one of our units as a dunning run sees it.

    `unapplied` is credit not yet allocated, per currency. `released_to_level` is the highest level the
    owner released for this run, None if none.
    """

    unit_id: Key
    party_id: Key
    language: str
    procedure: str
    stage: str | None = None
    relationship_level: int | None = None
    is_insolvent: bool = False
    is_weak_payer: bool = False
    unapplied: tuple[Money, ...] = ()
    released_to_level: int | None = None


@dataclass(frozen=True, slots=True)
class DunningItem:
    """An invoice as a dunning run sees it; `last_sent_on` is the day the letter of `last_level` was sent."""

    invoice_id: Key
    debtor: Debtor
    due_on: date
    amount: Money
    settlements: tuple[Settlement, ...] = ()
    disputed: Decimal = Decimal(0)
    last_level: int | None = None
    last_sent_on: date | None = None
    promise: Promise | None = None
    is_on_plan: bool = False
    block: DunningBlock | None = None

    @property
    def debt(self) -> Debt:
        """The invoice as a debt that bears interest."""
        return Debt(self.amount, self.due_on)


@dataclass(frozen=True, slots=True)
class Assessment:
    """What a run finds for one invoice.

    `level` is the level to send now, None if none. `exclusions` keep the invoice out of the letter;
    `waiting` says why it does not advance though the letter may list it. `residual` leaves disputes out.
    """

    item: DunningItem
    days_past_due: int
    residual: Money
    level: int | None
    exclusions: tuple[Refusal, ...] = ()
    waiting: tuple[Refusal, ...] = ()

    @property
    def is_overdue(self) -> bool:
        """The due date has passed."""
        return self.days_past_due > 0


def assess(item: DunningItem, procedure: DunningProcedure, *, as_of: date) -> Assessment:
    """The level the invoice reaches on the day, or every reason why it reaches none.

    Levels follow one another without a gap, the next one `minimum_interval_days` after the last letter
    (rules.md R-B-61). Reasons that need the customer's other invoices are added by `plan_dunning`.
    """
    days = (as_of - item.due_on).days
    left = residual(item.debt, item.settlements, as_of=as_of, disputed=item.disputed)
    exclusions = exclusion_refusals(item, left, as_of=as_of)
    if exclusions:
        return Assessment(item, days, left, None, tuple(exclusions))
    if days <= 0:
        level, waiting = _pre_due(item, procedure, left, days)
    else:
        level, waiting = _next_level(item, procedure, days, as_of)
    return Assessment(item, days, left, level, (), tuple(waiting))


def exclusion_refusals(item: DunningItem, left: Money, *, as_of: date) -> list[Refusal]:
    """Why nothing of the invoice may be dunned at all (rules.md R-B-62); empty if something may."""
    found: dict[str, str] = {}
    if left.amount == 0:
        open_amount = residual(item.debt, item.settlements, as_of=as_of, disputed=Decimal(0))
        if open_amount.amount > 0:
            found["disputed"] = "All that is open is in dispute."
        else:
            found["settled"] = "Nothing is open."
    if item.debtor.is_insolvent:
        found["insolvency"] = "The customer is in insolvency proceedings."
    if item.promise and item.promise.state is PromiseState.OPEN:
        found["promise_open"] = f"Payment is promised for {item.promise.promised_on.isoformat()}."
    if item.promise and item.promise.state is PromiseState.KEPT:
        found["promise_kept"] = "The promise to pay was kept."
    if item.is_on_plan:
        found["plan_on_schedule"] = "The payment plan is on schedule."
    if item.block and item.block.until >= as_of:
        found["blocked"] = f"Blocked until {item.block.until.isoformat()}: {item.block.reason}"
    return [_reason(code, message) for code, message in found.items()]


def _pre_due(
    item: DunningItem, procedure: DunningProcedure, left: Money, days: int
) -> tuple[int | None, list[Refusal]]:
    notice = procedure.level(PRE_DUE_LEVEL)
    is_due_for_notice = (
        notice is not None
        and item.last_level is None
        and days >= notice.days_past_due
        and (item.debtor.is_weak_payer or _is_at_least(left, notice.minimum_item))
    )
    if is_due_for_notice:
        return PRE_DUE_LEVEL, []
    return None, [_reason("not_due", f"Due on {item.due_on.isoformat()}.")]


def _next_level(
    item: DunningItem, procedure: DunningProcedure, days: int, as_of: date
) -> tuple[int | None, list[Refusal]]:
    number = (item.last_level or PRE_DUE_LEVEL) + 1
    level = procedure.level(number)
    if level is None:
        return None, [_reason("highest_level_sent", f"Level {procedure.highest} was sent already.")]
    if _promise_broke_since_last_letter(item):
        return number, []  # dunning resumes at the next level at the next run (rules.md B9)
    waiting = [*_too_early(level, days), *_too_soon(item, level, as_of)]
    return (None if waiting else number), waiting


def _too_early(level: DunningLevel, days: int) -> list[Refusal]:
    if days >= level.days_past_due:
        return []
    text = f"Level {level.level} is sent {level.days_past_due} days past due, not {days}."
    return [_reason("level_not_reached", text, {"level": level.level, "days_past_due": days})]


def _too_soon(item: DunningItem, level: DunningLevel, as_of: date) -> list[Refusal]:
    if item.last_sent_on is None or (as_of - item.last_sent_on).days >= level.minimum_interval_days:
        return []
    text = f"The last letter went on {item.last_sent_on.isoformat()}, less than "
    text += f"{level.minimum_interval_days} days ago."
    return [_reason("minimum_interval", text, {"level": level.level})]


def _promise_broke_since_last_letter(item: DunningItem) -> bool:
    promise = item.promise
    if promise is None or promise.state not in (PromiseState.BROKEN, PromiseState.PARTIAL):
        return False
    if promise.decided_on is None:
        return False
    return item.last_sent_on is None or promise.decided_on > item.last_sent_on


def _is_at_least(amount: Money, minimum: Money | None) -> bool:
    return minimum is None or (amount.currency == minimum.currency and amount.amount >= minimum.amount)


def _reason(code: str, message: str, data: Mapping[str, object] | None = None) -> Refusal:
    return Refusal(f"credit.{code}", message, data=data or {})
