"""The shipped machines: customers (rules.md §A2), suppliers and partners (§A7)."""

from decimal import Decimal
from typing import Any

import pytest

from tests.workflows.samples import Edge, interval
from xrm_core.errors import IllegalTransition
from xrm_workflows.definition import START, Mode, import_state
from xrm_workflows.diagram import mermaid
from xrm_workflows.errors import UnknownProcess, UnknownState
from xrm_workflows.history import Interval
from xrm_workflows.machine import Subject
from xrm_workflows.processes.facts import INPUTS
from xrm_workflows.processes.past import RESOLVERS, repaired_stage, stage_before
from xrm_workflows.processes.relationship import (
    MACHINES,
    PROCESSES,
    shipped_guards,
    shipped_registry,
    stage_of,
    state_name,
)
from xrm_workflows.validate import problems

CUSTOMER_RULES = {
    "T1", "T1b", "T2", "T2b", "T3", "T3b", "T4", "T4h", "T4v", "T5", "T5b", "T5c", "T6", "T7", "T8",
    "T9", "T9b", "T9c", "T10", "T11", "T12",
}  # fmt: skip
SUPPLIER_RULES = {
    "S1", "S2", "S3", "S4", "S5", "S5b", "S6", "S6b", "S7", "S8", "S8b", "S9", "S9b", "S10", "S10b", "S10c",
    "S11", "S11b", "S12", "S12b", "S13", "S14",
}  # fmt: skip
PARTNER_RULES = {f"P{number}" for number in range(1, 16)}


@pytest.mark.parametrize("kind", PROCESSES)
def test_every_shipped_machine_passes_the_validator(kind: str) -> None:
    found = problems(PROCESSES[kind], guards=shipped_registry(), resolvers=RESOLVERS)

    assert found == []


@pytest.mark.parametrize(
    ("kind", "rules"),
    [("CUSTOMER", CUSTOMER_RULES), ("SUPPLIER", SUPPLIER_RULES), ("PARTNER", PARTNER_RULES)],
)
def test_every_rule_of_the_domain_has_its_move(kind: str, rules: set[str]) -> None:
    assert {move.trigger for move in PROCESSES[kind].moves} == rules


@pytest.mark.parametrize("kind", PROCESSES)
def test_every_move_needs_the_right_to_move_relationships(kind: str) -> None:
    assert {move.permission for move in PROCESSES[kind].moves} == {"core.relationship.move"}


def test_guards_read_only_inputs_that_are_described() -> None:
    read = {name for each in shipped_guards() for name in (*each.reads, *each.optional)}

    assert read == set(INPUTS)


def stages_reached(source_stage: str) -> set[str]:
    process = PROCESSES["CUSTOMER"]
    return {
        target.partition("/")[0]
        for move in process.moves
        if any(source.startswith(source_stage) for source in move.sources)
        for target in move.targets
    }


def test_a_contact_never_skips_to_intimacy_nor_deteriorates() -> None:
    assert stages_reached("CONTACT") == {"CONTACT", "INVOLVEMENT", "DISSOLUTION"}


@pytest.mark.parametrize("event", ["commit", "deteriorate", "voice"])
@pytest.mark.parametrize("state", ["CONTACT/PERCEPTUAL", "CONTACT/INTERACTIONAL"])
def test_asking_a_contact_for_intimacy_or_deterioration_is_illegal(event: str, state: str) -> None:
    with pytest.raises(IllegalTransition, match=f"no move '{event}' from {state}"):
        MACHINES["CUSTOMER"].move(event, state)


def test_an_import_may_set_any_state_that_exists() -> None:
    assert import_state(PROCESSES["CUSTOMER"], "INTIMACY/COMMITMENT").stage == "INTIMACY"
    with pytest.raises(UnknownState):
        import_state(PROCESSES["CUSTOMER"], "INTIMACY/WEDDING")


