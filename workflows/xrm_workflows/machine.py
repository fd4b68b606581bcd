"""The machine that runs a process: one `transitions` machine per definition, whatever number of objects."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from transitions import Machine, MachineError

from xrm_core.errors import IllegalTransition, Refusal
from xrm_workflows.definition import START, Computed, GuardUse, Move, Process
from xrm_workflows.errors import InvalidDefinition
from xrm_workflows.guards import Answer, GuardRegistry
from xrm_workflows.history import PastInterval
from xrm_workflows.validate import contradictions


@dataclass(frozen=True, slots=True)
class Subject:
    """An object, the state it is in (START if it does not exist yet), and its intervals so far, oldest first.

    The past is needed only where `needs_past` says so.
    """

    object: Any
    state: str
    past: Sequence[PastInterval] = ()


Resolver = Callable[[Subject], str | None]


@dataclass(frozen=True, slots=True)
class Option:
    """A move from the present state, where it leads, and every reason why it may not be made now.

    `target` is None where the past does not tell it; the move is then refused.
    """

    move: Move
    target: str | None
    refusals: tuple[Refusal, ...]

    @property
    def is_allowed(self) -> bool:
        """Whether nothing speaks against the move."""
        return not self.refusals

    @property
    def shown_target(self) -> str:
        """The target, or all it could be where it is not known."""
        return self.target or " | ".join(self.move.targets)


class _Cursor:
    """What `transitions` moves: a state and nothing else, thrown away after one move."""

    __slots__ = ("state",)

    def __init__(self, state: str) -> None:
        self.state = state


class StateMachine:
    """A process made runnable. It keeps no state of any object, so one serves all requests.

    Raises: InvalidDefinition, if states are unknown or two moves share event and source.
    """

    def __init__(self, process: Process, resolvers: Mapping[str, Resolver] | None = None) -> None:
        wrong = contradictions(process)
        if wrong:
            raise InvalidDefinition(process.id, wrong)
        self.process = process
        self._resolvers = dict(resolvers or {})
        self._by_source: dict[str, dict[str, Move]] = {}
        for move in process.moves:
            for source in move.sources:
                self._by_source.setdefault(source, {})[move.event] = move
        self._guards = {source: _guards_of(moves.values()) for source, moves in self._by_source.items()}
        self._machine = _transitions_machine(process)

    def moves_from(self, state: str) -> list[Move]:
        """The moves that leave a state, as declared; none for a state the definition no longer has."""
        return list(self._by_source.get(state, {}).values())

    def guards_from(self, state: str) -> Sequence[GuardUse]:
        """Every guard that a move from this state asks, each once."""
        return self._guards.get(state, ())

    def move(self, event: str, state: str) -> Move:
        """The move that this event makes from this state.

        Raises: IllegalTransition, naming what is possible.
        """
        found = self._by_source.get(state, {}).get(event)
        if found is None:
            raise self._illegal(event, state)
        return found

    def needs_past(self, state: str) -> bool:
        """Whether a move from this state leads where the past tells."""
        return any(isinstance(move.target, Computed) for move in self.moves_from(state))

    def target(self, move: Move, subject: Subject) -> str | None:
        """Where the move leads for this object; None if its past does not tell."""
        if not isinstance(move.target, Computed):
            return move.target
        resolver = self._resolvers.get(move.target.resolver)
        found = resolver(subject) if resolver else None
        return found if found in move.target.among else None

    def fire(self, event: str, state: str, target: str | None = None) -> str:
        """The state after the event. `target` chooses among those a computed target can be.

        Raises: IllegalTransition, if the definition has no such move or the move does not lead to `target`.
        """
        known = self._machine.events.get(event)
        cursor = _Cursor(state)
        if known is None or state not in self._machine.states:
            raise self._illegal(event, state)
        try:
            moved = known.trigger(cursor, target)
        except MachineError:
            raise self._illegal(event, state) from None
        if not moved:
            raise IllegalTransition(f"{event!r} from {state} does not lead to {target}.", field="event")
        return cursor.state

    def _illegal(self, event: str, state: str) -> IllegalTransition:
        possible = [move.event for move in self.moves_from(state)]
        message = (
            f"{self.process.id}: there is no move {event!r} from {state}. "
            f"Possible from there: {', '.join(possible) or 'nothing'}."
        )
        data = {"process": self.process.id, "state": state, "event": event, "possible": possible}
        refusal = Refusal(IllegalTransition.code, message, "event", data)
        return IllegalTransition(message, field="event", problems=[refusal])


async def available(
    machine: StateMachine, ctx: Any, subjects: Sequence[Subject], guards: GuardRegistry
) -> list[list[Option]]:
    """For each object its moves, refused or not; every guard is asked once for the whole batch.

    Permissions and forms are not looked at: the caller knows who asks, and nothing was filled in yet.
    """
    wanted: dict[GuardUse, list[int]] = {}
    for position, subject in enumerate(subjects):
        for each in machine.guards_from(subject.state):
            wanted.setdefault(each, []).append(position)
    answers = await guards.answers(ctx, [subject.object for subject in subjects], wanted)
    return [
        [
            option_of(machine, move, subject, {each: answers[each][position] for each in move.guard_uses})
            for move in machine.moves_from(subject.state)
        ]
        for position, subject in enumerate(subjects)
    ]


def option_of(
    machine: StateMachine, move: Move, subject: Subject, answers: Mapping[GuardUse, Answer]
) -> Option:
    """The move for one object, with the refusals its guards gave and one if its target is not known."""
    refusals = [answer for answer in answers.values() if answer is not None]
    target = machine.target(move, subject)
    if target is None:
        message = f"Its past does not tell where {move.event!r} leads; it could be {', '.join(move.targets)}."
        refusals.append(Refusal("workflows.target_unknown", message, "event"))
    return Option(move, target, tuple(refusals))


def _guards_of(moves: Any) -> tuple[GuardUse, ...]:
    return tuple(dict.fromkeys(each for move in moves for each in move.guard_uses))


def _transitions_machine(process: Process) -> Machine:
    machine = Machine(
        model=None, states=[START, *process.by_name], initial=START, auto_transitions=False, name=process.id
    )
    for move in process.moves:
        for target in move.targets:
            wanted = _leads_to(target, is_only_one=len(move.targets) == 1)
            machine.add_transition(move.event, list(move.sources), target, conditions=wanted)
    return machine


def _leads_to(target: str, *, is_only_one: bool) -> Callable[[str | None], bool]:
    def agrees(wanted: str | None) -> bool:
        return wanted == target or (wanted is None and is_only_one)

    return agrees
