"""What credit's questions and commands answer with, where it is no single resource."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from xrm_core.documents.models import Document
from xrm_core.errors import Refusal
from xrm_core.graph.party import Party
from xrm_core.ids import Id
from xrm_core.money import Money
from xrm_credit.models import Invoice


@dataclass(frozen=True, slots=True)
class DunningLine:
    """One invoice in a run: raised to `level`, or left where it is for the reason `skipped`.

    `interest` and `indemnity` are what is due by law on that day, whether a letter claims them yet or not;
    `reasons` holds every reason, `flags` what a reader of the interest must know (UNVERIFIED_RATE …).
    """

    invoice_id: Id[Invoice]
    party: Id[Party]
    level: int | None
    days_past_due: int
    residual: Money
    interest: Money
    indemnity: Money
    skipped: str | None
    reasons: list[Refusal]
    flags: list[str]


@dataclass(frozen=True, slots=True)
class DunningRun:
    """What a dunning run did, or would have done: a dry run has the same lines and no letters."""

    id: Id["DunningRun"]
    as_of: dt.date
    dry_run: bool
    lines: list[DunningLine]
    letters: list[Id[Document]]


class AgedBalanceBy(StrEnum):
    """What an aged balance is split by, beside the currency."""

    CURRENCY = "CURRENCY"
    CUSTOMER = "CUSTOMER"
    UNIT = "UNIT"


class AgingBasis(StrEnum):
    """From which day an invoice ages."""

    DUE_DATE = "DUE_DATE"
    INVOICE_DATE = "INVOICE_DATE"


@dataclass(frozen=True, slots=True)
class AgedAmount:
    """What is open in one bucket of days past due: `NOT_DUE`, `1-30` … `>360`."""

    bucket: str
    amount: Decimal
    count: int


@dataclass(frozen=True, slots=True)
class AgedBalance:
    """What customers owed on a day, in one currency, by how late it was (rules.md B3).

    The buckets add up to `balance`; `disputed` is a part of it, as known now. `unapplied` is money not yet
    allocated, negative and in no bucket; `total` is balance and unapplied together.
    """

    party: Id[Party] | None
    unit: Id[Party] | None
    currency: str
    buckets: list[AgedAmount]
    balance: Decimal
    overdue: Decimal
    disputed: Decimal
    unapplied: Decimal
    total: Decimal


@dataclass(frozen=True, slots=True)
class RebuiltReceivables:
    """How many residuals and unapplied amounts did not agree with the allocations, and now do."""

    invoices: int
    payments: int
