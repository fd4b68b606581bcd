"""What each step of a contract's life needs (rules.md C5 to C7, R-C-02, R-C-11, R-C-43)."""

import csv
from dataclasses import replace
from datetime import date
from decimal import Decimal
from importlib.resources import files

import pytest

from xrm_core.errors import Refusal
from xrm_core.money import Money
from xrm_legal.rules import (
    Annex,
    Approval,
    ClausePosition,
    ClauseUse,
    Derogation,
    Side,
    Signatory,
    Signature,
    SignatureLevel,
    activation_refusals,
    approval_refusals,
    change_effect,
    change_refusals,
    clause_refusals,
    content_refusals,
    derogation_refusals,
    level_rules,
    required_level,
    sending_refusals,
    signature_refusals,
)

TODAY = date(2026, 6, 1)
DEROGATORY = ClauseUse("payment_terms", ClausePosition.DEROGATORY)
STANDARD = ClauseUse("object", ClausePosition.STANDARD)
APPROVED = Derogation("d1", "payment_terms", "APPROVED", date(2026, 12, 31), "2026-014")


def codes(refusals: list[Refusal]) -> list[str]:
    """The codes alone."""
    return [refusal.code for refusal in refusals]


def euros(amount: int) -> Money:
    """An amount in EUR."""
    return Money(Decimal(amount), "EUR")


@pytest.mark.parametrize(
    ("derogations", "expected"),
    [
        ([APPROVED], []),
        ([replace(APPROVED, state="APPROVED_WITH_CONDITIONS", valid_to=None)], []),
        ([replace(APPROVED, valid_to=TODAY)], []),
        ([replace(APPROVED, valid_to=date(2026, 5, 31))], ["legal.derogation_expired"]),
        ([replace(APPROVED, state="UNDER_REVIEW")], ["legal.derogation_not_approved"]),
        ([replace(APPROVED, state="REJECTED"), APPROVED], []),
        ([APPROVED, replace(APPROVED, derogation_id="d2")], ["legal.derogation_twice"]),
        ([], ["legal.derogation_missing"]),
        (
            [APPROVED, replace(APPROVED, derogation_id="d2", clause_key="object")],
            ["legal.derogation_without_clause"],
        ),
    ],
)
def test_a_derogatory_clause_needs_exactly_one_approved_unexpired_derogation(
    derogations: list[Derogation], expected: list[str]
) -> None:
    assert codes(derogation_refusals([STANDARD, DEROGATORY], derogations, on=TODAY)) == expected


def test_a_contract_of_standard_clauses_needs_no_derogation() -> None:
    fallback = ClauseUse("liability", ClausePosition.FALLBACK_2)

    assert derogation_refusals([STANDARD, fallback], [], on=TODAY) == []


def test_mandatory_clauses_are_there_and_prohibited_and_repeated_ones_are_not() -> None:
    used = [STANDARD, STANDARD, ClauseUse("penalty", ClausePosition.PROHIBITED)]

    refusals = clause_refusals(used, mandatory=["object", "late_interest", "governing_law"])

    assert codes(refusals) == [
        "legal.clause_mandatory",
        "legal.clause_mandatory",
        "legal.clause_twice",
        "legal.clause_prohibited",
    ]
    assert [r.data["clause_key"] for r in refusals[:2]] == ["governing_law", "late_interest"]


@pytest.mark.parametrize(
    ("state", "effect"),
    [
        ("DRAFT", "FREE"),
        ("IN_REVIEW", "FREE"),
        ("NEGOTIATION", "FREE"),
        ("PENDING_APPROVAL", "RESETS_APPROVALS"),
        ("APPROVED", "RESETS_APPROVALS"),
        ("OUT_FOR_SIGNATURE", "FORBIDDEN"),
        ("SIGNED", "FORBIDDEN"),
        ("ARCHIVED", "FORBIDDEN"),
    ],
)
def test_a_change_is_free_resets_approvals_or_is_forbidden_by_state(state: str, effect: str) -> None:
    assert change_effect(state) == effect
    assert codes(change_refusals(state)) == (["legal.content_fixed"] if effect == "FORBIDDEN" else [])


def test_content_that_changed_after_its_approval_is_not_approved() -> None:
    assert content_refusals("aa", "aa") == []
    assert codes(content_refusals("aa", "bb")) == ["legal.content_changed"]
    assert codes(content_refusals(None, "bb")) == ["legal.approval_missing"]


def approval(
    kind: str = "credit", by: str = "ben", *, content: str = "aa", is_approved: bool = True
) -> Approval:
    """An approval of the present content by somebody else unless said otherwise."""
    return Approval(kind, by, is_approved, content)


@pytest.mark.parametrize(
    ("approvals", "expected"),
    [
        ([approval()], []),
        ([], ["legal.approval_missing"]),
        ([approval("legal")], ["legal.approval_missing"]),
        ([approval(content="old")], ["legal.approval_void"]),
        ([approval(by="ada")], ["legal.self_approval"]),
        ([approval(by="ada"), approval()], []),
        ([approval(is_approved=False)], ["legal.approval_refused"]),
        ([approval(is_approved=False, content="old"), approval()], []),
        ([approval(is_approved=False), approval()], []),
        ([approval(is_approved=False, by="eve"), approval()], ["legal.approval_refused"]),
    ],
)
def test_every_needed_kind_approves_the_present_content_and_nobody_their_own_request(
    approvals: list[Approval], expected: list[str]
) -> None:
    found = approval_refusals(["credit"], approvals, requested_by="ada", content_hash="aa")

    assert codes(found) == expected