def test_only_what_has_not_ended_can_be_dissolved() -> None:
    dissolve = next(move for move in PROCESSES["CUSTOMER"].moves if move.event == "dissolve")

    living = [state.name for state in PROCESSES["CUSTOMER"].all_states if state.stage != "DISSOLUTION"]
    assert list(dissolve.sources) == living


@pytest.mark.parametrize(
    ("status", "kind", "expected"),
    [
        ("CONTACT/PERCEPTUAL", "CUSTOMER", ("CONTACT", "PERCEPTUAL")),
        ("INVITED", "SUPPLIER", ("CONTACT", "PERCEPTUAL")),
        ("CONDITIONALLY_APPROVED", "SUPPLIER", ("INVOLVEMENT", "TESTING")),
        ("BLOCKED", "SUPPLIER", ("DETERIORATION", "VOICED")),
        ("CORRECTIVE_ACTION", "SUPPLIER", ("REPAIR", "JOINT")),
        ("OFFBOARDED", "SUPPLIER", ("DISSOLUTION", "CLOSED")),
        ("ACTIVE_SILVER", "PARTNER", ("INVOLVEMENT", "INTENSIFYING")),
        ("ACTIVE_STRATEGIC", "PARTNER", ("INTIMACY", "BONDING")),
        ("UNDERPERFORMING", "PARTNER", ("DETERIORATION", "SILENT")),
    ],
)
def test_the_stage_follows_from_the_status(status: str, kind: str, expected: tuple[str, str]) -> None:
    assert stage_of(status, kind) == expected


def test_a_status_or_kind_that_does_not_exist_has_no_stage() -> None:
    with pytest.raises(UnknownState):
        stage_of("ASLEEP", "SUPPLIER")
    with pytest.raises(UnknownProcess):
        stage_of("ACTIVE", "OWNS")


def test_the_state_of_an_edge_is_read_from_its_master_columns() -> None:
    customer = state_name("CUSTOMER", stage="INTIMACY", substage="BONDING", status=None)
    supplier = state_name("SUPPLIER", stage="INTIMACY", substage="BONDING", status="STRATEGIC")

    assert customer == "INTIMACY/BONDING"
    assert supplier == "STRATEGIC"
    assert state_name("CUSTOMER", stage=None, substage=None, status=None) == ""


WAS_BONDED = [interval("INVOLVEMENT/TESTING", 1), interval("INTIMACY/BONDING", 2)]


def test_the_stage_before_is_the_last_working_stage_of_this_episode() -> None:
    past = [*WAS_BONDED, interval("DETERIORATION/SILENT", 3)]
    again = [
        *past,
        interval("CONTACT/PERCEPTUAL", 4, episode=2),
        interval("DETERIORATION/SILENT", 5, episode=2),
    ]

    assert stage_before(past) == "INTIMACY/BONDING"
    assert stage_before(list(reversed(past))) == "INTIMACY/BONDING"
    assert stage_before(again) == "INVOLVEMENT/TESTING"
    assert stage_before([]) == "INVOLVEMENT/TESTING"


@pytest.mark.parametrize(
    ("past", "health", "expected"),
    [
        (WAS_BONDED, Decimal(80), "INTIMACY/COMMITMENT"),
        (WAS_BONDED, Decimal("79.99"), "INVOLVEMENT/INTENSIFYING"),
        (WAS_BONDED, None, "INTIMACY/COMMITMENT"),
        (WAS_BONDED[:1], Decimal(95), "INVOLVEMENT/INTENSIFYING"),
        ([], None, "INVOLVEMENT/INTENSIFYING"),
    ],
)
def test_a_repair_leads_to_the_stage_before_but_only_the_healthy_to_intimacy(
    past: list[Interval], health: Decimal | None, expected: str
) -> None:
    assert repaired_stage(past, health) == expected


