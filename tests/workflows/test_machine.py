"""The machine: what is possible, what is not, and nothing else."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workflows.samples import NOON, Edge, vehicle
from xrm_core.errors import IllegalTransition
from xrm_workflows.definition import START, Move, Process, before
from xrm_workflows.history import Interval
from xrm_workflows.machine import Resolver, StateMachine, Subject
from xrm_workflows.processes.relationship import MACHINES, PROCESSES

KINDS = sorted(MACHINES)
EVENTS = {kind: sorted({move.event for move in PROCESSES[kind].moves}) for kind in KINDS}


def test_the_moves_of_a_state_come_in_the_order_of_their_declaration() -> None:
    machine = StateMachine(vehicle())

    assert [move.event for move in machine.moves_from("free")] == ["lend", "sell"]
    assert machine.moves_from("sold") == []


def test_firing_an_event_gives_the_state_it_leads_to() -> None:
    machine = StateMachine(vehicle())

    assert machine.fire("lend", "free") == "lent"
    assert machine.fire("return", "lent") == "free"


@pytest.mark.parametrize(
    ("event", "state"), [("return", "free"), ("lend", "sold"), ("fly", "free"), ("lend", "nowhere")]
)
def test_an_illegal_move_is_refused_with_state_event_and_what_is_possible(event: str, state: str) -> None:
    machine = StateMachine(vehicle())

    with pytest.raises(IllegalTransition) as of_move:
        machine.move(event, state)
    with pytest.raises(IllegalTransition) as of_fire:
        machine.fire(event, state)

    possible = [move.event for move in machine.moves_from(state)]
    expected = {"process": "fleet.vehicle", "state": state, "event": event, "possible": possible}
    assert of_move.value.problems[0].data == expected
    assert of_fire.value.message == of_move.value.message
    assert all(word in of_move.value.message for word in (state, event, *possible))


def test_refusing_an_event_does_not_make_it_possible() -> None:
    machine = StateMachine(vehicle())

    for _ in range(2):
        with pytest.raises(IllegalTransition):
            machine.fire("return", "free")

    assert [move.event for move in machine.moves_from("free")] == ["lend", "sell"]


def test_a_computed_move_fires_only_to_states_it_declares() -> None:
    machine = MACHINES["CUSTOMER"]

    assert machine.fire("recover", "DETERIORATION/SILENT", "INTIMACY/BONDING") == "INTIMACY/BONDING"
    with pytest.raises(IllegalTransition):
        machine.fire("recover", "DETERIORATION/SILENT", "DISSOLUTION/CLOSED")
    with pytest.raises(IllegalTransition):
        machine.fire("recover", "DETERIORATION/SILENT")


@pytest.mark.parametrize("resolvers", [{}, {"past": lambda subject: "sold"}])
def test_a_resolver_that_is_missing_or_strays_leads_nowhere(resolvers: dict[str, Resolver]) -> None:
    undo = Move("undo", sources=["lent"], target=before("past", ["free"]), permission="fleet.undo")
    machine = StateMachine(vehicle(undo), resolvers)

    assert machine.target(undo, Subject(Edge(), "lent")) is None


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_no_sequence_of_events_leaves_the_declared_graph(kind: str, data: st.DataObject) -> None:
    machine, process = MACHINES[kind], PROCESSES[kind]
    arrows = {
        (source, move.event, target)
        for move in process.moves
        for source in move.sources
        for target in move.targets
    }
    events = data.draw(st.lists(st.sampled_from(EVENTS[kind]), max_size=40))
    state, past = START, list[Interval]()

    for day, event in enumerate(["identify", *events], start=1):
        subject = Subject(Edge(), state, past)
        try:
            target = machine.target(machine.move(event, state), subject)
            reached = machine.fire(event, state, target)
        except IllegalTransition:
            # A computed target that the past does not tell is refused as well.
            possible = [move for move in machine.moves_from(state) if move.event == event]
            assert all(machine.target(move, subject) is None for move in possible)
            continue
        assert (state, event, reached) in arrows
        episode = (past[-1].episode if past else 1) + machine.move(event, state).starts_episode
        state = reached
        past.append(_entered(process, state, day=day, episode=episode))

    assert state in process.by_name


def _entered(process: Process, name: str, *, day: int, episode: int) -> Interval:
    state, at = process.state(name), NOON + dt.timedelta(days=day)
    status = name if process.master == "status" else None
    return Interval(
        name, state.stage, state.substage, status, at, trigger="T", mode="manual", episode=episode
    )  # fmt: skip
