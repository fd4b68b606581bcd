"""What the guards of relationships refuse, and where exactly they begin to."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from tests.workflows.samples import TODAY, Day, Edge, codes, with_inputs
from xrm_core.errors import Refusal
from xrm_workflows.definition import GuardUse
from xrm_workflows.processes.facts import (
    ActiveContract,
    DocumentFile,
    HardSignals,
    PartyIdentity,
    QuarterScore,
    RepairPlan,
    Settlement,
)
from xrm_workflows.processes.relationship import PROCESSES, shipped_registry

USES: dict[str, GuardUse] = {
    each.name: each for process in PROCESSES.values() for move in process.moves for each in move.guard_uses
}


def ago(days: int) -> dt.date:
    return TODAY - dt.timedelta(days=days)


async def answer(name: str, **inputs: Any) -> Refusal | None:
    """The guard's answer with the parameters that the shipped machines give it."""
    asked = USES[f"workflows.{name}"]
    answers = await with_inputs(shipped_registry(), **inputs).answers(Day(), [Edge()], {asked: [0]})
    return answers[asked][0]


FIRM = PartyIdentity("Acme", "FR", is_organisation=True, checked_identifiers=1)
GOOD, POOR = QuarterScore(Decimal(90), "A"), QuarterScore(Decimal("59.9"), "C")
COMPLETE, EXPIRED = DocumentFile(), DocumentFile(expired=("KBIS",))
TIERS = {"ACTIVE_REGISTERED": 1, "ACTIVE_STRATEGIC": 4}

HOLDS: list[tuple[str, dict[str, Any]]] = [
    ("lawful_basis_noted", {"core__relationship__lawful_basis": "CONTRACT"}),
    ("no_hard_or_legal_hold", {"credit__hold": "NONE"}),
    ("no_hard_or_legal_hold", {"credit__hold": "SOFT"}),
    ("kyc_minimum", {"core__party__identity": FIRM}),
    ("kyc_minimum", {"core__party__identity": PartyIdentity("Ada", "FR", False, 0)}),
    ("tenure", {"core__relationship__valid_from": ago(180)}),
    ("orders_or_contract", {"core__relationship__orders_in_year": 3}),
    ("orders_or_contract", {"legal__active_contract": ActiveContract(1, 3)}),
    ("orders_or_contract", {"legal__active_contract": ActiveContract(0, 12)}),
    ("health_sustained", {"workflows__health_series": [Decimal(70), Decimal(75), Decimal(10)]}),
    ("no_severe_complaint", {"service__open_severe_complaints": 0}),
    ("nothing_long_overdue", {"credit__oldest_overdue_days": 30}),
    ("deterioration_index_known", {"core__relationship__deterioration_index": Decimal(0)}),
    ("no_contact_since_plan", {"workflows__contacts_since_plan": 0}),
    ("no_hard_signal_open", {"workflows__hard_signals": HardSignals(0, ago(1))}),
    ("index_low_or_unknown", {"core__relationship__deterioration_index": Decimal("29.99")}),
    ("index_low_or_unknown", {"core__relationship__deterioration_index": None}),
    ("no_recent_hard_signal", {"workflows__hard_signals": HardSignals(0, ago(61))}),
    ("no_recent_hard_signal", {"workflows__hard_signals": HardSignals(0, None)}),
    ("end_date_reached", {"core__relationship__valid_to": TODAY}),
    ("balance_settled", {"core__relationship__settlement": Settlement(Decimal(0), False)}),
    ("balance_settled", {"core__relationship__settlement": Settlement(Decimal(9), True)}),
    ("offboarding_complete", {"workflows__offboarding_open": ()}),
    ("not_barred", {"core__party__is_barred": False}),
    ("cooled_off", {"workflows__closed_on": ago(90)}),
    ("solicitation_allowed", {"privacy__solicitation_allowed": True}),
    ("contact_point_known", {"core__party__contact_points": 1}),
    ("identifier_checked", {"core__party__identity": FIRM}),
    ("documents_verified", {"suppliers__documents": COMPLETE}),
    ("document_expired", {"suppliers__documents": EXPIRED}),
    ("first_order", {"core__relationship__orders": 1}),
    (
        "vendor_documents",
        {"suppliers__documents": EXPIRED, "suppliers__committed_in_year": Decimal("4999.99")},
    ),
    ("vendor_documents", {"suppliers__documents": COMPLETE, "suppliers__committed_in_year": Decimal(5000)}),
    ("supplier_class", {"suppliers__scorecards": [GOOD, GOOD]}),
    ("relationship_level", {"core__relationship__level": 6}),
    ("supplier_score", {"suppliers__scorecards": [GOOD, GOOD, POOR]}),
    ("supplier_failing", {"suppliers__scorecards": [POOR, POOR]}),
    ("supplier_failing", {"suppliers__on_time_in_full": Decimal("0.79")}),
    ("supplier_failing", {"suppliers__critical_incidents": 1}),
    ("partner_failing", {"partners__scores": [Decimal(54), Decimal(54)]}),
    ("partner_score", {"partners__scores": [Decimal(70)]}),
    ("plan_failed", {"workflows__repair_plan": RepairPlan(False, ago(31))}),
    ("plan_failed", {"workflows__repair_plan": RepairPlan(True, TODAY)}),
    ("agreement_signed", {"legal__agreement_signed": True}),
    ("certified", {"partners__certificates": 4, "partners__certificates_required": TIERS}),
    ("tier_reviewed", {"partners__reviewed_tier": "ACTIVE_STRATEGIC"}),
]

