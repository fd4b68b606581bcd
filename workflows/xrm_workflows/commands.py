"""`transition`: any move of any object with a state machine."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from xrm_core.declare import Context, Id, Input, Ref, command
from xrm_core.declare.command import CommandInfo
from xrm_core.declare.registry import REGISTRY
from xrm_core.declare.run import run_in
from xrm_core.errors import Conflict, Forbidden, Invalid, NotFound
from xrm_workflows import repository
from xrm_workflows.availability import command_of, permission_refusals
from xrm_workflows.decision import MoveRequest
from xrm_workflows.engine import Engine, engine_of
from xrm_workflows.errors import UnknownProcess
from xrm_workflows.machine import StateMachine
from xrm_workflows.moving import MoveResult, perform


class Transition(Input):
    """Which object, which move, and what the move asks for."""

    object_id: Id[Any]
    type: str | None = None
    event: str
    expected_version: int | None = None
    reason: str | None = None
    data: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class TransitionResult:
    """A move that was made. States are written STAGE/SUBSTAGE, or the status."""

    object_id: Id[Any]
    object: Ref | None
    from_: str
    to: str
    event: str
    at: dt.datetime


@command("workflows.object.transition", checks_itself=True)
async def transition(ctx: Context, given: Transition) -> TransitionResult:
    """Make a move of an object's state machine; refused, every reason is told at once."""
    engine = engine_of(ctx)
    subject = await _locked(ctx, engine, given)
    machine = engine.machine(subject)
    if machine is None:
        raise UnknownProcess(type(subject).__name__, [process.id for process in engine.processes()])
    made_by = command_of(ctx, type(subject), given.event)
    if made_by is not None:
        moved = await _commanded(ctx, engine, subject, made_by, given)
    else:
        moved = await _moved(ctx, machine, engine.state(subject), subject, given)
    shown = Ref(moved.resource, moved.object_id)
    return TransitionResult(moved.object_id, shown, moved.source, moved.target, moved.event, moved.at)


async def _locked(ctx: Context, engine: Engine, given: Transition) -> Any:
    """The object, locked, at the version the asker knows. Raises: NotFound, Invalid, Conflict."""
    models = {info.name: info.model for info in engine.resources(ctx.plugins)}
    if given.type is not None:
        models = {name: model for name, model in models.items() if given.type in (name, model.__name__)}
        if not models:
            raise Invalid(f"Nothing called {given.type} has a state machine.", field="type")
    resource = await repository.resource_of(ctx, given.object_id, models)
    found: Any = await ctx.find(models[resource], given.object_id, lock=True) if resource else None
    if found is None:
        raise NotFound(given.type or "object", given.object_id, field="objectId")
    if given.expected_version is not None and given.expected_version != found.version:
        message = f"It is at version {found.version}, not {given.expected_version}: read it again."
        raise Conflict(message, field="expectedVersion")
    if REGISTRY[str(resource)].unit_column is not None and found.unit is not None:
        ctx.unit = found.unit
    return found


async def _moved(
    ctx: Context, machine: StateMachine, state: str, subject: Any, given: Transition
) -> MoveResult:
    """The move made here and now. Raises: Forbidden, and what `perform` raises."""
    permission = machine.move(given.event, state).permission
    lacking = await permission_refusals(ctx, type(subject), [subject.id], [permission])
    if lacking[permission]:
        raise Forbidden(f"You may not {given.event} this {type(subject).__name__}: it takes {permission}.")
    request = MoveRequest(given.event, ctx.today, reason=given.reason, data=given.data or {})
    return await perform(ctx, subject, request)


async def _commanded(
    ctx: Context, engine: Engine, subject: Any, info: CommandInfo, given: Transition
) -> MoveResult:
    """The move made by the command that has rules of its own for it; `data` is what the command is given."""
    source = engine.state(subject)
    values: dict[str, Any] = {**(given.data or {}), "id": str(subject.id)}
    if given.reason is not None:
        values["reason"] = given.reason
    await run_in(ctx, info, values)
    resource = REGISTRY.of(type(subject)).name
    return MoveResult(resource, subject.id, source, engine.state(subject), given.event, ctx.now)
