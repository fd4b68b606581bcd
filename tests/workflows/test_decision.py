"""One move: rules, reason and form are judged together, and the interval follows."""

import datetime as dt
from typing import Any

import pytest

from tests.workflows.samples import NOON, TODAY, Day, Edge, codes, interval, with_inputs
from xrm_core.errors import IllegalTransition, Invalid
from xrm_workflows.decision import Decision, MoveRequest, decide, imported_interval, next_interval
from xrm_workflows.definition import START, Mode
from xrm_workflows.describe import described, form_json
from xrm_workflows.errors import MovedBackInTime, UnknownState
from xrm_workflows.guards import GuardRegistry
from xrm_workflows.history import Interval, interval_problems
from xrm_workflows.machine import Subject
from xrm_workflows.processes.relationship import MACHINES, PROCESSES, shipped_registry

PLAN = {"owner": "u1", "cause": "LATE", "action": "call weekly", "targetDate": "2026-11-30"}


async def ask(
    event: str, state: str, *, kind: str = "CUSTOMER", guards: GuardRegistry | None = None, **more: Any
) -> Decision:
    past = more.pop("past", [])
    request = MoveRequest(event, TODAY, **more)
    registry = guards or shipped_registry()
    return await decide(MACHINES[kind], Day(), Subject(Edge(), state, past), request, guards=registry)


async def test_a_repair_plan_takes_owner_cause_action_and_target_date() -> None:
    decision = await ask("open_repair_plan", "DETERIORATION/SILENT", data=PLAN)

    assert decision.demand() == "REPAIR/INTERNAL"
    assert decision.data == {
        "owner": "u1", "cause": "LATE", "action": ["call weekly"], "target_date": dt.date(2026, 11, 30),
    }  # fmt: skip


async def test_an_empty_repair_plan_names_all_its_fields_at_once() -> None:
    decision = await ask("open_repair_plan", "DETERIORATION/SILENT", data={"owner": "  ", "action": []})

    with pytest.raises(Invalid) as refused:
        decision.demand()

    assert [each.field for each in refused.value.problems] == [
        "data.owner", "data.cause", "data.action", "data.targetDate",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "field", "code"),
    [
        ({"target_date": "30/11/2026"}, "data.targetDate", "workflows.field_invalid"),
        ({"target_date": "2026-02-30"}, "data.targetDate", "workflows.field_invalid"),
        ({"target_date": 20261130}, "data.targetDate", "workflows.field_invalid"),
        ({"action": ["call", " "]}, "data.action", "workflows.field_invalid"),
        ({"cause": {"code": "LATE"}}, "data.cause", "workflows.field_invalid"),
        ({"cause": "x" * 4001}, "data.cause", "workflows.field_invalid"),
        ({"budget": 5}, "data.budget", "workflows.field_unknown"),
        ({"targetDate": "2026-12-01"}, "data.targetDate", "workflows.field_invalid"),
        ({"lockedUntil": "2026-12-30"}, "data.lockedUntil", "workflows.field_invalid"),
    ],
)
async def test_a_field_that_does_not_hold_is_named(given: dict[str, Any], field: str, code: str) -> None:
    plan = {"owner": "u1", "cause": "LATE", "action": "call", "target_date": "2026-11-30"}

    decision = await ask("open_repair_plan", "DETERIORATION/SILENT", data={**plan, **given})

    assert [(each.field, each.code) for each in decision.problems] == [(field, code)]


async def test_a_lock_lasts_ninety_days_at_most() -> None:
    decision = await ask("bond", "INTIMACY/COMMITMENT", data={"lockedUntil": "2026-12-29"})

    assert decision.is_allowed
    assert decision.data == {"locked_until": dt.date(2026, 12, 29)}


async def test_data_that_is_no_object_is_refused() -> None:
    decision = await ask("bond", "INTIMACY/COMMITMENT", data=[1])

    assert [each.field for each in decision.problems] == ["data"]


async def test_a_rules_move_made_by_hand_needs_a_reason() -> None:
    silent = await ask("intensify", "INVOLVEMENT/TESTING")
    stated = await ask("intensify", "INVOLVEMENT/TESTING", reason="second order came in")
    engine = await ask("intensify", "INVOLVEMENT/TESTING", mode=Mode.AUTO)

    assert codes(silent.problems) == ["workflows.reason_missing"]
    assert stated.is_allowed
    assert engine.is_allowed
    assert engine.reason is None