def target_of(kind: str, event: str, state: str, past: list[Interval], edge: Any = None) -> str | None:
    machine = MACHINES[kind]
    return machine.target(machine.move(event, state), Subject(edge or Edge(), state, past))


def test_a_dropped_repair_plan_leads_back_to_the_deterioration_it_left() -> None:
    past = [interval("DETERIORATION/VOICED", 1), interval("REPAIR/INTERNAL", 2)]

    assert target_of("CUSTOMER", "drop_repair_plan", "REPAIR/INTERNAL", past) == "DETERIORATION/VOICED"
    assert target_of("CUSTOMER", "drop_repair_plan", "REPAIR/INTERNAL", past[1:]) is None


def test_the_health_of_the_edge_decides_where_its_repair_leads() -> None:
    weak = target_of("CUSTOMER", "close_repair_plan", "REPAIR/JOINT", WAS_BONDED, Edge(Decimal(75)))
    strong = target_of("CUSTOMER", "close_repair_plan", "REPAIR/JOINT", WAS_BONDED, Edge(Decimal(85)))

    assert (weak, strong) == ("INVOLVEMENT/INTENSIFYING", "INTIMACY/COMMITMENT")


def held(*statuses: str) -> list[Interval]:
    return [interval("X/Y", day, status=status) for day, status in enumerate(statuses, start=1)]


@pytest.mark.parametrize(
    ("kind", "event", "past", "expected"),
    [
        ("SUPPLIER", "lift_conditions", ["PREFERRED", "CONDITIONALLY_APPROVED"], "PREFERRED"),
        ("SUPPLIER", "lift_conditions", ["IN_QUALIFICATION", "CONDITIONALLY_APPROVED"], "APPROVED"),
        ("SUPPLIER", "recover", ["ACTIVE", "CONDITIONALLY_APPROVED", "ON_WATCH"], "CONDITIONALLY_APPROVED"),
        ("SUPPLIER", "recover", ["ON_WATCH"], "APPROVED"),
        ("PARTNER", "recover", ["ACTIVE_GOLD", "UNDERPERFORMING", "IMPROVEMENT"], "ACTIVE_GOLD"),
        ("PARTNER", "recover", ["AGREEMENT", "UNDERPERFORMING"], "ENABLEMENT"),
    ],
)
def test_before_is_the_last_working_status(kind: str, event: str, past: list[str], expected: str) -> None:
    assert target_of(kind, event, past[-1], held(*past)) == expected


@pytest.mark.parametrize("kind", PROCESSES)
def test_the_past_is_needed_exactly_where_a_target_is_computed(kind: str) -> None:
    machine = MACHINES[kind]
    needing = {state.name for state in PROCESSES[kind].all_states if machine.needs_past(state.name)}

    assert (
        needing
        == {
            "CUSTOMER": {"DETERIORATION/SILENT", "DETERIORATION/VOICED", "REPAIR/INTERNAL", "REPAIR/JOINT"},
            "SUPPLIER": {"CONDITIONALLY_APPROVED", "ON_WATCH"},
            "PARTNER": {"UNDERPERFORMING", "IMPROVEMENT"},
        }[kind]
    )


@pytest.mark.parametrize("kind", PROCESSES)
def test_a_relationship_begins_with_being_identified(kind: str) -> None:
    births = MACHINES[kind].moves_from(START)

    assert [(move.event, move.mode, move.targets) for move in births] == [
        ("identify", Mode.AUTO, (PROCESSES[kind].initial,))
    ]


@pytest.mark.parametrize("kind", PROCESSES)
@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_diagram_shows_every_state_and_every_move(kind: str, language: str) -> None:
    process = PROCESSES[kind]
    text = mermaid(process, language)

    assert text.startswith("stateDiagram-v2\n")
    assert all(f'state "{state.name}" as s' in text for state in process.all_states)
    assert all(f": {move.trigger} " in text for move in process.moves)
    assert text.count("--> [*]") == sum(state.is_final for state in process.all_states)
