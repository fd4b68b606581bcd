"""Which moves are open to the asker, and why the others are not: asked for a whole board at once."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from xrm_core.declare import Context
from xrm_core.declare.command import COMMANDS, CommandInfo
from xrm_core.declare.registry import REGISTRY
from xrm_core.errors import Refusal
from xrm_core.ids import Id
from xrm_workflows import repository
from xrm_workflows.definition import Move
from xrm_workflows.describe import form_json
from xrm_workflows.engine import Engine, engine_of
from xrm_workflows.machine import Option, StateMachine, Subject, available
from xrm_workflows.moving import by_machine, objections

# More objects than one statement takes parameters for are looked at in parts.
_AT_ONCE = 5_000
Batch = Callable[[Context, Sequence[Any]], Awaitable[dict[Any, Any]]]


@dataclass(frozen=True, slots=True)
class AvailableTransition:
    """A move from the present state, for the user who asks; a refused one carries every reason why."""

    event: str
    label: str
    target: str
    allowed: bool
    refusals: list[Refusal]
    form: Any


def transitions_of(resource: str) -> Batch:
    """Who computes `availableTransitions` of that resource."""

    async def batch(ctx: Context, ids: Sequence[Any]) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        for start in range(0, len(ids), _AT_ONCE):
            found |= await _available(ctx, resource, [Id(str(one)) for one in ids[start : start + _AT_ONCE]])
        return {str(one): found.get(str(one), []) for one in ids}

    return batch


def command_of(ctx: Context, model: type[Any], event: str) -> CommandInfo | None:
    """The command that makes this move of such an object, with rules of its own; None if none does."""
    for info in COMMANDS.enabled(set(ctx.plugins)):
        if info.on is model and info.move == event:
            return info
    return None


async def permission_refusals(
    ctx: Context, model: type[Any], ids: Sequence[Any], permissions: Sequence[str]
) -> Mapping[str, Mapping[Any, Refusal]]:
    """For each permission, why the actor lacks it for those objects for which they do."""
    found: dict[str, dict[Any, Refusal]] = {}
    for permission in dict.fromkeys(permissions):
        allowed = await _permitted(ctx, model, ids, permission)
        message = f"It takes the permission {permission}."
        refusal = Refusal("core.forbidden", message, data={"permission": permission})
        found[permission] = {one: refusal for one in ids if one not in allowed}
    return found


async def _permitted(ctx: Context, model: type[Any], ids: Sequence[Any], permission: str) -> set[Any]:
    resource, _, action = permission.rpartition(".")
    if not ctx.gate.may_ever(resource, action):
        return set()
    if resource != model.__resource__:
        # A permission that is not about these objects is held or not, whichever object it is.
        return set(ids)
    return await ctx.visible(model, ids, action=action)


async def _available(ctx: Context, resource: str, ids: Sequence[Any]) -> dict[Any, Any]:
    engine, model = engine_of(ctx), REGISTRY[resource].model
    found = await repository.objects(ctx, model, ids)
    with_past = [one.id for one in found if _needs_past(engine, one)]
    past = await repository.intervals(ctx, resource, with_past) if with_past else {}
    shown: dict[Any, Any] = {}
    faces = _Faces(ctx, model)
    for machine, group in by_machine(engine, found):
        subjects = [Subject(one, engine.state(one), past.get(one.id, ())) for one in group]
        options = await available(machine, ctx, subjects, engine.guards)
        against = await _against(ctx, model, machine, subjects)
        for subject, mine, more in zip(subjects, options, against, strict=True):
            shown[str(subject.object.id)] = [_shown(faces, one, more.get(one.move.event, [])) for one in mine]
    return shown


def _needs_past(engine: Engine, subject: Any) -> bool:
    machine = engine.machine(subject)
    return machine is not None and machine.needs_past(engine.state(subject))


async def _against(
    ctx: Context, model: type[Any], machine: StateMachine, subjects: Sequence[Subject]
) -> list[dict[str, list[Refusal]]]:
    """For each object and event, what permissions and plugins say against it."""
    ids = [subject.object.id for subject in subjects]
    moves: dict[str, list[tuple[int, Move]]] = {}
    for position, subject in enumerate(subjects):
        for move in machine.moves_from(subject.state):
            moves.setdefault(move.event, []).append((position, move))
    lacking = await permission_refusals(
        ctx, model, ids, [move.permission for asked in moves.values() for _, move in asked]
    )
    against: list[dict[str, list[Refusal]]] = [{} for _ in subjects]
    for event, asked in moves.items():
        objected = await objections(ctx, [subjects[position].object for position, _ in asked], event)
        for (position, move), objection in zip(asked, objected, strict=True):
            missing = lacking[move.permission].get(ids[position])
            against[position][event] = [*([missing] if missing else []), *objection]
    return against


class _Faces:
    """What is shown of a move whatever object it is of: its label and its form, made once a batch."""

    def __init__(self, ctx: Context, model: type[Any]) -> None:
        self._ctx, self._model = ctx, model
        self._made: dict[int, tuple[str, dict[str, Any]]] = {}

    def of(self, move: Move) -> tuple[str, dict[str, Any]]:
        """The label and the form, in the asker's language; the form names the mutation that makes the move."""
        if id(move) not in self._made:
            language = self._ctx.actor.language
            command = command_of(self._ctx, self._model, move.event)
            form = {**form_json(move, language), "mutation": command.mutation if command else None}
            self._made[id(move)] = move.label_in(language), form
        return self._made[id(move)]


def _shown(faces: _Faces, option: Option, more: Sequence[Refusal]) -> AvailableTransition:
    label, form = faces.of(option.move)
    refusals = [replace(one, data=_plain(one.data)) for one in (*more, *option.refusals)]
    return AvailableTransition(option.move.event, label, option.shown_target, not refusals, refusals, form)


def _plain(data: Mapping[str, Any]) -> dict[str, Any]:
    """What a guard noted as JSON holds it, whatever it is."""
    return dict(json.loads(json.dumps(dict(data), default=str))) if data else {}
