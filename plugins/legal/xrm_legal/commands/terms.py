"""What is agreed on besides the text: value, time, notice, variables; and what follows when it changes."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from pydantic import Field

from xrm_core.declare import Context, Input, Money
from xrm_core.errors import Refusal
from xrm_legal import repository
from xrm_legal.errors import TermContradicts
from xrm_legal.models import END, NOTICE, Contract
from xrm_legal.rules import Duration, NoticeBasis, NoticeFrom, Renewal, TermFacts, Unit, end_on
from xrm_legal.rules.deadlines import end_days, notice_days

# Deadlines are kept this far ahead; `rebuildDeadlines` moves the horizon.
HORIZON = Duration(10, Unit.YEAR)
_LONGEST_MONTHS = 1_200
# What may be missing while a contract is drafted.
_PENDING = "legal.variable_missing"


class Terms(Input):
    """Value, time, notice and variables of a contract."""

    amount: Money | None = Field(default=None, description="The value over the initial term.")
    effective_on: dt.date | None = None
    ends_on: dt.date | None = Field(
        default=None, description="The last day, where the term is not counted in months."
    )
    term_months: int | None = Field(default=None, ge=1, le=_LONGEST_MONTHS, description="The initial term.")
    renewal: Renewal = Renewal.NONE
    renewal_months: int | None = Field(
        default=None,
        ge=1,
        le=_LONGEST_MONTHS,
        description="What a tacit renewal adds; null: it is indefinite.",
    )
    notice_months: int | None = Field(default=None, ge=0, le=_LONGEST_MONTHS)
    notice_from: NoticeFrom = NoticeFrom.END
    notice_basis: NoticeBasis = NoticeBasis.RECEIPT
    variables: dict[str, Any] = Field(default_factory=dict, description="Numbers are written as texts.")


TERM_FIELDS = tuple(name for name in Terms.model_fields if name != "variables")


def time_of(contract: Contract) -> TermFacts | None:
    """The contract's time as the date rules take it; None while it has no effective day.

    A term not counted in months runs from the effective day through `ends_on`, both included.
    """
    if contract.effective_on is None:
        return None
    term = _months(contract.term_months)
    if term is None and contract.ends_on is not None:
        term = Duration((contract.ends_on - contract.effective_on).days + 1, Unit.DAY)
    return TermFacts(
        contract.effective_on,
        term,
        Renewal(contract.renewal),
        renewal_term=_months(contract.renewal_months),
        notice=_months(contract.notice_months),
        notice_from=NoticeFrom(contract.notice_from),
        notice_basis=NoticeBasis(contract.notice_basis),
    )


def _months(count: int | None) -> Duration | None:
    return None if count is None else Duration(count, Unit.MONTH)


def apply_terms(contract: Contract, given: Terms) -> None:
    """What is given replaces what was; what is not given stays. Raises: TermContradicts, Refused."""
    for name in TERM_FIELDS:
        if name in given.model_fields_set:
            value = getattr(given, name)
            setattr(
                contract, name, str(value) if isinstance(value, Renewal | NoticeFrom | NoticeBasis) else value
            )
    if "variables" in given.model_fields_set:
        contract.variables = merged_variables(contract.variables, given.variables)
    _settle_end(contract, given)


def merged_variables(before: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """The variables with those given anew; null takes one away."""
    return {name: value for name, value in {**before, **given}.items() if value is not None}


def _settle_end(contract: Contract, given: Terms) -> None:
    said = contract.ends_on if "ends_on" in given.model_fields_set else None
    if said is not None and given.term_months is None:
        contract.term_months = None
    if contract.term_months is not None:
        follows = None
        if contract.effective_on is not None:
            follows = end_on(contract.effective_on, Duration(contract.term_months, Unit.MONTH))
        if said is not None and said != follows:
            raise TermContradicts(f"The term ends on {follows}, not on {said}.")
        contract.ends_on = follows
    if contract.ends_on and contract.effective_on and contract.ends_on < contract.effective_on:
        raise TermContradicts("It ends before it takes effect.")


async def settle(ctx: Context, contract: Contract, *, on: dt.date | None = None) -> None:
    """What follows from a change: the hash, the text's version and date, the deadlines; approvals are void.

    `on` is the day of the change, today unless said.
    Wrong variables are refused, missing ones may be given later. Raises: Refused, IllegalTransition.
    """
    sheet = await repository.sheet(ctx, contract)
    ctx.refuse([one for one in sheet.bound().refusals if one.code != _PENDING])
    sealed, _ = sheet.seal()
    if sealed is None or sealed != contract.content_sha256:
        contract.dated_on = on or ctx.today
        if contract.content_sha256 is not None and contract.state != "DRAFT":
            contract.text_version += 1
    changed = sealed != contract.approved_sha256
    contract.content_sha256 = sealed
    if contract.state == "APPROVED" and changed:
        await ctx.move(contract, "approve_again", reason="The content changed after its approval.")
    await write_deadlines(ctx, contract)


async def write_deadlines(ctx: Context, contract: Contract) -> None:
    """The contract's last days to give notice and last days of terms, up to the horizon (rules.md C8)."""
    facts = time_of(contract)
    days: list[tuple[str, dt.date]] = []
    if facts is not None:
        until = dt.date(max(ctx.today, facts.effective_on).year + HORIZON.count, 12, 31)
        days = [(NOTICE, day) for day in notice_days(facts, until=until)]
        days += [(END, day) for day in end_days(facts, until=until)]
    await ctx.session.flush()
    await repository.write_deadlines(ctx, contract, days)


def negative_amount(amount: Money | None) -> list[Refusal]:
    """A contract is worth nothing or something."""
    if amount is None or amount.amount >= 0:
        return []
    return [Refusal("legal.negative_amount", "The value may not be negative.", "amount")]