async def test_a_hand_move_needs_no_reason_unless_its_rule_says_so() -> None:
    assert (await ask("bond", "INTIMACY/COMMITMENT")).is_allowed
    assert codes((await ask("block", "ACTIVE", kind="SUPPLIER")).problems) == ["workflows.reason_missing"]


@pytest.mark.parametrize("reason", [None, " ", "PIQUE", "NOT_STATED", "LAPSED"])
async def test_dissolving_by_hand_takes_a_reason_of_the_taxonomy(reason: str | None) -> None:
    decision = await ask("dissolve", "INTIMACY/BONDING", reason=reason)

    with pytest.raises(Invalid) as refused:
        decision.demand()

    assert [each.field for each in refused.value.problems] == ["reason"]
    assert "COMPETITOR" in refused.value.problems[0].data["allowed"]


async def test_a_rule_that_dissolves_states_no_reason() -> None:
    decision = await ask("dissolve", "INTIMACY/BONDING", mode=Mode.AUTO)

    assert decision.is_allowed
    assert decision.reason == "NOT_STATED"


async def test_a_merger_names_the_relationship_it_went_into() -> None:
    bare = await ask("dissolve", "INTIMACY/BONDING", reason="MERGED_INTO")
    edge = "0198c0de-0000-7000-8000-000000000001"
    named = await ask("dissolve", "INTIMACY/BONDING", reason="MERGED_INTO", data={"mergedInto": edge})

    assert [(each.field, each.code) for each in bare.problems] == [
        ("data.mergedInto", "workflows.field_missing")
    ]
    assert named.data == {"merged_into": edge}


async def test_a_rule_may_not_make_a_move_that_is_made_by_hand_or_only_proposed() -> None:
    by_hand = await ask("cool", "INTIMACY/BONDING", mode=Mode.AUTO)
    watch = await ask("watch", "ACTIVE", kind="SUPPLIER", mode=Mode.AUTO)

    assert codes(by_hand.refusals) == ["workflows.not_automatic"]
    assert "workflows.not_automatic" in codes(watch.refusals)


async def test_an_accepted_proposal_carries_its_evidence_instead_of_a_reason() -> None:
    guards = with_inputs(shipped_registry(), suppliers__critical_incidents=1)

    by_hand = await ask("watch", "ACTIVE", kind="SUPPLIER", guards=guards)
    accepted = await ask("watch", "ACTIVE", kind="SUPPLIER", guards=guards, mode=Mode.PROPOSED)

    assert codes(by_hand.problems) == ["workflows.reason_missing"]
    assert accepted.is_allowed


async def test_all_reasons_come_at_once_and_name_what_is_not_known() -> None:
    decision = await ask("commit", "INVOLVEMENT/INTENSIFYING")

    with pytest.raises(IllegalTransition) as refused:
        decision.demand()

    missing = {name for each in refused.value.problems for name in each.data.get("inputs", ())}
    assert missing == {
        "core.relationship.valid_from", "core.relationship.orders_in_year", "workflows.health_series",
        "service.open_severe_complaints", "credit.oldest_overdue_days",
    }  # fmt: skip
    assert refused.value.problems[-1].code == "workflows.reason_missing"


async def test_a_move_the_definition_lacks_is_refused_before_anything_is_asked() -> None:
    with pytest.raises(IllegalTransition):
        await ask("commit", "CONTACT/PERCEPTUAL", reason="keen")


async def test_a_target_that_the_past_does_not_tell_is_refused() -> None:
    guards = with_inputs(shipped_registry(), workflows__contacts_since_plan=0)

    decision = await ask("drop_repair_plan", "REPAIR/INTERNAL", guards=guards, reason="no news")

    assert codes(decision.refusals) == ["workflows.target_unknown"]
    with pytest.raises(IllegalTransition):
        decision.demand()


