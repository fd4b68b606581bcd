"""The guards of supplier and partner relationships (rules.md §A7)."""

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from xrm_workflows.guards import Answer, guard, missing_input
from xrm_workflows.processes.customer_guards import Dated, Edges, Params
from xrm_workflows.processes.facts import (
    DocumentFile,
    PartyIdentity,
    QuarterScore,
    RepairPlan,
    each_of,
    judge,
    unless,
)


@guard("workflows.contact_point_known", reads=["core.party.contact_points"])
def contact_point_known(ctx: Dated, edges: Edges, params: Params) -> list[Answer]:
    """There is a way to reach the party (S2)."""
    message = "No contact point is known."
    return judge(
        params, "core.party.contact_points", lambda count: unless(count > 0, "contact_point_missing", message)
    )


@guard("workflows.identifier_checked", reads=["core.party.identity"])
def identifier_checked(ctx: Dated, edges: Edges, params: Params) -> list[Answer]:
    """One identifier has valid check digits (S3)."""

    def checked(party: PartyIdentity) -> Answer:
        return unless(party.checked_identifiers > 0, "identifier_unchecked", "No identifier is checked.")

    return judge(params, "core.party.identity", checked)


@guard("workflows.documents_verified", reads=["suppliers.documents"])
def documents_verified(ctx: Dated, edges: Edges, params: Params) -> list[Answer]:
    """Every mandatory document is there, in force and verified (S5, S6)."""

    def verified(documents: DocumentFile) -> Answer:
        message = f"Documents missing, expired or unverified: {', '.join(documents.faults)}."
        return unless(not documents.faults, "documents_incomplete", message, documents=list(documents.faults))

    return judge(params, "suppliers.documents", verified)


@guard("workflows.document_expired", reads=["suppliers.documents"])
def document_expired(ctx: Dated, edges: Edges, params: Params) -> list[Answer]:
    """A mandatory document has expired (S6b; rules.md R-A-21)."""

    def expired(documents: DocumentFile) -> Answer:
        return unless(bool(documents.expired), "documents_in_force", "No mandatory document has expired.")

    return judge(params, "suppliers.documents", expired)


@guard("workflows.first_order", reads=["core.relationship.orders"])
def first_order(ctx: Dated, edges: Edges, params: Params) -> list[Answer]:
    """Something was ordered (S7)."""
    message = "Nothing was ordered yet."
    return judge(
        params, "core.relationship.orders", lambda count: unless(count > 0, "order_missing", message)
    )


@guard("workflows.vendor_documents", reads=["suppliers.documents", "suppliers.committed_in_year"])
def vendor_documents(ctx: Dated, edges: Edges, params: Params) -> list[Answer]:
    """The year's commitments stay under `threshold` EUR, or the file is complete (S7; rules.md R-A-20)."""
    names = ("suppliers.documents", "suppliers.committed_in_year")
    return [_vigilant(params, documents, committed) for documents, committed in each_of(params, *names)]


def _vigilant(params: Params, documents: DocumentFile | None, committed: Decimal | None) -> Answer:
    if committed is None:
        return missing_input("suppliers.committed_in_year")
    if committed < params["threshold"]:
        return None
    if documents is None:
        return missing_input("suppliers.documents")
    message = f"{committed} EUR committed this year, and not in order: {', '.join(documents.faults)}."
    code = "vendor_document_missing"
    return unless(not documents.faults, code, message, documents=list(documents.faults))


@guard("workflows.supplier_class", reads=["suppliers.scorecards"])
def supplier_class(ctx: Dated, edges: Edges, params: Params) -> list[Answer]:
    """The scorecard was of class `at_least` or better in each of the last `quarters` (S8; rules.md §E14)."""
    wanted, quarters = params["at_least"], params["quarters"]

    def graded(cards: Sequence[QuarterScore]) -> Answer:
        grades = [card.grade for card in cards[:quarters]]
        # Classes are single letters, A the best.
        holds = len(grades) == quarters and all(grade <= wanted for grade in grades)
        message = f"The scorecard was not of class {wanted} for {quarters} quarters."
        return unless(holds, "class_low", message, classes=grades)

    return judge(params, "suppliers.scorecards", graded)


@guard("workflows.relationship_level", reads=["core.relationship.level"])
def relationship_level(ctx: Dated, edges: Edges, params: Params) -> list[Answer]:
    """The relationship is at level `minimum` or above (S8; rules.md §A4)."""
    wanted = params["minimum"]
    return judge(
        params,
        "core.relationship.level",
        lambda level: unless(level >= wanted, "level_low", f"The level is {level}, {wanted} is wanted."),
    )


@guard("workflows.supplier_score", reads=["suppliers.scorecards"])
def supplier_score(ctx: Dated, edges: Edges, params: Params) -> list[Answer]:
    """The scorecard reached `minimum` in each of the last `quarters` (S9b, S10b)."""

    def scored(cards: Sequence[QuarterScore]) -> Answer:
        return _reached([card.score for card in cards], params["minimum"], params["quarters"])

    return judge(params, "suppliers.scorecards", scored)


