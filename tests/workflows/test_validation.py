"""What the validator finds wrong with a process."""

from collections.abc import Sequence
from typing import Any

import pytest

from tests.workflows.samples import codes, vehicle
from xrm_workflows.definition import START, Move, Process, State, before, final
from xrm_workflows.errors import InvalidDefinition
from xrm_workflows.guards import GuardRegistry
from xrm_workflows.labels import Label
from xrm_workflows.machine import StateMachine
from xrm_workflows.validate import problems

NAMED = Label("Do", "Faire")


def move(event: str, sources: list[str], target: Any, **more: Any) -> Move:
    return Move(event, sources=sources, target=target, **{"permission": "fleet.do", "label": NAMED, **more})


def test_a_sound_process_has_no_problems() -> None:
    assert problems(vehicle()) == []


def test_a_state_that_no_way_leads_to_is_found() -> None:
    process = vehicle(move("scrap", ["wreck"], "sold"), states=["free", "lent", "wreck", final("sold")])

    found = problems(process)

    assert codes(found) == ["workflows.state_unreachable"]
    assert found[0].field == "wreck"


def test_a_dead_end_is_found_unless_it_is_final() -> None:
    process = vehicle(move("break", ["lent"], "wreck"), states=["free", "lent", "wreck", final("sold")])

    found = problems(process)

    assert codes(found) == ["workflows.dead_end"]


def test_a_way_that_only_leads_back_to_where_it_began_is_a_dead_end() -> None:
    process = vehicle(
        move("break", ["lent"], "wreck"), move("look", ["wreck"], "wreck"),
        states=["free", "lent", "wreck", final("sold")],
    )  # fmt: skip

    assert codes(problems(process)) == ["workflows.dead_end"]


@pytest.mark.parametrize(
    ("added", "code"),
    [
        (move("paint", ["free"], "blue"), "workflows.state_unknown"),
        (move("paint", ["blue"], "free"), "workflows.state_unknown"),
        (move("vanish", ["free"], START), "workflows.state_unknown"),
        (move("vanish", ["free"], before("past", [])), "workflows.move_endless"),
        (move("lend", ["free"], "sold"), "workflows.move_repeated"),
        (move("paint", ["free"], "lent", permission=" "), "workflows.permission_missing"),
        (move("paint", ["free"], "lent", label=None), "workflows.label_missing"),
        (move("paint", ["free"], "lent", label=Label("Paint", "")), "workflows.label_missing"),
        (move("Paint it", ["free"], "lent"), "workflows.event_name"),
        (move("resurrect", ["sold"], "free"), "workflows.final_state_left"),
        (move("paint", ["free"], "lent", starts_episode=True), "workflows.episode"),
    ],
)
def test_what_a_move_lacks_is_found(added: Move, code: str) -> None:
    assert codes(problems(vehicle(added))) == [code]


def test_a_new_episode_may_lead_out_of_a_final_state() -> None:
    assert problems(vehicle(move("buy_back", ["sold"], "free", starts_episode=True))) == []


def test_guards_and_resolvers_that_are_not_there_are_found() -> None:
    process = vehicle(move("undo", ["lent"], before("nowhere", ["free"])))

    found = problems(process, guards=GuardRegistry(), resolvers=["R-A-08"])

    assert codes(found) == ["workflows.guard_unknown", "workflows.resolver_unknown"]


def dissolving(states: Sequence[State], **more: Any) -> Process:
    return Process("sample.edge", states, [move("end", ["here"], "gone", **more)])


@pytest.mark.parametrize("given", [{}, {"reason": "required"}, {"reasons": {"PRICE": NAMED}}])
def test_entering_dissolution_takes_a_reason_from_the_taxonomy(given: dict[str, Any]) -> None:
    states = [State("here", stage="INTIMACY"), State("gone", is_final=True, stage="DISSOLUTION")]

    assert codes(problems(dissolving(states, **given))) == ["workflows.reason_missing"]


def test_moves_within_dissolution_need_no_new_reason() -> None:
    states = [State("here", stage="DISSOLUTION"), State("gone", is_final=True, stage="DISSOLUTION")]

    assert problems(dissolving(states)) == []


def test_a_process_that_contradicts_itself_is_not_run() -> None:
    with pytest.raises(InvalidDefinition) as refused:
        StateMachine(vehicle(move("lend", ["free"], "sold")))

    assert codes(refused.value.problems) == ["workflows.move_repeated"]