def test_all_missing_approvals_are_named() -> None:
    found = approval_refusals(["credit", "dpo", "credit"], [], requested_by="ada", content_hash="aa")

    assert [refusal.data["kind"] for refusal in found] == ["credit", "dpo"]


OURS = Signatory("u", "Our director", Side.US, has_power=True, power_limit=euros(100_000))
THEIRS = Signatory("t", "Their director", Side.THEM)


@pytest.mark.parametrize(
    ("ours", "value", "expected"),
    [
        (OURS, euros(100_000), []),
        (OURS, euros(100_001), ["legal.power_exceeded"]),
        (OURS, Money(Decimal(1), "GBP"), ["legal.power_exceeded"]),
        (OURS, None, ["legal.power_exceeded"]),
        (replace(OURS, power_limit=None), euros(10**9), []),
        (replace(OURS, has_power=False), euros(1), ["legal.power_missing"]),
        (replace(OURS, power_to=date(2026, 5, 31)), euros(1), ["legal.power_not_valid"]),
        (replace(OURS, power_from=date(2026, 6, 2)), euros(1), ["legal.power_not_valid"]),
        (replace(OURS, power_from=TODAY, power_to=TODAY), euros(1), []),
    ],
)
def test_our_signatory_needs_a_power_for_the_day_and_the_value(
    ours: Signatory, value: Money | None, expected: list[str]
) -> None:
    assert codes(sending_refusals([ours, THEIRS], [], value=value, on=TODAY)) == expected


def test_a_contract_goes_out_only_with_both_sides_named_and_every_annex_there() -> None:
    annexes = [Annex("Prices", "ab" * 32), Annex("Service levels", None)]

    refusals = sending_refusals([], annexes, value=euros(1), on=TODAY)

    assert codes(refusals) == ["legal.signatory_missing", "legal.signatory_missing", "legal.annex_missing"]


def signed(by: str, level: str = "AES", content: str = "aa") -> Signature:
    """A signature given today."""
    return Signature(by, SignatureLevel(level), content, TODAY)


@pytest.mark.parametrize(
    ("signatures", "expected"),
    [
        ([signed("u"), signed("t", "QES")], []),
        ([signed("u")], ["legal.signature_missing"]),
        ([], ["legal.signature_missing", "legal.signature_missing"]),
        ([signed("u"), signed("t", content="old")], ["legal.signature_of_other_content"]),
        ([signed("u"), signed("t", "SES")], ["legal.signature_too_weak"]),
        ([signed("u"), signed("stranger")], ["legal.signature_missing"]),
    ],
)
def test_a_contract_is_signed_once_every_signatory_signed_this_content_at_the_level(
    signatures: list[Signature], expected: list[str]
) -> None:
    found = signature_refusals([OURS, THEIRS], signatures, content_hash="aa", level=SignatureLevel.AES)

    assert codes(found) == expected


def test_a_contract_without_signatories_is_never_signed() -> None:
    found = signature_refusals([], [], content_hash="aa", level=SignatureLevel.SES)

    assert codes(found) == ["legal.signatory_missing"]


@pytest.mark.parametrize(
    ("effective_on", "signed_on", "is_approved", "expected"),
    [
        (TODAY, TODAY, False, []),
        (date(2026, 6, 2), TODAY, False, ["legal.not_effective_yet"]),
        (date(2026, 1, 1), TODAY, False, ["legal.retroactive"]),
        (date(2026, 1, 1), TODAY, True, []),
        (None, TODAY, False, ["legal.effective_date_missing"]),
        (TODAY, None, False, ["legal.not_signed"]),
    ],
)
def test_a_contract_takes_effect_on_its_day_and_reaches_back_only_if_legal_agrees(
    effective_on: date | None, signed_on: date | None, is_approved: bool, expected: list[str]
) -> None:
    found = activation_refusals(
        effective_on=effective_on, signed_on=signed_on, today=TODAY, is_retroactivity_approved=is_approved
    )

    assert codes(found) == expected


@pytest.mark.parametrize(
    ("contract_type", "value", "level"),
    [
        ("NDA", euros(9_999), "SES"),
        ("NDA", euros(10_000), "AES"),
        ("FRAMEWORK", euros(1_000_000), "AES"),
        ("FRAMEWORK", euros(1_000_001), "QES"),
        ("GUARANTEE", euros(1), "QES"),
        ("FRAMEWORK", None, "QES"),
        ("NDA", Money(Decimal(1), "GBP"), "QES"),
    ],
)
def test_the_signature_level_follows_type_and_value_and_doubt_asks_for_the_strongest(
    contract_type: str, value: Money | None, level: str
) -> None:
    text = (files("xrm_legal") / "seeds" / "signature_matrix.csv").read_text(encoding="utf-8")
    rules = level_rules(csv.DictReader(text.splitlines()))

    assert required_level(rules, contract_type, value) == level


def test_a_type_without_any_rule_needs_a_qualified_signature() -> None:
    assert required_level([], "FRAMEWORK", euros(1)) is SignatureLevel.QES