REFUSES: list[tuple[str, str, dict[str, Any]]] = [
    ("lawful_basis_noted", "lawful_basis_missing", {"core__relationship__lawful_basis": ""}),
    ("no_hard_or_legal_hold", "on_hold", {"credit__hold": "HARD"}),
    ("no_hard_or_legal_hold", "on_hold", {"credit__hold": "LEGAL"}),
    ("kyc_minimum", "kyc_incomplete", {"core__party__identity": PartyIdentity("Acme", "FR", True, 0)}),
    ("kyc_minimum", "kyc_incomplete", {"core__party__identity": PartyIdentity("Ada", None, False, 0)}),
    ("tenure", "tenure_short", {"core__relationship__valid_from": ago(179)}),
    ("orders_or_contract", "business_thin", {"core__relationship__orders_in_year": 2}),
    ("health_sustained", "health_low", {"workflows__health_series": [Decimal(70), Decimal(69)]}),
    ("health_sustained", "health_low", {"workflows__health_series": [Decimal(99)]}),
    ("no_severe_complaint", "severe_complaint_open", {"service__open_severe_complaints": 1}),
    ("nothing_long_overdue", "long_overdue", {"credit__oldest_overdue_days": 31}),
    ("no_contact_since_plan", "contact_since_plan", {"workflows__contacts_since_plan": 1}),
    ("no_hard_signal_open", "hard_signal_open", {"workflows__hard_signals": HardSignals(1, ago(90))}),
    ("index_low_or_unknown", "index_high", {"core__relationship__deterioration_index": Decimal(30)}),
    ("no_recent_hard_signal", "hard_signal_recent", {"workflows__hard_signals": HardSignals(0, ago(60))}),
    ("no_recent_hard_signal", "hard_signal_recent", {"workflows__hard_signals": HardSignals(1, ago(99))}),
    ("end_date_reached", "end_not_reached", {"core__relationship__valid_to": ago(-1)}),
    (
        "balance_settled",
        "balance_open",
        {"core__relationship__settlement": Settlement(Decimal("0.01"), False)},
    ),
    ("offboarding_complete", "offboarding_open", {"workflows__offboarding_open": ("keys",)}),
    ("not_barred", "barred", {"core__party__is_barred": True}),
    ("cooled_off", "cooling_off", {"workflows__closed_on": ago(89)}),
    ("solicitation_allowed", "solicitation_refused", {"privacy__solicitation_allowed": False}),
    ("contact_point_known", "contact_point_missing", {"core__party__contact_points": 0}),
    (
        "identifier_checked",
        "identifier_unchecked",
        {"core__party__identity": PartyIdentity("A", "FR", True, 0)},
    ),
    ("documents_verified", "documents_incomplete", {"suppliers__documents": DocumentFile(missing=("A1",))}),
    ("document_expired", "documents_in_force", {"suppliers__documents": COMPLETE}),
    ("first_order", "order_missing", {"core__relationship__orders": 0}),
    (
        "vendor_documents",
        "vendor_document_missing",
        {"suppliers__documents": EXPIRED, "suppliers__committed_in_year": Decimal(5000)},
    ),
    ("supplier_class", "class_low", {"suppliers__scorecards": [GOOD, POOR]}),
    ("relationship_level", "level_low", {"core__relationship__level": 5}),
    ("supplier_score", "score_low", {"suppliers__scorecards": [GOOD]}),
    (
        "supplier_failing",
        "supplier_not_failing",
        {
            "suppliers__scorecards": [POOR, GOOD],
            "suppliers__on_time_in_full": Decimal("0.8"),
            "suppliers__critical_incidents": 0,
        },
    ),
    ("partner_failing", "score_not_low", {"partners__scores": [Decimal(54), Decimal(55)]}),
    ("partner_score", "score_low", {"partners__scores": [Decimal("69.99")]}),
    ("plan_failed", "plan_running", {"workflows__repair_plan": RepairPlan(False, ago(30))}),
    ("agreement_signed", "agreement_unsigned", {"legal__agreement_signed": False}),
    (
        "certified",
        "certificates_missing",
        {"partners__certificates": 3, "partners__certificates_required": TIERS},
    ),
    ("tier_reviewed", "tier_not_given", {"partners__reviewed_tier": "ACTIVE_GOLD"}),
]


