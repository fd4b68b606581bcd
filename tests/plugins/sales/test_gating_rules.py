"""Commercial actions allowed by stage (rules.md A6): the whole matrix, its guards, what is unknown."""

import csv
from dataclasses import replace
from decimal import Decimal
from importlib.resources import files
from typing import Any

import pytest

from xrm_sales.rules import (
    EdgeFacts,
    OtherEdge,
    UnknownAction,
    UnknownCondition,
    all_gates,
    can,
    gating_matrix,
)


def _rows() -> list[dict[str, str]]:
    text = (files("xrm_sales") / "seeds" / "gating.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


MATRIX = gating_matrix(_rows())
STAGES = ["CONTACT", "INVOLVEMENT", "INTIMACY", "DETERIORATION", "REPAIR", "DISSOLUTION"]
# A relationship that meets every condition there is.
BEST = EdgeFacts(
    stage="INTIMACY",
    substage="INTENSIFYING",
    health=Decimal(80),
    nps=10,
    level=5,
    last_delivery_ok=True,
    is_requested=True,
    is_inbound=True,
    has_right_to_solicit=True,
    days_since_dissolution=100,
    contract_allows_increase=True,
    is_contractual_date=True,
    is_handled_by_owner=True,
    surveys_in_stage=0,
    is_plan_closing=True,
    is_exit_survey=True,
    dunning_level=4,
    is_released_by_owner=True,
    is_called=True,
    hold="NONE",
    open_sev1=0,
    disputed_share=Decimal("0.25"),
    is_wear_out_cap_reached=False,
    has_marketing_permission=True,
)
NOTHING_KNOWN = EdgeFacts(stage="INTIMACY")

# Allowed at best, by stage in the order of STAGES: rules.md A6, x for refused or not applicable.
AT_BEST = {
    "prospecting_message": "yxxxxy",
    "first_offer": "yyyyyy",
    "cross_sell": "xyyxxx",
    "up_sell": "xyyxxx",
    "renewal_proposal": "xyyyyx",
    "price_increase_notice": "xyyyxx",
    "referral_request": "xxyxxx",
    "satisfaction_survey": "xyyyyy",
    "goodwill_gesture": "xyyyyx",
    "dunning": "xyyyyy",
}
# Allowed unconditionally, that is, with nothing known but the stage.
ALWAYS = {
    "prospecting_message": "xxxxxx",
    "first_offer": "yyyxxx",
    "cross_sell": "xxxxxx",
    "up_sell": "xxxxxx",
    "renewal_proposal": "xyyxxx",
    "price_increase_notice": "xxxxxx",
    "referral_request": "xxxxxx",
    "satisfaction_survey": "xyyxxx",
    "goodwill_gesture": "xyyyyx",
    "dunning": "xyyxxy",
}


def codes(action: str, **changes: Any) -> list[str]:
    """Codes of the refusals of an action towards the best relationship, changed."""
    return [reason.code for reason in can(action, replace(BEST, **changes), MATRIX).refusals]


@pytest.mark.parametrize(("facts", "table"), [(BEST, AT_BEST), (NOTHING_KNOWN, ALWAYS)])
def test_each_stage_allows_what_the_matrix_says(facts: EdgeFacts, table: dict[str, str]) -> None:
    found = {
        action: "".join(
            "y" if can(action, replace(facts, stage=stage), MATRIX).allowed else "x" for stage in STAGES
        )
        for action in MATRIX.actions
    }

    assert found == table


@pytest.mark.parametrize(
    ("action", "changes", "expected"),
    [
        ("cross_sell", {"health": Decimal(60)}, []),
        ("cross_sell", {"health": Decimal("59.9")}, ["sales.gating_health"]),
        ("cross_sell", {"stage": "INVOLVEMENT", "substage": "TESTING"}, ["sales.gating_substage"]),
        ("up_sell", {"stage": "INVOLVEMENT", "substage": "TESTING"}, ["sales.gating_substage"]),
        ("up_sell", {"stage": "INVOLVEMENT", "last_delivery_ok": False}, ["sales.gating_last_delivery_ok"]),
        ("referral_request", {"nps": 8, "level": 4}, []),
        ("referral_request", {"nps": 9, "level": 3}, []),
        ("referral_request", {"nps": 8, "level": 3}, ["sales.gating_nps", "sales.gating_level"]),
        ("prospecting_message", {"stage": "DISSOLUTION", "days_since_dissolution": 90}, []),
        (
            "prospecting_message",
            {"stage": "DISSOLUTION", "days_since_dissolution": 89, "has_right_to_solicit": False},
            ["sales.gating_cooled_off", "sales.gating_right_to_solicit"],
        ),
        ("dunning", {"stage": "REPAIR", "is_released_by_owner": None, "dunning_level": 1}, []),
        (
            "dunning",
            {"stage": "REPAIR", "is_released_by_owner": None, "dunning_level": 2},
            ["sales.gating_released_from_level"],
        ),
        ("dunning", {"stage": "DETERIORATION", "is_called": None}, ["sales.gating_called_from_level"]),
        (
            "satisfaction_survey",
            {"stage": "DETERIORATION", "surveys_in_stage": 1},
            ["sales.gating_first_survey_in_stage"],
        ),
        ("cross_sell", {"hold": "SOFT"}, ["sales.gating_no_hold"]),
        ("up_sell", {"open_sev1": 1}, ["sales.gating_no_open_sev1"]),
        ("cross_sell", {"disputed_share": Decimal("0.2501")}, ["sales.gating_disputed_share"]),
        ("cross_sell", {"is_wear_out_cap_reached": True}, ["sales.gating_wear_out_below_cap"]),
        ("cross_sell", {"has_marketing_permission": False}, ["sales.gating_marketing_permission"]),
    ],
)
def test_a_condition_that_fails_refuses_by_its_name(
    action: str, changes: dict[str, Any], expected: list[str]
) -> None:
    assert codes(action, **changes) == expected


def test_every_failing_rule_is_listed_at_once() -> None:
    found = codes("cross_sell", stage="REPAIR", hold="LEGAL", open_sev1=2, has_marketing_permission=False)

    assert found == [
        "sales.stage_refuses_action",
        "sales.gating_no_hold",
        "sales.gating_no_open_sev1",
        "sales.gating_marketing_permission",
    ]


def test_a_missing_input_fails_its_condition_and_is_named() -> None:
    gate = can("cross_sell", replace(BEST, health=None), MATRIX)

    assert not gate.allowed
    assert [(r.code, r.field, r.data["condition"]) for r in gate.refusals] == [
        ("sales.gating_input_missing", "health", "health")
    ]


def test_inputs_of_a_plugin_that_is_not_enabled_are_skipped_with_a_warning() -> None:
    off = {"hold": "credit", "disputed_share": "credit"}
    facts = replace(BEST, hold=None, disputed_share=None, disabled_inputs=off)

    gate = can("cross_sell", facts, MATRIX)

    assert gate.allowed
    assert [(w.code, w.field, w.data["plugin"]) for w in gate.warnings] == [
        ("sales.gating_input_disabled", "hold", "credit"),
        ("sales.gating_input_disabled", "disputed_share", "credit"),
    ]


def test_an_alternative_that_is_not_enabled_does_not_stand_in_for_the_other() -> None:
    facts = replace(BEST, nps=None, level=3, disabled_inputs={"nps": "service"})

    assert [r.code for r in can("referral_request", facts, MATRIX).refusals] == ["sales.gating_level"]
    assert can("referral_request", replace(facts, level=4), MATRIX).allowed


def test_trouble_on_another_relationship_warns_and_lawyers_on_any_refuse() -> None:
    strained = OtherEdge("e1", "CUSTOMER", hold="HARD", has_repair_plan=True)
    legal = OtherEdge("e2", "PARTNER", hold="LEGAL")

    warned = can("cross_sell", replace(BEST, other_edges=(strained,)), MATRIX)
    refused = can("cross_sell", replace(BEST, other_edges=(strained, legal)), MATRIX)
    untouched = can("satisfaction_survey", replace(BEST, other_edges=(legal,)), MATRIX)

    assert warned.allowed
    assert [w.code for w in warned.warnings] == ["sales.repair_plan_elsewhere", "sales.hold_elsewhere"]
    assert [r.code for r in refused.refusals] == ["sales.gating_no_legal_elsewhere"]
    assert untouched.allowed


def test_the_condition_of_the_stage_is_told_also_when_it_holds() -> None:
    gate = can("cross_sell", replace(BEST, stage="INVOLVEMENT"), MATRIX)

    assert (gate.allowed, gate.condition) == (True, "substage:INTENSIFYING;health:60")


def test_an_unknown_stage_refuses_and_an_unknown_action_is_an_error() -> None:
    assert codes("cross_sell", stage="LIMBO") == ["sales.stage_refuses_action"]
    with pytest.raises(UnknownAction):
        can("give_away", BEST, MATRIX)


@pytest.mark.parametrize("conditions", ["good_mood", "health", "on_request:3", "health:60;;mood"])
def test_a_matrix_with_an_unknown_condition_is_refused_as_a_whole(conditions: str) -> None:
    row = {"action": "a", "stage": "CONTACT", "verdict": "CONDITIONAL", "conditions": conditions}

    with pytest.raises(UnknownCondition):
        gating_matrix([row])


def test_every_action_is_answered_for_a_relationship() -> None:
    assert [gate.action for gate in all_gates(BEST, MATRIX)] == list(AT_BEST)