@guard("workflows.partner_score", reads=["partners.scores"])
def partner_score(ctx: Dated, edges: Edges, params: Params) -> list[Answer]:
    """The last partner score reached `minimum` (P9; rules.md §E15)."""
    return judge(params, "partners.scores", lambda scores: _reached(scores, params["minimum"], 1))


@guard("workflows.partner_failing", reads=["partners.scores"])
def partner_failing(ctx: Dated, edges: Edges, params: Params) -> list[Answer]:
    """The partner score stayed under `score_below` for `quarters` (P7; rules.md §E15)."""
    message = f"The score was not under {params['score_below']} for {params['quarters']} quarters."
    return judge(
        params,
        "partners.scores",
        lambda scores: unless(
            _is_below(scores, params["score_below"], params["quarters"]), "score_not_low", message
        ),
    )


_FAILURES = ("suppliers.scorecards", "suppliers.on_time_in_full", "suppliers.critical_incidents")


@guard("workflows.supplier_failing", optional=_FAILURES)
def supplier_failing(ctx: Dated, edges: Edges, params: Params) -> list[Answer]:
    """Low scores for `quarters`, too few deliveries on time and in full, or a critical incident (S9)."""
    return [_failing(params, *known) for known in each_of(params, *_FAILURES)]


def _failing(
    params: Params, cards: Sequence[QuarterScore] | None, otif: Decimal | None, incidents: int | None
) -> Answer:
    scores = [card.score for card in cards or ()]
    is_failing = (
        _is_below(scores, params["score_below"], params["quarters"])
        or (otif is not None and otif * 100 < params["on_time_in_full_below"])
        or bool(incidents)
    )
    if is_failing:
        return None
    unknown = [name for name, value in zip(_FAILURES, (cards, otif, incidents), strict=True) if value is None]
    message = "Scores, deliveries and incidents give no cause."
    return missing_input(*unknown) if unknown else unless(False, "supplier_not_failing", message)


@guard("workflows.plan_failed", reads=["workflows.repair_plan"])
def plan_failed(ctx: Dated, edges: Edges, params: Params) -> list[Answer]:
    """The plan was declared failed, or is overdue by more than `overdue_days` (S10c, P10)."""
    latest = ctx.today - dt.timedelta(days=params["overdue_days"])

    def failed(plan: RepairPlan) -> Answer:
        message = f"The plan has not failed and is due on {plan.target_date}."
        return unless(plan.has_failed or plan.target_date < latest, "plan_running", message)

    return judge(params, "workflows.repair_plan", failed)


@guard("workflows.agreement_signed", reads=["legal.agreement_signed"])
def agreement_signed(ctx: Dated, edges: Edges, params: Params) -> list[Answer]:
    """An agreement with the partner is signed (P3)."""
    return judge(
        params,
        "legal.agreement_signed",
        lambda signed: unless(signed, "agreement_unsigned", "No agreement is signed."),
    )


@guard("workflows.certified", reads=["partners.certificates", "partners.certificates_required"])
def certified(ctx: Dated, edges: Edges, params: Params) -> list[Answer]:
    """The partner holds as many certificates as the tier takes (P5, P6)."""
    names = ("partners.certificates", "partners.certificates_required")
    return [_certified(params["tier"], held, required) for held, required in each_of(params, *names)]


def _certified(tier: str, held: int | None, required: Mapping[str, int] | None) -> Answer:
    if held is None:
        return missing_input("partners.certificates")
    if required is None or tier not in required:
        return missing_input("partners.certificates_required")
    message = f"{held} certificates of the {required[tier]} that {tier} takes."
    return unless(held >= required[tier], "certificates_missing", message, held=held, required=required[tier])


@guard("workflows.tier_reviewed", reads=["partners.reviewed_tier"])
def tier_reviewed(ctx: Dated, edges: Edges, params: Params) -> list[Answer]:
    """The yearly review gives this tier (P6)."""
    return judge(
        params,
        "partners.reviewed_tier",
        lambda tier: unless(tier == params["tier"], "tier_not_given", f"The review gives {tier}.", tier=tier),
    )


def _reached(scores: Sequence[Any], minimum: Any, quarters: int) -> Answer:
    latest = list(scores[:quarters])
    holds = len(latest) == quarters and all(score >= minimum for score in latest)
    message = f"The score was not {minimum} or more for the last quarters asked for ({quarters})."
    return unless(holds, "score_low", message, scores=[str(score) for score in latest])


def _is_below(scores: Sequence[Any], limit: Any, quarters: int) -> bool:
    latest = list(scores[:quarters])
    return len(latest) == quarters and all(score < limit for score in latest)
