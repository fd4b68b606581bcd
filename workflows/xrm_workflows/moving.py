"""Making a move: guards and plugins asked, state written, history continued – in the mover's unit of work."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import structlog

from xrm_core.declare import Context
from xrm_core.declare.registry import REGISTRY
from xrm_core.errors import IllegalTransition, Refusal
from xrm_core.ids import Id
from xrm_workflows import repository
from xrm_workflows.decision import Decision, MoveRequest, decide, next_interval
from xrm_workflows.definition import START, Mode, Move, Process
from xrm_workflows.engine import RELATIONSHIP, Engine, engine_of
from xrm_workflows.form import wire_name
from xrm_workflows.history import GENESIS, Interval
from xrm_workflows.machine import StateMachine, Subject
from xrm_workflows.records import interval_of, interval_row

_LOG = structlog.get_logger("xrm.workflows")


@dataclass(frozen=True, slots=True)
class MoveResult:
    """A move that was made: of what, from where to where, by which event, and when."""

    resource: str
    object_id: Id[Any]
    source: str
    target: str
    event: str
    at: dt.datetime


async def perform(ctx: Context, subject: Any, request: MoveRequest) -> MoveResult:
    """Make the move; the object must be locked or new.

    Raises: IllegalTransition or Invalid, with every reason at once; MovedBackInTime.
    """
    engine = engine_of(ctx)
    machine = engine.machine(subject)
    if machine is None:
        raise IllegalTransition(f"Nothing moves this {type(subject).__name__}.", field="event")
    resource, source = REGISTRY.of(type(subject)).name, engine.state(subject)
    past = (await repository.intervals(ctx, resource, [subject.id])).get(subject.id, [])
    decision = await decide(machine, ctx, Subject(subject, source, past), request, guards=engine.guards)
    decision = await _completed(ctx, subject, decision)
    target = decision.demand()
    at = _moment(ctx, past)
    current = past[-1] if past else None
    now_in = interval_of(current) if current is not None else None
    closed, opened = next_interval(machine.process, now_in, decision, at=at, actor=_actor(ctx))
    if current is not None and closed is not None:
        current.left_at = closed.left_at
        # Only one interval may be open, and the new row would be written first.
        await ctx.session.flush()
    _write_state(subject, machine.process, opened)
    if "locked_until" in decision.data:
        subject.locked_until = decision.data["locked_until"]
    previous = current.digest if current is not None else GENESIS
    row = interval_row(resource, subject.id, opened, previous_digest=previous)
    ctx.add(row)
    result = MoveResult(resource, subject.id, source, target, request.event, at)
    _tell(ctx, machine, result, opened)
    await _carry_on(ctx, subject, source, decision)
    return result


async def _carry_on(ctx: Context, subject: Any, source: str, decision: Decision) -> None:
    """What plugins do after the move is done. Raises: what they raise."""
    outcomes = ctx.hooks.moved(
        ctx=ctx, subject=subject, source=source, reason=decision.reason, data=decision.data
    )
    for outcome in outcomes:
        if hasattr(outcome, "__await__"):
            await outcome


def begin(ctx: Context, engine: Engine, machine: StateMachine, subject: Any) -> None:
    """Put a new object in its first state and open its history; its guards are asked by `confirm`."""
    process, birth = machine.process, _birth(machine)
    state = process.state(birth.target if birth and isinstance(birth.target, str) else process.initial)
    resource = REGISTRY.of(type(subject)).name
    if resource == RELATIONSHIP and subject.lawful_basis is None:
        # Noted unless given (rules.md T1, F1).
        subject.lawful_basis = "LEGITIMATE_INTEREST"
    opened = Interval(
        state.name, state.stage, state.substage,
        state.name if process.master == "status" else None,
        ctx.now,
        trigger=(birth.trigger or birth.event) if birth else "created",
        mode=birth.mode.value if birth else Mode.MANUAL.value,
        rule_version=process.rule_version,
        actor=_actor(ctx),
    )  # fmt: skip
    _write_state(subject, process, opened)
    ctx.add(interval_row(resource, subject.id, opened))


async def confirm(ctx: Context, subjects: Sequence[Any]) -> None:
    """The guards of these births hold. Raises: IllegalTransition, with every reason at once."""
    engine = engine_of(ctx)
    refusals: list[Refusal] = []
    for machine, group in by_machine(engine, subjects):
        birth = _birth(machine)
        if birth is None or not birth.guard_uses:
            continue
        everybody = list(range(len(group)))
        answers = await engine.guards.answers(ctx, group, {each: everybody for each in birth.guard_uses})
        refusals += [one for asked in answers.values() for one in asked.values() if one is not None]
    if refusals:
        raise IllegalTransition(" ".join(each.message for each in refusals), problems=refusals)


def by_machine(engine: Engine, subjects: Sequence[Any]) -> list[tuple[StateMachine, list[Any]]]:
    """The objects that have a machine, those of one machine together."""
    groups: dict[str, tuple[StateMachine, list[Any]]] = {}
    for subject in subjects:
        machine = engine.machine(subject)
        if machine is not None:
            groups.setdefault(machine.process.id, (machine, []))[1].append(subject)
    return list(groups.values())


async def objections(ctx: Context, subjects: Sequence[Any], event: str) -> list[list[Refusal]]:
    """Why plugins object to the move, for each object; one that fails to answer objects to all."""
    found: list[list[Refusal]] = [[] for _ in subjects]
    given = {"ctx": ctx, "subjects": subjects, "event": event}
    for caller in ctx.hooks.transition_objections.get_hookimpls():
        try:
            outcome = caller.function(*(given[name] for name in caller.argnames))
            answers = await outcome if hasattr(outcome, "__await__") else outcome
            for mine, more in zip(found, answers or [[]] * len(subjects), strict=True):
                mine += more
        except Exception:
            _LOG.exception("objections failed", plugin=caller.plugin_name, event_asked=event)
            message = f"{caller.plugin_name} could not be asked, so the answer is no."
            for mine in found:
                mine.append(Refusal("workflows.objections_failed", message, "event"))
    return found


async def _completed(ctx: Context, subject: Any, decision: Decision) -> Decision:
    """The decision with what plugins object, and with what was filled in that names nothing there."""
    (objected,) = await objections(ctx, [subject], decision.move.event)
    problems: list[Refusal] = []
    for name, form_field in decision.move.form.items():
        model = repository.MODELS_OF_FORMS.get(form_field.kind.value)
        if model is None or name not in decision.data:
            continue
        if not await _is_known(ctx, model, decision.data[name]):
            shown = f"data.{wire_name(name)}"
            message = f"There is no {model.__name__} with id {decision.data[name]}."
            problems.append(Refusal("core.not_found", message, shown))
    return replace(
        decision, refusals=(*decision.refusals, *objected), problems=(*decision.problems, *problems)
    )


async def _is_known(ctx: Context, model: type[Any], text: str) -> bool:
    try:
        wanted = UUID(text)
    except ValueError:
        return False
    return not await repository.unknown_ids(ctx, model, [Id(str(wanted))])


def _birth(machine: StateMachine) -> Move | None:
    return next(iter(machine.moves_from(START)), None)


def _actor(ctx: Context) -> Any:
    return ctx.actor.user_id


def _moment(ctx: Context, past: Sequence[Any]) -> dt.datetime:
    """Now; but not before a move that was made while this one waited for its turn."""
    if past and ctx.now < past[-1].entered_at <= dt.datetime.now(dt.UTC):
        return past[-1].entered_at  # type: ignore[no-any-return]
    return ctx.now


def _write_state(subject: Any, process: Process, opened: Interval) -> None:
    info = REGISTRY.of(type(subject))
    if info.name == RELATIONSHIP:
        subject.stage, subject.substage, subject.status = opened.stage, opened.substage, opened.status
        subject.episode = opened.episode
    elif info.lifecycle is not None:
        setattr(subject, info.lifecycle.name, opened.state)


def _tell(ctx: Context, machine: StateMachine, result: MoveResult, opened: Interval) -> None:
    ctx.emit(
        f"{machine.process.id}.moved",
        resource=result.resource,
        object=result.object_id,
        source=result.source,
        target=result.target,
        event=result.event,
        trigger=opened.trigger,
        mode=opened.mode,
        at=result.at,
    )
