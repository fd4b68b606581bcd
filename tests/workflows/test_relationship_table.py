"""The tables of moves against the rules as the domain writes them (rules.md §A2, §A7)."""

from collections.abc import Mapping

import pytest

from xrm_workflows.definition import START, Move
from xrm_workflows.processes.relationship import PROCESSES

LIVING = "CONTACT INVOLVEMENT INTIMACY DETERIORATION REPAIR"
WORKING = "APPROVED CONDITIONALLY_APPROVED ACTIVE PREFERRED STRATEGIC"
ACTIVE = "ACTIVE_REGISTERED ACTIVE_SILVER ACTIVE_GOLD ACTIVE_STRATEGIC"

# rule → where it leads from, where to; a stage stands for its sub-stages.
CUSTOMER = {
    "T1": (START, "CONTACT/PERCEPTUAL"),
    "T1b": ("CONTACT/PERCEPTUAL", "CONTACT/INTERACTIONAL"),
    "T2": ("CONTACT", "INVOLVEMENT/TESTING"),
    "T2b": ("INVOLVEMENT/TESTING", "INVOLVEMENT/INTENSIFYING"),
    "T3": ("INVOLVEMENT", "INTIMACY/COMMITMENT"),
    "T3b": ("INTIMACY/COMMITMENT", "INTIMACY/BONDING"),
    "T4": ("INVOLVEMENT INTIMACY", "DETERIORATION/SILENT"),
    "T4h": ("INVOLVEMENT INTIMACY", "DETERIORATION/VOICED"),
    "T4v": ("DETERIORATION/SILENT", "DETERIORATION/VOICED"),
    "T5": ("DETERIORATION", "REPAIR/INTERNAL"),
    "T5b": ("REPAIR/INTERNAL", "REPAIR/JOINT"),
    "T5c": ("REPAIR/INTERNAL", "DETERIORATION"),
    "T6": ("DETERIORATION", "INVOLVEMENT INTIMACY"),
    "T7": ("REPAIR", "INTIMACY/COMMITMENT INVOLVEMENT/INTENSIFYING"),
    "T8": ("REPAIR", "DETERIORATION/VOICED"),
    "T9": (LIVING, "DISSOLUTION/SEPARATING"),
    "T9b": ("DISSOLUTION/SEPARATING", "DISSOLUTION/CLOSED"),
    "T9c": ("DISSOLUTION/SEPARATING", "REPAIR/INTERNAL"),
    "T10": ("DISSOLUTION/CLOSED", "CONTACT"),
    "T11": ("CONTACT", "DISSOLUTION/CLOSED"),
    "T12": ("INTIMACY", "INVOLVEMENT/INTENSIFYING"),
}
SUPPLIER = {
    "S1": (START, "IDENTIFIED"),
    "S2": ("IDENTIFIED", "INVITED"),
    "S3": ("IDENTIFIED INVITED", "REGISTERED"),
    "S4": ("REGISTERED", "IN_QUALIFICATION"),
    "S5": ("IN_QUALIFICATION", "APPROVED CONDITIONALLY_APPROVED"),
    "S5b": ("IDENTIFIED INVITED REGISTERED IN_QUALIFICATION", "REJECTED"),
    "S6": ("CONDITIONALLY_APPROVED", "APPROVED ACTIVE PREFERRED STRATEGIC"),
    "S6b": ("APPROVED ACTIVE PREFERRED STRATEGIC", "CONDITIONALLY_APPROVED"),
    "S7": ("APPROVED CONDITIONALLY_APPROVED", "ACTIVE"),
    "S8": ("ACTIVE PREFERRED", "PREFERRED STRATEGIC"),
    "S8b": ("PREFERRED STRATEGIC", "ACTIVE"),
    "S9": (WORKING, "ON_WATCH"),
    "S9b": ("ON_WATCH", WORKING),
    "S10": ("ON_WATCH BLOCKED", "CORRECTIVE_ACTION"),
    "S10b": ("CORRECTIVE_ACTION", "ACTIVE"),
    "S10c": ("CORRECTIVE_ACTION", "ON_WATCH"),
    "S11": (f"{WORKING} ON_WATCH CORRECTIVE_ACTION", "BLOCKED"),
    "S11b": ("BLOCKED", "ON_WATCH"),
    "S12": (f"{WORKING} ON_WATCH CORRECTIVE_ACTION BLOCKED", "OFFBOARDING"),
    "S12b": ("OFFBOARDING", "CORRECTIVE_ACTION"),
    "S13": ("OFFBOARDING", "OFFBOARDED"),
    "S14": ("REJECTED OFFBOARDED", "IDENTIFIED"),
}
PARTNER = {
    "P1": (START, "PROSPECT"),
    "P2": ("PROSPECT", "DUE_DILIGENCE"),
    "P3": ("DUE_DILIGENCE", "AGREEMENT"),
    "P4": ("AGREEMENT", "ENABLEMENT"),
    "P5": ("ENABLEMENT", "ACTIVE_REGISTERED"),
    "P6": (ACTIVE, ACTIVE),
    "P7": (f"ENABLEMENT {ACTIVE}", "UNDERPERFORMING"),
    "P8": ("UNDERPERFORMING", "IMPROVEMENT"),
    "P9": ("UNDERPERFORMING IMPROVEMENT", f"ENABLEMENT {ACTIVE}"),
    "P10": ("IMPROVEMENT", "UNDERPERFORMING"),
    "P11": (f"AGREEMENT ENABLEMENT {ACTIVE} UNDERPERFORMING IMPROVEMENT", "NOTICE"),
    "P12": ("PROSPECT DUE_DILIGENCE", "TERMINATED"),
    "P13": ("NOTICE", "TERMINATED"),
    "P14": ("NOTICE", "IMPROVEMENT"),
    "P15": ("TERMINATED", "PROSPECT"),
}
TABLES = [("CUSTOMER", CUSTOMER), ("SUPPLIER", SUPPLIER), ("PARTNER", PARTNER)]


