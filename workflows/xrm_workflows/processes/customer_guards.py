"""The guards of customer relationships (rules.md §A2), and those that all kinds share."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from xrm_workflows.guards import Answer, guard, missing_input
from xrm_workflows.processes.facts import (
    ActiveContract,
    HardSignals,
    PartyIdentity,
    Settlement,
    each_of,
    judge,
    unless,
)

Params = Mapping[str, Any]
Edges = Sequence[Any]


class Dated(Protocol):
    """A context that knows which day it is."""

    @property
    def today(self) -> dt.date: ...


@guard("workflows.lawful_basis_noted", reads=["core.relationship.lawful_basis"])
def lawful_basis_noted(ctx: Dated, edges: Edges, params: Params) -> list[Answer]:
    """A lawful basis for processing is noted on the edge (T1; rules.md F1)."""
    message = "No lawful basis is noted on the relationship."
    return [
        unless(bool(basis), "lawful_basis_missing", message)
        for basis in params["core.relationship.lawful_basis"]
    ]


@guard("workflows.no_hard_or_legal_hold", reads=["credit.hold"])
def no_hard_or_legal_hold(ctx: Dated, edges: Edges, params: Params) -> list[Answer]:
    """Credit neither stops shipment nor has gone to court (T2; rules.md R-B-41)."""
    return judge(
        params,
        "credit.hold",
        lambda hold: unless(hold in ("NONE", "SOFT"), "on_hold", f"The hold is {hold}.", hold=hold),
    )


@guard("workflows.kyc_minimum", reads=["core.party.identity"])
def kyc_minimum(ctx: Dated, edges: Edges, params: Params) -> list[Answer]:
    """Name and country are known, and one checked identifier if it is an organisation (T2)."""
    return judge(params, "core.party.identity", _identified)


def _identified(party: PartyIdentity) -> Answer:
    lacking = [name for name, value in (("name", party.name), ("country", party.country)) if not value]
    if party.is_organisation and party.checked_identifiers < 1:
        lacking.append("checked identifier")
    return unless(not lacking, "kyc_incomplete", f"Not yet known: {', '.join(lacking)}.", missing=lacking)


@guard("workflows.tenure", reads=["core.relationship.valid_from"])
def tenure(ctx: Dated, edges: Edges, params: Params) -> list[Answer]:
    """The relationship has lasted at least `minimum_days` (T3)."""
    wanted = params["minimum_days"]

    def lasted(since: dt.date) -> Answer:
        days = (ctx.today - since).days
        message = f"It has lasted {days} days of the {wanted} wanted."
        return unless(days >= wanted, "tenure_short", message, days=days)

    return judge(params, "core.relationship.valid_from", lasted)


@guard(
    "workflows.orders_or_contract",
    optional=["core.relationship.orders_in_year", "legal.active_contract"],
)
def orders_or_contract(ctx: Dated, edges: Edges, params: Params) -> list[Answer]:
    """Enough orders in 365 days, or a contract that was renewed or has run `minimum_months` (T3)."""
    names = ("core.relationship.orders_in_year", "legal.active_contract")
    return [_sustained(params, orders, contract) for orders, contract in each_of(params, *names)]


def _sustained(params: Params, orders: int | None, contract: ActiveContract | None) -> Answer:
    wanted, months = params["minimum_orders"], params["minimum_months"]
    if orders is not None and orders >= wanted:
        return None
    if contract is not None and (contract.renewals >= 1 or contract.months >= months):
        return None
    if orders is None:
        return missing_input("core.relationship.orders_in_year")
    # A contract that is not known may as well not exist; the refusal says so either way.
    message = f"{orders} orders of {wanted} in 365 days, and no contract renewed or {months} months old."
    return unless(False, "business_thin", message, orders=orders, contractKnown=contract is not None)


@guard("workflows.health_sustained", reads=["workflows.health_series"])
def health_sustained(ctx: Dated, edges: Edges, params: Params) -> list[Answer]:
    """Health reached `minimum` at each of the last `evaluations` (T3)."""
    wanted, times = params["minimum"], params["evaluations"]

    def sustained(series: Sequence[Any]) -> Answer:
        latest = list(series[:times])
        holds = len(latest) == times and all(value is not None and value >= wanted for value in latest)
        message = f"Health was not {wanted} or more at {times} evaluations in a row."
        return unless(holds, "health_low", message, health=[str(value) for value in latest])

    return judge(params, "workflows.health_series", sustained)


@guard("workflows.no_severe_complaint", reads=["service.open_severe_complaints"])
def no_severe_complaint(ctx: Dated, edges: Edges, params: Params) -> list[Answer]:
    """No sev-1 complaint is open (T3)."""
    return judge(
        params,
        "service.open_severe_complaints",
        lambda count: unless(count == 0, "severe_complaint_open", f"{count} sev-1 complaints are open."),
    )


@guard("workflows.nothing_long_overdue", reads=["credit.oldest_overdue_days"])
def nothing_long_overdue(ctx: Dated, edges: Edges, params: Params) -> list[Answer]:
    """Nothing is overdue for more than `maximum_days` (T3)."""
    limit = params["maximum_days"]
    return judge(
        params,
        "credit.oldest_overdue_days",
        lambda days: unless(days <= limit, "long_overdue", f"An invoice is {days} days overdue.", days=days),
    )


@guard("workflows.deterioration_index_known", reads=["core.relationship.deterioration_index"])
def deterioration_index_known(ctx: Dated, edges: Edges, params: Params) -> list[Answer]:
    """Enough signals are there to give a deterioration index (T4; rules.md §A3)."""
    return judge(params, "core.relationship.deterioration_index", lambda index: None)


@guard("workflows.no_contact_since_plan", reads=["workflows.contacts_since_plan"])
def no_contact_since_plan(ctx: Dated, edges: Edges, params: Params) -> list[Answer]:
    """Nobody has been in touch with the party since the repair plan was opened (T5c)."""
    return judge(
        params,
        "workflows.contacts_since_plan",
        lambda count: unless(count == 0, "contact_since_plan", f"{count} contacts since the plan opened."),
    )


@guard("workflows.no_hard_signal_open", reads=["workflows.hard_signals"])
def no_hard_signal_open(ctx: Dated, edges: Edges, params: Params) -> list[Answer]:
    """No hard signal is open (T6; rules.md T4h)."""

    def calm(signals: HardSignals) -> Answer:
        message = f"{signals.open_count} hard signals are open."
        return unless(signals.open_count == 0, "hard_signal_open", message)

    return judge(params, "workflows.hard_signals", calm)


@guard("workflows.index_low_or_unknown", reads=["core.relationship.deterioration_index"])
def index_low_or_unknown(ctx: Dated, edges: Edges, params: Params) -> list[Answer]:
    """The deterioration index is under `below`, or not known (T7)."""
    limit = params["below"]
    return [
        unless(index is None or index < limit, "index_high", f"The deterioration index is {index}.")
        for index in params["core.relationship.deterioration_index"]
    ]


@guard("workflows.no_recent_hard_signal", reads=["workflows.hard_signals"])
def no_recent_hard_signal(ctx: Dated, edges: Edges, params: Params) -> list[Answer]:
    """No hard signal was raised in the last `days` days, and none is open (T7)."""
    since = ctx.today - dt.timedelta(days=params["days"])

    def calm(signals: HardSignals) -> Answer:
        holds = signals.open_count == 0 and (signals.last_on is None or signals.last_on < since)
        return unless(holds, "hard_signal_recent", f"A hard signal is open or not {params['days']} days old.")

    return judge(params, "workflows.hard_signals", calm)


@guard("workflows.end_date_reached", reads=["core.relationship.valid_to"])
def end_date_reached(ctx: Dated, edges: Edges, params: Params) -> list[Answer]:
    """The day on which the relationship ends has come (T9b)."""
    return judge(
        params,
        "core.relationship.valid_to",
        lambda end: unless(end <= ctx.today, "end_not_reached", f"It ends on {end}.", endsOn=str(end)),
    )


@guard("workflows.balance_settled", reads=["core.relationship.settlement"])
def balance_settled(ctx: Dated, edges: Edges, params: Params) -> list[Answer]:
    """Nothing remains to be paid, or what remains was handed to litigation (T9b)."""

    def settled(state: Settlement) -> Answer:
        holds = state.balance == 0 or state.is_in_litigation
        message = f"{state.balance} remains to be paid."
        return unless(holds, "balance_open", message, balance=str(state.balance))

    return judge(params, "core.relationship.settlement", settled)


@guard("workflows.offboarding_complete", reads=["workflows.offboarding_open"])
def offboarding_complete(ctx: Dated, edges: Edges, params: Params) -> list[Answer]:
    """Every item of the offboarding checklist is done (T9b; rules.md §A7)."""
    return judge(
        params,
        "workflows.offboarding_open",
        lambda items: unless(
            not items, "offboarding_open", f"Still to be done: {', '.join(items)}.", items=list(items)
        ),
    )


@guard("workflows.not_barred", reads=["core.party.is_barred"])
def not_barred(ctx: Dated, edges: Edges, params: Params) -> list[Answer]:
    """We have not barred the party from coming back (T10)."""
    return judge(
        params, "core.party.is_barred", lambda barred: unless(not barred, "barred", "The party is barred.")
    )


@guard("workflows.cooled_off", reads=["workflows.closed_on"])
def cooled_off(ctx: Dated, edges: Edges, params: Params) -> list[Answer]:
    """At least `minimum_days` have passed since the relationship was closed (T10, outbound)."""
    wanted = params["minimum_days"]

    def rested(closed_on: dt.date) -> Answer:
        days = (ctx.today - closed_on).days
        message = f"It was closed {days} days ago; {wanted} must have passed."
        return unless(days >= wanted, "cooling_off", message, days=days)

    return judge(params, "workflows.closed_on", rested)


@guard("workflows.solicitation_allowed", reads=["privacy.solicitation_allowed"])
def solicitation_allowed(ctx: Dated, edges: Edges, params: Params) -> list[Answer]:
    """We may still solicit the party (T10, outbound; rules.md F, G)."""
    return judge(
        params,
        "privacy.solicitation_allowed",
        lambda allowed: unless(allowed, "solicitation_refused", "The party may not be solicited."),
    )