@pytest.mark.parametrize(("name", "inputs"), HOLDS)
async def test_a_guard_lets_pass_up_to_its_limit(name: str, inputs: dict[str, Any]) -> None:
    assert await answer(name, **inputs) is None


@pytest.mark.parametrize(("name", "code", "inputs"), REFUSES)
async def test_a_guard_refuses_beyond_its_limit(name: str, code: str, inputs: dict[str, Any]) -> None:
    refusal = await answer(name, **inputs)

    assert refusal is not None
    assert refusal.code == f"workflows.{code}"


def test_every_guard_is_seen_both_passing_and_refusing() -> None:
    passing = {name for name, _ in HOLDS}
    refusing = {name for name, _, _ in REFUSES} | {"deterioration_index_known"}

    assert {f"workflows.{name}" for name in passing} == set(USES)
    assert passing == refusing


@pytest.mark.parametrize("name", sorted(USES))
async def test_a_guard_without_its_inputs_refuses_and_names_them(name: str) -> None:
    refusal = await answer(name.removeprefix("workflows."))

    assert refusal is not None
    assert codes([refusal]) == ["workflows.missing_input"]
    assert set(refusal.data["inputs"])


async def test_an_index_that_is_not_known_refuses_deterioration() -> None:
    refusal = await answer("deterioration_index_known", core__relationship__deterioration_index=None)

    assert refusal is not None
    assert refusal.data["inputs"] == ["core.relationship.deterioration_index"]


async def test_a_supplier_of_whom_little_is_known_is_not_called_failing() -> None:
    refusal = await answer("supplier_failing", suppliers__critical_incidents=0)

    assert refusal is not None
    assert refusal.data["inputs"] == ["suppliers.scorecards", "suppliers.on_time_in_full"]