async def test_a_move_closes_one_interval_and_opens_the_next() -> None:
    process, entered = PROCESSES["CUSTOMER"], interval("DETERIORATION/SILENT", 5)
    decision = await ask("open_repair_plan", entered.state, data={**PLAN, "comment": "they called"})

    closed, opened = next_interval(process, entered, decision, at=NOON, actor="u2")

    assert closed is not None
    assert interval_problems([closed, opened]) == []
    assert (opened.stage, opened.substage, opened.status) == ("REPAIR", "INTERNAL", None)
    assert (opened.trigger, opened.mode, opened.episode) == ("T5", "manual", 1)
    assert (opened.actor, opened.comment, opened.rule_version) == (
        "u2",
        "they called",
        "workflows.customer@1",
    )
    assert opened.evidence == {
        "owner": "u1", "cause": "LATE", "action": ["call weekly"], "target_date": "2026-11-30",
    }  # fmt: skip


async def test_coming_back_starts_a_new_episode() -> None:
    guards = with_inputs(shipped_registry(), core__party__is_barred=False)
    decision = await ask("come_back", "DISSOLUTION/CLOSED", guards=guards, mode=Mode.AUTO)

    _, opened = next_interval(
        PROCESSES["CUSTOMER"], interval("DISSOLUTION/CLOSED", 5), decision, at=NOON, actor=None
    )

    assert (opened.state, opened.episode) == ("CONTACT/INTERACTIONAL", 2)


async def test_being_identified_opens_the_first_interval() -> None:
    guards = with_inputs(shipped_registry(), core__relationship__lawful_basis="LEGITIMATE_INTEREST")
    decision = await ask("identify", START, kind="SUPPLIER", guards=guards, mode=Mode.AUTO)

    closed, opened = next_interval(PROCESSES["SUPPLIER"], None, decision, at=NOON, actor=None)

    assert closed is None
    assert (opened.status, opened.stage, opened.episode) == ("IDENTIFIED", "CONTACT", 1)


async def test_a_refused_move_opens_no_interval() -> None:
    decision = await ask("intensify", "INVOLVEMENT/TESTING")

    with pytest.raises(Invalid):
        next_interval(PROCESSES["CUSTOMER"], None, decision, at=NOON, actor=None)


async def test_time_does_not_run_backwards() -> None:
    decision = await ask("bond", "INTIMACY/COMMITMENT")
    before = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)

    with pytest.raises(MovedBackInTime):
        next_interval(
            PROCESSES["CUSTOMER"], interval("INTIMACY/COMMITMENT", 5), decision, at=before, actor=None
        )


def imported(state: str) -> Interval:
    return imported_interval(PROCESSES["SUPPLIER"], state, at=NOON, evidence={"tenure_days": 400})


def test_an_import_enters_one_interval_with_its_figures() -> None:
    ended, active = imported("OFFBOARDED"), imported("ACTIVE")

    assert (active.status, active.stage, active.mode, active.reason) == (
        "ACTIVE",
        "INVOLVEMENT",
        "import",
        None,
    )
    assert active.evidence == {"origin": "migration", "tenure_days": 400}
    assert ended.reason == "NOT_STATED"
    with pytest.raises(UnknownState):
        imported("ASLEEP")


async def test_an_import_makes_no_moves() -> None:
    decision = await ask("bond", "INTIMACY/COMMITMENT", mode=Mode.IMPORT)

    assert codes(decision.refusals) == ["workflows.not_by_import"]


def test_the_form_tells_a_person_what_to_fill_in() -> None:
    dissolve = MACHINES["CUSTOMER"].move("dissolve", "INTIMACY/BONDING")

    shown = form_json(dissolve, "fr")

    assert shown["reason"]["required"] is True
    assert {"code": "COMPETITOR", "label": "Parti chez un concurrent"} in shown["reason"]["choices"]
    assert [field["name"] for field in shown["fields"]] == ["mergedInto", "comment", "lockedUntil"]


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_machine_is_described_with_all_states_and_moves(language: str) -> None:
    process = PROCESSES["PARTNER"]

    shown = described(process, language)

    assert [each["name"] for each in shown["states"]] == list(process.by_name)
    assert [each["rule"] for each in shown["transitions"]] == [move.trigger for move in process.moves]
    assert shown["resource"] == "core.relationship"
