"""One move of one object: everything that speaks against it, and the intervals it ends and begins."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from xrm_core.errors import IllegalTransition, Invalid, Refusal
from xrm_workflows.definition import START, Mode, Move, Process, State, import_state
from xrm_workflows.errors import MovedBackInTime
from xrm_workflows.form import check_form
from xrm_workflows.guards import GuardRegistry
from xrm_workflows.history import Interval, jsonable
from xrm_workflows.machine import StateMachine, Subject, option_of

# The reason that a rule gives where a person would have to choose one (rules.md R-A-05).
NOT_STATED = "NOT_STATED"


@dataclass(frozen=True, slots=True)
class MoveRequest:
    """What is asked for. `mode` says by whom: by hand, the rule engine, or an accepted proposal."""

    event: str
    today: dt.date
    mode: Mode = Mode.MANUAL
    reason: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision:
    """A move that was asked for. `refusals` come from rules, `problems` from what was filled in.

    `data` holds the checked values under their names in code; `target` is None if the past does not tell it.
    """

    move: Move
    source: str
    target: str | None
    mode: Mode
    reason: str | None
    data: Mapping[str, Any]
    refusals: tuple[Refusal, ...]
    problems: tuple[Refusal, ...]

    @property
    def is_allowed(self) -> bool:
        """Whether nothing speaks against the move."""
        return not self.refusals and not self.problems

    def demand(self) -> str:
        """The state the move leads to.

        Raises: IllegalTransition, if a rule refuses; Invalid, if only what was filled in is wrong. Both carry
        all reasons at once.
        """
        everything = [*self.refusals, *self.problems]
        said = " ".join(each.message for each in everything)
        if self.refusals or self.target is None:
            message = f"{self.move.event!r} from {self.source} is refused. {said}"
            raise IllegalTransition(message, field="event", problems=everything)
        if self.problems:
            raise Invalid(said, field=self.problems[0].field, problems=everything)
        return self.target


async def decide(
    machine: StateMachine, ctx: Any, subject: Subject, request: MoveRequest, *, guards: GuardRegistry
) -> Decision:
    """What speaks for and against one move; nothing is changed.

    Raises: IllegalTransition, if the definition has no such move from the present state.
    """
    move = machine.move(request.event, subject.state)
    answers = await guards.answers(ctx, [subject.object], {each: [0] for each in move.guard_uses})
    option = option_of(machine, move, subject, {each: answers[each][0] for each in move.guard_uses})
    reason, complaints = _reason(move, request)
    data, wrong = check_form(move.form, request.data, reason=reason, today=request.today)
    refusals = (*option.refusals, *_mode_refusals(move, request.mode))
    if option.target is not None:
        machine.fire(move.event, subject.state, option.target)
    return Decision(
        move, subject.state, option.target, request.mode, reason, data, refusals, (*complaints, *wrong)
    )


def needs_reason(move: Move, mode: Mode) -> bool:
    """Whether the mover must say why.

    By hand: where the definition says so, and for every move that is a rule's to make or to propose (rules.md
    §A2). An accepted proposal carries its evidence instead; a rule states no reason of its own.
    """
    if mode is Mode.AUTO:
        return False
    return move.reason == "required" or (mode is Mode.MANUAL and move.mode is not Mode.MANUAL)


def _reason(move: Move, request: MoveRequest) -> tuple[str | None, list[Refusal]]:
    stated = request.reason.strip() if isinstance(request.reason, str) else ""
    codes = move.reason_codes
    if not stated:
        if needs_reason(move, request.mode):
            return None, [_about_reason("reason_missing", move, "needs a reason")]
        return (NOT_STATED if codes else None), []
    is_a_rules_own = request.mode is Mode.AUTO and stated == NOT_STATED
    if codes and stated not in codes and not is_a_rules_own:
        return stated, [_about_reason("reason_unknown", move, f"does not take the reason {stated!r}")]
    return stated, []


def _about_reason(code: str, move: Move, complaint: str) -> Refusal:
    among = f", one of {', '.join(move.reason_codes)}" if move.reason_codes else ""
    data = {"allowed": list(move.reason_codes)} if move.reason_codes else {}
    return Refusal(f"workflows.{code}", f"{move.event!r} {complaint}{among}.", "reason", data)


def _mode_refusals(move: Move, mode: Mode) -> list[Refusal]:
    if mode is Mode.IMPORT:
        message = "An import sets the state of an object, it makes no moves."
        return [Refusal("workflows.not_by_import", message, "mode")]
    if mode is Mode.AUTO and move.mode is not Mode.AUTO:
        message = f"{move.event!r} is made by hand; a rule may only propose it."
        return [Refusal("workflows.not_automatic", message, "mode")]
    return []


def next_interval(
    process: Process, current: Interval | None, decision: Decision, *, at: dt.datetime, actor: str | None
) -> tuple[Interval | None, Interval]:
    """The present interval closed, and the one that begins (rules.md R-A-01, R-A-04).

    A new episode is counted when the move starts one. What was filled in, but for the comment, is evidence.

    Raises: IllegalTransition or Invalid as `demand` does; MovedBackInTime, if `at` lies before the present
    interval.
    """
    state = process.state(decision.demand())
    closed = _closed(current, at)
    given = {name: jsonable(value) for name, value in decision.data.items() if name != "comment"}
    opened = Interval(
        state.name, state.stage, state.substage, _status(process, state), at,
        trigger=decision.move.trigger or decision.move.event,
        mode=decision.mode.value,
        episode=(current.episode if current else 1) + (1 if decision.move.starts_episode and current else 0),
        rule_version=process.rule_version,
        actor=actor,
        reason=decision.reason,
        comment=decision.data.get("comment"),
        evidence=given,
    )  # fmt: skip
    return closed, opened


def imported_interval(
    process: Process, state: str, *, at: dt.datetime, reason: str | None = None, evidence: Mapping[str, Any]
) -> Interval:
    """The one interval of a history that comes in at once, entered at `at` (rules.md R-A-07).

    `evidence` holds the thresholds and figures the state was chosen by. Without a reason, a state of
    dissolution is NOT_STATED (R-A-05).

    Raises: UnknownState.
    """
    found = import_state(process, state)
    stated = reason or (NOT_STATED if found.stage == "DISSOLUTION" else None)
    return Interval(
        found.name, found.stage, found.substage, _status(process, found), at,
        trigger="R-A-07",
        mode=Mode.IMPORT.value,
        rule_version=process.rule_version,
        reason=stated,
        evidence={"origin": "migration", **jsonable(evidence)},
    )  # fmt: skip


def _closed(current: Interval | None, at: dt.datetime) -> Interval | None:
    if current is None:
        return None
    if at < current.entered_at:
        raise MovedBackInTime(current.entered_at, at)
    return replace(current, left_at=at)


def _status(process: Process, state: State) -> str | None:
    return state.name if process.master == "status" else None


def is_birth(move: Move) -> bool:
    """Whether the move brings an object into being."""
    return START in move.sources