def moves_by_rule(kind: str) -> dict[str, list[Move]]:
    found: dict[str, list[Move]] = {}
    for move in PROCESSES[kind].moves:
        found.setdefault(move.trigger, []).append(move)
    return found


@pytest.mark.parametrize(("kind", "table"), TABLES)
def test_every_rule_leads_from_and_to_where_the_domain_says(
    kind: str, table: Mapping[str, tuple[str, str]]
) -> None:
    states = PROCESSES[kind].all_states

    def expanded(names: str) -> set[str]:
        of_stages = {state.name for state in states if state.stage in names.split()}
        return of_stages | {name for name in names.split() if name not in {each.stage for each in states}}

    shipped = {
        rule: (
            {name for move in moves for name in move.sources},
            {name for move in moves for name in move.targets},
        )
        for rule, moves in moves_by_rule(kind).items()
    }
    assert shipped == {rule: (expanded(source), expanded(target)) for rule, (source, target) in table.items()}


# The guards that §A2 and §A7 ask for by rule; a rule that is not listed has none.
GUARDED = {
    "CUSTOMER": {
        "T1": ["lawful_basis_noted"],
        "T2": ["no_hard_or_legal_hold", "kyc_minimum"],
        "T3": [
            "tenure", "orders_or_contract", "health_sustained", "no_severe_complaint", "nothing_long_overdue",
        ],
        "T4": ["deterioration_index_known"],
        "T5c": ["no_contact_since_plan"],
        "T6": ["no_hard_signal_open"],
        "T7": ["index_low_or_unknown", "no_recent_hard_signal"],
        "T9b": ["end_date_reached", "balance_settled", "offboarding_complete"],
        "T10": ["not_barred", "cooled_off", "solicitation_allowed"],
    },
    "SUPPLIER": {
        "S1": ["lawful_basis_noted"],
        "S2": ["contact_point_known"],
        "S3": ["identifier_checked"],
        "S5": ["documents_verified"],
        "S6": ["documents_verified"],
        "S6b": ["document_expired"],
        "S7": ["first_order", "vendor_documents"],
        "S8": ["supplier_class", "relationship_level"],
        "S9": ["supplier_failing"],
        "S9b": ["supplier_score"],
        "S10b": ["supplier_score"],
        "S10c": ["plan_failed"],
        "S13": ["end_date_reached", "balance_settled", "offboarding_complete"],
        "S14": ["not_barred", "cooled_off", "solicitation_allowed"],
    },
    "PARTNER": {
        "P1": ["lawful_basis_noted"],
        "P3": ["agreement_signed"],
        "P5": ["certified"],
        "P6": ["certified", "tier_reviewed"],
        "P7": ["partner_failing"],
        "P9": ["partner_score"],
        "P10": ["plan_failed"],
        "P13": ["end_date_reached", "balance_settled", "offboarding_complete"],
        "P15": ["not_barred", "cooled_off", "solicitation_allowed"],
    },
}  # fmt: skip


@pytest.mark.parametrize("kind", PROCESSES)
def test_every_rule_asks_the_guards_the_domain_says(kind: str) -> None:
    asked = {
        rule: {each.name for move in moves for each in move.guard_uses}
        for rule, moves in moves_by_rule(kind).items()
    }

    expected = {rule: {f"workflows.{name}" for name in names} for rule, names in GUARDED[kind].items()}
    assert {rule: names for rule, names in asked.items() if names} == expected
